"""Single sign-on's two addresses: allauth's views, with answers for a provider that is not there or does not answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.common.permissions import public

log = structlog.get_logger(__name__)

register(
    ErrorKind("access.sso_none", "本平台没有接入这个统一身份认证", "请用用户名和密码登录", 404),
    ErrorKind("access.sso_silent", "统一身份认证没有应答", "请稍后再试，或者用用户名和密码登录", 502),
)


def _asked(view: Callable[..., Any], request: HttpRequest, provider_id: str) -> HttpResponse:
    known = {app["provider_id"] for app in settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", ())}
    if provider_id not in known:
        raise ZhulianError("access.sso_none")
    try:
        answer: HttpResponse = view(request, provider_id)
    except RequestException as error:
        log.warning("single_sign_on.silent", provider=provider_id, problem=type(error).__name__)
        raise ZhulianError("access.sso_silent") from None
    return answer


@public
@require_POST
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider; by POST, so that no link of somebody else begins it."""
    return _asked(views.login, request, provider_id)


@public
@require_safe
def finish(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The browser comes back with a code."""
    return _asked(views.callback, request, provider_id)
