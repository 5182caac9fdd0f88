"""Every address with a number in it × who asks × own and other: `python matrix.py HOME`, on a copy of a town's home.

Generated from the resolver: an address that names a thing must be in `THINGS` or `NO_THING` below, so that a new one
cannot be forgotten. For each thing that the town holds (or that is made up here where it holds none) those ask whose it
is not, by reading and by sending a form. They must get the very answer that a number gets which nobody has, and no
leaf may follow. Whose it is must get an answer, so that a refusal means something. Prints one JSON object.

Whose a thing is, is found here without the server's scopes: by the division codes in the rows.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

MISSING = 987_654_321
"""A number that nobody has."""
QINGDAO = "3702"
LONG = os.environ.get("ZHULIAN_LONG") == "1"
PER_ADDRESS = 4 if LONG else 1
"""Things of each kind of owner that are asked for at each address."""

ENTERPRISE = {
    **{f"assessments:{n}": {} for n in ("enterprise", "names", "assessment", "people", "months", "assessment_export")},
    **{
        f"advice:{n}": {}
        for n in (
            *("checkup", "what_if", "change", "draft", "next", "cure", "expiring", "expiring_export", "people"),
            *("people_export", "leaving", "works", "works_export"),
        )
    },
    "decisions:enterprise": {},
    "linkage:graph": {},
}
"""Addresses of an enterprise by its number."""

NO_THING = {
    "openid_connect_login": "a provider",
    "openid_connect_callback": "a provider",
    "assessments:list_export": "a format",
    "assessments:contracts_export": "a format",
    "linkage:items": "a measure",
    "linkage:export": "a list",
    "worklist:export": "a format",
    "notices:mark": "one's own messages",
    "exchange:quality_list": "a check",
    "exchange:quality_export": "a check",
    "registers:list": "a list",
    "registers:export": "a list",
    "registry:enterprises_export": "a format",
    "registry:identities_export": "a format",
    "campaigns:public": "published to everybody",
    "campaigns:public_frame": "published to everybody",
    "notary:tile": "the public ledger",
    "notary:tile_sm3": "the public ledger",
    "notary:consistency": "the public ledger",
    "api:enterprise": "open columns, for everybody",
    "api:qualifications": "open columns, for everybody",
    "api:rulebook_one": "a standard",
    "api:eligibility": "whoever lets work must ask about any enterprise (decision 0099)",
    "portal:enterprise": "open columns, for everybody",
    "portal:linkage_rule": "a rule",
    "portal:province": "a rulebook",
    "portal:rulebook": "a standard",
    "portal:open_file": "a format",
}
"""Addresses whose parameters name nothing that belongs to somebody."""


FOR_ALL_OFFICERS = {
    "exchange:delivery": "that the installation's own files arrived, and what is wrong with them",
    "exchange:progress": "the same",
}
"""Addresses of things that have no division: every officer with a grant reads them, and nobody else."""


@dataclass(frozen=True)
class Thing:
    """Something with an owner: the arguments of its addresses, the enterprise it is about, made here or found."""

    arguments: dict[str, Any]
    enterprise: int | None = None
    made: bool = False


def main(home: Path) -> None:
    django.setup()
    from django.conf import settings
    from django.test.utils import setup_test_environment

    setup_test_environment()
    settings.MFA = "off"
    settings.DEMO = True
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "whitenoise" not in m]
    assert str(settings.HOME) == str(home)
    print(json.dumps(Matrix().run(), ensure_ascii=False))  # noqa: T201 - what the test reads


def addresses(patterns: Iterable[Any] | None = None, prefix: str = "") -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """(name, names of its parameters, view) of each address that has any."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from addresses(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.pattern.converters:
            yield f"{prefix}{pattern.name or ''}", tuple(pattern.pattern.converters), pattern.callback


