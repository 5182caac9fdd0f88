"""The OpenAPI document keeps its word: schemathesis asks everything of it, signed in and not, sensible and not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.assessments.world import FAR, NOW, SHORT
from zhulian.core.kernel.errors import catalogue
from zhulian.server.wsgi import application

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def _keep_the_connection() -> Iterator[None]:
    """The test's transaction lives in one connection, which a request must not close (as Django's client sees to)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ask(register) -> Callable[..., list[str]]:  # noqa: ARG001 - keys that exist
    """Ask every operation with generated arguments; returns the operations asked."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)

    def everything(*, key: str = "", headers: dict[str, str] | None = None) -> list[str]:
        asked = []
        for operation in (result.ok() for result in schema.get_all_operations()):
            _ask(operation, key, headers or {})
            asked.append(operation.label)
        return asked

    return everything


def _ask(operation, key: str, headers: dict[str, str]) -> None:
    @BOUNDED
    @given(case=operation.as_strategy())
    def once(case) -> None:
        if key and "key" in case.path_parameters:
            case.path_parameters["key"] = key
        case.call_and_validate(checks=CHECKS, headers=headers)

    once()


OPERATIONS = 12


def test_without_a_session(ask):
    assert len(ask()) == OPERATIONS


def test_with_a_session(ask, as_role):
    client = as_role("province")
    headers = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    assert len(ask(key=SHORT, headers=headers)) == OPERATIONS


WEIRD = [
    "",
    " ",
    "0",
    "-1",
    "9" * 30,
    "%00",
    "..",
    "a/b",
    "名",
    "'; DROP TABLE enterprise;--",
    "🏗",
    "x" * 2000,
]


@pytest.mark.parametrize("key", WEIRD)
@pytest.mark.parametrize("tail", ["", "/qualifications", "/assessments", "/assessments/D105A"])
def test_keys_that_name_nobody(as_role, key, tail):
    response = as_role("province").get(f"/api/v1/enterprises/{quote(key, safe='')}{tail}")
    assert response.status_code == 404
    assert response.json()["code"] in {"api.enterprise", "request.not_found"}


@pytest.mark.parametrize("address", ["enterprises/%00", "enterprises/a%00b/assessments", "search?q=%00", "nowhere%00"])
def test_a_nul_byte_is_refused(as_role, address):
    response = as_role("province").get(f"/api/v1/{address}")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["code"] == "request.nul"


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("1900-01-01", 200),
        ("2199-12-31", 200),
        ("2025-02-28", 200),
        ("0001-01-01", 400),
        ("9999-12-31", 400),
        ("2025-02-30", 422),
        ("2025-2-3", 422),
        ("20250203", 422),
        ("now", 422),
    ],
)
@pytest.mark.parametrize("name", ["as_of", "known_at"])
def test_days(as_role, name, day, status):
    response = as_role("province").get(f"/api/v1/enterprises/{SHORT}/assessments/D105A", {name: day})
    assert response.status_code == status
    if status != 200:
        assert response.json()["cure"]


def test_no_day_is_today(as_role):
    body = as_role("province").get(f"/api/v1/enterprises/{SHORT}/assessments").json()
    assert body["as_of"] == NOW.date().isoformat()
    assert body["known_at"] is None
    assert [(a["code"], a["verdict"], a["shortfall"]) for a in body["items"]] == [
        ("D105A", "short", "净资产差 5,000 万元")
    ]


def test_known_before_anything_was_recorded_is_unknown(as_role):
    before = (NOW - dt.timedelta(days=30)).date().isoformat()
    client = as_role("province")
    assert client.get(f"/api/v1/enterprises/{SHORT}/assessments", {"known_at": before}).json()["items"] == []
    one = client.get(f"/api/v1/enterprises/{SHORT}/assessments/D105A", {"known_at": before}).json()
    assert one["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"q": "青岛"}, 200),
        ({"q": "青岛", "limit": 0}, 422),
        ({"q": "青岛", "limit": 10**9}, 422),
        ({"q": "青岛", "after": -1}, 422),
        ({"q": "青岛", "after": 9_999}, 200),
        ({"q": "   "}, 400),
        ({"q": "\0"}, 400),
        ({"q": "青\0岛"}, 400),
        ({"q": "x" * 101}, 422),
        ({}, 422),
    ],
)
def test_search_limits(client, register, query, status):  # noqa: ARG001 - something to find
    response = client.get("/api/v1/search", query)
    assert response.status_code == status
    if status != 200:
        assert response.headers["Content-Type"] == "application/problem+json"


def test_search_pages(client, register):  # noqa: ARG001 - something to find
    first = client.get("/api/v1/search", {"q": "水利", "limit": 1}).json()
    second = client.get("/api/v1/search", {"q": "水利", "limit": 1, "after": first["next"]}).json()
    assert first["total"] == second["total"] == 2
    assert second["next"] is None
    names = {page["items"][0]["name"] for page in (first, second)}
    assert names == {"青岛甲水利工程有限公司", "青岛乙水利工程有限公司"}


def test_open_operations_tell_open_columns_only(client, register):  # noqa: ARG001 - its rows
    text = client.get(f"/api/v1/enterprises/{SHORT}").content.decode()
    assert "青岛甲水利工程有限公司" in text
    for secret in ("net_assets", "工人", "verdict", "short", "id_no"):
        assert secret not in text


def test_rulebooks(client, db):  # noqa: ARG001 - middleware reads the clock's offset
    listed = client.get("/api/v1/rulebooks").json()
    assert {"D101", "D105"} <= {book["code"] for book in listed}
    detail = client.get("/api/v1/rulebooks/D105").json()
    clause = next(c for r in detail["rules"] if r["code"] == "D105A" for c in r["clauses"] if c["id"] == "net-assets")
    assert clause["citation"]
    assert clause["parameters"]["at_least"]
    assert client.get("/api/v1/rulebooks/nothing").json()["code"] == "api.rulebook"


def test_the_documentation_page_lists_every_operation(client, db):  # noqa: ARG001 - middleware
    page = client.get("/api/v1/docs").content.decode()
    document = client.get("/api/v1/openapi.json").json()
    assert all(path in page for path in document["paths"])
    assert "cdn" not in page


def test_an_unknown_address_is_a_problem_too(client, db):  # noqa: ARG001 - middleware
    response = client.get("/api/v1/nothing")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


def test_codes_told_are_in_the_catalogue(as_role):
    codes = {kind.code for kind in catalogue()}
    client = as_role("enterprise")
    told = [client.get(f"/api/v1/enterprises/{FAR}/assessments").json()["code"]]
    told.append(client.get(f"/api/v1/enterprises/{SHORT}/assessments/ZZ").json()["code"])
    told.append(client.get(f"/api/v1/enterprises/{SHORT}/assessments?purpose=x").json()["code"])
    assert told == ["assessment.out_of_scope", "assessment.no_code", "request.invalid"]
    assert set(told) <= codes
