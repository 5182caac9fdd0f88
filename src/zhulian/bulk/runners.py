"""Connections that the rules engine can run its plan on (`core.rules.Runner`)."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_SPILL = "20GB"
"""Most that DuckDB may write beside the memory it has."""


class SqliteRunner:
    """An open SQLite connection; an in-memory one by default."""

    dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection | None = None) -> None:
        self.connection = connection or sqlite3.connect(":memory:", isolation_level=None)

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(params)).fetchall()


class DuckdbRunner:
    """DuckDB in the process. It spills to a folder of its own and never fetches an extension."""

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection | None = None) -> None:
        self.connection = connection or connect_duckdb()

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(params)).fetchall()

    def arrow(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        """The answer as Arrow."""
        return self.connection.sql(sql, params=list(params)).to_arrow_table()

    def keep(self, name: str, sql: str, params: Sequence[object] = ()) -> None:
        """Compute once, read often: the answer becomes the table `name`, which may spill."""
        self.connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}', list(params))

    def forget(self, name: str) -> None:
        """Drop what was kept."""
        self.connection.execute(f'DROP TABLE IF EXISTS temp."{name}"')


def connect_duckdb() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that may spill `_SPILL` to the temporary folder and never reaches for the network."""
    import duckdb

    spill = Path(tempfile.gettempdir()) / f"zhulian-duckdb-{os.getpid()}"
    return duckdb.connect(
        config={
            "temp_directory": str(spill),
            "max_temp_directory_size": _SPILL,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
