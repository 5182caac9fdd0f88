"""企业登记簿: the regulator's list of enterprises in scope, and its export."""

from __future__ import annotations

from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.registry import exports, selectors, services
from zhulian.server.registry.permissions import EXPORT, LIST
from zhulian.server.registry.waivers.selectors import marked

PAGE: Final = 50


def _filters(request: HttpRequest) -> selectors.Filters:
    names = ("q", "region", "code", "status", "sort")
    return selectors.Filters(**{name: request.GET.get(name, "").strip()[:100] for name in names})


@require_GET
@requires(LIST)
def enterprises(request: HttpRequest) -> HttpResponseBase:
    """The list."""
    today = clock.today()
    filters = _filters(request)
    rows = selectors.enterprises_listed(request.user, filters, today=today)
    page: Page[Any] = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    found = selectors.totals(rows, today=today)
    lines = selectors.lines(page.object_list, today=today)
    context = {
        "page": page,
        "lines": lines,
        "waived": marked(line.uscc for line in lines),
        "filters": filters,
        "statuses": selectors.STATUSES.items(),
        "total": [
            {"label": "企业", "count": found["enterprises"], "unit": "户"},
            {"label": "资质", "count": found["qualifications"], "unit": "项"},
        ],
        "query": request.GET.urlencode(),
        "may_export": allowed(request.user, EXPORT),
        "today": today,
    }
    return render(request, "registry/enterprises.html", context)


@require_GET
@requires(EXPORT)
def enterprises_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list as it is filtered, to take away; who took it stands in the ledger."""
    exports.kind_check(kind)
    today = clock.today()
    rows = selectors.enterprises_listed(request.user, _filters(request), today=today, action=EXPORT)
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    query = request.GET.urlencode()
    services.list_exported(count=min(rows.count(), selectors.EXPORT_LIMIT), query=query, actor=actor, at=clock.now())
    lines = selectors.export_rows(rows, today=today)
    note = f"数据截至 {clock.now():%Y-%m-%d %H:%M}，筑联企业登记簿"
    return exports.download(
        kind, selectors.HEADER, lines, title="企业登记簿", note=note, name=f"enterprises-{today:%Y%m%d}"
    )
