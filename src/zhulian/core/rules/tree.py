"""Small builders for the portable kernel of SQL, and the printer.

Everything the engine runs is made of these: `MAX/SUM(CASE)`, `COUNT`, `COALESCE`, joins, `UNION ALL`, `GROUP BY`.
Values of a rulebook enter as literals of the tree, dates and ids as named parameters; text is never edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.generator import Generator

DIALECTS: Final = {"sqlite": "?", "duckdb": "?", "postgres": "%s"}
"""Engines and their drivers' positional marker."""

_MARK: Final = re.compile("\x00([a-z0-9_]+)\x00")


def col(table: str, name: str) -> exp.Column:
    """`table.name`."""
    return exp.column(name, table=table)


def lit(value: int | str) -> exp.Literal | exp.Neg:
    """A literal."""
    return exp.Literal.string(value) if isinstance(value, str) else exp.Literal.number(value)


def param(name: str) -> exp.Placeholder:
    """A value bound at run time."""
    return exp.Placeholder(this=name)


def every(*conditions: exp.Expression) -> exp.Expression:
    """Conjunction; of nothing: true."""
    return exp.and_(*conditions) if conditions else exp.EQ(this=lit(1), expression=lit(1))


def either(*conditions: exp.Expression) -> exp.Expression:
    """Disjunction; of nothing: false."""
    return exp.paren(exp.or_(*conditions)) if conditions else exp.EQ(this=lit(1), expression=lit(0))


def is_null(value: exp.Expression) -> exp.Expression:
    """`value IS NULL`."""
    return exp.Is(this=value, expression=exp.Null())


def given(value: exp.Expression) -> exp.Expression:
    """`value IS NOT NULL`."""
    return exp.Not(this=is_null(value))


def eq(left: exp.Expression, right: exp.Expression) -> exp.EQ:
    """`left = right`."""
    return exp.EQ(this=left, expression=right)


def at_most(left: exp.Expression, right: exp.Expression) -> exp.LTE:
    """`left <= right`."""
    return exp.LTE(this=left, expression=right)


def at_least(left: exp.Expression, right: exp.Expression) -> exp.GTE:
    """`left >= right`."""
    return exp.GTE(this=left, expression=right)


def after(left: exp.Expression, right: exp.Expression) -> exp.GT:
    """`left > right`."""
    return exp.GT(this=left, expression=right)


def one_of(value: exp.Expression, options: Iterable[str]) -> exp.Expression:
    """`value IN (...)`; null where the value is null, so use it only where null must not pass."""
    return exp.In(this=value, expressions=[lit(option) for option in options])


def when(condition: exp.Expression, then: exp.Expression, otherwise: exp.Expression | None = None) -> exp.Case:
    """`CASE WHEN condition THEN then ELSE otherwise END`; without `otherwise`, null."""
    case = exp.Case(ifs=[exp.If(this=condition, true=then)])
    case.set("default", otherwise if otherwise is not None else exp.Null())
    return case


def flag(condition: exp.Expression) -> exp.Expression:
    """1 where the condition holds, 0 where it fails or is null."""
    return when(condition, lit(1), lit(0))


def is_one(value: exp.Expression) -> exp.EQ:
    """Whether a flag is set."""
    return eq(value, lit(1))


def whole(value: exp.Expression) -> exp.Cast:
    """As int64, so that all engines agree to the bit."""
    return exp.Cast(this=value, to=exp.DataType.build("bigint"))


def total(value: exp.Expression) -> exp.Expression:
    """SUM as int64."""
    return whole(exp.Sum(this=value))


def biggest(value: exp.Expression) -> exp.Expression:
    """MAX."""
    return exp.Max(this=value)


def smallest(value: exp.Expression) -> exp.Expression:
    """MIN."""
    return exp.Min(this=value)


def or_else(value: exp.Expression, default: int) -> exp.Expression:
    """`COALESCE(value, default)`."""
    return exp.Coalesce(this=value, expressions=[lit(default)])


def visible(table: str) -> exp.Expression:
    """Rows that hold on `as_of` as was known at `known_at`."""
    return every(
        at_most(col(table, "fact_from"), param("as_of")), after(col(table, "fact_until"), param("as_of")), known(table)
    )


def known(table: str) -> exp.Expression:
    """Rows that were recorded and not superseded at `known_at`, whenever they hold."""
    return every(
        at_most(col(table, "recorded_at"), param("known_at")), after(col(table, "superseded_at"), param("known_at"))
    )


def stack(queries: Sequence[exp.Query]) -> exp.Query:
    """UNION ALL of queries with the same columns."""
    result = queries[0]
    for query in queries[1:]:
        result = exp.union(result, query, distinct=False)
    return result


def named(value: exp.Expression, name: str) -> exp.Expression:
    """`value AS name`."""
    return exp.alias_(value, name)


@dataclass(frozen=True, slots=True)
class Statement:
    """A printed plan: SQL with positional markers, the names of its parameters in order, its columns."""

    sql: str
    params: tuple[str, ...]
    columns: tuple[str, ...]


@cache
def _printer(dialect: str) -> type[Generator]:
    base = Dialect.get_or_raise(dialect).generator_class
    marks = {exp.Placeholder: lambda _self, placeholder: f"\x00{placeholder.name}\x00"}
    return type(f"{base.__name__}WithMarks", (base,), {"TRANSFORMS": {**base.TRANSFORMS, **marks}})


def print_statement(query: exp.Query, dialect: str) -> Statement:
    """The query in a dialect. Markers are placed where the printer put each parameter, in the order of the text."""
    marker = DIALECTS[dialect]
    parts = _MARK.split(_printer(dialect)(dialect=dialect).generate(query))
    texts = [part.replace("%", "%%") if marker == "%s" else part for part in parts[::2]]
    return Statement(marker.join(texts), tuple(parts[1::2]), tuple(query.named_selects))
