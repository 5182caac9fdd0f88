"""Sending events out: signed, at least once, in the order of each subject, with every attempt kept.

The handler only notes what is to be sent; a job sends, outside any transaction. Killed after the other side took it
and before that was noted, it is sent again under the same event id: whoever receives drops what it has.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.accounts.models import DivisionClosure
from zhulian.server.common import clock, outbox, scopes
from zhulian.server.common.dispatch import pause
from zhulian.server.common.jobs import JobView, Step, job, job_start, schedule
from zhulian.server.common.models import Event
from zhulian.server.events import addresses, signing
from zhulian.server.events.models import Sending, SendingAttempt, Subscription
from zhulian.server.events.subscriptions import JOB, subscription_stop
from zhulian.server.registry.models import Enterprise, Project

ATTEMPTS: Final = 8
"""A sending that failed this often is given up; the pauses double (`common.dispatch.pause`)."""
FAILURES: Final = 20
"""A subscription that failed this often in a row is stopped."""
ACTOR: Final = "system:events"
_HELD: Final = dt.timedelta(minutes=1)
"""How long a sending is left to whoever is at it."""


@outbox.handler(*EVENT_TYPES)
def note(event: outbox.Event) -> None:
    """Note the event for each subscription that wants it, and start the job."""
    wanted = [s for s in Subscription.objects.filter(active=True) if event.type in s.types and _in_view(s, event)]
    if not wanted:
        return
    row = Event.objects.get(id=event.id)
    at = {"due_at": clock.machine_now(), "created_at": clock.now()}
    rows = [Sending(subscription=s, event=row, subject=event.subject, **at) for s in wanted]
    Sending.objects.bulk_create(rows, ignore_conflicts=True)
    job_start(kind=JOB, key=JOB, actor=ACTOR)


def _in_view(subscription: Subscription, event: outbox.Event) -> bool:
    """Whether the enterprise is registered, was granted or builds in the subscription's division."""
    if not subscription.division:
        return True
    kind, _, pk = event.subject.partition(":")
    if kind != "enterprise":
        return False
    codes = DivisionClosure.objects.filter(ancestor=subscription.division).values("descendant")
    return Enterprise.objects.known().filter(scopes.within(codes), enterprise=int(pk)).exists()


def message(event: Event) -> bytes:
    """The CloudEvent as others get it: credit codes and project codes instead of our numbers, nobody's person."""
    told = outbox.cloud_event(event)
    told["data"] = _outward(event)
    told["subject"] = event.subject
    told["affects"] = [one for one in event.affects if not one.startswith("person:")]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _outward(event: Event) -> dict[str, Json]:
    data: dict[str, Any] = dict(event.data)
    data.pop("person", None)
    today = clock.today()
    if isinstance(firm := data.get("enterprise"), int):
        found = Enterprise.objects.at(today).filter(enterprise=firm).values_list("uscc", "name").first()
        code, name = found or (None, "")
        data |= {"enterprise": code or firm, "enterprise_name": name}
    if isinstance(site := data.get("project"), int):
        found = Project.objects.at(today).filter(project=site).values_list("project_code", "name").first()
        code, name = found or (None, "")
        data |= {"project": code or site, "project_name": name}
    return data


@dataclass(frozen=True, slots=True)
class _Held:
    """A sending that is ours for a while."""

    sending: int
    subscription: Subscription
    event: Event


def _hold() -> _Held | None:
    """The next sending that is due, not behind another of its subject, held so that nobody else takes it."""
    now = clock.machine_now()
    with transaction.atomic():
        ahead = Sending.objects.filter(
            subscription=OuterRef("subscription"),
            subject=OuterRef("subject"),
            state=Sending.State.WAITING,
            pk__lt=OuterRef("pk"),
        )
        waiting = Sending.objects.filter(state=Sending.State.WAITING, due_at__lte=now, subscription__active=True)
        due = waiting.exclude(Exists(ahead)).order_by("due_at", "pk")
        row = due.select_for_update(skip_locked=True, of=("self",)).select_related("subscription", "event").first()
        if row is None:
            return None
        Sending.objects.filter(pk=row.pk).update(due_at=now + _HELD)
    return _Held(row.pk, row.subscription, row.event)


def _send(held: _Held) -> addresses.Reply:
    """Send one event, signed as pushes to us are."""
    subscription = held.subscription
    try:
        place = addresses.place_of(subscription.url)
    except ZhulianError as error:
        return addresses.Reply(None, f"接收地址不能使用：{error.params['detail']}", 0)
    body = message(held.event)
    timestamp, nonce = int(clock.machine_now().timestamp()), secrets.token_urlsafe(16)
    secret = subscription.secret.reveal()
    headers = {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        signing.KEY_HEADER: subscription.key_id,
        signing.TIME_HEADER: str(timestamp),
        signing.NONCE_HEADER: nonce,
        signing.SIGNATURE_HEADER: signing.signature(
            secret, method="POST", target=place.path, timestamp=timestamp, nonce=nonce, body=body
        ),
    }
    return addresses.post(place, body=body, headers=headers)


def _note(held: _Held, reply: addresses.Reply) -> None:
    """Keep the attempt; stop a subscription that fails and fails."""
    now = clock.machine_now()
    with transaction.atomic():
        row = Sending.objects.select_for_update().get(pk=held.sending)
        row.attempts += 1
        if reply.good:
            row.state = Sending.State.SENT
        elif row.state == Sending.State.WAITING and row.attempts >= ATTEMPTS:  # another sender may have delivered it
            row.state = Sending.State.GIVEN_UP
        row.due_at = now + pause(row.attempts)
        row.save(update_fields=["attempts", "state", "due_at"])
        SendingAttempt.objects.create(
            sending=row, at=now, status=reply.status, error=reply.error, milliseconds=reply.milliseconds
        )
        subscription = Subscription.objects.select_for_update().get(pk=held.subscription.pk)
        subscription.failures = 0 if reply.good else subscription.failures + 1
        subscription.save(update_fields=["failures"])
        if subscription.active and subscription.failures >= FAILURES:
            reason = f"连续 {subscription.failures} 次失败，最近一次：{reply.error}"
            subscription_stop(subscription=subscription.pk, reason=reason, actor=ACTOR, at=clock.now())


@job(JOB, apart=True)
def send(view: JobView) -> Step:
    """Send one; finished when nothing is due. What failed is due later, and the schedule starts the job again."""
    held = _hold()
    if held is None:
        return Step(done=view.done, finished=True)
    _note(held, _send(held))
    return Step(done=view.done + 1)


schedule(JOB, every=1)
