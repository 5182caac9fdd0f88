"""Units, people and grants as an administrator sees them; what somebody may do, and who may do something."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from zhulian.core.kernel.dates import FOREVER
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage.acts import ACTS, POWERS
from zhulian.server.accounts import selectors as base
from zhulian.server.accounts.administration import limits
from zhulian.server.accounts.models import (
    DivisionClosure,
    Duty,
    EnterpriseMembership,
    Grant,
    OrganisationUnit,
    User,
)
from zhulian.server.accounts.permissions import VIEW
from zhulian.server.common import clock, scopes
from zhulian.server.common.permissions import REGULATORS, Permission, Role, permission, permissions, role_of
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Enterprise

SOON: Final = 30
"""Days before its last day from which a grant is shown as ending soon."""
HISTORY: Final = 50


def units(user: Any, *, day: dt.date | None = None) -> QuerySet[OrganisationUnit]:
    """Units in the user's view, by division and name; with a day, those in force on it."""
    rows: QuerySet[OrganisationUnit] = OrganisationUnit.objects.filter(division__in=limits.reach(user, VIEW))
    if day is not None:
        rows = rows.filter(valid_from__lte=day, valid_until__gt=day)
    return rows.select_related("parent", "division").order_by("division", "name", "pk")


def units_counted(user: Any, *, text: str = "", ended: bool = False) -> QuerySet[OrganisationUnit]:
    """Units with how many people work there (`people`) and how many grants and duties they hold today."""
    today = clock.today()
    rows = units(user, day=None if ended else today)
    if text:
        rows = rows.filter(Q(name__contains=text) | Q(division__name__contains=text) | Q(division=text))
    now = {"valid_from__lte": today, "valid_until__gt": today}
    return rows.annotate(
        people=Count("user", filter=Q(user__is_active=True), distinct=True),
        grants=Count("grant", filter=Q(**{f"grant__{k}": v for k, v in now.items()}), distinct=True),
        duties=Count("duty", filter=Q(**{f"duty__{k}": v for k, v in now.items()}), distinct=True),
    )


def unit(user: Any, pk: int) -> OrganisationUnit:
    """A unit in the user's view.

    Raises:
        ZhulianError: `admin.none`.
    """
    found = units(user).filter(pk=pk).first()
    if found is None:
        raise ZhulianError("admin.none")
    return found


def people(user: Any) -> QuerySet[User]:
    """Accounts in the user's view: officers of his divisions, clerks of the enterprises there; for the platform's all."""
    rows = User.objects.select_related("unit").order_by("unit__division", "unit", "username")
    if limits.is_platform(user):
        return rows
    firms = Enterprise.objects.at(clock.today()).filter(scopes.enterprises(user, VIEW)).values("enterprise")
    clerks = EnterpriseMembership.objects.filter(enterprise__in=firms).values("user")
    return rows.filter(Q(unit__division__in=scopes.divisions(user, VIEW)) | Q(role=Role.ENTERPRISE, pk__in=clerks))


@dataclass(frozen=True, slots=True)
class PeopleFilters:
    """What was asked for, as typed."""

    text: str = ""
    role: str = ""
    state: str = ""


def people_found(user: Any, filters: PeopleFilters) -> QuerySet[User]:
    """Accounts in view, narrowed."""
    rows = people(user)
    if filters.text:
        rows = rows.filter(
            Q(username__contains=filters.text)
            | Q(first_name__contains=filters.text)
            | Q(unit__name__contains=filters.text)
        )
    if filters.role in set(Role):
        rows = rows.filter(role=filters.role)
    if filters.state in {"active", "closed"}:
        rows = rows.filter(is_active=filters.state == "active")
    return rows


def person(user: Any, pk: int) -> User:
    """An account in the user's view.

    Raises:
        ZhulianError: `admin.none`.
    """
    found = people(user).filter(pk=pk).first()
    if found is None:
        raise ZhulianError("admin.none")
    return found


def grants(user: Any) -> QuerySet[Grant]:
    """Grants in the user's view: of his divisions' units and people, and those that reach into his divisions."""
    rows = Grant.objects.select_related("unit", "user__unit", "division").order_by("division", "pk")
    if limits.is_platform(user):
        return rows
    mine = scopes.divisions(user, VIEW)
    return rows.filter(Q(division__in=mine) | Q(unit__division__in=mine) | Q(user__unit__division__in=mine))


def grant(user: Any, pk: int) -> Grant:
    """A grant in the user's view.

    Raises:
        ZhulianError: `admin.none`.
    """
    found = grants(user).filter(pk=pk).first()
    if found is None:
        raise ZhulianError("admin.none")
    return found


def duty(user: Any, pk: int) -> Duty:
    """A row of the duty table in the user's view.

    Raises:
        ZhulianError: `admin.none`.
    """
    found: Duty | None = Duty.objects.filter(pk=pk, unit__in=units(user)).select_related("unit").first()
    if found is None:
        raise ZhulianError("admin.none")
    return found


