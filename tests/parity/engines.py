"""The physical tables on every engine, and a runner for each: what storage gives the rules in production."""

from __future__ import annotations

import datetime as dt
import functools
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from zhulian.bulk.spark import SparkRunner, connect_spark
from zhulian.core.kernel.dates import BEGINNING, FOREVER, STILL_KNOWN
from zhulian.core.tables import TABLES, Kind

STORAGE = ("fact_from", "fact_until", "recorded_at", "superseded_at", "row_id")
USED = (
    "enterprise",
    "finance",
    "qualification",
    "safety_permit",
    "person",
    "registration",
    "title",
    "post_certificate",
    "safety_certificate",
    "skill",
    "insurance",
    "officer",
    "equipment",
    "work",
    "coverage",
)
_TYPES = {
    "sqlite": {Kind.TEXT: "text", Kind.DATE: "date", Kind.INT: "integer", Kind.BOOL: "bool", Kind.REF: "integer"},
    "other": {Kind.TEXT: "text", Kind.DATE: "date", Kind.INT: "bigint", Kind.BOOL: "boolean", Kind.REF: "bigint"},
}


class Engine:
    """A connection with the physical tables in it."""

    def __init__(self, dialect: str, connection: Any) -> None:
        self.dialect, self.connection = dialect, connection
        self._row_id = 0
        for name in USED:
            for statement in _create(name, dialect):
                connection.execute(statement)

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.execute(sql, params).fetchall()]

    def insert(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        columns = (*TABLES[name].names, *STORAGE)
        values = [[self._value(row, column) for column in columns] for row in rows]
        if not values:
            return
        marker = "%s" if self.dialect == "postgres" else "?"
        names = ", ".join(f'"{column}"' for column in columns)
        sql = f'INSERT INTO "{name}" ({names}) VALUES ({", ".join([marker] * len(columns))})'
        if self.dialect == "postgres":
            with self.connection.cursor() as cursor:
                cursor.executemany(sql, values)
        elif self.dialect == "sqlite":
            self.connection.executemany(sql, values)
        else:
            _insert_duckdb(self.connection, name, columns, values)

    def close(self) -> None:
        self.connection.close()

    def _value(self, row: Mapping[str, object], column: str) -> object:
        self._row_id += column == "row_id"
        defaults = {
            "fact_from": BEGINNING,
            "fact_until": FOREVER,
            "recorded_at": 0,
            "superseded_at": STILL_KNOWN,
            "row_id": self._row_id,
        }
        value = row.get(column, defaults.get(column))
        return value.isoformat() if self.dialect == "sqlite" and isinstance(value, dt.date) else value


def _insert_duckdb(connection: Any, name: str, columns: Sequence[str], values: list[list[object]]) -> None:
    """By way of Arrow: DuckDB's executemany takes a millisecond a row."""
    connection.register("batch", _arrow(name, columns, values))
    names = ", ".join(f'"{column}"' for column in columns)
    connection.execute(f'INSERT INTO "{name}" ({names}) SELECT {names} FROM batch')
    connection.unregister("batch")


def _arrow(name: str, columns: Sequence[str], values: list[list[object]]) -> pa.Table:
    types = {"text": pa.string(), "date": pa.date32(), "bigint": pa.int64(), "boolean": pa.bool_()}
    by_name = {column: types[kind] for column, kind in _columns(name, "duckdb")}
    return pa.table({c: pa.array([v[i] for v in values], type=by_name[c]) for i, c in enumerate(columns)})


def _columns(name: str, dialect: str) -> list[tuple[str, str]]:
    types = _TYPES.get(dialect, _TYPES["other"])
    own = [(column.name, types[column.kind]) for column in TABLES[name].columns]
    number = types[Kind.INT]
    storage = {"fact_from": "date", "fact_until": "date", "recorded_at": number, "superseded_at": number}
    return [*own, *storage.items(), ("row_id", number)]


def _create(name: str, dialect: str) -> list[str]:
    columns = _columns(name, dialect)
    keys = [column for column, _ in columns if column in {"enterprise", "person", "lead_person"}]
    statements = [f'CREATE TABLE "{name}" ({", ".join(f"{chr(34)}{c}{chr(34)} {kind}" for c, kind in columns)})']
    if dialect != "duckdb":
        statements += [f'CREATE INDEX "{name}_{key}" ON "{name}" ("{key}")' for key in keys]
    return statements


class SparkEngine:
    """Views over Parquet on a Spark Connect server: what a snapshot is to it in production."""

    dialect = "spark"

    def __init__(self, runner: SparkRunner) -> None:
        self.connection, self._folder = runner, tempfile.TemporaryDirectory()
        self._rows: dict[str, list[list[object]]] = {name: [] for name in USED}
        self._row_id = 0
        for name in USED:
            self._show(name)

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.connection.query(sql, params)

    def insert(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        columns = (*TABLES[name].names, *STORAGE)
        self._rows[name] += [[Engine._value(self, row, column) for column in columns] for row in rows]
        self._show(name)

    def close(self) -> None:
        self.connection.close()
        self._folder.cleanup()

    def _show(self, name: str) -> None:
        path = Path(self._folder.name) / f"{name}-{len(self._rows[name])}.parquet"
        pq.write_table(_arrow(name, (*TABLES[name].names, *STORAGE), self._rows[name]), path)
        self.connection.view(name, [str(path)])


@functools.cache
def sail_address() -> str:
    """A Sail server in this process, started once; it ends with it."""
    os.environ.setdefault("RUST_LOG", "error")
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer()
    server.start(background=True)
    host, port = server.listening_address
    sail_address.server = server
    return f"sc://{host}:{port}"


def spark(address: str) -> SparkEngine:
    return SparkEngine(connect_spark(address))


def sqlite() -> Engine:
    return Engine("sqlite", sqlite3.connect(":memory:"))


def in_duckdb() -> Engine:
    return Engine("duckdb", duckdb.connect(":memory:"))


def postgres(url: str) -> Engine:
    """Tables in a schema of their own, which goes when the session ends."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS begun (x int)")
    connection.execute("SET search_path TO pg_temp")
    return Engine("postgres", connection)


SPARK_URL = os.environ.get("ZHULIAN_TEST_SPARK", "")
"""An Apache Spark Connect server to compare, too (`make test-long` starts one where Java and pyspark are)."""
POSTGRES_URL = os.environ.get("ZHULIAN_TEST_POSTGRES", "")
