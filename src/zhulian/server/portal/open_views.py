"""The public's pages of open data: what there is, what it means, and the files."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.assessments.documents import attachment
from zhulian.server.assessments.exports import FORMATS
from zhulian.server.common import clock
from zhulian.server.common.permissions import public
from zhulian.server.portal import open_data


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The files with their digests, their dictionary, and on which terms they may be used."""
    on = clock.today()
    context = {
        "files": list(open_data.files(on=on).values()),
        "count": open_data.restrictions().count(),
        "columns": open_data.COLUMNS,
        "on": on,
        "made_at": clock.now(),
    }
    return render(request, "portal/open_data.html", context)


@public
@require_safe
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """A file of today; whoever has the same content already is told so (304)."""
    on = clock.today()
    found = open_data.files(on=on).get(kind)
    if found is None:
        raise ZhulianError("request.not_found")
    etag = f'"{found.digest}"'
    response = HttpResponse(found.body, content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = attachment(f"{open_data.NAME}-{on}.{kind}")
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response
