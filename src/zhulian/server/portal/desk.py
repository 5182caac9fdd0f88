"""The work desk: what waits for whoever is signed in. Every number opens the list behind it; empty sections fold."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhulian.core.kernel.dates import from_micros
from zhulian.core.kernel.verdicts import Verdict
from zhulian.server.accounts import selectors as accounts
from zhulian.server.advice import selectors as advice
from zhulian.server.assessments import selectors as assessments
from zhulian.server.assessments.models import Assessment
from zhulian.server.common.permissions import REGULATORS, Role, allowed, role_of
from zhulian.server.exchange import selectors as exchange
from zhulian.server.exchange.models import Delivery
from zhulian.server.exchange.permissions import VIEW as DELIVERIES
from zhulian.server.portal import selectors as portal
from zhulian.server.registry import selectors as registry
from zhulian.server.worklist import morning
from zhulian.server.worklist.permissions import VIEW as WORKLIST

EXPIRY_STEPS: Final = (30, 60, 90)
LATEST: Final = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit and the list behind it. `state` colours it where the number is one of a state."""

    label: str
    count: int
    url: str
    state: str = ""
    unit: str = "项"


@dataclass(frozen=True, slots=True)
class Section:
    """Figures under one heading; one whose numbers are all zero is folded."""

    title: str
    note: str
    figures: tuple[Figure, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do here."""
        return not any(figure.count for figure in self.figures)


@dataclass(frozen=True, slots=True)
class Latest:
    """A qualification that fell short lately, for the short list on the desk."""

    enterprise: int
    name: str
    code: str
    shortfall: str
    since: dt.date


@dataclass(frozen=True, slots=True)
class Own:
    """An enterprise user's own enterprise: its public state and the verdicts that its regulator sees."""

    profile: portal.Profile
    verdicts: tuple[Assessment, ...]
    unruled: tuple[Assessment, ...]
    """Held, but no standard is in the rulebooks: nothing for the enterprise to do."""
    expiring: tuple[Figure, ...] = ()
    """Papers that run out within 7, 15, 30, 60, 90 days, each step including the one before."""

    @property
    def dated(self) -> tuple[tuple[Assessment, portal.Certificate | None], ...]:
        """Each verdict with the certificate it is about."""
        papers = {paper.code: paper for paper in self.profile.qualifications}
        return tuple((row, papers.get(row.code)) for row in self.verdicts)

    @property
    def tally(self) -> tuple[tuple[str, int], ...]:
        """How many of each standing, most urgent first, without zeros."""
        counted = Counter(row.verdict for row in self.verdicts) + Counter({assessments.UNRULED: len(self.unruled)})
        return tuple((standing, counted[standing]) for standing, _ in assessments.STANDINGS if counted[standing])


@dataclass(frozen=True, slots=True)
class Desk:
    """The morning, figures and the latest shortfalls for a regulator; enterprises for an enterprise user."""

    parts: tuple[morning.Part, ...] = ()
    """What waits, in the order of the morning."""
    sections: tuple[Section, ...] = ()
    latest: tuple[Latest, ...] = ()
    own: tuple[Own, ...] = ()


def of(user: Any, *, today: dt.date) -> Desk:
    """The desk of a user."""
    role = role_of(user)
    if role is Role.ENTERPRISE:
        return Desk(own=_own(user, today))
    judged = (_verdicts(user, today), _expiring(user, today)) if role in REGULATORS else ()
    fed = (_deliveries(user),) if allowed(user, DELIVERIES) else ()
    parts = tuple(morning.parts(user, today=today)) if allowed(user, WORKLIST) else ()
    return Desk(parts=parts, sections=(*judged, *fed), latest=_latest(user, today) if judged else ())


def may_open(user: Any, enterprise: int) -> bool:
    """Whether the user may go on from the public page of an enterprise to its assessments."""
    return user.is_authenticated and assessments.may_see(user, enterprise)


def _list(query: Mapping[str, object]) -> str:
    return f"{reverse('assessments:list')}?{urlencode(query)}"


def _verdicts(user: Any, today: dt.date) -> Section:
    """What the last assessment of everybody in scope says."""
    totals = assessments.totals(assessments.listed(user, assessments.Filters(), today=today))
    run = assessments.last_run()
    figures = [Figure(label, totals[v], _list({"verdict": v}), v) for v, label in assessments.STANDINGS]
    enterprises = registry.enterprises_listed(user, registry.Filters(), today=today).count()
    return Section(
        title=_("资质核查"),
        note=_("核查日 %s") % run.as_of if run else _("还没有全量核查"),
        figures=(
            *figures,
            Figure(_("资质合计"), totals["pairs"], reverse("assessments:list")),
            Figure(_("辖区企业"), enterprises, reverse("registry:enterprises"), unit=_("户")),
        ),
    )


def _expiring(user: Any, today: dt.date) -> Section:
    """Qualification certificates that run out soon, each step including the one before."""
    figures = []
    for days in EXPIRY_STEPS:
        rows = assessments.listed(user, assessments.Filters(expiring=str(days)), today=today)
        figures.append(Figure(_("%d 天内") % days, rows.count(), _list({"expiring": days})))
    return Section(_("资质证书到期"), _("今天起计算，含今天"), tuple(figures))


def _deliveries(user: Any) -> Section:
    """What was handed in and waits: for the machine, or for somebody to correct records."""
    rows = exchange.listed(user, exchange.Filters())
    totals, states = exchange.totals(rows), Delivery.State

    def figure(label: Any, count: int, state: str, unit: str) -> Figure:
        return Figure(str(label), count, f"{reverse('exchange:list')}?{urlencode({'state': state})}", unit=unit)

    newest = rows.first()
    return Section(
        title=_("数据归集"),
        note=_("最近一批 %(number)s，%(day)s")
        % {"number": newest.number, "day": timezone.localtime(newest.received_at).date()}
        if newest
        else "",
        figures=(
            figure(_("待更正的隔离记录"), totals["open"], states.PARTLY, _("条")),
            *(
                figure(state.label, rows.filter(state=state).count(), state, _("批"))
                for state in (states.FAILED, states.RUNNING)
            ),
            Figure(_("批次合计"), totals["count"], reverse("exchange:list"), unit=_("批")),
        ),
    )


def _latest(user: Any, today: dt.date) -> tuple[Latest, ...]:
    """What fell short last, newest first."""
    rows = assessments.listed(user, assessments.Filters(verdict=Verdict.SHORT.value), today=today)
    return tuple(
        Latest(row.enterprise, row.enterprise_name or "", row.code, row.shortfall, from_micros(row.recorded_at).date())
        for row in rows.order_by("-recorded_at", "pk")[:LATEST]
    )


_URGENCY: Final = {standing: rank for rank, (standing, _) in enumerate(assessments.STANDINGS)}


def _own(user: Any, today: dt.date) -> tuple[Own, ...]:
    out = []
    for row in accounts.member_enterprises(user=user):
        profile = portal.profile_of(row["enterprise"], today=today)
        if profile is not None:
            rows = list(assessments.verdicts_of(row["enterprise"]))
            judged = sorted((r for r in rows if r.rule_version), key=lambda r: (_URGENCY[r.verdict], r.code))
            unruled = tuple(r for r in rows if not r.rule_version)
            out.append(Own(profile, tuple(judged), unruled, _own_expiring(row["enterprise"], today)))
    return tuple(out)


def _own_expiring(enterprise: int, today: dt.date) -> tuple[Figure, ...]:
    address = reverse("advice:expiring", args=[enterprise])
    counts = advice.expiring_counts(enterprise, today=today)
    return tuple(
        Figure(_("%d 天内") % days, count, f"{address}?{urlencode({'days': days})}") for days, count in counts.items()
    )
