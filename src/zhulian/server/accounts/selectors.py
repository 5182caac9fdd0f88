"""Who belongs where and may do what: reads only."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from zhulian.server.accounts.models import DivisionClosure, EnterpriseMembership, Grant
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed


def grants_for(*, user: Any, action: str) -> QuerySet[Grant]:
    """Grants in force today that allow the user the action; none without an identity or the permission itself."""
    if not allowed(user, action) or not user.is_authenticated:
        return Grant.objects.none()
    holders = Q(user=user) | Q(unit=user.unit_id) if user.unit_id else Q(user=user)
    return Grant.objects.on(clock.today()).filter(holders, action__in=patterns(action)).order_by("pk")


def patterns(action: str) -> list[str]:
    """What a grant may say to cover an action: itself, each prefix with `.*`, or `*`."""
    parts = action.split(".")
    return [action, *(".".join(parts[:i]) + ".*" for i in range(1, len(parts))), "*"]


def granted_divisions(*, user: Any, action: str) -> QuerySet[Any]:
    """Codes of all divisions below the user's grants for the action, as a subquery of one column."""
    tops = grants_for(user=user, action=action).order_by().values("division")
    return DivisionClosure.objects.filter(ancestor__in=tops).values("descendant")


def member_enterprises(*, user: Any) -> QuerySet[Any]:
    """Subject ids of the enterprises that the user acts for today, as a subquery of one column."""
    if not user.is_authenticated:
        return EnterpriseMembership.objects.none().values("enterprise")
    return EnterpriseMembership.objects.on(clock.today()).filter(user=user).values("enterprise")
