"""Errors at the edge, and logs that keep secrets."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from django.http import HttpResponse
from django.test import RequestFactory

from zhulian.core.kernel.errors import ZhulianError, catalogue
from zhulian.server.common import errors, logs
from zhulian.server.common.middleware import Errors, SecurityHeaders


def test_problem_json() -> None:
    request = RequestFactory().get("/api/v1/x")
    answer = errors.problem_response(ZhulianError("value.date", value="2019-13-01"), request, line=3)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert json.loads(answer.content) == {
        "type": "/errors#value.date",
        "title": "「2019-13-01」不是有效日期",
        "status": 422,
        "detail": "「2019-13-01」不是有效日期",
        "code": "value.date",
        "params": {"value": "2019-13-01"},
        "cure": "请写成 2025-03-01 这样的形式",
        "instance": "/api/v1/x",
        "line": 3,
    }


def test_every_row_of_the_catalogue_can_be_told() -> None:
    for kind in catalogue():
        error = ZhulianError(kind.code)
        assert error.text
        assert error.cure
        assert 400 <= kind.status < 600
    assert {row["code"] for row in errors.listing()} == {kind.code for kind in catalogue()}


def test_an_unexpected_error_tells_a_reference_and_nothing_inside() -> None:
    request = RequestFactory().get("/api/v1/x")
    assert Errors(lambda _: HttpResponse()).process_exception(request, ValueError("inner secret")) is None
    answer = errors.server_error(request)
    body = answer.content.decode()
    assert answer.status_code == 500
    assert request.failure_reference in body
    assert "inner" not in body
    assert "inner" not in errors.server_error(RequestFactory().get("/x")).content.decode()


def test_headers() -> None:
    answer = SecurityHeaders(lambda _: HttpResponse())(RequestFactory().get("/"))
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "geolocation=()" in answer.headers["Permissions-Policy"]


SECRETS = ("hunter2", "370202199001011234", "37020219900101123X", "13812345678", "s3cr3t")


@pytest.mark.parametrize(
    "event",
    [
        {"password": "hunter2"},
        {"data": {"id_no": "370202199001011234", "rows": [{"API_KEY": "hunter2"}]}},
        {"text": "号码 37020219900101123X 与 13812345678 重复"},
        {"url": "postgresql://zhulian:s3cr3t@db:5432/zhulian"},
        {"headers": {"Authorization": "Bearer hunter2", "Cookie": "hunter2"}},
        {"rows": [("370202199001011234",)]},
    ],
)
def test_secrets_are_hidden(event: dict[str, object]) -> None:
    out = json.dumps(logs.without_secrets(None, "info", event), ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in out]
    assert logs.HIDDEN in out


def test_what_is_no_secret_stays() -> None:
    event = {"uscc": "91370200MA3C0TX57K", "subject": "enterprise:17", "n": 3, "at": "2025-06-01T09:00:00+08:00"}
    assert logs.without_secrets(None, "info", event) == event


def test_both_kinds_of_logger_are_configured(capsys) -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    try:
        logs.configure()
        structlog.get_logger("t").info("one", password="hunter2")
        logging.getLogger("library").warning("failed for %s", "370202199001011234")
        error = ValueError("370202199001011234")
        logging.getLogger("library").error("broken", exc_info=error)
    finally:
        root.handlers[:] = before
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["one", f"failed for {logs.HIDDEN}", "broken"]
    assert not [secret for secret in SECRETS if secret in json.dumps(lines)]
