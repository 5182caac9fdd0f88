"""When an event is judged against when it happened: what is history, and what this authority acts on (decision 0106)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from zhulian.core.linkage import EVENT_TYPES, History
from zhulian.server.common import clock, outbox


@dataclass(frozen=True, slots=True)
class Moment:
    """When an event is judged: the day, the day on which it happened, whether it is history; how often before."""

    today: dt.date
    happened: dt.date
    history: History | None
    turn: int = 0

    @classmethod
    def of(cls, event: outbox.Event, turn: int = 0) -> Moment:
        """Today's look at an event. What lies before the border is history (decision 0106)."""
        today, kind = clock.today(), EVENT_TYPES.get(event.type)
        happened = kind.happened(event.data, today) if kind else today
        border = max(settings.TAKEOVER, today - dt.timedelta(days=settings.HISTORY_DAYS))
        return cls(today, happened, History(happened, border) if happened < border else None, turn)
