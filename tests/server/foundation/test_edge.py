"""The edge of the whole server: what no view should ever see, and what is said when one fails."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from zhulian.server.assessments import selectors as assessments
from zhulian.server.portal import selectors as portal


@pytest.fixture
def client(settings) -> Client:
    settings.ALLOWED_HOSTS = ["testserver"]
    return Client(raise_request_exception=False)


@pytest.fixture
def _broken(monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(portal, "found", fail)
    monkeypatch.setattr(assessments, "search_results", fail)


@pytest.mark.parametrize(
    "address", ["/?q=%00", "/?%00=1", "/enterprise/%00", "/%00", "/static/%00.css", "/registry/%00"]
)
def test_a_nul_byte_in_an_address_is_a_bad_request(client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "空字符" in answer.content.decode()


@pytest.mark.parametrize("form", [{"username": "a\0b"}, {"a\0": "x"}])
def test_a_nul_byte_in_a_form_is_a_bad_request(client, form: dict[str, str]) -> None:
    answer = client.post("/login", form)
    assert answer.status_code == 400
    assert "空字符" in answer.content.decode()
    encoded = "&".join(f"{name}={value}" for name, value in form.items()).replace("\0", "%00")
    assert client.post("/login", encoded, content_type="application/x-www-form-urlencoded").status_code == 400


def test_a_nul_byte_in_a_cookie_is_a_bad_request(client) -> None:
    assert client.get("/home", headers={"Cookie": 'sessionid="a\\000b"'}).status_code == 400


def test_a_nul_byte_for_the_api_is_a_problem(client) -> None:
    answer = client.get("/api/v1/search?q=a%00")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == "request.nul"
    assert answer.json()["cure"]


# Not marked for the database: pytest-django refuses any access to it.


@pytest.mark.usefixtures("_broken")
def test_a_view_that_fails_shows_a_page_with_a_reference(client) -> None:
    answer = client.get("/?q=x")
    page = answer.content.decode()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (500, "no-store")
    assert "<h1>系统出现故障" in page
    assert "/static/zhulian/components.css" in page
    assert re.search(r"编号 [0-9a-f]{8}<", page)
    assert "inner" not in page
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("_broken")
def test_an_operation_that_fails_answers_with_a_problem(client) -> None:
    answer = client.get("/api/v1/search?q=x")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    body = answer.json()
    assert body["code"] == "server.failed"
    assert body["params"]["reference"] in body["cure"]
    assert "inner" not in answer.content.decode()


@pytest.mark.parametrize(("address", "kind"), [("/home", "text/html"), ("/api/v1/nowhere", "application/problem+json")])
def test_a_failure_before_any_view_is_told_too(client, monkeypatch, address: str, kind: str) -> None:
    """A database that is down fails in the session, which no view sees."""

    def fail(*_: object) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(SessionStore, "load", fail)
    monkeypatch.setattr(SessionStore, "is_empty", fail)
    client.cookies["sessionid"] = "0123456789abcdefghijklmnopqrstuv"
    answer = client.get(address)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith(kind)
    assert re.search(r"编号 [0-9a-f]{8}", answer.content.decode())
