"""Transactional outbox: events commit with the rows they tell about; `common.dispatch` carries them on.

    FACTS_CHANGED = event_type("facts.changed", "…")          # in the module that appends them

    outbox.append([Event(FACTS_CHANGED, "enterprise:7", {"tables": ["registration"]})])

    @handler(FACTS_CHANGED)
    def reassess(event: Event) -> None: ...

A handler runs once per event: its effect row is written in the same savepoint as its changes. It may change rows
of this database and append events or start jobs, nothing outside. Events of one subject are appended under a lock
on that subject's rows, so their sequence is the order in which they became true.
"""

from __future__ import annotations

import datetime as dt
import uuid
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock, models

LANES: Final = 64
"""Shares of the ordering keys, each dispatched by one process at a time."""
DEPTH_LIMIT: Final = 16
"""An event further than this from its first cause is refused: the second wall against rules in a circle."""

Handler = Callable[["Event"], None]
BatchHandler = Callable[[Sequence["Event"]], None]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `type` is `<domain>.<thing>.<happened>`, `subject` is `kind:id`.

    `cause` is the id of the event that made it happen; inside a handler it is filled in. A `business_key`, unique per
    type, makes two reports of one happening one event. `affects` lists other subjects.
    """

    type: str
    subject: str
    data: dict[str, Json] = field(default_factory=dict)
    cause: uuid.UUID | None = None
    affects: tuple[str, ...] = ()
    business_key: str = ""
    ordering_key: str = ""
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    depth: int = 0


event_types: Final[dict[str, str]] = {}
"""Event type → when it is appended. Start-up refuses a handler of a type that is not here (`common.checks`)."""

handlers: Final[dict[str, dict[str, Handler]]] = {}
"""Event type → handler name → function."""

batch_handlers: Final[dict[str, dict[str, BatchHandler]]] = {}
"""Those of `handlers` that take several events of their type at once."""

current: ContextVar[Event | None] = ContextVar("current event", default=None)


def event_type(name: str, meaning: str) -> str:
    """Declare an event type beside what appends it; its name.

    Raises:
        ValueError: when it is declared twice with different meanings.
    """
    if event_types.setdefault(name, meaning) != meaning:
        message = f"event type {name!r} is declared twice with different meanings"
        raise ValueError(message)
    return name


def handler(*types: str) -> Callable[[Handler], Handler]:
    """Register a function for event types; its name is `module.function` and must not change while events wait."""

    def register(function: Handler) -> Handler:
        for event_type in types:
            handlers.setdefault(event_type, {})[f"{function.__module__}.{function.__qualname__}"] = function
        return function

    return register


def batch_handler(event_type: str) -> Callable[[BatchHandler], BatchHandler]:
    """Register a function that is given what a dispatcher has at hand of a type at once, in order.

    An import tells thousands of times about the same few enterprises. When it raises, the events are carried on one
    by one, so that the bad one stands alone; events that it appends have no cause filled in.
    """

    def register(function: BatchHandler) -> BatchHandler:
        name = f"{function.__module__}.{function.__qualname__}"
        handlers.setdefault(event_type, {})[name] = lambda event: function([event])
        batch_handlers.setdefault(event_type, {})[name] = function
        return function

    return register


def append(events: Iterable[Event]) -> None:
    """Store events in the running transaction. An event whose business key is already there is left out.

    Raises:
        RuntimeError: outside a transaction, where an event could be stored without its rows.
        ZhulianError: `event.depth` when the chain of causes is too long.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("events are appended inside the transaction that changes the rows")
    moment = clock.now()
    rows = [_row(event, moment) for event in events]
    models.Event.objects.bulk_create([row for row in rows if not row.business_key], batch_size=500)
    keyed = [row for row in rows if row.business_key]
    models.Event.objects.bulk_create(keyed, batch_size=500, ignore_conflicts=True)


def lane_of(ordering_key: str) -> int:
    """The lane of an ordering key: the same in every process and version."""
    return zlib.crc32(ordering_key.encode()) % LANES


def _row(event: Event, moment: dt.datetime) -> models.Event:
    cause = current.get()
    depth = max(event.depth, cause.depth + 1 if cause else 0)
    if depth > DEPTH_LIMIT:
        raise ZhulianError("event.depth", type=event.type, limit=DEPTH_LIMIT)
    key = event.ordering_key or event.subject
    return models.Event(
        id=event.id,
        type=event.type,
        subject=event.subject,
        affects=list(event.affects),
        data=event.data,
        cause=event.cause or (cause.id if cause else None),
        depth=depth,
        business_key=event.business_key,
        ordering_key=key,
        lane=lane_of(key),
        time=moment,
    )


def cloud_event(row: models.Event) -> dict[str, Json]:
    """CloudEvents 1.0 JSON of a stored event; ours are extension attributes."""
    return {
        "specversion": "1.0",
        "id": str(row.id),
        "source": "zhulian",
        "type": row.type,
        "subject": row.subject,
        "time": row.time.isoformat(),
        "datacontenttype": "application/json",
        "data": row.data,
        "affects": row.affects,
        "cause": str(row.cause) if row.cause else None,
        "depth": row.depth,
    }
