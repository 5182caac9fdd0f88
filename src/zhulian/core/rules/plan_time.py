"""When could the answer change by the passing of time alone?

One row per enterprise with, for each way in which time changes a fact, the earliest date behind it; `next_critical`
turns these into the first day on which an answer may differ. Waking too early costs one assessment, waking too late
would keep a wrong verdict, so dates of rows that in the end do not count are taken along.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlglot import exp

from zhulian.core.kernel.dates import FOREVER, add_years
from zhulian.core.rules.features import features_of
from zhulian.core.rules.model import (
    EquipmentClause,
    GradeRule,
    LeadWorksClause,
    MeasureClause,
    PermitClause,
    WorksClause,
)
from zhulian.core.rules.plan_people import TIES
from zhulian.core.rules.tree import (
    Query,
    after,
    at_least,
    at_most,
    col,
    eq,
    every,
    is_null,
    known,
    named,
    param,
    select,
    smallest,
    stack,
    when,
)

X: Final = "x"


def _later(name: str) -> exp.Expr:
    return when(after(col(X, name), param("as_of")), col(X, name))


def _period(start: str, until: str) -> exp.Expr:
    """The next end of a half-open period: its start if that is to come, else its end."""
    return exp.Case(
        ifs=[
            exp.If(this=after(col(X, start), param("as_of")), true=col(X, start)),
            exp.If(this=after(col(X, until), param("as_of")), true=col(X, until)),
        ]
    )


_KEPT: Final = _period("fact_from", "fact_until")
_VALID: Final = when(at_least(col(X, "valid_until"), param("as_of")), col(X, "valid_until"))

_WAYS: Final = ("kept", "begins", "valid", "born", "paid_until", "paid_from")

_DATES: Final[dict[str, dict[str, exp.Expr]]] = {
    # table → way → date; every table has `kept`, the period of the fact itself
    "enterprise": {},
    "skill": {},
    "officer": {},
    "equipment": {},
    "title": {},
    "finance": {"begins": _later("as_of")},
    "work": {"begins": _later("completed_on")},
    "coverage": {"begins": _period("period_from", "period_until")},
    "registration": {"valid": _VALID},
    "post_certificate": {"valid": _VALID},
    "safety_certificate": {"valid": _VALID},
    "safety_permit": {"valid": _VALID, "begins": _later("issued_on")},
    "person": {"born": when(after(col(X, "birth_on"), param("born_after")), col(X, "birth_on"))},
    "insurance": {
        "paid_until": when(at_least(col(X, "month_until"), param("month_first")), col(X, "month_until")),
        "paid_from": when(after(col(X, "month_from"), param("month_last")), col(X, "month_from")),
    },
}


def lookbacks(rule: GradeRule) -> tuple[int, ...]:
    """Look-back periods of the rule, in years."""
    years = {c.lookback_years for c in rule.clauses if isinstance(c, (WorksClause, LeadWorksClause))}
    return tuple(sorted(y for y in years if y is not None))


def member_query() -> Query:
    """CTE `member`: persons whom a row that holds now or later ties to the enterprise."""
    columns = (col("s", "enterprise"), col(X, "person"))
    ties = [
        select(*columns)
        .from_("scope AS s")
        .join(f"{name} AS x", on=eq(col(X, "enterprise"), col("s", "enterprise")))
        .where(_to_come())
        for name in TIES
    ]
    keys = (col("u", "enterprise"), col("u", "person"))
    return select(*keys).from_tree(stack(ties).subquery("u")).group_by(*[key.copy() for key in keys])


def change_query(rule: GradeRule) -> Query:
    """CTE `change`: dates from every table that the rule reads."""
    years = lookbacks(rule)
    branches = [_branch(name, "scope", "enterprise", years) for name in _read_by_enterprise(rule)]
    branches.append(_branch("coverage", "scope", "enterprise", years))
    branches.append(_branch("coverage", "scope", "", years))
    if features_of(rule):
        branches += [
            _branch(name, "member", "person", years) for name in ("person", "registration", "insurance", "title")
        ]
    if any(isinstance(clause, LeadWorksClause) for clause in rule.clauses):
        branches.append(_branch("work", "member", "lead_person", years))
    return stack(branches)


def ways(rule: GradeRule) -> tuple[str, ...]:
    """Columns of the plan, in order."""
    return (*_WAYS, *(f"done_{years}" for years in lookbacks(rule)))


def earliest(rule: GradeRule) -> Query:
    """The plan's SELECT over `change`."""
    columns = [named(smallest(col("c", way)), way) for way in ways(rule)]
    return select(col("c", "enterprise"), *columns).from_("change AS c").group_by(col("c", "enterprise"))


