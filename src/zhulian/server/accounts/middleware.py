"""Demo accounts stay on this machine, with a session made here too."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase

from zhulian.server.accounts import backends


class DemoStaysHere:
    """End the session of a demo account whose request comes from another machine."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(request.user, "demo", False) and not backends.is_loopback(backends.address_of(request)):
            logout(request)
        return self.get_response(request)
