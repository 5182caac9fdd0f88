"""One rule over the layer: the same row per holder as the rule's own plan (`plan.main_plan`), from kept tables.

Besides the plan's columns each row has what the division of people into groups lacks, where two bounds decide it
(`missing_s`, `missing_m`; null: the exact search has to).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

from sqlglot import exp

from zhulian.core.rules import layer_bits as b
from zhulian.core.rules import plan_facts as facts
from zhulian.core.rules.features import CONSTRUCTOR, TECHNICAL_LEAD, Demand, Features, features_of
from zhulian.core.rules.layer_bits import Bits
from zhulian.core.rules.model import (
    Clause,
    EquipmentClause,
    GradeRule,
    LeadWorksClause,
    MeasureClause,
    OfficerClause,
    PeopleClause,
    PermitClause,
    WorksClause,
)
from zhulian.core.rules.plan import DOUBTS, Ctes, main_bits, staff_columns
from zhulian.core.rules.reasons import tables_needed
from zhulian.core.rules.tree import (
    Query,
    biggest,
    bits_of,
    col,
    either,
    eq,
    every,
    flag,
    greatest,
    has_bits,
    is_null,
    is_one,
    least,
    lit,
    named,
    number_of,
    one_of,
    or_else,
    param,
    select,
    when,
    whole,
)

KINDS: Final = ("s", "m")
_P: Final = "p"
_NEEDED: Final[dict[type[Clause], set[str]]] = {
    OfficerClause: {"officer"},
    WorksClause: {"work"},
    LeadWorksClause: {"everyone_work", "officer", "registration"},
    EquipmentClause: {"equipment"},
    PermitClause: {"safety_permit"},
}


class Overlays:
    """Whose holders a rule is for: of one province, or of all but those with rules of their own."""

    def __init__(self, province: str = "", without: Sequence[str] = ()) -> None:
        self.province, self.without = province, tuple(sorted(without))

    def condition(self, value: exp.Expr) -> list[exp.Expr]:
        """What the province of a holder must fulfil."""
        if self.province:
            return [eq(value, lit(self.province))]
        if not self.without:
            return []
        return [either(is_null(value), exp.Not(this=exp.Paren(this=one_of(value.copy(), self.without))))]


def rows_query(rule: GradeRule, bits: Bits, overlays: Overlays | None = None) -> Query:
    """Per holder the columns of `plan.main_plan` that reasons read, and `missing_s`, `missing_m` where groups bind."""
    rows = _Rows(rule, bits)
    ctes = Ctes()
    ctes.add("scope", _scope(rule, overlays or Overlays()))
    return rows.query(ctes)


def read_coverage(rule: GradeRule) -> list[str]:
    """Tables whose coverage the reasons of a rule, or the search, look at."""
    found: set[str] = {"insurance"} if features_of(rule) else set()
    for clause in rule.clauses:
        found |= set(tables_needed(clause)) if isinstance(clause, PeopleClause) else _NEEDED.get(type(clause), set())
    return sorted(found)


def read_staff(features: Features) -> list[str]:
    """Sums over persons that reasons look at: not those which only bound the division."""
    return [name for name in staff_columns(features) if not name.startswith(("us", "um"))]


def holders_of_code_query(overlays: Overlays) -> Query:
    """Whom a code's rule, or the lack of one, is about."""
    return _held(overlays, [col("k", "enterprise"), named(lit("unknown"), "verdict")])


def _held(overlays: Overlays, columns: Sequence[exp.Expr]) -> Query:
    query = select(*columns).from_("layer_holder AS h")
    query = query.join("layer_enterprise AS k", on=eq(col("k", "enterprise"), col("h", "enterprise")))
    return query.where(every(eq(col("h", "code"), param("code")), *overlays.condition(col("k", "province"))))


def _scope(rule: GradeRule, overlays: Overlays) -> Query:
    k = "k"
    columns: list[exp.Expr] = [col(k, "enterprise")]
    columns += [col(k, f"cover_{name}") for name in (*facts.COVERED, "everyone_work")]
    if measures := measures_of(rule):
        columns.append(col(k, "money_on"))
        columns += [col(k, f"{measure}_{end}") for measure in measures for end in ("low", "high", "null")]
    return _held(overlays, columns)


def measures_of(rule: GradeRule) -> list[str]:
    """Figures of the balance sheet that a rule asks for."""
    return sorted({c.measure for c in rule.clauses if isinstance(c, MeasureClause)})


