"""Pages of the regulator and of the enterprise itself: list, panorama, assessment, exports.

Both sides open the same addresses and see the same verdicts; whose rows they may open is decided in the query.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from zhulian.core.kernel.dates import from_micros
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.linkage import Domain
from zhulian.core.tables import table
from zhulian.server.assessments import documents, facts, panorama, selectors, services, verification
from zhulian.server.assessments.badges import badges
from zhulian.server.assessments.exports import FORMATS
from zhulian.server.assessments.moments import PURPOSES, Moment, moment_from
from zhulian.server.assessments.permissions import EXPORT, NAMES, VIEW
from zhulian.server.assessments.reasons import is_weak, missing_sentence, shortfall_sentence
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role, allowed, requires, role_of
from zhulian.server.linkage import timeline
from zhulian.server.linkage.permissions import VIEW as FOLLOW
from zhulian.server.notary.opening import asked

PAGE: Final = 50
NAMES_MINUTES: Final = 30
"""How long opened names stay open in a session."""

register(
    ErrorKind(
        "assessment.out_of_scope",
        "这家企业不在您可以查看的范围内",
        "主管部门只看本辖区的企业，企业只看本企业；公开信息请用首页搜索",
        status=403,
    ),
    ErrorKind("assessment.no_enterprise", "没有编号为 {value} 的企业", "请从核查清单或搜索重新进入", status=404),
    ErrorKind("assessment.no_code", "没有资质代码「{value}」", "请从企业全景的资质列表重新进入", status=404),
    ErrorKind("assessment.no_format", "不能导出为「{value}」", "可选：csv、xlsx、json", status=404),
)


def company(request: HttpRequest, enterprise: int, moment: Moment, action: str = VIEW) -> Any:
    """The register's row of an enterprise that the viewer may see.

    Raises:
        ZhulianError: 404 for none, 403 for one out of scope.
    """
    row = selectors.profile(enterprise, moment)
    if row is None:
        raise ZhulianError("assessment.no_enterprise", value=enterprise)
    if not selectors.may_see(request.user, enterprise, action):
        raise ZhulianError("assessment.out_of_scope")
    return row


def names_open(request: HttpRequest, enterprise: int) -> bool:
    """An enterprise sees its own people's names; others after they said what for, for half an hour."""
    if role_of(request.user) is Role.ENTERPRISE:
        return True
    until = request.session.get(_names_key(enterprise), "")
    return bool(until) and dt.datetime.fromisoformat(until) > clock.now()


def _names_key(enterprise: int) -> str:
    return f"assessments.names.{enterprise}"


