"""Units, people, grants, duties and memberships as an administrator changes them: limits first, then row and leaf.

What is ended stays as a row with its last day; nothing of who could do what when is ever deleted.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from zhulian.core.kernel.dates import FOREVER
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage.acts import POWERS
from zhulian.server.accounts import services as base
from zhulian.server.accounts.administration import limits
from zhulian.server.accounts.administration.passwords import password_made
from zhulian.server.accounts.models import (
    Duty,
    EnterpriseMembership,
    Function,
    Grant,
    OrganisationUnit,
    User,
)
from zhulian.server.accounts.permissions import MANAGE
from zhulian.server.accounts.sessions import sessions_end
from zhulian.server.common import clock, scopes
from zhulian.server.common.permissions import REGULATORS, Role
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.models import Enterprise

_USERNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,29}")


def _told(reason: str) -> str:
    told = reason.strip()[:200]
    if len(told) < 2:
        raise ZhulianError("admin.reason")
    return told


@writes
def unit_open(*, name: str, division: str, parent: OrganisationUnit | None, by: User) -> OrganisationUnit:
    """Open a unit in a division that the administrator reaches.

    Raises:
        ZhulianError: `admin.name`, `admin.division`, `admin.outside`.
    """
    if not name.strip():
        raise ZhulianError("admin.name")
    limits.refuse_outside(by, limits.known_division(division))
    return base.unit_create(name=name.strip()[:100], division=division, parent=parent, actor=by.actor)


@writes
def unit_close(*, unit: OrganisationUnit, reason: str, by: User) -> None:
    """Let a unit end today; it must hold nobody and nothing any more.

    Raises:
        ZhulianError: `admin.outside`, `admin.self`, `admin.ended`, `admin.unit_busy` with what is in the way.
    """
    told = _told(reason)
    row = OrganisationUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    limits.refuse_outside(by, row.division_id)
    limits.refuse_self(by, unit=row)
    today = clock.today()
    if row.valid_until <= today:
        raise ZhulianError("admin.ended")
    busy = [
        f"{count} {words}"
        for count, words in (
            (User.objects.filter(unit=row, is_active=True).count(), "名在用人员"),
            (Grant.objects.on(today).filter(unit=row).count(), "项授权"),
            (Duty.objects.on(today).filter(unit=row).count(), "项职权"),
            (OrganisationUnit.objects.on(today).filter(parent=row).count(), "个下属机构"),
        )
        if count
    ]
    if busy:
        raise ZhulianError("admin.unit_busy", name=row.name, why="还有 " + "、".join(busy))
    row.valid_until = today
    row.save(update_fields=["valid_until"])
    leaf_append(action="accounts.unit.end", actor=by.actor, subject=f"unit:{row.pk}", data={"reason": told})


@writes
def officer_open(*, username: str, name: str, unit: OrganisationUnit, by: User) -> tuple[User, str]:
    """Make an officer's account in a unit; the account and its first password, which nothing keeps.

    Raises:
        ZhulianError: `admin.outside`, `admin.beyond` when the unit holds what he does not, `admin.username`,
            `admin.taken`, `admin.name`.
    """
    limits.refuse_outside(by, unit.division_id)
    limits.refuse_stronger(by, unit=unit)
    return _account(username=username, name=name, role=limits.role_at(unit.division_id), unit=unit, actor=by.actor)


@writes
def clerk_open(*, username: str, name: str, key: str, by: User) -> tuple[User, str]:
    """Make the account of an enterprise's clerk, who acts for it from today; `key` is the enterprise's credit code.

    Raises:
        ZhulianError: `admin.enterprise`, `admin.username`, `admin.taken`, `admin.name`.
    """
    enterprise = _enterprise(by, key)
    user, password = _account(username=username, name=name, role=Role.ENTERPRISE, unit=None, actor=by.actor)
    base.membership_create(user=user, enterprise=enterprise, actor=by.actor)
    return user, password


@writes
def administrator_open(*, username: str, name: str, by: User) -> tuple[User, str]:
    """Make another administrator of the platform; only one of them may.

    Raises:
        ZhulianError: `admin.outside`, `admin.username`, `admin.taken`, `admin.name`.
    """
    if not limits.is_platform(by):
        raise ZhulianError("admin.outside", division="全国")
    return _account(username=username, name=name, role=Role.ADMINISTRATOR, unit=None, actor=by.actor)


@writes
def administrator_first(*, username: str, name: str, actor: str) -> tuple[User, str]:
    """Make an administrator of the platform from the machine itself, where nobody is signed in.

    Raises:
        ZhulianError: `admin.username`, `admin.taken`, `admin.name`.
    """
    return _account(username=username, name=name, role=Role.ADMINISTRATOR, unit=None, actor=actor)


def _account(*, username: str, name: str, role: Role, unit: OrganisationUnit | None, actor: str) -> tuple[User, str]:
    if not _USERNAME.fullmatch(username):
        raise ZhulianError("admin.username", name=username[:30])
    if not name.strip():
        raise ZhulianError("admin.name")
    if User.objects.filter(username__iexact=username).exists():
        raise ZhulianError("admin.taken", name=username)
    password = password_made()
    user = base.user_create(
        username=username,
        password=password,
        role=role,
        name=name.strip()[:30],
        unit=unit,
        password_given=True,
        actor=actor,
    )
    return user, password


def _locked(user: User, by: User) -> User:
    """The row of an account that the administrator reaches, locked.

    Raises:
        ZhulianError: `admin.self`, `admin.demo`, `admin.outside`.
    """
    row = User.objects.select_for_update(no_key=True).select_related(None).get(pk=user.pk)
    limits.refuse_self(by, user=row)
    if row.demo:
        raise ZhulianError("admin.demo")
    if not limits.is_platform(by):
        if row.unit is None or row.role not in REGULATORS:
            raise ZhulianError("admin.outside", division=row.get_role_display())
        limits.refuse_outside(by, row.unit.division_id)
    return row


@writes
def factors_remove(*, user: User, reason: str, by: User) -> None:
    """Take away the second factors of somebody who lost them; he has to set up new ones. His sessions end.

    Raises:
        ZhulianError: `admin.reason`, `admin.self`, `admin.demo`, `admin.outside`, `admin.ended` when he has none.
    """
    told = _told(reason)
    row = _locked(user, by)
    limits.refuse_stronger(by, unit=row.unit, user=row)
    limits.refuse_alone(by, row, "accounts.password.reset")
    gone, _ = Authenticator.objects.filter(user=row).delete()
    if not gone:
        raise ZhulianError("admin.ended")
    sessions_end(user=row)
    leaf_append(action="accounts.factor.reset", actor=by.actor, subject=row.actor, data={"reason": told})


@writes
def account_close(*, user: User, reason: str, by: User) -> None:
    """Close an account at once: its sessions end, what it did stays.

    Raises:
        ZhulianError: `admin.reason`, `admin.self`, `admin.demo`, `admin.outside`, `admin.ended`.
    """
    told = _told(reason)
    row = _locked(user, by)
    if not row.is_active:
        raise ZhulianError("admin.ended")
    row.is_active = False
    row.save(update_fields=["is_active"])
    sessions_end(user=row)
    leaf_append(action="accounts.user.close", actor=by.actor, subject=row.actor, data={"reason": told})


@writes
def account_reopen(*, user: User, reason: str, by: User) -> str:
    """Open a closed account again with a new first password, which is returned and kept nowhere.

    Raises:
        ZhulianError: `admin.reason`, `admin.self`, `admin.demo`, `admin.outside`, `admin.ended`.
    """
    told = _told(reason)
    row = _locked(user, by)
    limits.refuse_stronger(by, unit=row.unit, user=row)
    if row.is_active:
        raise ZhulianError("admin.ended")
    row.is_active = True
    password = _password_given(row, ["is_active"])
    leaf_append(action="accounts.user.reopen", actor=by.actor, subject=row.actor, data={"reason": told})
    return password


@writes
def password_reset(*, user: User, reason: str, by: User) -> str:
    """A new first password for somebody who lost his; returned and kept nowhere. His sessions end.

    Raises:
        ZhulianError: `admin.reason`, `admin.self`, `admin.demo`, `admin.outside`.
    """
    told = _told(reason)
    row = _locked(user, by)
    limits.refuse_stronger(by, unit=row.unit, user=row)
    limits.refuse_alone(by, row, "accounts.factor.reset")
    password = _password_given(row, [])
    sessions_end(user=row)
    leaf_append(action="accounts.password.reset", actor=by.actor, subject=row.actor, data={"reason": told})
    return password


def _password_given(row: User, more: list[str]) -> str:
    password = password_made()
    row.set_password(password)
    row.password_given = True
    row.save(update_fields=["password", "password_given", *more])
    return password


@writes
def officer_move(*, user: User, unit: OrganisationUnit, reason: str, by: User) -> None:
    """Move an officer to another unit; the role follows the unit's level, grants to himself stay behind.

    Raises:
        ZhulianError: `admin.reason`, `admin.self`, `admin.outside` for either unit, `admin.holder`.
    """
    told = _told(reason)
    row = _locked(user, by)
    limits.refuse_outside(by, unit.division_id)
    limits.refuse_stronger(by, unit=unit)
    if row.role not in REGULATORS:
        raise ZhulianError("admin.holder", name=row.get_full_name() or row.username, why="不是主管部门人员")
    before = row.unit_id
    for grant in Grant.objects.on(clock.today()).filter(user=row):
        base.grant_end(grant=grant, on=clock.today(), actor=by.actor, reason=told)
    row.unit, row.role = unit, limits.role_at(unit.division_id)
    row.save(update_fields=["unit", "role"])
    sessions_end(user=row)
    data = {"from": before, "to": unit.pk, "role": row.role, "reason": told}
    leaf_append(action="accounts.user.move", actor=by.actor, subject=row.actor, data=data)


@writes
def grant_give(
    *,
    action: str,
    division: str,
    function: Function,
    reason: str,
    by: User,
    unit: OrganisationUnit | None = None,
    user: User | None = None,
    until: dt.date | None = None,
) -> Grant:
    """Give a unit or one officer an action in a division and below, from today until before a day or for good.

    Raises:
        ZhulianError: `admin.reason`, `admin.action`, `admin.division`, `admin.until`, `admin.self`, `admin.outside`,
            `admin.beyond`, `admin.holder`, `admin.twice`.
    """
    told = _told(reason)
    limits.known_action(action)
    limits.known_division(division)
    today = clock.today()
    if until is not None and until <= today:
        raise ZhulianError("admin.until", until=until)
    limits.refuse_self(by, user=user, unit=unit)
    _refuse_holder(by, unit, user)
    limits.refuse_outside(by, division)
    limits.refuse_beyond(by, action=action, division=division)
    same = Grant.objects.on(today).filter(unit=unit, user=user, division=division, action=action)
    if same.exists():
        raise ZhulianError("admin.twice", name=_name(unit, user))
    return base.grant_create(
        function=function,
        division=division,
        action=action,
        actor=by.actor,
        unit=unit,
        user=user,
        until=until or FOREVER,
        purpose=told,
    )


def _refuse_holder(by: User, unit: OrganisationUnit | None, user: User | None) -> None:
    """Raise unless it is one holder, in use, whose role grants mean something to, in the administrator's reach."""
    name = _name(unit, user)
    if unit is not None and user is None:
        if unit.valid_until <= clock.today():
            raise ZhulianError("admin.holder", name=name, why="机构已撤销")
        limits.refuse_outside(by, unit.division_id)
    elif user is not None and unit is None:
        if not user.is_active:
            raise ZhulianError("admin.holder", name=name, why="账号已停用")
        if user.role not in REGULATORS or user.unit is None:
            raise ZhulianError("admin.holder", name=name, why="不是主管部门人员")
        # Through himself as one of his unit: an officer would widen what colleagues hand on to him.
        limits.refuse_outside(by, user.unit.division_id)
    else:
        raise ZhulianError("admin.holder", name=name, why="没有指明机构或者人员")


