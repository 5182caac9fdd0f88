"""When verdicts are made anew: facts changed, a critical day came, the law did, somebody asked for all.

`facts.changed` only marks the enterprise with the tables that changed; the job takes marks together, so that an import
of ten thousand rows about one enterprise assesses it a few times, and judges the pairs whose rule reads those tables
(`affected`). The schedule also wakes whom time alone changes (`next_critical_on`, certificates that begin or end),
whom other rulebooks judge, and whatever a crash between marking and starting left behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.dates import parse_date
from zhulian.server.assessments import contracts_handlers, selectors, services  # noqa: F401 - the first registers its own
from zhulian.server.assessments.models import Mark
from zhulian.server.assessments.moments import VERIFICATION
from zhulian.server.common import clock, models
from zhulian.server.common.jobs import JobView, Step, job, job_start, schedule
from zhulian.server.common.outbox import Event, batch_handler, handler
from zhulian.server.registry.events import COVERAGE_CHANGED, FACTS_CHANGED

REFRESH: Final = "assessments.refresh"
ALL: Final = "assessments.all"
ACTOR: Final = "system:assessments"
_OPEN: Final = (models.Job.State.WAITING, models.Job.State.RUNNING)


@batch_handler(FACTS_CHANGED)
def mark(events: Sequence[Event]) -> None:
    """Mark the enterprises whose facts changed, and start the job that looks at them.

    Of whom an event is not about but whom it affects, anything may have changed.
    """
    told: dict[int, set[str]] = {}
    anything: set[int] = set()
    for event in events:
        named = event.data.get("tables")
        tables = set(map(str, named)) if isinstance(named, list) else set()
        for subject in (event.subject, *event.affects):
            kind, _, pk = subject.partition(":")
            if kind != "enterprise" or not pk.isdecimal():
                continue
            told.setdefault(int(pk), set()).update(tables)
            if subject != event.subject or not tables:
                anything.add(int(pk))
    marked = {pk: frozenset() if pk in anything else frozenset(tables) for pk, tables in told.items()}
    if services.enterprises_mark(tables_of=marked, at=clock.now(), actor=ACTOR):
        _wake(REFRESH)


@handler(COVERAGE_CHANGED)
def restart(_event: Event) -> None:
    """A feed that covers a division or everybody became complete, or is no longer: anybody's counts may change.

    And anybody's critical day: the end of such a period is looked at for all.
    """
    services.enterprises_mark(tables_of={Mark.EVERYBODY: ["coverage"]}, at=clock.now(), actor=ACTOR)
    _wake(ALL)


def _wake(kind: str) -> None:
    """See that a job will look after this transaction: one that is just ending may have looked before it.

    Waiting for the row of the open one (a step takes a fraction of a second) tells which.
    """
    for _ in range(2):
        found = job_start(kind=kind, key=kind, actor=ACTOR)
        if list(models.Job.objects.select_for_update().filter(pk=found.pk, state__in=_OPEN)):
            return


@job(REFRESH)
def refresh(job: JobView) -> Step:
    """Judge what waits, some enterprises at a time; a run judges one day. First the day and the law are looked at."""
    today, at, actor = clock.today(), clock.now(), job.actor or ACTOR
    run_id = job.state.get("run")
    if job.state.get("day") != today.isoformat():
        _close(run_id, actor)
        services.day_look(today=today, at=at, actor=actor)
        services.law_look(at=at, actor=actor)
        run_id = None
    done = services.work_step(run_id=run_id, today=today, at=at, actor=actor)
    if not done.enterprises:
        return Step(job.state, job.done, finished=True, result=_close(run_id, actor))
    return Step({"day": today.isoformat(), "run": done.run}, done=job.done + done.enterprises)


@job(ALL)
def assess_all(job: JobView) -> Step:
    """Assess everybody on `payload["as_of"]` (default: today), `payload["step"]` at a time; progress in enterprises.

    What came to concern everybody while it ran makes it begin again.
    """
    at, actor = clock.now(), job.actor or ACTOR
    as_of = parse_date(job.payload["as_of"]) if job.payload.get("as_of") else clock.today()
    run_id, after, marks = job.state.get("run"), int(job.state.get("after", 0)), job.state.get("marks", [])
    if run_id is None:
        services.law_look(at=at, actor=actor)
        marks = selectors.everybody_marked() if as_of == clock.today() else []
        run_id = services.run_start(as_of=as_of, purpose=VERIFICATION, everyone=True, at=at, actor=actor).pk
    everyone = selectors.holders(as_of=as_of, purpose=VERIFICATION)
    chosen = [pk for pk in everyone if pk > after][: int(job.payload.get("step", services.STEP))]
    if chosen:
        services.run_step(run_id=run_id, enterprises=chosen, at=at, actor=actor)
        state: dict[str, Json] = {"run": run_id, "after": chosen[-1], "marks": marks}
        return Step(state, job.done + len(chosen), len(everyone))
    result = _close(run_id, actor)
    services.marks_done(marks=marks, at=at, actor=actor)
    again = bool(marks and selectors.everybody_marked())
    return Step({}, 0 if again else job.done, len(everyone), finished=not again, result=result)


def _close(run_id: int | None, actor: str) -> dict[str, Json] | None:
    """End a run; what it did. Nothing without one."""
    if run_id is None:
        return None
    run = services.run_finish(run_id=run_id, at=clock.now(), actor=actor)
    return {"run": run.pk, "changed": run.changed}


schedule(REFRESH, every=10)
