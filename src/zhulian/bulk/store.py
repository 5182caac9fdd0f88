"""Where intake's batches go: the tables of one engine's memory (a `Sink` of `intake.load`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zhulian.bulk.schema import TIMES, arrow_schema, create_statements, stored
from zhulian.core.tables import TABLES, Table

if TYPE_CHECKING:
    from zhulian.bulk.runners import DuckdbRunner, SqliteRunner


class DuckdbStore:
    """By Arrow: no row crosses the border singly."""

    def __init__(self, runner: DuckdbRunner) -> None:
        self._connection = runner.connection
        for statement in create_statements("duckdb"):
            runner.query(statement)

    def __call__(self, table: str, rows: list[dict[str, Any]]) -> None:
        import pyarrow as pa

        batch = pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[table]))
        self._connection.register("arriving", batch)
        self._connection.execute(f'INSERT INTO "{table}" SELECT * FROM arriving')  # noqa: S608 - a name of the contract
        self._connection.unregister("arriving")


class SqliteStore:
    """By `executemany`, a transaction per batch; dates as ISO text."""

    def __init__(self, runner: SqliteRunner) -> None:
        self._connection = runner.connection
        for statement in create_statements("sqlite"):
            runner.query(statement)

    def __call__(self, table: str, rows: list[dict[str, Any]]) -> None:
        names = _names(TABLES[table])
        marks = ", ".join("?" * len(names))
        plain = ([_plain(row[name]) for name in names] for row in rows)
        self._connection.execute("BEGIN")
        self._connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', plain)  # noqa: S608 - a name of the contract
        self._connection.execute("COMMIT")


def _names(table: Table) -> Sequence[str]:
    return [*(name for name, _ in TIMES), *(c.name for c in stored(table))]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value
