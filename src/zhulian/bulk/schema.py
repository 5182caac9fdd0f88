"""The physical tables in memory, made from `core.tables`: the same names and columns as the server's.

Secret columns are left out: they never enter snapshots. SQLite keeps dates as ISO text and booleans as 0/1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from zhulian.core.tables import TABLES, Column, Kind, Publicity, Table

_SQL: Final = {
    "duckdb": {Kind.TEXT: "VARCHAR", Kind.DATE: "DATE", Kind.INT: "BIGINT", Kind.BOOL: "BOOLEAN", Kind.REF: "BIGINT"},
    "sqlite": {Kind.TEXT: "TEXT", Kind.DATE: "TEXT", Kind.INT: "INTEGER", Kind.BOOL: "INTEGER", Kind.REF: "INTEGER"},
    "postgres": {Kind.TEXT: "text", Kind.DATE: "date", Kind.INT: "bigint", Kind.BOOL: "boolean", Kind.REF: "bigint"},
}
_ARROW: Final = {
    Kind.TEXT: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.INT: pa.int64(),
    Kind.BOOL: pa.bool_(),
    Kind.REF: pa.int64(),
}
TIMES: Final = (
    ("row_id", Kind.INT),
    ("fact_from", Kind.DATE),
    ("fact_until", Kind.DATE),
    ("recorded_at", Kind.INT),
    ("superseded_at", Kind.INT),
)
"""Columns that storage adds to every table."""


def stored(table: Table) -> tuple[Column, ...]:
    """The columns of a table that are kept: all but the secret ones."""
    return tuple(c for c in table.columns if c.public is not Publicity.SECRET)


def create_statements(dialect: str) -> Iterator[str]:
    """`CREATE TABLE` for every canonical table; on row stores also indexes of the references."""
    types = _SQL[dialect]
    for table in TABLES.values():
        columns = [f'"{c.name}" {types[c.kind]}' for c in stored(table)]
        times = [f'"{name}" {types[kind]} NOT NULL' for name, kind in TIMES]
        yield f'CREATE TABLE "{table.name}" ({", ".join([*times, *columns])})'
        if dialect != "duckdb":
            for column in stored(table):
                if column.kind is Kind.REF:
                    yield f'CREATE INDEX "{table.name}_{column.name}" ON "{table.name}" ("{column.name}")'


def arrow_schema(table: Table) -> pa.Schema:
    """The same columns in Arrow, in the order of `create_statements`."""
    return pa.schema(
        [*((name, _ARROW[kind]) for name, kind in TIMES), *((c.name, _ARROW[c.kind]) for c in stored(table))]
    )
