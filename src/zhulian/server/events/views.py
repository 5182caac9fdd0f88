"""Pages for administrators: systems that push events, subscriptions that events are sent to."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires
from zhulian.server.events import selectors, subscriptions, systems
from zhulian.server.events.forms import SubscriptionForm, SystemForm, TypesForm, initial_of
from zhulian.server.events.models import Sending, Subscription, System
from zhulian.server.events.permissions import SUBSCRIPTIONS, SYSTEMS

PAGE: Final = 50


def _by(request: HttpRequest) -> dict[str, Any]:
    """Who does it and when, as services ask."""
    user: Any = request.user
    return {"actor": user.actor, "at": clock.now()}


def _system(pk: int) -> System:
    found: System | None = selectors.systems().filter(pk=pk).first()
    if found is None:
        raise ZhulianError("system.none")
    return found


def _subscription(pk: int) -> Subscription:
    found: Subscription | None = selectors.subscriptions().filter(pk=pk).first()
    if found is None:
        raise ZhulianError("webhook.none")
    return found


@require_safe
@requires(SYSTEMS)
def system_list(request: HttpRequest) -> HttpResponse:
    """对接系统: who may push, and what came of it."""
    return render(request, "events/systems.html", {"systems": selectors.systems()})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SYSTEMS)
def system_new(request: HttpRequest) -> HttpResponse:
    """A new system; its secret is shown on the answer, once."""
    form = SystemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                row, secret = systems.system_create(**form.cleaned_data, **_by(request))
            return render(request, "events/secret.html", {"row": row, "secret": secret, "system": True})
        except IntegrityError:
            form.add_error("name", _("这个名称已有，请换一个。"))
    return render(request, "events/system_form.html", {"form": form}, status=_status(request))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SYSTEMS)
def system(request: HttpRequest, pk: int) -> HttpResponse:
    """One system: what it may push, its batches with what was refused."""
    row = _system(pk)
    form = TypesForm(request.POST or None, initial={"types": row.types})
    if request.method == "POST" and form.is_valid():
        systems.system_change(system=pk, types=form.cleaned_data["types"], active=row.active, **_by(request))
        messages.success(request, _("已保存。"))
        return redirect("events:system", pk)
    page = Paginator(selectors.pushes(pk), PAGE).get_page(request.GET.get("page"))
    shown = [{"push": push, "refusals": selectors.refusals(push)} for push in page]
    context = {"row": row, "form": form, "page": page, "shown": shown}
    return render(request, "events/system.html", context, status=_status(request))


@require_POST
@requires(SYSTEMS)
def system_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a system, or let it push again."""
    row = _system(pk)
    systems.system_change(system=pk, types=row.types, active=not row.active, **_by(request))
    messages.success(request, _("已停用，以后的推送一律拒绝。") if row.active else _("已启用。"))
    return redirect("events:system", pk)


@require_POST
@requires(SYSTEMS)
def system_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown on the answer, once."""
    secret = systems.system_secret_renew(system=pk, **_by(request))
    return render(request, "events/secret.html", {"row": _system(pk), "secret": secret, "system": True, "again": True})


@require_safe
@requires(SUBSCRIPTIONS)
def subscription_list(request: HttpRequest) -> HttpResponse:
    """事件订阅: where events are sent, those in trouble first."""
    return render(request, "events/subscriptions.html", {"subscriptions": selectors.subscriptions()})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SUBSCRIPTIONS)
def subscription_new(request: HttpRequest) -> HttpResponse:
    """A new subscription; its secret is shown on the answer, once."""
    form = SubscriptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                row, secret = subscriptions.subscription_create(wanted=form.wanted(), **_by(request))
            return render(request, "events/secret.html", {"row": row, "secret": secret, "system": False})
        except IntegrityError:
            form.add_error("name", _("这个名称已有，请换一个。"))
    return render(request, "events/subscription_form.html", {"form": form}, status=_status(request))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SUBSCRIPTIONS)
def subscription_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Another setting of a subscription."""
    row = _subscription(pk)
    form = SubscriptionForm(request.POST or None, initial=initial_of(row))
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                subscriptions.subscription_change(subscription=pk, wanted=form.wanted(), **_by(request))
            messages.success(request, _("已保存。"))
            return redirect("events:subscription", pk)
        except IntegrityError:
            form.add_error("name", _("这个名称已有，请换一个。"))
    return render(request, "events/subscription_form.html", {"form": form, "row": row}, status=_status(request))


@require_safe
@requires(SUBSCRIPTIONS)
def subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """One subscription and its delivery log."""
    state = request.GET.get("state", "")
    row: Any = _subscription(pk)
    tabs = [("", _("全部"), row.waiting + row.sent + row.given_up)]
    tabs += [(value, label, getattr(row, value)) for value, label in Sending.State.choices]
    context = {
        "row": row,
        "page": Paginator(selectors.sendings(pk, state), PAGE).get_page(request.GET.get("page")),
        "tabs": [
            {"label": label, "url": f"?state={value}", "count": count, "current": value == state}
            for value, label, count in tabs
        ],
    }
    return render(request, "events/subscription.html", context)


@require_POST
@requires(SUBSCRIPTIONS)
def subscription_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop sending, or start again."""
    if _subscription(pk).active:
        subscriptions.subscription_stop(subscription=pk, reason=_("管理员停用"), **_by(request))
        messages.success(request, _("已停用，等待发送的仍然保留。"))
    else:
        subscriptions.subscription_start(subscription=pk, **_by(request))
        messages.success(request, _("已启用，先发送等待中的。"))
    return redirect("events:subscription", pk)


@require_POST
@requires(SUBSCRIPTIONS)
def sending_again(request: HttpRequest, pk: int, sending: int) -> HttpResponse:
    """Try once more what was given up."""
    subscriptions.sending_again(sending=sending, **_by(request))
    messages.success(request, _("已重新排队。"))
    return redirect("events:subscription", pk)


def _status(request: HttpRequest) -> int:
    """A form that comes back was not taken."""
    return 422 if request.method == "POST" else 200
