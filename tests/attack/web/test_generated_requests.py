"""The interface asked by schemathesis, sensible and not, by officers and an enterprise; nobody gets what is not public.

`tests/server/api/test_contract.py` asks as a province and as nobody; here are the others, and what its check lets pass.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from attack.web.walk import addresses
from server.assessments.world import SHORT, as_role, now, register
from zhulian.server.wsgi import application

__all__ = ["as_role", "now", "register"]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=100 if os.environ.get("ZHULIAN_LONG") == "1" else 2,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
ACCESS = {(address.route, method): access for address in addresses() for method, access in address.access}
"""What each operation declares, by route and method."""


@pytest.fixture(autouse=True)
def _keep_the_connection() -> Iterator[None]:
    """The test's transaction lives in one connection, which a request must not close (as Django's client sees to)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations() -> list:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    return [found.ok() for found in schema.get_all_operations()]


def route_of(operation) -> str:
    return operation.path.replace("{", "<").replace("}", ">")


def ask(operation, mode: GenerationMode, headers: dict[str, str], judge) -> None:
    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def once(case) -> None:
        for name in ("key", "uscc"):
            if mode is GenerationMode.POSITIVE and name in case.path_parameters:
                case.path_parameters[name] = SHORT
        judge(case, headers)

    once()


def conforms(case, headers: dict[str, str]) -> None:
    case.call_and_validate(checks=CHECKS, headers=headers)


def is_turned_away(case, headers: dict[str, str]) -> None:
    answer = case.call(headers=headers)
    assert answer.status_code in {400, 401, 403, 404, 405, 422}, answer.status_code
    assert answer.status_code in {401, 403} or SHORT not in case.formatted_path, answer.status_code


PAIRS = [(who, mode) for who in ("district", "enterprise", "other-enterprise") for mode in GenerationMode]
SHORT_PAIRS = [("district", GenerationMode.NEGATIVE), ("other-enterprise", GenerationMode.POSITIVE)]


@pytest.mark.parametrize(
    ("who", "mode"),
    PAIRS if os.environ.get("ZHULIAN_LONG") == "1" else SHORT_PAIRS,
    ids=lambda p: str(getattr(p, "value", p)),
)
def test_it_answers_as_it_says(as_role, who: str, mode: GenerationMode) -> None:
    headers = {"Cookie": f"sessionid={as_role(who).cookies['sessionid'].value}"}
    asked, whole = 0, operations()
    for operation in whole:
        with suppress(*[Unsatisfiable] if mode is GenerationMode.NEGATIVE else []):  # it takes nothing, or any text
            ask(operation, mode, headers, conforms)
            asked += 1
    assert len(whole) == len({key for key in ACCESS if key[0].startswith("/api/v1/") and key[1] != "*"})
    assert asked == len(whole) or (mode is GenerationMode.NEGATIVE and asked >= len(whole) // 2)


@pytest.mark.parametrize("headers", [{}, {"Cookie": f"sessionid={'x' * 32}"}], ids=["nobody", "no-such-session"])
@pytest.mark.usefixtures("register")
def test_nobody_gets_what_is_not_declared_public(headers: dict[str, str]) -> None:
    guarded = [o for o in operations() if ACCESS[route_of(o), o.method.upper()].kind != "public"]
    assert len(guarded) >= 5
    for operation in guarded:
        ask(operation, GenerationMode.POSITIVE, headers, is_turned_away)


def test_the_document_says_what_may_be_answered_to_nobody() -> None:
    for operation in operations():
        access = ACCESS[route_of(operation), operation.method.upper()]
        refusals = {"401", "403"} & set(operation.definition.raw["responses"])
        assert bool(refusals) == (access.kind != "public"), operation.label
