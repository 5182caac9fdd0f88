"""How often somebody may ask: a table of limits, counted in this process.

An embedded installation has one process that answers, so the count is exact; with several each counts for itself, so
that the whole lets through as many times more (decision 0126). What must be exact over processes, the lock-out after
wrong passwords, is kept in the database instead. This machine itself is never limited.
"""

from __future__ import annotations

import ipaddress
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts import backends
from zhulian.server.common.errors import response

_TAKEN: Final = re.compile(r"\.(csv|xlsx|json|zip|docx)$|/evidence$|/export")
_MOST: Final = 20_000
"""Counters kept; the old ones are dropped before there are more."""

register(ErrorKind("access.often", "操作太频繁", "请等 {seconds} 秒后再试；程序请降低频率或者一次多取", 429))


def _network(request: HttpRequest) -> str:
    """The peer; of IPv6 its /64, which one subscriber has whole."""
    address = backends.address_of(request)
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((one, 64), strict=False)) if one.version == 6 else address


def _sign_in(request: HttpRequest) -> str:
    return _network(request) if request.method == "POST" and request.path.startswith("/login") else ""


def _key(request: HttpRequest) -> str:
    key = getattr(request, "api_key", None)
    return f"key:{key.pk}" if key is not None else ""


def _taken(request: HttpRequest) -> str:
    return f"user:{request.user.pk}" if request.user.is_authenticated and _TAKEN.search(request.path) else ""


def _user(request: HttpRequest) -> str:
    return f"user:{request.user.pk}" if request.user.is_authenticated and not _key(request) else ""


def _reader(request: HttpRequest) -> str:
    return "" if request.user.is_authenticated else _network(request)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `number` requests in `seconds` for each thing that `of` names; an empty name is not limited."""

    name: str
    of: Callable[[HttpRequest], str]
    number: int
    seconds: int


LIMITS: Final = (
    Limit("sign-in", _sign_in, 30, 300),
    Limit("taken", _taken, 120, 600),
    Limit("key", _key, 600, 60),
    Limit("user", _user, 600, 60),
    Limit("reader", _reader, 300, 60),
)


BAD_KEY: Final = Limit("bad-key", _network, 60, 60)
"""Keys that do not work, of one peer: each costs a look-up."""


@dataclass(slots=True)
class Counters:
    """Windows that are running: name and thing → when it ends and how many were let through.

    Bounded: when too many run at once, whoever comes new shares one window with all others who do.
    """

    windows: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    tidied: float = 0.0

    def wait(self, limit: Limit, thing: str, now: float) -> int:
        """Count one request; seconds to wait when it is one too many, else 0."""
        at = limit.name, thing
        with self.lock:
            if at not in self.windows and len(self.windows) >= _MOST:
                if now - self.tidied >= 1:
                    self.windows, self.tidied = {k: w for k, w in self.windows.items() if w[0] > now}, now
                at = at if len(self.windows) < _MOST else (limit.name, "")
            ends, count = self.windows.get(at, (0.0, 0))
            if ends <= now:
                ends, count = now + limit.seconds, 0
            if count >= limit.number:
                return max(1, round(ends - now))
            self.windows[at] = ends, count + 1
            return 0


counters: Final = Counters()


def too_often(request: HttpRequest, limits: Iterable[Limit]) -> HttpResponseBase | None:
    """Count the request against limits; the answer when it is one too many. This machine itself is not counted."""
    if backends.is_loopback(backends.address_of(request)):
        return None
    now = time.monotonic()
    for limit in limits:
        thing = limit.of(request)
        if thing and (seconds := counters.wait(limit, thing, now)):
            answer = response(ZhulianError("access.often", seconds=seconds), request)
            answer.headers["Retry-After"] = str(seconds)
            return answer
    return None


class Limits:
    """Answer 429 to who asks too often. Stands behind whatever says who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(settings.STATIC_URL):
            return self.get_response(request)
        return too_often(request, LIMITS) or self.get_response(request)
