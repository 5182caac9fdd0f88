"""Looks for what waits for somebody without an event having told it; each thing is told once, by its own key.

A look starts a little before where the last one ended, because rows commit later than their moment says; the key makes
the overlap harmless. Last days are looked for over the whole stretch ahead, so that a missed day loses nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from zhulian import rulebooks
from zhulian.core.lifecycle import OBLIGATION, PROPOSAL, UNDERTAKING
from zhulian.core.linkage import deadline, parse_clock
from zhulian.server.acts.models import Undertaking
from zhulian.server.campaigns.models import Rectification, Verification
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.decisions.models import Defence, Proposal, Service
from zhulian.server.linkage.models import Obligation
from zhulian.server.messages.hearing import About, of_undertaking
from zhulian.server.messages.models import Look, Notice
from zhulian.server.messages.table import lines_of
from zhulian.server.messages.telling import tell

JOB: Final = "messages.look"
DAILY: Final = "messages.look_ahead"
SOON: Final = "3 工作日"
"""How far ahead a last day is told: a custom of the house, no figure of law."""
_FIRST: Final = dt.timedelta(days=1)
"""How far back the very first look goes."""
_OVERLAP: Final = dt.timedelta(minutes=10)
_LIMIT: Final = 20
"""Things told in one step."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to tell: which line, about what, its key, the words."""

    name: str
    about: About
    key: str
    said: Mapping[str, Any]


def _sent(since: dt.datetime) -> Iterator[Thing]:
    """Documents sent electronically: deadlines run only when the enterprise confirms."""
    rows = Service.objects.filter(method=Service.Method.ELECTRONIC, sent_at__gte=since).select_related("document")
    for row in rows.order_by("pk"):
        document = row.document
        said = {"document_no": document.document_no, "document_title": document.title}
        yield Thing("service.sent", About(document.pk, document.enterprise), f"service:{row.pk}", said)


def _filed(since: dt.datetime) -> Iterator[Thing]:
    rows = Defence.objects.filter(filed_at__gte=since).exclude(kind=Defence.Kind.WAIVER).select_related("proposal")
    for row in rows.order_by("pk"):
        matter = row.proposal
        about = About(matter.pk, matter.enterprise, matter.code, matter.handler_id, matter.unit_id)
        said = {"what": f"{matter.label}：{row.get_kind_display()}"}
        yield Thing("defence.filed", about, f"defence:{row.pk}", said)


def _decided(since: dt.datetime) -> Iterator[Thing]:
    rows = Defence.objects.filter(decided_at__gte=since, decided_by__isnull=False).select_related("proposal")
    for row in rows.order_by("pk"):
        firm = row.proposal.enterprise
        said = {"what": f"{row.proposal.label}：{row.get_kind_display()}", "outcome": row.get_state_display()}
        yield Thing("defence.decided", About(firm, firm), f"defence:{row.pk}:decided", said)


LOOKS: Final[Mapping[str, Callable[[dt.datetime], Iterator[Thing]]]] = {
    "service.sent": _sent,
    "defence.filed": _filed,
    "defence.decided": _decided,
}
"""Name of the look → what happened since a moment of the business clock."""


def _obligations(today: dt.date, until: dt.date) -> Iterator[Thing]:
    rows = Obligation.objects.filter(due_on__range=(today, until)).exclude(state__in=OBLIGATION.final)
    for row in rows.order_by("pk"):
        about = About(row.pk, row.enterprise, holder=row.holder_id, unit=row.unit_id)
        said = {"what": row.what, "due_on": row.due_on}
        yield Thing("obligation.due", about, f"obligation:{row.pk}:due:{row.due_on}", said)


def _proposals(today: dt.date, until: dt.date) -> Iterator[Thing]:
    rows = Proposal.objects.filter(due_on__range=(today, until)).exclude(state__in=PROPOSAL.final)
    for row in rows.order_by("pk"):
        about = About(row.pk, row.enterprise, row.code, row.handler_id, row.unit_id)
        said = {"what": row.label, "due_on": row.due_on}
        yield Thing("proposal.due", about, f"proposal:{row.pk}:due:{row.due_on}", said)


def _undertakings(today: dt.date, until: dt.date) -> Iterator[Thing]:
    rows = Undertaking.objects.filter(due_on__range=(today, until)).exclude(state__in=UNDERTAKING.final)
    for row in rows.order_by("pk"):
        said = {"document_no": row.document_no, "due_on": row.due_on}
        yield Thing("undertaking.due", of_undertaking(row), f"undertaking:{row.pk}:due:{row.due_on}", said)


def _rectifications(today: dt.date, until: dt.date) -> Iterator[Thing]:
    rows = Rectification.objects.filter(due_on__range=(today, until), state="ordered").order_by("pk")
    for row in rows:
        said = {"due_on": row.due_on}
        about = About(row.pk, row.enterprise, row.code)
        yield Thing("rectification.due", about, f"rectification:{row.pk}:due:{row.due_on}", said)


def _verifications(today: dt.date, until: dt.date) -> Iterator[Thing]:
    rows = Verification.objects.filter(self_check_until__range=(today, until), state="announced").order_by("pk")
    for row in rows:
        said = {"due_on": row.self_check_until}
        about = About(row.pk, row.enterprise, row.code)
        yield Thing("verification.due", about, f"verification:{row.pk}:due:{row.self_check_until}", said)


AHEAD: Final = (_obligations, _proposals, _undertakings, _rectifications, _verifications)
"""What has a last day in a stretch of days. A day that was moved is another key, and told again."""


def look() -> int:
    """Tell what happened since the last look; how many people heard something."""
    now, told = clock.now(), 0
    for name, found in LOOKS.items():
        row, _ = Look.objects.get_or_create(name=name, defaults={"through": now - _FIRST})
        since = min(row.through, now) - _OVERLAP  # a clock that was set back loses nothing
        told += sum(_tell(thing) for thing in found(since))
        row.through = now
        row.save(update_fields=["through"])
    return told


def look_ahead(limit: int = _LIMIT) -> int:
    """Tell last days that are near and not told yet, so many at once; how many things were new."""
    today = clock.today()
    until = deadline(today, parse_clock(SOON), rulebooks.calendar()).due_on or today
    new = 0
    for found in AHEAD:
        things = list(found(today, until))
        known = _told({thing.key for thing in things})
        for thing in things:
            if thing.key in known:
                continue
            if new >= limit:
                return new
            new += 1 if _tell(thing) else 0
    return new


def _told(keys: set[str]) -> set[str]:
    """Of these keys those that somebody heard of."""
    return set(Notice.objects.filter(key__in=keys).values_list("key", flat=True)) if keys else set()


def _tell(thing: Thing) -> int:
    return sum(tell(line, thing.about, key=thing.key, said=thing.said) for line in lines_of(thing.name))


@job(JOB)
def step(view: JobView) -> Step:
    """One look."""
    return Step(done=view.done + look(), finished=True)


@job(DAILY)
def step_ahead(view: JobView) -> Step:
    """So many last days at once, until none is new."""
    new = look_ahead()
    return Step(done=view.done + new, finished=new < _LIMIT)


schedule(JOB, every=1)
schedule(DAILY, daily=dt.time(7, 30))
