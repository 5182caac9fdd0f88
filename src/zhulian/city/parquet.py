"""Writing a city as canonical Parquet, the same bytes for the same rows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from zhulian.city.book import Book
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


def write(book: Book, out: Path) -> list[Path]:
    """Write one file per table that has rows, and `labels.parquet`; the files written, in order.

    A file that is already there is replaced; others in the folder are left alone.
    """
    names = [t.name for t in TABLES.values() if book.rows[t.name]]
    with fresh(out) as folder:
        for name in names:
            table = TABLES[name]
            _write(pa.Table.from_pylist(book.rows[name], schema=schema_of(table)), folder / f"{name}.parquet")
        labels = pa.Table.from_pylist([asdict(label) for label in book.labels], schema=_LABELS)
        _write(labels, folder / LABELS_FILE)
    return [out / f"{name}.parquet" for name in names] + [out / LABELS_FILE]


def schema_of(table: Table) -> pa.Schema:
    """Arrow schema of a canonical table's file."""
    columns = [(c.name, _TYPES[c.kind]) for c in table.columns]
    return pa.schema([*columns, ("fact_from", pa.date32()), ("fact_until", pa.date32())])


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", version="2.6", use_dictionary=True, write_statistics=True)
