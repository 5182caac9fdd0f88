"""What `reasons` says of a row, as columns computed by the engine: verdict, bounds and shortfall of every clause.

Three values throughout: a null bound makes neither a pass nor a fail. `reasons` stays the meaning; parity tests compare
each column with the reason of the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlglot import exp

from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules.features import Features, coverings, features_of
from zhulian.core.rules.model import (
    AnyClause,
    Clause,
    EquipmentClause,
    GradeRule,
    LeadWorksClause,
    ManualClause,
    MeasureClause,
    OfficerClause,
    PeopleClause,
    PermitClause,
    WorkAlternative,
    WorksClause,
)
from zhulian.core.rules.reasons import tables_needed
from zhulian.core.rules.tree import (
    Query,
    after,
    at_least,
    col,
    either,
    eq,
    every,
    given,
    greatest,
    is_one,
    least,
    lit,
    named,
    select,
    when,
    whole,
)

_R: Final = "r"
_CODES: Final = (Verdict.MET, Verdict.UNKNOWN, Verdict.SHORT)
"""While they are computed verdicts are numbers, in the order in which one of several prevails; then words."""
MET, UNKNOWN, SHORT = range(3)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a clause requires and between which expressions the facts lie; None: no such bound for anybody."""

    required: int | None
    low: Callable[[], exp.Expr] | None
    high: Callable[[], exp.Expr] | None
    further: tuple[Bounds, ...] = ()
    """Conditions that must hold as well."""

    def own(self) -> exp.Expr:
        """The verdict without the further conditions."""
        if self.required is None:
            return lit(UNKNOWN)
        case = exp.Case(default=lit(UNKNOWN))
        if self.low is not None:
            case.append("ifs", exp.If(this=at_least(self.low(), lit(self.required)), true=lit(MET)))
        if self.high is not None:
            case.append("ifs", exp.If(this=after(lit(self.required), self.high()), true=lit(SHORT)))
        return case if case.args.get("ifs") else lit(UNKNOWN)

    def verdict(self) -> exp.Expr:
        """The clause's verdict."""
        return all_of([self.own(), *[bounds.own() for bounds in self.further]]) if self.further else self.own()

    def short_by(self) -> exp.Expr:
        """How much is missing at least, where the clause is short."""
        if self.required is None or self.high is None:
            lacking: exp.Expr = whole(exp.Null())
        else:
            gap = exp.Sub(this=whole(lit(self.required)), expression=self.high())
            lacking = when(after(lit(self.required), self.high()), gap, whole(exp.Null()))
        if not self.further:
            return lacking
        # Enough in number, but one of the further conditions fails.
        return when(eq(self.verdict(), lit(SHORT)), exp.Coalesce(this=lacking, expressions=[lit(1)]), whole(exp.Null()))


def all_of(verdicts: Sequence[exp.Expr]) -> exp.Expr:
    """Short if any is, else unknown if any is, else met."""
    return greatest(verdicts)


def any_of(verdicts: Sequence[exp.Expr]) -> exp.Expr:
    """Met if any is, else unknown if any is, else short."""
    return least(verdicts)


def _word(code: exp.Expr) -> exp.Expr:
    """A verdict in words; null stays null."""
    ifs = [exp.If(this=lit(number), true=lit(verdict.value)) for number, verdict in enumerate(_CODES)]
    return exp.Case(this=code, ifs=ifs)


