"""Figures → band: tables of the law that give a grade, a number or a term for a size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from zhulian.core.bands.document import Source
from zhulian.core.kernel.reasons import Citation, Reason


@dataclass(frozen=True, slots=True)
class Measure:
    """What a table asks. Values are int64: the unit × `scale` (元 × 100 is fen)."""

    name: str
    label: str
    unit: str
    scale: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a band begins on one measure; `above`: behind that value, else at it. `at` None: no source has it."""

    measure: str
    at: int | None
    above: bool = False


@dataclass(frozen=True, slots=True)
class Give:
    """What follows from a band: a number or a range of `unit`, or more in proportion; `act` is a word (吊销)."""

    least: int | None = None
    most: int | None = None
    unit: str = ""
    per_thousand: int = 0
    """At least so many in a thousand of the table's measure, rounded up."""
    act: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """One band; the first of a table has no thresholds. `word` is the value a table by word is asked with."""

    id: str
    label: str
    thresholds: tuple[Threshold, ...]
    gives: Give
    citation: Citation
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Bands from the lowest up, or by word where `by` names what is asked.

    Of several measures any one suffices for the higher band.
    """

    id: str
    label: str
    by: str
    measures: tuple[Measure, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class BandVersion:
    """All tables of a book in force from a day."""

    id: str
    valid_from: dt.date
    published_at: dt.date
    source: Source
    tables: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class BandBook:
    """One file."""

    file: str
    code: str
    subject: str
    versions: tuple[BandVersion, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """Between which bands the figures place something; equal where they decide it."""

    low: Band
    high: Band
    reason: Reason

    @property
    def band(self) -> Band | None:
        """The band, where the figures decide it."""
        return self.low if self.low.id == self.high.id else None
