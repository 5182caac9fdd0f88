"""Start-up refuses an address without a permission (trust.md "Access"), and a handler that nothing will ever call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from zhulian.server.common import outbox
from zhulian.server.common.permissions import access_of, permission
from zhulian.server.common.rows import checking as rows


@register("zhulian")
def every_address_has_access(**_: Any) -> list[CheckMessage]:
    """One error for each address whose view says nothing about who may open it, or names an unknown permission."""
    return list(problems(get_resolver().url_patterns))


def refuse_start() -> None:
    """Stop a process with an open address or a handler without an event (servers do not run Django's checks).

    Raises:
        ImproperlyConfigured: with one line per finding.
    """
    found = [*every_address_has_access(), *every_handler_has_an_event(), *rows_are_guarded()]
    if found:
        raise ImproperlyConfigured("\n".join(message.msg for message in found))


@register("zhulian")
def every_handler_has_an_event(**_: Any) -> list[CheckMessage]:
    """One error for each handler of an event type that nobody declares: a slip of the pen, or its sender is gone."""
    hint = "declare it by outbox.event_type where it is appended"
    return [
        Error(f"{name} handles {event_type}, which nobody declares", hint=hint, id="zhulian.E003")
        for event_type, functions in sorted(outbox.handlers.items())
        if event_type not in outbox.event_types
        for name in functions
    ]


def rows_are_guarded() -> list[CheckMessage]:
    """One error for each thing that the row policies lack, where requests are to run behind them (decision 125)."""
    if not settings.ROW_POLICIES:
        return []
    return [Error(text, hint="zhulian rows on", id="zhulian.E004") for text in rows.problems()]


def problems(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[CheckMessage]:
    """Errors in these patterns and those below them."""
    for pattern in patterns:
        address = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from problems(pattern.url_patterns, address)
        else:
            for name, view in operations(pattern):
                yield from _judge(f"{address} {name}".strip(), view)


def operations(pattern: URLPattern) -> Iterator[tuple[str, Any]]:
    """The view behind an address, or each ninja operation with its methods."""
    path_view = _path_view(pattern.callback)
    if path_view is None:
        yield "", pattern.callback
        return
    for operation in path_view.operations:
        yield "/".join(operation.methods), operation.view_func


def _path_view(callback: Any) -> Any:
    """The `PathView` of ninja behind a callback: it is the bound object of the view that the callback closes over."""
    for cell in getattr(callback, "__closure__", None) or ():
        if hasattr(cell.cell_contents, "operations"):
            return cell.cell_contents
    return None


def _judge(address: str, view: Any) -> Iterator[CheckMessage]:
    access = access_of(view)
    if access is None:
        where = f"{getattr(view, '__module__', '')}.{getattr(view, '__qualname__', view)}"
        hint = "decorate the view with @requires, @signed_in or @public of common.permissions"
        yield Error(f"/{address} ({where}) does not say who may open it", hint=hint, id="zhulian.E001")
    elif access.permission and permission(access.permission) is None:
        hint = "declare it in the app's permissions.py"
        yield Error(f"/{address} requires the undeclared permission {access.permission}", hint=hint, id="zhulian.E002")