def judged_query(rule: GradeRule, rows: Query, names: Sequence[str]) -> Query:
    """The rows, whose columns are `names`, with their verdicts.

    `verdict`; per clause N in order `cN_verdict`, `cN_low`, `cN_high`, `cN_short_by`; where groups bind `together_…`.
    While a division is undecided, its columns and `verdict` are null.
    """
    columns = [col(_R, name) for name in names]
    verdicts: list[str] = []
    clauses: list[exp.Expr] = []
    for number, clause in enumerate(rule.clauses):
        bounds = _MAKERS[type(clause)](_Judge(rule), clause)
        clauses += _columns(f"c{number}", bounds)
        verdicts.append(f"c{number}_verdict")
    if features_of(rule).groups:
        clauses += _together(_Judge(rule))
        verdicts.append("together_verdict")
    inner = select(*columns, *clauses).from_tree(rows.subquery(_R))
    q, made = "q", inner.tree.named_selects[len(names) :]
    told = [named(_word(col(q, n)), n) if n in verdicts else col(q, n) for n in made]
    verdict = all_of([col(q, name) for name in verdicts])
    if "together_verdict" in verdicts:  # open until the division is searched
        verdict = when(given(col(q, "together_verdict")), verdict)
    rest = [col(q, name) for name in names if name != "enterprise"]
    return select(col(q, "enterprise"), named(_word(verdict), "verdict"), *told, *rest).from_tree(inner.subquery(q))


SEARCHED: Final = (
    "verdict",
    "together_verdict",
    "together_low",
    "together_high",
    "together_short_by",
    "missing_s",
    "missing_m",
)
"""Columns that the search fills where a division was open."""


def final_query(names: Sequence[str]) -> Query:
    """The rows of `layer_rows` with what `layer_searched` says of the open ones."""
    columns = [
        named(exp.Coalesce(this=col(_R, name), expressions=[col("x", name)]), name)
        if name in SEARCHED
        else col(_R, name)
        for name in names
    ]
    query = select(*columns).from_("layer_rows AS r")
    return query.join("layer_searched AS x", on=eq(col("x", "enterprise"), col(_R, "enterprise")), join_type="left")


def _columns(prefix: str, bounds: Bounds) -> list[exp.Expr]:
    nothing = whole(exp.Null())
    return [
        named(bounds.verdict(), f"{prefix}_verdict"),
        named(whole(bounds.low()) if bounds.low else nothing.copy(), f"{prefix}_low"),
        named(whole(bounds.high()) if bounds.high else nothing.copy(), f"{prefix}_high"),
        named(whole(bounds.short_by()), f"{prefix}_short_by"),
    ]


class _Judge:
    """Columns of the row by the rule it was made for, as `reasons.Findings` reads them."""

    def __init__(self, rule: GradeRule) -> None:
        self.rule = rule
        self.features: Features = features_of(rule)

    def number(self, clause: AnyClause) -> int:
        """Place of a clause among those of its kind."""
        return [c for c in self.rule.clauses if type(c) is type(clause)].index(clause)

    def bounds(self, required: int | None, low: str, high: str, *tables: str) -> Bounds:
        """Two columns; the upper one means nothing without coverage."""
        return Bounds(required, lambda: col(_R, low), lambda: when(covered(*tables), col(_R, high), whole(exp.Null())))


def covered(*tables: str) -> exp.Expr:
    """Whether absence of rows in all these tables means "none"."""
    return every(*[is_one(col(_R, f"cover_{table}")) for table in tables])


def _measure(_judge: _Judge, clause: MeasureClause) -> Bounds:
    def end(name: str) -> Callable[[], exp.Expr]:
        # No statement: the columns are null. A null among several statements of the day: not known.
        told = eq(col(_R, f"{clause.measure}_null"), lit(0))
        return lambda: when(told.copy(), col(_R, f"{clause.measure}_{name}"), whole(exp.Null()))

    return Bounds(clause.at_least, end("low"), end("high"))


def _people(judge: _Judge, clause: PeopleClause) -> Bounds:
    needed = tables_needed(clause)

    def counted(bit: int, required: int | None, further: tuple[Bounds, ...] = ()) -> Bounds:
        plain = judge.bounds(required, f"s{bit}", f"m{bit}", *needed)
        return Bounds(required, plain.low, plain.high, further)

    further = tuple(counted(judge.features.bit(clause.table, where), 1) for where in coverings(clause))
    return counted(judge.features.bit(clause.table, clause.where), clause.at_least, further)


def _officer(judge: _Judge, clause: OfficerClause) -> Bounds:
    n = judge.number(clause)
    return judge.bounds(None if clause.years is None else 1, f"officer_s{n}", f"officer_m{n}", "officer")


