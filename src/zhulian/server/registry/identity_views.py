"""身份冲突: the queue of pairs, one pair field by field, and what a person decides about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhulian.core.kernel.dates import from_micros, parse_date
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES
from zhulian.server.accounts.selectors import names_of_actors
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.notary.opening import asked
from zhulian.server.registry import exports
from zhulian.server.registry import services as registry
from zhulian.server.registry.matching import selectors, services
from zhulian.server.registry.matching.locating import visible
from zhulian.server.registry.merging.preview import preview
from zhulian.server.registry.merging.selectors import later_of, merges_of
from zhulian.server.registry.models import Candidate, SubjectKind
from zhulian.server.registry.permissions import EXPORT, IDENTITY_DECIDE, IDENTITY_NAMES, IDENTITY_VIEW

View = Callable[[HttpRequest, int], HttpResponse]

PAGE: Final = 50
FILTERS: Final = ("state", "kind", "origin", "score", "feed", "division", "sort")
QUEUE: Final = 200
"""Pairs of the filtered queue in which one goes back and forth."""
FIELD_OF: Final = {
    "identity.no_reason": "reason",
    "identity.survivor": "survivor",
    "identity.two_codes": "codes_checked",
    "identity.snooze": "until",
    "value.date": "until",
}
"""What can be wrong with a form of this page → the field beside which it is said."""


def _filters(request: HttpRequest) -> selectors.Filters:
    given = {name: request.GET.get(name, "").strip()[:80] for name in FILTERS}
    if given["state"] not in Candidate.State.values:
        given["state"] = Candidate.State.OPEN.value
    return selectors.Filters(**given)


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("survivor", None)
    return query.urlencode()


@require_safe
@requires(IDENTITY_VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The queue."""
    filters = _filters(request)
    rows = selectors.listed(request.user, filters)
    page: Page[Any] = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": selectors.lines(page.object_list),
        "filters": filters,
        "tabs": _tabs(request, filters),
        "total": _total(request, filters, selectors.totals(rows)),
        "kinds": SubjectKind.choices,
        "origins": Candidate.Origin.choices,
        "feeds": selectors.feeds(request.user),
        "waiting": selectors.waiting(),
        "may_decide": allowed(request.user, IDENTITY_DECIDE),
        "may_export": allowed(request.user, EXPORT),
        "query": _query(request),
        "now": clock.now(),
    }
    return render(request, "registry/identities.html", context)


def _tabs(request: HttpRequest, filters: selectors.Filters) -> list[dict[str, Any]]:
    counted = selectors.counts(request.user)
    out = []
    for state, label in Candidate.State.choices:
        query = request.GET.copy()
        query["state"] = state
        query.pop("page", None)
        out.append(
            {
                "label": label,
                "url": f"?{query.urlencode()}",
                "count": counted.get(state, 0),
                "current": state == filters.state,
            }
        )
    return out


def _total(request: HttpRequest, filters: selectors.Filters, found: dict[str, int]) -> list[dict[str, Any]]:
    out = []
    for kind, label in SubjectKind.choices:
        query = request.GET.copy()
        query["kind"] = "" if filters.kind == kind else kind
        out.append({"label": label, "count": found.get(kind, 0), "unit": "对", "url": f"?{query.urlencode()}"})
    return out


@require_POST
@requires(IDENTITY_DECIDE)
def take_next(request: HttpRequest) -> HttpResponse:
    """领取下一件: the first pair of the filtered queue that nobody works on."""
    return _on(request)


def _on(request: HttpRequest) -> HttpResponse:
    """To the next pair, taken; to the list when there is none."""
    ids = list(selectors.listed(request.user, _filters(request), IDENTITY_DECIDE).values_list("pk", flat=True)[:QUEUE])
    user: Any = request.user
    found = services.candidate_claim(candidates=ids, user=user.pk, actor=user.actor, at=clock.now())
    query = _query(request)
    if found is None:
        messages.info(request, _("没有等您处理的了：都已处理，或正由别人处理。"))
        return redirect(f"{reverse('registry:identities')}?{query}")
    return redirect(f"{reverse('registry:identity', args=[found])}?{query}")


