"""Services of the platform itself: the business clock, dead letters."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock, crypto
from zhulian.server.common.models import ClockOffset, Event
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append


@writes
def clock_forward(*, by: dt.timedelta, actor: str) -> dt.datetime:
    """Move the business clock forward, for demonstrations and rehearsals; the new moment.

    Never backward: `recorded_at` must not run against the order in which things were recorded.

    Raises:
        ZhulianError: `clock.backward`.
    """
    seconds = int(by.total_seconds())
    if seconds <= 0:
        raise ZhulianError("clock.backward")
    row, _ = ClockOffset.objects.select_for_update().get_or_create(pk=1)
    row.seconds += seconds
    row.save(update_fields=["seconds"])
    leaf_append(action="common.clock.forward", actor=actor, subject="clock:business", data={"seconds": seconds})
    clock.forget()
    transaction.on_commit(clock.forget)
    return clock.now()


@writes
def field_key_rotate(*, actor: str) -> int:
    """Make a new key for encrypted columns; its version. `sealing.reseal` moves what is sealed under older ones."""
    version = crypto.provider().rotate(crypto.FIELD_KEY)
    leaf_append(action="common.key.rotate", actor=actor, subject="key:field", data={"version": version})
    return version


@writes
def dead_letter_replay(*, sequence: int, actor: str) -> None:
    """Try a dead letter again; what waits behind it in its ordering key follows in order.

    Raises:
        ZhulianError: `dead_letter.state` when it is no dead letter any more.
    """
    row = _dead_letter(sequence)
    # Not 0: handlers that ran before it died are looked up for an event that was tried.
    row.state, row.attempts = Event.State.PENDING, 1
    row.save(update_fields=["state", "attempts"])
    leaf_append(action="common.dead_letter.replay", actor=actor, subject=f"event:{row.id}", data={"type": row.type})


@writes
def dead_letter_discard(*, sequence: int, reason: str, actor: str) -> None:
    """Give a dead letter up, with a reason; what waits behind it goes on without it.

    Raises:
        ZhulianError: `dead_letter.state`, `value.missing` without a reason.
    """
    if not reason.strip():
        raise ZhulianError("value.missing", field="放弃的理由")
    row = _dead_letter(sequence)
    row.state = Event.State.DISCARDED
    row.save(update_fields=["state"])
    data = {"type": row.type, "reason": reason}
    leaf_append(action="common.dead_letter.discard", actor=actor, subject=f"event:{row.id}", data=data)


def _dead_letter(sequence: int) -> Event:
    row = Event.objects.select_for_update().filter(sequence=sequence, state=Event.State.DEAD).first()
    if row is None:
        raise ZhulianError("dead_letter.state")
    return row
