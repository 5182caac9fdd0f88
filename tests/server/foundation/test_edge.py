"""The edge of the whole server: what no view should ever see, and what is said when one fails."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(settings) -> Client:
    settings.ALLOWED_HOSTS = ["testserver"]
    return Client()


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
