"""How far a verdict is from met: clauses, persons, money, works, machines; what is unknown counts apart."""

from __future__ import annotations

from dataclasses import dataclass

from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules.model import (
    AnyClause,
    EquipmentClause,
    GradeRule,
    LeadWorksClause,
    MeasureClause,
    OfficerClause,
    PeopleClause,
    WorksClause,
)
from zhulian.core.rules.reasons import TOGETHER


@dataclass(frozen=True, slots=True)
class Distance:
    """Zero where the verdict is met, and only there.

    `persons` adds, table by table of papers, the largest shortfall (a clause 其中… asks for some of the same
    people), and the officers missing; where people cannot be divided into their groups, at least what that lacks.
    `fen` is money, `works` kinds or works, `machines` machines. `open` are clauses whose figure nobody found.
    """

    clauses: int = 0
    unknown: int = 0
    open: int = 0
    persons: int = 0
    fen: int = 0
    works: int = 0
    machines: int = 0

    @property
    def zero(self) -> bool:
        """Whether nothing is missing and nothing unknown."""
        return not (self.clauses or self.unknown)

    @property
    def rank(self) -> tuple[int, ...]:
        """Sorting by distance: what is short first, then what is unknown."""
        return (self.clauses, self.persons, self.works, self.machines, self.fen, self.unknown)


def distance(rule: GradeRule, reason: Reason) -> Distance:
    """The distance of an assessment of a rule."""
    clauses = {clause.id: clause for clause in rule.clauses}
    short = [child for child in reason.children if child.verdict is Verdict.SHORT]
    unknown = [child for child in reason.children if child.verdict is Verdict.UNKNOWN]
    told = [child for child in short if child.id != TOGETHER]
    lacking: dict[str, int] = {}
    for child in told:
        clause = clauses[child.id]
        if isinstance(clause, PeopleClause):
            lacking[clause.table] = max(lacking.get(clause.table, 0), child.short_by or 1)
    together = max((child.short_by or 1 for child in short if child.id == TOGETHER), default=0)
    persons = max(sum(lacking.values()), together) + _sum(told, clauses, OfficerClause)
    return Distance(
        clauses=len(short),
        unknown=len(unknown),
        open=sum(child.required is None for child in unknown),
        persons=persons,
        fen=_sum(told, clauses, MeasureClause),
        works=_sum(told, clauses, WorksClause) + _sum(told, clauses, LeadWorksClause),
        machines=_sum(told, clauses, EquipmentClause),
    )


def _sum(short: list[Reason], clauses: dict[str, AnyClause], kind: type) -> int:
    return sum(child.short_by or 1 for child in short if isinstance(clauses[child.id], kind))
