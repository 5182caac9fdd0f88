"""Rectifications and verifications to read: lists in scope, totals, what an officer may do with one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.db.models import Q, QuerySet

from zhulian import rulebooks
from zhulian.core.lifecycle import RECTIFICATION, VERIFICATION, Machine, Moved, actions, move
from zhulian.core.linkage import working_days_left
from zhulian.server.accounts.selectors import member_enterprises
from zhulian.server.campaigns import rectifying, verifying
from zhulian.server.campaigns.acting import may_act
from zhulian.server.campaigns.models import Evidence, Rectification, Verification
from zhulian.server.campaigns.permissions import VIEW
from zhulian.server.common import scopes
from zhulian.server.common.permissions import Role, role_of
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.decisions.selectors import Action

Row = TypeVar("Row", Rectification, Verification)

_SOON: Final = 7
"""Days ahead that the filter 「七日内到期」 looks."""
DUE: Final = (("", "不限"), ("over", "已超期"), ("soon", "七日内到期"))
MINE: Final = (("", "辖区全部"), ("unit", "本单位办理"))


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to."""

    state: str = ""
    due: str = ""
    mine: str = ""
    code: str = ""
    outcome: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.state or self.due or self.mine or self.code or self.outcome)


@dataclass(frozen=True, slots=True)
class Line(Generic[Row]):
    """A row of a list: the enterprise's name, the last day that counts and the working days that remain to it."""

    row: Row
    name: str
    due: dt.date | None
    left: int | None
    ours: bool


_LIFE: Final = {
    Rectification: ("due_on", RECTIFICATION),
    Verification: ("self_check_until", VERIFICATION),
}
"""Table → the column of its last day, its life."""
_WAITS_FOR_THEM: Final = ("ordered", "overdue", "announced")
"""States in which the enterprise has to act: only there does a day that has passed mean that it is late."""
_STARTED: Final = {Rectification: "opened_at", Verification: "listed_at"}


def rectifications(user: Any) -> QuerySet[Rectification]:
    """Those that a user may read: of the divisions granted to an officer, of his own for the enterprise's people."""
    rows = Rectification.objects.filter(_scope(user))
    return rows.select_related("unit", "restriction", "filed_by", "confirmer", "closer")


def verifications(user: Any) -> QuerySet[Verification]:
    """Those that a user may read; the enterprise's people see one from its announcement on."""
    rows = Verification.objects.filter(_scope(user))
    rows = rows.exclude(state=VERIFICATION.first) if role_of(user) is Role.ENTERPRISE else rows
    return rows.select_related("unit", "self_checked_by", "reviewer", "concluder")


def evidence(user: Any) -> QuerySet[Evidence]:
    """Files of the matters that a user may read."""
    mine = Q(rectification__in=rectifications(user).order_by().values("pk"))
    mine |= Q(verification__in=verifications(user).order_by().values("pk"))
    return Evidence.objects.filter(mine).select_related("stored", "given_by")


def _scope(user: Any) -> Q:
    if role_of(user) is Role.ENTERPRISE:
        return Q(enterprise__in=member_enterprises(user=user))
    return Q(division__in=scopes.divisions(user, VIEW))


def listed(rows: QuerySet[Row], user: Any, filters: Filters, *, today: dt.date) -> QuerySet[Row]:
    """Rows narrowed and sorted, those with the earliest last day first."""
    day, machine = _LIFE[rows.model]
    rows = rows.filter(_narrowed(machine, filters, user)).filter(_due(day, filters.due, today))
    rows = rows.filter(_verified(filters)) if rows.model is Verification else rows
    if filters.code:
        rows = rows.filter(code__startswith=filters.code.upper()[:10])
    return rows.order_by(*_order(rows.model, day, filters.sort))


def _narrowed(machine: Machine, filters: Filters, user: Any) -> Q:
    if filters.state in machine.states:
        found = Q(state=filters.state)
    else:
        found = Q() if filters.state == "all" or filters.outcome else ~Q(state__in=machine.final)
    return found & Q(unit=user.unit_id) if filters.mine == "unit" else found


def _verified(filters: Filters) -> Q:
    """What only verifications have."""
    return Q(outcome=filters.outcome) if filters.outcome else Q()


def _due(day: str, which: str, today: dt.date) -> Q:
    waiting = Q(state__in=_WAITS_FOR_THEM)
    if which == "over":
        return waiting & Q(**{f"{day}__lt": today})
    if which == "soon":
        return waiting & Q(**{f"{day}__range": (today, today + dt.timedelta(days=_SOON))})
    return Q()


def _order(model: type[Rectification | Verification], day: str, sort: str) -> tuple[str, ...]:
    columns = {"due": day, "at": _STARTED[model], "state": "state", "code": "code"}
    down, name = sort.startswith("-"), sort.removeprefix("-")
    column = columns.get(name, day)
    return (f"-{column}", "-pk") if down and name in columns else (column, "pk")


def lines(rows: Sequence[Row], user: Any, *, today: dt.date) -> list[Line[Row]]:
    """Rows of a page with names and remaining working days."""
    names, book = enterprise_names((row.enterprise for row in rows), today), rulebooks.calendar()
    out = []
    for row in rows:
        due = getattr(row, _LIFE[type(row)][0])
        left = working_days_left(today, due, book) if due and row.state in _WAITS_FOR_THEM else None
        name = names.get(row.enterprise, f"企业 {row.enterprise}")
        out.append(Line(row, name, due, left, ours=row.unit_id == user.unit_id))
    return out


def totals(rows: QuerySet[Row], user: Any, *, today: dt.date) -> Mapping[str, int]:
    """How many are open, of the user's unit, late, and wait for an officer."""
    day, machine = _LIFE[rows.model]
    still = rows.exclude(state__in=machine.final)
    return {
        "open": still.count(),
        "unit": still.filter(unit=user.unit_id).count(),
        "over": still.filter(_due(day, "over", today)).count(),
        "waiting": still.filter(state__in=("filed", "confirmed", "self_checked", "reviewed")).count(),
    }


def rectification_actions(user: Any, row: Rectification) -> list[Action]:
    """What an officer of the unit may do now, or what is missing; the reason that a form brings is taken as given."""
    return _actions(user, row, RECTIFICATION, rectifying.ACTIONS, rectifying.facts_of(row, user, "…"))


def verification_actions(user: Any, row: Verification) -> list[Action]:
    """What an officer of the unit may do now, or what is missing."""
    return _actions(user, row, VERIFICATION, verifying.ACTIONS, verifying.facts_of(row, user, "…"))


def _actions(
    user: Any, row: Rectification | Verification, machine: Machine, table: Mapping[str, str], facts: Mapping[str, bool]
) -> list[Action]:
    out = []
    for name in actions(machine, row.state):
        if name not in table or not may_act(user, row, table[name]):
            continue
        found = move(machine, row.state, name, facts)
        missing = "" if isinstance(found, Moved) else str(found.error.params.get("missing", found.error.text))
        out.append(Action(name, machine.actions[name], isinstance(found, Moved), missing))
    return out


def enterprise_waiting(user: Any, *, today: dt.date) -> list[Line[Rectification] | Line[Verification]]:
    """What the enterprise's people have to file, earliest last day first."""
    asked: list[Line[Rectification] | Line[Verification]] = []
    asked += lines(list(rectifications(user).filter(state__in=_WAITS_FOR_THEM)), user, today=today)
    asked += lines(list(verifications(user).filter(state__in=_WAITS_FOR_THEM)), user, today=today)
    return sorted(asked, key=lambda line: line.due or dt.date.max)
