"""Pages of channels: one's own and one's unit's, each with its log; the log of all for administrators."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common.permissions import requires
from zhulian.server.messages import kinds, selectors, services
from zhulian.server.messages.forms import ChannelForm, initial_of
from zhulian.server.messages.models import Category, Channel, Delivery
from zhulian.server.messages.permissions import CHANNELS, DELIVERIES
from zhulian.server.messages.sending import send_test

PAGE: Final = 50


def _user(request: HttpRequest) -> Any:
    return request.user


def _channel(request: HttpRequest, pk: int) -> Channel:
    row = selectors.channels(request.user).filter(pk=pk).first()
    if row is None:
        raise ZhulianError("channel.none")
    return row


def _shown(row: Channel) -> dict[str, Any]:
    named = [Category(name).label for name in row.categories if name in Category.values]
    return {"row": row, "kind": kinds.KINDS[row.kind].label, "categories": "、".join(named) or _("全部类别")}


@require_safe
@requires(CHANNELS)
def channels(request: HttpRequest) -> HttpResponse:
    """消息通道: one's own, then those of the units that one heads."""
    rows = [_shown(row) for row in selectors.channels(request.user)]
    units = list(selectors.units(request.user))
    return render(request, "notices/channels.html", {"channels": rows, "units": units})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(CHANNELS)
def new(request: HttpRequest) -> HttpResponse:
    """A new channel of one's own, or of the unit that the address names."""
    chosen = request.GET.get("unit", "")
    unit = selectors.units(request.user).filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    if chosen and unit is None:
        raise ZhulianError("channel.none")
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.channel_create(wanted=form.wanted(), user=_user(request), unit=unit.pk if unit else None)
        except ZhulianError as error:
            form.add_error(None, f"{error}")
        else:
            messages.success(request, _("通道已建立，请点“发送测试”，确认对方收到。"))
            return redirect("notices:channel", row.pk)
    return render(request, "notices/channel_form.html", {"form": form, "unit": unit}, status=_status(request))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(CHANNELS)
def edit(request: HttpRequest, channel: int) -> HttpResponse:
    """Another setting of a channel."""
    row = _channel(request, channel)
    form = ChannelForm(request.POST or None, initial=initial_of(row), row=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.channel_change(channel=channel, wanted=form.wanted(), user=_user(request))
        except ZhulianError as error:
            form.add_error(None, f"{error}")
        else:
            messages.success(request, _("已保存。"))
            return redirect("notices:channel", channel)
    context = {"form": form, "row": row, "unit": row.unit}
    return render(request, "notices/channel_form.html", context, status=_status(request))


@require_safe
@requires(CHANNELS)
def channel(request: HttpRequest, channel: int) -> HttpResponse:
    """One channel with its setting and its log."""
    row = _channel(request, channel)
    page = Paginator(selectors.deliveries(channel=channel), PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/channel.html", {**_shown(row), "page": page})


@require_POST
@requires(CHANNELS)
def move(request: HttpRequest, channel: int, action: str) -> HttpResponse:
    """Test, stop, start or remove a channel."""
    act = _ACTIONS.get(action)
    if act is None:
        raise ZhulianError("channel.none")
    return act(request, channel)


def _test(request: HttpRequest, channel: int) -> HttpResponse:
    error = send_test(_channel(request, channel))
    services.channel_tested(channel=channel, error=error, user=_user(request))
    if error:
        messages.error(
            request,
            _("没有发出，请核对地址后再试；仍然不行的，请运维人员检查网络。对方或网络的原话：{error}").format(
                error=error
            ),
        )
    else:
        messages.success(request, _("测试已发出，请到对方查看是否收到。"))
    return redirect("notices:channel", channel)


def _stop(request: HttpRequest, channel: int) -> HttpResponse:
    services.channel_switch(channel=channel, active=False, user=_user(request))
    messages.success(request, _("已停用，等待发送的仍然保留。"))
    return redirect("notices:channel", channel)


def _start(request: HttpRequest, channel: int) -> HttpResponse:
    services.channel_switch(channel=channel, active=True, user=_user(request))
    messages.success(request, _("已启用，先发送等待中的。"))
    return redirect("notices:channel", channel)


def _remove(request: HttpRequest, channel: int) -> HttpResponse:
    services.channel_remove(channel=channel, user=_user(request))
    messages.success(request, _("通道和它的发送记录已删除。"))
    return redirect("notices:channels")


_ACTIONS: Final = {"test": _test, "stop": _stop, "start": _start, "remove": _remove}


@require_safe
@requires(DELIVERIES)
def deliveries(request: HttpRequest) -> HttpResponse:
    """消息发送记录 of all channels, those given up first to be seen. Titles and masked addresses only."""
    state = request.GET.get("state", Delivery.State.GIVEN_UP.value)
    page = Paginator(selectors.deliveries(state), PAGE).get_page(request.GET.get("page"))
    tabs = [*Delivery.State.choices, ("all", _("全部"))]
    context = {
        "page": page,
        "tabs": [{"label": label, "url": f"?state={value}", "current": value == state} for value, label in tabs],
    }
    return render(request, "notices/deliveries.html", context)


@require_POST
@requires(DELIVERIES)
def again(request: HttpRequest, delivery: int) -> HttpResponse:
    """Try once more what was given up."""
    services.delivery_again(delivery=delivery, user=_user(request))
    messages.success(request, _("已重新排队。"))
    return redirect("notices:deliveries")


def _status(request: HttpRequest) -> int:
    """A form that comes back was not taken."""
    return 422 if request.method == "POST" else 200
