"""Sign-in with the electronic business licence (电子营业执照): the place where an installation plugs its gateway in.

The gateways of the market regulators differ by province and are opened to registered systems only; none can be
asked from here. `ZHULIAN_LICENCE_ADAPTER` names a class with the two methods of :class:`LicenceAdapter`. Who holds
the licence is its business; which account that is, is ours: the clerk who acts for the enterprise of that credit
code. No adapter: the sign-in page does not offer it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from allauth.account.utils import perform_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_safe
from stdnum.cn import uscc

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts import backends, services
from zhulian.server.accounts.models import EnterpriseMembership, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role, public
from zhulian.server.registry.models import Enterprise

_KEY: Final = "licence"
_TERM: Final = 10 * 60
"""Seconds that somebody has to show his licence."""

register(
    ErrorKind("licence.none", "本平台没有接入电子营业执照", "请用用户名和密码登录", 404),
    ErrorKind("licence.refused", "电子营业执照没有通过：{why}", "请重新扫码；仍不成功时用用户名和密码登录", 403),
    ErrorKind(
        "licence.no_clerk",
        "电子营业执照已通过，但「{name}」还没有经办人账号",
        "请企业所在地主管部门登记经办人后再登录",
        403,
    ),
)


@dataclass(frozen=True, slots=True)
class Holder:
    """What the gateway vouches for: the licence of which enterprise was shown."""

    uscc: str
    name: str


class LicenceAdapter(Protocol):
    """A gateway. Both methods may raise `ZhulianError("licence.refused", why=…)`."""

    def begin(self, *, state: str, come_back: str) -> str:
        """The gateway's address to send the browser to; it comes back to `come_back` with `state`."""

    def finish(self, *, answer: dict[str, str]) -> tuple[str, Holder]:
        """Check what the browser came back with, with the gateway itself; the state and the holder."""


def adapter() -> LicenceAdapter | None:
    """The gateway of this installation, if it has one."""
    return cast("LicenceAdapter", import_string(settings.LICENCE_ADAPTER)()) if settings.LICENCE_ADAPTER else None


def _gateway() -> LicenceAdapter:
    found = adapter()
    if found is None:
        raise ZhulianError("licence.none")
    return found


@public
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the gateway."""
    state = secrets.token_urlsafe(32)
    request.session[_KEY] = {"state": state, "until": clock.machine_now().timestamp() + _TERM}
    return redirect(_gateway().begin(state=state, come_back=request.build_absolute_uri("/login/licence/return")))


@public
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest) -> HttpResponse:
    """The browser comes back: whose licence it was, and which clerk that is; several are asked who they are."""
    gateway = _gateway()
    chosen = request.POST.get("user", "") if request.method == "POST" else ""
    code = request.session.get(f"{_KEY}_shown", "") if chosen else _shown(request, gateway)
    if not code:
        raise ZhulianError("licence.refused", why="请重新扫码")
    request.session[f"{_KEY}_shown"] = code
    clerks = _clerks(code)
    if not clerks:
        raise ZhulianError("licence.no_clerk", name=code)
    user = clerks[0] if len(clerks) == 1 else next((u for u in clerks if str(u.pk) == chosen), None)
    if user is None:
        return render(request, "accounts/licence.html", {"clerks": clerks})
    del request.session[f"{_KEY}_shown"]
    if user.demo:
        backends.refuse_remote(backends.address_of(request))
    return cast("HttpResponse", perform_login(request, user, redirect_url=settings.LOGIN_REDIRECT_URL))


def _shown(request: HttpRequest, gateway: LicenceAdapter) -> str:
    """Credit code of the licence that was shown in the exchange that this session began, once."""
    kept: dict[str, Any] = request.session.pop(_KEY, {})
    state, holder = gateway.finish(answer={key: str(value) for key, value in request.GET.items()})
    fresh = kept and clock.machine_now().timestamp() <= kept["until"]
    if not fresh or not constant_time_compare(state, kept["state"]):
        services.sign_in_record(username=holder.uscc, address=backends.address_of(request), user=None)
        raise ZhulianError("licence.refused", why="不是从这个浏览器发起的，或者已超时")
    if not uscc.is_valid(holder.uscc):
        raise ZhulianError("licence.refused", why="信用代码不对")
    return str(uscc.compact(holder.uscc))


def _clerks(code: str) -> list[User]:
    firms = Enterprise.objects.at(clock.today()).filter(uscc=code).values("enterprise")
    members = EnterpriseMembership.objects.on(clock.today()).filter(enterprise__in=firms).values("user")
    return list(User.objects.filter(pk__in=members, is_active=True, role=Role.ENTERPRISE).order_by("pk"))
