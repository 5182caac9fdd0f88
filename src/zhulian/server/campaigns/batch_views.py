"""Officers' pages of campaigns: the list, the plan, selection with a look first, approval, members, bulk, export."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import CAMPAIGN, OUTCOMES, VERIFICATION
from zhulian.server.campaigns import batches, bulk, campaigning, services
from zhulian.server.campaigns.forms import PlanForm, initial_of, listed_text
from zhulian.server.campaigns.frames import ROWS, frame_of
from zhulian.server.campaigns.models import Campaign, CampaignMember
from zhulian.server.campaigns.permissions import LIST, PLAN, VIEW
from zhulian.server.common import clock
from zhulian.server.common.files import file_chunks
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.common.rows import unrestricted
from zhulian.server.decisions.views import attempt, number_of, person
from zhulian.server.registry import exports

PAGE: Final = 50
PROBLEMS: Final = 100
"""Wrong rows of a list that are shown at once."""


def _filters(request: HttpRequest, source: Any = None) -> batches.Filters:
    given = request.GET if source is None else source
    names = ("state", "mine", "at", "division", "q", "order", "sort")
    return batches.Filters(**{name: given.get(name, "").strip()[:100] for name in names})


@require_safe
@requires(LIST)
def campaigns(request: HttpRequest) -> HttpResponse:
    """核查批次: what is planned and runs, the newest first."""
    filters = _filters(request)
    page = Paginator(batches.listed(request.user, filters), PAGE).get_page(request.GET.get("page"))
    with unrestricted("how far a campaign has come is counted over all its members"):
        page.object_list = list(page.object_list)
    context = {
        "filters": filters,
        "page": page,
        "totals": batches.counted(request.user),
        "states": [("", _("未结束")), ("all", _("全部")), *CAMPAIGN.states.items()],
        "mine": [("", _("辖区全部")), ("unit", _("本单位组织"))],
        "may_plan": allowed(request.user, PLAN),
        "now": clock.now(),
    }
    return render(request, "campaigns/campaigns.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(PLAN)
def plan(request: HttpRequest, campaign: int | None = None) -> HttpResponse:
    """Make a plan, or change one that was not selected from yet."""
    row = _campaign(request, campaign) if campaign is not None else None
    user = person(request)
    if row is not None and not batches.may_plan(user, row):
        raise ZhulianError("campaign.none")
    initial = initial_of(row) if row else {"starts_on": clock.today(), "days": 10}
    form = PlanForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.campaign_plan(
                plan=form.plan(), user=user, campaign=campaign, seen=number_of(request, "seen")
            )
        except ZhulianError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("计划已保存，下一步确定对象"))
            return redirect("campaigns:campaign", campaign=made.pk)
    return render(request, "campaigns/plan.html", {"form": form, "row": row, "now": clock.now()})


@require_safe
@requires(LIST)
def campaign(request: HttpRequest, campaign: int) -> HttpResponse:
    """One campaign: 依据 · 事实 · 证据 · 告知 · 救济, what may be done now, progress and totals by division."""
    row = _campaign(request, campaign)
    members = batches.members_of(request.user, row)
    concluded, listed = batches.progress(members)
    context = {
        "row": row,
        "actions": batches.actions_of(request.user, row),
        "may_plan": batches.may_plan(request.user, row),
        "looked": frame_of(row, as_of=clock.today()) if _looks(request, row) else None,
        "totals": batches.totals(members, within=row.division),
        "stages": [label for label, _q in batches.STAGES.values()],
        "concluded": concluded,
        "listed": listed,
        "late": batches.late(members),
        "ordered": members.filter(verification__order__isnull=False).count(),
        "steps": [(step, STEP_WORDS.get(step.action, step.action)) for step in row.steps.select_related("by")],
        "now": clock.now(),
    }
    return render(request, "campaigns/campaign.html", context)


STEP_WORDS: Final = {**CAMPAIGN.actions, "plan": "制定计划", "change": "修改计划"}


def _looks(request: HttpRequest, row: Campaign) -> bool:
    """Whether the page shows who would be chosen: the frame is read for those who may choose only."""
    return batches.may_plan(request.user, row) and row.method != Campaign.Method.LISTED


@require_POST
@requires(PLAN)
def select(request: HttpRequest, campaign: int) -> HttpResponse:
    """Choose the members; a list with wrong rows is shown with what is wrong, row by row, and nothing is taken."""
    row = _campaign(request, campaign)
    listed = ""
    try:
        listed = listed_text(request.POST.get("listed", ""), request.FILES.get("file"))
        chosen = campaigning.selection_of(row, listed=listed)
        services.campaign_select(
            campaign=row.pk, seen=number_of(request, "seen"), selection=chosen, user=person(request)
        )
    except ZhulianError as error:
        if error.code == "campaign.listed":
            return _problems(request, row, listed)
        messages.error(request, str(error))
    else:
        messages.success(request, _("对象已确定，由另一名人员审批后公告"))
    return redirect("campaigns:campaign", campaign=row.pk)


def _problems(request: HttpRequest, row: Campaign, listed: str) -> HttpResponse:
    problems = frame_of(row, as_of=clock.today(), listed=listed).problems
    context = {
        "row": row,
        "problems": problems[:PROBLEMS],
        "count": len(problems),
        "listed": listed,
        "rows": ROWS,
        "now": clock.now(),
    }
    return render(request, "campaigns/listed.html", context, status=422)


@require_POST
@requires(VIEW)
def move(request: HttpRequest, campaign: int, action: str) -> HttpResponse:
    """审批、退回、公告、结束、取消; the service asks for the permission of the action."""
    row = _campaign(request, campaign)
    if action not in campaigning.ACTIONS:
        raise ZhulianError("request.not_found")

    def act() -> None:
        services.campaign_move(
            campaign=row.pk,
            action=action,
            seen=number_of(request, "seen"),
            user=person(request),
            note=request.POST.get("note", ""),
        )

    attempt(request, act, _("已%s") % CAMPAIGN.actions[action])
    return redirect("campaigns:campaign", campaign=row.pk)


@require_safe
@requires(LIST)
def members(request: HttpRequest, campaign: int) -> HttpResponse:
    """Members where they stand: what every number of the totals lists, and the choice for bulk steps."""
    row, filters = _campaign(request, campaign), _filters(request)
    found = batches.members_of(request.user, row)
    rows = batches.narrowed(found, filters)
    context = {
        "row": row,
        "filters": filters,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "count": rows.count(),
        "stages": [(key, label) for key, (label, _q) in batches.STAGES.items()],
        "divisions": sorted(set(found.order_by().values_list("division", flat=True))),
        "query": request.GET.urlencode(),
        "kept": [(name, getattr(filters, name)) for name in ("at", "division", "q", "order") if getattr(filters, name)],
        "bulk": [(name, VERIFICATION.actions[name]) for name in bulk.ACTIONS] if row.state == "announced" else [],
        "outcomes": OUTCOMES,
        "most": bulk.MOST,
        "now": clock.now(),
    }
    return render(request, "campaigns/members.html", context)


@require_safe
@requires(LIST)
def export(request: HttpRequest, campaign: int, kind: str) -> HttpResponseBase:
    """The members as they are filtered, to take away; who took them stands in the ledger."""
    exports.kind_check(kind)
    row = _campaign(request, campaign)
    rows = batches.narrowed(batches.members_of(request.user, row), _filters(request))
    query = request.GET.urlencode()
    services.campaign_exported(campaign=row.pk, count=rows.count(), query=query, user=person(request))
    note = f"{row.title}，数据截至 {clock.now():%Y-%m-%d %H:%M}"
    lines, name = batches.export_rows(rows), f"campaign-{row.pk}-{clock.today():%Y%m%d}"
    return exports.download(kind, batches.HEADER, lines, title="核查批次", note=note, name=name)


@require_POST
@requires(VIEW)
def bulk_preview(request: HttpRequest, campaign: int) -> HttpResponse:
    """What the bulk step will and will not change; nothing is changed yet."""
    row, order = _campaign(request, campaign), _order(request)
    rows = batches.members_of(request.user, row)
    if given := request.POST.getlist("item")[: bulk.MOST + 1]:
        rows = rows.filter(pk__in=[one for one in given if one.isdecimal() and len(one) < 18])
    return _bulk(request, row, order, batches.narrowed(rows, _filters(request, request.POST)), None)


@require_POST
@requires(VIEW)
def bulk_do(request: HttpRequest, campaign: int) -> HttpResponse:
    """Do it, and say of each what came of it."""
    row, order = _campaign(request, campaign), _order(request)
    prints = [one.partition(":") for one in request.POST.getlist("item")[: bulk.MOST + 1]]
    seen = {int(pk): int(rev) for pk, _c, rev in prints if (pk + rev).isdecimal() and pk and rev and len(pk + rev) < 18}
    rows = batches.members_of(request.user, row).filter(verification__in=list(seen))
    return _bulk(request, row, order, batches.narrowed(rows, batches.Filters()), seen)


def _bulk(
    request: HttpRequest,
    row: Campaign,
    order: bulk.Order,
    rows: QuerySet[CampaignMember],
    seen: dict[int, int] | None,
) -> HttpResponse:
    try:
        pairs = bulk.chosen(row, rows[: bulk.MOST + 1], order.user)
    except ZhulianError as error:
        messages.error(request, str(error))
        return redirect("campaigns:members", campaign=row.pk)
    lines = bulk.preview(pairs, order) if seen is None else bulk.done(pairs, seen, order)
    context = {
        "row": row,
        "order": order,
        "label": VERIFICATION.actions[order.action],
        "done": seen is not None,
        "will": [line for line in lines if line.will],
        "unchanged": [line for line in lines if not line.will],
        "now": clock.now(),
    }
    return render(request, "campaigns/bulk.html", context)


def _order(request: HttpRequest) -> bulk.Order:
    """The order of a form.

    Raises:
        ZhulianError: `request.not_found` for an action of another form.
    """
    action = request.POST.get("action", "")
    if action not in bulk.ACTIONS:
        raise ZhulianError("request.not_found")
    return bulk.Order(action, person(request), request.POST.get("text", ""), request.POST.get("outcome", ""))


@require_safe
@requires(LIST)
def frame(request: HttpRequest, campaign: int) -> HttpResponseBase:
    """The frame as it was frozen, byte for byte: its SHA-256 is the frame's hash."""
    return frame_download(_campaign(request, campaign))


def frame_download(row: Campaign) -> HttpResponseBase:
    """The frame's file.

    Raises:
        ZhulianError: `campaign.none` where nothing was selected.
    """
    if row.frame is None:
        raise ZhulianError("campaign.none")
    response = StreamingHttpResponse(file_chunks(row.frame.sha256), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="frame-{row.frame.sha256[:12]}.csv"'
    return response


def _campaign(request: HttpRequest, pk: int) -> Campaign:
    row = batches.campaigns(request.user).filter(pk=pk).first()
    if row is None:
        raise ZhulianError("campaign.none")
    return row