class _Rows:
    """The plan of one rule in the making."""

    def __init__(self, rule: GradeRule, bits: Bits) -> None:
        self.rule, self.bits, self.features = rule, bits, features_of(rule)

    def query(self, ctes: Ctes) -> Query:
        s = "s"
        columns: list[exp.Expr] = [col(s, "enterprise")]
        columns += [col(s, f"cover_{name}") for name in read_coverage(self.rule)]
        joins: list[str] = []
        if self.features:
            ctes.add("staff", self._staff())
            joins.append("staff")
            columns += [_zero("staff", name, name) for name in read_staff(self.features)]
        if measures := measures_of(self.rule):
            columns.append(col(s, "money_on"))
            columns += [col(s, f"{measure}_{end}") for measure in measures for end in ("low", "high", "null")]
        columns += self._works(ctes, joins) + self._lead_works(ctes, joins) + self._things(ctes, joins)
        lacks = self._lacks() if self.features.groups else []
        query = select(*columns, *lacks).from_("scope AS s")
        for name in joins:
            query = query.join(name, on=eq(col(name, "enterprise"), col(s, "enterprise")), join_type="left")
        if not lacks:
            return ctes.over(query)
        kept: list[exp.Expr] = [col("n", column.alias_or_name) for column in columns]
        missing = [named(self._missing(kind), f"missing_{kind}") for kind in KINDS]
        return ctes.over(select(*kept, *missing).from_tree(query.subquery("n")))

    # ---- persons ----------------------------------------------------------------------------------------------
    def _has(self, kind: str, bit: int) -> exp.Expr:
        place = self.bits.feature(self.features, bit)
        return has_bits(col(_P, f"w{place.word}"), place.may if kind == "m" else place.sure)

    def _any(self, kind: str, wanted: Sequence[int]) -> exp.Expr:
        """Whether a person has any of some features: one test a word."""
        masks: dict[int, int] = {}
        for bit in wanted:
            place = self.bits.feature(self.features, bit)
            masks[place.word] = masks.get(place.word, 0) | (place.may if kind == "m" else place.sure)
        return either(*[has_bits(col(_P, f"w{word}"), mask) for word, mask in sorted(masks.items())])

    def _staff(self) -> Query:
        """CTE `staff`: the sums of `plan.staff_sums`, and those that bound the division."""
        made: dict[str, exp.Expr] = {}
        features = self.features
        for bit in range(features.counted):
            made |= {f"{kind}{bit}": number_of(self._has(kind, bit)) for kind in KINDS}
        for n, officer in enumerate(features.officers):
            made |= {f"officer_{kind}{n}": biggest(flag(self._officer(officer, kind))) for kind in KINDS}
        for group, demands in features.groups.items():
            others = [d.bit for other, ds in features.groups.items() if other != group for d in ds]
            for bit in {d.bit for d in demands}:
                for kind in KINDS:
                    alone = exp.Not(this=exp.Paren(this=self._any(kind, others)))
                    made[f"u{kind}{bit}_{group}"] = number_of(every(self._has(kind, bit), alone))
        for bit in main_bits(features):
            made |= self._doubts(bit)
        columns = [named(made[name], name) for name in staff_columns(features)]
        for number, picks in enumerate(_corners(features)):
            columns += [named(number_of(self._any(kind, [d.bit for d in picks])), f"h{kind}{number}") for kind in KINDS]
        query = select(col("s", "enterprise"), *columns).from_("scope AS s")
        query = query.join("layer_person AS p", on=eq(col(_P, "enterprise"), col("s", "enterprise")))
        return query.where(_may_count()).group_by(col("s", "enterprise"))

    def _doubts(self, bit: int) -> dict[str, exp.Expr]:
        flags = {
            "age_unknown": has_bits(col(_P, "w0"), b.AGE_UNKNOWN),
            "insurance_unknown": eq(bits_of(col(_P, "w0"), b.INSURED), lit(0)),
            "elsewhere_unknown": has_bits(col(_P, "w0"), b.ELSEWHERE_UNKNOWN),
        }
        made = {f"{name}{bit}": number_of(every(self._has("m", bit), flags[name])) for name in DOUBTS}
        sure = eq(bits_of(col(_P, "w0"), b.INSURED + b.AGE_UNKNOWN + b.ELSEWHERE_UNKNOWN), lit(b.INSURED))
        unsure = exp.Not(this=exp.Paren(this=self._has("s", bit)))
        return made | {f"row_unknown{bit}": number_of(every(self._has("m", bit), sure, unsure))}

    def _officer(self, officer: OfficerClause, kind: str) -> exp.Expr:
        place = self.bits.post(officer.post, officer.years)
        holds = has_bits(col(_P, f"w{place.word}"), place.may if kind == "m" else place.sure)
        if not officer.alternatives:
            return holds
        able = [
            every(*[self._credential(kind, c.table, self.features.bit(c.table, c.where)) for c in alternative])
            for alternative in officer.alternatives
        ]
        return every(holds, either(*able))

    def _credential(self, kind: str, table: str, bit: int) -> exp.Expr:
        has = self._has(kind, bit)
        return has if kind == "s" else either(has, eq(col("s", f"cover_{table}"), lit(0)))

    # ---- the division -----------------------------------------------------------------------------------------
    def _lacks(self) -> list[exp.Expr]:
        """What each group lacks with everybody who fits it (`lack`), and with those only it wants (`lone`).

        Columns of their own, since no engine sees that a part of a CASE is a part of another one.
        """
        made = []
        for kind in KINDS:
            for number, (group, demands) in enumerate(self.features.groups.items()):
                everybody = [self._lack(d, f"{kind}{d.bit}", kind) for d in demands]
                alone = [self._lack(d, f"u{kind}{d.bit}_{group}", kind) for d in demands]
                made.append(named(greatest(everybody), f"lack_{kind}{number}"))
                made.append(named(greatest(alone), f"lone_{kind}{number}"))
            for number, picks in enumerate(_corners(self.features)):
                made.append(named(self._corner(picks, f"h{kind}{number}", kind), f"corner_{kind}{number}"))
        return made

    def _corner(self, picks: Sequence[Demand], column: str, kind: str) -> exp.Expr:
        """Hall's condition for one demand of each of some groups."""
        short = exp.Paren(this=exp.Sub(this=whole(lit(sum(d.at_least for d in picks))), expression=_count(column)))
        return when(every(*[self._binds(d) for d in picks]), short, whole(lit(0))) if kind == "m" else short

    def _missing(self, kind: str) -> exp.Expr:
        """How many are missing at least for all groups to be full at once, where two bounds meet; else null.

        Below: Hall's condition for the largest demand of each of some groups. Above: whoever fits several groups
        serves one and the same. With one demand a group Hall's condition is exact.
        """
        groups = range(len(self.features.groups))
        lack = [col("n", f"lack_{kind}{g}") for g in groups]
        corners = [col("n", f"corner_{kind}{number}") for number in range(len(_corners(self.features)))]
        lower = greatest([whole(lit(0)), _sum(lack), *corners])
        if all(len(demands) == 1 for demands in self.features.groups.values()):
            return lower
        above = [_sum([lack[g].copy(), *[col("n", f"lone_{kind}{o}") for o in groups if o != g]]) for g in groups]
        upper = least(above)
        return exp.Case(ifs=[exp.If(this=eq(lower, upper), true=lower.copy())])

    def _lack(self, demand: Demand, column: str, kind: str) -> exp.Expr:
        short = exp.Sub(this=whole(lit(demand.at_least)), expression=_count(column))
        lack = greatest([whole(lit(0)), short])
        return when(self._binds(demand), lack, whole(lit(0))) if kind == "m" else lack

    def _binds(self, demand: Demand) -> exp.Expr:
        """People we do not know of may meet a demand where its tables are not covered."""
        return every(*[is_one(col("s", f"cover_{table}")) for table in tables_needed(demand.clause)])

    # ---- the rest ---------------------------------------------------------------------------------------------
    def _works(self, ctes: Ctes, joins: list[str]) -> list[exp.Expr]:
        columns = []
        for number, (clause, alternatives) in enumerate(facts.works_of(self.rule)):
            ctes.add(f"work{number}", facts.work_rows(alternatives, clause.lookback_years))
            ctes.add(f"works{number}", facts.work_sums(f"work{number}", alternatives))
            joins.append(f"works{number}")
            columns += [
                _zero(f"works{number}", f"{kind}{n}", f"w{number}_{kind}{n}")
                for n in range(len(alternatives))
                for kind in ("s", "m", "z")
            ]
        return columns

    def _lead_works(self, ctes: Ctes, joins: list[str]) -> list[exp.Expr]:
        columns = []
        for number, clause in enumerate(c for c in self.rule.clauses if isinstance(c, LeadWorksClause)):
            if number == 0:
                ctes.add("leader", self._leaders())
            ctes.add(f"leadwork{number}", facts.lead_work_rows(clause))
            ctes.add(f"leadworks{number}", facts.lead_work_sums(f"leadwork{number}"))
            joins.append(f"leadworks{number}")
            columns += [_zero(f"leadworks{number}", f"{kind}0", f"l{number}_{kind}") for kind in KINDS]
        return columns

    def _leaders(self) -> Query:
        post = self.bits.post(TECHNICAL_LEAD, 0)
        registered = self.bits.row(CONSTRUCTOR.table, CONSTRUCTOR.where)
        sure = either(*[has_bits(col(_P, f"w{p.word}"), p.sure) for p in (post, registered)])
        may = either(*[has_bits(col(_P, f"w{p.word}"), p.may) for p in (post, registered)])
        query = select(col(_P, "enterprise"), col(_P, "person"), named(flag(sure), "sure")).from_("scope AS s")
        query = query.join("layer_person AS p", on=eq(col(_P, "enterprise"), col("s", "enterprise")))
        return query.where(every(_may_count(), may))

    def _things(self, ctes: Ctes, joins: list[str]) -> list[exp.Expr]:
        columns = []
        if machines := tuple(c for c in self.rule.clauses if isinstance(c, EquipmentClause)):
            ctes.add("machine", facts.machines(machines))
            joins.append("machine")
            columns += [
                _zero("machine", f"{kind}{n}", f"e{n}_{kind}") for n in range(len(machines)) for kind in ("s", "m", "z")
            ]
        if any(isinstance(c, PermitClause) for c in self.rule.clauses):
            ctes.add("permit", facts.permits())
            joins.append("permit")
            columns += [_zero("permit", f"{kind}0", f"permit_{kind}") for kind in KINDS]
        return columns


