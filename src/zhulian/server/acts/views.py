"""Pages of 约谈, 提示函, 挂牌督办 and 领导交办: the list, the form that starts one, one matter for both sides."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import UNDERTAKING
from zhulian.server.acts import bundling, selectors, services, undertaking
from zhulian.server.acts.letters import order_letter
from zhulian.server.acts.models import Undertaking
from zhulian.server.acts.permissions import ANSWER, REPORT, VIEW
from zhulian.server.assessments.documents import attachment
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.decisions import word
from zhulian.server.decisions.composing import REMEDY
from zhulian.server.decisions.names import enterprise_name, project_name
from zhulian.server.decisions.services import Start, proposal_start
from zhulian.server.decisions.views import attempt, number_of, person, posted_date
from zhulian.server.notary import bundles

PAGE: Final = 50


@require_safe
@requires(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """督办与交办: what runs, earliest last day first; an enterprise sees its own."""
    filters = selectors.Filters(**{name: request.GET.get(name, "") for name in ("kind", "state", "enterprise", "sort")})
    officer = allowed(request.user, REPORT)
    page = Paginator(selectors.listed(request.user, filters), PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "about": enterprise_name(filters.of, clock.today()) if page.object_list and filters.of is not None else "",
        "uscc": selectors.uscc_of(filters.of) if officer and filters.of is not None else "",
        "page": page,
        "lines": selectors.lines(list(page.object_list), today=clock.today()),
        "kinds": [("", _("全部")), *Undertaking.Kind.choices],
        "states": [("", _("未办结")), ("all", _("全部")), *UNDERTAKING.states.items()],
        "officer": officer,
        "now": clock.now(),
    }
    return render(request, "acts/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(REPORT)
def start(request: HttpRequest) -> HttpResponse:
    """发起: the form, and what it starts; a refusal keeps what was filled in."""
    given = request.POST if request.method == "POST" else request.GET
    status = 200
    if request.method == "POST":
        try:
            return _started(request)
        except ZhulianError as error:
            messages.error(request, str(error))
            status = error.kind.status
    context = {
        "given": given,
        "key": given.get("key") or uuid.uuid4(),
        "kinds": Undertaking.Kind.choices,
        "units": selectors.units_below(request.user),
        "officers": selectors.officers(request.user),
        "today": clock.today(),
        "now": clock.now(),
    }
    return render(request, "acts/start.html", context, status=status)


def _started(request: HttpRequest) -> HttpResponse:
    """Start it: 领导交办 runs at once, the others go their way through review and signature.

    Raises:
        ZhulianError: `act.*`, `decision.*`, and of a bad date.
    """
    user, given = person(request), request.POST
    uscc, code = given.get("uscc", "").strip().upper(), given.get("project", "").strip()
    enterprise = selectors.enterprise_of(user, uscc)
    if enterprise is None:
        raise ZhulianError("act.enterprise", uscc=uscc)
    project = selectors.project_of(code) if code else None
    if code and project is None:
        raise ZhulianError("act.project", code=code)
    about: dict[str, Any] = {
        "enterprise": enterprise,
        "project": project,
        "clause": given.get("clause", ""),
        "due_on": posted_date(request, "due_on"),
    }
    if given.get("kind") == Undertaking.Kind.ASSIGN:
        unit = selectors.units_below(user).filter(pk=number_of(request, "unit")).first()
        holder = selectors.officers(user).filter(pk=number_of(request, "holder")).first()
        if unit is None:
            raise ZhulianError("act.unit")
        order = services.Order(unit=unit, holder=holder, task=given.get("reason", ""), **about)
        row = services.undertaking_assign(order=order, user=user)
        messages.success(request, _("已交办"))
        return redirect("acts:undertaking", undertaking=row.pk)
    words: dict[str, Any] = {name: given.get(name, "") for name in ("reason", "time", "place")}
    made = proposal_start(start=Start(key=_key(request), act=given.get("kind", ""), **words, **about), user=user)
    messages.success(request, _("已发起，由您承办；提请审核后由其他人审核、签发"))
    return redirect("decisions:matter", proposal=made.pk)


def _key(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise ZhulianError("request.not_found") from error


def _one(request: HttpRequest, pk: int) -> Undertaking:
    row = selectors.undertakings(request.user).filter(pk=pk).first()
    if row is None:
        raise ZhulianError("act.none")
    return row


@require_safe
@requires(VIEW)
def one(request: HttpRequest, undertaking: int) -> HttpResponse:
    """One matter: 依据 · 事实 · 证据 · 告知 · 救济, its next steps and its history."""
    row, today = _one(request, undertaking), clock.today()
    officer = allowed(request.user, REPORT)
    steps = row.steps.select_related("by") if officer else row.steps.select_related("by").exclude(action="ask")
    context = {
        "row": row,
        "line": selectors.lines([row], today=today)[0],
        "name": enterprise_name(row.enterprise, today),
        "project": project_name(row.project, today),
        "actions": selectors.actions_of(request.user, row),
        "papers": selectors.papers(row),
        "may_answer": _may_answer(request.user, row),
        "answers": row.steps.select_related("by").filter(action="answer"),
        "steps": [(step, selectors.STEP_WORDS.get(step.action, step.action)) for step in steps],
        "officer": officer,
        "remedy": REMEDY,
        "now": clock.now(),
        "bundle_url": reverse("acts:bundle", args=[row.pk]) if officer else "",
    }
    return render(request, "acts/undertaking.html", context)


@require_POST
@requires(REPORT)
def bundle(request: HttpRequest, undertaking: int) -> HttpResponse:
    """The matter's evidence bundle, for a stated purpose."""
    return bundles.answer(request, bundling.of_undertaking(_one(request, undertaking)))


