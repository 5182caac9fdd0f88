"""Who asks: kept in a context variable for a request, said to PostgreSQL with every statement.

Nothing is ever kept on a connection. `set_config(…, true)` is `SET LOCAL`: it ends with the transaction, and a
statement outside of one is its own transaction together with what stands before it in the same message. So a
connection that lives on (`CONN_MAX_AGE`, a pooler) never has the user of a former request, whatever failed before, and
a rollback to a savepoint cannot take the user away from the statements after it: they say it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from zhulian.server.common import clock

_RESET = "SELECT set_config('role', 'none', true), set_config('zhulian.user', '', true); "


@dataclass(frozen=True)
class Asker:
    """A user by number, or nobody; grants and memberships count on `day`.

    Just-in-time compiling goes off: policies make estimates high, and PostgreSQL would compile for 0.7 s what runs 20 ms.
    """

    user: int | None
    day: dt.date

    @cached_property
    def prologue(self) -> str:
        """The statement that tells PostgreSQL. Numbers and a date only; the role's name is the operator's."""
        role = settings.ROW_ROLE.replace("'", "''")
        who = "" if self.user is None else int(self.user)
        return (
            f"SELECT set_config('role', '{role}', true), set_config('zhulian.user', '{who}', true), "
            f"set_config('zhulian.today', '{self.day.isoformat()}', true), set_config('jit', 'off', true); "
        )


@dataclass(frozen=True, slots=True)
class _Nobody:
    """No request: the dispatcher, a command; or, within a request, a question that was declared to be unrestricted."""

    prologue: str


_FREE = _Nobody("")
_asker: ContextVar[Asker | _Nobody] = ContextVar("asker", default=_FREE)


def asker() -> Asker | None:
    """Who asks now; None where no wall stands."""
    found = _asker.get()
    return found if isinstance(found, Asker) else None


def prologue() -> str:
    """What goes before the next statement; empty where there is no wall."""
    return _asker.get().prologue


@contextmanager
def asked_by(user: Any) -> Iterator[None]:
    """Statements of this context are asked by this user (None or anonymous: by nobody)."""
    known = user is not None and user.is_authenticated
    with _said(Asker(user.pk if known else None, clock.today())):
        yield


@contextmanager
def unrestricted(reason: str) -> Iterator[None]:
    """Statements of this context see all rows, within a request too; for what is nobody's view of an enterprise.

    Raises:
        ValueError: without a reason; each use is a hole in the wall that a reader must be able to judge.
    """
    if not reason:
        message = "say why this may see all rows"
        raise ValueError(message)
    with _said(_Nobody(_RESET) if asker() else _asker.get()):
        yield


@contextmanager
def _said(who: Asker | _Nobody) -> Iterator[None]:
    token = _asker.set(who)
    try:
        yield
    finally:
        _asker.reset(token)
        if isinstance(who, Asker) and not prologue() and connection.in_atomic_block and not connection.needs_rollback:
            # The caller's transaction goes on without a wall (a test's, mostly): nothing after us would say so.
            connection.connection.execute(_RESET)


class Wall:
    """Middleware: what a request asks is asked by its user, also while its answer streams."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        with asked_by(user):
            response = self.get_response(request)
        if response.streaming and getattr(response, "file_to_stream", None) is None:
            streamed = cast("StreamingHttpResponse", response)
            streamed.streaming_content = _streamed(cast("Iterable[bytes]", streamed.streaming_content), user)
        return response


def _streamed(parts: Iterable[bytes], user: Any) -> Iterator[bytes]:
    """The parts, each made under the wall: the server may make them in other contexts than the request's."""
    found = iter(parts)
    while True:
        with asked_by(user):
            part = next(found, None)
        if part is None:
            return
        yield part