@require_safe
@requires(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """核查清单: verdicts in scope."""
    today = clock.today()
    filters = _filters(request)
    rows = selectors.listed(request.user, filters, today=today)
    page: Page[Any] = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    found = selectors.totals(rows)
    context = {
        "page": page,
        "rows": [_list_row(row, today) for row in page.object_list],
        "filters": filters,
        "total": _total(request, found),
        "verdicts": selectors.STANDINGS,
        "unruled": found[selectors.UNRULED],
        "versions": [v for v in selectors.versions_in_use() if v],
        "expiring": (("30", "30 天内"), ("60", "60 天内"), ("90", "90 天内"), ("180", "180 天内")),
        "last_run": _last_run(),
        "query": request.GET.urlencode(),
    }
    return render(request, "assessments/list.html", context)


def _filters(request: HttpRequest) -> selectors.Filters:
    names = ("q", "verdict", "code", "region", "version", "expiring", "sort")
    return selectors.Filters(**{name: request.GET.get(name, "").strip()[:100] for name in names})


def _list_row(row: Any, today: dt.date) -> dict[str, Any]:
    return {
        "enterprise": row.enterprise,
        "name": row.enterprise_name or f"#{row.enterprise}",
        "region": row.region,
        "code": row.code,
        "code_name": verification.code_name(row.code),
        "verdict": row.verdict,
        "standing": selectors.standing(row.verdict, row.rule_version),
        "sentence": row.shortfall,
        "version": verification.document_of(row.code, row.rule_version),
        "expires_on": row.expires_on,
        "days_left": (row.expires_on - today).days if row.expires_on else None,
        "since": from_micros(row.recorded_at),
    }


def _total(request: HttpRequest, found: dict[str, int]) -> list[dict[str, Any]]:
    """The one-line total; each verdict's number opens the list behind it."""
    items: list[dict[str, Any]] = [
        {"label": "企业", "count": found["enterprises"], "unit": "户"},
        {"label": "资质", "count": found["pairs"], "unit": "项"},
    ]
    for verdict, label in selectors.STANDINGS:
        query = request.GET.copy()
        query["verdict"] = verdict
        query.pop("page", None)
        items.append({"label": label, "count": found[verdict], "unit": "项", "url": f"?{query.urlencode()}"})
    return items


def _last_run() -> dict[str, Any] | None:
    run = selectors.last_run()
    if run is None or run.finished_at is None:
        return None
    return {"as_of": run.as_of, "finished_at": from_micros(run.finished_at), "pairs": run.pairs}


@require_safe
@requires(EXPORT)
def listing_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The filtered list as a file; a leaf says who took what."""
    today = clock.today()
    filters = _filters(request)
    rows = [_list_row(row, today) for row in selectors.listed(request.user, filters, today=today)]
    body = documents.listing(rows, kind=_kind(kind, ("csv", "xlsx")), on=today)
    return _download(request, body, kind=kind, name=f"核查清单-{today}", subject="assessments", count=len(rows))


@require_safe
@requires(VIEW)
def enterprise(request: HttpRequest, enterprise: int) -> HttpResponse:
    """企业全景: the whole page as of a day."""
    today = clock.today()
    moment = moment_from(request.GET.dict(), today=today)
    row = company(request, enterprise, moment)
    tab = panorama.tab_of(request.GET.get("tab"))
    opened = names_open(request, enterprise)
    counted = panorama.counts(enterprise, moment)
    holdings = panorama.holdings(enterprise, moment)
    permit = panorama.permit(enterprise, moment)
    context = {
        **_about(request, row, moment, today),
        "tab": tab,
        "tabs": _tabs(request, tab, counted),
        "holdings": [h for h in holdings if h.standing != selectors.UNRULED],
        "held_count": len(holdings),
        "unruled": [h for h in holdings if h.standing == selectors.UNRULED],
        "tally": _tally(holdings),
        "may_follow": allowed(request.user, FOLLOW),
        "badges": badges(enterprise, request.user, today=today),
        "permit": permit,
        "permit_days": (permit.valid_until - moment.as_of).days if permit and permit.valid_until else None,
        **_tab_body(request, tab, enterprise, row, moment, counted, opened=opened),
    }
    return render(request, "assessments/enterprise.html", context)


def _about(request: HttpRequest, row: Any, moment: Moment, today: dt.date) -> dict[str, Any]:
    """What the head of both pages shows."""
    query = moment.query(today)
    return {
        "enterprise": row.enterprise,
        "company": row,
        "moment": moment,
        "today": today,
        "past": moment.as_of != today or moment.known_at is not None,
        "moment_query": f"?{query}" if query else "",
        "moment_and": f"&{query}" if query else "",
        "names_open": names_open(request, row.enterprise),
        "own": role_of(request.user) is Role.ENTERPRISE,
        "last_run": _last_run(),
        "here": request.get_full_path(),
    }


def _tabs(request: HttpRequest, current: panorama.Tab, counted: dict[str, int]) -> list[dict[str, Any]]:
    out = []
    for tab in panorama.TABS:
        query = request.GET.copy()
        for key in ("sheet", "page"):
            query.pop(key, None)
        query["tab"] = tab.slug
        count = sum(counted[name] for name in tab.tables) if tab.tables else None
        out.append({"label": tab.label, "url": f"?{query.urlencode()}", "current": tab is current, "count": count})
    return out


def _tally(holdings: list[panorama.Holding]) -> list[tuple[str, int]]:
    found = [h.standing for h in holdings]
    return [(v, found.count(v)) for v, _ in selectors.STANDINGS if v in found]


def _tab_body(
    request: HttpRequest,
    tab: panorama.Tab,
    enterprise: int,
    row: Any,
    moment: Moment,
    counted: dict[str, int],
    *,
    opened: bool,
) -> dict[str, Any]:
    """What the chosen tab shows: one sheet with links to its others, or a body of its own."""
    if tab.slug == "timeline":
        return _timeline(request, enterprise)
    if tab.slug == "history":
        return {"history": panorama.history(enterprise, moment, names_open=opened)}
    if tab.slug == "sources":
        return {"sources": panorama.sources(enterprise, row.region, moment)}
    wanted = request.GET.get("sheet", "")
    filled = [name for name in tab.tables if counted[name]]
    name = wanted if wanted in tab.tables else next(iter(filled), tab.tables[0])
    number = request.GET.get("page", "1")
    sheet = facts.sheet(
        name, enterprise=enterprise, moment=moment, names_open=opened, page=int(number) if number.isdecimal() else 1
    )
    sheets = []
    for other in tab.tables:
        query = request.GET.copy()
        query["sheet"] = other
        query.pop("page", None)
        sheets.append(
            {
                "label": table(other).label,
                "count": counted[other],
                "url": f"?{query.urlencode()}",
                "current": other == name,
            }
        )
    return {"sheet": sheet, "sheets": sheets if len(sheets) > 1 else []}


def _timeline(request: HttpRequest, enterprise: int) -> dict[str, Any]:
    """What followed from events, by day; of the loop as it is today, whatever day the page looks at."""
    today = clock.today()
    kind, domain = (request.GET.get(name, "")[:30] for name in ("kind", "domain"))
    own = role_of(request.user) is Role.ENTERPRISE
    return {
        "timeline": timeline.timeline(enterprise, request.user, own=own, kind=kind, domain=domain, today=today),
        "standing": timeline.standing(enterprise, today=today),
        "kind": kind,
        "domain": domain,
        "kinds": timeline.KIND_CHOICES,
        "domains": [(d.value, f"{d.label}事件") for d in Domain],
    }


@require_safe
@requires(VIEW)
def assessment(request: HttpRequest, enterprise: int, code: str) -> HttpResponse:
    """资质核查: one qualification clause by clause."""
    today = clock.today()
    moment = moment_from(request.GET.dict(), today=today)
    row = company(request, enterprise, moment)
    _known_code(code)
    found = verification.assess(enterprise, code, moment)
    context = {
        **_about(request, row, moment, today),
        "code": code,
        "code_name": verification.code_name(code),
        "found": found,
        "document": verification.document_of(code, found.rule_version),
        "rule_address": verification.rule_address(code, found.rule_version),
        "lines": verification.clause_lines(found.reason),
        "sentence": shortfall_sentence(found.reason) or missing_sentence(found.reason),
        "weak": is_weak(found.reason),
        "comparison": verification.compare(enterprise, code, moment, found),
        "provincial": verification.provincial(found),
        "history": selectors.history(enterprise, code, purpose=moment.purpose),
        "purposes": [(p, _with(request, purpose=p)) for p in PURPOSES],
        "formats": [(kind, _export_url(request, enterprise, code, kind)) for kind in FORMATS],
        "people_url": reverse("assessments:people", args=[enterprise, code]) + _query(request),
        "months_url": reverse("assessments:months", args=[enterprise, code]) + _query(request),
    }
    return render(request, "assessments/assessment.html", context)


def _known_code(code: str) -> None:
    if not verification.is_code(code):
        raise ZhulianError("assessment.no_code", value=code)


def _with(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for key, value in changes.items():
        query[key] = value
    return f"?{query.urlencode()}"


def _query(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _export_url(request: HttpRequest, enterprise: int, code: str, kind: str) -> str:
    return reverse("assessments:assessment_export", args=[enterprise, code, kind]) + _query(request)


@require_safe
@requires(VIEW)
def people(request: HttpRequest, enterprise: int, code: str) -> HttpResponse:
    """Who counts and who does not; a fragment of the assessment page, or a page of its own without scripts."""
    today = clock.today()
    moment = moment_from(request.GET.dict(), today=today)
    row = company(request, enterprise, moment)
    _known_code(code)
    clause = request.GET.get("clause", "")
    found = verification.people(
        enterprise,
        code,
        moment,
        names_open=names_open(request, enterprise),
        clause=clause,
        everybody=request.GET.get("all") == "1",
    )
    context = {
        **_about(request, row, moment, today),
        "code": code,
        "code_name": verification.code_name(code),
        "people": found,
        "clause": clause,
        "all_url": _with(request, all="1"),
        "people_url": reverse("assessments:people", args=[enterprise, code]),
    }
    partial = bool(getattr(request, "htmx", False))
    if partial:  # whoever opens names in the fragment goes back to the page around it
        context["here"] = reverse("assessments:assessment", args=[enterprise, code]) + context["moment_query"]
    return render(request, "assessments/_people.html" if partial else "assessments/people.html", context)


@require_safe
@requires(VIEW)
def months(request: HttpRequest, enterprise: int, code: str) -> HttpResponse:
    """The verdict month by month; a fragment of the assessment page."""
    today = clock.today()
    moment = moment_from(request.GET.dict(), today=today)
    company(request, enterprise, moment)
    _known_code(code)
    points = verification.months(enterprise, code, moment)
    address = reverse("assessments:assessment", args=[enterprise, code])
    return render(request, "assessments/_months.html", {"points": points, "address": address, "moment": moment})


@require_safe
@requires(EXPORT)
def assessment_export(request: HttpRequest, enterprise: int, code: str, kind: str) -> HttpResponse:
    """This page as a file."""
    moment = moment_from(request.GET.dict(), today=clock.today())
    row = company(request, enterprise, moment, EXPORT)
    _known_code(code)
    found = verification.assess(enterprise, code, moment)
    staff = verification.people(enterprise, code, moment, names_open=names_open(request, enterprise), everybody=True)
    body = documents.assessment(row, found, staff, kind=_kind(kind, tuple(FORMATS)), at=clock.now())
    name = f"资质核查-{row.name}-{code}-{moment.as_of}"
    return _download(request, body, kind=kind, name=name, subject=f"enterprise:{enterprise}", count=1)


@require_POST
@requires(NAMES)
def names(request: HttpRequest, enterprise: int) -> HttpResponse:
    """Open the names of an enterprise's people for a stated purpose."""
    company(request, enterprise, Moment(clock.today()), NAMES)
    at = clock.now()
    services.names_open(enterprise=enterprise, purpose=asked(request.POST), actor=_actor(request), at=at)
    request.session[_names_key(enterprise)] = (at + dt.timedelta(minutes=NAMES_MINUTES)).isoformat()
    messages.success(request, f"已打开本企业人员姓名 {NAMES_MINUTES} 分钟，查看用途已记入留痕账本。")
    return redirect(_back(request, enterprise))


def _actor(request: HttpRequest) -> str:
    """How leaves name the signed-in user."""
    return str(getattr(request.user, "actor", ""))


def _back(request: HttpRequest, enterprise: int) -> str:
    """The page that asked, if it is one of ours about this enterprise."""
    home = reverse("assessments:enterprise", args=[enterprise])
    wanted = request.POST.get("next", "")
    return wanted if wanted == home or wanted.startswith((f"{home}?", f"{home}/")) else home


def _kind(kind: str, allowed: tuple[str, ...]) -> str:
    if kind not in allowed:
        raise ZhulianError("assessment.no_format", value=kind)
    return kind


def _download(request: HttpRequest, body: bytes, *, kind: str, name: str, subject: str, count: int) -> HttpResponse:
    services.export_note(
        subject=subject,
        name=name,
        kind=kind,
        rows=count,
        actor=_actor(request),
        at=clock.now(),
        content=body,
    )
    response = HttpResponse(body, content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = documents.attachment(f"{name}.{kind}")
    return response
