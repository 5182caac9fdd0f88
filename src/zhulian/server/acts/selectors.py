"""Undertakings to read: those in scope, what may be done with one of them, what the public may know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from zhulian import rulebooks
from zhulian.core.lifecycle import UNDERTAKING, Moved, actions, move
from zhulian.core.linkage import working_days_left
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.acts import undertaking
from zhulian.server.acts.models import Undertaking
from zhulian.server.acts.permissions import VIEW
from zhulian.server.common import scopes
from zhulian.server.common.permissions import Role, allowed, role_of
from zhulian.server.common.rows import unrestricted
from zhulian.server.decisions.models import Document, Service
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.decisions.permissions import HANDLE
from zhulian.server.decisions.selectors import Action
from zhulian.server.registry.models import Identity

OPEN: Final = tuple(state for state in UNDERTAKING.states if state not in UNDERTAKING.final)
SORTS: Final[Mapping[str, tuple[Any, ...]]] = {
    "due": (F("due_on").asc(nulls_last=True), "pk"),
    "-due": (F("due_on").desc(nulls_last=True), "-pk"),
    "at": ("opened_at", "pk"),
    "-at": ("-opened_at", "-pk"),
    "state": ("state", "pk"),
    "-state": ("-state", "-pk"),
}
STEP_WORDS: Final = {**UNDERTAKING.actions, "open": "立项", "answer": "企业报送办理情况"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to."""

    kind: str = ""
    state: str = ""
    enterprise: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.kind or self.state or self.enterprise)

    @property
    def of(self) -> int | None:
        """The enterprise that the list is about, where it is narrowed to one."""
        return (
            int(self.enterprise)
            if self.enterprise.isascii() and self.enterprise.isdecimal() and len(self.enterprise) < 19
            else None
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One undertaking with the enterprise's name and the working days that remain; None: no last day, or over."""

    row: Undertaking
    name: str
    left: int | None


def undertakings(user: Any) -> QuerySet[Undertaking]:
    """Those that a user may read: an officer's unit's and divisions'; an enterprise's own, but no 领导交办."""
    rows = Undertaking.objects.select_related("unit", "from_unit", "giver", "holder", "reporter", "closer", "proposal")
    if not allowed(user, VIEW):
        return rows.none()
    if role_of(user) is Role.ENTERPRISE:
        return rows.filter(scopes.enterprises(user, VIEW)).exclude(kind=Undertaking.Kind.ASSIGN)
    ours = Q(unit=user.unit_id) | Q(from_unit=user.unit_id) if user.unit_id else scopes.NOBODY
    return rows.filter(Q(division__in=scopes.divisions(user, VIEW)) | ours)


def listed(user: Any, filters: Filters) -> QuerySet[Undertaking]:
    """The list, earliest last day first."""
    rows = undertakings(user)
    rows = rows.filter(kind=filters.kind) if filters.kind else rows
    rows = rows.filter(enterprise=filters.of) if filters.of is not None else rows
    rows = rows.filter(state=filters.state) if filters.state in UNDERTAKING.states else rows
    rows = rows.filter(state__in=OPEN) if filters.state == "" else rows
    return rows.order_by(*SORTS.get(filters.sort, SORTS["due"]))


def lines(rows: Sequence[Undertaking], *, today: dt.date) -> list[Line]:
    """Rows of a page with names and remaining working days."""
    names, book = enterprise_names((row.enterprise for row in rows), today), rulebooks.calendar()
    return [
        Line(
            row,
            names.get(row.enterprise, f"企业 {row.enterprise}"),
            working_days_left(today, row.due_on, book) if row.due_on and row.ended_at is None else None,
        )
        for row in rows
    ]


def actions_of(user: Any, row: Undertaking) -> list[Action]:
    """What an officer may do now, or what is missing; the text that a form brings is taken as given."""
    out = []
    for name in actions(UNDERTAKING, row.state):
        if not undertaking.may_act(user, row, name):
            continue
        found = move(UNDERTAKING, row.state, name, undertaking.facts_of(row, user, "…"))
        missing = "" if isinstance(found, Moved) else str(found.error.params.get("missing", found.error.text))
        out.append(Action(name, UNDERTAKING.actions[name], isinstance(found, Moved), missing))
    return out


def papers(row: Undertaking) -> QuerySet[Document]:
    """The documents behind it, oldest first."""
    return (
        Document.objects.filter(proposal=row.proposal_id).order_by("pk") if row.proposal_id else Document.objects.none()
    )


def public_undertakings(enterprise: int) -> tuple[Undertaking, ...]:
    """挂牌督办 that the public sees: from the service of its document until it is closed or taken back."""
    decided = Service.objects.filter(document__kind=Document.Kind.DECISION, state=Service.State.DONE)
    rows = Undertaking.objects.filter(enterprise=enterprise, kind=Undertaking.Kind.SUPERVISE, state__in=OPEN)
    shown = rows.filter(proposal__in=decided.values("document__proposal")).select_related("unit").order_by("-pk")
    with unrestricted("a served 挂牌督办 is public, the proposal and the service behind it are not"):
        return tuple(shown)


def enterprise_of(user: Any, uscc: str) -> int | None:
    """The enterprise of a credit code, if it is in the officer's view."""
    found = Identity.objects.filter(subject_kind="enterprise", kind="uscc", value=uscc, active=True)
    return (
        found.filter(scopes.enterprises(user, HANDLE, field="subject_id")).values_list("subject_id", flat=True).first()
    )


def uscc_of(enterprise: int) -> str:
    """Its credit code; empty where it has none."""
    found = Identity.objects.filter(subject_kind="enterprise", kind="uscc", subject=enterprise, active=True)
    return found.values_list("value", flat=True).first() or ""


def project_of(code: str) -> int | None:
    """The project of a project code."""
    found = Identity.objects.filter(subject_kind="project", value=code, active=True)
    return found.values_list("subject_id", flat=True).first()


def units_below(user: Any) -> QuerySet[OrganisationUnit]:
    """To whom a leader may give a matter: the own unit and those directly below it."""
    return OrganisationUnit.objects.filter(Q(pk=user.unit_id) | Q(parent=user.unit_id)).order_by("pk")


def officers(user: Any) -> QuerySet[User]:
    """People of those units."""
    return User.objects.filter(unit__in=units_below(user), is_active=True).select_related("unit").order_by("unit", "pk")
