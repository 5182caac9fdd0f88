"""Errors at the edge: problem+json (RFC 9457) under `/api/`, a page in Chinese elsewhere.

A :class:`ZhulianError` has its catalogue row; whatever else goes wrong gets a reference that is in the log too, and
tells nothing of its inside.
"""

from __future__ import annotations

import secrets
import sys
from typing import Any, Final

import structlog
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import TemplateDoesNotExist, loader
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from zhulian.core.kernel.errors import ZhulianError, catalogue

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_BY_STATUS: Final = {400: "request.bad", 401: "access.sign_in", 403: "access.refused", 404: "request.not_found"}


def problem(error: ZhulianError, *, instance: str = "") -> dict[str, Any]:
    """An error as an RFC 9457 object. `type` is the row's place in the catalogue page."""
    kind = error.kind
    return {
        "type": f"/errors#{error.code}",
        "title": error.text,
        "status": kind.status,
        "detail": error.text,
        "code": error.code,
        "params": {key: _plain(value) for key, value in error.params.items()},
        "cure": error.cure,
        "instance": instance,
    }


def problem_response(error: ZhulianError, request: HttpRequest, **more: Any) -> JsonResponse:
    """The error as a problem+json answer; `more` are extension members (RFC 9457 section 3.2)."""
    body = problem(error, instance=request.path) | more
    options = {"ensure_ascii": False}
    return JsonResponse(body, status=body["status"], content_type=MEDIA_TYPE, json_dumps_params=options)


def page_response(error: ZhulianError, request: HttpRequest, *, reference: str = "") -> HttpResponse:
    """The error as a page in Chinese."""
    context = {"status": error.kind.status, "title": error.text, "text": "", "cure": error.cure, "code": error.code}
    try:
        body: str = loader.render_to_string("portal/error.html", context | {"reference": reference}, request)
    except TemplateDoesNotExist:  # the foundations run without the portal in their own tests
        body = f"{error.text}\n{error.cure}"
    return HttpResponse(body, status=error.kind.status)


def response(error: ZhulianError, request: HttpRequest) -> HttpResponse:
    """The error in the form that the address calls for."""
    return problem_response(error, request) if is_api(request) else page_response(error, request)


def is_api(request: HttpRequest) -> bool:
    """Whether the answer is for a program."""
    return request.path.startswith("/api/")


def problems_install(api: NinjaAPI) -> None:
    """Let a ninja API answer every error as problem+json."""

    @api.exception_handler(ZhulianError)
    def known(request: HttpRequest, error: ZhulianError) -> HttpResponse:
        return problem_response(error, request)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = [{"field": ".".join(map(str, e["loc"])), "code": e["type"]} for e in error.errors]
        return problem_response(ZhulianError("request.invalid"), request, errors=fields)

    @api.exception_handler(HttpError)
    def told(request: HttpRequest, error: HttpError) -> HttpResponse:
        code = _BY_STATUS.get(error.status_code, "request.bad")
        return problem_response(ZhulianError(code, detail=error.message, action=error.message), request)

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, _error: Http404) -> HttpResponse:
        return problem_response(ZhulianError("request.not_found"), request)

    @api.exception_handler(Exception)
    def failed(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem_response(ZhulianError("server.failed", reference=logged(error, request)), request)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of status 400; what was wrong with the request is not echoed."""
    del exception
    return response(ZhulianError("request.bad", detail="服务器没有看懂"), request)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of status 403."""
    del exception
    return response(ZhulianError("access.refused", action="打开这个页面"), request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is missing or old."""
    del reason
    return response(ZhulianError("request.csrf"), request)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of status 404."""
    del exception
    return response(ZhulianError("request.not_found"), request)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Handler of status 500: a page that needs neither the database nor a session, with the log's reference."""
    # What fails in a middleware never reached `Errors`; Django calls this while it handles the exception.
    reference = getattr(request, "failure_reference", "") or logged(sys.exc_info()[1], request)
    error = ZhulianError("server.failed", reference=reference)
    if is_api(request):
        return problem_response(error, request)
    context = {"status": error.kind.status, "title": error.text, "cure": error.cure, "reference": reference}
    return HttpResponse(loader.render_to_string("common/failed.html", context), status=error.kind.status)


def listing() -> list[dict[str, Any]]:
    """The whole catalogue as plain rows, for the API and the documentation."""
    return [{"code": k.code, "status": k.status, "text": k.text, "cure": k.cure} for k in catalogue()]


def logged(error: BaseException | None, request: HttpRequest) -> str:
    """Log an unexpected error; the reference that is told to the user."""
    reference = secrets.token_hex(4)
    log.error("request.failed", reference=reference, path=request.path, exc_info=error)
    return reference


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool | None) else str(value)
