"""Subscriptions: who is sent which events, made, changed, stopped, started again. A secret is shown once."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.common import clock
from zhulian.server.common.jobs import job_start
from zhulian.server.common.writing import writes
from zhulian.server.events.addresses import url_check
from zhulian.server.events.models import Sending, Subscription
from zhulian.server.notary.services import leaf_append

JOB = "events.send"

register(
    ErrorKind("webhook.none", "没有这个订阅", "请从订阅列表重新进入", 404),
    ErrorKind("webhook.types", "请至少选择一种事件", "请从列出的事件中选择"),
    ErrorKind("webhook.state", "这一条已经送达，或仍在等待发送", "请刷新后查看", 409),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a subscription is set to."""

    name: str
    url: str
    types: tuple[str, ...]
    division: str


@writes
def subscription_create(*, wanted: Wanted, actor: str, at: dt.datetime) -> tuple[Subscription, str]:
    """A subscription with its secret, which is not shown again.

    Raises:
        ZhulianError: `webhook.url`, `webhook.types`, `value.missing`.
    """
    secret = secrets.token_urlsafe(32)
    row = Subscription(key_id=secrets.token_hex(8), secret=secret, created_at=at)
    _set(row, wanted)
    leaf_append(
        action="events.subscription.create", actor=actor, subject=f"subscription:{row.pk}", data=_told(wanted), at=at
    )
    return row, secret


@writes
def subscription_change(*, subscription: int, wanted: Wanted, actor: str, at: dt.datetime) -> Subscription:
    """Another setting; what waits is sent to the new address.

    Raises:
        ZhulianError: `webhook.url`, `webhook.types`, `webhook.none`, `value.missing`.
    """
    row = _locked(subscription)
    _set(row, wanted)
    leaf_append(
        action="events.subscription.change", actor=actor, subject=f"subscription:{row.pk}", data=_told(wanted), at=at
    )
    return row


@writes
def subscription_stop(*, subscription: int, reason: str, actor: str, at: dt.datetime) -> None:
    """Send nothing more; what waits goes on waiting.

    Raises:
        ZhulianError: `webhook.none`.
    """
    row = _locked(subscription)
    row.active, row.stopped_reason = False, reason.strip()[:200]
    row.save(update_fields=["active", "stopped_reason"])
    data = {"reason": row.stopped_reason}
    leaf_append(action="events.subscription.stop", actor=actor, subject=f"subscription:{row.pk}", data=data, at=at)


@writes
def subscription_start(*, subscription: int, actor: str, at: dt.datetime) -> None:
    """Send again, what waited first.

    Raises:
        ZhulianError: `webhook.none`.
    """
    row = _locked(subscription)
    row.active, row.failures, row.stopped_reason = True, 0, ""
    row.save(update_fields=["active", "failures", "stopped_reason"])
    Sending.objects.filter(subscription=row, state=Sending.State.WAITING).update(due_at=clock.machine_now())
    leaf_append(action="events.subscription.start", actor=actor, subject=f"subscription:{row.pk}", data={}, at=at)
    job_start(kind=JOB, key=JOB, actor=actor)


@writes
def sending_again(*, sending: int, actor: str, at: dt.datetime) -> None:
    """Try once more what was given up.

    Raises:
        ZhulianError: `webhook.state`.
    """
    row = Sending.objects.select_for_update().filter(pk=sending, state=Sending.State.GIVEN_UP).first()
    if row is None:
        raise ZhulianError("webhook.state")
    row.state, row.attempts, row.due_at = Sending.State.WAITING, 0, clock.machine_now()
    row.save(update_fields=["state", "attempts", "due_at"])
    subject = f"subscription:{row.subscription_id}"
    leaf_append(action="events.sending.again", actor=actor, subject=subject, data={"event": str(row.event_id)}, at=at)
    job_start(kind=JOB, key=JOB, actor=actor)


def _locked(subscription: int) -> Subscription:
    row = Subscription.objects.select_for_update().filter(pk=subscription).first()
    if row is None:
        raise ZhulianError("webhook.none")
    return row


def _set(row: Subscription, wanted: Wanted) -> None:
    if not wanted.name.strip():
        raise ZhulianError("value.missing", field="名称")
    url_check(wanted.url)
    row.name, row.url, row.division = wanted.name.strip()[:60], wanted.url, wanted.division
    row.types = _types(wanted.types)
    row.save()


def _types(types: Iterable[str]) -> list[str]:
    chosen = sorted(set(types) & EVENT_TYPES.keys())
    if not chosen:
        raise ZhulianError("webhook.types")
    return chosen


def _told(wanted: Wanted) -> dict[str, object]:
    return {"name": wanted.name, "url": wanted.url, "types": list(wanted.types), "division": wanted.division}
