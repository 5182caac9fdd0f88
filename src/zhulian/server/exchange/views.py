"""Pages: deliveries, handing files in, quarantine and its corrections."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.intake import template
from zhulian.intake.template import tables_named
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.exchange import selectors, services
from zhulian.server.exchange.forms import UploadForm
from zhulian.server.exchange.models import Delivery, Quarantined
from zhulian.server.exchange.permissions import RAW, UPLOAD, VIEW
from zhulian.server.exchange.receiving import files_receive
from zhulian.server.notary.opening import asked
from zhulian.server.registry.exports import XLSX

PAGE: Final = 50
_NAME_BYTES: Final = 200
_ID_DIGITS: Final = 18
"""More are no id of ours, and more than a database's integer holds."""

register(
    ErrorKind("exchange.no_delivery", "没有这个数据批次，或不在您可以查看的范围内", "请从数据批次列表重新进入", 404),
    ErrorKind("exchange.no_rejects", "这个文件没有待更正的记录", "刷新页面看看是否已经更正", 404),
)


@require_GET
@requires(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """数据批次."""
    filters = selectors.Filters(
        q=request.GET.get("q", "").strip()[:100], state=request.GET.get("state", "").strip()[:20]
    )
    rows = selectors.listed(request.user, filters)
    found = selectors.totals(rows)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    standings = selectors.standings(shown)
    context = {
        "page": page,
        "rows": [(row, standings[row.pk]) for row in shown],
        "filters": filters,
        "states": Delivery.State.choices,
        "total": [
            {"label": "批次", "count": found["count"], "unit": "个"},
            {"label": "采纳", "count": found["accepted"], "unit": "条"},
            {"label": "无变化", "count": found["unchanged"], "unit": "条"},
            {"label": "待更正", "count": found["open"], "unit": "条"},
        ],
        "may_upload": allowed(request.user, UPLOAD),
    }
    return render(request, "exchange/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(UPLOAD)
def upload(request: HttpRequest) -> HttpResponse:
    """归集数据: files in."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        delivery = _receive(request, form, None)
        if delivery is not None:
            return redirect("exchange:delivery", delivery.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "tables": tables_named([])}
    return render(request, "exchange/upload.html", context, status=status)


def _receive(request: HttpRequest, form: UploadForm, corrects: Delivery | None) -> Delivery | None:
    """The delivery of a form's files; a refusal becomes the form's error."""
    user: Any = request.user
    try:
        with _named(form.cleaned_data["files"]) as paths:
            return files_receive(
                paths=paths,
                format_name=form.cleaned_data["format"] or None,
                actor=user.actor,
                uploaded_by=user,
                corrects=corrects,
            )
    except ZhulianError as error:
        form.add_error("files", f"{error.text}。{error.cure}。")
        return None


@contextmanager
def _named(files: Sequence[UploadedFile[Any]]) -> Iterator[list[Path]]:
    """The uploads under their own names, so that positions name them; streamed, removed afterwards."""
    root = Path(settings.HOME) / "tmp"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        paths: list[Path] = []
        for number, file in enumerate(files):
            place = Path(folder) / str(number)
            place.mkdir()
            path = place / _short(Path(file.name or "upload").name)
            with path.open("wb") as out:
                for block in file.chunks():
                    out.write(block)
            paths.append(path)
        yield paths


def _short(name: str) -> str:
    """The end of a name that a file system takes: 200 bytes, which are 66 Chinese characters."""
    return name.encode()[-_NAME_BYTES:].decode(errors="ignore")


def _chosen(request: HttpRequest, pk: int, action: str = VIEW) -> Delivery:
    delivery = selectors.chosen(request.user, pk, action)
    if delivery is None:
        raise ZhulianError("exchange.no_delivery")
    return delivery


@require_GET
@requires(VIEW)
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery: progress, files, reasons, quarantine."""
    return _page(request, _chosen(request, pk), UploadForm())


def _page(request: HttpRequest, row: Delivery, form: UploadForm, **more: Any) -> HttpResponse:
    names = ("code", "table", "state")
    chosen = {name: request.GET.get(name, "").strip()[:60] for name in names}
    if "state" not in request.GET:
        chosen["state"] = Quarantined.State.OPEN.value
    context = {
        "delivery": row,
        "standing": selectors.standings([row])[row.pk],
        "waiting_only": chosen == {"code": "", "table": "", "state": Quarantined.State.OPEN.value},
        "files": row.files.select_related("same_as__delivery").order_by("order"),
        "reasons": selectors.reasons(row),
        "chosen": chosen,
        "tables": selectors.quarantine_tables(row),
        "states": Quarantined.State.choices,
        "page": Paginator(selectors.quarantine(row, **chosen), PAGE).get_page(request.GET.get("page")),
        "sheets": selectors.files_with_rejects(row),
        "corrections": selectors.corrections(row),
        "form": form,
        "may_upload": _may(request, row, UPLOAD),
        "may_open": _may(request, row, RAW),
        **_progress(row),
    }
    return render(request, "exchange/delivery.html", context | more, status=422 if form.errors else 200)


def _may(request: HttpRequest, row: Delivery, action: str) -> bool:
    return allowed(request.user, action) and selectors.chosen(request.user, row.pk, action) is not None


def _progress(row: Delivery) -> dict[str, Any]:
    return {"time_left": selectors.time_left(row) if row.open else "", "failure": selectors.job_failure(row)}


@require_GET
@requires(VIEW)
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of a delivery's page that is polled; when the work is done the whole page is fetched anew."""
    row = _chosen(request, pk)
    response = render(request, "exchange/_progress.html", {"delivery": row, **_progress(row)})
    if not row.open:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@requires(VIEW)
def rejects(request: HttpRequest, pk: int, order: int) -> HttpResponse:
    """The records of one file that wait for a correction, as the same sheet with reasons, for a stated purpose."""
    row = _chosen(request, pk, RAW)
    file = row.files.filter(order=order).first()
    if file is None or not allowed(request.user, RAW):
        raise ZhulianError("exchange.no_rejects")
    purpose = asked(request.POST)
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    sheet = services.rejects_download(file=file.pk, purpose=purpose, actor=actor, at=clock.now())
    response = HttpResponse(sheet.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file.table or "rejects"}-{row.number}-{order + 1}.csv"'
    return response


@require_POST
@requires(VIEW)
def rejects_book(request: HttpRequest, pk: int) -> FileResponse:
    """All records of a delivery that wait for a correction, a sheet for each file, for a stated purpose."""
    row = _chosen(request, pk, RAW)
    if not allowed(request.user, RAW) or not selectors.files_with_rejects(row):
        raise ZhulianError("exchange.no_rejects")
    purpose = asked(request.POST)
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    services.rejects_workbook_download(delivery=row.pk, target=out, purpose=purpose, actor=actor, at=clock.now())
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=f"{row.number}-隔离.xlsx", content_type=XLSX)


@require_GET
@requires(UPLOAD)
def template_book(request: HttpRequest) -> FileResponse:
    """The workbook to fill in, for the chosen tables or all."""
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    template(out, [name[:60] for name in request.GET.getlist("table")[:50]])
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename="筑联-填报模板.xlsx", content_type=XLSX)


