"""What a merge would do, tried out and taken back: rows by table, and verdicts before and after.

The same code as the merge itself runs in a transaction that is rolled back, so the preview cannot differ from it.
Nothing is stored, no event leaves, no leaf is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from zhulian.core.kernel.dates import micros
from zhulian.core.kernel.verdicts import Verdict
from zhulian.server.assessments import facts, verification
from zhulian.server.assessments.moments import Moment
from zhulian.server.registry.matching.profiles import ties
from zhulian.server.registry.merging.forest import Edge
from zhulian.server.registry.merging.moving import forest_load, plan, write
from zhulian.server.registry.models import Contract, Participation

MOST: Final = 6
"""Enterprises whose verdicts are tried out when persons or projects merge."""
_LATEST: Final = 2**62


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One qualification: what is said of it now, of either side, and what would be said."""

    enterprise: int
    name: str
    code: str
    code_name: str
    before: tuple[Verdict | None, ...]
    after: Verdict | None

    @property
    def differs(self) -> bool:
        """Whether anybody would be told something else."""
        return any(verdict is not None and verdict is not self.after for verdict in self.before)


@dataclass(frozen=True, slots=True)
class Preview:
    """Outcome of a merge that did not happen."""

    survivor: int
    moved: dict[str, int]
    lines: tuple[VerdictLine, ...]
    enterprises: int


def preview(kind: str, survivor: int, gone: int, *, at: dt.datetime, today: dt.date) -> Preview:
    """Try a merge out."""
    moment = Moment(today)
    sides = (survivor, gone) if kind == "enterprise" else _concerned(kind, (survivor, gone))
    with transaction.atomic():
        before = {e: _verdicts(e, moment) for e in sides}
        forest = forest_load([survivor, gone])
        members = {*forest.cluster(survivor), *forest.cluster(gone)}
        done = plan(kind, forest, forest.joined(Edge(gone, survivor, _LATEST)), members)
        write(done, at=micros(at))
        after = {e: _verdicts(e, moment) for e in sides if e != gone}
        names = facts.subject_names("enterprise", after, moment)
        transaction.set_rollback(True)
    if kind == "enterprise":
        lines = _together(survivor, (survivor, gone), before, after[survivor], names)
    else:
        lines = [line for e in sides for line in _together(e, (e,), before, after[e], names)]
    return Preview(survivor, done.moved(), tuple(lines), len(sides))


def _verdicts(enterprise: int, moment: Moment) -> dict[str, Verdict]:
    return {a.code: a.verdict for a in verification.assess_all(enterprise, moment)}


def _concerned(kind: str, subjects: Iterable[int]) -> tuple[int, ...]:
    """Enterprises that a person or a project has to do with."""
    if kind == "person":
        found = {enterprise for _, enterprise in ties(subjects)}
    else:
        chosen = list(subjects)
        found = {
            enterprise
            for work in (Contract, Participation)
            for enterprise in work.objects.known().filter(project__in=chosen).values_list("enterprise", flat=True)
        }
    return tuple(sorted(found)[:MOST])


def _together(
    enterprise: int,
    sides: tuple[int, ...],
    before: dict[int, dict[str, Verdict]],
    after: dict[str, Verdict],
    names: dict[int, str],
) -> list[VerdictLine]:
    codes = sorted({*after, *(code for side in sides for code in before[side])})
    return [
        VerdictLine(
            enterprise,
            names.get(enterprise, f"#{enterprise}"),
            code,
            verification.code_name(code),
            tuple(before[side].get(code) for side in sides),
            after.get(code),
        )
        for code in codes
    ]
