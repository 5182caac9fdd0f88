"""Sessions end when nobody uses them, and say by which way they may travel."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys

import pytest
from django.test import Client

from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.notary.models import Leaf

pytestmark = pytest.mark.django_db
START = dt.datetime(2025, 6, 2, 1, 0, tzinfo=dt.UTC)
PAGE = {"accept": "text/html"}


@pytest.fixture
def later(monkeypatch):
    """Set the machine's clock to so many minutes after the start."""

    def to(minutes: float) -> None:
        monkeypatch.setattr(clock, "machine_now", lambda: START + dt.timedelta(minutes=minutes))

    return to


@pytest.fixture
def client(later):
    later(0)
    out = Client()
    out.force_login(User.objects.create_user("wang", role=Role.CITY))
    assert out.get("/home", headers=PAGE).status_code == 200
    return out


def test_half_an_hour_without_use_ends_the_session_and_says_so(client, later):
    later(31)
    answer = client.get("/home", headers=PAGE)
    assert answer.status_code == 302
    assert answer.url == "/login?next=/home"
    assert "长时间没有操作" in client.get(answer.url).content.decode()
    told = Leaf.objects.get(action="accounts.session.end")
    assert json.loads(told.content)["data"] == {"reason": "idle"}
    assert client.get("/home", headers=PAGE).status_code == 302, "it stays ended"


def test_use_keeps_it_alive(client, later):
    for minutes in (20, 45, 70):
        later(minutes)
        assert client.get("/home", headers=PAGE).status_code == 200


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Sec-Fetch-Dest": "empty"}])
def test_what_an_open_page_asks_by_itself_keeps_nothing_alive(client, later, headers):
    for minutes in (10, 20, 29):
        later(minutes)
        assert client.get("/home", headers=headers).status_code == 200
    later(31)
    assert client.get("/home", headers=headers).status_code == 302


def test_the_minutes_are_set(client, later, settings):
    settings.IDLE_MINUTES = 5
    later(6)
    assert client.get("/home", headers=PAGE).status_code == 302


@pytest.mark.parametrize(("tls", "said"), [("1", [True, True, 31_536_000]), ("", [False, False, 0])])
def test_behind_tls_cookies_and_headers_say_so(tls, said, tmp_path):
    code = (
        "import json; from zhulian.server import settings as s;"
        "print(json.dumps([s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS]))"
    )
    environment = {**os.environ, "ZHULIAN_TLS": tls, "ZHULIAN_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == said
