"""No form without its token: every address that takes anything but reading, as the URL conf names it."""

from __future__ import annotations

import os

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from attack.web.walk import Address, addresses
from zhulian.server.accounts.models import User
from zhulian.server.common.permissions import Role

ADDRESSES = list(addresses())
EXEMPT = {
    "/api/v1/eligibility": "a question too long for an address: it changes no row, and a page elsewhere cannot read it",
    "/api/v1/events": "keyed: the signature of a registered system; no session is looked at",
    "/witness/add-checkpoint": "C2SP tlog-witness: the checkpoint carries its log's signature; no session is looked at",
}
"""Addresses that take a POST without a token, and why that gives nobody anything."""
LONG = os.environ.get("ZHULIAN_LONG") == "1"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE") if LONG else ("POST",)
ROLES = (Role.PROVINCE, Role.ADMINISTRATOR, Role.ENTERPRISE) if LONG else (Role.PROVINCE,)
VALUES = {"int": [1], "str": ["x"], "kind": ["csv"]}


@pytest.fixture(params=ROLES)
def client(request, db, settings) -> Client:  # noqa: ARG001 - asked for by name
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith("whitenoise.")]
    out = Client(enforce_csrf_checks=True, raise_request_exception=False)
    out.force_login(User.objects.create_user("someone", role=request.param), backend=_backend())
    return out


def _backend() -> str:
    return settings.AUTHENTICATION_BACKENDS[0]


def test_the_table_names_what_is_exempt_and_nothing_else() -> None:
    assert {a.route for a in ADDRESSES if a.exempt} == EXEMPT.keys()
    assert len(ADDRESSES) > 150


@pytest.mark.parametrize("method", UNSAFE)
def test_without_the_token_nothing_is_taken(client: Client, method: str) -> None:
    wrong = []
    for one in ADDRESSES:
        where = next(one.filled(VALUES))
        answer = client.generic(method, where, b"a=1", content_type="application/x-www-form-urlencoded")
        if not _as_it_should(one, method, answer):
            wrong.append((where, answer.status_code))
    assert wrong == []


def _as_it_should(one: Address, method: str, answer) -> bool:
    operations = {name for name, _ in one.access}
    if "*" in operations:  # a page: the token is asked for before the view is reached
        if one.route in EXEMPT:
            return answer.status_code == (400 if method == "POST" else 405)
        return answer.status_code == 403 and "页面已过期" in answer.content.decode()
    if method not in operations:
        return answer.status_code == 405
    return one.route in EXEMPT and answer.status_code in {400, 401}


@pytest.mark.parametrize("route", EXEMPT)
def test_what_needs_no_token_changes_nothing_for_a_session(client: Client, route: str) -> None:
    question = b'{"items": [{"uscc": "91370200000000100K", "purpose": "bid"}]}'
    bodies = [(b"[]", "application/json"), (b"old 0\n\n", "text/plain"), (question, "text/plain"), (b"", "x/y")]
    before = rows()
    statuses = [client.post(route, body, content_type=kind).status_code for body, kind in bodies]
    assert (200 in statuses) == ("eligibility" in route)
    assert rows() == before


def rows() -> dict[str, list[tuple]]:
    """Every row of ours."""
    ours = [m for m in apps.get_models() if m.__module__.startswith("zhulian.")]
    return {m._meta.label: list(m._base_manager.order_by("pk").values_list()) for m in ours}


@pytest.mark.parametrize("token", ["", "x" * 32, "x" * 64, "\u00e9" * 32])
def test_a_token_of_ones_own_making_is_none(client: Client, token: str) -> None:
    assert client.get("/account/").status_code == 200
    for more in ({}, {"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_ORIGIN": "null"}):
        answer = client.post("/logout", {"csrfmiddlewaretoken": token}, **more)
        assert answer.status_code == 403
    assert client.get("/account/").status_code == 200
