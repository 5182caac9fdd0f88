"""Every address of this server as the URL conf names it, and what a view asks for while it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, product
from typing import Any
from unittest import mock

from django.http import QueryDict
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter

from zhulian.server.common import checks
from zhulian.server.common.permissions import Access, access_of

CANDIDATES = 400
"""Of one address, tried until one answers."""


@dataclass(frozen=True)
class Address:
    """A route, its view, and for each method (`*`: whichever the view takes) who may open it."""

    route: str
    view: Any
    converters: tuple[tuple[str, Any], ...]
    access: tuple[tuple[str, Access], ...]

    @property
    def exempt(self) -> bool:
        """Whether a POST needs no CSRF token."""
        posted = any(method in {"POST", "*"} for method, _ in self.access)
        return posted and bool(getattr(self.view, "csrf_exempt", False))

    def filled(self, values: dict[str, list[Any]]) -> Iterator[str]:
        """The address with values put into its places by their names; a number without a name gets each of `int`."""
        choices = []
        for name, converter in self.converters:
            default = "int" if isinstance(converter, IntConverter) else "str"
            choices.append(self._likely(values.get(name) or values[default], values))
        for chosen in islice(product(*choices), CANDIDATES):
            out = self.route
            for (name, converter), value in zip(self.converters, chosen, strict=True):
                kind = "int" if isinstance(converter, IntConverter) else type(converter).__name__[:-9].lower()
                for written in (f"<{kind.replace('string', 'str')}:{name}>", f"<{name}>"):
                    out = out.replace(written, str(value))
            yield out

    def _likely(self, choices: list[Any], values: dict[str, list[Any]]) -> list[Any]:
        """The choices, those first that a word of the route names: `feeds/<int:pk>` is a feed's number."""
        words = {re.sub(r"(ie)?s$", lambda end: "y" if end[1] else "", part) for part in self.route.split("/")}
        named = [value for word in sorted(words) for value in values.get(word, ()) if value in choices]
        return list(dict.fromkeys([*named, *choices]))


def addresses(patterns: list[Any] | None = None, prefix: str = "/") -> Iterator[Address]:
    """All of them, those of the interface with one access per operation."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, prefix + str(one.pattern))
        else:
            yield _address(one, prefix)


def _address(one: URLPattern, prefix: str) -> Address:
    access = [
        (method, found)
        for name, view in checks.operations(one)
        for method in (name.split("/") if name else ["*"])
        if (found := access_of(view)) is not None
    ]
    return Address(prefix + str(one.pattern), one.callback, tuple(one.pattern.converters.items()), tuple(access))


class _Asked(dict[str, str]):
    """What `QueryDict.dict` gives, telling which names are asked for."""

    def __init__(self, held: dict[str, str], names: set[str]) -> None:
        super().__init__(held)
        self.names = names

    def get(self, key: str, default: Any = None) -> Any:
        self.names.add(key)
        return super().get(key, default)


@contextmanager
def asked_for() -> Iterator[set[str]]:
    """The names that views ask of their query string or form meanwhile, whether sent or not."""
    names: set[str] = set()
    get, getlist, plain, has = QueryDict.get, QueryDict.getlist, QueryDict.dict, QueryDict.__contains__

    def noted(key: Any) -> None:
        if isinstance(key, str) and key != "csrfmiddlewaretoken":
            names.add(key)

    def heard_get(self: QueryDict, key: Any, default: Any = None) -> Any:
        noted(key)
        return get(self, key, default)

    def heard_getlist(self: QueryDict, key: Any, default: Any = None) -> Any:
        noted(key)
        return getlist(self, key, default)

    def heard_has(self: QueryDict, key: Any) -> bool:
        noted(key)
        return bool(has(self, key))

    with mock.patch.multiple(
        QueryDict,
        get=heard_get,
        getlist=heard_getlist,
        dict=lambda self: _Asked(plain(self), names),
        __contains__=heard_has,
    ):
        yield names
