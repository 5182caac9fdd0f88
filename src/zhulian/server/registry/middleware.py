"""Old addresses of merged subjects lead to the one in whom they live on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from zhulian.server.registry.merging.selectors import survivor_of

_SAFE: Final = ("GET", "HEAD")


class MergedSubjects:
    """Redirects pages about an enterprise by its number. With `known_at` the page shows what was known then: no redirect."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """The redirect, for signed-in readers of a page whose enterprise is merged."""
        enterprise = kwargs.get("enterprise")
        if not isinstance(enterprise, int) or request.method not in _SAFE or request.GET.get("known_at"):
            return None
        match = request.resolver_match
        if match is None or not request.user.is_authenticated or (root := survivor_of(enterprise)) == enterprise:
            return None
        query = request.META.get("QUERY_STRING", "")
        address = reverse(match.view_name, kwargs={**kwargs, "enterprise": root})
        return HttpResponseRedirect(f"{address}?{query}" if query else address)
