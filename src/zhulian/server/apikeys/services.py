"""Keys made and revoked, each with its leaf. A use is no leaf; what it does is, under the owner's name."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts.models import User
from zhulian.server.accounts.selectors import patterns
from zhulian.server.apikeys.keys import PREFIX, digest_of, grantable, in_use, network
from zhulian.server.apikeys.models import ApiKey
from zhulian.server.common import clock
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append

LONGEST: Final = dt.timedelta(days=366)
MOST: Final = 20
"""Keys of one account that are in use at the same time."""

register(
    ErrorKind("apikey.name", "没有填写用途", "请写明哪个程序用它做什么", 422),
    ErrorKind("apikey.scopes", "没有选择范围，或者「{scope}」不是您能做的事", "请从列表中选择至少一项", 422),
    ErrorKind("apikey.term", "截止日期应在明天到一年之内", "请填写一年之内的日期，到期前再新建", 422),
    ErrorKind("apikey.many", "已有 {most} 个在用的密钥", "请先停用不再使用的密钥", 409),
    ErrorKind("apikey.none", "没有这个密钥，或者它不是您的", "请从“API 密钥”重新打开", 404),
    ErrorKind("apikey.ended", "这个密钥已经停用", "请刷新页面查看现在的密钥", 409),
)


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
