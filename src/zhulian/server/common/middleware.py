"""What every answer carries, and how a refusal becomes an answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, UnreadablePostError

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import errors

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PERMISSIONS_POLICY: Final = "geolocation=(), camera=(), microphone=()"

_NUL: Final = "\0"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SecurityHeaders:
    """No inline script, no inline style, nothing from elsewhere; what a signed-in user sees is not cached."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if response.status_code >= 500:  # who is signed in stands in the database, which may be what is down
            response.headers.setdefault("Cache-Control", "no-store")
            return response
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class NoNul:
    """A NUL byte in an address, a form or a cookie is answered with 400.

    PostgreSQL stores none and refuses even to look for one, SQLite takes them; no honest client sends one. It stands
    before sessions, so that not even a session is looked up by one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _NUL in request.path or _has_nul(request.GET) or any(_NUL in value for value in request.COOKIES.values()):
            return errors.response(ZhulianError("request.nul"), request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Forms are read only here: an address that nobody answers need not have its form read.

        The API takes no forms. Reading one there would use up the body that it reads, whatever the sender calls it.
        """
        if request.path.startswith("/api/"):
            return None
        with suppress(UnreadablePostError):  # the client went away; whoever needs the form notices
            if _has_nul(request.POST):
                return errors.response(ZhulianError("request.nul"), request)
        return None


def _has_nul(given: QueryDict) -> bool:
    return any(_NUL in text for name, values in given.lists() for text in (name, *values))


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
