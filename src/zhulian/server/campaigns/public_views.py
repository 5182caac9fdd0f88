"""核查公告: announced campaigns for everybody, their totals, and conclusions once a campaign is closed (decision 0041)."""

from __future__ import annotations

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.campaigns import batches
from zhulian.server.campaigns.batch_views import frame_download
from zhulian.server.campaigns.models import Campaign
from zhulian.server.common import clock
from zhulian.server.common.permissions import public
from zhulian.server.common.rows import unrestricted

PAGE: Final = 50
_HIDDEN: Final = ("waiting", "self_checked", "reviewed", "skipped")
"""Stages of members that are the office's business."""
_WHOLE: Final = "an announced campaign is public: totals over all its members, conclusions once it is closed"


@public
@require_safe
@unrestricted(_WHOLE)
def campaigns(request: HttpRequest) -> HttpResponse:
    """Announced and closed campaigns, the newest first."""
    rows = batches.with_progress(batches.published()).order_by("-announced_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "campaigns/public_list.html", {"page": page, "now": clock.now()})


@public
@require_safe
@unrestricted(_WHOLE)
def campaign(request: HttpRequest, campaign: int) -> HttpResponse:
    """One campaign: what it is, by what it chose, totals; who was found how, only when it is closed."""
    row = _published(campaign)
    concluded, listed = batches.progress(row.members.all())
    found = batches.totals(row.members.all(), within=row.division)
    totals = [(one, [cell for cell in one.cells if cell[0] not in _HIDDEN]) for one in found]
    context = {
        "row": row,
        "concluded": concluded,
        "listed": listed,
        "totals": totals,
        "stages": [label for key, (label, _) in batches.STAGES.items() if key not in _HIDDEN],
        "page": Paginator(batches.outcomes(row), PAGE).get_page(request.GET.get("page")),
        "now": clock.now(),
    }
    return render(request, "campaigns/public.html", context)


@public
@require_safe
def frame(request: HttpRequest, campaign: int) -> HttpResponseBase:  # noqa: ARG001 - Django's signature
    """The frame of a draw, so that anybody can draw again; those of other methods would show who was flagged."""
    row = _published(campaign)
    if row.method != Campaign.Method.RANDOM:
        raise ZhulianError("request.not_found")
    return frame_download(row)


def _published(pk: int) -> Campaign:
    row = batches.published().filter(pk=pk).first()
    if row is None:
        raise ZhulianError("request.not_found")
    return row
