"""IDOR, CSRF and raw rows over every address of the loop, as the URL conf names them: none is listed by hand.

A row of each kind is made of one enterprise's matter; their numbers are put into each address by the name of its
parameter, under a name that is no row's all of them; a rival enterprise, an officer of another province and nobody at all ask for it and post to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter

from server.campaigns.campaign_world import PLAN
from server.decisions.world import AT, FIRM, PROJECT, Office, event_of, office, proposed
from zhulian.server.accounts.models import EnterpriseMembership, Grant, User
from zhulian.server.acts import services as acts
from zhulian.server.campaigns import services as campaigns
from zhulian.server.campaigns.campaigning import selection_of
from zhulian.server.common import clock, dispatch, outbox
from zhulian.server.common.permissions import Role
from zhulian.server.decisions import services
from zhulian.server.decisions.models import Proposal
from zhulian.server.messages.services import Wanted, channel_create
from zhulian.server.registry.models import Project

__all__ = ["office", "proposed"]
LOOP = ("decisions", "acts", "linkage", "events", "campaigns", "worklist", "registers", "notices")
"""Applications whose addresses are walked, as far as they are installed."""
WORDS = {"action": ("take", "review", "drop"), "measure": ("events",)}
FORM = {"seen": 0, "method": "direct", "kind": "statement", "text": "x", "name": "x", "note": "x", "facts": "x"}
SECRET = "绝不外传之事实"


def addresses(
    patterns: list[URLPattern | URLResolver], namespace: str = "", prefix: str = ""
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, route and converters of every address below LOOP's namespaces."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, one.namespace or namespace, prefix + str(one.pattern))
        elif namespace in LOOP:
            yield f"{namespace}:{one.name}", prefix + str(one.pattern), dict(one.pattern.converters)


ADDRESSES = list(addresses(get_resolver().url_patterns))
NUMBERED = [a for a in ADDRESSES if any(isinstance(c, IntConverter) for c in a[2].values())]


def filled(route: str, converters: dict[str, Any], numbers: dict[str, int]) -> Iterator[str]:
    """The route with the number of the row that a parameter names, and words for words."""
    words = [""]
    unnamed = any(isinstance(c, IntConverter) and name not in numbers for name, c in converters.items())
    for name, converter in converters.items():
        if not isinstance(converter, IntConverter):
            words = list(WORDS.get(name, ("take",)))
    for word, other in product(words, sorted(set(numbers.values())) if unnamed else [0]):
        out = route
        for name, converter in converters.items():
            kind = "int" if isinstance(converter, IntConverter) else "str"
            value = str(numbers.get(name, other)) if kind == "int" else word
            out = out.replace(f"<{kind}:{name}>", value)
        yield "/" + out


def rows() -> dict[str, list[dict[str, Any]]]:
    """Everything that the loop's applications and the outbox hold."""
    found = [m for app in (*LOOP, "common") if app in apps.app_configs for m in _models(app)]
    return {m.__name__: list(m.objects.order_by("pk").values()) for m in found}


def _models(app: str) -> list[type[models.Model]]:
    return list(apps.get_app_config(app).get_models())


@pytest.fixture
def numbers(office: Office, proposed, settings, tmp_path) -> dict[str, int]:
    """A matter with every kind of row; the number of one of each by its model's name in small letters."""
    settings.HOME = tmp_path
    channel_create(wanted=Wanted("wecom", SECRET, "wecombot://0123456789abcdef"), user=office.firm)
    listed = campaigns.campaign_plan(plan=replace(PLAN, title=SECRET), user=office.handler)
    chosen = selection_of(listed)
    campaigns.campaign_select(campaign=listed.pk, seen=listed.revision, selection=chosen, user=office.handler)
    matter = proposed("mark")
    office.to_notice(matter)
    services.defence_file(proposal=matter.pk, kind="statement", text=SECRET, user=office.firm)
    office.to_effect(proposed("bar"))
    office.to_effect(proposed("rectify"))
    office.serve(office.to_signature(proposed("verify")))
    order = acts.Order(FIRM, office.unit, SECRET, clock.today(), office.handler)
    acts.undertaking_assign(order=order, user=office.signer)
    suspended = office.to_effect(proposed("suspend"), days=30)
    assert suspended.until is not None
    with clock.frozen(suspended.until + dt.timedelta(days=1)):
        services.lifting_file(restriction=suspended.pk, text=SECRET, user=office.firm)
    Proposal.objects.update(facts=SECRET)
    Project.objects.create(project=PROJECT, name="一号楼", region="370202", status="在建", recorded_at=AT)
    with transaction.atomic():
        hazard = outbox.Event("site.hazard.found", f"enterprise:{FIRM}", {**event_of("stop").data, "hazard_no": "H2"})
        outbox.append([event_of("bar"), event_of("stop"), hazard])
    while dispatch.events_dispatch():
        pass
    made = {model: found[-1]["id"] for model, found in rows().items() if found and isinstance(found[-1].get("id"), int)}
    return {model.lower(): number for model, number in made.items()} | {"enterprise": FIRM, "project": PROJECT}


@pytest.fixture
def strangers(office: Office) -> dict[str, Client]:
    """A rival enterprise's hand, an officer elsewhere, nobody."""
    del office
    elsewhere = User.objects.create_user("elsewhere", role=Role.CITY)
    Grant.objects.create(user=elsewhere, function="market", division_id="610100", action="*")
    rival = User.objects.create_user("rival2", role=Role.ENTERPRISE)
    EnterpriseMembership.objects.create(user=rival, enterprise=999)
    out = {"nobody": Client()}
    for name, user in (("elsewhere", elsewhere), ("rival", rival)):
        out[name] = Client()
        out[name].force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return out


@pytest.fixture(autouse=True)
def _quick(settings) -> None:
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith("whitenoise.")]


def test_the_walk_meets_the_loop() -> None:
    names = {name for name, _, _ in NUMBERED}
    assert {"decisions:confirm", "decisions:defend", "decisions:document", "linkage:move", "events:system"} <= names


def test_no_number_in_any_address_opens_or_changes_another_s_matter(numbers, strangers) -> None:
    wanted = {"proposal", "document", "service", "restriction", "defence", "lifting", "rectification", "verification"}
    assert wanted | {"notice", "channel", "delivery", "obligation", "campaign", "campaignmember"} <= numbers.keys()
    before = rows()
    for name, route, converters in NUMBERED:
        for first, address in enumerate(filled(route, converters, numbers)):
            for who, client in strangers.items():
                if who == "nobody" and first:
                    continue  # without a session no number is looked at: one question an address
                for answer in (client.get(address), client.post(address, FORM)):
                    told = (name, who, address, answer.status_code)
                    assert answer.status_code in {302, 403, 404, 405}, told
                    assert SECRET not in answer.content.decode(), told
    after = rows()
    changed = [name for name, found in before.items() if found != after[name]]
    assert changed == []


def test_nothing_is_posted_without_the_token(office: Office, numbers) -> None:
    before = rows()
    for who in ("signer", "firm"):
        client = Client(enforce_csrf_checks=True)
        client.force_login(office.people[who], backend=settings.AUTHENTICATION_BACKENDS[0])
        for name, route, converters in ADDRESSES:
            # The token is asked for before any number or word is looked at: one question an address.
            address = next(filled(route, converters, numbers))
            assert client.post(address, FORM).status_code in {403, 404, 405}, (name, who, address)
    assert rows() == before
