"""The parts of the plan about coverage, money, works, machines and permits: one row per enterprise each."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from zhulian.core.rules.features import CONSTRUCTOR, TECHNICAL_LEAD, Features
from zhulian.core.rules.model import (
    EquipmentClause,
    GradeRule,
    LeadWorksClause,
    MeasureClause,
    WorkAlternative,
    WorkKind,
    WorksClause,
)
from zhulian.core.rules.tree import (
    Query,
    after,
    at_least,
    at_most,
    biggest,
    col,
    either,
    eq,
    every,
    flag,
    given,
    is_null,
    is_one,
    lit,
    named,
    one_of,
    param,
    select,
    smallest,
    stack,
    total,
    visible,
    when,
)

COVERED: Final = (
    "registration",
    "title",
    "post_certificate",
    "safety_certificate",
    "skill",
    "insurance",
    "officer",
    "work",
    "equipment",
    "safety_permit",
)
"""Tables whose coverage decides whether absence means "none"."""


def cover() -> Query:
    """CTE `cover`: per enterprise one flag per table that is completely told on the day.

    A coverage row names an enterprise, a division (with all below it), or neither, which is everyone.
    `everyone_work` tells apart who covers the works of all enterprises: a person may have led one elsewhere.
    """
    c = "c"
    on_the_day = every(
        visible(c),
        col(c, "complete"),
        at_most(col(c, "period_from"), param("as_of")),
        either(is_null(col(c, "period_until")), after(col(c, "period_until"), param("as_of"))),
    )

    def branch(extra: exp.Expr, *, everyone: int, home: bool) -> Query:
        query = select(
            col("s", "enterprise"), named(col(c, "table_name"), "told"), named(lit(everyone), "everyone")
        ).from_("scope AS s")
        if home:
            query = query.join("home AS h", on=eq(col("h", "enterprise"), col("s", "enterprise")))
        return query.join("coverage AS c", on=extra).where(on_the_day.copy())

    no_enterprise, no_division = is_null(col(c, "enterprise")), is_null(col(c, "division"))
    branches = [
        branch(eq(col(c, "enterprise"), col("s", "enterprise")), everyone=0, home=False),
        branch(every(no_enterprise, no_division), everyone=1, home=False),
    ]
    branches += [
        branch(every(no_enterprise.copy(), eq(col(c, "division"), col("h", level))), everyone=0, home=True)
        for level in ("county", "city", "province")
    ]
    branches.append(branch(every(no_enterprise.copy(), eq(col(c, "division"), lit("000000"))), everyone=1, home=False))
    told = stack(branches)
    flags = [named(biggest(flag(eq(col("f", "told"), lit(name)))), name) for name in COVERED]
    flags.append(
        named(biggest(flag(every(eq(col("f", "told"), lit("work")), is_one(col("f", "everyone"))))), "everyone_work")
    )
    return select(col("f", "enterprise"), *flags).from_tree(told.subquery("f")).group_by(col("f", "enterprise"))


def home() -> Query:
    """CTE `home`: the county, city and province an enterprise is registered in."""
    region = col("e", "region")
    return (
        select(
            col("s", "enterprise"),
            named(biggest(region), "county"),
            named(biggest(_prefix(region, 4, "00")), "city"),
            named(biggest(_prefix(region, 2, "0000")), "province"),
        )
        .from_("scope AS s")
        .join("enterprise AS e", on=eq(col("e", "enterprise"), col("s", "enterprise")))
        .where(every(visible("e"), given(region.copy())))
        .group_by(col("s", "enterprise"))
    )


def _prefix(region: exp.Expr, length: int, zeros: str) -> exp.Expr:
    head = exp.Substring(this=region.copy(), start=lit(1), length=lit(length))
    return exp.DPipe(this=head, expression=lit(zeros), safe=True)


def money_latest() -> Query:
    """CTE `money_day`: the day of the latest statement up to the day."""
    return (
        select(col("s", "enterprise"), named(biggest(col("x", "as_of")), "as_of"))
        .from_("scope AS s")
        .join("finance AS x", on=eq(col("x", "enterprise"), col("s", "enterprise")))
        .where(every(visible("x"), at_most(col("x", "as_of"), param("as_of"))))
        .group_by(col("s", "enterprise"))
    )


def money(clauses: tuple[MeasureClause, ...]) -> Query:
    """CTE `money`: lowest and highest figure of the latest statement (they differ where sources disagree)."""
    columns: list[exp.Expr] = []
    for measure in sorted({clause.measure for clause in clauses}):
        value = col("x", measure)
        columns.append(named(smallest(value), f"{measure}_low"))
        columns.append(named(biggest(value.copy()), f"{measure}_high"))
        columns.append(named(biggest(flag(is_null(value.copy()))), f"{measure}_null"))
    return (
        select(col("d", "enterprise"), named(biggest(col("d", "as_of")), "as_of"), *columns)
        .from_("money_day AS d")
        .join(
            "finance AS x",
            on=every(eq(col("x", "enterprise"), col("d", "enterprise")), eq(col("x", "as_of"), col("d", "as_of"))),
        )
        .where(visible("x"))
        .group_by(col("d", "enterprise"))
    )


def work_rows(alternatives: tuple[WorkAlternative, ...], years: int | None) -> Query:
    """CTE `workN`: one row per work of the enterprise with what it surely and possibly gives each alternative."""
    columns: list[exp.Expr] = []
    for number, alternative in enumerate(alternatives):
        columns += _contribution(alternative, number)
    return (
        select(col("s", "enterprise"), col("w", "work"), *columns)
        .from_("scope AS s")
        .join("work AS w", on=eq(col("w", "enterprise"), col("s", "enterprise")))
        .where(every(visible("w"), *_may_count(years)))
        .group_by(col("s", "enterprise"), col("w", "work"))
    )


def work_sums(source: str, alternatives: tuple[WorkAlternative, ...]) -> Query:
    """CTE `worksN`: per enterprise the sums over its works; `z` says that a work of unknown size may add to them."""
    columns = []
    for number in range(len(alternatives)):
        columns += [named(total(col(source, f"{k}{number}")), f"{k}{number}") for k in ("s", "m")]
        columns.append(named(biggest(col(source, f"z{number}")), f"z{number}"))
    return select(col(source, "enterprise"), *columns).from_(source).group_by(col(source, "enterprise"))


def _contribution(alternative: WorkAlternative, number: int) -> list[exp.Expr]:
    mine = eq(col("w", "indicator"), lit(alternative.indicator))
    value = col("w", "value")
    sure = every(given(col("w", "accepted")), given(col("w", "completed_on")), mine)
    unknown = every(mine.copy(), is_null(value.copy()))
    low: exp.Expr
    high: exp.Expr
    if alternative.summed:
        low = when(every(sure, given(value)), value.copy(), lit(0))
        high = when(every(mine.copy(), given(value.copy())), value.copy(), lit(0))
    else:
        reached = at_least(value, lit(alternative.at_least or 0))
        low, high = flag(every(sure, reached)), flag(every(mine.copy(), either(is_null(value.copy()), reached.copy())))
    return [
        named(biggest(low), f"s{number}"),
        named(biggest(high), f"m{number}"),
        named(biggest(flag(unknown)), f"z{number}"),
    ]


def _may_count(years: int | None) -> list[exp.Expr]:
    """Not known to be refused, unfinished on the day, or older than the look-back."""
    done: list[exp.Expr] = [at_most(col("w", "completed_on"), param("as_of"))]
    if years is not None:
        done.append(at_least(col("w", "completed_on"), param(f"since_{years}")))
    return [
        either(is_null(col("w", "accepted")), col("w", "accepted")),
        either(is_null(col("w", "completed_on")), every(*done)),
    ]


def lead_persons(features: Features) -> Query:
    """CTE `leader`: the technical lead and the constructors registered with the enterprise, surely or possibly."""
    post, bit = features.post(TECHNICAL_LEAD, 0), features.bit(CONSTRUCTOR.table, CONSTRUCTOR.where)
    j = "j"
    sure = every(is_one(col(j, "sure")), either(is_one(col(j, f"os{post}")), is_one(col(j, f"s{bit}"))))
    may = every(is_one(col(j, "may")), either(is_one(col(j, f"om{post}")), is_one(col(j, f"m{bit}"))))
    return select(col(j, "enterprise"), col(j, "person"), named(flag(sure), "sure")).from_("judged AS j").where(may)


def lead_work_rows(clause: LeadWorksClause) -> Query:
    """CTE `leadwork`: works led by one of them, wherever done, that alone meet a kind's figure."""
    sure = every(
        is_one(col("l", "sure")),
        given(col("w", "accepted")),
        given(col("w", "completed_on")),
        either(*[_alone(a) for a in _figures(clause.kinds)]),
    )
    may = either(*[_alone_may(a) for a in _figures(clause.kinds)])
    return (
        select(
            col("l", "enterprise"),
            col("w", "work"),
            named(biggest(flag(sure)), "s0"),
            named(biggest(flag(may)), "m0"),
        )
        .from_("leader AS l")
        .join("work AS w", on=eq(col("w", "lead_person"), col("l", "person")))
        .where(every(visible("w"), *_may_count(clause.lookback_years)))
        .group_by(col("l", "enterprise"), col("w", "work"))
    )


