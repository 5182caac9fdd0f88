"""以他人视角查看: an administrator sees the platform as somebody else does, for a reason, and changes nothing meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final, cast

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts.administration import limits, selectors, services
from zhulian.server.accounts.models import User
from zhulian.server.accounts.permissions import SEE_AS
from zhulian.server.common import clock, writing
from zhulian.server.common.permissions import Role, allowed, requires

KEY: Final = "see_as"
TERM: Final = dt.timedelta(minutes=30)
"""After this the administrator is himself again."""

register(
    ErrorKind("access.see_as", "正在以他人视角查看，不能办理任何事项", "请先退出他人视角，再以自己的身份办理", 403),
    ErrorKind("access.see_as_who", "不能以「{name}」的视角查看", "只能查看在用的、不是管理员的账号的视角", 422),
)


class SeesAs:
    """Let an administrator's request be answered as for the user he looks as; whatever would write is refused.

    Stands after the session's own checks, which concern the administrator.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = _seen(request)
        if user is None or request.path in {reverse("access:see_as_end"), reverse("logout")}:
            return self.get_response(request)
        request.seeing = request.user  # type: ignore[attr-defined]  # the page's head says who looks
        request.user = user
        with writing.refused("access.see_as"):
            return self.get_response(request)


def _seen(request: HttpRequest) -> User | None:
    """As whom the request is to be answered, if the session says so and still may."""
    kept = request.session.get(KEY) if hasattr(request, "session") else None
    if not kept:
        return None
    user = get_user_model().objects.filter(pk=kept["user"], is_active=True).first()
    over = clock.machine_now().timestamp() > kept["until"]
    if over or user is None or not allowed(request.user, SEE_AS):
        _stop(request)
        if over:
            messages.info(request, _("他人视角已满 30 分钟，已恢复为您自己的身份。"))
        return None
    return user


def _stop(request: HttpRequest) -> None:
    kept = request.session.pop(KEY, None)
    if kept and request.user.is_authenticated:
        services.see_as_end(user=kept["user"], by=request.user)


@require_POST
@requires(SEE_AS)
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin to look as somebody else."""
    by = cast("User", request.user)
    user = selectors.person(by, pk)
    limits.refuse_self(by, user=user)
    if not user.is_active or user.role == Role.ADMINISTRATOR:
        raise ZhulianError("access.see_as_who", name=user.get_full_name() or user.username)
    services.see_as_begin(user=user, reason=request.POST.get("reason", ""), by=by)
    request.session[KEY] = {"user": user.pk, "until": (clock.machine_now() + TERM).timestamp()}
    return redirect("portal:home")


@require_POST
@requires(SEE_AS)
def end(request: HttpRequest) -> HttpResponse:
    """Be oneself again."""
    kept = request.session.get(KEY)
    _stop(request)
    return redirect("access:person", kept["user"]) if kept else redirect("access:people")
