"""Notices out of what happened: one for each person, deliveries for the channels that want it.

What is written follows from the event and is done once for (event, person) and (event, channel), so that an event
handled twice tells once. Whoever may not see the thing hears nothing of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db.models import Q

from zhulian.server.accounts.models import User
from zhulian.server.common import clock, outbox
from zhulian.server.common.jobs import job_start
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.messages import hearing
from zhulian.server.messages.hearing import About
from zhulian.server.messages.models import Channel, Delivery, Notice
from zhulian.server.messages.table import TABLE, Line, lines_of

JOB: Final = "messages.send"
ACTOR: Final = "system:messages"
_TEXT_LIMIT: Final = 500
_Found = Callable[[int], "About | None"]


def of_event(event: outbox.Event) -> int:
    """Tell an event to whom the table names; how many people heard it."""
    data = dict(event.data)
    firm = data.get("enterprise")
    if not isinstance(firm, int):
        return 0
    told = 0
    for line in lines_of(event.type):
        if line.needs and not data.get(line.needs):
            continue
        about = _about(line, event, firm)
        if about is not None:
            told += tell(line, about, key=str(event.id), said=data)
    return told


def tell(line: Line, about: About, *, key: str, said: Mapping[str, Any]) -> int:
    """Write the notices of one line and what its channels are to carry; how many people it reaches.

    `key` names the happening: a person who has heard of it, on whatever line, is not told again.
    """
    people = [u for u in hearing.people(line.audience, about) if hearing.may_see(u, line.thing, about.item)]
    if not people:
        return 0
    path = hearing.KINDS[line.thing].path(about)
    heard = set(Notice.objects.filter(key=key, user__in=people).values_list("user", flat=True))
    news = [u for u in people if u.pk not in heard]
    notice = {
        "key": key,
        "type": line.type,
        "category": line.category,
        "urgent": line.urgent,
        "title": line.title,
        "text": _text(line, about, said),
        "kind": line.thing,
        "item": about.item,
        "path": path,
        "enterprise": about.enterprise,
        "made_at": clock.now(),
    }
    Notice.objects.bulk_create([Notice(user=user, **notice) for user in news], ignore_conflicts=True)
    _deliver(line, news, key, path)
    return len(news)


def _deliver(line: Line, people: list[User], key: str, path: str) -> None:
    """Put the title on its way through the channels of these people and of the units they are in."""
    units = {user.unit_id for user in people if user.unit_id}
    wanted = [
        channel
        for channel in Channel.objects.filter(Q(user__in=people) | Q(unit__in=units), active=True).order_by("pk")
        if not channel.categories or line.category in channel.categories
    ]
    if not wanted:
        return
    at: dict[str, dt.datetime] = {"due_at": clock.machine_now(), "created_at": clock.now()}
    rows = [
        Delivery(channel=channel, key=key, title=line.title, path=path, urgent=line.urgent, **at) for channel in wanted
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    job_start(kind=JOB, key=JOB, actor=ACTOR)


def _text(line: Line, about: About, said: Mapping[str, Any]) -> str:
    """The parts whose words are known, joined."""
    words = {name: str(value) for name, value in said.items() if value not in (None, "")}
    if about.enterprise is not None:
        known = enterprise_names([about.enterprise], clock.today()).get(about.enterprise)
        words["name"] = known or f"企业 {about.enterprise}"
    if about.code:
        words["code"] = about.code
    parts = []
    for part in line.parts:
        try:
            parts.append(part.format_map(words))
        except KeyError:  # the event does not say it
            continue
    return "，".join(parts)[:_TEXT_LIMIT]


def _number(data: Mapping[str, Any], name: str, found: _Found) -> About | None:
    pk = data.get(name)
    return found(pk) if isinstance(pk, int) else None


def _obligation(event: outbox.Event) -> About | None:
    kind, _, pk = event.business_key.partition(":")
    return hearing.obligation(int(pk)) if kind == "obligation" and pk.isdecimal() else None


_ROWS: Final[Mapping[str, Callable[[outbox.Event], About | None]]] = {
    "proposal": lambda event: _number(event.data, "proposal", hearing.proposal),
    "rectification": lambda event: _number(event.data, "rectification", hearing.rectification),
    "verification": lambda event: _number(event.data, "verification", hearing.verification),
    "undertaking": lambda event: _number(event.data, "undertaking", hearing.undertaking),
    "obligation": _obligation,
}
"""Kind of thing → how an event names its row."""


def _about(line: Line, event: outbox.Event, firm: int) -> About | None:
    if line.thing in hearing.OF_ENTERPRISE:
        return About(firm, firm, str(event.data.get("code") or ""))
    return _ROWS[line.thing](event)


@outbox.handler(*sorted({line.type for line in TABLE}))
def note(event: outbox.Event) -> None:
    """Tell what happened."""
    of_event(event)
