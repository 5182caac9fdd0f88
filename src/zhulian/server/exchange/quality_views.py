"""数据质量: sources, reasons, coverage, what is unknown for want of which data, freshness, waivers."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhulian.core.kernel.dates import parse_date
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock
from zhulian.server.common.files import file_chunks, file_store
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.exchange import quality, quality_lists, quality_waivers
from zhulian.server.exchange.permissions import UPLOAD, VIEW
from zhulian.server.exchange.quality_kept import kept
from zhulian.server.registry import exports
from zhulian.server.registry import services as registry
from zhulian.server.registry.matching import selectors as identities
from zhulian.server.registry.models import Candidate, Waiver
from zhulian.server.registry.permissions import IDENTITY_VIEW, LIST, WAIVER_DECIDE, WAIVER_REQUEST
from zhulian.server.registry.waivers import services as waivers
from zhulian.server.registry.waivers.selectors import waivers_for

PAGE: Final = 50
TABS: Final = (
    ("sources", gettext_lazy("来源")),
    ("reasons", gettext_lazy("隔离原因")),
    ("coverage", gettext_lazy("覆盖")),
    ("unknown", gettext_lazy("结论未知的原因")),
    ("freshness", gettext_lazy("时效")),
    ("waivers", gettext_lazy("豁免")),
)
EVIDENCE_LIMIT: Final = 10 << 20
EVIDENCE_TYPES: Final = (".pdf", ".jpg", ".jpeg", ".png")
_BAR: Final = 10
_HEIGHT: Final = 28


class WaiverForm(forms.Form):
    """A code, how it was checked, and the proof."""

    code = forms.CharField(
        label=gettext_lazy("统一社会信用代码（照原件）"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "zl-code"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("怎样核对的原件"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    evidence = forms.FileField(
        label=gettext_lazy("证据（营业执照扫描件等）"),
        help_text=gettext_lazy("PDF、JPG 或 PNG，不超过 10 MB；加密保存。"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(EVIDENCE_TYPES)}),
    )

    def clean_evidence(self) -> UploadedFile[Any]:
        """A picture or a document of a reasonable size."""
        file: UploadedFile[Any] = self.cleaned_data["evidence"]
        if not (file.name or "").lower().endswith(EVIDENCE_TYPES):
            raise forms.ValidationError(_("只收 PDF、JPG 或 PNG 文件"))
        if (file.size or 0) > EVIDENCE_LIMIT:
            raise forms.ValidationError(_("文件超过 10 MB，请压缩或降低扫描精度"))
        return file


@require_safe
@requires(VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """数据质量, one tab of it: each is computed only when it is looked at."""
    chosen = request.GET.get("tab", "")
    tab = chosen if chosen in dict(TABS) else TABS[0][0]
    body = {
        "sources": _sources,
        "reasons": _reasons,
        "coverage": _coverage,
        "unknown": _unknown,
        "freshness": _freshness,
        "waivers": _waivers,
    }[tab](request)
    tabs = [
        {"label": label, "url": f"{reverse('exchange:quality')}?tab={name}", "count": None, "current": name == tab}
        for name, label in TABS
        if name in {"sources", "reasons"} or allowed(request.user, LIST)
    ]
    context = {"tab": tab, "tabs": tabs, "now": clock.now(), "today": clock.today(), "identity": _identity(request)}
    return render(request, "exchange/quality.html", context | body)


def _identity(request: HttpRequest) -> list[dict[str, Any]]:
    """How many subjects are provisional, and how many pairs wait: beside every tab."""
    if not allowed(request.user, IDENTITY_VIEW):
        return []
    waiting, counted = identities.waiting(), identities.counts(request.user)
    unsure = sum(count for kind, count in waiting.items() if kind != "marks")
    url = reverse("registry:identities")
    return [
        {"label": _("待确认主体"), "count": unsure, "unit": _("个"), "url": url},
        {"label": _("身份冲突待处理"), "count": counted.get(Candidate.State.OPEN, 0), "unit": _("对"), "url": url},
    ]


def _sources(request: HttpRequest) -> dict[str, Any]:
    lines = quality.sources(request.user, now=clock.now())
    counted = quality.tally(lines)
    highest = max((week.received for line in lines for week in line.weeks), default=0)
    return {
        "lines": [{"line": line, "bars": _bars(line.weeks, highest), "query": line.name} for line in lines],
        "total": [
            {"label": _("来源"), "count": counted["sources"], "unit": _("个")},
            {"label": _("迟到"), "count": counted["late"], "unit": _("个")},
            {"label": _("空"), "count": counted["empty"], "unit": _("个")},
            {"label": _("收到"), "count": counted["received"], "unit": _("条")},
            {
                "label": _("待更正"),
                "count": counted["open"],
                "unit": _("条"),
                "url": f"{reverse('exchange:quality_list', args=['rejects'])}?state=open",
            },
        ],
    }


def _bars(weeks: tuple[quality.Week, ...], highest: int) -> list[dict[str, int]]:
    """Rectangles of a small picture: records taken in below, quarantined ones above, all sources on one scale."""
    out = []
    for place, week in enumerate(weeks):
        whole = -(-week.received * _HEIGHT // highest) if highest else 0
        bad = -(-week.quarantined * _HEIGHT // highest) if highest else 0
        x = place * _BAR
        out.append({"x": x, "y": _HEIGHT - whole, "height": whole - bad, "bad_y": _HEIGHT - bad, "bad": bad})
    return out


def _reasons(request: HttpRequest) -> dict[str, Any]:
    feed = request.GET.get("feed", "").strip()[:80]
    return {"reasons": quality.reasons(request.user, feed=feed), "feed": feed}


def _coverage(request: HttpRequest) -> dict[str, Any]:
    _allow(request, LIST)
    text = request.GET.get("as_of", "")
    day = parse_date(text) if text else clock.today()
    found = kept(request.user, "coverage", day, lambda: quality.coverage(request.user, day))
    return {"matrix": found.value, "day": day, "now": found.at}


def _unknown(request: HttpRequest) -> dict[str, Any]:
    _allow(request, LIST)
    found = kept(
        request.user,
        "unknown",
        clock.today(),
        lambda: {"causes": quality.causes(request.user), "unknown": quality.unknowns(request.user).count()},
    )
    return {**found.value, "now": found.at}


def _freshness(request: HttpRequest) -> dict[str, Any]:
    _allow(request, LIST)
    today = clock.today()
    found = kept(request.user, "freshness", today, lambda: quality.freshness(request.user, today))
    return {"tables": found.value, "now": found.at}


def _waivers(request: HttpRequest) -> dict[str, Any]:
    _allow(request, LIST)
    rows = waivers_for(request.user, LIST)
    return {
        "waivers": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "may_request": allowed(request.user, WAIVER_REQUEST),
    }


def _allow(request: HttpRequest, action: str) -> None:
    """The administrator sees sources; figures of enterprises are their regulators' business."""
    if not allowed(request.user, action):
        raise ZhulianError("access.refused", action=_("查看企业的数据质量"))


