"""资质体检 as values: everything held, clause by clause, with the shortfall in plain words and what would tell.

The verdicts are those of the regulator's page: `assessments.verification` asks the same engine for both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zhulian import rulebooks
from zhulian.core import rules
from zhulian.core.advice import Distance, Line, distance, told
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules.model import GradeRule, Missing
from zhulian.server.assessments import facts, selectors, verification
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.quantities import quantity
from zhulian.server.assessments.reasons import is_weak
from zhulian.server.assessments.verification import ClauseLine

_URGENCY: Final = {standing: rank for rank, (standing, _) in enumerate(selectors.STANDINGS)}


@dataclass(frozen=True, slots=True)
class Checkup:
    """One qualification: verdict, the clause table, and what is missing in words."""

    code: str
    name: str
    verdict: Verdict
    standing: str
    document: str
    address: str
    weak: bool
    lines: tuple[ClauseLine, ...]
    told: tuple[Line, ...]
    distance: Distance
    valid_until: dt.date | None
    days_left: int | None
    next_critical_on: dt.date | None
    notes: tuple[str, ...]

    @property
    def short(self) -> tuple[Line, ...]:
        """What is missing."""
        return tuple(line for line in self.told if line.verdict is Verdict.SHORT)

    @property
    def unknown(self) -> tuple[Line, ...]:
        """What is not known, and which paper would tell."""
        return tuple(line for line in self.told if line.verdict is Verdict.UNKNOWN)


def province_of(enterprise: int, moment: Moment) -> str:
    """First two digits of the region an enterprise is registered in on the day; empty where not told."""
    regions = (
        facts.rows_of("enterprise").filter(moment.visible(), enterprise=enterprise).values_list("region", flat=True)
    )
    return max((region[:2] for region in regions if region), default="")


def rule_of(code: str, moment: Moment, purpose: str, province: str) -> GradeRule | Missing:
    """The rule that binds an enterprise of a province."""
    return rulebooks.library().rule(code, purpose, moment.as_of, moment.known_at, province)


def checkups(enterprise: int, moment: Moment) -> list[Checkup]:
    """Everything held on the day, most urgent first."""
    province, papers = province_of(enterprise, moment), _papers(enterprise, moment)
    found = [
        _checkup(judged, rule_of(judged.code, moment, moment.purpose, province), papers.get(judged.code), moment)
        for judged in verification.assess_all(enterprise, moment)
    ]
    return sorted(found, key=lambda c: (_URGENCY[c.standing], c.distance.rank, c.code))


def _papers(enterprise: int, moment: Moment) -> Mapping[str, dt.date | None]:
    """Code → the last day of its certificate that runs longest."""
    rows = facts.facts_of("qualification", enterprise=enterprise, moment=moment).exclude(status__in=selectors.ENDED)
    return dict(rows.order_by("valid_until").values_list("code", "valid_until"))


def _checkup(found: rules.Assessment, rule: GradeRule | Missing, until: dt.date | None, moment: Moment) -> Checkup:
    ruled = None if isinstance(rule, Missing) else rule
    return Checkup(
        code=found.code,
        name=verification.code_name(found.code),
        verdict=found.verdict,
        standing=selectors.standing(found.verdict.value, found.rule_version),
        document=verification.document_of(found.code, found.rule_version),
        address=verification.rule_address(found.code, found.rule_version) if ruled else "",
        weak=is_weak(found.reason),
        lines=tuple(verification.clause_lines(found.reason)),
        told=told(ruled, found.reason, quantity) if ruled else (),
        distance=distance(ruled, found.reason) if ruled else Distance(unknown=1, open=1),
        valid_until=until,
        days_left=(until - moment.as_of).days if until else None,
        next_critical_on=found.next_critical_on,
        notes=found.reason.notes,
    )


def tally(found: Sequence[Checkup]) -> list[tuple[str, int]]:
    """How many of each standing, most urgent first, without zeros."""
    counts = [(standing, sum(c.standing == standing for c in found)) for standing, _ in selectors.STANDINGS]
    return [(standing, count) for standing, count in counts if count]


def held_codes(enterprise: int, moment: Moment) -> list[str]:
    """Codes of construction qualifications held on the day."""
    rows = facts.facts_of("qualification", enterprise=enterprise, moment=moment)
    live = rows.exclude(status__in=selectors.ENDED).filter(code__startswith=selectors.ROOT)
    return sorted(set(live.order_by().values_list("code", flat=True)))


def names_of(people: Sequence[int], moment: Moment, *, opened: bool) -> dict[int, Any]:
    """Names of persons as the viewer may read them."""
    return {pk: f"#{pk}" for pk in people} | facts.person_names(people, moment, opened=opened)
