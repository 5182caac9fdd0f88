"""业绩: the enterprise's finished works, which clauses of which grades each serves, and until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from zhulian import rulebooks
from zhulian.core.rules.model import APPLICATION, Missing, WorkAlternative, WorksClause
from zhulian.core.tables import INDICATORS
from zhulian.server.advice import seeing
from zhulian.server.assessments import facts, verification
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.quantities import quantity
from zhulian.server.assessments.selectors import ROOT

UNFINISHED: Final = "没有竣工日期"
UNACCEPTED: Final = "未注明验收合格"


@dataclass(slots=True)
class Finished:
    """One work with its indicators; `serves` are (code, name, kind of work, last day of the look-back)."""

    work: str
    project: str
    completed_on: dt.date | None
    accepted: bool | None
    grade: str
    indicators: list[tuple[str, str]] = field(default_factory=list)
    serves: list[tuple[str, str, str, dt.date | None]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def ends_on(self) -> dt.date | None:
        """The first day on which some clause no longer looks back so far."""
        return min((end for *_, end in self.serves if end is not None), default=None)


def works(enterprise: int, moment: Moment) -> list[Finished]:
    """Works of the enterprise, newest first."""
    rows = list(facts.facts_of("work", enterprise=enterprise, moment=moment).order_by("work", "indicator"))
    projects = facts.subject_names("project", {row.project for row in rows if row.project}, moment)
    clauses = _clauses(enterprise, moment)
    found: dict[str, Finished] = {}
    for row in rows:
        work = found.setdefault(
            row.work,
            Finished(row.work, projects.get(row.project, ""), row.completed_on, row.accepted, row.data_grade or ""),
        )
        unit = INDICATORS[row.indicator]
        work.indicators.append((unit.label, quantity(row.value, unit.unit)))
        work.serves += _served(row, clauses, moment)
    for work in found.values():
        work.serves = sorted(set(work.serves), key=lambda s: (s[0], s[2]))
        work.doubts = [*([UNFINISHED] if not work.completed_on else []), *([UNACCEPTED] if not work.accepted else [])]
    return sorted(found.values(), key=lambda w: (w.completed_on or dt.date.min, w.work), reverse=True)


def _clauses(enterprise: int, moment: Moment) -> list[tuple[str, str, WorksClause]]:
    """Works clauses of every grade that one may apply for."""
    province = seeing.province_of(enterprise, moment)
    out = []
    for code in (code for code in rulebooks.library().codes() if code.startswith(ROOT)):
        rule = seeing.rule_of(code, moment, APPLICATION, province)
        if not isinstance(rule, Missing):
            name = verification.code_name(code)
            out += [(code, name, clause) for clause in rule.clauses if isinstance(clause, WorksClause)]
    return out


def _served(
    row: Any, clauses: list[tuple[str, str, WorksClause]], moment: Moment
) -> list[tuple[str, str, str, dt.date | None]]:
    out = []
    for code, name, clause in clauses:
        end = _ends(row.completed_on, clause.lookback_years)
        if row.accepted is False or row.completed_on is None or row.completed_on > moment.as_of:
            continue
        if end is not None and end <= moment.as_of:
            continue
        out += [
            (code, name, kind.label, end) for kind in clause.kinds if any(_counts(row, a) for a in kind.alternatives)
        ]
    return out


def _counts(row: Any, alternative: WorkAlternative) -> bool:
    """Whether the work counts for an alternative: it reaches the figure, or adds to the sum."""
    if row.indicator != alternative.indicator or row.value is None:
        return False
    if alternative.summed:
        return alternative.total is not None and row.value > 0
    return alternative.at_least is not None and row.value >= alternative.at_least


def _ends(completed_on: dt.date | None, years: int | None) -> dt.date | None:
    """1 January of the year in which the look-back no longer reaches the work."""
    return None if completed_on is None or years is None else dt.date(completed_on.year + years + 1, 1, 1)
