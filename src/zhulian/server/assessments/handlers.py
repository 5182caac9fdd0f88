"""When verdicts are made anew: facts changed, a critical day came, somebody asked for all.

`facts.changed` only marks the enterprise; the job takes marked ones together, so that an import of ten thousand rows
about one enterprise assesses it once. The schedule also wakes whom time alone changes (`next_critical_on`), and
whatever a crash between marking and starting left behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.dates import parse_date
from zhulian.server.assessments import contracts_handlers, selectors, services  # noqa: F401 - the first registers its own
from zhulian.server.assessments.moments import VERIFICATION
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, job_start, schedule
from zhulian.server.common.outbox import Event, batch_handler, handler
from zhulian.server.registry.events import COVERAGE_CHANGED, FACTS_CHANGED

REFRESH: Final = "assessments.refresh"
ALL: Final = "assessments.all"
ACTOR: Final = "system:assessments"


@batch_handler(FACTS_CHANGED)
def mark(events: Sequence[Event]) -> None:
    """Mark the enterprises whose facts changed, and start the job that looks at them."""
    about = {s for event in events for s in (event.subject, *event.affects)}
    parts = [subject.partition(":") for subject in about]
    enterprises = [int(pk) for kind, _, pk in parts if kind == "enterprise" and pk.isdecimal()]
    if services.enterprises_mark(enterprises=enterprises, at=clock.now(), actor=ACTOR):
        job_start(kind=REFRESH, key=REFRESH, actor=ACTOR)


@handler(COVERAGE_CHANGED)
def restart(_event: Event) -> None:
    """A feed that covers a division or everybody became complete, or is no longer: anybody's counts may change."""
    job_start(kind=ALL, key=ALL, actor=ACTOR)


@handler(services.RUN_COMPLETED)
def tell(event: Event) -> None:
    """One event per changed verdict."""
    services.changes_tell(run_id=int(event.subject.partition(":")[2]))


@job(REFRESH)
def refresh(job: JobView) -> Step:
    """Assess the marked and the due, some at a time, in order of id."""
    today, after = clock.today(), int(job.state.get("after", 0))
    chosen = selectors.to_refresh(today=today, after=after, limit=services.STEP)
    run_id = job.state.get("run")
    if chosen and run_id is None:
        run_id = services.run_start(
            as_of=today, purpose=VERIFICATION, everyone=False, at=clock.now(), actor=job.actor or ACTOR
        ).pk
    return _go_on(job, run_id, chosen)


@job(ALL)
def assess_all(job: JobView) -> Step:
    """Assess everybody on `payload["as_of"]` (default: today), `payload["step"]` at a time; progress in enterprises."""
    run_id, after = job.state.get("run"), int(job.state.get("after", 0))
    as_of = parse_date(job.payload["as_of"]) if job.payload.get("as_of") else clock.today()
    size = int(job.payload.get("step", services.STEP))
    everyone = selectors.holders(as_of=as_of, purpose=VERIFICATION)
    if run_id is None:
        run_id = services.run_start(
            as_of=as_of, purpose=VERIFICATION, everyone=True, at=clock.now(), actor=job.actor or ACTOR
        ).pk
    step = _go_on(job, run_id, [pk for pk in everyone if pk > after][:size])
    return Step(step.state, step.done, len(everyone), step.finished, step.result)


def _go_on(job: JobView, run_id: int | None, chosen: list[int]) -> Step:
    """Assess the chosen and remember the last of them; with none left, close the run."""
    if run_id is None:
        return Step(finished=True)
    if chosen:
        services.run_step(run_id=run_id, enterprises=chosen, at=clock.now(), actor=job.actor or ACTOR)
        state: dict[str, Json] = {"run": run_id, "after": chosen[-1]}
        return Step(state, done=job.done + len(chosen))
    run = services.run_finish(run_id=run_id, at=clock.now(), actor=job.actor or ACTOR)
    return Step(job.state, job.done, finished=True, result={"run": run.pk, "changed": run.changed})


schedule(REFRESH, every=10)
