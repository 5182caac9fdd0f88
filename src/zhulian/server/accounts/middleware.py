"""Sessions: those of demo accounts stay on this machine, one that nobody uses ends, first things come first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts import backends, services, sign_in
from zhulian.server.common import clock
from zhulian.server.common.errors import response
from zhulian.server.common.permissions import REGULATORS, Role, role_of

register(ErrorKind("access.first", "现在还不能使用：{action}", "请先在浏览器中登录并完成这一步", 403))

SEEN: Final = "seen"
"""Where a session keeps when it was used last: seconds since 1970, machine clock."""
_FRESH: Final = 60
"""Seconds: the last use is written this often at most, because a session is a row."""


class DemoStaysHere:
    """End the session of a demo account whose request comes from another machine."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(request.user, "demo", False) and not backends.is_loopback(backends.address_of(request)):
            logout(request)
        return self.get_response(request)


class IdleEnds:
    """End a session that nobody used for a while (`ZHULIAN_IDLE_MINUTES`).

    Used means that a page was opened or a form sent; what an open page asks by itself every minute keeps nothing alive.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and user.scopes is None:
            now = int(clock.machine_now().timestamp())
            idle = now - int(request.session.get(SEEN, now))
            if idle > settings.IDLE_MINUTES * 60:
                services.session_end_record(user=user, reason="idle")
                logout(request)
                messages.info(request, _("长时间没有操作，已退出登录。请重新登录后继续。"))
            elif _used(request) and (idle > _FRESH or SEEN not in request.session):
                request.session[SEEN] = now
        return self.get_response(request)


class FirstThings:
    """Before anything else: a password that only its owner knows, then a second factor where one is asked for.

    `ZHULIAN_MFA`: `required` asks regulators and administrators for a second factor, `off` nobody. Demonstration
    accounts are public and only ever open from this machine, so nothing is asked of them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated or user.demo or user.scopes is not None or _always(request.path):
            return self.get_response(request)
        if user.password_given:
            return self._first(request, "account:password", _("首次登录请先更改密码：现在的密码是别人设的。"))
        if factor_asked(user) and not request.session.get(sign_in.SECOND):
            return self._first(request, "mfa_activate_totp", _("请先设置动态口令：您的账号能看到企业和个人的数据。"))
        return self.get_response(request)

    def _first(self, request: HttpRequest, address: str, told: str) -> HttpResponseBase:
        if request.path.startswith("/api/"):
            return response(ZhulianError("access.first", action=told), request)
        target = reverse(address)
        if request.path in {target, *_REACHED}:
            return self.get_response(request)
        messages.info(request, told)
        return redirect(target)


_REACHED: Final = (
    "/account/confirm",
    "/account/factor/confirm",
    "/account/factor/codes",
    "/account/factor/codes/download",
)
"""What the way to a second factor leads over."""


def _always(path: str) -> bool:
    return path.startswith(settings.STATIC_URL) or path in {settings.LOGIN_URL, "/logout"}


def factor_asked(user: Any) -> bool:
    """Whether a second factor is asked of the user."""
    return settings.MFA == "required" and role_of(user) in REGULATORS | {Role.ADMINISTRATOR}


def _used(request: HttpRequest) -> bool:
    if request.method not in {"GET", "HEAD"} or request.path.startswith("/api/"):
        return True
    asked_by_page = "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Dest", "document") != "document"
    return not asked_by_page


def begun(request: HttpRequest, **_: object) -> None:
    """Signing in is the first use; the session is being written then anyway."""
    request.session[SEEN] = int(clock.machine_now().timestamp())
