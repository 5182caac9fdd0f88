"""Pages of rectifications and verifications: the officers' lists, one matter for both sides, and its steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import OUTCOMES, RECTIFICATION, VERIFICATION
from zhulian.server.campaigns import bundling, evidence, rectifying, seeing, selectors, services, verifying
from zhulian.server.campaigns.models import Rectification, Verification
from zhulian.server.campaigns.permissions import FILE, LIST, OWN, VIEW
from zhulian.server.common import clock
from zhulian.server.common.files import file_chunks
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.decisions.composing import REMEDY
from zhulian.server.decisions.views import attempt, number_of, person
from zhulian.server.notary import bundles

PAGE: Final = 50
NOTED: Final = ("send_back", "end")
"""Steps that ask for a reason."""


@require_safe
@requires(LIST)
def rectifications(request: HttpRequest) -> HttpResponse:
    """限期整改: what runs, earliest last day first."""
    extra = {"states": [("", _("未办结")), ("all", _("全部")), *RECTIFICATION.states.items()]}
    return _list(request, selectors.rectifications(request.user), "campaigns/rectifications.html", extra)


@require_safe
@requires(LIST)
def verifications(request: HttpRequest) -> HttpResponse:
    """资质核查: what runs, earliest last day first."""
    extra = {
        "states": [("", _("未办结")), ("all", _("全部")), *VERIFICATION.states.items()],
        "outcomes": [("", _("不限")), *((one, one) for one in OUTCOMES)],
    }
    return _list(request, selectors.verifications(request.user), "campaigns/verifications.html", extra)


def _list(request: HttpRequest, rows: QuerySet[Any], template: str, extra: dict[str, Any]) -> HttpResponse:
    names = ("state", "due", "mine", "code", "outcome", "sort")
    filters, today = selectors.Filters(**{name: request.GET.get(name, "").strip() for name in names}), clock.today()
    page = Paginator(selectors.listed(rows, request.user, filters, today=today), PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "page": page,
        "lines": selectors.lines(list(page.object_list), request.user, today=today),
        "totals": selectors.totals(rows, request.user, today=today),
        "dues": selectors.DUE,
        "mine": selectors.MINE,
        "now": clock.now(),
    }
    return render(request, template, context | extra)


@require_safe
@requires(OWN)
def own(request: HttpRequest) -> HttpResponse:
    """自查与整改: everything of one's own enterprises, what one has to file first."""
    user, today = request.user, clock.today()
    orders = selectors.rectifications(user).order_by("-opened_at", "-pk")
    checks = selectors.verifications(user).order_by("-announced_at", "-pk")
    context = {
        "waiting": selectors.enterprise_waiting(user, today=today),
        "orders": selectors.lines(list(orders), user, today=today),
        "checks": selectors.lines(list(checks), user, today=today),
        "now": clock.now(),
    }
    return render(request, "campaigns/own.html", context)


@require_safe
@requires(VIEW)
def rectification(request: HttpRequest, rectification: int) -> HttpResponse:
    """One rectification: 依据 · 事实 · 证据 · 告知 · 救济, the steps that are possible, and its history."""
    row = _rectification(request, rectification)
    found = seeing.rectification(request.user, row, today=clock.today())
    return render(request, "campaigns/rectification.html", _context(request, row, found) | {"noted": NOTED})


@require_safe
@requires(VIEW)
def verification(request: HttpRequest, verification: int) -> HttpResponse:
    """One verification, in the same parts."""
    row = _verification(request, verification)
    found = seeing.verification(request.user, row, today=clock.today())
    context = _context(request, row, found) | {"outcomes": OUTCOMES, "may_order": seeing.may_order(request.user, row)}
    context["prefill"] = seeing.prefilled(row) if found.may_file else ""
    return render(request, "campaigns/verification.html", context)


def _context(request: HttpRequest, row: Rectification | Verification, found: seeing.Matter) -> dict[str, Any]:
    officer = allowed(request.user, LIST)
    limits = {"most": evidence.FILES, "megabytes": evidence.MEGABYTES, "accept": ",".join(evidence.BEGINNINGS)}
    return {
        "row": row,
        "found": found,
        "remedy": REMEDY,
        "today": clock.today(),
        "now": clock.now(),
        "officer": officer,
        "bundle_url": reverse(f"campaigns:{type(row).__name__.lower()}_bundle", args=[row.pk]) if officer else "",
    } | limits


@require_POST
@requires(LIST)
def rectification_bundle(request: HttpRequest, rectification: int) -> HttpResponse:
    """The rectification's evidence bundle, for a stated purpose."""
    return bundles.answer(request, bundling.of_rectification(_rectification(request, rectification)))


