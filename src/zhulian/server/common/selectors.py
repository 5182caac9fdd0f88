"""What administrators look at: dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from zhulian.server.common.models import Attempt, Event

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """One page of dead letters, oldest first; `after` asks for the next one, None when this is the last."""

    rows: Sequence[Event]
    total: int
    after: int | None


def dead_letters(*, after: int = 0) -> DeadLetters:
    """Dead letters with their last error (`last_error`) and how many events wait behind each (`waiting`)."""
    dead = Event.objects.filter(state=Event.State.DEAD)
    last = Attempt.objects.filter(event=OuterRef("pk")).order_by("-pk")
    rows = list(
        dead.filter(sequence__gt=after)
        .annotate(
            last_error=Subquery(last.values("error")[:1]),
            last_handler=Subquery(last.values("handler")[:1]),
            waiting=Coalesce(Subquery(_waiting()), 0),
        )
        .order_by("sequence")[: PAGE + 1]
    )
    shown = rows[:PAGE]
    return DeadLetters(shown, dead.count(), shown[-1].sequence if len(rows) > PAGE else None)


def _waiting() -> QuerySet[Event, int]:
    behind = Q(state=Event.State.PENDING, ordering_key=OuterRef("ordering_key"), sequence__gt=OuterRef("sequence"))
    grouped = Event.objects.filter(behind).order_by().values("ordering_key")
    return grouped.annotate(n=Count("pk")).values_list("n", flat=True)
