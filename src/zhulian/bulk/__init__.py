"""Many enterprises at once: canonical tables on DuckDB, SQLite or Spark, without a server.

load(paths, engine) -> files in memory; open_stored(folder, engine) -> a snapshot folder; of either:
check(snapshot, library, as_of=…) -> items; explain(…) -> one pair with its people.
"""

from zhulian.bulk.amounts import scaled, shown
from zhulian.bulk.assessing import Explanation, PersonItem, ProvincialItem, check, explain
from zhulian.bulk.findings import ClauseItem, Item, totals
from zhulian.bulk.outputs import as_json, check_folder, check_target, write
from zhulian.bulk.runners import DuckdbRunner, SqliteRunner, connect_duckdb
from zhulian.bulk.schema import create_statements
from zhulian.bulk.snapshot import LoadedFiles, Snapshot, load, write_rejects
from zhulian.bulk.snapshots import SnapshotFolder, is_snapshot, open_snapshot
from zhulian.bulk.snapshots_reading import StoredSnapshot, open_stored
from zhulian.bulk.spark import SparkRunner, connect_spark

__all__ = [
    "ClauseItem",
    "DuckdbRunner",
    "Explanation",
    "Item",
    "LoadedFiles",
    "PersonItem",
    "ProvincialItem",
    "Snapshot",
    "SnapshotFolder",
    "SparkRunner",
    "SqliteRunner",
    "StoredSnapshot",
    "as_json",
    "check",
    "check_folder",
    "check_target",
    "connect_duckdb",
    "connect_spark",
    "create_statements",
    "explain",
    "is_snapshot",
    "load",
    "open_snapshot",
    "open_stored",
    "scaled",
    "shown",
    "totals",
    "write",
    "write_rejects",
]