def _name(unit: OrganisationUnit | None, user: User | None) -> str:
    if unit is not None:
        return unit.name
    return (user.get_full_name() or user.get_username()) if user is not None else ""


@writes
def grant_withdraw(*, grant: Grant, reason: str, by: User) -> None:
    """Withdraw a grant from today on.

    Raises:
        ZhulianError: `admin.reason`, `admin.outside`, `admin.self`, `admin.ended`.
    """
    told = _told(reason)
    row = Grant.objects.select_for_update(no_key=True, of=("self",)).select_related("unit", "user").get(pk=grant.pk)
    limits.refuse_self(by, user=row.user, unit=row.unit)
    limits.refuse_outside(by, row.division_id)
    if row.valid_until <= clock.today():
        raise ZhulianError("admin.ended")
    base.grant_end(grant=row, on=clock.today(), actor=by.actor, reason=told)


@writes
def duty_give(*, power: str, unit: OrganisationUnit, division: str, citation: str, by: User, codes: str = "") -> Duty:
    """Write a row of the duty table (权责清单) from today.

    Raises:
        ZhulianError: `admin.power`, `admin.division`, `admin.outside`, `admin.reason` without a citation.
    """
    if power not in POWERS:
        raise ZhulianError("admin.power", power=power)
    limits.refuse_outside(by, limits.known_division(division))
    limits.refuse_outside(by, unit.division_id)
    limits.refuse_self(by, unit=unit)
    return base.duty_set(
        power=power, unit=unit, division=division, codes=codes.strip()[:10], citation=_told(citation), actor=by.actor
    )