@require_safe
@requires(VIEW)
def listing(request: HttpRequest, name: str) -> HttpResponse:
    """The list behind a figure."""
    one, rows = _chosen(request, name)
    shown: Page[Any] = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "title": one.title(request.GET.dict()),
        "name": name,
        "header": one.header,
        "rows": [list(zip(one.header, row, strict=True)) for row in one.shown(list(shown.object_list), clock.today())],
        "page": shown,
        "query": request.GET.urlencode(),
        "now": clock.now(),
    }
    return render(request, "exchange/quality_list.html", context)


def _chosen(request: HttpRequest, name: str) -> tuple[quality_lists.Listing, Any]:
    one = quality_lists.listing(name)
    if name != "rejects":
        _allow(request, LIST)
    return one, one.rows(request.user, request.GET.dict(), clock.today())


@require_safe
@requires(VIEW)
def listing_export(request: HttpRequest, name: str, kind: str) -> HttpResponseBase:
    """The same list to take away; who took it stands in the ledger."""
    exports.kind_check(kind)
    one, rows = _chosen(request, name)
    count = len(rows) if isinstance(rows, list) else rows.count()
    query = f"quality/{name}?{request.GET.urlencode()}"
    registry.list_exported(
        count=min(count, quality_lists.LIMIT), query=query, actor=_user(request).actor, at=clock.now()
    )
    title = one.title(request.GET.dict())
    note = f"{title}，数据截至 {clock.now():%Y-%m-%d %H:%M}，筑联数据质量"
    lines = quality_lists.texts(one, rows, clock.today())
    return exports.download(
        kind, one.header, lines, title="数据质量", note=note, name=f"quality-{name}-{clock.today():%Y%m%d}"
    )


