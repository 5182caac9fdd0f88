"""Small builders for the portable kernel of SQL, and the printer.

Everything the engine runs is made of these: `MAX/SUM(CASE)`, `COUNT`, `COALESCE`, joins, `UNION ALL`, `GROUP BY`.
Values of a rulebook enter as literals of the tree, dates and ids as named parameters; text is never edited.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlglot import exp

from zhulian.core.rules.tree_print import MARK, printer

DIALECTS: Final = {"sqlite": "?", "duckdb": "?", "postgres": "%s", "spark": "?"}
"""Engines and their drivers' positional marker."""


def col(table: str, name: str) -> exp.Column:
    """`table.name`."""
    return exp.Column(this=_identifier(name), table=_identifier(table))


def _identifier(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=_quoted(name))


@cache
def _quoted(name: str) -> bool:
    return bool(exp.to_identifier(name).args["quoted"])


def lit(value: int | str) -> exp.Expr:
    """A literal; numbers are never negative."""
    return exp.Literal(this=str(value), is_string=isinstance(value, str))


def param(name: str) -> exp.Placeholder:
    """A value bound at run time."""
    return exp.Placeholder(this=name)


def every(*conditions: exp.Expr) -> exp.Expr:
    """Conjunction; of nothing: true."""
    return _chain(exp.And, conditions) if conditions else eq(lit(1), lit(1))


def either(*conditions: exp.Expr) -> exp.Expr:
    """Disjunction, in brackets; of nothing: false."""
    return exp.Paren(this=_chain(exp.Or, conditions)) if conditions else eq(lit(1), lit(0))


def _chain(operator: type[exp.Connector], conditions: Sequence[exp.Expr]) -> exp.Expr:
    result = conditions[0]
    for condition in conditions[1:]:
        result = operator(this=result, expression=condition)
    return result


def denied(condition: exp.Expr) -> exp.Expr:
    """`NOT (condition)`; null where the condition is null."""
    return exp.Not(this=exp.Paren(this=condition))


def is_null(value: exp.Expr) -> exp.Expr:
    """`value IS NULL`."""
    return exp.Is(this=value, expression=exp.Null())


def given(value: exp.Expr) -> exp.Expr:
    """`value IS NOT NULL`."""
    return exp.Not(this=is_null(value))


def eq(left: exp.Expr, right: exp.Expr) -> exp.EQ:
    """`left = right`."""
    return exp.EQ(this=left, expression=right)


def at_most(left: exp.Expr, right: exp.Expr) -> exp.LTE:
    """`left <= right`."""
    return exp.LTE(this=left, expression=right)


def at_least(left: exp.Expr, right: exp.Expr) -> exp.GTE:
    """`left >= right`."""
    return exp.GTE(this=left, expression=right)


def after(left: exp.Expr, right: exp.Expr) -> exp.GT:
    """`left > right`."""
    return exp.GT(this=left, expression=right)


def one_of(value: exp.Expr, options: Iterable[str]) -> exp.Expr:
    """`value IN (...)`; null where the value is null, so use it only where null must not pass.

    Of nothing: false, written out because PostgreSQL has no empty list.
    """
    literals = [lit(option) for option in options]
    return exp.In(this=value, expressions=literals) if literals else either()


def when(condition: exp.Expr, then: exp.Expr, otherwise: exp.Expr | None = None) -> exp.Case:
    """`CASE WHEN condition THEN then ELSE otherwise END`; without `otherwise`, null."""
    case = exp.Case(ifs=[exp.If(this=condition, true=then)])
    case.set("default", otherwise if otherwise is not None else exp.Null())
    return case


def flag(condition: exp.Expr) -> exp.Expr:
    """1 where the condition holds, 0 where it fails or is null."""
    return when(condition, lit(1), lit(0))


def is_one(value: exp.Expr) -> exp.EQ:
    """Whether a flag is set."""
    return eq(value, lit(1))


def whole(value: exp.Expr) -> exp.Cast:
    """As int64, so that all engines agree to the bit."""
    return exp.Cast(this=value, to=exp.DataType(this=exp.DataType.Type.BIGINT))


def total(value: exp.Expr) -> exp.Expr:
    """SUM as int64."""
    return whole(exp.Sum(this=value))


def biggest(value: exp.Expr) -> exp.Expr:
    """MAX."""
    return exp.Max(this=value)


def smallest(value: exp.Expr) -> exp.Expr:
    """MIN."""
    return exp.Min(this=value)


def or_else(value: exp.Expr, default: int) -> exp.Expr:
    """`COALESCE(value, default)`."""
    return exp.Coalesce(this=value, expressions=[lit(default)])


def bits_or(value: exp.Expr) -> exp.Expr:
    """BIT_OR over the rows of a group; bulk engines only."""
    return exp.BitwiseOrAgg(this=value)


def bits_of(value: exp.Expr, mask: int) -> exp.Expr:
    """The bits of a word that a mask keeps; bulk engines only."""
    return exp.Paren(this=exp.BitwiseAnd(this=value, expression=lit(mask)))


def has_bits(value: exp.Expr, mask: int) -> exp.Expr:
    """Whether any bit of a mask is set in a word; bulk engines only."""
    return exp.NEQ(this=bits_of(value, mask), expression=lit(0))


def number_of(condition: exp.Expr) -> exp.Expr:
    """How many rows of a group a condition holds for, as int64; faster in bulk than a sum of flags."""
    return whole(exp.Count(this=exp.Case(ifs=[exp.If(this=condition, true=lit(1))])))


