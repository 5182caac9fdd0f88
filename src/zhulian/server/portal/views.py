"""Pages of the portal. Domain questions are answered by selectors; views only choose what is shown."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules.sources import NO_VERSION
from zhulian.server.acts.selectors import public_undertakings
from zhulian.server.common import clock
from zhulian.server.common.permissions import public, signed_in
from zhulian.server.decisions.selectors import public_restrictions
from zhulian.server.portal import compared, desk, gallery, rulebooks, selectors


@public
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The public's one search box, and what it found."""
    query = request.GET.get("q", "").strip()[:100]
    page = selectors.found(query, page=_page(request), today=clock.today()) if query else None
    return render(request, "portal/search.html", {"query": query, "page": page})


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isdecimal() and len(text) < 5 else 1


@public
@require_safe
def enterprise(request: HttpRequest, key: str) -> HttpResponse:
    """What the public may know of one enterprise."""
    found = selectors.profile(key, today=clock.today())
    if found is None:
        raise ZhulianError("request.not_found")
    if found.key != key:
        return redirect("portal:enterprise", key=found.key)
    context = {
        "found": found,
        "today": clock.today(),
        "inside": desk.may_open(request.user, found.subject),
        "restrictions": public_restrictions(found.subject),
        "supervised": public_undertakings(found.subject),
    }
    return render(request, "portal/enterprise.html", context)


@public
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """All rulebooks with their versions."""
    query = request.GET.get("q", "").strip()
    context = {
        "subjects": rulebooks.listed(query),
        "overlays": rulebooks.overlays(query),
        "unused": NO_VERSION,
        "query": query,
    }
    return render(request, "portal/rules.html", context)


@public
@require_safe
def rulebook(request: HttpRequest, code: str) -> HttpResponse:
    """One rulebook in words, in the version asked for, and beside another text of it if one is named."""
    shown = rulebooks.shown(code, request.GET.get("version", ""), request.GET.get("grade", ""), today=clock.today())
    if shown is None:
        raise ZhulianError("request.not_found")
    context = {
        "shown": shown,
        "options": compared.options(shown),
        "compared": compared.compared(shown, request.GET.get("with", "")),
    }
    return render(request, "portal/rulebook.html", context)


@public
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What Zhulian is, what it promises, and where its data come from."""
    return render(request, "portal/about.html")


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The work desk: what waits, every number with the list behind it."""
    return render(request, "portal/home.html", {"desk": desk.of(request.user, today=clock.today())})


@public
@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Every component with its states, for whoever writes pages. It has no data."""
    return render(request, "portal/components.html", {"samples": gallery.rendered(request)})