def _figures(kinds: tuple[WorkKind, ...]) -> list[WorkAlternative]:
    return [alternative for kind in kinds for alternative in kind.alternatives]


def figure(alternative: WorkAlternative) -> int | None:
    """The figure that one work must reach by itself: the alternative's own, or its whole total."""
    return alternative.total if alternative.summed else alternative.at_least


def _alone(alternative: WorkAlternative) -> exp.Expr:
    reached = figure(alternative)
    mine = eq(col("w", "indicator"), lit(alternative.indicator))
    return every(mine, eq(lit(1), lit(0)) if reached is None else at_least(col("w", "value"), lit(reached)))


def _alone_may(alternative: WorkAlternative) -> exp.Expr:
    reached = figure(alternative)
    mine = eq(col("w", "indicator"), lit(alternative.indicator))
    if reached is None:
        return mine
    return every(mine, either(is_null(col("w", "value")), at_least(col("w", "value"), lit(reached))))


def lead_work_sums(source: str) -> Query:
    """CTE: number of such works per enterprise."""
    return (
        select(
            col(source, "enterprise"),
            named(total(col(source, "s0")), "s0"),
            named(total(col(source, "m0")), "m0"),
        )
        .from_(source)
        .group_by(col(source, "enterprise"))
    )


def machines(clauses: tuple[EquipmentClause, ...]) -> Query:
    """CTE `machine`: machines owned, and machines of which we were not told whose they are."""
    columns: list[exp.Expr] = []
    for number, clause in enumerate(clauses):
        listed, count = one_of(col("x", "kind"), clause.kinds), col("x", "count")
        sure = every(listed, col("x", "owned"), given(count))
        may = every(listed.copy(), either(is_null(col("x", "owned")), col("x", "owned")))
        columns.append(named(total(when(sure, count.copy(), lit(0))), f"s{number}"))
        columns.append(named(total(when(every(may, given(count.copy())), count.copy(), lit(0))), f"m{number}"))
        columns.append(named(biggest(flag(every(may.copy(), is_null(count.copy())))), f"z{number}"))
    return (
        select(col("s", "enterprise"), *columns)
        .from_("scope AS s")
        .join("equipment AS x", on=eq(col("x", "enterprise"), col("s", "enterprise")))
        .where(visible("x"))
        .group_by(col("s", "enterprise"))
    )


def permits() -> Query:
    """CTE `permit`: whether a safety permit is surely, or may be, in force on the day (both days inclusive)."""
    valid = eq(col("x", "status"), lit("有效"))
    begun, lasts = at_most(col("x", "issued_on"), param("as_of")), at_least(col("x", "valid_until"), param("as_of"))
    may = every(
        either(is_null(col("x", "status")), valid.copy()),
        either(is_null(col("x", "issued_on")), begun.copy()),
        either(is_null(col("x", "valid_until")), lasts.copy()),
    )
    return (
        select(
            col("s", "enterprise"),
            named(biggest(flag(every(valid, begun, lasts))), "s0"),
            named(biggest(flag(may)), "m0"),
        )
        .from_("scope AS s")
        .join("safety_permit AS x", on=eq(col("x", "enterprise"), col("s", "enterprise")))
        .where(visible("x"))
        .group_by(col("s", "enterprise"))
    )


def works_of(rule: GradeRule) -> tuple[tuple[WorksClause, tuple[WorkAlternative, ...]], ...]:
    """Each works clause with its alternatives in the order of the plan's columns."""
    return tuple((c, tuple(_figures(c.kinds))) for c in rule.clauses if isinstance(c, WorksClause))
