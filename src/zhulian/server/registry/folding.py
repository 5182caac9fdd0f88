"""What an arriving row does to what is known under its logical key. Pure.

Four rules beside `common.bitemporal` (decision 0030):

- A row *without a date of its own* says how things are on the day it arrives. If it contradicts what is known, the
  change takes effect on that day: the past stays as it was told. If it only fills gaps, it fills them for as long
  as the known fact holds. An empty cell erases nothing.
- A row *with a date* overrides what is known for its period; columns that its source does not have keep their
  values. Left open at the end, it holds until the next fact that is known to start later, whichever came first.
- A row that *arrived before* what is known (a correction of an older delivery, or two at once) fills gaps only.
- A *derived* row (what a source repeats about a subject in every record) fills gaps and never contradicts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from zhulian.core.kernel.dates import BEGINNING, FOREVER
from zhulian.server.common.bitemporal import Fact, Stored, change

Cells: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Values:
    """One row's cells in the order of the contract's columns, and the delivery that told them."""

    cells: Cells
    source: int | None = field(compare=False)


Known: TypeAlias = Stored[int, Values]
"""A known fact; the row's id is negative while it is not yet inserted."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row with its subjects resolved: `told` holds the columns that its source has."""

    told: Mapping[str, Any]
    start: dt.date
    until: dt.date
    source: int
    order: int
    """The source whose place in the order of arrival counts: its own, or the one that it corrects."""
    derived: bool = False

    def late(self, known: Values) -> bool:
        """Whether what is known arrived after this row did."""
        return known.source is not None and known.source > self.order and known.source != self.source


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a table: its columns, and which of them starts a fact when the source gives no date."""

    columns: tuple[str, ...]
    since: str

    def cells(self, told: Mapping[str, Any], under: Cells | None = None, *, fill: bool = False) -> Cells:
        """Told values over known ones; with `fill` only where nothing is known, otherwise nulls do not erase."""
        if under is None:
            return tuple(map(told.get, self.columns))
        pairs = ((told.get(name), old) for name, old in zip(self.columns, under, strict=True))
        if fill:
            return tuple(old if old is not None else new for new, old in pairs)
        return tuple(new if new is not None else old for new, old in pairs)

    def dated_cells(self, told: Mapping[str, Any], under: Cells) -> Cells:
        """Told values, nulls included; columns that the source does not have as they were."""
        return tuple(told.get(name, old) for name, old in zip(self.columns, under, strict=True))

    def undated(self, row: Arrival) -> bool:
        """Whether the row has no date of its own."""
        since = row.told.get(self.since) if self.since else None
        return row.until == FOREVER and row.start in (BEGINNING, since)


def fold(shape: Shape, known: Sequence[Known], row: Arrival, *, today: dt.date, fresh: int) -> list[Known] | None:
    """The facts known after the row has arrived, new ones numbered downwards from `fresh`; None if it says nothing new."""
    newcomers = _newcomers(shape, known, row, today)
    done = change(known, newcomers)
    if not done.insert and not done.supersede:
        return None
    gone = set(done.supersede)
    kept = [k for k in known if k.row not in gone]
    kept += [Stored(fresh - i, fact) for i, fact in enumerate(done.insert)]
    kept.sort(key=lambda k: k.fact.start)
    return kept


def _newcomers(shape: Shape, known: Sequence[Known], row: Arrival, today: dt.date) -> list[Fact[Values]]:
    if not known:
        return [Fact(row.start, row.until, Values(shape.cells(row.told), row.source))]
    if row.derived:
        return [_over(k, shape.cells(row.told, k.fact.values.cells, fill=True), row.source) for k in known]
    last = known[-1].fact
    if shape.undated(row) and row.start <= last.start:
        return _observed(shape, last, row, today)
    return _dated(shape, known, row)


def _over(known: Known, cells: Cells, source: int) -> Fact[Values]:
    # The younger source stays: an old row that filled a gap, said again, must find itself as old as before.
    return Fact(known.fact.start, known.fact.until, Values(cells, max(source, known.fact.values.source or source)))


def _observed(shape: Shape, last: Fact[Values], row: Arrival, today: dt.date) -> list[Fact[Values]]:
    """An undated row against the latest known fact."""
    old = last.values.cells
    late = row.late(last.values)
    cells = shape.cells(row.told, old, fill=late)
    if late:
        return [Fact(last.start, last.until, Values(cells, last.values.source))]
    fills = all(before is None or before == after for before, after in zip(old, cells, strict=True))
    if fills and last.until == FOREVER:
        return [Fact(last.start, FOREVER, Values(cells, row.source))]
    return [Fact(max(today, last.start), FOREVER, Values(cells, row.source))]


def _dated(shape: Shape, known: Sequence[Known], row: Arrival) -> list[Fact[Values]]:
    """A dated row, cut where it crosses known facts, since what its source does not tell may differ there."""
    until = row.until
    if until == FOREVER:
        until = min((k.fact.start for k in known if k.fact.start > row.start), default=FOREVER)
    out: list[Fact[Values]] = []
    day = row.start
    for fact in (k.fact for k in known):
        start, end = max(fact.start, day), min(fact.until, until)
        if start >= end:
            continue
        if day < start:
            out.append(Fact(day, start, Values(shape.cells(row.told), row.source)))
        out.append(Fact(start, end, _piece(shape, row, fact.values)))
        day = end
    if day < until:
        out.append(Fact(day, until, Values(shape.cells(row.told), row.source)))
    return out


def _piece(shape: Shape, row: Arrival, known: Values) -> Values:
    if row.late(known):
        return Values(shape.cells(row.told, known.cells, fill=True), known.source)
    return Values(shape.dated_cells(row.told, known.cells), row.source)
