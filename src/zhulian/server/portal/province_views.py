"""The page of a province's own reading."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common.permissions import public
from zhulian.server.portal import provinces


@public
@require_safe
def province(request: HttpRequest, province: str) -> HttpResponse:
    """What a province looks at, and under which document."""
    readings = provinces.readings(province)
    if not readings:
        raise ZhulianError("request.not_found")
    return render(request, "portal/province.html", {"readings": readings, "place": provinces.place(province)})
