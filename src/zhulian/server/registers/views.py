"""市场与现场台账: the index, a list with its exports, and a project's page."""

from __future__ import annotations

from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.registers import selectors, services
from zhulian.server.registers.permissions import EXPORT, PROJECT, VIEW
from zhulian.server.registry import exports

_NAMES: Final = ("q", "region", "state", "since", "until", "project", "enterprise", "sort")


def _filters(request: HttpRequest) -> selectors.Filters:
    return selectors.Filters(**{name: request.GET.get(name, "").strip()[:100] for name in _NAMES})


@require_GET
@requires(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """Every register with what is in view and what of it waits."""
    today = clock.today()
    context = {"summaries": selectors.summaries(request.user, today=today), "today": today}
    return render(request, "registers/index.html", context)


@require_GET
@requires(VIEW)
def listing(request: HttpRequest, name: str) -> HttpResponse:
    """One register."""
    today = clock.today()
    one, filters = selectors.register_of(name), _filters(request)
    rows = selectors.listed(request.user, one, filters, today=today)
    page: Page[Any] = Paginator(rows, selectors.PAGE).get_page(request.GET.get("page"))
    context = {
        "register": one,
        "page": page,
        "lines": selectors.lines(request.user, one, page.object_list, one.shown, today=today),
        "filters": filters,
        "total": selectors.totals(rows, one),
        "query": request.GET.urlencode(),
        "may_export": allowed(request.user, EXPORT),
        "today": today,
    }
    return render(request, "registers/list.html", context)


@require_GET
@requires(EXPORT)
def export(request: HttpRequest, name: str, kind: str) -> HttpResponseBase:
    """The list as it is filtered, to take away; who took it stands in the ledger."""
    exports.kind_check(kind)
    today = clock.today()
    one, filters = selectors.register_of(name), _filters(request)
    rows = selectors.listed(request.user, one, filters, today=today, action=EXPORT)
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    count = min(rows.count(), selectors.EXPORT_LIMIT)
    services.list_exported(register=name, count=count, query=request.GET.urlencode(), actor=actor, at=clock.now())
    told = selectors.export_rows(request.user, one, rows, today=today, action=EXPORT)
    note = f"数据截至 {clock.now():%Y-%m-%d %H:%M}，筑联市场与现场台账"
    return exports.download(
        kind, selectors.header(one), told, title=one.label, note=note, name=f"{name}-{today:%Y%m%d}"
    )


@require_GET
@requires(PROJECT)
def project(request: HttpRequest, project: int) -> HttpResponse:
    """工程项目: its own row, parties, permits, posts, hazards, accidents and records."""
    today = clock.today()
    row = selectors.project_of(request.user, project, today=today)
    sections = selectors.sections(request.user, project, today=today)
    context = {
        "row": row,
        "cells": selectors.project_cells(row, today=today),
        "sections": [section for section in sections if section.rows],
        "nothing": [section.register.label for section in sections if not section.rows],
        "may_list": allowed(request.user, VIEW),
        "today": today,
    }
    return render(request, "registers/project.html", context)
