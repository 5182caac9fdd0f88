"""What keys are made of: secrets, scopes, networks; and when one was used last."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from contextlib import suppress
from typing import Final

from django.db import OperationalError
from django.db.models import Q, QuerySet

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts.models import User
from zhulian.server.apikeys.models import ApiKey
from zhulian.server.common import clock
from zhulian.server.common.permissions import permissions, role_of

PREFIX: Final = "zl"
_FRESH: Final = dt.timedelta(minutes=1)

register(
    ErrorKind("apikey.address", "「{value}」不是 IP 地址或者网段", "请填写如 10.1.2.3 或 10.1.2.0/24，一行一个", 422),
)


def grantable(user: User) -> list[str]:
    """Permissions that the role of a user holds: what his keys may be narrowed to."""
    role = role_of(user)
    return [row.name for row in permissions() if role in row.roles]


def network(value: str) -> str:
    """A network as it is kept.

    Raises:
        ZhulianError: `apikey.address`.
    """
    try:
        return str(ipaddress.ip_network(value.strip(), strict=False))
    except ValueError:
        raise ZhulianError("apikey.address", value=value.strip()[:50]) from None


def in_use(user: User) -> QuerySet[ApiKey]:
    """Keys of an account that still work."""
    return ApiKey.objects.filter(user=user, revoked_at=None, expires_on__gt=clock.today())


def digest_of(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so no slow hash is needed against guessing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def use_note(row: ApiKey) -> None:
    """Keep when a key was used last, once a minute at most: every use would take SQLite's write lock."""
    now = clock.machine_now()
    if row.used_at is not None and now - row.used_at <= _FRESH:
        return
    stale = Q(used_at=None) | Q(used_at__lt=now - _FRESH)
    with suppress(OperationalError):  # a busy database must not turn a read into a failure
        ApiKey.objects.filter(stale, pk=row.pk).update(used_at=now)
