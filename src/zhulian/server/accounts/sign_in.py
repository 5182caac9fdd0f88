"""How signing in goes on after the password: django-allauth's stages, with our leaves, lock-out and limits around.

allauth holds second factors, single sign-on and the list of sessions; who exists, is locked or may sign in from where
is decided here. Nobody makes an account by signing in.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts import backends, services
from zhulian.server.accounts.models import User
from zhulian.server.common import clock, crypto
from zhulian.server.common.errors import page_response

SECOND: Final = "second_factor"
"""In a session: that its user has proven a second factor, or that single sign-on answers for it."""

_FRESH: Final = 5 * 60
"""Seconds for which a proof of who one is holds without being asked again."""
_KEY: Final = "factor"
_CONTEXT: Final = b"mfa_authenticator|data"

register(
    ErrorKind(
        "access.no_account",
        "统一身份认证已通过，但平台上没有「{name}」的账号",
        "请联系本单位管理员登记账号，用户名与统一身份认证的一致",
        403,
    ),
    ErrorKind("access.sso_failed", "统一身份认证没有完成", "请重新登录；仍不成功时用用户名和密码登录", 403),
)


class Accounts(DefaultAccountAdapter):
    """allauth's account adapter: signing in is recorded, signing up does not exist."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Accounts are made by administrators."""
        return False

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Everything was proven: record it."""
        trusted = "sociallogin" in (kwargs.get("signal_kwargs") or {}) and settings.OIDC_SECOND_FACTOR
        request.session[SECOND] = trusted or is_mfa_enabled(user)
        services.sign_in_record(username=user.username, address=backends.address_of(request), user=user)
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer

    def is_reauthentication_required(self, *, app: str) -> bool:  # noqa: ARG002 - allauth's signature
        """Who proved himself a few minutes ago is not asked again before he changes his second factor."""
        proofs = get_authentication_records(self.request, self.request.user)
        newest = max((proof["at"] for proof in proofs), default=0.0)
        return clock.machine_now().timestamp() - newest > _FRESH

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say themselves what was done."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The peer's address; headers that anybody can send are not looked at."""
        return backends.address_of(request) or "0.0.0.0"  # noqa: S104 - "unknown", nothing is bound to it


class SecondFactors(DefaultMFAAdapter):
    """allauth's second factors, their secrets under our keys."""

    def encrypt(self, text: str) -> str:
        """Seal a secret of an authenticator: `version:base64`."""
        version = crypto.provider().version(_KEY)
        sealed = crypto.provider().seal(_KEY, version, text.encode(), _CONTEXT)
        return f"{version}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, encrypted_text: str) -> str:
        """Open it.

        Raises:
            ZhulianError: `crypto.tampered`, `crypto.key_missing`.
        """
        version, _, sealed = encrypted_text.partition(":")
        return crypto.provider().open(_KEY, int(version), base64.b64decode(sealed), _CONTEXT).decode()


class CodeForm(AuthenticateForm):
    """The code of a second factor: wrong ones count as failed sign-ins, in the database that all processes share."""

    def clean_code(self) -> str:
        """The code.

        Raises:
            ValidationError: wrong, or locked.
        """
        from allauth.core import context

        address = backends.address_of(context.request)
        try:
            backends.refuse_locked(self.user.username, address)
        except ZhulianError as error:
            raise ValidationError(f"{error}。{error.cure}。") from None
        try:
            return str(super().clean_code())
        except ValidationError:
            services.sign_in_record(username=self.user.username, address=address, user=None)
            raise


class SingleSignOn(DefaultSocialAccountAdapter):
    """OpenID Connect: the provider says who it is; who that is here, an account's user name or an earlier link says."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002 - allauth's signature
        """Accounts are made by administrators."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the account: linked before, or of the same user name; refuse the rest."""
        name = str(sociallogin.account.extra_data.get("userinfo", {}).get(settings.OIDC_CLAIM, ""))[:150]
        if not sociallogin.is_existing:
            user = User.objects.filter(username=name, is_active=True, demo=False).first() if name else None
            linked = user is not None and SocialAccount.objects.filter(user=user).exists()
            if user is None or linked:
                services.sign_in_record(username=name, address=backends.address_of(request), user=None)
                raise ImmediateHttpResponse(page_response(ZhulianError("access.no_account", name=name), request))
            sociallogin.connect(request, user)
            services.single_sign_on_link(user=user, provider=sociallogin.account.provider)
        elif not sociallogin.user.is_active:
            raise ImmediateHttpResponse(page_response(ZhulianError("access.no_account", name=name), request))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **_: Any) -> None:  # noqa: ARG002
        """The provider refused, or its answer does not hold."""
        raise ImmediateHttpResponse(page_response(ZhulianError("access.sso_failed"), request))


def forget_claims(sender: object, instance: SocialAccount, **_: Any) -> None:
    """Of what the provider tells nothing is kept but its number for the person."""
    del sender
    instance.extra_data = {}
