"""Keys made and revoked, each with its leaf. A use is no leaf; what it does is, under the owner's name."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from typing import Final

from django.db.models import QuerySet

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts.models import User
from zhulian.server.accounts.selectors import patterns
from zhulian.server.apikeys.models import ApiKey
from zhulian.server.common import clock
from zhulian.server.common.permissions import permissions, role_of
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append

PREFIX: Final = "zl"
LONGEST: Final = dt.timedelta(days=366)
MOST: Final = 20
"""Keys of one account that are in use at the same time."""
_FRESH: Final = dt.timedelta(minutes=1)

register(
    ErrorKind("apikey.name", "没有填写用途", "请写明哪个程序用它做什么", 422),
    ErrorKind("apikey.scopes", "没有选择范围，或者「{scope}」不是您能做的事", "请从列表中选择至少一项", 422),
    ErrorKind("apikey.address", "「{value}」不是 IP 地址或者网段", "请填写如 10.1.2.3 或 10.1.2.0/24，一行一个", 422),
    ErrorKind("apikey.term", "截止日期应在明天到一年之内", "请填写一年之内的日期，到期前再新建", 422),
    ErrorKind("apikey.many", "已有 {most} 个在用的密钥", "请先停用不再使用的密钥", 409),
    ErrorKind("apikey.none", "没有这个密钥，或者它不是您的", "请从“API 密钥”重新打开", 404),
    ErrorKind("apikey.ended", "这个密钥已经停用", "请刷新页面查看现在的密钥", 409),
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


@writes
def key_create(
    *, user: User, name: str, scopes: Sequence[str], expires_on: dt.date, addresses: Sequence[str] = ()
) -> tuple[ApiKey, str]:
    """Make a key; the row and what a program sends, which nothing keeps.

    Raises:
        ZhulianError: `apikey.name`, `apikey.scopes`, `apikey.address`, `apikey.term`, `apikey.many`.
    """
    told, today = name.strip()[:60], clock.today()
    if not told:
        raise ZhulianError("apikey.name")
    own = grantable(user)
    for scope in scopes:
        if not any(scope in patterns(action) and scope != "*" for action in own):
            raise ZhulianError("apikey.scopes", scope=scope)
    if not scopes:
        raise ZhulianError("apikey.scopes", scope="")
    if not today < expires_on <= today + LONGEST:
        raise ZhulianError("apikey.term")
    if in_use(user).count() >= MOST:
        raise ZhulianError("apikey.many", most=MOST)
    secret = secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        user=user,
        name=told,
        scopes=sorted(set(scopes)),
        addresses=[network(value) for value in addresses],
        digest=digest_of(secret),
        created_at=clock.now(),
        expires_on=expires_on,
    )
    data = {"key": row.pk, "name": told, "scopes": row.scopes, "until": expires_on.isoformat()}
    leaf_append(action="apikeys.key.create", actor=user.actor, subject=user.actor, data=data)
    return row, f"{PREFIX}_{row.pk}_{secret}"


@writes
def key_revoke(*, key: ApiKey, by: User) -> None:
    """Let a key work no longer, at once. Whose it is or who manages all may; the views see to that.

    Raises:
        ZhulianError: `apikey.ended`.
    """
    row = ApiKey.objects.select_for_update(no_key=True, of=("self",)).select_related("user").get(pk=key.pk)
    if row.revoked_at is not None:
        raise ZhulianError("apikey.ended")
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    leaf_append(action="apikeys.key.revoke", actor=by.actor, subject=row.user.actor, data={"key": row.pk})


def in_use(user: User) -> QuerySet[ApiKey]:
    """Keys of an account that still work."""
    return ApiKey.objects.filter(user=user, revoked_at=None, expires_on__gt=clock.today())


def digest_of(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so no slow hash is needed against guessing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def use_note(row: ApiKey) -> None:
    """Keep when a key was used last, once a minute at most: every use would take SQLite's write lock."""
    now = clock.machine_now()
    if row.used_at is None or now - row.used_at > _FRESH:
        ApiKey.objects.filter(pk=row.pk).update(used_at=now)