def _read_by_enterprise(rule: GradeRule) -> list[str]:
    kinds = {type(clause) for clause in rule.clauses}
    found = ["enterprise"]
    if features_of(rule):
        found += ["post_certificate", "safety_certificate", "skill", "officer"]
    found += ["finance"] * (MeasureClause in kinds) + ["work"] * (WorksClause in kinds)
    return found + ["equipment"] * (EquipmentClause in kinds) + ["safety_permit"] * (PermitClause in kinds)


def _to_come() -> exp.Expr:
    return every(known(X), after(col(X, "fact_until"), param("as_of")))


def _branch(name: str, source: str, key: str, years: tuple[int, ...]) -> Query:
    """Earliest dates of one table per enterprise; without a key, of the rows that name no enterprise."""
    dates = {"kept": _KEPT, **_DATES[name]}
    for count in years:
        if name == "work":
            inside = every(at_least(col(X, "completed_on"), param(f"since_{count}")), _done())
            dates[f"done_{count}"] = when(inside, col(X, "completed_on"))
    nothing = exp.Cast(this=exp.Null(), to=exp.DataType.build("date"))
    names = (*_WAYS, *(f"done_{count}" for count in years))
    columns = [named(smallest(dates[n].copy()) if n in dates else nothing.copy(), n) for n in names]
    owner = "person" if key == "lead_person" else key
    on = eq(col(X, key), col("s", owner)) if key else is_null(col(X, "enterprise"))
    return (
        select(col("s", "enterprise"), *columns)
        .from_(f"{source} AS s")
        .join(f"{name} AS x", on=on)
        .where(_to_come())
        .group_by(col("s", "enterprise"))
    )


def _done() -> exp.Expr:
    return at_most(col(X, "completed_on"), param("as_of"))


def _day(value: Any) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def _birthday(born: dt.date, max_age: int) -> dt.date:
    """The day on which somebody is too old; who was born on 29 February turns 61 on 1 March in a common year."""
    turned = add_years(born, max_age + 1)
    return turned if (turned.month, turned.day) == (born.month, born.day) else turned + dt.timedelta(days=1)


def _next_day(day: dt.date) -> dt.date:
    return day if day == FOREVER else day + dt.timedelta(days=1)


_TURNS: Final[dict[str, Callable[[dt.date], dt.date]]] = {
    "kept": lambda day: day,
    "begins": lambda day: day,
    "valid": _next_day,
    "paid_until": lambda day: day if day.year >= FOREVER.year else _next_month(day),
    "paid_from": lambda day: day.replace(day=1),
}


def next_critical(
    rule: GradeRule, row: Mapping[str, Any], as_of: dt.date, rule_change: dt.date | None, max_age: int
) -> dt.date | None:
    """The earliest later day on which the answer could change; None if time alone changes nothing.

    `max_age` is the age limit in force on the day, in completed years.
    """
    days = [turn(_day(row[way])) for way, turn in _TURNS.items() if row.get(way) is not None]
    if row.get("born") is not None:
        days.append(_birthday(_day(row["born"]), max_age))
    oldest = {years: row.get(f"done_{years}") for years in lookbacks(rule)}
    days += [dt.date(_day(done).year + years + 1, 1, 1) for years, done in oldest.items() if done is not None]
    if rule_change is not None:
        days.append(rule_change)
    return min((day for day in days if as_of < day < FOREVER), default=None)
