"""Signing in and out."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts import backends, licence, services
from zhulian.server.accounts.demo import DEMO_ACCOUNTS
from zhulian.server.accounts.models import User
from zhulian.server.common.permissions import public


class SignInForm(AuthenticationForm):
    """Name and password; whatever is refused is said in the form, the same for a wrong name and a wrong password."""

    def clean(self) -> dict[str, Any]:
        """Check the password, keep the outcome, tell a refusal in the form."""
        username = self.cleaned_data.get("username") or ""
        address = backends.address_of(self.request)
        try:
            user = authenticate(self.request, username=username, password=self.cleaned_data.get("password"))
        except ZhulianError as error:
            self.add_error(None, str(error))
            return self.cleaned_data
        if not isinstance(user, User):
            services.sign_in_record(username=username, address=address, user=None)
            self.add_error(None, str(ZhulianError("access.password")))
        self.user_cache = user
        return self.cleaned_data


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, and back to where the user came from."""
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        # Who signs in again does so because the session at hand may not be his own: it ends, and copies of it too.
        logout(request)
        record_authentication(request, user, method="password", username=user.username)
        answer: HttpResponse = perform_login(request, user, redirect_url=_next(request) or settings.LOGIN_REDIRECT_URL)
        return answer
    shown = DEMO_ACCOUNTS if settings.DEMO and backends.is_loopback(backends.address_of(request)) else ()
    context = {
        "form": form,
        "next": _next(request),
        "demo_accounts": shown,
        "single_sign_on": settings.OIDC_NAME if settings.SOCIALACCOUNT_PROVIDERS else "",
        "licence": licence.adapter() is not None,
    }
    return render(request, "portal/login.html", context, status=200 if not form.errors else 422)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("/")


def _next(request: HttpRequest) -> str:
    """Where to go after signing in: an address of ours, or nothing."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else ""
