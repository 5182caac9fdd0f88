"""Signing in, one's own account, second factors and single sign-on.

The names without a namespace are those by which django-allauth finds its own pages; its other pages do not exist here.
"""

from __future__ import annotations

from typing import Any

from allauth.account.views import reauthenticate as confirm
from allauth.mfa.base.views import authenticate
from allauth.mfa.base.views import reauthenticate as confirm_factor
from allauth.mfa.recovery_codes.views import download_recovery_codes, generate_recovery_codes, view_recovery_codes
from allauth.mfa.totp.views import activate_totp, deactivate_totp
from django.urls import include, path

from zhulian.server.accounts import licence, own, sso, views
from zhulian.server.common.permissions import public, signed_in


def _real(view: Any) -> Any:
    """A page of allauth for signed-in users that are no demonstration accounts."""

    def asked(request: Any, *args: Any, **kwargs: Any) -> Any:
        own.refuse_demo(request.user)
        return view(request, *args, **kwargs)

    return signed_in(asked)


_own = [
    path("", own.index, name="index"),
    path("password", own.password, name="password"),
    path("sessions/<int:pk>/end", own.session_end, name="session_end"),
    path("sessions/end", own.session_end_others, name="sessions_end"),
]

urlpatterns = [
    path("login", views.sign_in, name="login"),
    path("login", views.sign_in, name="account_login"),
    path("login/code", public(authenticate), name="mfa_authenticate"),
    path("login/licence", licence.begin, name="licence"),
    path("login/licence/return", licence.finish, name="licence_return"),
    path("login/sso/<str:provider_id>", sso.begin, name="openid_connect_login"),
    path("login/sso/<str:provider_id>/return", sso.finish, name="openid_connect_callback"),
    path("login/cancelled", own.sso_ended, name="socialaccount_login_cancelled"),
    path("login/error", own.sso_ended, name="socialaccount_login_error"),
    path("login/none", own.sso_ended, name="account_signup"),
    path("login/none", own.sso_ended, name="socialaccount_signup"),
    path("logout", views.sign_out, name="logout"),
    path("account/", include((_own, "account"))),
    path("account/", own.index, name="mfa_index"),
    path("account/confirm", _real(confirm), name="account_reauthenticate"),
    path("account/factor/confirm", _real(confirm_factor), name="mfa_reauthenticate"),
    path("account/factor", _real(activate_totp), name="mfa_activate_totp"),
    path("account/factor/remove", _real(deactivate_totp), name="mfa_deactivate_totp"),
    path("account/factor/codes", _real(view_recovery_codes), name="mfa_view_recovery_codes"),
    path("account/factor/codes/new", _real(generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("account/factor/codes/download", _real(download_recovery_codes), name="mfa_download_recovery_codes"),
]
