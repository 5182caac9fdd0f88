"""What officers do on the work list: one item, many with a preview, the next one; and the units' settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires
from zhulian.server.worklist import bulk, services
from zhulian.server.worklist.permissions import SETTINGS, WORK
from zhulian.server.worklist.views import colleagues


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "").strip()
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _attempt(request: HttpRequest, do: Callable[[], Any], done: str) -> None:
    """Do something and say so; a refusal is told on the page one came from. What is not one's own stays not found."""
    try:
        do()
    except ZhulianError as error:
        if error.kind.status == 404:
            raise
        messages.error(request, str(error))
    else:
        messages.success(request, done)


@require_POST
@requires(WORK)
def take_next(request: HttpRequest) -> HttpResponse:
    """领取下一件, and open it inside the list of what one has."""
    found = services.item_take_next(user=_person(request))
    if found is None:
        messages.info(request, _("本单位没有您可以领取的待办"))
        return redirect("worklist:list")
    messages.success(request, _("已领取，由您办理"))
    answer = redirect("worklist:open", *found)
    answer["Location"] += "?tab=mine"
    return answer


_ONE: Final[dict[str, tuple[str, Callable[[HttpRequest, str, int], Any]]]] = {
    "take": ("已领取，由您办理", lambda r, kind, pk: services.item_take(kind=kind, pk=pk, user=_person(r))),
    "keep": ("已留办，不再自动退回", lambda r, kind, pk: services.item_keep(kind=kind, pk=pk, user=_person(r))),
    "put_back": (
        "已退回本单位",
        lambda r, kind, pk: services.item_put_back(kind=kind, pk=pk, user=_person(r), reason=r.POST.get("note", "")),
    ),
    "hand_over": (
        "已转办",
        lambda r, kind, pk: services.item_hand_over(
            kind=kind, pk=pk, to=_number(r, "to") or 0, user=_person(r), reason=r.POST.get("note", "")
        ),
    ),
    "urge": (
        "已催办，办理人在工作台和待办中看到",
        lambda r, kind, pk: services.item_urge(kind=kind, pk=pk, user=_person(r), note=r.POST.get("note", "")),
    ),
}


@require_POST
@requires(WORK)
def act(request: HttpRequest, kind: str, pk: int, action: str) -> HttpResponse:
    """领取、留办、退回、转办、催办 one item."""
    if action not in _ONE:
        raise ZhulianError("request.not_found")
    told, do = _ONE[action]
    _attempt(request, lambda: do(request, kind, pk), _(told))
    back = request.POST.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, None):
        return redirect(back)
    return redirect("worklist:item", kind=kind, pk=pk)


def _order(request: HttpRequest) -> bulk.Order:
    """The order of a form.

    Raises:
        ZhulianError: `request.not_found` for an action of another form.
    """
    action = request.POST.get("action", "")
    if action not in bulk.ACTIONS:
        raise ZhulianError("request.not_found")
    to = next((one for one in colleagues(request.user) if one.pk == _number(request, "to")), None)
    return bulk.Order(action, _person(request), to, request.POST.get("note", "").strip()[: services.NOTE])


@require_POST
@requires(WORK)
def bulk_preview(request: HttpRequest) -> HttpResponse:
    """What the chosen action will and will not change; nothing is changed yet."""
    order = _order(request)
    kind = bulk.ACTIONS[order.action]
    try:
        refs = bulk.refs_of(request.POST.getlist("item"))
    except ZhulianError as error:
        messages.error(request, str(error))
        return redirect(_back(request))
    asks = kind.to and order.to is None
    lines = [] if asks else bulk.preview(refs, order)
    context = {
        "kind": kind,
        "order": order,
        "asks": asks,
        "chosen": [f"{name}:{pk}" for name, pk in refs],
        "will": [line for line in lines if line.will],
        "unchanged": [line for line in lines if not line.will],
        "colleagues": colleagues(request.user) if kind.to else [],
        "back": _back(request),
        "now": clock.now(),
    }
    return render(request, "worklist/bulk.html", context)


_UNDONE_BY: Final = {"take": "put_back", "hand_over": "hand_over"}
"""What takes an action back, where it can be taken back: an outcome stays."""


@require_POST
@requires(WORK)
def bulk_do(request: HttpRequest) -> HttpResponse:
    """Do it, and say of each item what came of it."""
    order = _order(request)
    kind = bulk.ACTIONS[order.action]
    if kind.note and not order.note:
        messages.error(request, str(ZhulianError("worklist.reason", action=kind.label)))
        return redirect(_back(request))
    try:
        lines = bulk.done(request.POST.getlist("item"), order)
    except ZhulianError as error:
        messages.error(request, str(error))
        return redirect(_back(request))
    context = {
        "kind": kind,
        "order": order,
        "done": [line for line in lines if line.will],
        "unchanged": [line for line in lines if not line.will],
        "undo": _UNDONE_BY.get(order.action, ""),
        "back": _back(request),
        "now": clock.now(),
    }
    return render(request, "worklist/result.html", context)


def _back(request: HttpRequest) -> str:
    """The list one came from: an address of ours, or the plain list."""
    back = request.POST.get("back", "")
    return back if back.startswith(reverse("worklist:list")) else reverse("worklist:list")


@require_POST
@requires(SETTINGS)
def office(request: HttpRequest, unit: int) -> HttpResponse:
    """Save a unit's head and figures."""
    row = OrganisationUnit.objects.filter(pk=unit).first()
    if row is None:
        raise ZhulianError("request.not_found")

    def save() -> None:
        services.office_set(
            unit=row,
            head=User.objects.filter(pk=_number(request, "head") or 0, unit=row).first(),
            overdue_days=_number(request, "overdue_days"),
            idle_minutes=_number(request, "idle_minutes"),
            actor=_person(request).actor,
        )

    _attempt(request, save, _("已保存"))
    return redirect("worklist:offices")
