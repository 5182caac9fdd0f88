"""Pages of the enterprise's side. A member opens its own enterprise, a regulator those in scope; others find nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from zhulian.core.advice import Cure, as_plain
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.rules.model import Missing
from zhulian.server.advice import documents, expiring, forms, jobs, nexting, seeing, staffing, works
from zhulian.server.advice.permissions import EXPORT, VIEW
from zhulian.server.advice.prices import prices_from
from zhulian.server.assessments import selectors, verification
from zhulian.server.assessments.documents import attachment
from zhulian.server.assessments.exports import FORMATS, Sheet
from zhulian.server.assessments.moments import PURPOSES, Moment, moment_from
from zhulian.server.assessments.quantities import quantity
from zhulian.server.assessments.services import export_note
from zhulian.server.assessments.views import names_open
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role, requires, role_of

PAGE: Final = 50
FORMAT_NAMES: Final = ("xlsx", "csv")
TABS: Final = (
    ("checkup", "资质体检"),
    ("what_if", "模拟"),
    ("next", "可申报与接近"),
    ("expiring", "到期提醒"),
    ("people", "人员"),
    ("leaving", "离开影响"),
    ("works", "业绩"),
)

register(
    ErrorKind("advice.no_enterprise", "没有这家企业，或不在您可以查看的范围内", "请从工作台重新进入", status=404),
    ErrorKind("advice.no_code", "没有资质代码「{value}」的标准", "请从“可申报与接近”重新选择", status=404),
    ErrorKind("advice.no_format", "不能导出为「{value}」", "可选：xlsx、csv", status=404),
)


def about(request: HttpRequest, enterprise: int, tab: str, action: str = VIEW) -> dict[str, Any]:
    """What every page of an enterprise shows; `company` and `moment` first of all.

    Raises:
        ZhulianError: `advice.no_enterprise` for none, and for one that is not the viewer's to see.
    """
    today = clock.today()
    moment = moment_from(request.GET.dict(), today=today)
    row = selectors.profile(enterprise, moment)
    if row is None or not selectors.may_see(request.user, enterprise, action):
        raise ZhulianError("advice.no_enterprise")
    query = moment.query(today)
    return {
        "enterprise": enterprise,
        "company": row,
        "moment": moment,
        "today": today,
        "made_at": clock.now(),
        "past": moment.as_of != today or moment.known_at is not None,
        "moment_query": f"?{query}" if query else "",
        "opened": names_open(request, enterprise),
        "names_open": names_open(request, enterprise),
        "own": role_of(request.user) is Role.ENTERPRISE,
        "here": reverse("assessments:enterprise", args=[enterprise]),
        "tabs": [
            {
                "label": label,
                "url": reverse(f"advice:{name}", args=[enterprise]) + (f"?{query}" if query else ""),
                "current": name == tab,
                "count": None,
            }
            for name, label in TABS
        ],
    }


@require_safe
@requires(VIEW)
def checkup(request: HttpRequest, enterprise: int) -> HttpResponse:
    """资质体检: everything held, clause by clause."""
    context = about(request, enterprise, "checkup")
    moment: Moment = context["moment"]
    found = seeing.checkups(enterprise, moment)
    soon = expiring.expiries(enterprise, moment, opened=context["opened"])
    return render(
        request,
        "advice/checkup.html",
        {
            **context,
            "found": [c for c in found if c.standing != selectors.UNRULED],
            "unruled": [c for c in found if c.standing == selectors.UNRULED],
            "tally": seeing.tally(found),
            "soon": soon[:10],
            "soon_count": len(soon),
            "purposes": [(p, with_query(request, purpose=p)) for p in PURPOSES],
        },
    )


def with_query(request: HttpRequest, **changes: str) -> str:
    """The page's address with some of its conditions changed."""
    query = request.GET.copy()
    for key, value in changes.items():
        query[key] = value
    return f"?{query.urlencode()}"


