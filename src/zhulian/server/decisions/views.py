"""The officers' pages: the queue, one matter, and its steps. What is possible is asked of selectors and services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhulian.core.kernel.dates import parse_date
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import PROPOSAL
from zhulian.core.linkage import ACTS
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires
from zhulian.server.decisions import bundling, composing, seeing, selectors, services
from zhulian.server.decisions.models import Defence, Document, Lifting, Proposal, Restriction, Service
from zhulian.server.decisions.permissions import HANDLE, REVIEW, SIGN, VIEW
from zhulian.server.notary import bundles

PAGE: Final = 50
NOTED: Final = ("return", "drop")
"""Steps that ask for a reason."""
MINE: Final = (("", "辖区全部"), ("unit", "本单位办理"), ("handler", "我承办的"))


@require_safe
@requires(VIEW)
def queue(request: HttpRequest) -> HttpResponse:
    """拟办与决定: what waits, earliest deadline first."""
    given = {name: request.GET.get(name, "") for name in ("state", "act", "mine", "sort")}
    filters, today = selectors.Filters(**given), clock.today()
    pages = Paginator(selectors.queue(request.user, filters), PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "page": page,
        "lines": selectors.lines(list(page.object_list), request.user, today=today),
        "totals": selectors.totals(request.user, today=today),
        "states": [("", _("未办结")), ("all", _("全部")), *PROPOSAL.states.items()],
        "acts": [("", _("全部事项")), *((a.id, a.label) for a in ACTS.values())],
        "mine": MINE,
        "now": clock.now(),
    }
    return render(request, "decisions/queue.html", context)


@require_safe
@requires(VIEW)
def matter(request: HttpRequest, proposal: int) -> HttpResponse:
    """One proposal: 依据 · 事实 · 证据 · 告知 · 救济, the steps that are possible, and its history."""
    row = _row(request, proposal)
    found = seeing.matter(request.user, row, today=clock.today())
    context = {
        "found": found,
        "row": row,
        "methods": Service.Method.choices,
        "remedy": composing.REMEDY,
        "noted": NOTED,
        "bundle_url": reverse("decisions:evidence", args=[row.pk]),
    }
    return render(request, "decisions/matter.html", context | {"today": clock.today(), "now": clock.now()})


@require_POST
@requires(VIEW)
def evidence(request: HttpRequest, proposal: int) -> HttpResponse:
    """The matter's evidence bundle, for a stated purpose."""
    row = _row(request, proposal)
    return bundles.answer(request, bundling.of_proposal(row))


def _row(request: HttpRequest, proposal: int) -> Proposal:
    """A proposal in the user's scope; of others not even that they exist is told, whatever the form says."""
    row: Proposal | None = selectors.in_scope(request.user).filter(pk=proposal).first()
    if row is None:
        raise ZhulianError("decision.none")
    return row


def attempt(request: HttpRequest, act: Callable[[], Any], done: str) -> None:
    """Do something and say so; a refusal is told on the page one came from. What is not one's own stays not found."""
    try:
        act()
    except ZhulianError as error:
        if error.kind.status == 404:
            raise
        messages.error(request, str(error))
    else:
        messages.success(request, done)


def person(request: HttpRequest) -> User:
    """Who is signed in; the permission in front of the view has seen to it that somebody is."""
    return cast("User", request.user)


def posted_date(request: HttpRequest, name: str) -> dt.date | None:
    """A date of a form; none for an empty field, and the error of a bad one for the caller to show."""
    text = request.POST.get(name, "").strip()
    return parse_date(text) if text else None