class Matrix:
    """The town, those who ask, and what came of it."""

    def __init__(self) -> None:
        from zhulian.server.accounts.models import EnterpriseMembership, Function, User
        from zhulian.server.accounts.services import grant_create, unit_create, user_create
        from zhulian.server.common import clock
        from zhulian.server.common.permissions import Role

        self.day = clock.today()
        self.own_firm = User.objects.get(username="enterprise1").memberships.get().enterprise
        self.other_firm = User.objects.get(username="enterprise2").memberships.get().enterprise
        self.elsewhere = elsewhere(self.day)
        unit = unit_create(name="北京市住房和城乡建设委员会", division="110000", actor="system:test")
        grant_create(unit=unit, function=Function.MARKET, division="110000", action="*", actor="system:test")
        grant_create(unit=unit, function=Function.MARKET, division="110000", action="accounts.*", actor="system:test")
        far = user_create(username="far", password="x", role=Role.PROVINCE, unit=unit, demo=True, actor="system:test")
        self.clients: dict[str, Client] = {}
        for name in ("far", "province", "city", "district", "enterprise1", "enterprise2", "admin"):
            client = Client(raise_request_exception=False)
            client.force_login(far if name == "far" else User.objects.get(username=name))
            self.clients[name] = client
        self.clients["nobody"] = Client(raise_request_exception=False)
        self.memberships = EnterpriseMembership
        self.things = things(self)
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.read: set[str] = set()
        self.missing_answers: dict[tuple[str, str, str], int] = {}

    def run(self) -> dict[str, Any]:
        known = {name for name, _, _ in addresses()}
        listed = self.things.keys() | NO_THING.keys()
        unlisted, gone = sorted(known - listed), sorted(listed - known)
        for name, parameters, _ in addresses():
            for thing in self.things.get(name, ()):
                self._ask(name, parameters, thing)
        asked = {name for name, found in self.things.items() if found}
        wrong, counts = list(self.wrong), dict(self.counts)
        return {
            "control": self._control(),
            "addresses": len(asked),
            "cells": sum(counts.values()),
            "by": counts,
            "read_by_owner": len(self.read),
            "wrong": wrong,
            "unlisted": unlisted,
            "gone": gone,
            "without_a_thing": sorted(self.things.keys() - asked),
        }

    def _control(self) -> int:
        """How many doors are found open when the stranger is let in as the province: a matrix that finds none is blind."""
        self.clients["far"], self.wrong = self.clients["province"], []
        for name, parameters, _ in addresses():
            if name in {"decisions:matter", "decisions:enterprise", "access:unit", "registry:identity"}:
                for thing in self.things[name]:
                    self._ask(name, parameters, thing)
        return len(self.wrong)

    def _ask(self, name: str, parameters: tuple[str, ...], thing: Thing) -> None:
        arguments = {p: thing.arguments[p] for p in parameters}
        where = reverse(name, kwargs=arguments)
        nowhere = reverse(name, kwargs={p: MISSING if isinstance(v, int) else v for p, v in arguments.items()})
        for who in self._strangers(thing):
            for method in ("get", "post"):
                self.counts[who] += 1
                before = leaves()
                status = self._answer(who, method, where)
                if who == "far" and method == "get" and name in FOR_ALL_OFFICERS:
                    continue
                if status not in {401, 403, 404, 405} and status != self._missing(who, method, name, nowhere):
                    self.wrong.append(f"{who} {method} {where}: {status}")
                elif leaves() != before:
                    self.wrong.append(f"{who} {method} {where}: refused, and left a leaf")
        if not thing.made:
            for who in self._owners(thing):
                self.counts[f"{who} (own)"] += 1
                status = self._answer(who, "get", where)
                if status == 200:
                    self.read.add(name)
                elif status >= 500:
                    self.wrong.append(f"{who} get {where}: {status}")

    def _answer(self, who: str, method: str, where: str) -> int:
        response = getattr(self.clients[who], method)(where)
        sent = response.status_code == 302 and response.headers["Location"].startswith("/login?next=")
        return 401 if sent else int(response.status_code)

    def _missing(self, who: str, method: str, name: str, nowhere: str) -> int:
        key = (who, method, name)
        if key not in self.missing_answers:
            self.missing_answers[key] = self._answer(who, method, nowhere)
        return self.missing_answers[key]

    def _strangers(self, thing: Thing) -> list[str]:
        out = ["far"]
        if thing.enterprise != self.other_firm:
            out.append("enterprise2")
        if thing.enterprise in self.elsewhere:
            out += ["city", "district"] if LONG else ["city"]
        return [*out, "nobody"] if LONG else out

    def _owners(self, thing: Thing) -> list[str]:
        if thing.enterprise is None:
            return ["province", "admin"]
        return ["province", "enterprise1"] if thing.enterprise == self.own_firm else ["province"]


