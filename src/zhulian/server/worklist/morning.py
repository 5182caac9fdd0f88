"""The desk as the morning goes: what waits in each section, how much, and the first items; one statement a kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from zhulian.server.worklist import listing
from zhulian.server.worklist.listing import SECTIONS, Filters, Item
from zhulian.server.worklist.sources import SOURCES, sources

FIRST: Final = 5
"""How many items of a section the desk shows."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the morning with the list behind its number."""

    label: str
    count: int
    url: str
    items: tuple[Item, ...]

    @property
    def more(self) -> bool:
        """Whether the list behind the number has more than stands here."""
        return self.count > len(self.items)


def parts(user: Any, *, today: dt.date) -> list[Part]:
    """What waits for the user, in the order of the morning; empty sections too, which the page folds."""
    counts = [0] * len(SECTIONS)
    firsts: list[list[tuple[int, dict[str, Any]]]] = [[] for _ in SECTIONS]
    for number, source in enumerate(SOURCES):
        if source not in sources(user):
            continue
        rows = listing.selected(source, user, Filters(), today=today)
        rows = rows.annotate(w_section=listing.section_of(source, user, today)).annotate(
            w_row=Window(RowNumber(), partition_by=[F("w_section")], order_by=["w_day", "w_at", "pk"]),
            w_count=Window(Count("pk"), partition_by=[F("w_section")]),
        )
        for row in rows.filter(w_row__lte=FIRST).values(*listing.COLUMNS, "w_section", "w_row", "w_count"):
            firsts[row["w_section"]].append((number, row))
            counts[row["w_section"]] += row["w_count"] if row["w_row"] == 1 else 0
    for found in firsts:
        found.sort(key=lambda pair: (pair[1]["w_day"], pair[1]["w_at"], pair[0], pair[1]["pk"]))
    lines = iter(listing.shown([pair for found in firsts for pair in found[:FIRST]], today=today))
    address = reverse("worklist:list")
    out = []
    for number, section in enumerate(SECTIONS):
        filters = Filters(section=section.name)
        first = tuple(_open(next(lines), filters) for _ in firsts[number][:FIRST])
        out.append(Part(section.label, counts[number], f"{address}?{filters.query}", first))
    return out


def _open(item: Item, filters: Filters) -> Item:
    """The line with the list in which it is opened."""
    return replace(item, url=f"{item.url}?{filters.query}")
