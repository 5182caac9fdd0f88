"""The cheapest cures: changes after which every clause that can be cured surely holds.

What only may count is not relied on, so a cure holds whatever the missing data will say; where data are what is
missing, the pages say first which paper would tell. Works are proposed one indicator each, machines and money by what
lacks. Clauses without a figure, or that a person must verify, stay open: no change cures them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from zhulian.core.advice.changes import (
    PEOPLE_LIMIT,
    Assets,
    Change,
    Hire,
    Machines,
    Paper,
    Permit,
    Work,
)
from zhulian.core.advice.hiring import (
    Candidate,
    Hiring,
    Plan,
    Prices,
    candidates,
    mask_of,
    needs_of,
    papers_of,
    passes,
    price_kind,
    weight_of,
)
from zhulian.core.advice.sight import Sight
from zhulian.core.kernel.dates import add_years
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules.features import CONSTRUCTOR
from zhulian.core.rules.model import (
    AnyClause,
    Credential,
    EquipmentClause,
    LeadWorksClause,
    MeasureClause,
    OfficerClause,
    PermitClause,
    WorkAlternative,
    WorksClause,
)
from zhulian.core.rules.plan_facts import figure

PERMIT_YEARS: Final = 3


@dataclass(frozen=True, slots=True)
class Cure:
    """Changes that cure all clauses but those left `open` (by id). `fen`: what the papers cost, where all are priced.

    `double`: some persons hold two papers. `exact`: no plan of this kind hires fewer (or, priced, costs less).
    """

    changes: tuple[Change, ...]
    open: tuple[str, ...]
    persons: int
    fen: int | None
    double: bool
    exact: bool


def cures(sight: Sight, *, as_of: dt.date, prices: Prices | None = None) -> list[Cure]:
    """At most two cures, the lighter first: one paper a person, and, where that hires fewer, two.

    Empty where nothing lacks, or nothing that lacks can be cured.
    """
    reason = sight.reason()
    by_id = {clause.id: clause for clause in sight.rule.clauses}
    lacking = [(by_id[c.id], c) for c in reason.children if c.id in by_id and c.verdict is not Verdict.MET]
    if reason.verdict is Verdict.MET:
        return []
    facts = [change for clause, child in lacking for change in _facts(clause, child, as_of)]
    cured = {clause.id for clause, child in lacking if curable(clause, child)}
    left = tuple(clause.id for clause, _ in lacking if clause.id not in cured)
    found: list[Cure] = []
    for double in (False, True):
        hired = _people(sight, [clause for clause, _ in lacking if clause.id in cured], reason, prices, double=double)
        if hired is None:
            continue
        hires, exact = hired
        persons = sum(hire.count for hire in hires)
        cure = Cure((*hires, *facts), left, persons, _cost(hires, prices), double, exact)
        if cure.changes and (not found or persons < found[0].persons):
            found.append(cure)
    return sorted(found, key=lambda c: (c.fen is None, c.fen or 0, len(c.changes))) if prices else found


def _cost(hires: Sequence[Hire], prices: Prices | None) -> int | None:
    kinds = [(price_kind(paper), hire.count) for hire in hires for paper in hire.papers]
    if not prices or any(kind not in prices for kind, _ in kinds):
        return None
    return sum(prices[kind] * count for kind, count in kinds)


def curable(clause: AnyClause, reason: Reason) -> bool:
    """Whether some change makes the clause hold: its figure is known, and it asks for something we have rows of."""
    if isinstance(clause, WorksClause):
        return clause.choose is not None and len(_kinds_open(clause, reason)) >= _kinds_needed(reason)
    if isinstance(clause, LeadWorksClause):
        return clause.at_least is not None and _led(clause) is not None
    if isinstance(clause, OfficerClause):
        return clause.years is not None
    if isinstance(clause, PermitClause):
        return True
    return getattr(clause, "at_least", None) is not None


# ---- money, works, machines, permits ---------------------------------------------------------------------------


def _facts(clause: AnyClause, reason: Reason, as_of: dt.date) -> Iterator[Change]:
    maker = _FACTS.get(type(clause))
    if maker is not None and curable(clause, reason):
        yield from maker(clause, reason, as_of)


def _assets(clause: MeasureClause, _reason: Reason, _as_of: dt.date) -> Iterator[Change]:
    yield Assets(clause.at_least or 0, clause.measure)


def _machines(clause: EquipmentClause, reason: Reason, _as_of: dt.date) -> Iterator[Change]:
    yield Machines(clause.kinds[0], (clause.at_least or 0) - (reason.found_at_least or 0))


def _permit(_clause: PermitClause, _reason: Reason, as_of: dt.date) -> Iterator[Change]:
    yield Permit(add_years(as_of, PERMIT_YEARS))


def _works(clause: WorksClause, reason: Reason, as_of: dt.date) -> Iterator[Change]:
    ranked = sorted(_kinds_open(clause, reason), key=len)
    for works in ranked[: _kinds_needed(reason)]:
        for indicator, value in works:
            yield Work(indicator, value, as_of)


_FACTS: Final[dict[type, Callable[[Any, Reason, dt.date], Iterator[Change]]]] = {
    MeasureClause: _assets,
    EquipmentClause: _machines,
    PermitClause: _permit,
    WorksClause: _works,
}


def _kinds_needed(reason: Reason) -> int:
    return (reason.required or 0) - (reason.found_at_least or 0)


def _kinds_open(clause: WorksClause, reason: Reason) -> list[list[tuple[str, int]]]:
    """For each kind that does not surely hold and can: the fewest works (indicator, value) that make it hold."""
    found = []
    for kind, child in zip(clause.kinds, reason.children, strict=True):
        if child.verdict is Verdict.MET:
            continue
        plans = [
            works
            for alternative, told in zip(kind.alternatives, child.children, strict=True)
            if (works := _alternative(alternative, told)) is not None
        ]
        if plans:
            found.append(min(plans, key=len))
    return found


def _alternative(alternative: WorkAlternative, told: Reason) -> list[tuple[str, int]] | None:
    lacks = (told.required or 0) - (told.found_at_least or 0)
    if alternative.summed:
        return None if alternative.total is None else [(alternative.indicator, lacks)]
    return None if alternative.at_least is None else [(alternative.indicator, alternative.at_least)] * lacks


# ---- people ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Special:
    """Somebody who must come besides the staff: an officer, or whoever brings works that he led."""

    papers: tuple[Paper, ...]
    post: str = ""
    years: int = 0
    led: tuple[tuple[str, int, int], ...] = ()


def _people(
    sight: Sight, lacking: Sequence[AnyClause], reason: Reason, prices: Prices | None, *, double: bool
) -> tuple[list[Hire], bool] | None:
    """Whom to hire; None where no combination of papers that the rule names meets a demand."""
    kinds = candidates(sight.features, prices, double=double)
    best: tuple[int, list[_Special], Plan] | None = None
    for specials in _specials(sight, lacking, reason):
        masks = [mask_of(sight.features, special.papers) for special in specials]
        plan = _staff(sight, masks, kinds)
        if plan is None:
            continue
        weight = plan.weight + sum(weight_of(special.papers, prices) for special in specials)
        if best is None or weight < best[0]:
            best = weight, specials, plan
    if best is None:
        return None
    hires = [Hire(1, special.papers, special.post, special.years, special.led) for special in best[1]]
    return [*hires, *_hires(best[2].hires)], best[2].exact


def _hires(hires: Sequence[tuple[Candidate, int]]) -> Iterator[Hire]:
    for candidate, number in hires:
        for start in range(0, number, PEOPLE_LIMIT):
            yield Hire(min(PEOPLE_LIMIT, number - start), candidate.papers)


def _staff(sight: Sight, masks: Sequence[int], kinds: Sequence[Candidate]) -> Plan | None:
    needs = needs_of(sight.features, sight.row, masks)
    histogram = dict(sight.sure)
    for mask in masks:
        histogram[mask] = histogram.get(mask, 0) + 1
    return Hiring(needs, histogram, kinds).plan()


def _specials(sight: Sight, lacking: Sequence[AnyClause], reason: Reason) -> Iterator[list[_Special]]:
    """Every choice of officers by the alternatives of their clauses, with whoever brings led works."""
    officers = [clause for clause in lacking if isinstance(clause, OfficerClause)]
    lead = next((clause for clause in lacking if isinstance(clause, LeadWorksClause)), None)
    options = [list(_officers(sight, clause)) for clause in officers]
    for chosen in product(*options):
        specials = list(chosen)
        if lead is not None:
            led = (_lead_works(lead, reason),)
            leading = next((n for n, s in enumerate(specials) if s.post == "技术负责人"), None)
            if leading is None:
                specials.append(_Special((next(papers_of(CONSTRUCTOR.table, [CONSTRUCTOR.where])),), led=led))
            else:
                base = specials[leading]
                specials[leading] = _Special(base.papers, base.post, base.years, led)
        yield specials


def _officers(sight: Sight, clause: OfficerClause) -> Iterator[_Special]:
    """One officer per alternative and per distinct use that his papers are to the staff."""
    for alternative in clause.alternatives or ((),):
        seen: set[int] = set()
        for papers in product(*[list(_papers(sight, credential)) for credential in alternative]):
            mask = mask_of(sight.features, papers)
            if mask not in seen:
                seen.add(mask)
                yield _Special(papers, clause.post, clause.years or 0)


def _papers(sight: Sight, credential: Credential) -> Iterator[Paper]:
    """Papers that are the credential, one per use; the values that staff clauses name come along."""
    wheres = [credential.where, *(f.where for f in sight.features.all if f.table == credential.table)]
    seen: set[int] = set()
    for paper in papers_of(credential.table, wheres):
        mask = mask_of(sight.features, [paper])
        if passes(paper, credential.where) and mask not in seen:
            seen.add(mask)
            yield paper


def _led(clause: LeadWorksClause) -> tuple[str, int] | None:
    """Indicator and figure of the first work that would do."""
    figures = [(a.indicator, figure(a)) for kind in clause.kinds for a in kind.alternatives]
    return next(((indicator, value) for indicator, value in figures if value is not None), None)


def _lead_works(clause: LeadWorksClause, reason: Reason) -> tuple[str, int, int]:
    told = next(child for child in reason.children if child.id == clause.id)
    indicator, value = _led(clause) or ("", 0)
    return indicator, value, (clause.at_least or 0) - (told.found_at_least or 0)
