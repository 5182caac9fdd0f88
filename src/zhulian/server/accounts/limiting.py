"""How often somebody may ask: a table of limits, counted in this process.

An embedded installation has one process that answers, so the count is exact; with several each counts for itself, so
that the whole lets through as many times more (decision 0126). What must be exact over processes, the lock-out after
wrong passwords, is kept in the database instead. This machine itself is never limited.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
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


def _sign_in(request: HttpRequest) -> str:
    return backends.address_of(request) if request.method == "POST" and request.path.startswith("/login") else ""


def _key(request: HttpRequest) -> str:
    key = getattr(request, "api_key", None)
    return f"key:{key.pk}" if key is not None else ""


def _taken(request: HttpRequest) -> str:
    signed_in = request.user.is_authenticated and not _key(request)
    return f"user:{request.user.pk}" if signed_in and _TAKEN.search(request.path) else ""


def _user(request: HttpRequest) -> str:
    return f"user:{request.user.pk}" if request.user.is_authenticated and not _key(request) else ""


def _reader(request: HttpRequest) -> str:
    return "" if request.user.is_authenticated else backends.address_of(request)


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


@dataclass(slots=True)
class Counters:
    """Windows that are running: name and thing → when it ends and how many were let through."""

    windows: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, limit: Limit, thing: str, now: float) -> int:
        """Count one request; seconds to wait when it is one too many, else 0."""
        at = limit.name, thing
        with self.lock:
            ends, count = self.windows.get(at, (0.0, 0))
            if ends <= now:
                if len(self.windows) >= _MOST:
                    self.windows = {k: w for k, w in self.windows.items() if w[0] > now}
                ends, count = now + limit.seconds, 0
            if count >= limit.number:
                return max(1, round(ends - now))
            self.windows[at] = ends, count + 1
            return 0


class Limits:
    """Answer 429 to who asks too often. Stands behind whatever says who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.counters = Counters()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(settings.STATIC_URL) or backends.is_loopback(backends.address_of(request)):
            return self.get_response(request)
        now = time.monotonic()
        for limit in LIMITS:
            thing = limit.of(request)
            if thing and (seconds := self.counters.wait(limit, thing, now)):
                answer = response(ZhulianError("access.often", seconds=seconds), request)
                answer.headers["Retry-After"] = str(seconds)
                return answer
        return self.get_response(request)