def number_of(request: HttpRequest, name: str) -> int:
    """A whole number of a form; -1, which no row has, for anything else."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


@require_POST
@requires(VIEW)
def move(request: HttpRequest, proposal: int, action: str) -> HttpResponse:
    """承办、提请审核、审核、法制审核、退回、不予办理; the service asks for the permission of the action."""
    if action not in services.MOVES:
        raise ZhulianError("request.not_found")
    _row(request, proposal)

    def act() -> None:
        services.proposal_move(
            proposal=proposal,
            action=action,
            seen=number_of(request, "seen"),
            user=person(request),
            note=request.POST.get("note", "")[:500],
        )

    attempt(request, act, _("已%s") % PROPOSAL.actions[action])
    return redirect("decisions:matter", proposal=proposal)


@require_POST
@requires(HANDLE)
def draft(request: HttpRequest, proposal: int) -> HttpResponse:
    """Save facts, grounds, days, copies."""
    _row(request, proposal)
    days = number_of(request, "term_days")

    def act() -> None:
        services.proposal_draft(
            proposal=proposal,
            seen=number_of(request, "seen"),
            facts=request.POST.get("facts", ""),
            grounds=request.POST.get("grounds", ""),
            term_days=days if days > 0 else None,
            copies=request.POST.get("copies", ""),
            user=person(request),
        )

    attempt(request, act, _("已保存"))
    return redirect("decisions:matter", proposal=proposal)


@require_POST
@requires(HANDLE)
def notice(request: HttpRequest, proposal: int) -> HttpResponse:
    """Issue the notice."""
    _row(request, proposal)

    def act() -> None:
        services.proposal_notice(proposal=proposal, seen=number_of(request, "seen"), user=person(request))

    attempt(request, act, _("已制发事先告知书，请办理送达；陈述申辩期限自送达起算"))
    return redirect("decisions:matter", proposal=proposal)


@require_POST
@requires(SIGN)
def sign(request: HttpRequest, proposal: int) -> HttpResponse:
    """Sign the decision."""
    _row(request, proposal)

    def act() -> None:
        services.proposal_sign(proposal=proposal, seen=number_of(request, "seen"), user=person(request))

    attempt(request, act, _("已签发，请办理送达；送达后生效"))
    return redirect("decisions:matter", proposal=proposal)


@require_POST
@requires(HANDLE)
def serve(request: HttpRequest, document: int) -> HttpResponse:
    """Fill in 送达回证."""
    row = selectors.documents_for(request.user).filter(pk=document).first()
    if row is None:
        raise ZhulianError("decision.none")
    method = request.POST.get("method", "")
    if method not in Service.Method.values:
        raise ZhulianError("request.not_found")

    def act() -> None:
        receipt = services.Receipt(
            recipient=request.POST.get("recipient", "").strip(),
            place=request.POST.get("place", "").strip(),
            proof=request.POST.get("proof", "").strip(),
            on=posted_date(request, "on"),
        )
        services.service_record(document=document, method=method, receipt=receipt, user=person(request))

    attempt(request, act, _("送达已登记"))
    return redirect("decisions:matter", proposal=row.proposal_id)


@require_POST
@requires(REVIEW)
def defence_decide(request: HttpRequest, defence: int) -> HttpResponse:
    """Answer what the enterprise filed."""
    row = Defence.objects.filter(pk=defence, proposal__in=selectors.in_scope(request.user).values("pk")).first()
    if row is None:
        raise ZhulianError("decision.none")

    def act() -> None:
        services.defence_decide(
            defence=defence,
            accept=request.POST.get("accept") == "yes",
            decision=request.POST.get("decision", ""),
            user=person(request),
            until=posted_date(request, "until"),
        )

    attempt(request, act, _("已处理"))
    return redirect("decisions:matter", proposal=row.proposal_id)


def _lifting(request: HttpRequest, pk: int) -> Lifting:
    within = selectors.in_scope(request.user).values("pk")
    row = Lifting.objects.select_related("restriction").filter(pk=pk, restriction__proposal__in=within).first()
    if row is None:
        raise ZhulianError("decision.none")
    return row


@require_POST
@requires(HANDLE)
def annul(request: HttpRequest, restriction: int) -> HttpResponse:
    """Propose that a decision be annulled."""
    within = selectors.in_scope(request.user).values("pk")
    row = Restriction.objects.filter(pk=restriction, proposal__in=within).first()
    if row is None:
        raise ZhulianError("decision.none")

    def act() -> None:
        services.annulment_file(restriction=restriction, text=request.POST.get("text", ""), user=person(request))

    attempt(request, act, _("已提出撤销，复核后由另一位有签发权的工作人员决定"))
    return redirect("decisions:matter", proposal=row.proposal_id)


@require_POST
@requires(HANDLE)
def lifting_check(request: HttpRequest, lifting: int) -> HttpResponse:
    """The re-check."""
    row = _lifting(request, lifting)

    def act() -> None:
        services.lifting_check(lifting=lifting, finding=request.POST.get("finding", ""), user=person(request))

    attempt(request, act, _("复核情况已登记，请另一位工作人员决定"))
    return redirect("decisions:matter", proposal=row.restriction.proposal_id)


@require_POST
@requires(SIGN)
def lifting_decide(request: HttpRequest, lifting: int) -> HttpResponse:
    """Grant or refuse the end."""
    row = _lifting(request, lifting)

    def act() -> None:
        services.lifting_decide(
            lifting=lifting,
            grant=request.POST.get("grant") == "yes",
            decision=request.POST.get("decision", ""),
            user=person(request),
        )

    attempt(request, act, _("已决定"))
    return redirect("decisions:matter", proposal=row.restriction.proposal_id)


def document_of(request: HttpRequest, pk: int) -> Document:
    """A document that the viewer may open.

    Raises:
        ZhulianError: `decision.none`.
    """
    row = selectors.documents_for(request.user).filter(pk=pk).first()
    if row is None:
        raise ZhulianError("decision.none")
    return row
