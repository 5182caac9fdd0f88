"""Signing in: demo accounts from this machine only, lock-out after repeated failures."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import SignInFailure, User
from zhulian.server.common import clock

NAME_LIMIT: Final = 5
ADDRESS_LIMIT: Final = 50
"""Higher than a name's: an office shares an address."""
LOCKED: Final = dt.timedelta(minutes=15)


class Backend(ModelBackend):
    """Django's password check with our refusals around it; permissions are not Django's (`common.permissions`)."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> Any:
        """The user, or None for a wrong name or password.

        Raises:
            ZhulianError: `access.locked` after too many failures, `access.demo_remote`.
        """
        address = address_of(request)
        refuse_locked(username or "", address)
        user = super().authenticate(request, username=username, password=password)
        if isinstance(user, User) and user.demo:
            refuse_remote(address)
        return user

    def get_user(self, user_id: int) -> Any:
        """A demo account's session ends when demonstration mode does."""
        user = super().get_user(user_id)
        return None if isinstance(user, User) and user.demo and not settings.DEMO else user


def refuse_locked(username: str, address: str) -> None:
    """Raise when the name or the address has failed too often of late."""
    recent = SignInFailure.objects.filter(at__gt=clock.machine_now() - LOCKED)
    by_name = recent.filter(username=username[:150]).count()
    if by_name >= NAME_LIMIT or recent.filter(address=address).count() >= ADDRESS_LIMIT:
        raise ZhulianError("access.locked", minutes=LOCKED.seconds // 60)


def refuse_remote(address: str) -> None:
    """Raise unless demonstration mode is on and the request comes from this machine."""
    if not settings.DEMO or not is_loopback(address):
        raise ZhulianError("access.demo_remote")


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own; no address at all is not."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def address_of(request: HttpRequest | None) -> str:
    """The peer's address. Headers that anybody can send are not looked at, unless a proxy of ours sent them.

    Behind proxies (`ZHULIAN_PROXIES`) it is the last address in X-Forwarded-For that is none of theirs: what stands
    before it, the peer may have written himself.
    """
    if request is None:
        return ""
    address = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    while address in settings.PROXIES and forwarded:
        address = forwarded.pop()
    return address
