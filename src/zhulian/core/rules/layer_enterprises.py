"""The layer's part about enterprises: who holds what, what is covered, the latest statement, each once for all rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlglot import exp

from zhulian.core.rules import plan_facts as facts
from zhulian.core.rules.model import GradeRule, MeasureClause
from zhulian.core.rules.plan import Ctes, held
from zhulian.core.rules.tree import (
    Query,
    after,
    at_most,
    biggest,
    col,
    either,
    eq,
    every,
    flag,
    given,
    greatest,
    is_null,
    lit,
    named,
    one_of,
    or_else,
    param,
    select,
    stack,
    visible,
)

_TOLD: Final = (*facts.COVERED, "everyone_work")


def holders_query(codes: Sequence[str] | None) -> Query:
    """Table `layer_holder`: (code, enterprise) held on the day; all construction qualifications, or some codes."""
    construction = eq(exp.Substring(this=col("x", "code"), start=lit(1), length=lit(1)), lit("D"))
    asked = construction if codes is None else every(construction, one_of(col("x", "code"), sorted(codes)))
    keys = (col("x", "code"), col("x", "enterprise"))
    query = select(*keys).from_("qualification AS x")
    query = query.where(every(asked, held()))
    return query.group_by(*[key.copy() for key in keys])


def enterprises_query(rules: Iterable[GradeRule]) -> Query:
    """Table `layer_enterprise`: every holder with a flag per covered table, its province, and its latest figures."""
    measures = tuple({c.measure: c for rule in rules for c in rule.clauses if isinstance(c, MeasureClause)}.values())
    ctes = Ctes()
    holder = col("h", "enterprise")
    ctes.add("scope", select(holder).from_("layer_holder AS h").group_by(holder.copy()))
    ctes.add("home", facts.home())
    ctes.add("region", _regions())
    ctes.add("local", _local())
    ctes.add("own", _flags(_told_to("scope", "enterprise", "s"), by="enterprise"))
    ctes.add("everyone", _everyone())
    columns: list[exp.Expr] = [col("s", "enterprise"), named(_province(), "province")]
    columns += [named(_any(name), f"cover_{name}") for name in _TOLD]
    if measures:
        ctes.add("money_day", facts.money_latest())
        ctes.add("money", facts.money(measures))
        columns.append(named(col("money", "as_of"), "money_on"))
        for measure in sorted(clause.measure for clause in measures):
            columns += [col("money", f"{measure}_{end}") for end in ("low", "high", "null")]
    query = select(*columns).from_("scope AS s")
    query = query.join("home AS g", on=eq(col("g", "enterprise"), col("s", "enterprise")), join_type="left")
    query = query.join("local AS l", on=eq(col("l", "county"), col("g", "county")), join_type="left")
    query = query.join("own AS o", on=eq(col("o", "enterprise"), col("s", "enterprise")), join_type="left")
    query = query.join("everyone AS e", on=eq(lit(1), lit(1)), join_type="left")
    if measures:
        query = query.join("money", on=eq(col("money", "enterprise"), col("s", "enterprise")), join_type="left")
    return ctes.over(query)


def _province() -> exp.Expr:
    return exp.Substring(this=col("g", "county"), start=lit(1), length=lit(2))


def _any(name: str) -> exp.Expr:
    own = or_else(col("o", name), 0)
    return greatest([own, or_else(col("l", name), 0), or_else(col("e", name), 0)])


def _on_the_day() -> exp.Expr:
    c = "c"
    return every(
        visible(c),
        col(c, "complete"),
        at_most(col(c, "period_from"), param("as_of")),
        either(is_null(col(c, "period_until")), after(col(c, "period_until"), param("as_of"))),
    )


def _regions() -> Query:
    """CTE `region`: the counties that holders are at home in: a nation has three thousand, not a million."""
    county = col("h", "county")
    above = [named(biggest(col("h", name)), name) for name in ("city", "province")]
    return select(county, *above).from_("home AS h").group_by(county.copy())


def _local() -> Query:
    """CTE `local`: what is covered by county, for itself or for what it lies in."""
    levels = []
    for level in ("county", "city", "province"):
        on = every(is_null(col("c", "enterprise")), eq(col("c", "division"), col("r", level)))
        query = select(col("r", "county"), named(col("c", "table_name"), "told")).from_("region AS r")
        levels.append(query.join("coverage AS c", on=on).where(_on_the_day()))
    return _flags(stack(levels), by="county")


def _told_to(source: str, key: str, alias: str) -> Query:
    query = select(col(alias, key), named(col("c", "table_name"), "told")).from_(f"{source} AS {alias}")
    return query.join("coverage AS c", on=eq(col("c", key), col(alias, key))).where(
        every(given(col("c", key)), _on_the_day())
    )


def _flags(told: Query, *, by: str) -> Query:
    columns = [named(biggest(flag(eq(col("f", "told"), lit(name)))), name) for name in facts.COVERED]
    columns.append(named(lit(0), "everyone_work"))
    return select(col("f", by), *columns).from_tree(told.subquery("f")).group_by(col("f", by))


def _everyone() -> Query:
    """CTE `everyone`: what is covered for all, in one row."""
    columns = [named(biggest(flag(eq(col("c", "table_name"), lit(name)))), name) for name in facts.COVERED]
    columns.append(named(biggest(flag(eq(col("c", "table_name"), lit("work")))), "everyone_work"))
    all_ = either(is_null(col("c", "division")), eq(col("c", "division"), lit("000000")))
    return select(*columns).from_("coverage AS c").where(every(is_null(col("c", "enterprise")), all_, _on_the_day()))
