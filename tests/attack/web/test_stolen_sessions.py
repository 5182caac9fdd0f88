"""A copied session cookie is worth nothing once its session has ended, on any address; nobody chooses another's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client

from attack.web.walk import addresses
from zhulian.server.accounts import services
from zhulian.server.accounts.administration import services as administration
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role

PASSWORD, NEW = "a long enough sentence", "another long enough sentence"
GUARDED = [
    address
    for address in addresses()
    if any(kind.kind in {"signed_in", "requires"} and method in {"GET", "*"} for method, kind in address.access)
]
VALUES = {"int": [1], "str": ["x"], "kind": ["csv"]}


@pytest.fixture
def officer(db, settings) -> User:  # noqa: ARG001 - a user is a row
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith("whitenoise.")]
    return User.objects.create_user("wang", password=PASSWORD, role=Role.PROVINCE)


@pytest.fixture
def administrator(db) -> User:  # noqa: ARG001 - a user is a row
    return User.objects.create_user("root", role=Role.ADMINISTRATOR)


def sign_in(client: Client, password: str = PASSWORD) -> HttpResponse:
    return client.post("/login", {"username": "wang", "password": password})


def signed_in() -> Client:
    client = Client()
    assert sign_in(client).status_code == 302
    return client


def copied(client: Client) -> Client:
    """Another browser with the same session cookie."""
    out = Client()
    out.cookies["sessionid"] = client.cookies["sessionid"].value
    assert out.get("/account/").status_code == 200
    return out


def answers(client: Client) -> list[tuple[str, int]]:
    """Guarded addresses that answer anything but the way to the sign-in page."""
    out = []
    for address in GUARDED:
        where = next(address.filled(VALUES))
        answer = client.get(where)
        api = where.startswith("/api/")
        turned = answer.status_code == 401 if api else answer.headers.get("Location", "").startswith("/login?next=")
        if not turned and answer.status_code != 405:
            out.append((where, answer.status_code))
    return out


def signs_out(client: Client, _officer: User, _administrator: User) -> None:
    assert client.post("/logout").status_code == 302


def changes_the_password(client: Client, _officer: User, _administrator: User) -> None:
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/password", form).status_code == 302
    assert client.get("/account/").status_code == 200


def signs_in_again(client: Client, _officer: User, _administrator: User) -> None:
    assert sign_in(client).status_code == 302
    assert client.get("/account/").status_code == 200


def ends_the_others(_client: Client, _officer: User, _administrator: User) -> None:
    assert signed_in().post("/account/sessions/end").status_code == 302


def has_the_account_closed(_client: Client, officer: User, administrator: User) -> None:
    administration.account_close(user=officer, reason="离职", by=administrator)


def has_the_password_reset(_client: Client, officer: User, administrator: User) -> None:
    administration.password_reset(user=officer, reason="遗失", by=administrator)


def is_deactivated_behind_our_back(_client: Client, officer: User, _administrator: User) -> None:
    User.objects.filter(pk=officer.pk).update(is_active=False)


@pytest.mark.parametrize(
    "end",
    [
        signs_out,
        signs_in_again,
        changes_the_password,
        ends_the_others,
        has_the_account_closed,
        has_the_password_reset,
        is_deactivated_behind_our_back,
    ],
)
def test_an_ended_session_answers_nowhere(
    officer: User, administrator: User, end: Callable[[Client, User, User], None]
) -> None:
    client = signed_in()
    thief = copied(client)
    end(client, officer, administrator)
    assert len(GUARDED) > 100
    assert answers(thief) == []


def test_a_lock_out_ends_no_session_and_opens_none(officer: User) -> None:
    """Else anybody could sign anybody out; who is locked out cannot get in again, with the right password either."""
    client = signed_in()
    for _ in range(5):
        assert sign_in(Client(), "wrong").status_code == 422
    late = Client()
    assert sign_in(late).status_code == 422
    assert "_auth_user_id" not in late.session
    assert client.get("/account/").status_code == 200
    services.session_end_record(user=officer, reason="own")
    client.post("/logout")
    assert sign_in(client).status_code == 422


def test_a_session_past_its_age_answers_nothing(officer: User) -> None:
    del officer
    thief = copied(signed_in())
    Session.objects.update(expire_date=clock.machine_now() - dt.timedelta(seconds=1))
    assert thief.get("/account/").status_code == 302


@pytest.mark.parametrize("chosen", ["x" * 32, "0" * 32, "", "a" * 4000, "../../etc/passwd", "'; DROP TABLE x;--"])
def test_nobody_chooses_the_key_of_a_session(officer: User, chosen: str) -> None:
    del officer
    victim = Client()
    victim.cookies["sessionid"] = chosen
    assert sign_in(victim).status_code == 302
    assert victim.cookies["sessionid"].value not in {chosen, ""}
    planted = Client()
    planted.cookies["sessionid"] = chosen
    assert planted.get("/account/").status_code == 302


def test_a_session_begun_before_signing_in_is_another_after_it(officer: User) -> None:
    del officer
    client = Client()
    session = client.session
    session["planted"] = "x"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    assert sign_in(client).status_code == 302
    assert client.cookies["sessionid"].value != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert thief.get("/account/").status_code == 302


def test_every_cookie_is_closed_to_scripts_and_other_sites(officer: User) -> None:
    del officer
    client = signed_in()
    client.get("/account/")
    assert {"sessionid", "csrftoken"} <= client.cookies.keys()
    for name, cookie in client.cookies.items():
        assert cookie["httponly"], name
        assert cookie["samesite"] in {"Lax", "Strict"}, name
        assert not cookie["domain"], name
