"""Holds, erasure and expiry; each with a leaf that names no value. What proves stays provable."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import Q, QuerySet

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import EnterpriseMembership, SignInFailure, User
from zhulian.server.accounts.sessions import sessions_end
from zhulian.server.common import clock, files
from zhulian.server.common.models import StoredFile
from zhulian.server.common.permissions import REGULATORS, Role
from zhulian.server.common.writing import writes
from zhulian.server.exchange.models import DeliveryFile, Quarantined
from zhulian.server.notary.models import Opening
from zhulian.server.notary.opening import Purpose, begin
from zhulian.server.notary.services import leaf_append
from zhulian.server.privacy import persons, schedule
from zhulian.server.privacy.models import Hold
from zhulian.server.registry.models import Enterprise, Person

BATCH: Final = 500
"""Rows of one transaction of expiry."""


def _told(reason: str) -> str:
    told = reason.strip()[:200]
    if len(told) < 2:
        raise ZhulianError("privacy.reason")
    return told


@writes
def hold_set(*, kind: Hold.Kind, subject: int | None, reason: str, actor: str) -> Hold:
    """Keep what there is of a subject, or everything, until the hold is lifted.

    Raises:
        ZhulianError: `privacy.reason`, `privacy.subject` when there is no such subject.
    """
    told = _told(reason)
    if (kind is Hold.Kind.EVERYTHING) != (subject is None) or (subject is not None and not _there(kind, subject)):
        raise ZhulianError("privacy.subject", subject=subject or "", kind=kind.label)
    row = Hold.objects.create(kind=kind, subject=subject, reason=told, actor=actor, since=clock.now())
    leaf_append(action="privacy.hold.set", actor=actor, subject=_named(row), data={"hold": row.pk, "reason": told})
    return row


def _there(kind: Hold.Kind, subject: int) -> bool:
    known: dict[Hold.Kind, QuerySet[Any]] = {
        Hold.Kind.PERSON: Person.objects.filter(person=subject),
        Hold.Kind.ENTERPRISE: Enterprise.objects.filter(enterprise=subject),
        Hold.Kind.USER: User.objects.filter(pk=subject),
    }
    return known[kind].exists()


@writes
def hold_lift(*, hold: int, reason: str, actor: str) -> None:
    """Lift a hold.

    Raises:
        ZhulianError: `privacy.reason`, `privacy.hold`.
    """
    told = _told(reason)
    row = Hold.objects.select_for_update(no_key=True).filter(pk=hold, ended_at=None).first()
    if row is None:
        raise ZhulianError("privacy.hold")
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    leaf_append(action="privacy.hold.lift", actor=actor, subject=_named(row), data={"hold": row.pk, "reason": told})


def _named(row: Hold) -> str:
    return f"{row.kind}:{row.subject or 0}"


@writes
def person_look(*, person: int, purpose: Purpose, actor: str) -> None:
    """Record that somebody looked up what is held of a person, and what for."""
    begin(action="privacy.person.look", actor=actor, subject=f"person:{person}", purpose=purpose)


@writes
def person_erase(*, person: int, reason: str, actor: str) -> dict[str, int]:
    """Erase who a person is, in every version; how many rows of each kind (《个人信息保护法》第四十七条).

    What he did for an enterprise stays as facts about nobody in particular, so that past verdicts can be explained.
    Leaves about him can no longer be opened; their places in the tree and all proofs stay.

    Raises:
        ZhulianError: `privacy.reason`, `privacy.held`, `privacy.needed`, `privacy.none`.
    """
    told = _told(reason)
    rows = list(Person.objects.select_for_update().filter(person=person).order_by("row_id"))
    if not rows:
        raise ZhulianError("privacy.none")
    if against := persons.held(person, persons.firms_of(person)):
        raise ZhulianError("privacy.held", why="；".join(against))
    if against := persons.needed(person):
        raise ZhulianError("privacy.needed", why="；".join(against))
    waiting = [
        pk for row in rows if row.id_no is not None for pk in persons.quarantined(row).values_list("pk", flat=True)
    ]
    done = {
        "versions": len(rows),
        "quarantined": _raw_clear(Quarantined.objects.filter(pk__in=waiting)),
        "openings": persons.openings(person).delete()[0],
        "identities": _identities_forget(person),
    }
    for row in rows:
        row.name, row.id_no, row.phone, row.birth_on, row.sex = persons.ERASED, None, None, None, None
        row.save(update_fields=["name", "id_no", "id_no_index", "phone", "phone_index", "birth_on", "sex"])
    leaf_append(
        action="privacy.person.erase", actor=actor, subject=f"person:{person}", data={"reason": told, "erased": done}
    )
    return done


def _identities_forget(person: int) -> int:
    rows = list(persons.identities(person))
    for row in rows:
        row.value, row.active = f"erased:{uuid.uuid4()}", False
        row.save(update_fields=["value", "active"])
    return len(rows)


def _raw_clear(rows: QuerySet[Quarantined]) -> int:
    found = list(rows)
    for row in found:
        row.raw = None
        row.save(update_fields=["raw"])
    return len(found)


@writes
def account_erase(*, user: User, reason: str, by: User) -> None:
    """Erase who a closed account of an enterprise or of the public was. Officers' accounts stay: they answer for acts.

    Raises:
        ZhulianError: `privacy.reason`, `privacy.account`, `privacy.held`.
    """
    told = _told(reason)
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    name = row.get_full_name() or row.username
    if row.is_active:
        raise ZhulianError("privacy.account", name=name, why="账号在用")
    if row.role in REGULATORS | {Role.ADMINISTRATOR} or row.demo:
        raise ZhulianError("privacy.account", name=name, why="工作人员或者演示账号")
    firms = EnterpriseMembership.objects.filter(user=row).values("enterprise")
    standing = Q(kind=Hold.Kind.USER, subject=row.pk) | Q(kind=Hold.Kind.ENTERPRISE, subject__in=firms)
    holds = Hold.objects.filter(standing | Q(kind=Hold.Kind.EVERYTHING), ended_at=None)
    if against := list(holds.values_list("reason", flat=True)):
        raise ZhulianError("privacy.held", why="；".join(against))
    sessions_end(user=row)
    Authenticator.objects.filter(user=row).delete()
    SocialAccount.objects.filter(user=row).delete()
    SignInFailure.objects.filter(username=row.username).delete()
    openings, _ = Opening.objects.filter(Q(leaf__subject=row.actor) | Q(leaf__actor=row.actor)).delete()
    row.username, row.first_name, row.last_name, row.email = f"erased-{row.pk}", persons.ERASED, "", ""
    row.set_unusable_password()
    row.save(update_fields=["username", "first_name", "last_name", "email", "password"])
    data = {"reason": told, "openings": openings}
    leaf_append(action="privacy.account.erase", actor=by.actor, subject=row.actor, data=data)


@writes
def expire(*, rule: schedule.Rule, now: dt.datetime, actor: str) -> int:
    """Let up to `BATCH` rows of a kind go whose time is over; how many. Nothing goes while everything is held."""
    if rule.days is None or Hold.objects.filter(kind=Hold.Kind.EVERYTHING, ended_at=None).exists():
        return 0
    due = rule.kind.rows(now - dt.timedelta(days=rule.days))
    numbers = list(_unheld(rule.kind.id, due).order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not numbers:
        return 0
    rows = due.filter(pk__in=numbers)
    if rule.kind.id == "originals":
        _files_forget(rows)
    elif rule.kind.id == "quarantined":
        _raw_clear(rows)
    else:
        rows.delete()
    data = {"kind": rule.kind.id, "rows": len(numbers), "days": rule.days, "basis": rule.basis}
    leaf_append(action="privacy.schedule.expire", actor=actor, subject="schedule:1", data=data)
    return len(numbers)


def _unheld(kind: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows that no hold of a subject protects, where the kind names subjects at all."""
    if kind != "openings":
        return rows
    standing = Hold.objects.filter(ended_at=None).exclude(kind=Hold.Kind.EVERYTHING).values_list("kind", "subject")
    names = [f"{of}:{subject}" for of, subject in standing]
    return rows.exclude(leaf__subject__in=names).exclude(leaf__actor__in=names)


def _files_forget(rows: QuerySet[DeliveryFile]) -> None:
    """Unlink originals from their deliveries; a content goes when no delivery has it any more, after the commit."""
    stored = set(rows.values_list("stored", flat=True))
    rows.update(stored=None)
    still = set(DeliveryFile.objects.filter(stored__in=stored).values_list("stored", flat=True))
    gone = StoredFile.objects.filter(pk__in=stored - still)
    digests = list(gone.values_list("sha256", flat=True))
    gone.delete()

    def unlink() -> None:
        for digest in digests:
            files.place(digest).unlink(missing_ok=True)

    transaction.on_commit(unlink)
