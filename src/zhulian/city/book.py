"""The rows of a city, table by table, in the order in which they were made."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypeAlias

from zhulian.city.plan import Label

Value: TypeAlias = str | int | bool | dt.date | None
Row: TypeAlias = dict[str, Value]


@dataclass(slots=True)
class Book:
    """Everything that will be written."""

    rows: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    labels: list[Label] = field(default_factory=list)

    def add(
        self, table: str, fact_from: dt.date | None = None, fact_until: dt.date | None = None, **values: Value
    ) -> None:
        """One row of a canonical table; without dates the fact holds always."""
        self.rows[table].append({**values, "fact_from": fact_from, "fact_until": fact_until})