def histogram_query(rule: GradeRule, bits: Bits) -> Query:
    """(enterprise, sure mask, may mask, persons) as `plan.histogram_plan` has it, for the undecided of `layer_rows`."""
    rows = _Rows(rule, bits)
    wanted = sorted({d.bit for demands in rows.features.groups.values() for d in demands})

    def mask(kind: str) -> exp.Expr:
        return _sum([when(rows._has(kind, bit), whole(lit(1 << bit)), whole(lit(0))) for bit in wanted])  # noqa: SLF001 - of this module

    inner = select(col("s", "enterprise"), named(mask("s"), "sure"), named(mask("m"), "may")).from_("layer_rows AS s")
    inner = inner.join("layer_person AS p", on=eq(col(_P, "enterprise"), col("s", "enterprise")))
    inner = inner.where(every(undecided("s"), _may_count(), rows._any("m", wanted)))  # noqa: SLF001 - of this module
    keys = [col("m", name) for name in ("enterprise", "sure", "may")]
    query = select(*keys, named(whole(exp.Count(this=exp.Star())), "persons")).from_tree(inner.subquery("m"))
    return query.group_by(*[key.copy() for key in keys])


def open_rows_query(rule: GradeRule) -> Query:
    """The open rows of `layer_rows`: enterprise, the worst verdict of the clauses, and the coverage that demands need."""
    verdicts = [f"c{number}_verdict" for number in range(len(rule.clauses))]
    worst = exp.Case(default=lit("met"))
    for value in ("short", "unknown"):
        worst.append("ifs", exp.If(this=either(*[eq(col("r", n), lit(value)) for n in verdicts]), true=lit(value)))
    tables = sorted({t for c in features_of(rule).people if c.group for t in tables_needed(c)})
    covered = [col("r", f"cover_{table}") for table in tables]
    query = select(col("r", "enterprise"), named(worst, "worst"), *covered).from_("layer_rows AS r")
    return query.where(undecided("r"))


