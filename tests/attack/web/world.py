"""A world with a row of every kind whose every free text is hostile, and people who may see it."""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.http import HttpResponse
from django.test import Client

from attack.loop.test_every_address import numbers
from attack.web.walk import Address, addresses
from server.assessments.world import assessed
from server.decisions.world import AT, DIVISION, FIRM, USCC, Office, office, proposed
from zhulian.core.tables import INDICATORS
from zhulian.rulebooks import linkage_book
from zhulian.server.accounts.models import Grant, OrganisationUnit, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import REGULATORS, Access, Role, allowed
from zhulian.server.events.systems import PUSHED_TYPES, system_create
from zhulian.server.exchange.models import Quarantined
from zhulian.server.exchange.quality_lists import LISTS
from zhulian.server.exchange.receiving import files_receive
from zhulian.server.exchange.services import delivery_take
from zhulian.server.notary.models import Leaf
from zhulian.server.registers.tables import BY_NAME
from zhulian.server.registry.models import Enterprise, Subject
from zhulian.server.worklist.sources import SOURCES

__all__ = ["numbers", "office", "poisoned", "proposed", "visitors"]

PAYLOAD: Final = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
SHORT: Final = "\"'><b id=zz>"
"""For columns too narrow for the other."""
RAW: Final = re.compile(r"<script>alert\(|<img src=x|<b id=z")
"""What an answer of type text/html never holds."""
SHOWN: Final = re.compile(r"alert\((\d+)\)|id=z(\d+)")
"""The number of the column that a planted text came from."""
LONG: Final = os.environ.get("ZHULIAN_LONG") == "1"
OURS: Final = "zhulian.server."
TWIN: Final = 99
"""An enterprise that may be the firm under another number."""
LEFT_OUT: Final = ("common", "notary")
"""Apps whose texts are names of programs, or sealed: the ledger gets the payload by what services write."""

CODED: Final = frozenset(
    [
        "act",
        "action",
        "business_key",
        "code",
        "codes",
        "data_grade",
        "defence",
        "digest",
        "division",
        "effect",
        "encoding",
        "end_reason",
        "ends",
        "ends_on",
        "event_type",
        "evidence",
        "feed",
        "field",
        "fields",
        "format",
        "function",
        "handler",
        "hash",
        "indicator",
        "key",
        "key_id",
        "kind",
        "level",
        "method",
        "name_key",
        "ordering_key",
        "password",
        "path",
        "pattern",
        "polarity",
        "power",
        "purpose",
        "region",
        "role",
        "rule",
        "rules",
        "series",
        "share",
        "sheet_key",
        "standing",
        "state",
        "subject",
        "subject_kind",
        "table",
        "table_name",
        "term",
        "type",
        "uscc",
        "until",
        "until_event",
        "url",
        "username",
        "verdict",
        "version",
        "window",
        "work",
        "sha256",
        "part",
        "value",
        "seed",
    ]
)
"""Columns whose words a program reads: they come from tables of ours, never from a reader's hand."""


def free_texts(model: type[models.Model]) -> list[models.CharField[Any, Any] | models.TextField[Any, Any]]:
    """Columns of a model that somebody outside may fill as he likes."""
    return [
        field
        for field in model._meta.concrete_fields
        if type(field) in {models.CharField, models.TextField}
        and not field.choices
        and field.name not in CODED
        and (field.max_length is None or field.max_length >= len(SHORT) + 4)
    ]


def ours() -> list[type[models.Model]]:
    """Models of ours that hold free texts or rows that lead to some."""
    return [m for m in apps.get_models() if m.__module__.startswith(OURS) and m._meta.app_label not in LEFT_OUT]