def leaves() -> int:
    from zhulian.server.notary.models import Leaf

    return Leaf.objects.exclude(action__startswith="accounts.session").count()


def elsewhere(day: Any) -> frozenset[int]:
    """Enterprises that neither sit nor build nor are granted in Qingdao, by the codes in the rows."""
    from zhulian.server.registry.models import Authority, Contract, Enterprise, Project, Qualification

    here = set(Enterprise.objects.filter(region__startswith=QINGDAO).values_list("enterprise", flat=True))
    projects = Project.objects.filter(region__startswith=QINGDAO).values("project")
    here |= set(Contract.objects.filter(project__in=projects).values_list("enterprise", flat=True))
    texts = Authority.objects.filter(division__startswith=QINGDAO).values("text")
    here |= set(Qualification.objects.filter(authority__in=texts).values_list("enterprise", flat=True))
    every = set(Enterprise.objects.at(day).values_list("enterprise", flat=True))
    return frozenset(every - here)


def things(matrix: Matrix) -> dict[str, list[Thing]]:
    """Name of an address → things to ask for there."""
    out: dict[str, list[Thing]] = {}
    own, far = matrix.own_firm, sorted(matrix.elsewhere)[:PER_ADDRESS]
    extra = {"code": "D101A", "kind": "csv"}
    for name in ENTERPRISE:
        out[name] = [Thing({"enterprise": one, **extra}, one) for one in (own, *far)]
    from zhulian.server.registry.models import Enterprise

    keys = dict(Enterprise.objects.at(matrix.day).filter(enterprise__in=[own, *far]).values_list("enterprise", "uscc"))
    for name in ("api:assessments", "api:assessment"):
        out[name] = [Thing({"key": key, "code": "D101A"}, one) for one, key in keys.items() if key]
    for names, model, about, more in rows():
        found = list(of(matrix, model, about))
        for name in names.split():
            for parameter in _numbers(name):
                out[name] = [
                    Thing({**more, **dict.fromkeys((parameter, "pk"), pk)}, one, made) for pk, one, made in found
                ]
    return out


def _numbers(name: str) -> list[str]:
    """The parameter of an address that is the thing's number: the first integer one."""
    found = next(parameters for known, parameters, _ in addresses() if known == name)
    return [next(p for p in found if p not in {"kind", "action", "order", "record", "sending"})]


