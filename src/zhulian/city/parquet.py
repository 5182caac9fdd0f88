"""Writing a city as canonical Parquet, the same bytes for the same rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from zhulian.city.book import Book, Row
from zhulian.city.folder import fresh
from zhulian.core.tables import TABLES, Kind, Table

_TYPES: Final = {
    Kind.TEXT: pa.string(),
    Kind.REF: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.INT: pa.int64(),
    Kind.BOOL: pa.bool_(),
}
LABELS_FILE: Final = "labels.parquet"
"""What must be found; no canonical table."""
CONTRACT_LABELS_FILE: Final = "scope-labels.parquet"
"""The same of contracts and their scope."""
LINKAGE_LABELS_FILE: Final = "linkage-labels.parquet"
"""The same of happenings and the linkage rules they fire."""
LABEL_FILES: Final = frozenset({LABELS_FILE, CONTRACT_LABELS_FILE, LINKAGE_LABELS_FILE})
"""Files beside the tables that intake has no use for."""
EVENTS_FILE: Final = "events.jsonl"
"""Events that no table holds, a line each, as they are pushed."""
_LABELS: Final = pa.schema(
    [
        ("enterprise", pa.string()),
        ("code", pa.string()),
        ("as_of", pa.date32()),
        ("clause", pa.string()),
        ("verdict", pa.string()),
        ("short_by", pa.int64()),
        ("story", pa.string()),
    ]
)

_CONTRACT_LABELS: Final = pa.schema(
    [
        ("contract_no", pa.string()),
        ("enterprise", pa.string()),
        ("code", pa.string()),
        ("standing", pa.string()),
        ("figure", pa.string()),
        ("limit", pa.int64()),
        ("value", pa.int64()),
        ("story", pa.string()),
    ]
)

_LINKAGE_LABELS: Final = pa.schema(
    [
        ("story", pa.string()),
        ("event", pa.string()),
        ("on", pa.date32()),
        ("enterprise", pa.string()),
        ("project", pa.string()),
        ("key", pa.string()),
        ("rule", pa.string()),
        ("fires", pa.bool_()),
        ("ended_by", pa.string()),
        ("ended_on", pa.date32()),
    ]
)


def write(book: Book, out: Path) -> list[Path]:
    """Write one file per table that has rows, the events and the labels; the files written, in order.

    A file that is already there is replaced; others in the folder are left alone.
    """
    names = [t.name for t in TABLES.values() if book.rows[t.name]]
    with fresh(out) as folder:
        with ExitStack() as stack:
            files = Files(folder, stack)
            for name in names:
                files.rows(name, book.rows[name])
        write_labels(book, folder)
    return [*(out / f"{name}.parquet" for name in names), *(out / name for name in (EVENTS_FILE, *sorted(LABEL_FILES)))]


@dataclass(slots=True)
class Files:
    """Open files of a city, one per table; rows go out as row groups."""

    folder: Path
    stack: ExitStack
    _open: dict[str, pq.ParquetWriter] = field(default_factory=dict)

    def rows(self, table: str, rows: list[Row]) -> None:
        """Append rows of a table."""
        self.table(table, pa.Table.from_pylist(rows, schema=schema_of(TABLES[table])))

    def table(self, name: str, rows: pa.Table, *, plain: Iterable[str] = (), level: int | None = None) -> None:
        """Append an Arrow table. Columns of `plain` get no dictionary; `level` is zstd's."""
        if name not in self._open:
            plain = set(plain)
            self._open[name] = self.stack.enter_context(
                pq.ParquetWriter(
                    self.folder / f"{name}.parquet",
                    rows.schema,
                    compression="zstd",
                    compression_level=level,
                    version="2.6",
                    use_dictionary=[n for n in rows.schema.names if n not in plain] if plain else True,
                )
            )
        self._open[name].write_table(rows)


def write_labels(book: Book, folder: Path) -> None:
    """What must be found, and the events without a table, beside the tables."""
    for name, rows, schema in (
        (LABELS_FILE, book.labels, _LABELS),
        (CONTRACT_LABELS_FILE, book.contract_labels, _CONTRACT_LABELS),
        (LINKAGE_LABELS_FILE, book.linkage_labels, _LINKAGE_LABELS),
    ):
        table = pa.Table.from_pylist([asdict(label) for label in rows], schema=schema)
        pq.write_table(table, folder / name, compression="zstd", version="2.6")
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in book.events)
    (folder / EVENTS_FILE).write_text(lines, encoding="utf-8")


def schema_of(table: Table) -> pa.Schema:
    """Arrow schema of a canonical table's file."""
    columns = [(c.name, _TYPES[c.kind]) for c in table.columns]
    return pa.schema([*columns, ("fact_from", pa.date32()), ("fact_until", pa.date32())])
