"""Leaves of the ledger: every state-changing service appends one in its own transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from zhulian.core.kernel.canonical import Json, canonical_bytes
from zhulian.server.common import clock, writing
from zhulian.server.notary.commitments import commitment
from zhulian.server.notary.models import Leaf, Opening


@dataclass(frozen=True, slots=True)
class Personal:
    """A value that must not stand in the ledger: the leaf holds a salted commitment in its place."""

    value: str


def leaf_append(
    *, action: str, actor: str, subject: str, data: Mapping[str, Any] | None = None, at: dt.datetime | None = None
) -> Leaf:
    """Append a leaf to the ledger, in the transaction of the action itself.

    `actor` and `subject` are `kind:id` (`user:3`, `enterprise:17`, `system:dispatcher`). `data` is plain JSON;
    wrap personal data in :class:`Personal`, anywhere inside it.

    Raises:
        RuntimeError: outside a transaction, where a leaf could outlive the action it tells of.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a leaf is appended inside the transaction of its action")
    moment = at or clock.now()
    openings: list[Opening] = []
    content: dict[str, Json] = {
        "action": action,
        "actor": actor,
        "at": moment.isoformat(),
        "data": _committed(dict(data or {}), openings),
        "subject": subject,
    }
    raw = canonical_bytes(content)
    leaf = Leaf.objects.create(
        at=moment,
        action=action,
        actor=actor,
        subject=subject,
        content=raw.decode(),
        hash=hashlib.sha256(raw).hexdigest(),
    )
    for opening in openings:
        opening.leaf = leaf
    Opening.objects.bulk_create(openings)
    writing.leaf_noted()
    return leaf


def _committed(value: Any, openings: list[Opening]) -> Json:
    if isinstance(value, Personal):
        salt = secrets.token_hex(32)
        opening = Opening(commitment=commitment(salt, value.value), salt=salt, value=value.value)
        openings.append(opening)
        return {"commitment": opening.commitment}
    if isinstance(value, Mapping):
        return {str(key): _committed(item, openings) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_committed(item, openings) for item in value]
    return value if isinstance(value, str | int | None) else str(value)