def _chosen(request: HttpRequest, pk: int, action: str) -> Candidate:
    """A pair of which the user may do `action` with both sides.

    Raises:
        ZhulianError: `identity.no_pair` for none and for one out of view alike.
    """
    found = visible(request.user, action).select_related("merge", "locked_by").filter(pk=pk).first()
    if found is None:
        raise ZhulianError("identity.no_pair")
    return found


@require_safe
@requires(IDENTITY_VIEW)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One pair, field by field."""
    return _page(request, _chosen(request, pk, IDENTITY_VIEW), opened=False)


@require_POST
@requires(IDENTITY_NAMES)
def names(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page with names, for a stated purpose that stands in the ledger."""
    pair = _chosen(request, pk, IDENTITY_NAMES)
    services.names_open(candidate=pair.pk, purpose=asked(request.POST), actor=_actor(request), at=clock.now())
    return _page(request, pair, opened=True)


def _again(form: str) -> Callable[[View], View]:
    """A view of a form of this page: filled in wrongly, the page comes again, what was typed and what is wrong in it.

    What no other filling in would cure, such as `identity.changed`, stays an error page.
    """

    def wrapper(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, pk: int) -> HttpResponse:
            try:
                return view(request, pk)
            except ZhulianError as error:
                if error.code not in FIELD_OF:
                    raise
                refused = {f"{form}_{FIELD_OF[error.code]}": f"{error.text}。{error.cure}。"}
                pair = _chosen(request, pk, IDENTITY_DECIDE)
                return _page(request, pair, opened=False, refused=refused, form=form)

        return answered

    return wrapper


def _page(
    request: HttpRequest, pair: Candidate, *, opened: bool, refused: dict[str, str] | None = None, form: str = ""
) -> HttpResponse:
    """One pair. `refused`: `form_field` → what is wrong with it; `form`: the one whose typed values stay."""
    left, right = selectors.sides(pair, opened=opened)
    # The one with a sure key lives on; of two alike, the one that more rows name.
    proposed = max((left, right), key=lambda side: (side.confirmed, side.row_count, -side.subject)).subject
    typed = request.POST.dict() if refused else {}
    if _number(request, "survivor") in pair.pair:
        proposed = _number(request, "survivor")
    ids = list(selectors.listed(request.user, _filters(request)).values_list("pk", flat=True)[:QUEUE])
    place = ids.index(pair.pk) if pair.pk in ids else None
    mine = pair.locked_by_id == request.user.pk
    locked = pair.locked_until is not None and pair.locked_until > clock.now()
    rows = merges_of(pair.pair)[:20]
    named = names_of_actors([pair.decided_by, *(who for row in rows for who in (row.actor, row.undone_by))])
    merges = [_merge(row, named) for row in rows]
    context = {
        "pair": pair,
        "left": left,
        "right": right,
        "sides": (left, right),
        "fields": selectors.fields(pair, opened=opened),
        "proposed": proposed,
        "refused": refused or {},
        "typed": {form: typed},
        "until": typed.get("until") or f"{clock.today() + dt.timedelta(days=7)}",
        "merges": merges,
        "decided_by": named.get(pair.decided_by, ""),
        "later": later_of(pair.merge) if pair.merge and pair.merge.undone_at is None else [],
        "open": pair.state in {Candidate.State.OPEN, Candidate.State.SNOOZED},
        "may_decide": allowed(request.user, IDENTITY_DECIDE)
        and visible(request.user, IDENTITY_DECIDE).filter(pk=pair.pk).exists(),
        "opened": opened,
        "locked": locked,
        "mine": mine,
        "previous": ids[place - 1] if place else None,
        "next": ids[place + 1] if place is not None and place + 1 < len(ids) else None,
        "query": _query(request),
        "found_at": from_micros(pair.found_at),
        "decided_at": from_micros(pair.decided_at) if pair.decided_at else None,
        "tomorrow": clock.today() + dt.timedelta(days=1),
        "now": clock.now(),
    }
    return render(request, "registry/identity.html", context, status=422 if refused else 200)


def _merge(row: Any, named: dict[str, str]) -> dict[str, Any]:
    undone = from_micros(row.undone_at) if row.undone_at else None
    moved = [(TABLES[table].label, count) for table, count in row.moved.items() if table in TABLES]
    who = {"actor": named[row.actor], "undone_by": named[row.undone_by]}
    return {"row": row, "at": from_micros(row.at), "undone_at": undone, "moved": moved, **who}