def fill(model: type[models.Model]) -> bool:
    """One row of a model that has none, whose values fit their columns; whether it could be made."""
    loose = [field for field in model._meta.concrete_fields if field.null and isinstance(field, models.ForeignKey)]
    values = {
        field.attname: _value(field)
        for field in model._meta.concrete_fields
        if field.name in KNOWN or not (field.has_default() or field.null or isinstance(field, models.AutoField))
    }
    for chosen in ({f.attname: _value(f) for f in loose}, {}, {f.attname: _value(f) for f in loose[:1]}):
        try:
            with transaction.atomic():
                model._base_manager.create(**values | chosen)
        except (IntegrityError, TypeError, ValueError):
            continue
        return True
    return False


KNOWN: Final[dict[str, Any]] = {
    "enterprise": FIRM,
    "division": DIVISION,
    "region": DIVISION,
    "code": "D101B",
    "indicator": next(iter(INDICATORS)),
    "table_name": "enterprise",
    "a": FIRM,
    "b": TWIN,
    "every": 60,
}


def _value(field: Any) -> Any:
    if isinstance(field, models.ForeignKey):
        return field.related_model._base_manager.order_by("pk").values_list("pk", flat=True).first()
    if field.choices:
        return field.choices[0][0]
    if field.name in KNOWN:
        return KNOWN[field.name]
    kinds: dict[type[Any], Any] = {
        models.DateTimeField: clock.now(),
        models.DateField: clock.today(),
        models.JSONField: {},
        models.UUIDField: uuid.uuid4(),
        models.BooleanField: False,
        models.BinaryField: b"x" * 32,
        models.IntegerField: 1,
        models.DecimalField: 1,
        models.DurationField: dt.timedelta(days=1),
        models.TimeField: dt.time(1),
    }
    return next((value for kind, value in kinds.items() if isinstance(field, kind)), "x")


def plant(model: type[models.Model], numbers: Iterator[int]) -> dict[str, int]:
    """Put the payload into every free text of every row, and somebody where nobody wrote it; the columns' numbers."""
    for field in model._meta.concrete_fields:
        if field.null and field.related_model is User:
            _set(model._base_manager.filter(**{field.name: None}), **{field.attname: User.objects.earliest("pk").pk})
    fields = dict(zip(free_texts(model), numbers, strict=False))
    return {f"{model._meta.label}.{f.name}": number for f, number in fields.items() if _planted(model, f, number)}


def _planted(model: type[models.Model], field: models.CharField[Any, Any], number: int) -> bool:
    long = PAYLOAD.replace("(1)", f"({number})")
    text = long if field.max_length is None or field.max_length >= len(long) else SHORT.replace("zz", f"z{number}")
    rows = model._base_manager.all()
    if not field.unique:
        return _set(rows, **{field.name: text})
    numbered = [(pk, f"{pk}{text}"[: field.max_length]) for pk in rows.values_list("pk", flat=True)]
    return all(_set(rows.filter(pk=pk), **{field.name: value}) for pk, value in numbered)


def _set(rows: models.QuerySet[Any], **values: Any) -> bool:
    """Whether any row took the values: some columns are held to a form, or to empty, by the database."""
    try:
        with transaction.atomic():
            return rows.update(**values) > 0
    except IntegrityError:
        return False


@pytest.fixture
def poisoned(numbers: dict[str, int], tmp_path: Path) -> dict[str, Any]:
    """The matter of the loop, a row of whatever else there is, and the payload in all of it."""
    assessed(clock.now())
    hand_in(tmp_path)
    told = {"name": "某系统", "types": PUSHED_TYPES[:1], "actor": "system:test", "at": clock.now()}
    system_create(owner=OrganisationUnit.objects.earliest("pk"), **told)
    Subject.objects.create(pk=TWIN, kind="enterprise", created_at=AT)
    Enterprise.objects.create(enterprise=TWIN, name="某公司", region="370202", recorded_at=AT)
    empty = [model for model in ours() if not model._base_manager.exists()]
    for _ in range(2):  # some lean on others
        empty = [model for model in empty if not fill(model)]
    counted = count(1000)
    planted = {name: number for model in ours() for name, number in plant(model, counted).items()}
    made = {m.__name__.lower(): m._base_manager.values_list("pk", flat=True).order_by("-pk").first() for m in ours()}
    return {
        "empty": [m._meta.label for m in empty],
        "planted": planted,
        "numbers": {k: v for k, v in made.items() if isinstance(v, int)}
        | numbers
        | {"leaf": Leaf.objects.latest("pk").pk},
    }


