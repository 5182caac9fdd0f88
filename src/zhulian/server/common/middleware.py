"""What every answer carries, and how a refusal becomes an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import errors

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PERMISSIONS_POLICY: Final = "geolocation=(), camera=(), microphone=()"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SecurityHeaders:
    """No inline script, no inline style, nothing from elsewhere; what a signed-in user sees is not cached."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class Errors:
    """A refusal raised anywhere below becomes its page or its problem+json."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django asks here before it gives up; other exceptions go on to the handler of status 500."""
        if isinstance(exception, ZhulianError):
            return errors.response(exception, request)
        request.failure_reference = errors.logged(exception, request)  # type: ignore[attr-defined]  # read by server_error
        return None