def _works(judge: _Judge, clause: WorksClause) -> Bounds:
    n, start, kinds = judge.number(clause), 0, []
    for kind in clause.kinds:
        places = [f"w{n}_{{}}{start + position}" for position in range(len(kind.alternatives))]
        kinds.append([(a, place) for a, place in zip(kind.alternatives, places, strict=True)])
        start += len(kind.alternatives)

    def count(*values: int) -> exp.Expr:
        verdicts = [any_of([_alternative(a, place).own() for a, place in each]) for each in kinds]
        flags = [when(either(*[eq(v.copy(), lit(value)) for value in values]), lit(1), lit(0)) for v in verdicts]
        result: exp.Expr = whole(flags[0])
        for each in flags[1:]:
            result = exp.Add(this=result, expression=each)
        return exp.Paren(this=result)

    return Bounds(
        clause.choose,
        lambda: count(MET),
        lambda: when(covered("work"), count(MET, UNKNOWN), whole(exp.Null())),
    )


def _alternative(alternative: WorkAlternative, column: str) -> Bounds:
    figure = alternative.total if alternative.summed else alternative.at_least
    required = figure if alternative.summed or figure is None else alternative.works

    def high() -> exp.Expr:
        told = [covered("work")]
        if alternative.summed:
            told.append(eq(col(_R, column.format("z")), lit(0)))
        return when(every(*told), col(_R, column.format("m")), whole(exp.Null()))

    return Bounds(required, lambda: col(_R, column.format("s")), high)


def _lead_works(judge: _Judge, clause: LeadWorksClause) -> Bounds:
    n = judge.number(clause)
    return judge.bounds(clause.at_least, f"l{n}_s", f"l{n}_m", "everyone_work", "officer", "registration")


def _equipment(judge: _Judge, clause: EquipmentClause) -> Bounds:
    n = judge.number(clause)

    def high() -> exp.Expr:
        told = every(covered("equipment"), eq(col(_R, f"e{n}_z"), lit(0)))
        return when(told, col(_R, f"e{n}_m"), whole(exp.Null()))

    return Bounds(clause.at_least, lambda: col(_R, f"e{n}_s"), high)


def _permit(judge: _Judge, _clause: PermitClause) -> Bounds:
    return judge.bounds(1, "permit_s", "permit_m", "safety_permit")


def _manual(_judge: _Judge, _clause: ManualClause) -> Bounds:
    return Bounds(None, None, None)


_MAKERS: Final[dict[type[Clause], Callable[[_Judge, Any], Bounds]]] = {
    MeasureClause: _measure,
    PeopleClause: _people,
    OfficerClause: _officer,
    WorksClause: _works,
    LeadWorksClause: _lead_works,
    EquipmentClause: _equipment,
    PermitClause: _permit,
    ManualClause: _manual,
}


def together_required(features: Features) -> int:
    """How many people the groups need at least between them."""
    return sum(max(demand.at_least for demand in demands) for demands in features.groups.values())


def _together(judge: _Judge) -> list[exp.Expr]:
    """The joint clause of `reasons.together`, null while the division is undecided."""
    grouped = [c for c in judge.features.people if c.group]
    open_figure = any(clause.at_least is None for clause in grouped)
    tables = sorted({table for clause in grouped for table in tables_needed(clause)})
    required = together_required(judge.features)

    def missing(kind: str) -> exp.Expr:
        return exp.Paren(this=exp.Sub(this=whole(lit(required)), expression=col(_R, f"missing_{kind}")))

    def high() -> exp.Expr:
        told = either(covered(*tables), after(col(_R, "missing_m"), lit(0)))
        return when(told, missing("m"), whole(exp.Null()))

    bounds = Bounds(required, None if open_figure else lambda: missing("s"), high)
    found = every(
        *[exp.Not(this=exp.Is(this=col(_R, f"missing_{kind}"), expression=exp.Null())) for kind in ("s", "m")]
    )
    columns = _columns("together", bounds)
    return [named(when(found.copy(), column.this), column.alias) for column in columns]
