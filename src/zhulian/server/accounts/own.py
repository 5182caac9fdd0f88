"""我的账号: one's own password, second factor, sessions, and what one may do."""

from __future__ import annotations

from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts import middleware, services, sessions
from zhulian.server.accounts.administration import selectors
from zhulian.server.accounts.models import User
from zhulian.server.common.permissions import public, signed_in

register(
    ErrorKind("account.demo", "演示账号的密码和动态口令不能更改", "演示账号是公开的；要试用请由管理员新建账号", 409),
    ErrorKind("account.session", "没有这个会话，或者它已经退出", "请刷新页面查看现在的会话", 404),
)


def _own(request: HttpRequest) -> User:
    return cast("User", request.user)


def refuse_demo(user: User) -> None:
    """Raise `account.demo` for an account that everybody knows the password of."""
    if user.demo:
        raise ZhulianError("account.demo")


@require_safe
@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """The account: factor, sessions, abilities."""
    user = _own(request)
    rows = UserSession.objects.purge_and_list(user)
    abilities = selectors.abilities(user)
    context = {
        "row": user,
        "factor": is_mfa_enabled(user),
        "asked": middleware.factor_asked(user),
        "codes": Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists(),
        "sessions": sorted(rows, key=lambda r: r.created_at, reverse=True),
        "current": request.session.session_key,
        "abilities": abilities,
        "erases": any(one.permission.name == "privacy.person.erase" for one in abilities),
        "firms": selectors.enterprises(user),
    }
    return render(request, "accounts/own.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password; the other sessions end."""
    user = _own(request)
    refuse_demo(user)
    form: Any = PasswordChangeForm(user, request.POST if request.method == "POST" else None)
    for field in form.fields.values():
        field.widget.attrs["class"] = "form-control"
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            services.password_change(
                user=user, password=form.cleaned_data["new_password1"], keep=request.session.session_key or ""
            )
            user.refresh_from_db()
            old = request.session.session_key or ""
            update_session_auth_hash(request, user)
            sessions.session_renamed(user=user, old=old, new=request.session.session_key or "")
        messages.success(request, _("密码已更改，其他设备上的会话已退出。"))
        return redirect("account:index")
    status = 422 if request.method == "POST" else 200
    context = {
        "form": form,
        "title": _("更改密码"),
        "verb": _("更改"),
        "back": "" if user.password_given else "/account/",
    }
    return render(request, "accounts/form.html", context, status=status)


@require_POST
@signed_in
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's sessions, on another device."""
    services.session_end(user=_own(request), number=pk)
    messages.success(request, _("那台设备上的会话已退出。"))
    return redirect("account:index")


@require_POST
@signed_in
def session_end_others(request: HttpRequest) -> HttpResponse:
    """End all one's sessions but this one."""
    services.sessions_end_others(user=_own(request), keep=request.session.session_key or "")
    messages.success(request, _("其他会话已全部退出。"))
    return redirect("account:index")


@public
@require_safe
def sso_ended(request: HttpRequest) -> HttpResponse:
    """Single sign-on was cancelled, or led to no account: back to the sign-in page."""
    messages.error(request, _("统一身份认证没有完成。请重新登录，或者用用户名和密码登录。"))
    return redirect("login")
