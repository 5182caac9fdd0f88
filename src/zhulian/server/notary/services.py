"""Leaves of the ledger: every state-changing service appends one in its own transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from zhulian.core.kernel.canonical import Json, canonical_bytes
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import LedgerError, Verifier
from zhulian.server.accounts import selectors
from zhulian.server.common import clock, writing
from zhulian.server.common.permissions import acting
from zhulian.server.common.writing import writes
from zhulian.server.notary import catalogue, keys, publishing, sequencing  # noqa: F401 - errors register themselves
from zhulian.server.notary.commitments import commitment
from zhulian.server.notary.models import Checkpoint, Head, Leaf, Opening, WitnessedLog


@dataclass(frozen=True, slots=True)
class Personal:
    """A value that must not stand in the ledger: the leaf holds a salted commitment in its place."""

    value: str


def leaf_append(
    *, action: str, actor: str, subject: str, data: Mapping[str, Any] | None = None, at: dt.datetime | None = None
) -> Leaf:
    """Append a leaf to the ledger, in the transaction of the action itself.

    `actor` and `subject` are `kind:id` (`user:3`, `enterprise:17`, `system:dispatcher`). `data` is plain JSON;
    wrap personal data in :class:`Personal`, anywhere inside it. While a view runs for the actor, the leaf also says
    under which permission and by which grants (`under`).

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
    if under := _under(actor, subject):
        content["under"] = under
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


def _under(actor: str, subject: str) -> dict[str, Json]:
    """The permission that the actor's request needed and the grants that gave it (trust.md "Access")."""
    doing = acting(actor)
    if doing is None:
        return {}
    known = doing.known = doing.known or {}
    if subject not in known:
        known[subject] = selectors.grants_used(user=doing.user, action=doing.permission, subject=subject)
    return {"permission": doing.permission, "grants": known[subject]} if known[subject] else {}


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


@writes
def ledger_restart(*, reason: str, actor: str) -> str:
    """Go on under a new name after leaves that were published are lost; the new name.

    What the old name signed stays as it was, beside the new file; the first leaf under the new name says why.

    Raises:
        ZhulianError: `ledger.no_reason`; `ledger.continues` when the database still holds what was published.
    """
    if not reason.strip():
        raise ZhulianError("ledger.no_reason")
    head = Head.objects.select_for_update(no_key=True).filter(suite=sequencing.MAIN).first()
    published = publishing.last_published(head) if head is not None else None
    if head is None or published is None or publishing.continues(head):
        raise ZhulianError("ledger.continues")
    number = Checkpoint.objects.filter(suite=head.suite).values("origin").distinct().count() + 1
    name = f"{keys.origin(head.suite)}/{number}"
    data = {"was": head.origin, "published": published.size, "root": published.root.hex(), "held": head.size}
    leaf_append(
        action="notary.ledger.restart", actor=actor, subject="ledger:1", data={**data, "reason": reason.strip()}
    )
    Head.objects.filter(suite=head.suite).update(origin=name)
    transaction.on_commit(lambda: publishing.set_aside(sequencing.MAIN, published.size))
    return name


@writes
def witnessed_log_add(*, key: str, actor: str) -> WitnessedLog:
    """Begin to witness somebody's log, named by its verifier key.

    Raises:
        ZhulianError: `ledger.key`, `ledger.witness_known`.
    """
    try:
        verifier = Verifier.parse(key)
    except LedgerError as error:
        raise ZhulianError("ledger.key", detail=error) from None
    if verifier.witness:
        raise ZhulianError("ledger.key", detail="见证方的公钥")
    row, _ = WitnessedLog.objects.get_or_create(origin=verifier.name, defaults={"key": str(verifier)})
    if row.key != str(verifier):
        raise ZhulianError("ledger.witness_known", origin=verifier.name)
    leaf_append(
        action="notary.witnessed_log.add", actor=actor, subject="ledger:1", data={"origin": row.origin, "key": row.key}
    )
    return row
