"""Who belongs where and may do what: reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from zhulian.server.accounts.models import (
    DivisionClosure,
    Duty,
    EnterpriseMembership,
    Grant,
    OrganisationUnit,
    User,
)
from zhulian.server.common import clock, scopes
from zhulian.server.common.permissions import REGULATORS, allowed, permission, role_of


def grants_for(*, user: Any, action: str) -> QuerySet[Grant]:
    """Grants in force today that allow the user the action; none without an identity or the permission itself."""
    if not allowed(user, action) or not user.is_authenticated:
        return Grant.objects.none()
    holders = Q(user=user) | Q(unit=user.unit_id) if user.unit_id else Q(user=user)
    return Grant.objects.on(clock.today()).filter(holders, action__in=patterns(action)).order_by("pk")


def patterns(action: str) -> list[str]:
    """What a grant may say to cover an action: itself, each prefix with `.*`, or `*` where that is enough."""
    parts = action.split(".")
    row = permission(action)
    everything = [] if row is not None and row.named else ["*"]
    return [action, *(".".join(parts[:i]) + ".*" for i in range(1, len(parts))), *everything]


def granted_tops(*, user: Any, action: str) -> tuple[str, ...]:
    """Codes of the divisions that the user's grants for the action name, in order."""
    return tuple(sorted(set(grants_for(user=user, action=action).order_by().values_list("division", flat=True))))


def grants_used(*, user: Any, action: str, subject: str) -> list[int]:
    """Numbers of the grants under which a regulator does an action to a subject, today.

    Several grants do not silently make the widest: of those that reach an enterprise the narrowest is named alone.
    Of other subjects all that allow the action are named.
    """
    if role_of(user) not in REGULATORS:
        return []
    rows = list(grants_for(user=user, action=action))
    kind, _, number = subject.partition(":")
    if len(rows) > 1 and kind == "enterprise" and number.isdecimal():
        reaching = [row for row in rows if scopes.lies_in(int(number), divisions_below((row.division_id,)))]
        reaching.sort(key=lambda row: (-len(row.division_id.rstrip("0")), -len(row.action), row.pk))
        rows = reaching[:1] or rows
    return [row.pk for row in rows]


def divisions_below(codes: tuple[str, ...]) -> QuerySet[Any]:
    """Codes of these divisions and of all below them, as a subquery of one column."""
    return DivisionClosure.objects.filter(ancestor__in=codes).values("descendant")


def granted_divisions(*, user: Any, action: str) -> QuerySet[Any]:
    """Codes of all divisions below the user's grants for the action, as a subquery of one column."""
    tops = grants_for(user=user, action=action).order_by().values("division")
    return DivisionClosure.objects.filter(ancestor__in=tops).values("descendant")


def member_enterprises(*, user: Any) -> QuerySet[Any]:
    """Subject ids of the enterprises that the user acts for today, as a subquery of one column."""
    if not user.is_authenticated:
        return EnterpriseMembership.objects.none().values("enterprise")
    return EnterpriseMembership.objects.on(clock.today()).filter(user=user).values("enterprise")


def names_of_actors(actors: Iterable[str]) -> dict[str, str]:
    """Actor as leaves and rows store it (`user:3`) → the name to show, in one query; who is no user stays as stored."""
    wanted = dict.fromkeys(actors)
    ids = [int(actor[5:]) for actor in wanted if actor.startswith("user:") and actor[5:].isdecimal()]
    named = {user.actor: user.get_full_name() or user.get_username() for user in User.objects.filter(pk__in=ids)}
    return {actor: named.get(actor, actor) for actor in wanted}


def power_holder(*, power: str, division: str, on: dt.date, code: str = "") -> OrganisationUnit | None:
    """Which unit holds a power over a division on a day (loop.md "Who acts"); None: an authority outside.

    The narrowest row decides: the longest code prefix first, then the division nearest above.
    """
    above = DivisionClosure.objects.filter(descendant=division).values("ancestor")
    prefixes = [code[:length] for length in range(len(code) + 1)]
    rows = Duty.objects.on(on).filter(power=power, division__in=above, codes__in=prefixes).select_related("unit")
    narrowest = max(rows, key=_narrowness, default=None)
    return narrowest.unit if narrowest else None


def _narrowness(duty: Duty) -> tuple[int, int]:
    return len(duty.codes), len(duty.division_id.rstrip("0"))
