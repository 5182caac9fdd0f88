"""One rule → one relational plan: a row per enterprise with every bound that its reasons need.

The tree is built once per rule and scope and printed per dialect. Parameters: `as_of`, `known_at` (microseconds),
`born_after`, `month_first`, `month_last`, `since_N` (1 January of the year N back), `code`, `e0`, `e1`, ….
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from sqlglot import exp

from zhulian.core.rules import plan_facts as facts
from zhulian.core.rules import plan_people as staff
from zhulian.core.rules.features import Demand, Features, features_of
from zhulian.core.rules.model import (
    STAFF_TABLES,
    EquipmentClause,
    GradeRule,
    LeadWorksClause,
    MeasureClause,
    OfficerClause,
)
from zhulian.core.rules.model import PermitClause as Permit
from zhulian.core.rules.plan_time import change_query, earliest, member_query
from zhulian.core.rules.tree import (
    Query,
    Statement,
    biggest,
    col,
    denied,
    either,
    eq,
    every,
    flag,
    is_null,
    is_one,
    listed,
    lit,
    named,
    or_else,
    param,
    print_statement,
    read_statement,
    select,
    stack,
    total,
    visible,
    whole,
    write_statement,
)
from zhulian.core.tables import TABLES

ENDED: Final = ("降级", "撤回", "撤销", "吊销", "注销", "过期")
"""States in which a qualification is no longer held; 停业整顿 still is."""

DOUBTS: Final = ("age_unknown", "insurance_unknown", "elsewhere_unknown")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom to look at: all holders of the code (`size` 0), or `size` ids bound as `e0`, `e1`, …."""

    size: int = 0


ALL_HOLDERS: Final = Scope()
ONE: Final = Scope(1)


