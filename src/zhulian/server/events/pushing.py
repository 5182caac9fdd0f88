"""A pushed batch, item by item: what is wrong is told, what is right becomes rows or events, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from zhulian.core.kernel.canonical import Json
from zhulian.core.linkage import EVENT_TYPES, business_key
from zhulian.core.linkage.events import Kind
from zhulian.intake import Problem
from zhulian.intake.errors import problem_of
from zhulian.server.common import outbox
from zhulian.server.common.models import Event
from zhulian.server.events import subjects
from zhulian.server.events.checking import item_check, printable
from zhulian.server.events.rows import ROW_STORIES, Item, Rows
from zhulian.server.events.subjects import Subjects
from zhulian.server.registry.services import rows_record, source_create

BATCH: Final = 1000
"""Most items of a push."""


class Status(StrEnum):
    """What became of an item."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(slots=True)
class Outcome:
    """One item's answer. `event`: the event that it is, where there is one already."""

    index: int
    id: str
    type: str
    status: Status = Status.ACCEPTED
    event: str | None = None
    errors: list[Problem] = field(default_factory=list)

    def refuse(self, wrong: Sequence[Problem]) -> None:
        """Nothing of it is taken."""
        if wrong:
            self.status = Status.REFUSED
            self.errors += wrong

    def as_json(self) -> dict[str, Json]:
        """For the answer, which is kept under the idempotency key."""
        return {
            "index": self.index,
            "id": printable(self.id),
            "type": printable(self.type),
            "status": self.status.value,
            "event": self.event,
            "errors": [
                {
                    "field": printable(wrong.field),
                    "code": wrong.code,
                    "message": printable(wrong.message),
                    "cure": printable(wrong.cure),
                }
                for wrong in self.errors
            ],
        }


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes: the name under which rows are kept, the division of its unit, what it may push."""

    name: str
    division: str
    types: frozenset[str]
    actor: str


def batch_take(
    items: Sequence[Any], *, sender: Sender, reference: str, at: dt.datetime, today: dt.date
) -> list[Outcome]:
    """Take a batch in, in the running transaction."""
    outcomes, good = _checked(items, sender, today)
    known = Subjects(at)
    known.look_up((name, one) for item in good for name, one in item.subjects.items())
    by_row = [item for item in good if item.type in ROW_STORIES]
    by_event = [item for item in good if item.type not in ROW_STORIES]
    seen = _events_known(good, known)
    for item in good:
        if (event := seen.get(_identity(item, known))) is not None:
            outcomes[item.index].status, outcomes[item.index].event = Status.KNOWN, event
    _rows(by_row, known, outcomes, sender=sender, reference=reference, at=at, today=today)
    _events(by_event, known, outcomes)
    return outcomes


def _checked(items: Sequence[Any], sender: Sender, today: dt.date) -> tuple[list[Outcome], list[Item]]:
    outcomes: list[Outcome] = []
    good: list[Item] = []
    for index, item in enumerate(items):
        kind, data, wrong = item_check(item, allowed=sender.types, today=today)
        told = item if isinstance(item, Mapping) else {}
        outcome = Outcome(
            index, str(told.get("id") or "")[:100], kind.name if kind else str(told.get("type") or "")[:60]
        )
        outcomes.append(outcome)
        outcome.refuse(wrong)
        if kind is None:
            continue
        found, unclear = subjects.named(kind, data)
        outcome.refuse([problem_of(error, name) for name, error in unclear.items()])
        if outcome.status is not Status.REFUSED:
            good.append(Item(index, kind.name, data, found))
    return outcomes, good


def _data(item: Item, known: Subjects) -> dict[str, Json]:
    """The fields of the event with our numbers for subjects, as far as these are known."""
    out: dict[str, Json] = {}
    for wanted in EVENT_TYPES[item.type].fields:
        value = item.data.get(wanted.name)
        if wanted.name in item.subjects:
            value = known.id_of(wanted.kind.value, item.subjects[wanted.name])
        if value is not None:
            out[wanted.name] = value.isoformat() if wanted.kind is Kind.DATE else value
    return out


def _identity(item: Item, known: Subjects) -> tuple[str, str]:
    """Type and business key; the key is empty while a subject of it is not known."""
    data = _data(item, known)
    kind = EVENT_TYPES[item.type]
    whole = all(name in data for name in kind.key if name in item.data)
    return item.type, business_key(kind, data) if whole else ""


def _events_known(items: Sequence[Item], known: Subjects) -> dict[tuple[str, str], str]:
    """Events that are there already, by type and business key."""
    asked = {_identity(item, known) for item in items}
    rows = Event.objects.filter(type__in={t for t, _ in asked}, business_key__in={key for _, key in asked} - {""})
    return {(t, key): str(pk) for t, key, pk in rows.values_list("type", "business_key", "id") if (t, key) in asked}


def _rows(
    items: Sequence[Item],
    known: Subjects,
    outcomes: Sequence[Outcome],
    *,
    sender: Sender,
    reference: str,
    at: dt.datetime,
    today: dt.date,
) -> None:
    """Record the rows of these items. A subject that has not arrived is made and waits, as intake does it."""
    made = Rows(known, today, f"推送 {sender.name}")
    made.look_up(items)
    for item in items:
        wrong = made.take(item)
        if wrong:
            made.drop(item.index)
            outcomes[item.index].refuse(wrong)
    if not made.rows:
        return
    source = source_create(feed=sender.name, reference=reference, at=at, actor=sender.actor)
    feed = f"{sender.division}/{sender.name}"
    done = rows_record(rows=made.rows, source=source, feed=feed, at=at, actor=sender.actor)
    for reject in done.rejects:
        outcomes[reject.position.record - 1].refuse(reject.problems)


def _events(items: Sequence[Item], known: Subjects, outcomes: Sequence[Outcome]) -> None:
    """Append the events of items that no table holds; whom they name must be known, since no row would wait for it."""
    fresh: dict[tuple[str, str], outbox.Event] = {}
    for item in items:
        outcome = outcomes[item.index]
        nobody = [name for name, one in item.subjects.items() if known.id_of(name, one) is None]
        outcome.refuse([problem_of(subjects.unknown(name), name) for name in nobody])
        if outcome.status is not Status.ACCEPTED:
            continue
        identity = _identity(item, known)
        if identity in fresh:
            outcome.status = Status.KNOWN
        else:
            fresh[identity] = _event(item, known, identity[1])
        outcome.event = str(fresh[identity].id)
    outbox.append(fresh.values())


def _event(item: Item, known: Subjects, key: str) -> outbox.Event:
    data = _data(item, known)
    affects = tuple(f"{kind}:{data[kind]}" for kind in ("project", "person") if kind in data)
    return outbox.Event(item.type, f"enterprise:{data['enterprise']}", data, affects=affects, business_key=key)
