"""Sessions: those of demo accounts stay on this machine, and one that nobody uses ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from zhulian.server.accounts import backends, services
from zhulian.server.common import clock

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
        if user.is_authenticated:
            now = int(clock.machine_now().timestamp())
            idle = now - int(request.session.get(SEEN, now))
            if idle > settings.IDLE_MINUTES * 60:
                services.session_idle_end(user=user)
                logout(request)
                messages.info(request, _("长时间没有操作，已退出登录。请重新登录后继续。"))
            elif _used(request) and (idle > _FRESH or SEEN not in request.session):
                request.session[SEEN] = now
        return self.get_response(request)


def _used(request: HttpRequest) -> bool:
    if request.method not in {"GET", "HEAD"} or request.path.startswith("/api/"):
        return True
    asked_by_page = "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Dest", "document") != "document"
    return not asked_by_page


def begun(request: HttpRequest, **_: object) -> None:
    """Signing in is the first use; the session is being written then anyway."""
    request.session[SEEN] = int(clock.machine_now().timestamp())
