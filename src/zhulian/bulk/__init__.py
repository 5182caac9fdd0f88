"""Many enterprises at once: canonical tables on DuckDB or SQLite, without a server.

load(paths, engine) -> Snapshot; check(snapshot, library, as_of=…) -> items; explain(…) -> one pair with its people.
"""

from zhulian.bulk.amounts import scaled, shown
from zhulian.bulk.assessing import Explanation, PersonItem, check, explain
from zhulian.bulk.findings import ClauseItem, Item, totals
from zhulian.bulk.outputs import as_json, check_folder, check_target, write
from zhulian.bulk.runners import DuckdbRunner, SqliteRunner, connect_duckdb
from zhulian.bulk.schema import create_statements
from zhulian.bulk.snapshot import Snapshot, load

__all__ = [
    "ClauseItem",
    "DuckdbRunner",
    "Explanation",
    "Item",
    "PersonItem",
    "Snapshot",
    "SqliteRunner",
    "as_json",
    "check",
    "check_folder",
    "check_target",
    "connect_duckdb",
    "create_statements",
    "explain",
    "load",
    "scaled",
    "shown",
    "totals",
    "write",
]