@require_POST
@requires(LIST)
def verification_bundle(request: HttpRequest, verification: int) -> HttpResponse:
    """The verification's evidence bundle, for a stated purpose."""
    return bundles.answer(request, bundling.of_verification(_verification(request, verification)))


@require_POST
@requires(VIEW)
def rectification_move(request: HttpRequest, rectification: int, action: str) -> HttpResponse:
    """复核通过、退回补正、销号、终止; the service asks for the permission of the action."""
    row = _rectification(request, rectification)
    if action not in rectifying.ACTIONS:
        raise ZhulianError("request.not_found")

    def act() -> None:
        services.rectification_move(
            rectification=row.pk,
            action=action,
            seen=number_of(request, "seen"),
            user=person(request),
            note=request.POST.get("note", ""),
        )

    attempt(request, act, _("已%s") % RECTIFICATION.actions[action])
    return redirect("campaigns:rectification", rectification=row.pk)


@require_POST
@requires(FILE)
def rectification_file(request: HttpRequest, rectification: int) -> HttpResponse:
    """The enterprise says what it did, with its evidence."""
    row = _rectification(request, rectification)

    def act(files: list[evidence.Given], text: str) -> None:
        services.rectification_file(
            rectification=row.pk, seen=number_of(request, "seen"), text=text, files=files, user=person(request)
        )

    _filed(request, act, _("整改材料已报送，由主管部门复核"))
    return redirect("campaigns:rectification", rectification=row.pk)


@require_POST
@requires(FILE)
def verification_self_check(request: HttpRequest, verification: int) -> HttpResponse:
    """The enterprise files its self-check."""
    row = _verification(request, verification)

    def act(files: list[evidence.Given], text: str) -> None:
        services.verification_self_check(
            verification=row.pk, seen=number_of(request, "seen"), text=text, files=files, user=person(request)
        )

    _filed(request, act, _("自查已报送，体检结论随自查一并保存"))
    return redirect("campaigns:verification", verification=row.pk)


def _filed(request: HttpRequest, act: Callable[[list[evidence.Given], str], None], done: str) -> None:
    uploads: list[UploadedFile[Any]] = request.FILES.getlist("files")
    attempt(request, lambda: act(evidence.take(uploads), request.POST.get("text", "")), done)


@require_POST
@requires(VIEW)
def verification_move(request: HttpRequest, verification: int, action: str) -> HttpResponse:
    """初审, and the conclusion by another person."""
    row = _verification(request, verification)
    if action not in verifying.ACTIONS:
        raise ZhulianError("request.not_found")
    common: dict[str, Any] = {"verification": row.pk, "seen": number_of(request, "seen"), "user": person(request)}
    text = request.POST.get("text", "")

    def act() -> None:
        if action == "review":
            services.verification_review(**common, finding=text)
        else:
            services.verification_conclude(**common, outcome=request.POST.get("outcome", ""), reasons=text)

    attempt(request, act, _("已%s") % VERIFICATION.actions[action])
    return redirect("campaigns:verification", verification=row.pk)


@require_POST
@requires(VIEW)
def verification_order(request: HttpRequest, verification: int) -> HttpResponse:
    """Propose 责令限期改正 for what the first review found; others decide it."""
    row = _verification(request, verification)

    def act() -> None:
        services.verification_order(verification=row.pk, seen=number_of(request, "seen"), user=person(request))

    attempt(request, act, _("已提出责令限期改正，在“拟办与决定”办理"))
    return redirect("campaigns:verification", verification=row.pk)


@require_safe
@requires(VIEW)
def download(request: HttpRequest, evidence: int) -> HttpResponseBase:
    """A file that the enterprise gave, under a name of ours with its ending; never shown in the browser."""
    row = selectors.evidence(request.user).filter(pk=evidence).first()
    if row is None:
        raise ZhulianError("campaign.none")
    response = StreamingHttpResponse(file_chunks(row.stored.sha256), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="evidence-{row.pk}{PurePath(row.name).suffix.lower()}"'
    return response


def _rectification(request: HttpRequest, pk: int) -> Rectification:
    rows = selectors.rectifications(request.user).select_related("unit", "restriction__proposal")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise ZhulianError("campaign.none")
    return row


def _verification(request: HttpRequest, pk: int) -> Verification:
    row = (
        selectors.verifications(request.user)
        .select_related("unit", "proposal", "campaign", "order")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise ZhulianError("campaign.none")
    return row
