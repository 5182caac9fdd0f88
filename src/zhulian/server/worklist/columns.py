"""What a kind of work is, and the columns that make rows of different tables one queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import BigIntegerField, DateField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from zhulian.server.common import clock
from zhulian.server.worklist.models import Entry, Lock

NOTHING: Final = Q(pk__in=[])
LAST: Final = dt.date.max
"""Where an item without a deadline stands in the queue: behind all others."""
Rows = QuerySet[Any]
Asked = Callable[[Any], Q]
"""User → filter."""


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of work.

    `rows`: what the viewer may see, scoped in SQL. `columns`: expressions for `what`, `enterprise`, `unit`,
    `division`, `state`, `due` (None: no deadline), `at` (when it was listed) and `own` (who handles it by its own
    row). `waiting`: what waits for somebody; `doable`: what this user may do of the unit's, whoever holds it; `handed`:
    what this user may be given; `done`: what the user finished; `started`: what the user set going and others do now. `topic`: items made by these event
    types; `acts`: items about these acts. `page`: name of the page it is handled on, which takes the value of
    `page_key`. `lock_state`: the column whose change ends a lock; empty: the kind waits in one state only.
    """

    kind: str
    label: str
    permission: str
    rows: Callable[[Any], Rows]
    columns: Mapping[str, Any]
    states: Mapping[str, str]
    waiting: Q
    doable: Asked
    handed: Asked
    done: Asked
    started: Asked
    page: str
    topic: Callable[[Sequence[str]], Q]
    acts: Callable[[Sequence[str]], Q]
    page_key: str = "pk"
    lock_state: str = ""


def queryset(source: Source, user: Any) -> Rows:
    """The kind's rows in the viewer's scope, with the queue's columns under `w_`.

    `w_holder`: who handles it by its own row, else who holds a live lock; `w_day`: the deadline, the last of all days
    where there is none; `w_urged`: the head urged it.
    """
    state = OuterRef(source.lock_state) if source.lock_state else Value("")
    live = Lock.objects.filter(kind=source.kind, item=OuterRef("pk"), until__gt=clock.now(), state=state)
    urged = Entry.objects.filter(kind=source.kind, item=OuterRef("pk"), action=Entry.Action.URGE)
    rows = source.rows(user).annotate(**{f"w_{name}": column for name, column in source.columns.items()})
    out: Rows = rows.annotate(w_lock=Subquery(live.values("user")[:1])).annotate(
        w_holder=Coalesce("w_own", "w_lock", output_field=BigIntegerField()),
        w_urged=Exists(urged),
        w_day=Coalesce("w_due", Value(LAST), output_field=DateField()),
    )
    return out