@require_safe
@requires(IDENTITY_VIEW)
def tried(request: HttpRequest, pk: int) -> HttpResponse:
    """What the merge would do: a fragment."""
    pair = _chosen(request, pk, IDENTITY_VIEW)
    survivor = pair.b if request.GET.get("survivor") == str(pair.b) else pair.a
    gone = pair.a if survivor == pair.b else pair.b
    found = preview(pair.subject_kind, survivor, gone, at=clock.now(), today=clock.today())
    moved = [(TABLES[table].label, count) for table, count in found.moved.items()]
    named = dict(zip(pair.pair, "甲乙", strict=True))
    context = {"pair": pair, "found": found, "moved": moved, "survivor": named[survivor], "gone": named[gone]}
    return render(request, "registry/_preview.html", context)


@require_POST
@requires(IDENTITY_DECIDE)
@_again("merge")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """合并."""
    pair = _chosen(request, pk, IDENTITY_DECIDE)
    services.candidate_merge(
        candidate=pair.pk,
        version=_number(request, "version"),
        survivor=_number(request, "survivor"),
        reason=request.POST.get("reason", ""),
        codes_checked=request.POST.get("codes_checked") == "on",
        actor=_actor(request),
        at=clock.now(),
    )
    messages.success(request, _("已合并，理由已记入留痕账本；合并可以撤销。"))
    return _on(request)


@require_POST
@requires(IDENTITY_DECIDE)
@_again("apart")
def apart(request: HttpRequest, pk: int) -> HttpResponse:
    """判为不同主体."""
    pair = _chosen(request, pk, IDENTITY_DECIDE)
    services.candidate_keep_apart(
        candidate=pair.pk,
        version=_number(request, "version"),
        reason=request.POST.get("reason", ""),
        actor=_actor(request),
        at=clock.now(),
    )
    messages.success(request, _("已判为不同主体；事实不变就不再提出。"))
    return _on(request)


@require_POST
@requires(IDENTITY_DECIDE)
@_again("snooze")
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """暂缓."""
    pair = _chosen(request, pk, IDENTITY_DECIDE)
    until = parse_date(request.POST.get("until", ""))
    services.candidate_snooze(
        candidate=pair.pk,
        version=_number(request, "version"),
        until=until,
        reason=request.POST.get("reason", ""),
        actor=_actor(request),
        at=clock.now(),
    )
    messages.success(request, _("已暂缓到 %s。") % until)
    return _on(request)


@require_POST
@requires(IDENTITY_DECIDE)
@_again("undo")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销合并."""
    pair = _chosen(request, pk, IDENTITY_DECIDE)
    services.candidate_undo(
        candidate=pair.pk, reason=request.POST.get("reason", ""), actor=_actor(request), at=clock.now()
    )
    messages.success(request, _("合并已撤销，两个主体恢复为合并前的样子；这一对回到待处理。"))
    return redirect("registry:identity", pair.pk)


@require_POST
@requires(IDENTITY_DECIDE)
@_again("reopen")
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """重新处理."""
    pair = _chosen(request, pk, IDENTITY_DECIDE)
    services.candidate_reopen(
        candidate=pair.pk, reason=request.POST.get("reason", ""), actor=_actor(request), at=clock.now()
    )
    messages.success(request, _("这一对回到待处理。"))
    return redirect("registry:identity", pair.pk)


@require_safe
@requires(EXPORT)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The queue as it is filtered, to take away; who took it stands in the ledger."""
    exports.kind_check(kind)
    rows = selectors.listed(request.user, _filters(request))
    count = min(rows.count(), selectors.EXPORT_LIMIT)
    registry.list_exported(count=count, query=f"identities?{_query(request)}", actor=_actor(request), at=clock.now())
    lines = selectors.export_rows(rows)
    note = f"数据截至 {clock.now():%Y-%m-%d %H:%M}，筑联身份冲突"
    return exports.download(
        kind, selectors.HEADER, lines, title="身份冲突", note=note, name=f"identities-{clock.today():%Y%m%d}"
    )


def _number(request: HttpRequest, name: str) -> int:
    """A number of a form; what is none is no number of ours."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else -1


def _actor(request: HttpRequest) -> str:
    user: Any = request.user  # @requires lets nobody without an actor in
    return str(user.actor)
