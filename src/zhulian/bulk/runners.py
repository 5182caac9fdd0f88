"""Connections that the rules engine can run its plan on (`core.rules.Runner`)."""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_SPILL: Final = "20GB"
"""Most that DuckDB may write beside the memory it has."""
_ROOM: Final = 2 * 1024**3
"""With less, two statements at a time would only spill more."""
_BYTES: Final = {"bytes": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
_PREFIX: Final = "zhulian-duckdb-"
"""Spill folders; the number of their process follows."""


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
        self._kind = ""

    def beside(self) -> DuckdbRunner | None:
        """A runner over the same tables that another thread may use at the same time; None where memory is tight."""
        if self.memory() < _ROOM:
            return None
        other = DuckdbRunner(self.connection.cursor())
        other._kind = "TEMP "
        return other

    def memory(self) -> int:
        """DuckDB's limit in bytes."""
        ((told,),) = self.query("SELECT current_setting('memory_limit')")
        number, unit = told.split()
        return int(float(number) * _BYTES[unit])

    def close(self) -> None:
        """End the connection; what the runner kept for itself goes with it."""
        self.connection.close()

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(params)).fetchall()

    def arrow(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        """The answer as Arrow."""
        return self.connection.sql(sql, params=list(params)).to_arrow_table()

    def keep(self, name: str, sql: str, params: Sequence[object] = ()) -> None:
        """Compute once, read often: the answer becomes the table `name`, which may spill.

        A runner from `beside` keeps it for itself, under a name that others may use as well.
        """
        self.connection.execute(f'CREATE OR REPLACE {self._kind}TABLE "{name}" AS {sql}', list(params))

    def put(self, name: str, table: pa.Table) -> None:
        """An Arrow table as the table `name`, without a copy."""
        self.connection.register(name, table)

    def save(self, path: Path, sql: str, params: Sequence[object] = ()) -> None:
        """The answer as a Parquet file; no row passes through Python."""
        target = str(path).replace("'", "''")
        self.connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)", list(params))

    def forget(self, name: str) -> None:
        """Drop what was kept or put."""
        self.connection.unregister(name)
        self.connection.execute(f'DROP TABLE IF EXISTS "{name}"')


def connect_duckdb(*, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that never reaches for the network.

    What does not fit into its memory (`SET memory_limit`; by default what DuckDB takes for itself) goes to a folder of
    its own in `spill` (by default the temporary one), at most `_SPILL`. The folder goes with the process; what a killed
    process left behind goes when the next one starts.
    """
    import duckdb

    parent = spill or Path(tempfile.gettempdir())
    _clean(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(folder),
        "max_temp_directory_size": _SPILL,
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    return duckdb.connect(config=config)


def _clean(parent: Path) -> None:
    """Remove the spill folders of processes that are no more."""
    for folder in parent.glob(f"{_PREFIX}*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