class Ctes:
    """Named parts of a plan, in order."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, Query]] = []

    def add(self, name: str, query: Query) -> None:
        self.parts.append((name, query))

    def over(self, query: Query) -> Query:
        """The query with the parts before it."""
        return query.over(self.parts)


def held(table: str = "x") -> exp.Expr:
    """Rows of `qualification` that are held on the day."""
    status = col(table, "status")
    return every(visible(table), either(is_null(status), denied(exp.In(this=status.copy(), expressions=_ended()))))


def _ended() -> list[exp.Expr]:
    return [lit(state) for state in ENDED]


def scope_query(scope: Scope) -> Query:
    """CTE `scope`: the enterprises looked at, each once."""
    if scope.size == 0:
        return (
            select(col("x", "enterprise"))
            .from_("qualification AS x")
            .where(every(eq(col("x", "code"), param("code")), held()))
            .group_by(col("x", "enterprise"))
        )
    first = select(named(whole(param("e0")), "enterprise"))
    if scope.size == 1:
        return first
    ids = listed(first, [param(f"e{number}") for number in range(1, scope.size)])
    once = col("u", "enterprise")  # a list is filled up by repeating its last id
    return select(once).from_tree(ids.subquery("u")).group_by(once.copy())


def _begin(scope: Scope) -> Ctes:
    ctes = Ctes()
    ctes.add("scope", scope_query(scope))
    ctes.add("home", facts.home())
    ctes.add("cover", facts.cover())
    return ctes


def add_people(ctes: Ctes, features: Features) -> None:
    """The CTEs up to `judged`."""
    for name, part in staff.person_parts(features):
        ctes.add(name, part)
    ctes.add("judged", staff.judged(features))


def main_plan(rule: GradeRule, scope: Scope) -> Query:
    """One row per enterprise; columns are named after what they hold (see `reasons`)."""
    features = features_of(rule)
    ctes = _begin(scope)
    columns: list[exp.Expr] = [col("s", "enterprise")]
    joins = ["cover"]
    columns += [_zero("cover", name, f"cover_{name}") for name in (*facts.COVERED, "everyone_work")]
    if features:
        add_people(ctes, features)
        ctes.add("counted", counted(features))
        ctes.add("staff", staff_sums(features))
        joins.append("staff")
        columns += [_zero("staff", name, name) for name in staff_columns(features)]
    if measures := tuple(c for c in rule.clauses if isinstance(c, MeasureClause)):
        ctes.add("money_day", facts.money_latest())
        ctes.add("money", facts.money(measures))
        joins.append("money")
        columns.append(named(col("money", "as_of"), "money_on"))
        for measure in sorted({c.measure for c in measures}):
            columns += [named(col("money", f"{measure}_{end}"), f"{measure}_{end}") for end in ("low", "high", "null")]
    for number, (clause, alternatives) in enumerate(facts.works_of(rule)):
        ctes.add(f"work{number}", facts.work_rows(alternatives, clause.lookback_years))
        ctes.add(f"works{number}", facts.work_sums(f"work{number}", alternatives))
        joins.append(f"works{number}")
        columns += [
            _zero(f"works{number}", f"{kind}{n}", f"w{number}_{kind}{n}")
            for n in range(len(alternatives))
            for kind in ("s", "m", "z")
        ]
    for number, lead in enumerate(c for c in rule.clauses if isinstance(c, LeadWorksClause)):
        if number == 0:
            ctes.add("leader", facts.lead_persons(features))
        ctes.add(f"leadwork{number}", facts.lead_work_rows(lead))
        ctes.add(f"leadworks{number}", facts.lead_work_sums(f"leadwork{number}"))
        joins.append(f"leadworks{number}")
        columns += [_zero(f"leadworks{number}", f"{kind}0", f"l{number}_{kind}") for kind in ("s", "m")]
    if machines := tuple(c for c in rule.clauses if isinstance(c, EquipmentClause)):
        ctes.add("machine", facts.machines(machines))
        joins.append("machine")
        columns += [
            _zero("machine", f"{kind}{n}", f"e{n}_{kind}") for n in range(len(machines)) for kind in ("s", "m", "z")
        ]
    if any(isinstance(c, Permit) for c in rule.clauses):
        ctes.add("permit", facts.permits())
        joins.append("permit")
        columns += [_zero("permit", f"{kind}0", f"permit_{kind}") for kind in ("s", "m")]
    query = select(*columns).from_("scope AS s")
    for name in joins:
        query = query.join(name, on=eq(col(name, "enterprise"), col("s", "enterprise")), join_type="left")
    return ctes.over(query)


def _zero(table: str, name: str, alias: str) -> exp.Expr:
    return named(or_else(col(table, name), 0), alias)


def counted(features: Features) -> Query:
    """CTE `counted`: per person what surely counts (`s`), what may (`m`), officers, doubts, and groups touched."""
    j = "j"
    columns: list[exp.Expr] = [col(j, "enterprise"), col(j, "person")]
    for bit in range(features.counted):
        columns.append(named(flag(every(is_one(col(j, "sure")), is_one(col(j, f"s{bit}")))), f"s{bit}"))
        columns.append(named(flag(every(is_one(col(j, "may")), is_one(col(j, f"m{bit}")))), f"m{bit}"))
    for number, officer in enumerate(features.officers):
        columns += _officer(features, number, officer)
    for group, demands in features.groups.items():
        for kind, condition in (("s", "sure"), ("m", "may")):
            touches = either(*[is_one(col(j, f"{kind}{bit}")) for bit in sorted({d.bit for d in demands})])
            columns.append(named(flag(every(is_one(col(j, condition)), touches)), f"{kind}_{group}"))
    columns += [col(j, doubt) for doubt in DOUBTS]
    query = select(*columns).from_("judged AS j")
    query = query.join("cover AS k", on=eq(col("k", "enterprise"), col(j, "enterprise")), join_type="left")
    return query.where(is_one(col(j, "may")))


def _officer(features: Features, number: int, officer: OfficerClause) -> list[exp.Expr]:
    """Whether this person surely, or possibly, is the officer that a clause asks for."""
    post, (has_sure, has_may) = features.post(officer.post, officer.years), _credentials(features, officer)
    sure = every(is_one(col("j", "sure")), is_one(col("j", f"os{post}")), has_sure)
    may = every(is_one(col("j", "may")), is_one(col("j", f"om{post}")), has_may)
    return [named(flag(sure), f"officer_s{number}"), named(flag(may), f"officer_m{number}")]


def _credentials(features: Features, officer: OfficerClause) -> tuple[exp.Expr, exp.Expr]:
    """Whether all credentials of some alternative are there, surely and possibly (not told: possibly)."""
    if not officer.alternatives:
        return every(), every()
    sure, may = [], []
    for alternative in officer.alternatives:
        bits = [(features.bit(c.table, c.where), c.table) for c in alternative]
        sure.append(every(*[is_one(col("j", f"s{bit}")) for bit, _ in bits]))
        may.append(every(*[either(is_one(col("j", f"m{b}")), eq(or_else(col("k", t), 0), lit(0))) for b, t in bits]))
    return either(*sure), either(*may)


def staff_columns(features: Features) -> list[str]:
    """Columns of the CTE `staff`, in order."""
    names = [f"{kind}{bit}" for bit in range(features.counted) for kind in ("s", "m")]
    names += [f"officer_{kind}{n}" for n in range(len(features.officers)) for kind in ("s", "m")]
    for bit in sorted({d.bit for demands in features.groups.values() for d in demands}):
        names += [f"u{kind}{bit}_{group}" for group in _groups_of(features, bit) for kind in ("s", "m")]
    names += [f"{doubt}{bit}" for bit in main_bits(features) for doubt in (*DOUBTS, "row_unknown")]
    return names


def main_bits(features: Features) -> list[int]:
    """Bits that a clause counts itself."""
    return sorted({features.bit(c.table, c.where) for c in features.people})


def _groups_of(features: Features, bit: int) -> list[str]:
    return [group for group, demands in features.groups.items() if any(d.bit == bit for d in demands)]


def staff_sums(features: Features) -> Query:
    """CTE `staff`: per enterprise how many persons, never how many rows.

    `us`/`um` count persons that no other group wants: enough of them for every demand suffices for a division.
    """
    c = "c"
    made: dict[str, exp.Expr] = {}
    for bit in range(features.counted):
        made |= {f"{kind}{bit}": total(col(c, f"{kind}{bit}")) for kind in ("s", "m")}
    for n in range(len(features.officers)):
        made |= {f"officer_{kind}{n}": biggest(col(c, f"officer_{kind}{n}")) for kind in ("s", "m")}
    for group, demands in features.groups.items():
        for bit in {d.bit for d in demands}:
            for kind in ("s", "m"):
                alone = [eq(col(c, f"{kind}_{other}"), lit(0)) for other in features.groups if other != group]
                made[f"u{kind}{bit}_{group}"] = total(flag(every(is_one(col(c, f"{kind}{bit}")), *alone)))
    for bit in main_bits(features):
        may = is_one(col(c, f"m{bit}"))
        for doubt in DOUBTS:
            made[f"{doubt}{bit}"] = total(flag(every(may.copy(), is_one(col(c, doubt)))))
        unsure = [eq(col(c, name), lit(0)) for name in (f"s{bit}", *DOUBTS)]
        made[f"row_unknown{bit}"] = total(flag(every(may.copy(), *unsure)))
    columns = [named(made[name], name) for name in staff_columns(features)]
    query = select(col(c, "enterprise"), *columns).from_("counted AS c")
    return query.group_by(col(c, "enterprise"))


def histogram_plan(rule: GradeRule, scope: Scope) -> Query:
    """(enterprise, mask of what surely counts, mask of what may, persons): the input of the exact division."""
    features = features_of(rule)
    ctes = _begin(scope)
    add_people(ctes, features)
    ctes.add("counted", counted(features))
    ctes.add("masks", _masks(features))
    m = "m"
    keys = [col(m, name) for name in ("enterprise", "sure", "may")]
    query = select(*keys, named(whole(exp.Count(this=exp.Star())), "persons")).from_("masks AS m")
    return ctes.over(query.where(exp.NEQ(this=col(m, "may"), expression=lit(0))).group_by(*[k.copy() for k in keys]))


def persons_plan(rule: GradeRule, scope: Scope) -> Query:
    """Every tied person with all flags: what the witness and the list of persons are made of."""
    features = features_of(rule)
    ctes = _begin(scope)
    add_people(ctes, features)
    names = staff.column_names(features)
    columns: list[exp.Expr] = [col("p", "person"), *[col("p", name) for name in names]]
    columns += [col("j", "sure"), col("j", "may"), named(or_else(col("k", "insurance"), 0), "cover_insurance")]
    for number, officer in enumerate(features.officers):
        columns += _officer(features, number, officer)
        has = zip(("s", "m"), _credentials(features, officer), strict=True)
        columns += [named(flag(holds), f"officer_has_{kind}{number}") for kind, holds in has]
    same = every(*[eq(col("j", key), col("p", key)) for key in ("enterprise", "person")])
    query = select(*columns).from_("person_all AS p").join("judged AS j", on=same)
    query = query.join("cover AS k", on=eq(col("k", "enterprise"), col("p", "enterprise")), join_type="left")
    return ctes.over(query)


def critical_plan(rule: GradeRule, scope: Scope) -> Query:
    """Per enterprise the dates behind its next critical day."""
    ctes = Ctes()
    ctes.add("scope", scope_query(scope))
    if features_of(rule):
        ctes.add("member", member_query())
    ctes.add("change", change_query(rule))
    return ctes.over(earliest(rule))


def rows_plan(name: str) -> Callable[[GradeRule, Scope], Query]:
    """Visible rows of a staff table about the tied persons, for wording reasons."""

    def plan(rule: GradeRule, scope: Scope) -> Query:
        ctes = Ctes()
        ctes.add("scope", scope_query(scope))
        ctes.add("tie", stack([_tie(each) for each in staff.TIES]))
        query = select(*[col("x", column.name) for column in TABLES[name].columns]).from_("tie AS t")
        on = every(eq(col("x", "person"), col("t", "person")))
        if "enterprise" in TABLES[name].names:
            on = every(on, eq(col("x", "enterprise"), col("t", "enterprise")))
        del rule
        return ctes.over(query.join(f"{name} AS x", on=on).where(visible("x")).distinct())

    def _tie(each: str) -> Query:
        on = eq(col("x", "enterprise"), col("s", "enterprise"))
        columns = (col("s", "enterprise"), col("x", "person"))
        return select(*columns).from_("scope AS s").join(f"{each} AS x", on=on).where(visible("x"))

    return plan


def _masks(features: Features) -> Query:
    return select(
        col("c", "enterprise"),
        col("c", "person"),
        named(_mask(features, "s"), "sure"),
        named(_mask(features, "m"), "may"),
    ).from_("counted AS c")


def _mask(features: Features, kind: str) -> exp.Expr:
    demands: set[Demand] = {d for group in features.groups.values() for d in group}
    mask: exp.Expr = whole(lit(0))
    for bit in sorted({d.bit for d in demands}):
        weighed = exp.Mul(this=whole(col("c", f"{kind}{bit}")), expression=whole(lit(1 << bit)))
        mask = exp.Add(this=mask, expression=weighed)
    return mask


@lru_cache(maxsize=64)
def held_statement(scope: Scope, dialect: str) -> Statement:
    """(enterprise, code) of construction qualifications held on the day."""
    query = select(col("x", "enterprise"), col("x", "code")).from_("qualification AS x")
    condition = every(eq(exp.Substring(this=col("x", "code"), start=lit(1), length=lit(1)), lit("D")), held())
    ctes = Ctes()
    if scope.size:
        ctes.add("scope", scope_query(scope))
        query = (
            select(col("x", "enterprise"), col("x", "code"))
            .from_("scope AS s")
            .join("qualification AS x", on=eq(col("x", "enterprise"), col("s", "enterprise")))
        )
    query = query.where(condition).group_by(col("x", "enterprise"), col("x", "code"))
    return print_statement(ctes.over(query), dialect)


@lru_cache(maxsize=64)
def home_statement(scope: Scope, dialect: str) -> Statement:
    """(enterprise, division where it is registered on the day), for those of which it is known."""
    ctes = Ctes()
    ctes.add("scope", scope_query(scope))
    ctes.add("home", facts.home())
    return print_statement(ctes.over(select(col("h", "enterprise"), col("h", "county")).from_("home AS h")), dialect)


PLANS: Final[dict[str, Callable[[GradeRule, Scope], Query]]] = {
    "main": main_plan,
    "histogram": histogram_plan,
    "persons": persons_plan,
    "critical": critical_plan,
    **{f"rows of {name}": rows_plan(name) for name in STAFF_TABLES},
}


class Shelf(Protocol):
    """Where printed plans outlive the process (the shell has the files); it may forget, and must not fail."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, text: str) -> None: ...


_shelves: list[Shelf] = []


def keep_on(shelf: Shelf | None) -> None:
    """Look printed plans up on this shelf from now on, and put new ones there; None: on no shelf."""
    _shelves[:] = [] if shelf is None else [shelf]


@lru_cache(maxsize=4096)
def statement(rule: GradeRule, scope: Scope, dialect: str, which: str = "main") -> Statement:
    """The printed plan of a rule; printing takes tens of milliseconds, so it is kept, here and on the shelf."""
    key = f"{rule.hash} {scope.size} {dialect} {which}"
    for shelf in _shelves if rule.hash else ():
        kept = shelf.get(key)
        if kept is not None and (found := read_statement(kept)) is not None:
            return found
    made = print_statement(PLANS[which](rule, scope), dialect)
    for shelf in _shelves if rule.hash else ():
        shelf.put(key, write_statement(made))
    return made
