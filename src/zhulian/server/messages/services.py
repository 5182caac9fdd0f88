"""What people change: what they have read, their channels, deliveries that were given up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.common.jobs import job_start
from zhulian.server.common.writing import writes
from zhulian.server.messages import kinds, selectors
from zhulian.server.messages.models import Category, Channel, Delivery, Notice
from zhulian.server.messages.telling import JOB
from zhulian.server.notary.services import leaf_append

register(
    ErrorKind("message.none", "没有这条消息", "请从消息列表重新进入", 404),
    ErrorKind("channel.none", "没有这个消息通道，或者不由您设置", "请从通道列表重新进入", 404),
    ErrorKind("channel.quiet", "免打扰时间不完整", "请同时填写开始和结束，两者不能相同；不需要的，都留空"),
    ErrorKind("channel.many", "通道已有 {limit} 个", "请先删除或者修改不再使用的通道"),
    ErrorKind("delivery.state", "这一条已经发出，或仍在等待发送", "请刷新后查看", 409),
)
CHANNELS_EACH = 5
"""Channels that one owner may have."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a channel is set to. An empty address keeps the one that is stored."""

    kind: str
    name: str
    address: str
    categories: tuple[str, ...] = ()
    quiet_from: dt.time | None = None
    quiet_until: dt.time | None = None
    urgent_passes: bool = True


@writes
def notices_read(*, notices: Iterable[int], read: bool, user: User) -> int:
    """Mark one's own notices as read or not; how many changed."""
    rows = Notice.objects.filter(user=user, pk__in=list(notices), read_at__isnull=read)
    return _marked(rows, clock.now() if read else None, user)


@writes
def notices_all_read(*, user: User) -> tuple[int, dt.datetime]:
    """Mark all unread ones as read; how many, and the moment by which `notices_all_unread` finds them again."""
    at = clock.now()
    return _marked(Notice.objects.filter(user=user, read_at=None), at, user), at


@writes
def notices_all_unread(*, at: dt.datetime, user: User) -> int:
    """Take back "all read" of that moment; how many are unread again."""
    return _marked(Notice.objects.filter(user=user, read_at=at), None, user)


def _marked(rows: QuerySet[Notice], at: dt.datetime | None, user: User) -> int:
    """Set the moment of reading on these rows, with a leaf if there are any."""
    if not rows.exists():
        return 0
    changed = rows.update(read_at=at)
    _leaf("notice.unread" if at is None else "notice.read", f"user:{user.pk}", user, {"count": changed})
    return changed


@writes
def channel_create(*, wanted: Wanted, user: User, unit: int | None = None) -> Channel:
    """A channel of one's own, or of a unit that one may set up.

    Raises:
        ZhulianError: `channel.*`, `webhook.url`, `value.missing`.
    """
    if unit is not None and not selectors.units(user).filter(pk=unit).exists():
        raise ZhulianError("channel.none")
    # The owner is locked, so that two forms sent at once do not both find room.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    owner = {"unit_id": unit} if unit is not None else {"user": user}
    if Channel.objects.filter(**owner).count() >= CHANNELS_EACH:
        raise ZhulianError("channel.many", limit=CHANNELS_EACH)
    row = Channel(created_at=clock.now(), **owner)
    _set(row, wanted)
    _leaf("channel.create", f"channel:{row.pk}", user, _told(row))
    return row


@writes
def channel_change(*, channel: int, wanted: Wanted, user: User) -> Channel:
    """Another setting; what waits goes to the new address.

    Raises:
        ZhulianError: `channel.*`, `webhook.url`, `value.missing`.
    """
    row = _locked(channel, user)
    _set(row, wanted)
    _leaf("channel.change", f"channel:{row.pk}", user, _told(row))
    return row


@writes
def channel_switch(*, channel: int, active: bool, user: User) -> None:
    """Stop a channel, or start it again; what waits goes on waiting.

    Raises:
        ZhulianError: `channel.none`.
    """
    row = _locked(channel, user)
    row.active, row.failures, row.stopped_reason = active, 0, "" if active else "使用人停用"
    row.save(update_fields=["active", "failures", "stopped_reason"])
    _leaf("channel.start" if active else "channel.stop", f"channel:{row.pk}", user, {})
    if active:
        job_start(kind=JOB, key=JOB, actor=user.actor)


@writes
def channel_remove(*, channel: int, user: User) -> None:
    """Take a channel away with its address and its log of deliveries; the leaf stays.

    Raises:
        ZhulianError: `channel.none`.
    """
    row = _locked(channel, user)
    _leaf("channel.remove", f"channel:{row.pk}", user, {**_told(row), "deliveries": row.deliveries.count()})
    row.deliveries.all().delete()
    row.delete()


@writes
def channel_tested(*, channel: int, error: str, user: User) -> None:
    """Keep that somebody sent a test.

    Raises:
        ZhulianError: `channel.none`.
    """
    row = _locked(channel, user)
    _leaf("channel.test", f"channel:{row.pk}", user, {"error": error})


@writes
def delivery_again(*, delivery: int, user: User) -> None:
    """Try once more what was given up.

    Raises:
        ZhulianError: `delivery.state`.
    """
    rows = Delivery.objects.select_for_update().filter(pk=delivery, state=Delivery.State.GIVEN_UP)
    row = rows.first()
    if row is None:
        raise ZhulianError("delivery.state")
    row.state, row.attempts, row.due_at = Delivery.State.WAITING, 0, clock.machine_now()
    row.save(update_fields=["state", "attempts", "due_at"])
    _leaf("delivery.again", f"channel:{row.channel_id}", user, {"key": row.key})
    job_start(kind=JOB, key=JOB, actor=user.actor)


def _locked(channel: int, user: User) -> Channel:
    row = selectors.channels(user).select_for_update(no_key=True, of=("self",)).filter(pk=channel).first()
    if row is None:
        raise ZhulianError("channel.none")
    return row


def _set(row: Channel, wanted: Wanted) -> None:
    if not wanted.name.strip():
        raise ZhulianError("value.missing", field="名称")
    if (wanted.quiet_from is None) != (wanted.quiet_until is None) or (
        wanted.quiet_from is not None and wanted.quiet_from == wanted.quiet_until
    ):
        raise ZhulianError("channel.quiet")
    if wanted.address.strip() or row.pk is None or wanted.kind != row.kind:
        token = kinds.token_of(wanted.kind, wanted.address)
        row.address, row.hint = token, kinds.masked(wanted.kind, token)
    row.kind, row.name = wanted.kind, wanted.name.strip()[:60]
    row.categories = [name for name in Category.values if name in wanted.categories]
    row.quiet_from, row.quiet_until = wanted.quiet_from, wanted.quiet_until
    row.urgent_passes = wanted.urgent_passes
    row.save()


def _told(row: Channel) -> dict[str, object]:
    """What the ledger keeps of a setting: never the address."""
    return {"kind": row.kind, "hint": row.hint, "unit": row.unit_id, "categories": row.categories}


def _leaf(action: str, subject: str, user: User, data: dict[str, object]) -> None:
    leaf_append(action=f"messages.{action}", actor=user.actor, subject=subject, data=data)
