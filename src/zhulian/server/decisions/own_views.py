"""文书与限制: what the enterprise was sent, what binds it, what it may answer; and documents as printed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.selectors import member_enterprises
from zhulian.server.assessments.documents import attachment
from zhulian.server.assessments.selectors import may_see
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires
from zhulian.server.decisions import bundling, seeing, selectors, services, word
from zhulian.server.decisions.acting import may_answer
from zhulian.server.decisions.letters import letter, receipt
from zhulian.server.decisions.models import Defence, Proposal, Restriction, Service
from zhulian.server.decisions.names import enterprise_name
from zhulian.server.decisions.permissions import DEFEND, DOCUMENT, OWN
from zhulian.server.decisions.views import attempt, document_of, person
from zhulian.server.notary import bundles


@require_safe
@requires(OWN)
def own(request: HttpRequest) -> HttpResponse:
    """To the page of one's own enterprise; the desk lists them where one acts for several."""
    ids = [row["enterprise"] for row in member_enterprises(user=request.user)[:2]]
    if len(ids) == 1:
        return redirect("decisions:enterprise", enterprise=ids[0])
    return redirect("portal:home")


@require_safe
@requires(DOCUMENT)
def enterprise(request: HttpRequest, enterprise: int) -> HttpResponse:
    """文书与限制 of an enterprise: its own people act here, its regulators see the same."""
    if not may_see(request.user, enterprise, DOCUMENT):
        raise ZhulianError("decision.none")
    today = clock.today()
    papers = seeing.papers(selectors.documents_for(request.user).filter(enterprise=enterprise))
    context = {
        "enterprise": enterprise,
        "name": enterprise_name(enterprise, today),
        "papers": papers,
        "waiting": [p for p in papers if p.waiting],
        "held": seeing.held(enterprise, today=today),
        "matters": seeing.answerable(enterprise, today=today),
        "kinds": Defence.Kind.choices,
        "may_answer": may_answer(request.user, enterprise),
        "today": today,
        "now": clock.now(),
    }
    return render(request, "decisions/enterprise.html", context)


@require_safe
@requires(DOCUMENT)
def document(request: HttpRequest, document: int) -> HttpResponse:
    """A document in the layout of official documents (GB/T 9704-2012), to read and to print."""
    row = document_of(request, document)
    served = Service.objects.filter(document=row, state=Service.State.DONE).first()
    context = {"row": row, "letter": letter(row), "served": served, "now": clock.now()}
    context["bundle_url"] = reverse("decisions:document_evidence", args=[row.pk])
    return render(request, "decisions/document.html", context)


@require_POST
@requires(DOCUMENT)
def document_evidence(request: HttpRequest, document: int) -> HttpResponse:
    """The document's evidence bundle: itself, its services, what became of it, proven."""
    return bundles.answer(request, bundling.of_document(document_of(request, document)))


@require_safe
@requires(DOCUMENT)
def document_file(request: HttpRequest, document: int) -> HttpResponse:
    """The same as a Word file."""
    row = document_of(request, document)
    return _word(word.letter_file(letter(row), row.signed_on), f"{row.document_no} {row.title}")


def _service(request: HttpRequest, pk: int) -> Service:
    """A 送达回证 of a document that the viewer may open.

    Raises:
        ZhulianError: `decision.none`.
    """
    within = selectors.documents_for(request.user).order_by().values("pk")
    rows = Service.objects.select_related("document__unit", "sent_by").filter(pk=pk, document__in=within)
    row = rows.first()
    if row is None:
        raise ZhulianError("decision.none")
    return row


@require_safe
@requires(DOCUMENT)
def service(request: HttpRequest, service: int) -> HttpResponse:
    """送达回证, to read and to print."""
    row = _service(request, service)
    return render(request, "decisions/receipt.html", {"row": row, "lines": receipt(row), "now": clock.now()})


@require_safe
@requires(DOCUMENT)
def service_file(request: HttpRequest, service: int) -> HttpResponse:
    """The same as a Word file."""
    row = _service(request, service)
    made = word.receipt_file(receipt(row), row.document.unit.name, row.document.signed_on)
    return _word(made, f"{row.document.document_no} 送达回证")


def _word(made: bytes, name: str) -> HttpResponse:
    return HttpResponse(made, content_type=word.MIME, headers={"Content-Disposition": attachment(f"{name}.docx")})


@require_POST
@requires(DEFEND)
def document_open(request: HttpRequest, document: int) -> HttpResponse:
    """The enterprise opens a document: noted as read, which is no service."""
    row = document_of(request, document)
    services.document_open(document=row.pk, user=person(request))
    return redirect("decisions:document", document=row.pk)


@require_POST
@requires(DEFEND)
def confirm(request: HttpRequest, service: int) -> HttpResponse:
    """Confirm electronic service with one's name."""
    row = Service.objects.select_related("document").filter(pk=service).first()
    if row is None or not may_answer(request.user, row.document.enterprise):
        raise ZhulianError("decision.none")

    def act() -> None:
        services.service_confirm(service=service, name=request.POST.get("name", ""), user=person(request))

    attempt(request, act, _("已确认收到，自今天起视为送达"))
    return redirect("decisions:enterprise", enterprise=row.document.enterprise)


@require_POST
@requires(DEFEND)
def defend(request: HttpRequest, proposal: int) -> HttpResponse:
    """File a defence, ask for a hearing or more time, or waive."""
    row = Proposal.objects.filter(pk=proposal).first()
    if row is None or not may_answer(request.user, row.enterprise):
        raise ZhulianError("decision.none")
    kind = request.POST.get("kind", "")
    if kind not in Defence.Kind.values:
        raise ZhulianError("request.not_found")

    def act() -> None:
        services.defence_file(proposal=proposal, kind=kind, text=request.POST.get("text", ""), user=person(request))

    attempt(request, act, _("已提交，由承办人以外的工作人员处理"))
    return redirect("decisions:enterprise", enterprise=row.enterprise)


@require_POST
@requires(DOCUMENT)
def lift(request: HttpRequest, restriction: int) -> HttpResponse:
    """Apply for the end of a restriction, or propose it as an officer of the deciding unit."""
    row = Restriction.objects.filter(pk=restriction).first()
    if row is None or not may_see(request.user, row.enterprise, DOCUMENT):
        raise ZhulianError("decision.none")

    def act() -> None:
        services.lifting_file(restriction=restriction, text=request.POST.get("text", ""), user=person(request))

    attempt(request, act, _("已提交，复核后由另一位工作人员决定"))
    if may_answer(request.user, row.enterprise):
        return redirect("decisions:enterprise", enterprise=row.enterprise)
    return redirect("decisions:matter", proposal=row.proposal_id)