@require_POST
@requires(UPLOAD)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """A corrected sheet: its records are taken as if they had arrived with the delivery that they correct."""
    row = _chosen(request, pk, UPLOAD)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        correction = _receive(request, form, row)
        if correction is not None:
            return redirect("exchange:delivery", correction.pk)
    return _page(request, row, form)


@require_POST
@requires(UPLOAD)
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Give chosen records up, with a reason."""
    row = _chosen(request, pk, UPLOAD)
    rows = [int(value) for value in request.POST.getlist("row") if value.isdecimal() and len(value) <= _ID_DIGITS]
    reason = request.POST.get("reason", "")
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    if not rows:
        messages.warning(request, "没有勾选记录，未作改动。")
        return redirect("exchange:delivery", row.pk)
    changed = services.quarantined_give_up(delivery=row.pk, rows=rows, reason=reason, actor=actor, at=clock.now())
    messages.success(request, f"已放弃 {changed} 条，理由已记入留痕账本。")
    return redirect("exchange:delivery", row.pk)


@require_POST
@requires(UPLOAD)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take giving up back for one record."""
    row = _chosen(request, pk, UPLOAD)
    rows = [int(value) for value in request.POST.getlist("row") if value.isdecimal() and len(value) <= _ID_DIGITS]
    reason = request.POST.get("reason", "")
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    changed = services.quarantined_reopen(delivery=row.pk, rows=rows, reason=reason, actor=actor, at=clock.now())
    messages.success(request, f"已撤回放弃 {changed} 条，重新列为待更正。")
    return redirect("exchange:delivery", row.pk)


@require_POST
@requires(RAW)
def raw(request: HttpRequest, pk: int, record: int) -> HttpResponse:
    """The raw record, for a stated purpose."""
    row = _chosen(request, pk, RAW)
    found = row.quarantine.filter(pk=record).first()
    if found is None:
        raise ZhulianError("exchange.no_delivery")
    purpose = asked(request.POST)
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    cells = services.quarantined_reveal(row=found.pk, purpose=purpose, actor=actor, at=clock.now())
    return render(
        request, "exchange/record.html", {"delivery": row, "row": found, "cells": cells, "purpose": purpose.words}
    )
