"""The rows of a city, table by table, in the order in which they were made."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from zhulian.city.plan import ContractLabel, Label, LinkageLabel

Value: TypeAlias = str | int | bool | dt.date | None
Row: TypeAlias = dict[str, Value]
Spill: TypeAlias = Callable[[str, list[Row]], object]

FULL: Final = 20_000
"""Rows of one table that a book with a `spill` holds at most."""


@dataclass(slots=True)
class Book:
    """Everything that will be written. With a `spill`, full tables go there instead of filling memory."""

    rows: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    labels: list[Label] = field(default_factory=list)
    contract_labels: list[ContractLabel] = field(default_factory=list)
    linkage_labels: list[LinkageLabel] = field(default_factory=list)
    events: list[Mapping[str, object]] = field(default_factory=list)
    """Events that no table holds, in the form in which they are pushed, in the order of their days."""
    spill: Spill | None = None
    counts: Counter[str] = field(default_factory=Counter)
    """Rows by table, those spilled included."""

    def add(
        self, table: str, fact_from: dt.date | None = None, fact_until: dt.date | None = None, **values: Value
    ) -> None:
        """One row of a canonical table; without dates the fact holds always."""
        rows = self.rows[table]
        rows.append({**values, "fact_from": fact_from, "fact_until": fact_until})
        self.counts[table] += 1
        if self.spill is not None and len(rows) >= FULL:
            self._pass_on(table, rows)

    def close(self) -> None:
        """Pass on what is left."""
        for table, rows in self.rows.items():
            if rows:
                self._pass_on(table, rows)

    def _pass_on(self, table: str, rows: list[Row]) -> None:
        if self.spill is not None:
            self.spill(table, rows)
            rows.clear()