def hand_in(folder: Path) -> None:
    """A file whose every cell is hostile, by the way that files come: what cannot be taken is quarantined."""
    path = folder / "enterprise.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("uscc", "name", "region", "established_on", "status"))
        writer.writerow((USCC, PAYLOAD, "370202", PAYLOAD, "active"))
        writer.writerow((PAYLOAD, PAYLOAD, PAYLOAD, PAYLOAD, PAYLOAD))
    delivery = files_receive(paths=[path], format_name=None, actor="system:test")
    while not delivery_take(delivery=delivery.pk, at=clock.now()).finished:
        pass
    assert Quarantined.objects.filter(delivery=delivery).count() == 2


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser."""

    user: Any
    client: Client

    @property
    def level(self) -> str:
        """Officers are of one level: in short form what one of them has seen is not opened by the next."""
        return "officer" if self.user is not None and self.user.role in REGULATORS else str(self.user)

    def may(self, access: Access) -> bool:
        """Whether the role opens an address; whether it does for the thing at hand is the address's business."""
        if access.kind == "requires":
            return allowed(self.user, access.permission)
        return access.kind == "public" or (access.kind == "signed_in" and self.user is not None)


@pytest.fixture
def visitors(office: Office) -> dict[str, Visitor]:
    """Those who see most: the city's officer, the province's, an administrator, the enterprise, the public."""
    province = User.objects.create_user("province", role=Role.PROVINCE)
    for function in ("market", "safety", "administration"):
        Grant.objects.create(user=province, function=function, division_id="000000", action="*")
    root = User.objects.create_user("root", role=Role.ADMINISTRATOR)
    people = {"nobody": None, "signer": office.signer, "firm": office.firm, "province": province, "root": root}
    out = {name: Visitor(user, Client(raise_request_exception=False)) for name, user in people.items()}
    for one in out.values():
        if one.user is not None:
            one.client.force_login(one.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return out


def opened(
    visitors: Iterable[Visitor], numbers: dict[str, int], *, once: bool = False, share: int = 1, **more: Any
) -> Iterator[tuple[Address, Visitor, str, HttpResponse]]:
    """Each address that can be read, opened by each visitor whose role may: the first place that is there.

    `once`: until one visitor is answered; `share`: only every so many-th address.
    """
    values = places(numbers)
    for address in islice(addresses(), 0, None, share):
        served: set[object] = set()
        for visitor in visitors:
            if not LONG and visitor.level in served:
                continue
            if not any(visitor.may(access) and method in {"GET", "*"} for method, access in address.access):
                continue
            where, answer = "", None
            for where in address.filled(values):
                answer = visitor.client.get(where, **more)
                if answer.status_code != 404:
                    break
            assert answer is not None, address.route
            if answer.status_code == 405:
                break  # takes forms only, from anybody
            if answer.status_code == 200:
                served.add(visitor.level)
            yield address, visitor, where, answer
            if once and answer.status_code in {200, 400, 422}:
                break


def places(numbers: dict[str, int]) -> dict[str, list[Any]]:
    """What to put into an address by the name of the place."""
    everything = sorted(set(numbers.values()))
    named = {name: [number] for name, number in numbers.items()}
    lists = [*LISTS, *BY_NAME]
    return named | {
        "int": everything,
        "pk": everything,
        "str": ["events", "D101B"],
        "kind": ["csv", "xlsx", "json", *(source.kind for source in SOURCES)],
        "name": lists,
        "uscc": [USCC],
        "key": [USCC],
        "code": ["D101B", "D101"],
        "rule": list(linkage_book().rules)[:1],
        "what": ["flags", "judged", "obligations", "events"],
        "path": ["0"],
        "order": [0],
        "province": ["35", "350000"],
    }
