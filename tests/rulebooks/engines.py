"""The canonical tables on each engine, filled with the rows of a case, behind the engine API's `Runner`."""

from __future__ import annotations

import datetime as dt
import functools
import os
import sqlite3
from collections.abc import Sequence
from typing import Any

import duckdb
import psycopg

from zhulian.core.kernel.dates import BEGINNING, FOREVER, STILL_KNOWN
from zhulian.core.tables import TABLES, Kind

TYPES = {Kind.TEXT: "VARCHAR(500)", Kind.DATE: "DATE", Kind.INT: "BIGINT", Kind.BOOL: "BOOLEAN", Kind.REF: "BIGINT"}
STORAGE = "row_id BIGINT, fact_from DATE, fact_until DATE, recorded_at BIGINT, superseded_at BIGINT"
RECORDED = 0
ENGINES = ["sqlite", "duckdb", *(["postgres"] if os.environ.get("ZHULIAN_TEST_POSTGRES") else [])]


class Engine:
    """A `Runner` over a DB-API connection. Tables are made once, and emptied before each case."""

    def __init__(self, dialect: str, connection: Any) -> None:
        self.dialect, self.connection = dialect, connection
        self._filled: list[str] = []
        temporary = "TEMPORARY " if dialect == "postgres" else ""
        for one in TABLES.values():
            columns = ", ".join(f'"{c.name}" {TYPES[c.kind]}' for c in one.columns)
            connection.execute(f'CREATE {temporary}TABLE "{one.name}" ({STORAGE}, {columns})')

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(sql, [self._value(p) for p in params]).fetchall())

    def fill(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        """These rows and no others: one statement a table, because DuckDB takes a row at a time slowly."""
        for name in self._filled:
            self.connection.execute(f'DELETE FROM "{name}"')
        self._filled = [name for name, lines in rows.items() if lines]
        for name in self._filled:
            names = TABLES[name].names
            values = [
                [number, BEGINNING, FOREVER, RECORDED, STILL_KNOWN, *(row.get(column) for column in names)]
                for number, row in enumerate(rows[name], start=1)
            ]
            line = f"({', '.join(['%s' if self.dialect == 'postgres' else '?'] * len(values[0]))})"
            sql = f'INSERT INTO "{name}" VALUES {", ".join([line] * len(values))}'
            self.connection.execute(sql, [self._value(v) for one in values for v in one])

    def _value(self, value: object) -> object:
        if self.dialect != "sqlite":
            return value
        return value.isoformat() if isinstance(value, dt.date) else value


@functools.cache
def engine(dialect: str) -> Engine:
    """The engine of this test run; nothing outlives the process (PostgreSQL's tables are temporary)."""
    connect = {
        "sqlite": lambda: sqlite3.connect(":memory:"),
        "duckdb": lambda: duckdb.connect(":memory:", config={"threads": 1}),
        "postgres": lambda: psycopg.connect(os.environ["ZHULIAN_TEST_POSTGRES"], autocommit=True),
    }
    return Engine(dialect, connect[dialect]())