@writes
def duty_end(*, duty: Duty, reason: str, by: User) -> None:
    """Let a row of the duty table end today.

    Raises:
        ZhulianError: `admin.reason`, `admin.outside`, `admin.self`, `admin.ended`.
    """
    told = _told(reason)
    row = Duty.objects.select_for_update(no_key=True, of=("self",)).select_related("unit").get(pk=duty.pk)
    limits.refuse_outside(by, row.division_id)
    limits.refuse_self(by, unit=row.unit)
    today = clock.today()
    if row.valid_until <= today:
        raise ZhulianError("admin.ended")
    row.valid_until = max(today, row.valid_from)
    row.save(update_fields=["valid_until"])
    data = {"duty": row.pk, "power": row.power, "division": row.division_id, "reason": told}
    leaf_append(action="accounts.duty.end", actor=by.actor, subject=f"unit:{row.unit_id}", data=data)


@writes
def membership_give(*, user: User, key: str, by: User, until: dt.date | None = None) -> EnterpriseMembership:
    """Let an enterprise's account act for an enterprise named by its credit code.

    Raises:
        ZhulianError: `admin.enterprise`, `admin.role`, `admin.until`, `admin.twice`, `admin.self`.
    """
    limits.refuse_self(by, user=user)
    enterprise = _enterprise(by, key)
    name = user.get_full_name() or user.get_username()
    if user.role != Role.ENTERPRISE:
        raise ZhulianError("admin.role", name=name)
    today = clock.today()
    if until is not None and until <= today:
        raise ZhulianError("admin.until", until=until)
    if EnterpriseMembership.objects.on(today).filter(user=user, enterprise=enterprise).exists():
        raise ZhulianError("admin.twice", name=name)
    return base.membership_create(user=user, enterprise=enterprise, actor=by.actor, until=until or FOREVER)


