"""Pages of 合同范围核查: the list with its exports, and one contract with 依据·事实·证据."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhulian.core.contracting import LABELS
from zhulian.core.kernel.codes import division_name
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.assessments import contracts, documents, services
from zhulian.server.assessments.contracts_long import Listing, page_of
from zhulian.server.assessments.exports import FORMATS, Sheet, as_csv, as_xlsx
from zhulian.server.assessments.moments import moment_from
from zhulian.server.assessments.permissions import EXPORT, VIEW
from zhulian.server.assessments.quantities import quantity
from zhulian.server.assessments.reasons import is_weak
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires

_NAMES: Final = ("q", "finding", "category", "region", "enterprise", "sort")
_HEADINGS: Final = (
    "合同编号",
    "企业",
    "注册地",
    "签订日期",
    "承包角色",
    "合同额",
    "资质类别",
    "当日资质",
    "结论",
    "说明",
    "标准版本",
)
MARK: Final = "日常标识，不具法律效力；是否超越资质承揽由有权机关核实认定"

register(
    ErrorKind(
        "contract.none",
        "没有编号为 {value} 的合同，或不在您可以查看的范围内",
        "请从合同范围核查清单重新进入；主管部门只看本辖区企业的合同，企业只看本企业的合同",
        status=404,
    )
)


def _filters(request: HttpRequest) -> contracts.Filters:
    return contracts.Filters(**{name: request.GET.get(name, "").strip()[:100] for name in _NAMES})


@require_safe
@requires(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Contracts in scope, most urgent first."""
    today = clock.today()
    filters, moment = _filters(request), moment_from(request.GET.dict(), today=today)
    found = page_of(request.user, filters, moment, request.GET.get("page"))
    context = {
        "page": found.page,
        "rows": found.rows,
        "filters": filters,
        "findings": [(standing.value, label) for standing, label in LABELS.items()],
        "categories": _categories(found, filters),
        "total": _total(request, found),
        "query": request.GET.urlencode(),
        "moment": moment,
        "today": today,
    }
    return render(request, "assessments/contracts.html", context)


def _categories(found: Listing, filters: contracts.Filters) -> list[tuple[str, str]]:
    codes = sorted(found.categories - {""} | {filters.category} - {"", contracts.NO_CATEGORY})
    return [(code, contracts.category_name(code) or code) for code in codes] + [(contracts.NO_CATEGORY, "类别未能确定")]


def _total(request: HttpRequest, found: Listing) -> list[dict[str, Any]]:
    """The one-line total; each finding's number opens the list behind it."""
    items: list[dict[str, Any]] = [{"label": "合同", "count": found.count, "unit": "份"}]
    for standing, count in found.totals.items():
        query = request.GET.copy()
        query["finding"] = standing.value
        query.pop("page", None)
        items.append({"label": LABELS[standing], "count": count, "unit": "份", "url": f"?{query.urlencode()}"})
    if found.waiting:
        items.append({"label": "等待核对", "count": found.waiting, "unit": "份"})
    return items


@require_safe
@requires(EXPORT)
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The filtered list as a file; a leaf says who took what."""
    if kind not in ("csv", "xlsx"):
        raise ZhulianError("assessment.no_format", value=kind)
    today = clock.today()
    moment = moment_from(request.GET.dict(), today=today)
    rows = contracts.listed(request.user, _filters(request), moment)
    title = f"合同范围核查 {moment.as_of}"
    sheet = Sheet(title, _HEADINGS, tuple(_cells(row) for row in rows))
    body = as_csv([sheet]) if kind == "csv" else as_xlsx([sheet], {"title": title, "company": "筑联", "comments": MARK})
    name = f"合同范围核查-{moment.as_of}"
    services.export_note(
        subject="contracts",
        name=name,
        kind=kind,
        rows=len(rows),
        actor=str(getattr(request.user, "actor", "")),
        at=clock.now(),
        content=body,
    )
    response = HttpResponse(body, content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = documents.attachment(f"{name}.{kind}")
    return response


def _cells(row: contracts.Row) -> tuple[str, ...]:
    found = row.finding
    return (
        row.contract_no,
        row.name,
        division_name(row.region) if row.region else "",
        _day(found.contract.signed_on),
        found.contract.role,
        row.amount,
        row.category_name,
        found.code,
        row.label,
        found.sentence,
        found.rule_version,
    )


def _day(value: dt.date | None) -> str:
    return value.isoformat() if value else ""


@require_safe
@requires(VIEW)
def contract(request: HttpRequest, row_id: int) -> HttpResponse:
    """One contract: the finding, each limit with its source, what the contract tells, what was held on the day."""
    moment = moment_from(request.GET.dict(), today=clock.today())
    row = contracts.one(request.user, row_id, moment)
    if row is None:
        raise ZhulianError("contract.none", value=row_id)
    found = row.finding
    context = {
        "row": row,
        "found": found,
        "contract": found.contract,
        "lines": contracts.limit_lines(found.reason),
        "held": [(contracts.held_words(h), h) for h in found.held],
        "project_name": contracts.project_name(found.contract.project, moment),
        "total_area": quantity(found.contract.total_area, "㎡"),
        "weak": is_weak(found.reason),
        "mark": MARK,
    }
    return render(request, "assessments/contract.html", context)
