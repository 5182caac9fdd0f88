"""The canonical tables on each engine, filled with the rows of a case, behind the engine API's `Runner`."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import psycopg

from zhulian.core.kernel.dates import BEGINNING, FOREVER, STILL_KNOWN
from zhulian.core.tables import TABLES, Kind

TYPES = {Kind.TEXT: "VARCHAR(500)", Kind.DATE: "DATE", Kind.INT: "BIGINT", Kind.BOOL: "BOOLEAN", Kind.REF: "BIGINT"}
STORAGE = "row_id BIGINT PRIMARY KEY, fact_from DATE, fact_until DATE, recorded_at BIGINT, superseded_at BIGINT"
RECORDED = 0
ENGINES = ["sqlite", "duckdb", *(["postgres"] if os.environ.get("ZHULIAN_TEST_POSTGRES") else [])]


class Engine:
    """A `Runner` over a DB-API connection."""

    def __init__(self, dialect: str, connection: Any) -> None:
        self.dialect, self.connection = dialect, connection

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(sql, [self._value(p) for p in params]).fetchall())

    def fill(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        """Create every canonical table and store the rows."""
        mark = "%s" if self.dialect == "postgres" else "?"
        for one in TABLES.values():
            columns = ", ".join(f'"{c.name}" {TYPES[c.kind]}' for c in one.columns)
            temporary = "TEMPORARY " if self.dialect == "postgres" else ""
            self.connection.execute(f'CREATE {temporary}TABLE "{one.name}" ({STORAGE}, {columns})')
            marks = ", ".join([mark] * (5 + len(one.columns)))
            for number, row in enumerate(rows.get(one.name, []), start=1):
                values = [number, BEGINNING, FOREVER, RECORDED, STILL_KNOWN, *(row.get(n) for n in one.names)]
                self.connection.execute(f'INSERT INTO "{one.name}" VALUES ({marks})', [self._value(v) for v in values])

    def _value(self, value: object) -> object:
        if self.dialect != "sqlite":
            return value
        return value.isoformat() if isinstance(value, dt.date) else value


@contextmanager
def engine(dialect: str, rows: dict[str, list[dict[str, Any]]]):
    """An engine with these rows; nothing is left behind."""
    connect = {
        "sqlite": lambda: sqlite3.connect(":memory:"),
        "duckdb": lambda: duckdb.connect(":memory:", config={"threads": 1}),
        "postgres": lambda: psycopg.connect(os.environ["ZHULIAN_TEST_POSTGRES"]),
    }
    connection = connect[dialect]()
    try:
        one = Engine(dialect, connection)
        one.fill(rows)
        yield one
    finally:
        connection.close()