def undecided(alias: str) -> exp.Expr:
    """Rows whose division the bounds leave open."""
    return either(*[is_null(col(alias, f"missing_{kind}")) for kind in KINDS])


def may_be_undecided(rule: GradeRule) -> bool:
    """Whether the bounds may leave a division open: somebody is contested, and a group has several demands."""
    groups: Mapping[str, Sequence[Demand]] = features_of(rule).groups
    return any(len(demands) > 1 for demands in groups.values())


def _corners(features: Features) -> list[tuple[Demand, ...]]:
    """The largest demand of each of some groups, for every two and more of the groups."""
    picks = [max(demands, key=lambda d: d.at_least) for demands in features.groups.values()]
    return [chosen for size in range(2, len(picks) + 1) for chosen in combinations(picks, size)]


def _may_count() -> exp.Expr:
    """The last condition: insured here, or nobody says where."""
    return either(has_bits(col(_P, "w0"), b.INSURED), eq(col("s", "cover_insurance"), lit(0)))


def _zero(table: str, name: str, alias: str) -> exp.Expr:
    return named(or_else(col(table, name), 0), alias)


def _count(name: str) -> exp.Expr:
    return or_else(col("staff", name), 0)


def _sum(values: Sequence[exp.Expr]) -> exp.Expr:
    result = values[0]
    for value in values[1:]:
        result = exp.Add(this=result, expression=value)
    return exp.Paren(this=result)
