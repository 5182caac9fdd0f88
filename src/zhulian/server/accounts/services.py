"""Users, units, grants and memberships: each change in one transaction with its leaf."""

from __future__ import annotations

import datetime as dt
from typing import Final

from zhulian.core.kernel.dates import FOREVER
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.demo import CITATIONS, DEMO_ACCOUNTS, DUTIES, DemoAccount
from zhulian.server.accounts.models import (
    Duty,
    EnterpriseMembership,
    Function,
    Grant,
    OrganisationUnit,
    SignInFailure,
    User,
)
from zhulian.server.accounts.sessions import sessions_end
from zhulian.server.common import clock
from zhulian.server.common.permissions import REGULATORS, Role
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import Personal, leaf_append


@writes
def unit_create(
    *, name: str, division: str, actor: str, parent: OrganisationUnit | None = None, since: dt.date | None = None
) -> OrganisationUnit:
    """Open a unit of the organisation tree."""
    unit = OrganisationUnit.objects.create(
        name=name, division_id=division, parent=parent, valid_from=since or clock.today()
    )
    leaf_append(
        action="accounts.unit.create",
        actor=actor,
        subject=f"unit:{unit.pk}",
        data={"name": name, "division": division, "parent": parent.pk if parent else None},
    )
    return unit


@writes
def user_create(
    *,
    username: str,
    password: str,
    role: Role,
    actor: str,
    name: str = "",
    unit: OrganisationUnit | None = None,
    demo: bool = False,
    password_given: bool = False,
) -> User:
    """Make an account. The password is stored as Django's salted hash only.

    `password_given`: somebody else knows it, so the first thing to do is to change it.
    """
    user = User.objects.create_user(
        username,
        password=password,
        role=role,
        unit=unit,
        first_name=name,
        demo=demo,
        password_given=password_given,
    )
    data = {"username": Personal(username), "role": role.value, "unit": unit.pk if unit else None}
    leaf_append(action="accounts.user.create", actor=actor, subject=user.actor, data=data)
    return user


@writes
def grant_create(
    *,
    function: Function,
    division: str,
    action: str,
    actor: str,
    unit: OrganisationUnit | None = None,
    user: User | None = None,
    until: dt.date = FOREVER,
    purpose: str = "",
) -> Grant:
    """Give a unit or a user an action in a division's subtree, from today until a day."""
    grant = Grant.objects.create(
        unit=unit,
        user=user,
        function=function,
        division_id=division,
        action=action,
        purpose=purpose,
        valid_from=clock.today(),
        valid_until=until,
    )
    data = {"function": function.value, "division": division, "action": action, "until": until.isoformat()}
    more = {"purpose": purpose, "grant": grant.pk}
    leaf_append(action="accounts.grant.create", actor=actor, subject=grant.holder, data=data | more)
    return grant


@writes
def grant_end(*, grant: Grant, on: dt.date, actor: str, reason: str) -> None:
    """Let a grant end: `on` is the first day on which it no longer holds."""
    row = Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
    row.valid_until = max(on, row.valid_from)
    row.save(update_fields=["valid_until"])
    data = {"on": on.isoformat(), "reason": reason, "grant": row.pk, "action": row.action, "division": row.division_id}
    leaf_append(action="accounts.grant.end", actor=actor, subject=row.holder, data=data)


@writes
def duty_set(
    *, power: str, unit: OrganisationUnit, division: str, actor: str, codes: str = "", citation: str = ""
) -> Duty:
    """Write a row of the duty table: the unit holds the power over the division from today."""
    duty = Duty.objects.create(
        power=power, unit=unit, division_id=division, codes=codes, citation=citation, valid_from=clock.today()
    )
    data = {"power": power, "division": division, "codes": codes, "citation": citation, "duty": duty.pk}
    leaf_append(action="accounts.duty.set", actor=actor, subject=f"unit:{unit.pk}", data=data)
    return duty


@writes
def membership_create(*, user: User, enterprise: int, actor: str, until: dt.date = FOREVER) -> EnterpriseMembership:
    """Let a user act for an enterprise (internal subject id)."""
    member = EnterpriseMembership.objects.create(
        user=user, enterprise=enterprise, valid_from=clock.today(), valid_until=until
    )
    data = {"enterprise": enterprise, "until": until.isoformat(), "membership": member.pk}
    leaf_append(action="accounts.membership.create", actor=actor, subject=user.actor, data=data)
    return member


