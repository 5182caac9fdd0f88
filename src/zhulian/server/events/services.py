"""Taking a pushed batch: once under its idempotency key, whole in one transaction, told item by item."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.common.writing import writes
from zhulian.server.events.models import Push, System
from zhulian.server.events.pushing import Sender, Status, batch_take
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.waivers.selectors import under_waivers

register(
    ErrorKind(
        "push.key_used",
        "幂等键 {key} 已用于另一批内容",
        "同一批重发时内容须完全相同；新的一批请换一个 Idempotency-Key",
        409,
    )
)


@writes
@under_waivers
def push_take(
    *, system: System, key: str, digest: str, items: Sequence[Any], at: dt.datetime
) -> tuple[dict[str, Json], bool]:
    """The answer to a batch, and whether it was given before. The same key with the same content gets the same answer.

    Two requests with one key at once: the second waits for the first one's row and reads its answer.

    Raises:
        ZhulianError: `push.key_used`.
    """
    Push.objects.bulk_create([Push(system=system, key=key, digest=digest, at=at)], ignore_conflicts=True)
    row = Push.objects.select_for_update().get(system=system, key=key)
    if row.digest != digest:
        raise ZhulianError("push.key_used", key=key)
    actor = f"system:{system.key_id}"
    if row.answer is not None:
        leaf_append(action="events.push.repeat", actor=actor, subject=f"push:{row.pk}", data={"sha256": digest}, at=at)
        return row.answer, True
    sender = Sender(system.name, system.owner.division_id, frozenset(system.types), actor)
    outcomes = batch_take(items, sender=sender, reference=f"推送 {key}", at=at, today=at.date())
    counts = Counter(outcome.status for outcome in outcomes)
    row.accepted, row.known, row.refused = (counts[s] for s in (Status.ACCEPTED, Status.KNOWN, Status.REFUSED))
    row.answer = {
        "accepted": row.accepted,
        "known": row.known,
        "refused": row.refused,
        "items": [outcome.as_json() for outcome in outcomes],
    }
    row.save()
    System.objects.filter(pk=system.pk).update(used_at=at)
    data = {"accepted": row.accepted, "known": row.known, "refused": row.refused, "sha256": digest}
    leaf_append(action="events.push.take", actor=actor, subject=f"push:{row.pk}", data=data, at=at)
    return row.answer, False
