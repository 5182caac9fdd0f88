"""Services own the transaction, and none changes anything without leaving a leaf in the ledger.

`@writes` goes on every public function of a `services.py`:

    @writes
    def enterprise_merge(*, keep: int, gone: int, reason: str, actor: str) -> None:
        ...
        notary.services.leaf_append(action="registry.enterprise.merge", actor=actor, subject=…, data=…)

It opens the transaction (nested ones become savepoints) and watches the statements: if the function wrote
business rows and no leaf was appended inside it, it raises and everything rolls back. A call that finds nothing
to change needs no leaf. A test walks every `services.py` and fails on a public function without `@writes`.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final, ParamSpec, TypeVar

from django.db import connection, transaction

from zhulian.core.kernel.errors import ZhulianError

P = ParamSpec("P")
R = TypeVar("R")

_WRITE: Final = re.compile(
    r'^\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+"?(?P<table>\w+)"?', re.IGNORECASE
)
INFRASTRUCTURE: Final = ("common_", "notary_", "django_")
"""Tables whose rows follow from an action and are no action themselves: outbox, jobs, search, ledger, sessions."""


class _Watch:
    def __init__(self) -> None:
        self.leaves = 0
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        match = _WRITE.match(sql)
        if match and not match["table"].startswith(INFRASTRUCTURE):
            self.tables.add(match["table"])
        return execute(sql, params, many, context)


_watches: ContextVar[tuple[_Watch, ...]] = ContextVar("watches", default=())


class NoLeafError(RuntimeError):
    """A service wrote business rows and left no leaf: a defect of ours, never a user's."""


_refused: ContextVar[str] = ContextVar("refused", default="")


@contextlib.contextmanager
def refused(code: str) -> Iterator[None]:
    """Inside, every service is refused with the error of that code: somebody may look and change nothing."""
    token = _refused.set(code)
    try:
        yield
    finally:
        _refused.reset(token)


def leaf_noted() -> None:
    """Tell the running services that a leaf was appended (`notary.services.leaf_append` does)."""
    for watch in _watches.get():
        watch.leaves += 1


def writes(service: Callable[P, R]) -> Callable[P, R]:
    """Mark a state-changing service: one transaction, at least one leaf when it writes business rows."""

    @functools.wraps(service)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if code := _refused.get():
            raise ZhulianError(code)
        watch = _Watch()
        token = _watches.set((*_watches.get(), watch))
        try:
            with transaction.atomic(), connection.execute_wrapper(watch):
                result = service(*args, **kwargs)
                if watch.tables and not watch.leaves:
                    message = f"{service.__qualname__} wrote {sorted(watch.tables)} and left no leaf in the ledger"
                    raise NoLeafError(message)
                return result
        finally:
            _watches.reset(token)

    wrapped.zhulian_writes = True  # type: ignore[attr-defined]  # read by the test over all services
    return wrapped
