"""Rows become events: after `facts.changed` what has been recorded since the last look is told, once.

What makes once: the business key of the type; where a correction changes the key (the day of an accident), what was
told of the same number; for people and suspensions the spell. The outbox is the memory. A crash in here rolls back
with the handler, and the event is carried on again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Q

from zhulian.core.kernel.dates import BEGINNING, STILL_KNOWN
from zhulian.core.linkage import business_key, event_type
from zhulian.core.tables import TABLES
from zhulian.server.common import clock, outbox
from zhulian.server.common.models import Event
from zhulian.server.events import timelines
from zhulian.server.events.models import Look
from zhulian.server.events.stories import STORIES, Happening, happenings
from zhulian.server.registry.events import FACTS_CHANGED
from zhulian.server.registry.merging.selectors import members_of
from zhulian.server.registry.models import MODELS

TOLD_TABLES: Final = tuple(dict.fromkeys((*(story.table for story in STORIES), "registration")))
"""Tables whose rows tell something."""
_REPLACES: Final = (timelines.SUSPENDED, timelines.RESTORED)
_MOVES: Final = (timelines.JOINED, timelines.LEFT, timelines.MOVED)
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Caused:
    """A happening with the event that made us look; None: time brought it."""

    happening: Happening
    cause: outbox.Event | None


@outbox.batch_handler(FACTS_CHANGED)
def tell(events: Sequence[outbox.Event]) -> None:
    """Tell what was recorded of these enterprises since they were last looked at."""
    causes: dict[str, dict[int, outbox.Event]] = {}
    for event in events:
        kind, _, pk = event.subject.partition(":")
        for table in event.data.get("tables", ()) if kind == "enterprise" else ():  # type: ignore[union-attr]  # a list, by its sender
            if table in TOLD_TABLES:
                causes.setdefault(str(table), {})[int(pk)] = event
    today = clock.today()
    found = [
        Caused(happening, enterprises[happening.enterprise])
        for table, enterprises in causes.items()
        for happening in _news(table, enterprises, today)
        if happening.enterprise in enterprises
    ]
    append(found)


def rows_tell(table: str, rows: Sequence[Mapping[str, Any]], today: dt.date) -> None:
    """Tell what these rows bring by a day, whoever looked at them before."""
    looks = Look.objects.filter(table_name=table, enterprise__in={row["enterprise"] for row in rows})
    since = dict(looks.values_list("enterprise", "since"))
    append([Caused(happening, None) for happening in _told_by(table, rows, since, today)])


def known(table: str, chosen: Q, *, limit: int | None = None) -> list[dict[str, Any]]:
    """Rows of a table that nothing superseded, by column, with their periods and numbers, in the order of these."""
    columns = ("row_id", "fact_from", "fact_until", *TABLES[table].names)
    rows = MODELS[table].objects.filter(chosen, superseded_at=STILL_KNOWN).order_by("row_id")
    return list(rows.values(*columns)[:limit])


def _news(table: str, enterprises: Mapping[int, object], today: dt.date) -> Iterable[Happening]:
    """What rows told since the last look; the look is moved on."""
    looks = {look.enterprise: look for look in Look.objects.filter(table_name=table, enterprise__in=list(enterprises))}
    lowest = min((looks[e].row if e in looks else 0 for e in enterprises), default=0)
    rows = [
        row
        for row in known(table, Q(enterprise__in=list(enterprises), row_id__gt=lowest))
        if row["enterprise"] not in looks or row["row_id"] > looks[row["enterprise"]].row
    ]
    since = {enterprise: look.since for enterprise, look in looks.items()}
    found = _told_by(table, rows, since, today)
    reached: dict[int, int] = {}
    for row in rows:
        reached[row["enterprise"]] = max(row["row_id"], reached.get(row["enterprise"], 0))
    fresh = [
        Look(enterprise=enterprise, table_name=table, row=row, since=since.get(enterprise, today))
        for enterprise, row in reached.items()
    ]
    Look.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["enterprise", "table_name"], update_fields=["row"]
    )
    return found


def _told_by(
    table: str, rows: Sequence[Mapping[str, Any]], since: Mapping[int, dt.date], today: dt.date
) -> list[Happening]:
    """What rows of a table tell, memory taken into account."""
    if not rows:
        return []
    if table == "registration":
        return _moves(rows, since, today)
    lasting = [dict(row) for row in rows if row["fact_until"] > today]
    _complete(table, lasting)
    found = _forgotten(list(happenings(table, lasting, today)))
    return [*found, *_suspensions(rows, today)] if table == "safety_permit" else found


def _complete(table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Add what the stories of a table ask beside its columns."""
    if table == "bid":
        tenders = {t["tender_no"]: t for t in known("tender", Q(tender_no__in=[r["tender_no"] for r in rows]))}
        for row in rows:
            tender = tenders.get(row["tender_no"], {})
            row |= {"project": tender.get("project"), "opened_on": tender.get("opened_on")}
    elif table == "safety_permit":
        papers = known(table, Q(enterprise__in={row["enterprise"] for row in rows}))
        for row in rows:
            row["renewed"] = any(_renews(paper, row) for paper in papers)


