"""SQL, NUL, half characters, 200 kB and numbers beyond every column in each name a view asks for: answered, and soon."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from itertools import cycle, islice
from urllib.parse import quote, quote_from_bytes

import pytest
from django.db import transaction
from django.http import HttpResponse

from attack.web.walk import addresses, asked_for
from attack.web.world import LONG, RAW, Visitor, numbers, office, opened, places, poisoned, proposed, visitors
from zhulian.server.notary import publishing

__all__ = ["numbers", "office", "poisoned", "proposed", "visitors"]
SECONDS = 30
"""On a busy machine; what is slow by design takes minutes or never ends."""
VALUES = (
    b"'\"); DROP TABLE registry_enterprise;--",
    b"%' OR '1'='1' /*",
    b"x" * 200_000,
    b"\0",
    b"\xed\xa0\x80\xff",
    b"9" * 400,
    b"9223372036854775808",
    b"-9223372036854775809",
    "²".encode(),
    "٣".encode(),
    b"1e400",
    b"NaN",
    b"2025-02-30",
    b"9999-12-31",
    b"0001-01-01",
    b"../../etc/passwd",
    b"<script>alert(7)</script>",
    "建".encode() * 60_000,
    b"[" * 100_000,
    b"{{7*7}}${7*7}%s%(x)s{0.__class__}",
    b"",
)
LARGE = tuple(value for value in VALUES if len(value) > 1000)
EACH = len(VALUES) if LONG else 1
"""Values tried in each name by itself; in all names at once all are."""
SINGLES = 2
"""Names of a view tried by themselves in short form."""
SHARE = 1 if LONG else 3
"""Every so many-th address is tried; in the long form every one."""


@pytest.fixture(autouse=True)
def _quick(settings) -> None:
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith("whitenoise.")]


class Record:
    """What was tried, and what came of it that should not."""

    def __init__(self) -> None:
        self.wrong: list[tuple[object, ...]] = []
        self.routes: Counter[str] = Counter()

    @contextmanager
    def tried(self, route: str, *told: object) -> Iterator[list[HttpResponse]]:
        """Judge the answer that the caller puts into the list."""
        began = time.monotonic()
        got: list[HttpResponse] = []
        yield got
        took = time.monotonic() - began
        self.routes[route] += 1
        (answer,) = got
        html = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
        if (
            answer.status_code >= 500
            or took > SECONDS
            or (html and RAW.search(answer.content.decode("utf-8", "replace")))
        ):
            self.wrong.append((route, answer.status_code, round(took, 1), *told))


def names_of(visitor: Visitor, where: str) -> list[str]:
    with asked_for() as names:
        visitor.client.get(where)
    return sorted(names)


def test_every_name_of_every_query(poisoned, visitors) -> None:
    record, long = Record(), cycle(LARGE)
    values = cycle(value for value in VALUES if value not in LARGE)
    for address, visitor, where, answer in opened(visitors.values(), poisoned["numbers"], once=True, share=SHARE):
        if answer.status_code not in {200, 400, 422}:
            continue
        names = names_of(visitor, where)
        singles = [([name], value) for name in names for value in islice(values, EACH)]
        together = [(names, next(values)), ([names[len(record.routes) % len(names)]], next(long))] if names else []
        for chosen, value in together + (singles if LONG else singles[:SINGLES]):
            query = "&".join(f"{quote(name)}={quote_from_bytes(value)}" for name in chosen)
            with record.tried(address.route, where, chosen, value[:40]) as got:
                got.append(visitor.client.get(f"{where}?{query}"))
    assert record.wrong == []
    assert len(record.routes) > 60 // SHARE, "few views asked for anything: nothing was tried"


def test_every_name_of_every_form(poisoned, visitors) -> None:
    record, values = Record(), cycle(value for value in VALUES if value not in LARGE)
    places_ = places(poisoned["numbers"])
    for address in islice(addresses(), 0, None, 2 * SHARE if SHARE > 1 else 1):
        for visitor in visitors.values():
            if not any(visitor.may(access) and method in {"POST", "*"} for method, access in address.access):
                continue
            where, names = posted(visitor, address, places_)
            if not names:
                continue
            for value in islice(values, EACH):
                form = "&".join(f"{quote(name)}={quote_from_bytes(value)}" for name in names)
                with record.tried(address.route, where, names, value[:40]) as got:
                    got.append(undone(visitor, where, form))
            break
    assert record.wrong == []
    assert len(record.routes) > 40 // (2 * SHARE), "few views read a form: nothing was tried"


def posted(visitor: Visitor, address, values) -> tuple[str, list[str]]:
    """The first place that is there, and what its view reads of a form with nothing in it."""
    where, names = "", set[str]()
    for where in address.filled(values):
        with asked_for() as names:  # noqa: F811 - those of the last place
            answer = undone(visitor, where, "")
        if answer.status_code != HTTPStatus.NOT_FOUND:
            break
    return where, sorted(names)


def undone(visitor: Visitor, where: str, form: str) -> HttpResponse:
    """Post a form and undo what it did, the end of the session too; a checkpoint that nobody saw is forgotten."""
    key = visitor.client.cookies["sessionid"].value if visitor.user is not None else None
    with transaction.atomic():
        answer = visitor.client.post(where, form, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    publishing.path_of("sha256").unlink(missing_ok=True)
    if key is not None:
        visitor.client.cookies["sessionid"] = key
    return answer


QUESTION = {"uscc": "91370200000000100K", "purpose": "bid", "code": "D101B"}
BODIES = (
    b"[" * 100_000,
    b'{"items":' * 100_000,
    b'{"items": [' + b"[" * 50_000 + b"]" * 50_000 + b"]}",
    b'{"items": ' + b"9" * 100_000 + b"}",
    b'{"items": [1e999999, -1e999999, NaN, Infinity]}',
    b'{"items": "\\ud800"}',
    b"\xff\xfe\x00",
    b"\0" * 1000,
    b"",
    b"null",
    *(
        json.dumps({"items": [QUESTION | {name: value}]}).encode()
        for name in QUESTION
        for value in ("x" * 200_000, "\0", "\ud800", "' OR 1=1 --", 10**400, None, [], {"a": [{}] * 1000}, True)
    ),
    json.dumps({"items": [QUESTION] * 1001}).encode(),
)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_every_body_of_the_interface(visitors, kind: str) -> None:
    record = Record()
    posts = [one for one in addresses() if any(method == "POST" for method, _ in one.access)]
    assert posts
    for address in posts:
        for visitor in visitors.values():
            for body in BODIES:
                for query in ("", "?on=%00", "?on=9999-99-99", f"?on={'9' * 1000}") if body is BODIES[-2] else ("",):
                    with record.tried(address.route, body[:60], query) as got, transaction.atomic():
                        got.append(visitor.client.post(address.route + query, body, content_type=kind))
    assert record.wrong == []