@writes
def sign_in_record(*, username: str, address: str, user: User | None) -> None:
    """Keep a failed sign-in for the lock-out; a successful one clears the name's."""
    subject = user.actor if user else "user:unknown"
    if user is None:
        SignInFailure.objects.create(username=username[:150], address=address[:45], at=clock.machine_now())
    else:
        SignInFailure.objects.filter(username=username).delete()
    data = {"username": Personal(username), "address": Personal(address)}
    action = "accounts.sign_in.done" if user else "accounts.sign_in.failed"
    leaf_append(action=action, actor=subject, subject=subject, data=data)


@writes
def session_end_record(*, user: User, reason: str) -> None:
    """Keep that sessions ended before their time: `idle`, because nobody used it, or `own`, by the user elsewhere."""
    leaf_append(action="accounts.session.end", actor=user.actor, subject=user.actor, data={"reason": reason})


@writes
def session_end(*, user: User, number: int) -> None:
    """End one of one's own sessions.

    Raises:
        ZhulianError: `account.session`.
    """
    if not sessions_end(user=user, number=number):
        raise ZhulianError("account.session")
    session_end_record(user=user, reason="own")


@writes
def sessions_end_others(*, user: User, keep: str) -> None:
    """End all one's own sessions but the one with the key `keep`."""
    if sessions_end(user=user, keep=keep):
        session_end_record(user=user, reason="own")


@writes
def password_change(*, user: User, password: str, keep: str) -> None:
    """Set one's own password; all other sessions end, `keep` is the key of the one that goes on."""
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    row.set_password(password)
    row.password_given = False
    row.save(update_fields=["password", "password_given"])
    sessions_end(user=row, keep=keep)
    leaf_append(action="accounts.password.change", actor=row.actor, subject=row.actor)


@writes
def factor_record(*, user: User, kind: str, done: str, keep: str) -> None:
    """Keep that a second factor was added, removed or made anew (`done`); other sessions end."""
    sessions_end(user=user, keep=keep)
    leaf_append(action=f"accounts.factor.{done}", actor=user.actor, subject=user.actor, data={"kind": kind})


@writes
def single_sign_on_link(*, user: User, provider: str) -> None:
    """Keep that an account may be opened by single sign-on from now on."""
    leaf_append(
        action="accounts.single_sign_on.link", actor=user.actor, subject=user.actor, data={"provider": provider}
    )


_DEMO: Final = "system:demo"


@writes
def accounts_demo_create() -> tuple[DemoAccount, ...]:
    """Make the demonstration's units, grants, duties and accounts, once; all accounts, made now or before."""
    parent: OrganisationUnit | None = None
    for account in DEMO_ACCOUNTS:
        if not User.objects.filter(username=account.username).exists():
            user_create(
                username=account.username,
                password=account.password,
                role=account.role,
                name=account.name,
                unit=_demo_unit(account, parent),
                demo=True,
                actor=_DEMO,
            )
        if account.role in REGULATORS:
            parent = OrganisationUnit.objects.filter(name=account.unit).first()
    _demo_duties()
    return DEMO_ACCOUNTS


def _demo_duties() -> None:
    """The demonstration's duty table, once."""
    for name, division, power in DUTIES:
        unit = OrganisationUnit.objects.get(name=name)
        if not Duty.objects.filter(unit=unit, power=power).exists():
            duty_set(power=power, unit=unit, division=division, citation=CITATIONS[power], actor=_DEMO)


def _demo_unit(account: DemoAccount, parent: OrganisationUnit | None) -> OrganisationUnit | None:
    """The unit of a regulator with a grant of every action, in its own division, for its function."""
    if account.role not in REGULATORS:
        return None
    known: OrganisationUnit | None = OrganisationUnit.objects.filter(name=account.unit).first()
    if known is not None:
        return known
    unit = unit_create(name=account.unit, division=account.division, parent=parent, actor=_DEMO)
    grant_create(unit=unit, function=Function.MARKET, division=account.division, action="*", actor=_DEMO)
    return unit