def _renews(paper: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether another permit of the enterprise outlasts this one."""
    if paper["enterprise"] != row["enterprise"] or paper["status"] not in {None, "有效"}:
        return False
    return bool(row["valid_until"] and paper["valid_until"] and paper["valid_until"] > row["valid_until"])


def _forgotten(found: Sequence[Happening]) -> list[Happening]:
    """Those that were not told before under another business key."""
    asked = [h for h in found if h.memory]
    told = _earlier({h.enterprise for h in asked}, {h.type for h in asked})
    seen = {
        (enterprise, earlier.type, field, earlier.data.get(field))
        for enterprise, earliers in told.items()
        for earlier in earliers
        for field in ("accident_no", "tender_no")
    }
    return [h for h in found if not any((h.enterprise, h.type, f, h.data.get(f)) in seen for f in h.memory)]


def _moves(rows: Sequence[Mapping[str, Any]], since: Mapping[int, dt.date], today: dt.date) -> list[Happening]:
    papers: dict[tuple[int, str], dict[int, list[Mapping[str, Any]]]] = {}
    for row in known("registration", Q(person__in={row["person"] for row in rows})):
        papers.setdefault((row["person"], row["kind"]), {}).setdefault(row["enterprise"], []).append(row)
    told = _earlier({row["enterprise"] for row in rows}, set(_MOVES))
    out: list[Happening] = []
    for enterprise, person, kind in dict.fromkeys((r["enterprise"], r["person"], r["kind"]) for r in rows):
        spells = {firm: timelines.spells(found, today) for firm, found in papers.get((person, kind), {}).items()}
        post = timelines.Post(enterprise, person, kind)
        out += timelines.moves(
            post,
            spells.pop(enterprise, []),
            [spell for found in spells.values() for spell in found],
            [
                t
                for t in told.get(enterprise, ())
                if (t.data.get("person"), t.data.get("registration")) == (person, kind)
            ],
            since=since.get(enterprise),
            today=today,
        )
    return out


def _suspensions(rows: Sequence[Mapping[str, Any]], today: dt.date) -> list[Happening]:
    numbers = {row["permit_no"] for row in rows}
    papers: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for row in known("safety_permit", Q(permit_no__in=numbers)):
        papers.setdefault((row["enterprise"], row["permit_no"]), []).append(row)
    told = _earlier({enterprise for enterprise, _ in papers}, set(_REPLACES))
    return [
        happening
        for (enterprise, _), found in papers.items()
        for happening in timelines.suspensions(found, told.get(enterprise, ()), today)
    ]


def _earlier(enterprises: set[int], types: set[str]) -> dict[int, list[timelines.Earlier]]:
    """What was told of enterprises, and of those that live on in them, by enterprise."""
    if not enterprises or not types:
        return {}
    members = members_of(enterprises)
    whose = {f"enterprise:{m}": e for e in enterprises for m in members.get(e, (e,))}
    out: dict[int, list[timelines.Earlier]] = {}
    rows = Event.objects.filter(subject__in=list(whose), type__in=types).order_by("sequence")
    for type_, subject, data in rows.values_list("type", "subject", "data"):
        on = dt.date.fromisoformat(data["on"]) if "on" in data else BEGINNING
        out.setdefault(whose[subject], []).append(timelines.Earlier(type_, on, data))
    return out


def append(found: Sequence[Caused]) -> None:
    """Append the events in the order of their days; those whose business key is there are left out by the outbox."""
    events = [_event(one) for one in sorted(found, key=lambda one: one.happening.on)]
    for start in range(0, len(events), _BATCH):
        outbox.append(events[start : start + _BATCH])


def event_of(happening: Happening) -> outbox.Event:
    """The event of a happening, keyed and ordered by its enterprise."""
    return outbox.Event(
        type=happening.type,
        subject=f"enterprise:{happening.enterprise}",
        data=happening.data,
        affects=happening.affects,
        business_key=business_key(event_type(happening.type), happening.data),
    )


def _event(one: Caused) -> outbox.Event:
    event = event_of(one.happening)
    if one.cause is None:
        return event
    return replace(event, cause=one.cause.id, depth=one.cause.depth + 1)
