"""What intake gives: rows of the canonical tables, rejects, and where each came from.

Record = one line of the source (a CSV record, a Parquet row, a JSON list item). One record gives one or more
canonical rows, or one reject, never both: so it can be corrected and sent again as a whole.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from zhulian.core.kernel.dates import BEGINNING, FOREVER
from zhulian.core.kernel.identifiers import Key

Value: TypeAlias = Key | dt.date | int | bool | str | None
Raw: TypeAlias = Mapping[str, str]
"""The record as the source wrote it: column → text."""


class Cells(Mapping[str, str]):
    """A record's text by column, put together only when somebody looks: most records are taken and never shown."""

    __slots__ = ("cells", "header")

    def __init__(self, header: Sequence[str], cells: Sequence[object]) -> None:
        self.header = header
        self.cells = cells

    def __getitem__(self, name: str) -> str:
        try:
            cell = self.cells[self.header.index(name)]
        except ValueError:
            raise KeyError(name) from None
        return "" if cell is None else str(cell)

    def __iter__(self) -> Iterator[str]:
        return iter(self.header)

    def __len__(self) -> int:
        return len(self.header)


FORMAT_NAMES: Final = (
    "canonical-csv",
    "canonical-parquet",
    "canonical-excel",
    "jzsc-json",
    "jzsc-qualifications",
    "jzsc-uscc",
    "jzsc-persons",
    "jzsc-project-chain",
    "sichuan-power-2015",
    "sichuan-2015-projects",
    "sichuan-2015-person",
    "sichuan-2015-certificate",
    "sichuan-2015-tender",
    "sichuan-2015-award",
    "sichuan-2015-permit",
    "sichuan-2015-completion",
    "sichuan-2015-party",
    "sichuan-2015-employer",
    "sichuan-2015-works",
    "sichuan-2015-ongoing",
)


@dataclass(frozen=True, slots=True)
class Format:
    """What a file was found to be. `table` is set for the canonical formats, `encoding` for text, `sheet` for Excel."""

    name: str
    table: str = ""
    encoding: str = ""
    sheet: str = ""


class Position(NamedTuple):
    """Where a record stands. `record` counts from 1 without the header; `line` is the text line, 0 where there is none."""

    file: str
    record: int
    line: int = 0
    part: str = ""
    """Endpoint within a JSON file."""

    def __str__(self) -> str:
        part = f" {self.part}" if self.part else ""
        line = f"（第 {self.line} 行）" if self.line else ""
        return f"{self.file}{part} 第 {self.record} 条{line}"


class Row(NamedTuple):
    """One validated row of a canonical table.

    `values` has the columns that the source has: a missing column is "not told", None is an empty cell.
    REF columns are Keys (names squashed, divisions cut to the province), dates are dates, integers are scaled.
    `derived`: the row repeats what this source says about a subject in every record; it fills gaps of the
    subject and never conflicts with an earlier row.
    """

    table: str
    values: Mapping[str, Value]
    position: Position
    raw: Raw
    fact_from: dt.date = BEGINNING
    fact_until: dt.date = FOREVER
    derived: bool = False
    repeats: bool = False
    """The same row stood before in this file: it counts as unchanged."""
    masked: bool = False
    """A masked ID number was left out."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: catalogue code, Chinese text and cure, the source's column."""

    code: str
    message: str
    cure: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that was not taken; the first problem in front, the others of the same record in `also`."""

    table: str | None
    position: Position
    raw: Raw
    field: str
    code: str
    message: str
    cure: str
    also: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems of the record."""
        return (Problem(self.code, self.message, self.cure, self.field), *self.also)

    @property
    def raw_text(self) -> str:
        """The record as one line of JSON: what the server encrypts and keeps."""
        return json.dumps(dict(self.raw), ensure_ascii=False)
