"""What the linkage ledger is narrowed to: direction, result, division, period, overdue, open or ended. One place."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet

from zhulian.core.kernel.codes import division_name, divisions
from zhulian.core.kernel.dates import parse_date
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import OBLIGATION, PROPOSAL
from zhulian.core.linkage import EVENT_TYPES, Domain
from zhulian.server.accounts.models import DivisionClosure
from zhulian.server.accounts.selectors import grants_for
from zhulian.server.common import scopes
from zhulian.server.common.permissions import allowed
from zhulian.server.decisions.models import Proposal, Restriction
from zhulian.server.linkage.models import Flag, Judged, Obligation
from zhulian.server.linkage.permissions import VIEW

FIRED: Final = (
    ("", "触发的"),
    ("no", "没有触发的"),
    ("unknown", "数据不足的"),
    ("history", "补录的历史事项"),
    ("all", "全部"),
)
"""What of the judgements is listed: "why", and "why not"."""
STATES: Final = (("", "全部"), ("open", "未了结"), ("overdue", "有超期的"), ("ended", "已了结"))


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for; what cannot be read counts as not asked."""

    domain: str = ""
    fired: str = ""
    state: str = ""
    division: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    enterprise: int | None = None
    event: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed."""
        return self != Filters()

    def query(self, **changes: object) -> str:
        """The address of the same with changes, without `?`."""
        pairs = {
            "domain": self.domain,
            "fired": self.fired,
            "state": self.state,
            "division": self.division,
            "since": self.since,
            "until": self.until,
            "enterprise": self.enterprise,
            "event": self.event,
        } | changes
        return urlencode({name: value for name, value in pairs.items() if value not in (None, "")})


def filters_from(params: Mapping[str, str]) -> Filters:
    """The filters of an address."""
    enterprise = params.get("enterprise", "")
    return Filters(
        domain=_option(params, "domain", set(Domain)),
        fired=_option(params, "fired", dict(FIRED)),
        state=_option(params, "state", dict(STATES)),
        division=_digits(params.get("division", ""), 6),
        since=_day(params.get("since", "")),
        until=_day(params.get("until", "")),
        enterprise=int(enterprise) if _digits(enterprise, 18) else None,
        event=_event(params.get("event", "")),
    )


def _option(params: Mapping[str, str], name: str, known: Any) -> str:
    value = params.get(name, "")
    return value if value in known else ""


def _digits(text: str, longest: int) -> str:
    return text if text.isascii() and text.isdecimal() and len(text) <= longest else ""


def _event(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text) if text else None
    except ZhulianError:
        return None


def divisions_of(user: Any) -> list[tuple[str, str]]:
    """The divisions a user may narrow to: those granted to him and what lies directly below, by code."""
    tops = set(grants_for(user=user, action=VIEW).order_by().values_list("division", flat=True))
    known = divisions()
    return [(code, division_name(code)) for code, one in known.items() if code in tops or one.parent in tops]


def judged(user: Any, filters: Filters, *, today: dt.date) -> QuerySet[Judged]:
    """Judgements about enterprises in the user's view, newest first."""
    rows = narrowed(Judged.objects.all(), user, filters)
    rows = rows.filter(_domain(filters.domain)) if filters.domain else rows
    rows = rows.filter(period("on", filters))
    rows = rows.filter(event=filters.event) if filters.event else rows
    if filters.fired == "":
        rows = rows.exclude(effects=[])
    elif filters.fired == "no":
        rows = rows.filter(effects=[]).exclude(verdict="unknown")
    elif filters.fired == "unknown":
        rows = rows.filter(verdict="unknown")
    elif filters.fired == "history":
        rows = rows.filter(border__isnull=False)
    if filters.state == "overdue":
        rows = rows.filter(_late(today))
    elif filters.state == "open":
        rows = rows.filter(_waiting())
    elif filters.state == "ended":
        rows = rows.exclude(effects=[]).exclude(_waiting())
    return rows.order_by("-at", "-pk")


def narrowed(rows: QuerySet[Any], user: Any, filters: Filters) -> QuerySet[Any]:
    """Rows with an `enterprise` that the user may see, in the division and of the enterprise asked for."""
    if not allowed(user, VIEW):
        return rows.none()
    rows = rows.filter(scopes.enterprises(user, VIEW))
    if filters.division:
        below = DivisionClosure.objects.filter(ancestor=filters.division).values("descendant")
        rows = rows.filter(scopes.within(below))
    return rows if filters.enterprise is None else rows.filter(enterprise=filters.enterprise)


def types_of(domain: str) -> list[str]:
    """Event types of a part of the loop."""
    return [name for name, kind in EVENT_TYPES.items() if kind.domain == domain]


def _domain(domain: str) -> Q:
    return Q(event_type__in=types_of(domain))


def period(column: str, filters: Filters) -> Q:
    """Rows whose day lies in the period asked for."""
    out = Q()
    if filters.since:
        out &= Q(**{f"{column}__gte": filters.since})
    if filters.until:
        out &= Q(**{f"{column}__lte": filters.until})
    return out


def _same(rows: QuerySet[Any]) -> Exists:
    """Whether a judgement made a row of these."""
    return Exists(rows.filter(event=OuterRef("event"), rule=OuterRef("rule")))


def _waiting() -> Q:
    """Something that followed still waits or binds."""
    bound = Restriction.objects.filter(
        ended_on=None, proposal__event=OuterRef("event"), proposal__rule=OuterRef("rule")
    )
    return (
        Q(_same(Flag.objects.filter(ended_at=None)))
        | Q(_same(Obligation.objects.exclude(state__in=OBLIGATION.final)))
        | Q(_same(Proposal.objects.exclude(state__in=PROPOSAL.final)))
        | Q(Exists(bound))
    )


def _late(today: dt.date) -> Q:
    """Something that followed is past its day and not done."""
    running = Obligation.objects.exclude(state__in=(*OBLIGATION.final, "paused"))
    obligations = running.filter(due_on__lt=today)
    proposals = Proposal.objects.exclude(state__in=PROPOSAL.final).filter(due_on__lt=today)
    return Q(_same(obligations)) | Q(_same(proposals))