def rows() -> list[tuple[str, Any, Callable[[Any], int | None] | None, dict[str, Any]]]:
    """(addresses, model, how to find the enterprise of a row, other arguments)."""
    from zhulian.server.accounts.models import Duty, EnterpriseMembership, Grant, OrganisationUnit, User
    from zhulian.server.acts.models import Undertaking
    from zhulian.server.apikeys.models import ApiKey
    from zhulian.server.campaigns.models import Campaign, Evidence, Rectification, Verification
    from zhulian.server.common.models import Event
    from zhulian.server.decisions.models import Defence, Document, Lifting, Proposal, Restriction, Service
    from zhulian.server.events.models import Subscription, System
    from zhulian.server.exchange.models import Delivery, Feed
    from zhulian.server.linkage.models import Judged, Obligation
    from zhulian.server.messages.models import Channel, Notice
    from zhulian.server.messages.models import Delivery as Sent
    from zhulian.server.notary.models import Leaf
    from zhulian.server.privacy.models import Hold
    from zhulian.server.registry.models import Candidate, Contract, Project, Waiver

    def by(*path: str) -> Callable[[Any], int | None]:
        def enterprise(row: Any) -> int | None:
            for step in path:
                row = getattr(row, step)
            return row

        return enterprise

    return [
        (
            "access:unit access:unit_close access:officer_new access:duty_new access:grant_new_unit",
            OrganisationUnit,
            None,
            {},
        ),
        ("worklist:office", OrganisationUnit, None, {}),
        ("access:duty_end", Duty, None, {}),
        ("access:grant_withdraw", Grant, None, {}),
        ("access:membership_end", EnterpriseMembership, by("enterprise"), {}),
        (
            (
                "access:person access:account_close access:account_reopen access:password_reset access:factors_remove "
                "access:officer_move access:membership_new access:see_as access:grant_new_person privacy:account_erase"
            ),
            User,
            None,
            {},
        ),
        ("account:session_end", _sessions(), None, {}),
        ("apikeys:revoke", ApiKey, None, {}),
        ("privacy:hold_lift", Hold, None, {}),
        ("events:system events:system_switch events:system_secret", System, None, {}),
        (
            "events:subscription events:subscription_edit events:subscription_switch events:sending_again",
            Subscription,
            None,
            {"sending": 1},
        ),
        (
            (
                "decisions:matter decisions:evidence decisions:draft decisions:notice decisions:sign decisions:move "
                "decisions:defend"
            ),
            Proposal,
            by("enterprise"),
            {"action": "take"},
        ),
        ("decisions:defence_decide", Defence, by("proposal", "enterprise"), {}),
        (
            (
                "decisions:document decisions:document_file decisions:document_evidence decisions:document_open "
                "decisions:serve"
            ),
            Document,
            by("proposal", "enterprise"),
            {},
        ),
        (
            "decisions:service decisions:service_file decisions:confirm",
            Service,
            by("document", "proposal", "enterprise"),
            {},
        ),
        ("decisions:lift decisions:annul", Restriction, by("enterprise"), {}),
        ("decisions:lifting_check decisions:lifting_decide", Lifting, by("restriction", "enterprise"), {}),
        (
            "acts:undertaking acts:bundle acts:move acts:answer acts:order acts:order_file",
            Undertaking,
            by("enterprise"),
            {"action": "report"},
        ),
        (
            (
                "campaigns:rectification campaigns:rectification_file campaigns:rectification_bundle "
                "campaigns:rectification_move"
            ),
            Rectification,
            by("enterprise"),
            {"action": "confirm"},
        ),
        (
            (
                "campaigns:verification campaigns:self_check campaigns:verification_bundle campaigns:verification_move "
                "campaigns:verification_order"
            ),
            Verification,
            by("enterprise"),
            {"action": "review"},
        ),
        (
            (
                "campaigns:campaign campaigns:plan_change campaigns:select campaigns:campaign_move campaigns:members "
                "campaigns:members_export campaigns:bulk campaigns:bulk_do campaigns:frame"
            ),
            Campaign,
            None,
            {"action": "approve", "kind": "csv"},
        ),
        ("campaigns:evidence", Evidence, lambda row: (row.verification or row.rectification).enterprise, {}),
        ("linkage:why", Judged, None, {}),
        ("linkage:obligation linkage:move", Obligation, by("enterprise"), {"action": "claim"}),
        (
            "worklist:item worklist:open worklist:act",
            Proposal,
            by("enterprise"),
            {"kind": "proposal", "action": "claim"},
        ),
        ("notices:open", Notice, None, {}),
        ("notices:channel notices:channel_edit notices:channel_move", Channel, None, {"action": "test"}),
        ("notices:delivery_again", Sent, None, {}),
        ("exchange:feed exchange:feed_edit exchange:feed_pause exchange:feed_run", Feed, None, {}),
        (
            (
                "exchange:waiver exchange:waiver_decide exchange:waiver_replay exchange:waiver_revoke "
                "exchange:waiver_evidence"
            ),
            Waiver,
            None,
            {},
        ),
        (
            (
                "exchange:delivery exchange:progress exchange:rejects exchange:rejects_book exchange:reopen "
                "exchange:correct exchange:give_up exchange:raw"
            ),
            Delivery,
            None,
            {"order": 0, "record": 1},
        ),
        ("common:dead_letter_replay common:dead_letter_discard", Event, None, {}),
        ("registers:project", Project, None, {}),
        ("assessments:contract", Contract, by("enterprise"), {}),
        (
            (
                "registry:identity registry:identity_names registry:identity_preview registry:identity_merge "
                "registry:identity_apart registry:identity_snooze registry:identity_reopen registry:identity_undo"
            ),
            Candidate,
            None,
            {},
        ),
        ("audit:leaf audit:proof audit:raw", Leaf, None, {}),
    ]


