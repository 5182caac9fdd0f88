"""The printer of plans: sqlglot's, with short cuts for the nodes that plans are made of.

A rulebook's plans have millions of nodes, nearly all of them columns, literals, comparisons and casts to int64. The
text is sqlglot's to the letter (a test compares them); only the way to it is shorter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.generator import Generator

MARK: Final = re.compile("\x00([a-z0-9_]+)\x00")
"""Where the printed text wants a parameter, and which."""

_Handler = Callable[[Any, Any], str]


@cache
def _printer(dialect: str) -> type[Generator]:
    base = Dialect.get_or_raise(dialect).generator_class
    plain = base(dialect=dialect)
    transforms: dict[type[exp.Expr], Any] = {
        **base.TRANSFORMS,
        **_SHORT,
        exp.Cast: _cast(plain),
        exp.Identifier: _identifier(plain),
    }
    return type(f"{base.__name__}WithMarks", (base,), {"TRANSFORMS": transforms})


def printer(dialect: str) -> Generator:
    """A new printer. Parameters come out as `MARK`."""
    return _printer(dialect)(dialect=dialect, comments=False)


def _placeholder(_printer: Generator, node: exp.Placeholder) -> str:
    return f"\x00{node.name}\x00"


def _column(printer: Generator, node: exp.Column) -> str:
    return f"{printer.sql(node.args['table'])}.{printer.sql(node.args['this'])}"


def _literal(printer: Generator, node: exp.Literal) -> str:
    return printer.literal_sql(node) if node.args["is_string"] else str(node.args["this"])


def _paren(printer: Generator, node: exp.Paren) -> str:
    return f"({printer.sql(node.args['this'])})"


def _between(sign: str) -> _Handler:
    """`left sign right`; a chain of one operator leans to the left, and is walked, not recursed into."""

    def print_(printer: Generator, node: exp.Binary) -> str:
        kind, parts = type(node), []
        left: exp.Expr = node
        while type(left) is kind:
            parts.append(printer.sql(left.args["expression"]))
            left = left.args["this"]
        parts.append(printer.sql(left))
        return sign.join(reversed(parts))

    return print_


def _identifier(plain: Generator) -> _Handler:
    """Names: few, and each is printed a thousand times."""
    known: dict[tuple[str, bool], str] = {}

    def print_(_printer: Generator, node: exp.Identifier) -> str:
        key = (node.args["this"], bool(node.args.get("quoted")))
        if key not in known:
            known[key] = plain.identifier_sql(node)
        return known[key]

    return print_


def _cast(plain: Generator) -> _Handler:
    """Casts; to int64 by a pattern."""
    pattern = plain.sql(exp.Cast(this=exp.Null(), to=exp.DataType(this=exp.DataType.Type.BIGINT)))
    head, tail = pattern.split("NULL")
    handler = type(plain).TRANSFORMS.get(exp.Cast) or type(plain).cast_sql

    def print_(printer: Generator, node: exp.Cast) -> str:
        if node.args["to"].this == exp.DataType.Type.BIGINT:
            return f"{head}{printer.sql(node.args['this'])}{tail}"
        return str(handler(printer, node))

    return print_


_SHORT: Final[dict[type[exp.Expr], _Handler]] = {
    exp.Placeholder: _placeholder,
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Paren: _paren,
    **{
        kind: _between(f" {sign} ")
        for kind, sign in {
            exp.And: "AND",
            exp.Or: "OR",
            exp.EQ: "=",
            exp.NEQ: "<>",
            exp.GT: ">",
            exp.GTE: ">=",
            exp.LT: "<",
            exp.LTE: "<=",
            exp.Add: "+",
            exp.Sub: "-",
            exp.BitwiseAnd: "&",
            exp.BitwiseOr: "|",
        }.items()
    },
}
