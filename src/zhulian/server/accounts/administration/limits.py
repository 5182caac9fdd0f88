"""How far an administrator reaches: never to himself, never beyond his divisions or beyond what he holds.

An administrator of the platform reaches everybody but himself. An officer reaches the divisions of the grants that
name `accounts.access.manage` (a grant of `*` does not), and gives only what his own grants cover there.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import QuerySet

from zhulian.core.kernel.codes import COUNTRY, division_name
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts import selectors
from zhulian.server.accounts.administration import catalogue  # noqa: F401 - errors register themselves
from zhulian.server.accounts.models import Division, DivisionClosure, Grant, OrganisationUnit, User
from zhulian.server.accounts.permissions import MANAGE
from zhulian.server.common import clock, scopes
from zhulian.server.common.permissions import Role, permission, permissions, role_of
from zhulian.server.notary.models import Leaf

EVERYTHING: Final = "*"
ALONE: Final = dt.timedelta(days=7)
"""For so long one administrator does not do both halves of taking an account over."""


def is_platform(user: User) -> bool:
    """Whether the user administers the whole platform."""
    return role_of(user) is Role.ADMINISTRATOR


def covers(given: str, wanted: str) -> bool:
    """Whether the pattern of a grant covers another pattern: all that the second allows, the first allows too.

    `*` covers what is no administration; permissions that want to be named are covered by name or area only.
    """
    if given == wanted:
        return True
    if given == EVERYTHING:
        return not any(row.named for row in permissions() if matches(wanted, row.name))
    return given.endswith(".*") and wanted.startswith(given[:-1])


def matches(pattern: str, action: str) -> bool:
    """Whether a pattern covers one permission."""
    return pattern in selectors.patterns(action)


def known_action(action: str) -> str:
    """The pattern, when it covers at least one declared permission.

    Raises:
        ZhulianError: `admin.action`.
    """
    if not any(matches(action, row.name) for row in permissions()):
        raise ZhulianError("admin.action", action=action)
    return action


def known_division(code: str) -> str:
    """The code of a division that the table holds.

    Raises:
        ZhulianError: `admin.division`.
    """
    if not Division.objects.filter(code=code).exists():
        raise ZhulianError("admin.division", division=code)
    return code


def refuse_outside(by: User, division: str) -> None:
    """Raise `admin.outside` unless the administrator reaches the division."""
    if is_platform(by) or selectors.granted_divisions(user=by, action=MANAGE).filter(descendant=division).exists():
        return
    raise ZhulianError("admin.outside", division=named(division))


def refuse_self(by: User, *, user: User | None = None, unit: OrganisationUnit | None = None) -> None:
    """Raise `admin.self` when the administrator would do it to himself or to the unit he belongs to."""
    own_unit = unit is not None and by.unit_id == unit.pk
    if own_unit or (user is not None and user.pk == by.pk):
        raise ZhulianError("admin.self")


def refuse_beyond(by: User, *, action: str, division: str) -> None:
    """Raise `admin.beyond` unless an officer holds himself what he gives there; the platform's may give anything."""
    if is_platform(by):
        return
    above = DivisionClosure.objects.filter(descendant=division).values("ancestor")
    held = own_grants(by).filter(division__in=above).values_list("action", flat=True)
    if not any(covers(given, action) for given in held):
        raise ZhulianError("admin.beyond", division=named(division), action=action_label(action))


def refuse_stronger(by: User, *, unit: OrganisationUnit | None, user: User | None = None) -> None:
    """Raise `admin.beyond` when an account could do what an officer who gets its password may not do himself."""
    rows = Grant.objects.on(clock.today())
    theirs = rows.filter(unit=unit) if unit is not None else rows.none()
    for grant in theirs | rows.filter(user=user) if user is not None else theirs:
        refuse_beyond(by, action=grant.action, division=grant.division_id)


def refuse_alone(by: User, user: User, other: str) -> None:
    """Raise `admin.alone` when the same administrator did the other half of taking an account over of late.

    Who has given a new password does not also take the second factor away, and the other way round.
    """
    since = clock.now() - ALONE
    if Leaf.objects.filter(subject=user.actor, actor=by.actor, action=other, at__gte=since).exists():
        raise ZhulianError("admin.alone", days=ALONE.days)


def own_grants(user: User) -> QuerySet[Grant]:
    """Grants in force today of the user himself and of his unit."""
    rows = Grant.objects.on(clock.today())
    own: QuerySet[Grant] = rows.filter(user=user)
    return own | rows.filter(unit=user.unit_id) if user.unit_id else own


def reach(by: User, action: str) -> QuerySet[Division]:
    """Divisions in which the user may do an action of administration: all for the platform's administrator."""
    if is_platform(by):
        return Division.objects.all()
    return Division.objects.filter(code__in=scopes.divisions(by, action))


def named(division: str) -> str:
    """A division in words."""
    return "全国" if division == COUNTRY else division_name(division) or division


def action_label(pattern: str) -> str:
    """A permission or a pattern of permissions in words."""
    if pattern == EVERYTHING:
        return "全部业务权限"
    row = permission(pattern)
    if row is not None:
        return row.label
    labels = [row.label for row in permissions() if matches(pattern, row.name)]
    return f"{'、'.join(labels[:3])}{f'等 {len(labels)} 项' if len(labels) > 3 else ''}" if labels else pattern


def role_at(division: str) -> Role:
    """The role of an officer whose unit is of a division: the level that its code says (GB/T 2260)."""
    if division.endswith("0000"):
        return Role.PROVINCE
    return Role.CITY if division.endswith("00") else Role.DISTRICT