@require_safe
@requires(VIEW)
def reach(request: HttpRequest, enterprise: int) -> HttpResponse:
    """可申报与接近; the list itself comes as a fragment, or with the page where there are no scripts (`all=1`)."""
    context = about(request, enterprise, "next")
    filters = _reach_filters(request)
    partial = bool(getattr(request, "htmx", False))
    waiting = jobs.preparing() if partial else None
    if waiting is not None:
        return render(request, "advice/_preparing.html", {"job": waiting, "list_url": with_query(request, list="1")})
    whole = partial or "list" in request.GET
    listed = _reaches(enterprise, context["moment"], filters, request.GET.get("page")) if whole else {}
    context |= {
        "filters": filters,
        "standings": nexting.STANDINGS,
        "categories": nexting.CATEGORIES,
        "list_url": with_query(request, list="1"),
        **listed,
    }
    return render(request, "advice/_reaches.html" if partial else "advice/next.html", context)


def _reach_filters(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:20] for name in ("category", "grade", "standing")}


def _reaches(enterprise: int, moment: Moment, filters: Mapping[str, str], page: str | None) -> dict[str, Any]:
    found = nexting.reaches(enterprise, moment)
    kept = [
        r
        for r in found
        if (not filters["category"] or r.category == filters["category"])
        and (not filters["grade"] or r.grade == filters["grade"])
    ]
    shown = [r for r in kept if filters["standing"] in {"", r.standing}]
    counts = [
        (value, label, sum(r.standing == value for r in kept), f"?{urlencode({**filters, 'standing': value})}")
        for value, label in nexting.STANDINGS
    ]
    return {"page": Paginator(shown, PAGE).get_page(page), "counts": counts, "loaded": True}


@require_safe
@requires(VIEW)
def cure(request: HttpRequest, enterprise: int, code: str) -> HttpResponse:
    """达标方案: the cheapest cures of one grade."""
    context = about(request, enterprise, "next")
    if not verification.is_code(code):
        raise ZhulianError("advice.no_code", value=code)
    moment: Moment = context["moment"]
    asked, prices = prices_from(request.GET)
    found = nexting.prescribe(enterprise, code, moment, prices)
    if isinstance(found, Missing):
        raise ZhulianError("advice.no_code", value=code)
    return render(
        request,
        "advice/cure.html",
        {
            **context,
            "found": found,
            "cures": [_cure(each) for each in found.cures],
            "prices": asked,
            "priced": bool(prices),
            "purposes": [(p, with_query(request, purpose=p)) for p in PURPOSES],
        },
    )


def _cure(each: Cure) -> dict[str, Any]:
    return {
        "cure": each,
        "cost": quantity(each.fen, "元"),
        "words": [forms.said(change, {}) for change in each.changes],
        "json": json.dumps([as_plain(change) for change in each.changes], ensure_ascii=False),
    }


@require_safe
@requires(VIEW)
def expiries(request: HttpRequest, enterprise: int) -> HttpResponse:
    """到期提醒, by step."""
    context = about(request, enterprise, "expiring")
    found = expiring.expiries(enterprise, context["moment"], opened=context["opened"])
    days = _days(request)
    return render(
        request,
        "advice/expiring.html",
        {
            **context,
            "rows": _within(found, days),
            "steps": [_step(request, step, days, found) for step in (*expiring.STEPS, 0)],
            "days": days,
            "formats": _formats(request, "advice:expiring_export", enterprise),
        },
    )


def _days(request: HttpRequest) -> int:
    text = request.GET.get("days", "")
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else expiring.STEPS[-1]
    return days if days in (0, *expiring.STEPS) else expiring.STEPS[-1]


def _within(found: Sequence[expiring.Expiry], days: int) -> list[expiring.Expiry]:
    """Step 0 is what has run out; the others include the ones before."""
    return [e for e in found if (e.days_left < 0) == (days == 0) and e.days_left <= days]


def _step(request: HttpRequest, step: int, days: int, found: Sequence[expiring.Expiry]) -> dict[str, Any]:
    label = f"{step} 天内" if step else f"近 {expiring.PAST} 天已过期"
    url = with_query(request, days=str(step))
    return {"label": label, "url": url, "current": step == days, "count": len(_within(found, step))}


@require_safe
@requires(EXPORT)
def expiries_export(request: HttpRequest, enterprise: int, kind: str) -> HttpResponse:
    """到期提醒 as a file."""
    context = about(request, enterprise, "expiring", EXPORT)
    found = expiring.expiries(enterprise, context["moment"], opened=context["opened"])
    return _download(request, context, documents.expiries(_within(found, _days(request))), kind)


