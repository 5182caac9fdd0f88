"""联动台账 as values: judgements of a page with what became of their effects; and the lines of the queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from zhulian import rulebooks
from zhulian.core.linkage import EVENT_TYPES, working_days_left
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.linkage import selectors
from zhulian.server.linkage.graph import event_label, told_words
from zhulian.server.linkage.models import Judged, Obligation
from zhulian.server.linkage.paths import Path, paths_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One judgement with the paths of its effects."""

    row: Judged
    name: str
    event: str
    told: tuple[str, ...]
    direction: str
    title: str
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An obligation of the queue. `left`: working days, below 0 when overdue."""

    row: Obligation
    name: str
    left: int | None


def entries(rows: Sequence[Judged], viewer: Any, *, today: dt.date) -> list[Entry]:
    """Rows of a page with names and what became of their effects."""
    names = enterprise_names((row.enterprise for row in rows), today)
    paths = paths_of(rows, viewer, today=today)
    book = rulebooks.linkage_book().rules
    out = []
    for row in rows:
        kind, rule = EVENT_TYPES.get(row.event_type), book.get(row.rule)
        toward = "、".join(d.label for d in rule.toward) if rule else ""
        out.append(
            Entry(
                row,
                names.get(row.enterprise, f"企业 {row.enterprise}"),
                event_label(row.event_type),
                told_words(row.event_type, row.told),
                f"{kind.domain.label} → {toward}" if kind else toward,
                rule.title if rule else row.rule,
                # A judgement that did not fire has no path; a later turn of the same rule may have.
                tuple(paths.get((row.event, row.rule), ()) if row.effects else ()),
            )
        )
    return out


def lines(rows: Sequence[Obligation], *, today: dt.date) -> list[Line]:
    """Obligations of a page with names and remaining working days."""
    names = enterprise_names((row.enterprise for row in rows), today)
    return [
        Line(
            row,
            names.get(row.enterprise, f"企业 {row.enterprise}"),
            None
            if row.ended_at or row.state == "paused"
            else working_days_left(today, row.due_on, rulebooks.calendar()),
        )
        for row in rows
    ]


def queue(user: Any, *, state: str = "", mine: str = "") -> QuerySet[Obligation]:
    """Obligations, the most urgent first: what is overdue has the earliest day."""
    rows = selectors.visible(user)
    rows = rows.filter(state__in=("open", "taken", "paused")) if state == "" else rows
    rows = rows.filter(state=state) if state not in {"", "all"} else rows
    if mine == "unit":
        rows = rows.filter(unit=user.unit_id)
    elif mine == "holder":
        rows = rows.filter(holder=user)
    return rows.order_by("due_on", "pk")


def queue_totals(user: Any, *, today: dt.date) -> dict[str, int]:
    """Open ones: overdue, due today, all, and those one has taken."""
    rows = selectors.visible(user).filter(state__in=("open", "taken"))
    return rows.aggregate(
        open=Count("pk"),
        overdue=Count("pk", Q(due_on__lt=today)),
        today=Count("pk", Q(due_on=today)),
        mine=Count("pk", Q(holder=user)),
    )
