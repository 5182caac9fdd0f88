"""联动台账: totals by direction, the list, the causal graph of one enterprise, why and why not, exports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhulian import rulebooks
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.linkage import Domain
from zhulian.server.accounts.models import User
from zhulian.server.assessments.documents import attachment
from zhulian.server.assessments.exports import FORMATS, Sheet, as_csv
from zhulian.server.assessments.selectors import may_see
from zhulian.server.assessments.services import export_note
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires
from zhulian.server.decisions.names import enterprise_name
from zhulian.server.linkage import counting, graph, judging, ledger, narrowing
from zhulian.server.linkage.models import Judged
from zhulian.server.linkage.narrowing import Filters
from zhulian.server.linkage.paths import KINDS
from zhulian.server.linkage.permissions import VIEW

PAGE: Final = 50
GRAPH: Final = 200
"""Judgements drawn at once; a longer history is seen by period."""
EXPORT: Final = 20_000
"""Rows of one file."""

register(
    ErrorKind(
        "linkage.no_enterprise", "没有编号为 {value} 的企业，或不在您可以查看的范围内", "请从联动台账重新进入", 404
    ),
    ErrorKind("linkage.no_judgement", "没有这项判断，或不在您可以查看的范围内", "请从联动台账重新进入", 404),
)


@require_safe
@requires(VIEW)
def book(request: HttpRequest) -> HttpResponse:
    """Totals by direction and the judgements; with 没有触发的 it answers "why not"."""
    today, filters = clock.today(), narrowing.filters_from(request.GET.dict())
    page = Paginator(narrowing.judged(request.user, filters, today=today), PAGE).get_page(request.GET.get("page"))
    rows = counting.totals(request.user, filters, today=today)
    context = {
        "page": page,
        "entries": ledger.entries(list(page.object_list), request.user, today=today),
        "totals": rows,
        "measures": counting.MEASURES,
        "bars": _bars(rows),
        "name": enterprise_name(filters.enterprise, today) if filters.enterprise else "",
        **_choices(request, filters),
    }
    return render(request, "linkage/ledger.html", context)


def _choices(request: HttpRequest, filters: Filters) -> dict[str, Any]:
    """What the form of filters shows."""
    return {
        "filters": filters,
        "query": filters.query(),
        "domains": [("", _("全部方向")), *((d.value, _("%s事件") % d.label) for d in Domain)],
        "fired": narrowing.FIRED,
        "states": narrowing.STATES,
        "divisions": narrowing.divisions_of(request.user),
        "now": clock.now(),
    }


def _bars(rows: Sequence[counting.Row]) -> list[tuple[counting.Row, list[tuple[counting.Cell, int]]]]:
    """Each number with the length of its bar: per cent of the largest direction of its column."""
    parts = [row for row in rows if row.domain]
    most = [max((row.cells[i].count for row in parts), default=0) for i in range(len(counting.MEASURES))]
    return [
        (row, [(c, 100 * c.count // most[i] if row.domain and most[i] else 0) for i, c in enumerate(row.cells)])
        for row in rows
    ]


@require_safe
@requires(VIEW)
def items(request: HttpRequest, measure: str) -> HttpResponse:
    """The list behind a number."""
    today, filters = clock.today(), narrowing.filters_from(request.GET.dict())
    found = _measure(measure)
    rows = counting.listed(request.user, found, filters, today=today)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "measure": found,
        "page": page,
        "items": counting.items(list(page.object_list), today=today),
        "kinds": KINDS,
        **_choices(request, filters),
    }
    return render(request, "linkage/items.html", context)


def _measure(name: str) -> counting.Measure:
    found = counting.BY_NAME.get(name)
    if found is None:
        raise ZhulianError("request.not_found")
    return found


@require_safe
@requires(VIEW)
def enterprise(request: HttpRequest, enterprise: int) -> HttpResponse:
    """The causal graph of one enterprise."""
    today = clock.today()
    asked = request.GET.dict() | {"enterprise": str(enterprise)}
    filters = narrowing.filters_from(asked)
    rows = list(narrowing.judged(request.user, filters, today=today)[: GRAPH + 1])
    if not rows and not may_see(request.user, enterprise, VIEW):
        raise ZhulianError("linkage.no_enterprise", value=enterprise)
    context = {
        "enterprise": enterprise,
        "name": enterprise_name(enterprise, today),
        "chains": graph.forest(rows[:GRAPH], request.user, today=today),
        "more": len(rows) > GRAPH,
        "limit": GRAPH,
        "narrowed": filters != Filters(enterprise=enterprise),
        **_choices(request, filters),
    }
    return render(request, "linkage/graph.html", context)


@require_safe
@requires(VIEW)
def why(request: HttpRequest, judged: int) -> HttpResponse:
    """Why a rule fired, or why not: its conditions with their values; the other rules asked about the same event."""
    today, everything = clock.today(), Filters(fired="all")
    mine = narrowing.judged(request.user, everything, today=today)
    row = mine.filter(pk=judged).first()
    if row is None:
        raise ZhulianError("linkage.no_judgement")
    rule = rulebooks.linkage_book().rules.get(row.rule)
    others = mine.filter(event=row.event).exclude(pk=row.pk).order_by("rule")
    (entry,) = ledger.entries([row], request.user, today=today)
    context = {
        "row": row,
        "entry": entry,
        "rule": rule,
        "others": ledger.entries(list(others), request.user, today=today),
        "replay": _replayed(row),
        "now": clock.now(),
    }
    return render(request, "linkage/why.html", context)


def _replayed(row: Judged) -> str:
    """Whether the version of that day says the same of the same facts: met, short, or unknown where it is gone."""
    try:
        again = judging.replayed(row)
    except KeyError:
        return "unknown"
    return "met" if (again["verdict"], again["effects"]) == (row.verdict, row.effects) else "short"


@require_safe
@requires(VIEW)
def export(request: HttpRequest, what: str) -> HttpResponse:
    """Totals, or the list behind a number, as CSV; a leaf says who took what."""
    today, filters = clock.today(), narrowing.filters_from(request.GET.dict())
    sheet = _totals_sheet(request, filters, today) if what == "totals" else _items_sheet(request, what, filters, today)
    body = as_csv([sheet])
    name = f"{sheet.title}-{today}"
    export_note(
        subject="linkage",
        name=name,
        kind="csv",
        rows=len(sheet.rows),
        content=body,
        actor=cast("User", request.user).actor,
        at=clock.now(),
    )
    response = HttpResponse(body, content_type=FORMATS["csv"])
    response.headers["Content-Disposition"] = attachment(f"{name}.csv")
    return response


def _totals_sheet(request: HttpRequest, filters: Filters, today: dt.date) -> Sheet:
    rows = counting.totals(request.user, filters, today=today)
    header = (_("方向"), *(m.label for m in counting.MEASURES))
    return Sheet(_("联动台账合计"), header, tuple((r.label, *(str(c.count) for c in r.cells)) for r in rows))


def _items_sheet(request: HttpRequest, what: str, filters: Filters, today: dt.date) -> Sheet:
    measure = _measure(what)
    rows = counting.listed(request.user, measure, filters, today=today)
    header = (
        _("类别"), _("企业"), _("事项"), _("起因"), _("日期"), _("期限"), _("结束"), _("状态"), _("办理单位"), _("依据"),
    )  # fmt: skip
    lines = tuple(
        (
            KINDS[one.kind],
            one.name,
            one.label,
            one.came_from,
            str(one.since or ""),
            str(one.due_on or ""),
            str(one.ended_on or ""),
            one.state,
            one.unit,
            one.clause,
        )
        for one in counting.items(rows[:EXPORT], today=today)
    )
    return Sheet(_("联动台账-%s") % measure.label, header, lines)
