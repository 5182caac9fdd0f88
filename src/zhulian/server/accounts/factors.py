"""What follows when somebody adds or removes a second factor of his own: a leaf, and his other sessions end.

Told by the rows themselves, in the transaction that writes them: allauth's own signals come after it, where a crash
could lose the leaf.
"""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

from zhulian.server.accounts import services, sign_in


def saved(instance: Authenticator, *, created: bool, **_: Any) -> None:
    """A new one; the session that added it has just proven it. A used recovery code is no new one."""
    if created and (request := _own(instance)) is not None:
        _record(request, instance, "add")


def deleted(instance: Authenticator, **_: Any) -> None:
    """One is gone. Whom a second factor is asked of has to set up another before he goes on."""
    if (request := _own(instance)) is not None:
        _record(request, instance, "remove")


def _own(instance: Authenticator) -> HttpRequest | None:
    """The request of the owner himself; what an administrator takes away he records as his own action."""
    request: HttpRequest | None = context.request
    return request if request is not None and request.user.pk == instance.user_id else None


def _record(request: HttpRequest, instance: Authenticator, done: str) -> None:
    request.session[sign_in.SECOND] = is_mfa_enabled(instance.user)
    services.factor_record(
        user=instance.user, kind=str(instance.type), done=done, keep=request.session.session_key or ""
    )
