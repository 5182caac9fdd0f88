"""Does a number or a full name get out anywhere? `python masking.py HOME`, on a copy of a town's home.

Every address that answers a GET is opened by a regulator of the province, by an enterprise's clerk and by nobody (in
the long form by a city's regulator and an administrator too), without any purpose stated; CSV, JSON, Word, Excel and ZIP are unpacked. No answer may hold
an ID number of anybody in the town, nor the number or telephone planted in the clerk's own enterprise, nor a full name
that only opening shows. The same for what goes wrong (unknown pages, refused files, a failure inside) and for all that
is logged meanwhile, at the finest level. Prints one JSON object.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a program: nobody else puts the tests' folder there

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from browser.matrix import LONG, NO_THING, Matrix, Thing, addresses

NUMBER = "370202199003071236"
PHONE = "13912345678"
NAME = "欧阳慕容雪霁"
ASKERS = ("province", "enterprise1", "nobody", *(("city", "admin") if LONG else ()))
VALUES = {
    "kind": ("csv", "json", "xlsx"),
    "measure": ("open",),
    "what": ("obligations",),
    "name": ("contracts",),
    "code": ("D101A",),
    "provider_id": ("sso",),
    "level": (0,),
    "number": ("000",),
    "first": (1,),
    "key": ("1",),
    "rule": ("E-01",),
    "province": ("370000",),
    "uscc": ("91370200000000100K",),
    "action": ("read",),
    "campaign": (1,),
}


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.test.utils import setup_test_environment

    setup_test_environment()
    settings.MFA, settings.DEMO = "off", True
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "whitenoise" not in m]
    print(json.dumps(Hunt().run(), ensure_ascii=False))  # noqa: T201 - what the test reads


class Hunt:
    """What must not get out, where it was looked for, where it was found."""

    def __init__(self) -> None:
        for name in ("", "django.request"):
            logging.getLogger(name).setLevel(logging.DEBUG)  # all of it goes to standard error, where the test looks
        self.matrix = Matrix()
        self.numbers = planted(self.matrix)
        self.pattern = re.compile(r"[0-9]{17}[0-9Xx]|1[0-9]{10}")
        self.found: list[str] = []
        self.answers, self.bytes, self.files = 0, 0, 0

    def run(self) -> dict[str, Any]:
        for _, where in places(self.matrix):
            for who in ASKERS:
                self._look(who, where, self.matrix.clients[who].get(where))
        for who in ASKERS:
            for where, data in broken():
                self._look(who, where, self.matrix.clients[who].post(where, data))
            self._look(who, "/nothing", self.matrix.clients[who].get(f"/nothing/{NUMBER}"), echoed=True)
        self._fail_inside()
        return {
            "answers": self.answers,
            "bytes": self.bytes,
            "files": self.files,
            "numbers": len(self.numbers),
            "found": self.found,
            "control": self._control(),
        }

    def _look(self, who: str, where: str, response: Any, *, echoed: bool = False) -> None:
        self.answers += 1
        for part, text in texts(response):
            self.bytes += len(text)
            self.files += part != ""
            numbers = {n for n in self.pattern.findall(text) if n in self.numbers}
            if echoed:  # an address that somebody typed is his own; what others would learn is not in it
                numbers -= {NUMBER}
            if numbers:
                self.found.append(f"{who} {where} {part}: {sorted(numbers)[:2]}")
            if NAME in text and who != "enterprise1":  # an enterprise sees its own people's names
                self.found.append(f"{who} {where} {part}: {NAME}")

    def _fail_inside(self) -> None:
        """A failure whose exception carries the number: the page tells a reference and no value."""
        client = Client(raise_request_exception=False)
        with mock.patch("zhulian.server.portal.views.render", side_effect=ValueError("inside")):
            self._look("nobody", "/about", client.get("/about"))

    def _control(self) -> int:
        """A hunt that finds nothing anywhere would be blind: with a purpose the name is shown, and is seen here."""
        before, self.found = self.found, []
        own = self.matrix.own_firm
        client = self.matrix.clients["province"]
        client.post(reverse("assessments:names", args=[own]), {"ground": "case", "purpose": "核对人员"})
        where = reverse("assessments:people", args=[own, "D101A"])
        self._look("province", where, client.get(where))
        seen, self.found = len(self.found), before
        return seen


def planted(matrix: Matrix) -> set[str]:
    """ID numbers of the town; one person of the clerk's enterprise gets a number, a telephone and a name of ours."""
    from zhulian.server.registry.models import Person, Registration

    numbers = {row.id_no.reveal() for row in Person.objects.exclude(id_no_index=None).iterator()}
    own = Registration.objects.at(matrix.day).filter(enterprise=matrix.own_firm).first()
    row = Person.objects.at(matrix.day).get(person=own.person)
    row.name, row.id_no, row.phone = NAME, NUMBER, PHONE
    row.save()
    return numbers | {NUMBER, PHONE}


def places(matrix: Matrix) -> Iterator[tuple[str, str]]:
    """(name, address) of everything that may be opened."""
    known = matrix.things
    for name, parameters in every():
        if not parameters:
            yield name, reverse(name)
        elif name in NO_THING:
            for number in range(3):
                chosen = {p: VALUES[p][min(number, len(VALUES[p]) - 1)] for p in parameters}
                with contextlib.suppress(Exception):  # a tile's path is no text of ours
                    yield name, reverse(name, kwargs=chosen)
                if all(len(VALUES[p]) <= number + 1 for p in parameters):
                    break
        else:
            for thing in known.get(name, ()):
                yield from _of(name, parameters, thing)


def _of(name: str, parameters: tuple[str, ...], thing: Thing) -> Iterator[tuple[str, str]]:
    if thing.made:
        return
    kinds = VALUES["kind"] if thing.arguments.get("kind") == "csv" and "kind" in parameters else ("",)
    for kind in kinds:
        arguments = thing.arguments | ({"kind": kind} if kind else {})
        yield name, reverse(name, kwargs={p: arguments[p] for p in parameters})


def every(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names and parameters of all addresses that have a name."""
    yield from ((name, parameters) for name, parameters, _ in addresses())
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from ((n, p) for n, p in every(pattern.url_patterns, inner) if not p)
        elif isinstance(pattern, URLPattern) and pattern.name and not pattern.pattern.converters:
            yield f"{prefix}{pattern.name}", ()


def texts(response: Any) -> Iterator[tuple[str, str]]:
    """The answer as text; of a packed file every part."""
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            for part in book.namelist():
                yield part, book.read(part).decode("utf-8", "replace")
    else:
        yield "", raw.decode("utf-8", "replace")


def broken() -> Iterator[tuple[str, dict[str, Any]]]:
    """Forms that are refused, with the number in them where a value may stand."""
    for body in (f"身份证号码,姓名\n{NUMBER},{NAME}\n".encode(), f"<{NUMBER}".encode(), b"\xff\xfe" + NUMBER.encode()):
        yield reverse("exchange:list"), {"files": SimpleUploadedFile("人员.csv", body), "source": "x"}
    yield "/login", {"username": "nobody-here", "password": NUMBER}


if __name__ == "__main__":
    main()