@writes
def membership_end(*, membership: EnterpriseMembership, reason: str, by: User) -> None:
    """Somebody acts no longer for an enterprise, from today.

    Raises:
        ZhulianError: `admin.reason`, `admin.enterprise`, `admin.ended`.
    """
    told = _told(reason)
    row = EnterpriseMembership.objects.select_for_update(no_key=True, of=("self",)).get(pk=membership.pk)
    if not _reached(by).filter(enterprise=row.enterprise).exists() and not limits.is_platform(by):
        raise ZhulianError("admin.none")
    today = clock.today()
    if row.valid_until <= today:
        raise ZhulianError("admin.ended")
    row.valid_until = max(today, row.valid_from)
    row.save(update_fields=["valid_until"])
    data = {"membership": row.pk, "enterprise": row.enterprise, "reason": told}
    leaf_append(action="accounts.membership.end", actor=by.actor, subject=f"user:{row.user_id}", data=data)


def _reached(by: User) -> QuerySet[Any]:
    rows = Enterprise.objects.at(clock.today())
    return rows if limits.is_platform(by) else rows.filter(scopes.enterprises(by, MANAGE))


def _enterprise(by: User, key: str) -> int:
    found = _reached(by).filter(uscc=key.strip().upper()).values_list("enterprise", flat=True).first()
    if found is None:
        raise ZhulianError("admin.enterprise", key=key.strip()[:30])
    return int(found)


@writes
def grants_export(*, rows: int, by: User) -> None:
    """Record that the list of grants was taken away."""
    leaf_append(action="accounts.grant.export", actor=by.actor, subject=by.actor, data={"rows": rows})


@writes
def see_as_begin(*, user: User, reason: str, by: User) -> None:
    """Record that an administrator begins to see the platform as somebody else, and why.

    Raises:
        ZhulianError: `admin.reason`.
    """
    leaf_append(action="accounts.see_as.begin", actor=by.actor, subject=user.actor, data={"reason": _told(reason)})


@writes
def see_as_end(*, user: int, by: User) -> None:
    """Record that he is himself again."""
    leaf_append(action="accounts.see_as.end", actor=by.actor, subject=f"user:{user}")
