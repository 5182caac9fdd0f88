"""Pages of the trail: the list, one leaf with its proof, the export, the check; and the enterprise's own."""

from __future__ import annotations

from typing import Any, Final, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import User
from zhulian.server.assessments.documents import attachment
from zhulian.server.assessments.exports import FORMATS, Sheet, as_csv
from zhulian.server.audit import selectors, services
from zhulian.server.audit.permissions import CHECK, EXPORT, OWN, VIEW
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.notary import checking, trees, wording

LATEST: Final = 5_000
"""Leaves that the button checks; the command line checks all of them."""
_HEADER: Final = (_("时间"), _("事项"), _("经办"), _("对象"), _("事由"), _("留痕编号"), _("账本位置"), "SHA-256")


def _filters(request: HttpRequest) -> selectors.Filters:
    names = ("kind", "area", "actor", "subject", "since", "until", "before", "after")
    return selectors.Filters(**{name: request.GET.get(name, "").strip()[:100] for name in names})


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    return query.urlencode()


@require_safe
@requires(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """审计: newest first."""
    filters, refused = _filters(request), ""
    try:
        page = selectors.page(selectors.in_scope(request.user), filters)
    except ZhulianError as error:
        page, refused = selectors.Page([], None, None, 0), str(error)
    context = {
        "page": page,
        "filters": filters,
        "refused": refused,
        "kinds": selectors.KINDS,
        "areas": sorted(wording.AREAS.items(), key=lambda item: item[1]),
        "most": selectors.MOST,
        "query": _query(request),
        "may_export": allowed(request.user, EXPORT),
        "may_check": allowed(request.user, CHECK),
        "now": clock.now(),
    }
    return render(request, "audit/list.html", context)


@require_safe
@requires(VIEW)
def leaf(request: HttpRequest, leaf: int) -> HttpResponse:
    """One leaf: what it says, where it stands in the tree."""
    row = selectors.one(request.user, leaf)
    newest = trees.newest(over=(row.index or 0) + 1) if row.index is not None else None
    context = {
        "line": selectors.lines([row])[0],
        "row": row,
        "content": selectors.content(row),
        "proven": newest is not None,
        "now": clock.now(),
    }
    return render(request, "audit/leaf.html", context)


@require_safe
@requires(VIEW)
def proof(request: HttpRequest, leaf: int) -> HttpResponse:
    """The leaf's proof of inclusion (C2SP tlog-proof)."""
    row = selectors.one(request.user, leaf)
    newest = trees.newest()
    if newest is None:
        raise ZhulianError("ledger.waiting", number=row.pk)
    return _file(str(trees.prove(row, newest)).encode(), f"{row.index}.tlog-proof", "text/plain; charset=utf-8")


@require_safe
@requires(VIEW)
def raw(request: HttpRequest, leaf: int) -> HttpResponse:
    """The leaf's bytes, as the tree hashes them."""
    row = selectors.one(request.user, leaf)
    return _file(row.content.encode(), f"{row.index if row.index is not None else row.pk}.json", FORMATS["json"])


@require_safe
@requires(EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    """The filtered trail as CSV, at most ten thousand rows at once."""
    filters = _filters(request)
    found = selectors.narrowed(selectors.in_scope(request.user), filters).order_by("-pk")
    rows = list(found[: selectors.MOST + 1])
    if len(rows) > selectors.MOST:
        raise ZhulianError("audit.many", most=selectors.MOST)
    services.trail_export(filters=filters, rows=len(rows), user=cast("User", request.user))
    sheet = Sheet(
        str(_("审计")),
        tuple(str(name) for name in _HEADER),
        tuple(
            (
                line.leaf.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
                line.words,
                line.actor,
                line.subject,
                line.reason,
                str(line.leaf.pk),
                "" if line.leaf.index is None else str(line.leaf.index),
                line.leaf.hash,
            )
            for line in selectors.lines(rows)
        ),
    )
    return _file(as_csv([sheet]), f"audit-{clock.today()}.csv", FORMATS["csv"])


@require_POST
@requires(CHECK)
def check(request: HttpRequest) -> HttpResponse:
    """校验留痕: the latest leaves and everything above them, here and now."""
    found = checking.check(limit=LATEST)
    services.ledger_check(found=found, user=cast("User", request.user))
    if found.whole:
        told = ngettext("没有发现问题：校验了最近 %(n)d 条", "没有发现问题：校验了最近 %(n)d 条", found.checked)
        messages.success(request, told % {"n": found.checked})
    else:
        messages.error(request, _("发现问题，请立即告诉管理员：") + "；".join(found.problems[:5]))
    return redirect("audit:list")


@require_safe
@requires(OWN)
def own(request: HttpRequest) -> HttpResponse:
    """谁看过我: what was seen of, taken away of and done about one's own enterprises, by which unit."""
    filters = _filters(request)
    page = selectors.page(selectors.own(request.user), filters)
    units = selectors.unit_names([line.leaf for line in page.lines])
    rows = [(line, units.get(line.leaf.actor, str(_("系统")))) for line in page.lines]
    context: dict[str, Any] = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "kinds": selectors.KINDS[:4],
        "query": _query(request),
        "now": clock.now(),
    }
    return render(request, "audit/own.html", context)


def _file(body: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = attachment(name)
    return response
