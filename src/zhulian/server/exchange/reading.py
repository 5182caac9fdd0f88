"""Open readers of deliveries in work: a file is read on from where the last chunk ended, without starting over.

A reader lives in this process only. After a crash, or when another process goes on, it is opened anew and the
records that are done are passed over (they are still parsed: a later record may contradict them).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.intake import Format, Reject, Row, Source
from zhulian.intake.container import File
from zhulian.intake.csvfile import Broken, csv_records
from zhulian.intake.detecting import header_of
from zhulian.intake.formats.adapter import BOOKKEEPING, Converted
from zhulian.intake.reading import records
from zhulian.intake.sheetfile import layout, sheet_records

POSITION: Final = BOOKKEEPING[2]
"""Column of a downloaded sheet that says where a record stood."""


@dataclass(slots=True)
class Reader:
    """A file opened at a record."""

    file: int
    done: int
    records: Iterator[Converted]
    source: Source
    _positions: list[str] | None = None

    def positions(self, start: int, end: int) -> dict[int, str]:
        """Of a corrected sheet: number of each of its records `start + 1 … end` → where it stood at first."""
        if self._positions is None:
            self._positions = original_positions(self.source)
        return {number: text for number, text in enumerate(self._positions[start:end], start=start + 1) if text}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records in order, and how many of them count (what a file says about itself does not)."""

    records: list[Converted]
    counted: int
    ended: bool
    error: ZhulianError | None = None
    """What stops the file after these records."""


_readers: Final[dict[int, Reader]] = {}
"""Delivery → its open reader. Taken out while in use: after a failed step there is none, and it is opened anew."""


def reader_take(delivery: int, *, file: int, done: int, path: Path, shown: str, format_: Format) -> Reader:
    """The open reader at this place, or a new one."""
    reader = _readers.pop(delivery, None)
    if reader is not None and (reader.file, reader.done) == (file, done):
        return reader
    source = Source(File(path, shown, format_.sheet), format_)
    reader = Reader(file, 0, records(source), source)
    while reader.done < done:
        record = next(reader.records, None)
        if record is None:
            break
        reader.done += is_counted(record)
    return reader


def reader_put(delivery: int, reader: Reader) -> None:
    """Keep a reader for the next step."""
    _readers[delivery] = reader


def is_counted(record: Converted) -> bool:
    """Whether it is a record of the file, and not what the file says about itself."""
    first = record if isinstance(record, Reject) else record[0]
    return first.position.record > 0


def chunk_read(reader: Reader, size: int) -> Chunk:
    """Up to `size` further records."""
    taken: list[Converted] = []
    counted = 0
    while len(taken) < size:
        try:
            record = next(reader.records, None)
        except ZhulianError as error:
            return Chunk(taken, counted, ended=True, error=error)
        if record is None:
            return Chunk(taken, counted, ended=True)
        taken.append(record)
        counted += is_counted(record)
    return Chunk(taken, counted, ended=False)


def rows_of(records_: list[Converted], *, counted: bool) -> list[Row]:
    """The rows of good records, of those that count or of the others."""
    return [row for r in records_ if not isinstance(r, Reject) and is_counted(r) is counted for row in r]


def original_positions(source: Source) -> list[str]:
    """The column of a downloaded sheet that says where each record stood at first; empty texts where there is none."""
    if source.format.name == "canonical-parquet":
        return []
    if source.file.sheet:
        return _sheet_positions(source)
    rows = csv_records(source.file.path, source.format.encoding, source.file.shown)
    header = header_of(source.file.path, source.format.encoding, source.file.shown)
    next(rows)
    if POSITION not in header:
        return []
    place = header.index(POSITION)
    cells = (() if isinstance(row, Broken) else row[1] for row in rows)
    return [row[place].strip() if place < len(row) else "" for row in cells]


def _sheet_positions(source: Source) -> list[str]:
    found = layout(source.file, source.format.table)
    if POSITION not in found.header:
        return []
    place = found.header.index(POSITION)
    return [cells[place] for _, cells in sheet_records(source.file, found)]