def _sessions() -> Any:
    from allauth.usersessions.models import UserSession

    return UserSession


def of(matrix: Matrix, model: Any, about: Callable[[Any], int | None] | None) -> Iterator[tuple[int, int | None, bool]]:
    """(number, enterprise, made here) of some rows: the demonstration firm's and those of firms elsewhere."""
    found = 0
    if about is None:
        for row in model.objects.order_by("pk")[:PER_ADDRESS]:
            found += 1
            yield row.pk, None, False
    else:
        wanted = {"own": PER_ADDRESS, "far": PER_ADDRESS}
        for row in model.objects.order_by("pk").iterator():
            one = about(row)
            kind = "own" if one == matrix.own_firm else "far" if one in matrix.elsewhere else ""
            if kind and wanted[kind]:
                wanted[kind] -= 1
                found += 1
                yield row.pk, one, False
            if not any(wanted.values()):
                break
    if not found and about is not None and (row := model.objects.order_by("pk").first()) is not None:
        found = 1
        yield row.pk, about(row), False
    if not found:
        one = min(matrix.elsewhere)
        yield fill(model, one, matrix.day).pk, one if about else None, True


def fill(model: Any, enterprise: int, day: Any) -> Any:
    """A row of a kind that the town holds none of, written past its services: only strangers ask for it."""
    from django.db import connection

    given: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.name == "enterprise":
            given["enterprise"] = enterprise
        elif not (field.primary_key or field.null or field.has_default()):
            given |= _value(field, enterprise, day)
    with connection.cursor() as cursor:  # a row that is refused need not be one that a service would have made
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        (row,) = model.objects.bulk_create([model(**given)])
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    return row


def _value(field: Any, enterprise: int, day: Any) -> dict[str, Any]:
    """Something that the column takes; nothing where an empty text will do."""
    from django.db import models
    from django.utils import timezone

    if isinstance(field, models.ForeignKey):
        related = field.related_model
        about = any(f.name == "enterprise" for f in related._meta.concrete_fields)
        rows = related.objects.filter(enterprise=enterprise) if about else related.objects.order_by("pk")
        return {field.name: rows.first() or fill(related, enterprise, day)}
    if getattr(field, "choices", None):
        return {field.name: field.choices[0][0]}
    values = (
        (models.DateTimeField, timezone.now()),
        (models.DateField, day),
        (models.JSONField, {}),
        ((models.IntegerField, models.DecimalField), 1),
        (models.BooleanField, False),
        (models.UUIDField, uuid.uuid4()),
        (models.GenericIPAddressField, "127.0.0.1"),
        ((models.CharField, models.TextField), "" if field.blank else "x"),
    )
    return next(({field.name: value} for kind, value in values if isinstance(field, kind)), {})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