def membership(user: Any, pk: int) -> EnterpriseMembership:
    """A membership of an account in the user's view.

    Raises:
        ZhulianError: `admin.none`.
    """
    found: EnterpriseMembership | None = (
        EnterpriseMembership.objects.filter(pk=pk, user__in=people(user)).select_related("user").first()
    )
    if found is None:
        raise ZhulianError("admin.none")
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """A grant in words."""

    row: Grant
    action: str
    where: str
    holder: str
    state: str

    @property
    def until(self) -> dt.date | None:
        """First day on which it no longer holds; None: for good."""
        return None if self.row.valid_until >= FOREVER else self.row.valid_until


def soon() -> dt.timedelta:
    """How near its end a grant is shown as ending soon."""
    return dt.timedelta(days=SOON)


def held(rows: Sequence[Grant]) -> list[Held]:
    """Grants with their words."""
    today = clock.today()
    out = []
    for row in rows:
        state = "生效" if (row.valid_until - today).days > SOON else "即将到期"
        state = "已失效" if row.valid_until <= today else state
        holder = row.unit.name if row.unit else row.user.get_full_name() or row.user.get_username() if row.user else ""
        out.append(Held(row, limits.action_label(row.action), limits.named(row.division_id), holder, state))
    return out


@dataclass(frozen=True, slots=True)
class Can:
    """A permission that somebody holds, and by what."""

    permission: Permission
    by: tuple[str, ...]


def abilities(user: User) -> list[Can]:
    """What an account may do today: the permissions of its role that a grant or a membership gives a where to."""
    role = role_of(user)
    mine = [row for row in permissions() if role in row.roles]
    if role in REGULATORS:
        rows = list(limits.own_grants(user).select_related("unit", "division"))
        out = []
        for row in mine:
            by = tuple(dict.fromkeys(_by(g) for g in rows if limits.matches(g.action, row.name)))
            if by:
                out.append(Can(row, by))
        return out
    if role is Role.ENTERPRISE:
        firms = tuple(name for _, name in enterprises(user))
        return [Can(row, firms) for row in mine] if firms else []
    return [Can(row, ("全平台",)) for row in mine] if role is Role.ADMINISTRATOR else []


def _by(grant: Grant) -> str:
    given = "本机构" if grant.unit_id else "本人"
    return f"{limits.named(grant.division_id)}（授予{given}，第 {grant.pk} 号）"


def enterprises(user: User) -> list[tuple[EnterpriseMembership, str]]:
    """Memberships in force with the enterprises' names."""
    rows = list(EnterpriseMembership.objects.on(clock.today()).filter(user=user).order_by("pk"))
    ids = [row.enterprise for row in rows]
    names = dict(Enterprise.objects.at(clock.today()).filter(enterprise__in=ids).values_list("enterprise", "name"))
    return [(row, names.get(row.enterprise, "")) for row in rows]


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who may do an action in a division, and the grants that say so, narrowest first."""

    user: User
    grants: tuple[Held, ...]


def who_may(asking: Any, *, action: str, division: str) -> list[Holder]:
    """Who may do an action in a division today, of those in the asking user's view."""
    row = permission(action)
    if row is None:
        return []
    above = DivisionClosure.objects.filter(descendant=division).values("ancestor")
    given = list(
        Grant.objects.on(clock.today())
        .filter(action__in=base.patterns(action), division__in=above)
        .select_related("unit", "user", "division")
    )
    by_unit: dict[int, list[Grant]] = defaultdict(list)
    by_user: dict[int, list[Grant]] = defaultdict(list)
    for one in given:
        (by_unit if one.unit_id else by_user)[one.unit_id or one.user_id].append(one)
    officers = people(asking).filter(
        Q(unit__in=by_unit) | Q(pk__in=by_user),
        is_active=True,
        role__in=[role for role in row.roles if role in REGULATORS],
    )
    out = []
    for user in officers:
        own = [*by_user.get(user.pk, []), *by_unit.get(user.unit_id or 0, [])]
        own.sort(key=lambda g: (-len(g.division_id.rstrip("0")), len(g.action), g.pk))
        out.append(Holder(user, tuple(held(own))))
    return out


def action_choices(*, patterns: bool) -> list[tuple[str, str]]:
    """Permissions that officers may hold, by name; with `patterns` also whole areas and everything."""
    rows = [row for row in permissions() if row.roles & REGULATORS]
    choices = [(row.name, f"{row.label}（{row.name}）") for row in rows]
    if not patterns:
        return choices
    areas = sorted({row.name.split(".")[0] for row in rows})
    return [
        (limits.EVERYTHING, "全部业务权限（不含机构与授权管理）"),
        *((f"{area}.*", f"{limits.action_label(f'{area}.*')}（{area}.*）") for area in areas),
        *choices,
    ]


def power_choices() -> list[tuple[str, str]]:
    """Powers of the duty table with the acts that they allow."""
    return [(power, f"{power_label(power)}（{power}）") for power in POWERS]


def power_label(power: str) -> str:
    """A power in words: the acts that it allows."""
    return "、".join(act.label for act in ACTS.values() if act.power == power) or power


def history(subject: str) -> list[Leaf]:
    """The latest leaves about an account or a unit that changed who may do what, newest first."""
    areas = Q(action__startswith="accounts.") & ~Q(action__startswith="accounts.sign_in.")
    return list(Leaf.objects.filter(areas, subject=subject).order_by("-pk")[:HISTORY])
