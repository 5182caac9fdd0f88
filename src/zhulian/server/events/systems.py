"""Other systems and their keys: made, changed, given a new secret, stopped; and who has signed a request.

A secret is shown once, when it is made. After a change the old one goes on for a while, so that no push is lost.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.accounts.models import OrganisationUnit
from zhulian.server.common import clock
from zhulian.server.common.writing import writes
from zhulian.server.events import signing
from zhulian.server.events.models import Nonce, System
from zhulian.server.notary.services import leaf_append

OVERLAP: Final = dt.timedelta(days=7)
"""How long the old secret is taken beside a new one."""
_KEPT: Final = dt.timedelta(seconds=2 * signing.WINDOW_SECONDS + 60)
"""A request signed with the clock ahead by the whole window may be repeated for twice the window."""
_NOBODY: Final = "0" * 43
"""Compared with when a key is unknown, so that the answer takes as long."""

PUSHED_TYPES: Final = tuple(name for name, kind in EVENT_TYPES.items() if kind.pushed)

register(
    ErrorKind("system.types", "「{value}」不是可以推送的事件", "请从列出的事件中选择"),
    ErrorKind("system.none", "没有这个对接系统", "请从对接系统列表重新进入", 404),
)


@writes
def system_create(
    *, name: str, owner: OrganisationUnit, types: Iterable[str], actor: str, at: dt.datetime
) -> tuple[System, str]:
    """A system that may push events of these types, with its secret, which is not shown again.

    Raises:
        ZhulianError: `system.types`, `value.missing` without a name.
    """
    if not name.strip():
        raise ZhulianError("value.missing", field="名称")
    secret = secrets.token_urlsafe(32)
    row = System.objects.create(
        name=name.strip()[:60],
        key_id=secrets.token_hex(8),
        secret=secret,
        owner=owner,
        types=_types(types),
        created_at=at,
    )
    data = {"name": row.name, "key": row.key_id, "types": row.types, "owner": owner.pk}
    leaf_append(action="events.system.create", actor=actor, subject=f"system:{row.pk}", data=data, at=at)
    return row, secret


@writes
def system_change(*, system: int, types: Iterable[str], active: bool, actor: str, at: dt.datetime) -> System:
    """What a system may push from now on, and whether at all.

    Raises:
        ZhulianError: `system.types`, `system.none`.
    """
    row = _locked(system)
    row.types, row.active = _types(types), active
    row.save(update_fields=["types", "active"])
    data = {"types": row.types, "active": active}
    leaf_append(action="events.system.change", actor=actor, subject=f"system:{row.pk}", data=data, at=at)
    return row


@writes
def system_secret_renew(*, system: int, actor: str, at: dt.datetime) -> str:
    """A new secret, shown once; the old one is taken for `OVERLAP` more.

    Raises:
        ZhulianError: `system.none`.
    """
    row = _locked(system)
    row.old_secret, row.old_until = row.secret.reveal(), clock.machine_now() + OVERLAP
    secret = secrets.token_urlsafe(32)
    row.secret = secret
    row.save(update_fields=["secret", "old_secret", "old_until"])
    leaf_append(action="events.system.renew", actor=actor, subject=f"system:{row.pk}", data={}, at=at)
    return secret


def _locked(system: int) -> System:
    row = System.objects.select_for_update().filter(pk=system).first()
    if row is None:
        raise ZhulianError("system.none")
    return row


def _types(types: Iterable[str]) -> list[str]:
    chosen = sorted(set(types))
    for name in chosen:
        if name not in PUSHED_TYPES:
            raise ZhulianError("system.types", value=name)
    return chosen


def signer(request: HttpRequest, body: bytes) -> System:
    """The system that signed a request, which is taken once. The nonce is kept even if the request then fails.

    Raises:
        ZhulianError: `signature.*`.
    """
    found = signing.signed(request.headers)
    now = clock.machine_now()
    signing.in_time(found.timestamp, now.timestamp())
    system = System.objects.select_related("owner").filter(key_id=found.key, active=True).first()
    query = request.META.get("QUERY_STRING", "")
    target = f"{request.path}?{query}" if query else request.path
    fitting = [
        signing.fits(found, secret, method=request.method or "", target=target, body=body)
        for secret in _secrets(system, now)
    ]
    if system is None or not any(fitting):
        raise ZhulianError("signature.wrong")
    _once(system, found.nonce, now)
    return system


def _secrets(system: System | None, now: dt.datetime) -> list[str]:
    if system is None:
        return [_NOBODY]
    old = system.old_until is not None and system.old_until > now
    return [system.secret.reveal(), *([system.old_secret.reveal()] if old else [])]


def _once(system: System, nonce: str, now: dt.datetime) -> None:
    """Keep the nonce; forget those that no signature in time can repeat. A memory of ours: it leaves no leaf."""
    try:
        with transaction.atomic():
            Nonce.objects.filter(at__lt=now - _KEPT).delete()
            Nonce.objects.create(system=system, nonce=nonce, at=now)
    except IntegrityError:
        raise ZhulianError("signature.replayed") from None
