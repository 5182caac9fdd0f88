"""A request of a program: its key says who it is; no session, no cookie, no token of a form is looked at.

Whatever is wrong with a key is answered with 401. It never falls back to the session that the request may carry too,
and outside `/api/` a key is nothing.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponseBase

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts import backends, limiting, middleware
from zhulian.server.apikeys import keys
from zhulian.server.apikeys.models import ApiKey
from zhulian.server.common import clock
from zhulian.server.common.errors import problem_response

_TOKEN: Final = re.compile(rf"{keys.PREFIX}_([0-9]{{1,18}})_([A-Za-z0-9_-]{{43}})")
_NOBODY: Final = "0" * 64
"""Compared with when there is no such key, so that the answer takes as long."""

register(
    ErrorKind(
        "apikey.refused", "API 密钥无效、已停用、已到期，或者不能从这个地址使用", "请核对密钥，或者新建一个", 401
    ),
    ErrorKind("apikey.owner", "密钥所有人的账号要先设置动态口令、更改初始密码", "请所有人在浏览器中登录并完成", 403),
)


class ApiKeys:
    """Stands behind Django's own authentication and before everything that looks at the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("Authorization", "")
        kind, _, token = given.partition(" ")
        if kind.lower() != "bearer" or not request.path.startswith("/api/"):
            return self.get_response(request)
        key = self._key(token.strip(), backends.address_of(request))
        if key is None:
            if (waiting := limiting.too_often(request, (limiting.BAD_KEY,))) is not None:
                return waiting
            answer = problem_response(ZhulianError("apikey.refused"), request)
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        if key.user.password_given or (middleware.factor_asked(key.user) and not is_mfa_enabled(key.user)):
            return problem_response(ZhulianError("apikey.owner"), request)
        keys.use_note(key)
        key.user.scopes = tuple(key.scopes)
        _adopt(request, key)
        return self.get_response(request)

    @staticmethod
    def _key(token: str, address: str) -> ApiKey | None:
        found = _TOKEN.fullmatch(token)
        row = ApiKey.objects.select_related("user__unit").filter(pk=int(found[1])).first() if found else None
        right = hmac.compare_digest(row.digest if row else _NOBODY, keys.digest_of(found[2] if found else ""))
        if row is None or not right or row.revoked_at is not None or row.expires_on <= clock.today():
            return None
        usable = row.user.is_active and (not row.addresses or _within(address, row.addresses))
        return row if usable else None


def _within(address: str, networks: list[str]) -> bool:
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(one in ipaddress.ip_network(network) for network in networks)


class _NoSession(SessionStore):
    """A session that nothing is kept in: a program's request makes none."""

    def save(self, *_: Any, **__: Any) -> None:
        """Nothing is kept."""

    def is_empty(self) -> bool:
        """So that no cookie is sent."""
        return True


def _adopt(request: HttpRequest, key: ApiKey) -> None:
    session: SessionBase = _NoSession()
    request.session = session
    request.user = key.user
    request.api_key = key  # type: ignore[attr-defined]  # sessions' own checks leave such a request alone
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001 - no browser adds a key by itself