def _may_answer(user: Any, row: Undertaking) -> bool:
    return row.state == UNDERTAKING.first and undertaking.may_answer(user, row)


@require_POST
@requires(REPORT)
def move(request: HttpRequest, undertaking: int, action: str) -> HttpResponse:
    """报告、退回、办结、撤回; the service asks for the permission of the action."""
    row = _one(request, undertaking)
    if action not in UNDERTAKING.actions:
        raise ZhulianError("request.not_found")

    def act() -> None:
        services.undertaking_move(
            undertaking=row.pk,
            action=action,
            seen=number_of(request, "seen"),
            user=person(request),
            note=request.POST.get("note", ""),
        )

    attempt(request, act, _("已%s") % UNDERTAKING.actions[action])
    return redirect("acts:undertaking", undertaking=row.pk)


@require_POST
@requires(ANSWER)
def answer(request: HttpRequest, undertaking: int) -> HttpResponse:
    """The enterprise reports what it did."""
    row = _one(request, undertaking)

    def act() -> None:
        services.undertaking_answer(undertaking=row.pk, text=request.POST.get("text", ""), user=person(request))

    attempt(request, act, _("已报送，由机关办理"))
    return redirect("acts:undertaking", undertaking=row.pk)


def _order(request: HttpRequest, pk: int) -> Undertaking:
    row = _one(request, pk)
    if row.kind != Undertaking.Kind.ASSIGN:
        raise ZhulianError("act.none")
    return row


@require_safe
@requires(REPORT)
def order(request: HttpRequest, undertaking: int) -> HttpResponse:
    """领导交办单, to read and to print."""
    row = _order(request, undertaking)
    return render(request, "acts/order.html", {"row": row, "letter": order_letter(row), "now": clock.now()})


@require_safe
@requires(REPORT)
def order_file(request: HttpRequest, undertaking: int) -> HttpResponse:
    """The same as a Word file."""
    row = _order(request, undertaking)
    made = word.letter_file(order_letter(row), row.opened_at.date())
    named = {"Content-Disposition": attachment(f"{row.document_no} 领导交办单.docx")}
    return HttpResponse(made, content_type=word.MIME, headers=named)
