"""Carrying deliveries out: at least once, outside any transaction, with every attempt kept.

Killed after the other side took one and before that was noted, it is sent again: e-mail and robots have no key by which
they would drop it. Within us a happening stands once for each channel.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.server.common import clock
from zhulian.server.common.dispatch import pause
from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.messages import kinds
from zhulian.server.messages.models import Channel, Delivery, DeliveryAttempt
from zhulian.server.messages.telling import ACTOR, JOB
from zhulian.server.notary.services import leaf_append

ATTEMPTS: Final = 8
"""A delivery that failed this often is given up; the pauses double (`common.dispatch.pause`)."""
FAILURES: Final = 20
"""A channel that failed this often in a row is stopped."""
_HELD: Final = dt.timedelta(minutes=1)
"""How long a delivery is left to whoever is at it."""
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Held:
    """A delivery that is ours for a while."""

    delivery: int
    channel: Channel
    title: str
    path: str


def quiet_left(channel: Channel, moment: dt.datetime) -> dt.timedelta | None:
    """How long a channel's quiet hours still last at a moment of the business clock; None outside them."""
    if channel.quiet_from is None or channel.quiet_until is None:
        return None
    local = moment.astimezone(SHANGHAI)
    ends = dt.datetime.combine(local.date(), channel.quiet_until, SHANGHAI)
    over_midnight = channel.quiet_from > channel.quiet_until
    here = local.time()
    if over_midnight and here >= channel.quiet_from:
        return ends + _DAY - local
    begun = over_midnight or here >= channel.quiet_from
    return ends - local if begun and here < channel.quiet_until else None


def link_of(path: str) -> str:
    """The full address of a page; empty where the operator has not said what this server is called."""
    return f"{settings.SITE_URL}{path}" if settings.SITE_URL else ""


def send_test(channel: Channel) -> str:
    """Send a test now, in no transaction; empty when it was taken, else what went wrong."""
    return kinds.send(channel.kind, channel.address.reveal(), title="【筑联】测试消息", link=link_of("/messages/"))


def _hold() -> _Held | int | None:
    """The next delivery that is due, held so that nobody else takes it; its number when quiet hours put it off."""
    now = clock.machine_now()
    with transaction.atomic():
        due = Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lte=now, channel__active=True)
        found = due.order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
        row = found.select_related("channel").first()
        if row is None:
            return None
        channel = row.channel
        left = None if row.urgent and channel.urgent_passes else quiet_left(channel, clock.now())
        Delivery.objects.filter(pk=row.pk).update(due_at=now + (_HELD if left is None else left))
    return row.pk if left is not None else _Held(row.pk, channel, row.title, row.path)


def _note(held: _Held, error: str, milliseconds: int) -> None:
    """Keep the attempt; stop a channel that fails and fails."""
    now = clock.machine_now()
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(pk=held.delivery)
        row.attempts += 1
        if not error:
            row.state = Delivery.State.SENT
        elif row.attempts >= ATTEMPTS:
            row.state = Delivery.State.GIVEN_UP
        row.due_at = now + pause(row.attempts)
        row.save(update_fields=["attempts", "state", "due_at"])
        DeliveryAttempt.objects.create(delivery=row, at=now, error=error[:300], milliseconds=milliseconds)
        channel = Channel.objects.select_for_update(no_key=True).get(pk=held.channel.pk)
        channel.failures = channel.failures + 1 if error else 0
        if channel.active and channel.failures >= FAILURES:
            channel.active, channel.stopped_reason = False, f"连续 {channel.failures} 次失败：{error}"[:200]
            data = {"reason": channel.stopped_reason}
            leaf_append(action="messages.channel.stop", actor=ACTOR, subject=f"channel:{channel.pk}", data=data)
        channel.save(update_fields=["failures", "active", "stopped_reason"])


@job(JOB, apart=True)
def send(view: JobView) -> Step:
    """Send one; finished when nothing is due. What failed is due later, and the schedule starts the job again."""
    held = _hold()
    if held is None:
        return Step(done=view.done, finished=True)
    if isinstance(held, _Held):
        started = time.monotonic()
        error = kinds.send(
            held.channel.kind, held.channel.address.reveal(), title=f"【筑联】{held.title}", link=link_of(held.path)
        )
        _note(held, error, int((time.monotonic() - started) * 1000))
    return Step(done=view.done + 1)


schedule(JOB, every=1)
