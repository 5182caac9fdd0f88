"""Who asks too often waits; who the peer is, proxies of ours only say."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from zhulian.server.accounts import backends, limiting
from zhulian.server.accounts.limiting import LIMITS, Counters, Limit

AWAY = "203.0.113.7"


@pytest.fixture
def small(monkeypatch) -> dict[str, float]:
    """Limits of three, and a clock that the test sets."""
    few = tuple(Limit(one.name, one.of, 3, one.seconds) for one in LIMITS)
    now = {"now": 1000.0}
    monkeypatch.setattr(limiting, "LIMITS", few)
    monkeypatch.setattr(limiting, "BAD_KEY", few[-1])
    monkeypatch.setattr(limiting, "counters", Counters())
    monkeypatch.setattr(limiting.time, "monotonic", lambda: now["now"])
    return now


@pytest.mark.django_db
def test_one_too_many_waits_and_goes_on(small):
    client = Client(REMOTE_ADDR=AWAY)
    assert [client.get("/about").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/about")
    assert refused.headers["Retry-After"] == "60"
    assert "请等 60 秒后再试" in refused.content.decode()
    assert client.get("/api/v1/rulebooks").headers["Content-Type"] == "application/problem+json"
    small["now"] += 61
    assert client.get("/about").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
def test_others_and_this_machine_are_not_touched():
    client = Client(REMOTE_ADDR=AWAY)
    for _ in range(4):
        client.get("/about")
    here = Client()
    assert [here.get("/about").status_code for _ in range(8)] == [200] * 8


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
def test_signing_in_is_limited_beside_the_lock_out():
    client = Client(REMOTE_ADDR=AWAY)
    typed = [client.post("/login", {"username": f"u{n}", "password": "x"}).status_code for n in range(4)]
    assert typed == [422, 422, 422, 429]


def test_windows_of_things_are_their_own_and_there_are_never_more_than_so_many(monkeypatch):
    monkeypatch.setattr(limiting, "_MOST", 3)
    counters, limit = Counters(), Limit("x", lambda _request: "", 1, 10)
    assert [counters.wait(limit, thing, 0.0) for thing in "aabc"] == [0, 10, 0, 0]
    assert counters.wait(limit, "a", 4.6) == 5
    assert [counters.wait(limit, thing, 5.0) for thing in "def"] == [0, 10, 10], "newcomers share one window"
    assert len(counters.windows) == 4
    assert counters.wait(limit, "d", 16.0) == 0
    assert set(counters.windows) == {("x", "d")}


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
def test_keys_that_do_not_work_are_counted_and_one_subscriber_is_one_peer():
    bad = {"HTTP_AUTHORIZATION": "Bearer zl_1_" + "x" * 43}
    tried = [Client(REMOTE_ADDR=f"2001:db8:1:2::{n}", **bad).get("/api/v1/rulebooks").status_code for n in range(1, 6)]
    assert tried == [401, 401, 401, 429, 429]
    assert Client(REMOTE_ADDR="2001:db8:1:3::1", **bad).get("/api/v1/rulebooks").status_code == 401


@pytest.mark.parametrize(
    ("peer", "header", "expected"),
    [
        ("10.0.0.9", "1.2.3.4", "10.0.0.9"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "127.0.0.1, 1.2.3.4", "1.2.3.4"),
    ],
)
def test_the_peer_is_whom_our_own_proxies_name(settings, peer, header, expected):
    settings.PROXIES = frozenset({"10.0.0.1", "10.0.0.2"})
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=header)
    assert backends.address_of(request) == expected
