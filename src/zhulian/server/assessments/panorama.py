"""The enterprise panorama (企业全景) as values: tabs with counts, sheets of facts, history, sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, Q

from zhulian.core import rules
from zhulian.core.kernel.dates import BEGINNING, STILL_KNOWN, from_micros, micros
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.tables import table
from zhulian.server.assessments import facts, selectors, verification
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.reasons import is_weak, missing_sentence, shortfall_sentence
from zhulian.server.registry.models import Source

HISTORY: Final = 100
"""Entries of the change history shown, newest first."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its tables become sheets; without tables it has a body of its own."""

    slug: str
    label: str
    tables: tuple[str, ...] = ()


TABS: Final = (
    Tab("qualifications", "资质", ("qualification",)),
    Tab("permits", "安许证", ("safety_permit",)),
    Tab(
        "people",
        "人员",
        ("registration", "title", "post_certificate", "safety_certificate", "skill", "insurance", "officer"),
    ),
    Tab("works", "项目与业绩", ("work", "project", "participation")),
    Tab("sites", "现场", ("permit", "appointment", "person_lock", "hazard", "accident")),
    Tab("contracts", "合同与投标", ("contract", "bid")),
    Tab("credit", "处罚与信用", ("credit_record",)),
    Tab("finance", "财务与设备", ("finance", "equipment")),
    Tab("timeline", "时间线"),
    Tab("history", "变更史"),
    Tab("sources", "来源与时效"),
)
TABLES: Final = tuple(name for tab in TABS for name in tab.tables)
CHANGING: Final = ("enterprise", "qualification", "safety_permit", "finance", "officer", "registration", "equipment")
"""Tables whose past rows make the change history."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A qualification with its verdict: one line of the first tab."""

    code: str
    name: str
    verdict: Verdict
    sentence: str
    weak: bool
    document: str
    next_critical_on: dt.date | None
    certificate_no: str
    status: str
    authority: str
    issued_on: dt.date | None
    valid_until: dt.date | None
    days_left: int | None
    source: str
    received_at: dt.datetime | None

    @property
    def standing(self) -> str:
        """The verdict as lists show it."""
        return selectors.standing(self.verdict.value, self.document)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What we hold of a table: how many rows, from which feeds, and since when; whether absence means none."""

    label: str
    rows: int
    feeds: tuple[str, ...]
    recorded_at: dt.datetime | None
    complete: bool | None


def tab_of(slug: str | None) -> Tab:
    """The tab of an address; an unknown one is the first."""
    return next((tab for tab in TABS if tab.slug == slug), TABS[0])


def counts(enterprise: int, moment: Moment) -> dict[str, int]:
    """Rows of every table that concern an enterprise at a moment."""
    return {name: facts.facts_of(name, enterprise=enterprise, moment=moment).count() for name in TABLES}


def holdings(enterprise: int, moment: Moment) -> list[Holding]:
    """Everything held with its verdict, most urgent first."""
    papers: dict[str, Any] = {}
    for row in facts.facts_of("qualification", enterprise=enterprise, moment=moment).order_by("valid_until"):
        papers.setdefault(row.code, row)
    sources = _sources(papers.values())
    found = [_holding(a, papers.get(a.code), sources, moment) for a in verification.assess_all(enterprise, moment)]
    order = [standing for standing, _ in selectors.STANDINGS]
    return sorted(found, key=lambda h: (order.index(h.standing), h.code))


def _holding(found: rules.Assessment, paper: Any, sources: Mapping[int, Source], moment: Moment) -> Holding:
    source = sources.get(paper.source_id) if paper else None
    until = paper.valid_until if paper else None
    return Holding(
        code=found.code,
        name=verification.code_name(found.code),
        verdict=found.verdict,
        sentence=shortfall_sentence(found.reason) or missing_sentence(found.reason),
        weak=is_weak(found.reason),
        document=verification.document_of(found.code, found.rule_version),
        next_critical_on=found.next_critical_on,
        certificate_no=(paper and paper.certificate_no) or "",
        status=(paper and paper.status) or "",
        authority=(paper and paper.authority) or "",
        issued_on=paper.issued_on if paper else None,
        valid_until=until,
        days_left=(until - moment.as_of).days if until else None,
        source=str(source) if source else "",
        received_at=from_micros(source.received_at) if source else None,
    )


def permit(enterprise: int, moment: Moment) -> Any | None:
    """The safety permit that runs longest at a moment."""
    rows = facts.facts_of("safety_permit", enterprise=enterprise, moment=moment)
    return rows.order_by("-valid_until", "row_id").first()


def history(enterprise: int, moment: Moment, *, names_open: bool) -> list[facts.FactRow]:
    """Facts that began, ended or were corrected, by when we recorded them and when they held, newest first."""
    out: list[facts.FactRow] = []
    for name in CHANGING:
        rows = facts.rows_of(name).filter(_recorded(moment), enterprise=enterprise)
        changed = rows.filter(Q(fact_from__gt=BEGINNING) | Q(superseded_at__lt=STILL_KNOWN))
        newest = list(changed.order_by("-recorded_at", "-fact_from")[:HISTORY])
        out += facts.fact_rows(name, newest, facts.shown_columns(name), moment, names_open=names_open)
    out.sort(key=lambda row: (row.recorded_at, row.fact_from or BEGINNING), reverse=True)
    return out[:HISTORY]


def _recorded(moment: Moment) -> Q:
    """Rows recorded by then, superseded or not."""
    return Q(recorded_at__lte=micros(moment.known_at)) if moment.known_at else Q()


def sources(enterprise: int, region: str | None, moment: Moment) -> list[Freshness]:
    """Per table what we hold, from where, how fresh, and whether its feed says that it is complete."""
    complete = _coverage(enterprise, region, moment)
    out = []
    for name in TABLES:
        rows = facts.facts_of(name, enterprise=enterprise, moment=moment).order_by()
        held = rows.aggregate(rows=Count("row_id"), latest=Max("recorded_at"))
        feeds = Source.objects.filter(pk__in=rows.values("source_id")).order_by("feed").values_list("feed", flat=True)
        latest = from_micros(held["latest"]) if held["latest"] else None
        out.append(Freshness(table(name).label, held["rows"], tuple(feeds.distinct()), latest, complete.get(name)))
    return out


def _coverage(enterprise: int, region: str | None, moment: Moment) -> dict[str, bool]:
    """Table → whether coverage that applies to the enterprise on the day is complete."""
    divisions = [region[:2] + "0000", region[:4] + "00", region] if region else []
    everyone = Q(enterprise__isnull=True, division__isnull=True)
    applies = Q(enterprise=enterprise) | Q(division__in=divisions) | everyone
    day = Q(period_from__lte=moment.as_of) & (Q(period_until__isnull=True) | Q(period_until__gte=moment.as_of))
    rows = facts.rows_of("coverage").filter(moment.known(), applies, day)
    out: dict[str, bool] = {}
    for name, complete in rows.order_by().values_list("table_name", "complete"):
        out[name] = out.get(name, False) or bool(complete)
    return out


def _sources(rows: Any) -> dict[int, Source]:
    return {s.pk: s for s in Source.objects.filter(pk__in={r.source_id for r in rows if r.source_id})}