@require_safe
@requires(VIEW)
def people(request: HttpRequest, enterprise: int) -> HttpResponse:
    """人员: what each counts for."""
    context = about(request, enterprise, "people")
    filters = _people_filters(request)
    found = staffing.members(enterprise, context["moment"], opened=context["opened"])
    kept = _people_kept(found, filters)
    return render(
        request,
        "advice/people.html",
        {
            **context,
            "filters": filters,
            "codes": sorted({(code, name) for m in found for code, name, _ in m.standings}),
            "counts": _people_counts(request, found),
            "statuses": staffing.STATUSES,
            "page": Paginator(kept, PAGE).get_page(request.GET.get("page")),
            "formats": _formats(request, "advice:people_export", enterprise),
        },
    )


def _people_filters(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:60] for name in ("q", "status", "code")}


def _people_kept(found: Sequence[staffing.Member], filters: Mapping[str, str]) -> list[staffing.Member]:
    return [
        m
        for m in found
        if filters["q"] in m.name
        and filters["status"] in {"", m.status}
        and (not filters["code"] or any(code == filters["code"] for code, _, _ in m.standings))
    ]


def _people_counts(request: HttpRequest, found: Sequence[staffing.Member]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [{"label": "人员", "count": len(found), "unit": "人"}]
    for status, label in staffing.STATUSES:
        count = sum(m.status == status for m in found)
        items.append({"label": label, "count": count, "unit": "人", "url": with_query(request, status=status)})
    return items


@require_safe
@requires(EXPORT)
def people_export(request: HttpRequest, enterprise: int, kind: str) -> HttpResponse:
    """人员 as a file; names as the viewer has them on screen."""
    context = about(request, enterprise, "people", EXPORT)
    found = staffing.members(enterprise, context["moment"], opened=context["opened"])
    return _download(request, context, documents.members(_people_kept(found, _people_filters(request))), kind)


@require_safe
@requires(VIEW)
def leaving(request: HttpRequest, enterprise: int) -> HttpResponse:
    """离开影响: key persons first."""
    context = about(request, enterprise, "leaving")
    found = staffing.members(enterprise, context["moment"], opened=context["opened"])
    return render(
        request,
        "advice/leaving.html",
        {
            **context,
            "keys": [m for m in found if m.falls],
            "weak": [m for m in found if m.weakens and not m.falls],
            "everybody": len(found),
        },
    )


@require_safe
@requires(VIEW)
def finished(request: HttpRequest, enterprise: int) -> HttpResponse:
    """业绩."""
    context = about(request, enterprise, "works")
    found = works.works(enterprise, context["moment"])
    only = request.GET.get("only", "")
    kept = [w for w in found if not only or bool(w.serves) == (only == "serving")]
    return render(
        request,
        "advice/works.html",
        {
            **context,
            "only": only,
            "total": len(found),
            "serving": sum(bool(w.serves) for w in found),
            "page": Paginator(kept, PAGE).get_page(request.GET.get("page")),
            "formats": _formats(request, "advice:works_export", enterprise),
        },
    )


@require_safe
@requires(EXPORT)
def works_export(request: HttpRequest, enterprise: int, kind: str) -> HttpResponse:
    """业绩 as a file."""
    context = about(request, enterprise, "works", EXPORT)
    return _download(request, context, documents.works(works.works(enterprise, context["moment"])), kind)


def _formats(request: HttpRequest, name: str, enterprise: int) -> list[tuple[str, str]]:
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return [(kind, reverse(name, args=[enterprise, kind]) + query) for kind in FORMAT_NAMES]


def _download(request: HttpRequest, context: Mapping[str, Any], sheet: Sheet, kind: str) -> HttpResponse:
    if kind not in FORMAT_NAMES:
        raise ZhulianError("advice.no_format", value=kind)
    body = documents.file_of(sheet, kind)
    name = f"{sheet.title}-{context['company'].name}-{context['moment'].as_of}"
    export_note(
        subject=f"enterprise:{context['enterprise']}",
        name=name,
        kind=kind,
        rows=len(sheet.rows),
        actor=str(getattr(request.user, "actor", "")),
        at=clock.now(),
        content=body,
    )
    response = HttpResponse(body, content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = attachment(f"{name}.{kind}")
    return response
