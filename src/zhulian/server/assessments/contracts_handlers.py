"""When contracts are judged anew: a fact about their holders or projects changed, or what is told of everybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from zhulian.server.assessments.contracts_findings import contracts_mark, findings_record
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, job_start, schedule
from zhulian.server.common.outbox import Event, batch_handler, handler
from zhulian.server.registry.events import COVERAGE_CHANGED, FACTS_CHANGED, MERGED, PARTED, PROJECTS_CHANGED
from zhulian.server.registry.models import Contract

JUDGE: Final = "assessments.contracts"
ACTOR: Final = "system:assessments"
TABLES: Final = frozenset({"contract", "project", "qualification", "enterprise", "coverage"})
"""What a finding is made of."""
_BATCH: Final = 500


@batch_handler(FACTS_CHANGED)
def facts(events: Sequence[Event]) -> None:
    """Enterprises whose contracts, papers, name, division or coverage changed."""
    chosen = [event for event in events if not TABLES.isdisjoint(_list(event, "tables"))]
    parts = [event.subject.partition(":") for event in chosen]
    _mark(int(pk) for kind, _, pk in parts if kind == "enterprise")


@batch_handler(PROJECTS_CHANGED)
def projects(events: Sequence[Event]) -> None:
    """Those who build a project of which something else is known now."""
    _mark(_builders(int(pk) for event in events for pk in _list(event, "projects")))


@handler(MERGED, PARTED)
def joined(event: Event) -> None:
    """Two projects are one, or two again."""
    kind, _, pk = event.subject.partition(":")
    if kind == "project":
        others = (event.data[name] for name in ("gone", "survivor") if name in event.data)
        _mark(_builders([int(pk), *map(int, map(str, others))]))


@handler(COVERAGE_CHANGED)
def everybody(_event: Event) -> None:
    """Whether absence of a paper means anything changed for a division."""
    _mark(Contract.objects.known().values_list("enterprise", flat=True).distinct())


def _list(event: Event, name: str) -> list[str]:
    """A list of an event's data."""
    found = event.data.get(name)
    return [str(one) for one in found] if isinstance(found, list) else []


def _builders(projects: Iterable[int]) -> set[int]:
    ids = sorted(set(projects))
    out: set[int] = set()
    for start in range(0, len(ids), _BATCH):
        rows = Contract.objects.known().filter(project__in=ids[start : start + _BATCH])
        out.update(rows.values_list("enterprise", flat=True))
    return out


def _mark(enterprises: Iterable[int]) -> None:
    if contracts_mark(enterprises=enterprises, at=clock.now(), actor=ACTOR):
        job_start(kind=JUDGE, key=JUDGE, actor=ACTOR)


@job(JUDGE)
def judge(view: JobView) -> Step:
    """Some enterprises; progress counts them."""
    found = findings_record(at=clock.now(), actor=view.actor or ACTOR)
    return Step(done=view.done + found.enterprises, finished=not found.more)


schedule(JUDGE, every=10)