def same(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Equal, or both null."""
    return exp.NullSafeEQ(this=left, expression=right)


def greatest(values: Sequence[exp.Expr]) -> exp.Expr:
    """The largest of some columns; nulls are passed over, so guard them. Bulk engines only."""
    return (
        exp.Greatest(this=values[0], expressions=list(values[1:]), ignore_nulls=True) if len(values) > 1 else values[0]
    )


def least(values: Sequence[exp.Expr]) -> exp.Expr:
    """The smallest of some columns, as `greatest`."""
    return exp.Least(this=values[0], expressions=list(values[1:]), ignore_nulls=True) if len(values) > 1 else values[0]


def visible(table: str) -> exp.Expr:
    """Rows that hold on `as_of` as was known at `known_at`."""
    return every(
        at_most(col(table, "fact_from"), param("as_of")), after(col(table, "fact_until"), param("as_of")), known(table)
    )


def known(table: str) -> exp.Expr:
    """Rows that were recorded and not superseded at `known_at`, whenever they hold."""
    return every(
        at_most(col(table, "recorded_at"), param("known_at")), after(col(table, "superseded_at"), param("known_at"))
    )


class Query:
    """A SELECT or a UNION ALL in the making: sqlglot's nodes without the copy its own builders make at every step."""

    def __init__(self, tree: exp.Query) -> None:
        self.tree = tree

    def select(self, *columns: exp.Expr) -> Query:
        self.tree.args["expressions"].extend(columns)
        return self

    def from_(self, source: str) -> Query:
        """From a table or CTE, written `name` or `name AS alias`."""
        return self.from_tree(_table(source))

    def from_tree(self, source: exp.Expr) -> Query:
        self.tree = exp.Select.from_(_select(self.tree), source, copy=False)
        return self

    def join(self, source: str, *, on: exp.Expr, join_type: str = "") -> Query:
        """Join a table or CTE; `join_type` "left" keeps rows without a partner."""
        side = join_type.upper() or None
        self.tree.append("joins", exp.Join(this=_table(source), on=on, side=side))
        return self

    def where(self, condition: exp.Expr) -> Query:
        self.tree.set("where", exp.Where(this=condition))
        return self

    def join_tree(self, source: exp.Expr, *, on: exp.Expr) -> Query:
        """Join a query made a table."""
        self.tree.append("joins", exp.Join(this=source, on=on))
        return self

    def having(self, condition: exp.Expr) -> Query:
        self.tree.set("having", exp.Having(this=condition))
        return self

    def order_by(self, *columns: exp.Expr) -> Query:
        self.tree.set("order", exp.Order(expressions=[exp.Ordered(this=column) for column in columns]))
        return self

    def group_by(self, *columns: exp.Expr) -> Query:
        self.tree.set("group", exp.Group(expressions=list(columns)))
        return self

    def distinct(self) -> Query:
        self.tree.set("distinct", exp.Distinct())
        return self

    def subquery(self, alias: str) -> exp.Expr:
        """The query as a table."""
        return exp.Subquery(this=self.tree, alias=exp.TableAlias(this=exp.to_identifier(alias)))

    def over(self, parts: Sequence[tuple[str, Query]]) -> Query:
        """The query with named parts before it."""
        ctes = [exp.CTE(this=p.tree, alias=exp.TableAlias(this=exp.to_identifier(name))) for name, p in parts]
        if ctes:
            self.tree = _select(self.tree)
            self.tree.set("with_", exp.With(expressions=ctes))
        return self


def _select(tree: exp.Query) -> exp.Select:
    if not isinstance(tree, exp.Select):
        raise TypeError("a UNION ALL has no FROM of its own")
    return tree


def _table(source: str) -> exp.Table:
    name, _, alias = source.partition(" AS ")
    table = exp.Table(this=exp.to_identifier(name))
    if alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
    return table


def select(*columns: exp.Expr) -> Query:
    """Begin a SELECT."""
    return Query(exp.Select(expressions=list(columns)))


def stack(queries: Sequence[Query]) -> Query:
    """UNION ALL of queries with the same columns."""
    result = queries[0].tree
    for query in queries[1:]:
        result = exp.Union(this=result, expression=query.tree, distinct=False)
    return Query(result)


def listed(first: Query, values: Sequence[exp.Expr]) -> Query:
    """A row and, under its column's name and type, a list of further values.

    As one VALUES: a UNION of hundreds of selects costs some optimizers seconds.
    """
    rows = exp.Values(expressions=[exp.Tuple(expressions=[value]) for value in values])
    return Query(exp.Union(this=first.tree, expression=rows, distinct=False))


def named(value: exp.Expr, name: str) -> exp.Expr:
    """`value AS name`."""
    return exp.Alias(this=value, alias=exp.to_identifier(name))


@dataclass(frozen=True, slots=True)
class Statement:
    """A printed plan: SQL with positional markers, the names of its parameters in order, its columns."""

    sql: str
    params: tuple[str, ...]
    columns: tuple[str, ...]


def print_statement(query: Query, dialect: str) -> Statement:
    """The query in a dialect. Markers are placed where the printer put each parameter, in the order of the text."""
    marker = DIALECTS[dialect]
    parts = MARK.split(printer(dialect).generate(query.tree, copy=False))
    texts = [part.replace("%", "%%") if marker == "%s" else part for part in parts[::2]]
    return Statement(marker.join(texts), tuple(parts[1::2]), tuple(query.tree.named_selects))


def write_statement(statement: Statement) -> str:
    """A statement as text, to be kept."""
    return json.dumps([statement.sql, statement.params, statement.columns], ensure_ascii=False)


def read_statement(text: str) -> Statement | None:
    """The statement of a text that was kept; None where it is none."""
    try:
        sql, params, columns = json.loads(text)
        return Statement(str(sql), tuple(map(str, params)), tuple(map(str, columns)))
    except (ValueError, TypeError):
        return None
