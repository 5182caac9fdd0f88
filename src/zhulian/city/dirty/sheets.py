"""Sheets under construction: rows with what must become of them, and the files that they end in."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

LABELS_FILE: Final = "dirty.parquet"
"""What must become of each record: file, record (from 1), table, story, outcome, code."""
DUPLICATES_FILE: Final = "duplicates.csv"
"""Pairs of keys: one subject (1) or two that look alike (0)."""
_LABELS: Final = pa.schema(
    [
        ("file", pa.string()),
        ("record", pa.int64()),
        ("table_name", pa.string()),
        ("story", pa.string()),
        ("outcome", pa.string()),
        ("code", pa.string()),
    ]
)

ACCEPTED: Final = "accepted"
UNCHANGED: Final = "unchanged"
QUARANTINED: Final = "quarantined"
REFUSED: Final = "refused"
"""Outcome of a whole file: no record of it is read, its `record` is 0."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class DirtyLabel:
    """What must become of a record."""

    file: str
    record: int
    table_name: str
    story: str
    outcome: str
    code: str = ""
    """Of the first reason, for what is quarantined or refused."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two keys that matching should put before a person; `same` is the truth."""

    kind: str
    key_a: str
    key_b: str
    same: bool


@dataclass(slots=True)
class Sheet:
    """One CSV file in the making. `table` is the canonical table that its columns belong to."""

    file: str
    table: str
    columns: tuple[str, ...]
    encoding: str = "utf-8"
    rows: list[Row] = field(default_factory=list)
    labels: list[DirtyLabel] = field(default_factory=list)

    def add(self, row: Row, story: str, outcome: str = ACCEPTED, code: str = "") -> None:
        """One record."""
        self.rows.append(row)
        self.labels.append(DirtyLabel(self.file, len(self.rows), self.table, story, outcome, code))

    def refuse(self, row: Row, story: str, code: str) -> None:
        """One record that must go to quarantine."""
        self.add(row, story, QUARANTINED, code)

    @property
    def content(self) -> bytes:
        """The file's bytes, with the line ends of Windows."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue().encode(self.encoding)


@dataclass(slots=True)
class Feeds:
    """Everything that will be written."""

    files: dict[str, bytes] = field(default_factory=dict)
    labels: list[DirtyLabel] = field(default_factory=list)
    twins: list[Twins] = field(default_factory=list)

    def sheet(self, sheet: Sheet) -> None:
        """Take a finished sheet."""
        self.files[sheet.file] = sheet.content
        self.labels += sheet.labels

    def broken(self, file: str, content: bytes, story: str, code: str) -> None:
        """A file that must be refused as a whole."""
        self.files[file] = content
        self.labels.append(DirtyLabel(file, 0, "", story, REFUSED, code))

    def write(self, folder: Path) -> None:
        """Files into `folder`, labels beside them."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        table = pa.Table.from_pylist([asdict(label) for label in self.labels], schema=_LABELS)
        pq.write_table(table, folder / LABELS_FILE, compression="zstd", version="2.6")
        with (folder / DUPLICATES_FILE).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["kind", "key_a", "key_b", "same"])
            writer.writerows([t.kind, t.key_a, t.key_b, int(t.same)] for t in self.twins)
