"""Pages of the work list: the list, one item's way through it, the units' settings. Questions go to selectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhulian.core.kernel.codes import division_name
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.registry import exports
from zhulian.server.worklist import bulk, checking, listing, services, trail
from zhulian.server.worklist.listing import Filters, Item
from zhulian.server.worklist.models import IDLE_MINUTES, OVERDUE_DAYS, Entry, Office
from zhulian.server.worklist.permissions import EXPORT, SETTINGS, VIEW, WORK
from zhulian.server.worklist.sources import sources

HEADER: Final = ("事项", "类别", "企业", "行政区划", "状态", "期限", "剩余工作日", "列出日期", "承办人")


@require_safe
@requires(VIEW)
def listed(request: HttpRequest) -> HttpResponse:
    """待办: what waits, in tabs; filtered, ordered, counted."""
    filters, today = trail.filters_of(request.GET), clock.today()
    found = listing.totals(request.user, filters, today=today)
    page = _page(request, found.count)
    lines = listing.items(request.user, filters, today=today, start=page.start_index() - 1 if found.count else 0)
    office = listing.office_of(request.user)
    heads = office is not None and office.head_id == request.user.pk
    context = {
        "filters": filters,
        "page": page,
        "lines": [(line, f"{line.url}?{filters.query}") for line in lines],
        "tabs": _tabs(filters, heads=heads),
        "total": _total(filters, found),
        "kinds": [("", _("全部类别")), *((s.kind, s.label) for s in sources(request.user))],
        "lamps": [("", _("不限")), *listing.LAMPS.items()],
        "sections": [("", _("全部")), *((s.name, s.label) for s in listing.SECTIONS)],
        "actions": [(name, kind.label) for name, kind in bulk.ACTIONS.items()],
        "office": office or Office(),
        "may_export": allowed(request.user, EXPORT),
        "now": clock.now(),
    }
    return render(request, "worklist/list.html", context)


def _page(request: HttpRequest, count: int) -> Page[Any]:
    """The page asked for, of so many; what stands on it is fetched apart."""
    return Paginator(range(count), listing.PAGE).get_page(request.GET.get("page"))


def _tabs(filters: Filters, *, heads: bool) -> list[dict[str, object]]:
    shown = [(name, label) for name, label in listing.TABS.items() if name != "overseen" or heads]
    return [
        {"label": label, "url": f"?{Filters(tab=name).query}", "current": filters.tab == name} for name, label in shown
    ]


def _total(filters: Filters, found: listing.Totals) -> list[dict[str, object]]:
    def of(lamp: str) -> str:
        return f"?{Filters(tab=filters.tab, lamp=lamp).query}"

    if filters.tab == "done":
        return [{"label": _("已办结"), "count": found.count, "unit": _("件")}]
    return [
        {"label": listing.TABS[filters.tab], "count": found.count, "unit": _("件")},
        {"label": _("超期"), "count": found.overdue, "unit": _("件"), "url": of("red")},
        {"label": _("今日到期"), "count": found.today, "unit": _("件"), "url": of("today")},
        {"label": _("3 个工作日内到期"), "count": found.soon, "unit": _("件"), "url": of("amber")},
    ]


@require_safe
@requires(EXPORT)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list as it is filtered, to take away; who took it stands in the ledger."""
    if kind not in {"csv", "xlsx"}:
        raise ZhulianError("worklist.format", value=kind)
    filters, today = trail.filters_of(request.GET), clock.today()
    rows = listing.items(request.user, filters, today=today, limit=listing.EXPORT_LIMIT)
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    services.list_exported(count=len(rows), query=filters.query, actor=actor)
    note = f"数据截至 {clock.now():%Y-%m-%d %H:%M}，筑联待办（{listing.TABS.get(filters.tab, '')}）"
    return exports.download(kind, HEADER, _cells(rows), title="待办", note=note, name=f"worklist-{today:%Y%m%d}")


def _cells(rows: list[Item]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield (
            row.what,
            row.label,
            row.name,
            division_name(row.division),
            row.state,
            str(row.due_on or ""),
            "" if row.left is None else str(row.left),
            f"{row.at:%Y-%m-%d}",
            row.holder_name,
        )


@require_safe
@requires(VIEW)
def opened(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Open an item on its own page, inside the list it was chosen from."""
    item = listing.item_of(request.user, kind, pk, today=clock.today())
    path = trail.page_of(item, request.user)
    trail.remember(request, item, trail.filters_of(request.GET), path)
    trail.look(request.user, item)
    return redirect(path)


@require_safe
@requires(VIEW)
def item(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """办理流转: who had the item when, and what its holder or the head may do with it."""
    user = request.user
    found = listing.item_of(user, kind, pk, today=clock.today())
    facts = checking.facts_of(user, [(kind, pk)])[kind, pk]
    unit = found.unit == user.unit_id  # type: ignore[union-attr]  # @requires lets nobody else in
    context = {
        "item": found,
        "facts": facts,
        "page_url": found.url,
        "history": Entry.objects.filter(kind=kind, item=pk).select_related("by", "before", "after"),
        "colleagues": colleagues(user) if unit and allowed(user, WORK) else [],
        "may_take": unit and checking.taking(facts, user) is None,  # type: ignore[arg-type]  # a signed-in user
        "may_put_back": checking.putting_back(facts, user) is None,  # type: ignore[arg-type]  # a signed-in user
        "may_keep": facts.holder == user.pk,
        "may_hand_over": facts.waiting and (user.pk in (facts.holder, facts.sender) or checking.heads(user, facts)),
        "heads": checking.heads(user, facts) and facts.waiting,
        "now": clock.now(),
    }
    return render(request, "worklist/item.html", context)


def colleagues(user: Any) -> list[User]:
    """The people of the user's unit, who may be handed work."""
    return list(User.objects.filter(unit=user.unit_id, is_active=True).order_by("pk")) if user.unit_id else []


@require_safe
@requires(SETTINGS)
def offices(request: HttpRequest) -> HttpResponse:
    """Each unit's head and figures."""
    units = OrganisationUnit.objects.on(clock.today()).select_related("office").prefetch_related("user_set")
    context = {
        "units": [(unit, getattr(unit, "office", None), list(unit.user_set.all())) for unit in units.order_by("pk")],
        "days": OVERDUE_DAYS,
        "minutes": IDLE_MINUTES,
    }
    return render(request, "worklist/offices.html", context)