@require_http_methods(["GET", "POST"])
@requires(WAIVER_REQUEST)
def waiver_new(request: HttpRequest) -> HttpResponse:
    """登记豁免."""
    form = WaiverForm(request.POST or None, request.FILES or None, initial={"code": request.GET.get("code", "")[:18]})
    if request.method == "POST" and form.is_valid() and (row := _requested(request, form)) is not None:
        messages.success(request, _("已登记，等另一位工作人员复核。"))
        return redirect("exchange:waiver", row.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "exchange/quality_waiver_new.html", {"form": form}, status=status)


def _requested(request: HttpRequest, form: WaiverForm) -> Waiver | None:
    file = form.cleaned_data["evidence"]
    try:
        stored = file_store(file.chunks(), name=file.name or "")
        return waivers.waiver_request(
            code=form.cleaned_data["code"],
            reason=form.cleaned_data["reason"],
            evidence=stored.pk,
            evidence_name=file.name or "",
            user=_user(request),
            at=clock.now(),
        )
    except ZhulianError as error:
        form.add_error("evidence" if error.code.startswith("store.") else "code", f"{error.text}。{error.cure}。")
        return None


def _waiver(request: HttpRequest, pk: int, action: str) -> Waiver:
    found = waivers_for(request.user, action).filter(pk=pk).first()
    if found is None:
        raise ZhulianError("waiver.none")
    return found


@require_safe
@requires(LIST)
def waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """One waiver: proof, decision, what waits for it."""
    row = _waiver(request, pk, LIST)
    mine = row.requested_by_id == request.user.pk
    context = {
        "waiver": row,
        "waiting": quality_waivers.waiting(row).count(),
        "may_decide": allowed(request.user, WAIVER_DECIDE)
        and waivers_for(request.user, WAIVER_DECIDE).filter(pk=pk).exists(),
        "mine": mine,
        "may_upload": allowed(request.user, UPLOAD),
        "now": clock.now(),
    }
    return render(request, "exchange/quality_waiver.html", context)


@require_POST
@requires(WAIVER_DECIDE)
def waiver_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """复核: confirmed, the records that waited are taken at once."""
    row = _waiver(request, pk, WAIVER_DECIDE)
    confirm = request.POST.get("confirm") == "yes"
    decision = request.POST.get("decision", "")
    row = waivers.waiver_decide(waiver=row.pk, confirm=confirm, decision=decision, user=_user(request), at=clock.now())
    if not confirm:
        messages.success(request, _("已记为不予豁免。"))
        return redirect("exchange:waiver", row.pk)
    return _replayed(request, row)


@require_POST
@requires(UPLOAD)
def waiver_replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the records that wait for a waiver in force."""
    row = _waiver(request, pk, UPLOAD)
    if row.state != Waiver.State.IN_FORCE:
        raise ZhulianError("waiver.state")
    return _replayed(request, row)


def _replayed(request: HttpRequest, row: Waiver) -> HttpResponse:
    handed = quality_waivers.replay(row, user=_user(request))
    if handed:
        numbers = "、".join(delivery.number for delivery in handed)
        messages.success(request, _("豁免生效；被隔离的记录正在补入：%s。") % numbers)
    else:
        messages.success(request, _("豁免生效；没有因此隔离的记录。"))
    return redirect("exchange:waiver", row.pk)


@require_POST
@requires(WAIVER_DECIDE)
def waiver_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销豁免."""
    row = _waiver(request, pk, WAIVER_DECIDE)
    reason = request.POST.get("reason", "")
    waivers.waiver_revoke(waiver=row.pk, reason=reason, user=_user(request), at=clock.now())
    messages.success(request, _("豁免已撤销；以后交来的这个代码重新按未通过校验处理。"))
    return redirect("exchange:waiver", row.pk)


@require_POST
@requires(LIST)
def waiver_evidence(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The proof; who took it stands in the ledger."""
    row = _waiver(request, pk, LIST)
    row = waivers.evidence_download(waiver=row.pk, actor=_user(request).actor, at=clock.now())
    response = StreamingHttpResponse(file_chunks(row.evidence.sha256), content_type="application/octet-stream")
    suffix = next((kind for kind in EVIDENCE_TYPES if row.evidence_name.lower().endswith(kind)), "")
    response["Content-Disposition"] = f'attachment; filename="waiver-{row.pk}{suffix}"'
    return response


def _user(request: HttpRequest) -> Any:
    return request.user  # @requires lets nobody else in
