"""What the public may know of an enterprise: open columns only, no verdicts, no flags, no persons' names.

A flag has no legal effect and concerns the enterprise and its regulator (mission.md, promise 1), so nothing here
reads assessments. The legal representative's name is masked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator

from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.kernel.dates import BEGINNING, FOREVER, from_micros
from zhulian.core.kernel.identifiers import mask_name
from zhulian.core.kernel.text import squash
from zhulian.core.tables import INDICATORS
from zhulian.server.assessments.quantities import quantity
from zhulian.server.common import search
from zhulian.server.portal.masking import project_name
from zhulian.server.registry.merging.selectors import member_names, survivor_of
from zhulian.server.registry.models import (
    Enterprise,
    Identity,
    PostCertificate,
    Project,
    Qualification,
    Registration,
    SafetyCertificate,
    SafetyPermit,
    Skill,
    Source,
    SubjectKind,
    Work,
)

PAGE: Final = 20
WORKS_SHOWN: Final = 10
ENDED: Final = ("降级", "撤回", "撤销", "吊销", "注销")
"""States that fold away on the page; one that ran out stays in sight, because it may be renewed."""
EXPIRED: Final = "过期"
REGISTERED: Final = {"active": "存续", "cancelled": "已注销", "revoked": "已吊销"}
STAFF: Final = (Registration, PostCertificate, SafetyCertificate, Skill)
"""Tables that tie a person to an enterprise; a person in several is one person."""


@dataclass(frozen=True, slots=True)
class Result:
    """One enterprise found. `matched` says why when its present name does not show it."""

    key: str
    name: str
    region: str
    status: str
    qualifications: tuple[str, ...]
    matched: str


def found(query: str, *, page: int, today: dt.date) -> Page[Result]:
    """Enterprises that match a query, best first, at most `search.CANDIDATES`."""
    hits = search.search(query, [SubjectKind.ENTERPRISE.value], limit=search.CANDIDATES)
    pages: Paginator[Any] = Paginator(hits, PAGE)
    number = pages.get_page(page).number
    shown = hits[(number - 1) * PAGE : number * PAGE]
    return Page(_results(shown, today), number, pages)


def _results(hits: Sequence[search.Hit], today: dt.date) -> list[Result]:
    ids = [hit.subject for hit in hits]
    history = list(Enterprise.objects.known().filter(enterprise__in=ids).order_by("fact_from"))
    rows = {row.enterprise: row for row in _latest(history, today)}
    names = {squash(row.name): row.name for row in history}
    merged = (name for found_names in member_names(ids).values() for name in found_names)
    also = {squash(name): f"也称 {name}" for name in merged if squash(name) not in names}
    held: dict[int, list[str]] = {}
    for row in Qualification.objects.at(today).filter(enterprise__in=ids).order_by("code"):
        if _status(row.status, row.valid_until, today) not in (*ENDED, EXPIRED):
            held.setdefault(row.enterprise, []).append(row.code)
    return [
        Result(
            key=key_of(rows[hit.subject]),
            name=rows[hit.subject].name,
            region=rows[hit.subject].region or "",
            status=REGISTERED.get(rows[hit.subject].status or "", ""),
            qualifications=tuple(dict.fromkeys(held.get(hit.subject, ()))),
            matched=also.get(hit.matched) or _why(hit, rows[hit.subject], names.get(hit.matched, "")),
        )
        for hit in hits
        if hit.subject in rows
    ]


def _latest(rows: Iterable[Enterprise], today: dt.date) -> list[Enterprise]:
    """For each enterprise the row of today, else the last one before, else the first one to come."""
    best: dict[int, Enterprise] = {}
    for row in rows:
        known = best.get(row.enterprise)
        if known is None or _nearness(row, today) > _nearness(known, today):
            best[row.enterprise] = row
    return list(best.values())


def _nearness(row: Enterprise, today: dt.date) -> tuple[bool, dt.date]:
    return row.fact_from <= today < row.fact_until, row.fact_until


def _why(hit: search.Hit, row: Enterprise, name: str) -> str:
    """What matched, when the list does not show it: a former name, a credit code, initials or a certificate number.

    `name` is the name whose search form matched, empty when it was no name.
    """
    if name:
        return "" if name == row.name else f"曾用名 {name}"
    if hit.matched == row.uscc:
        return f"统一社会信用代码 {hit.matched}"
    is_code = any(character.isdigit() for character in hit.matched)
    return f"证书编号 {hit.matched}" if is_code else f"拼音首字母 {hit.matched}"


def key_of(row: Enterprise) -> str:
    """What its address calls an enterprise: the credit code, else our number for a provisional subject."""
    return row.uscc or str(row.enterprise)


def subject_of(key: str) -> int | None:
    """The enterprise behind an address, if there is one."""
    if key.isdecimal() and len(key) < 18:  # a credit code has 18 characters (GB 32100)
        rows = Enterprise.objects.known().filter(enterprise=survivor_of(int(key)))
        return rows.values_list("enterprise", flat=True).first()
    identities = Identity.objects.filter(
        subject_kind=SubjectKind.ENTERPRISE, kind="uscc", value=key.upper(), active=True
    )
    return identities.values_list("subject_id", flat=True).first()


@dataclass(frozen=True, slots=True)
class Freshness:
    """Where rows came from and when the newest of them arrived; empty name: not registered."""

    name: str = ""
    at: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A qualification or a permit as the public sees it."""

    name: str
    code: str
    number: str
    status: str
    since: dt.date | None
    valid_until: dt.date | None
    days_left: int | None
    authority: str
    granted_how: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class PublicWork:
    """One finished work with its indicators in words."""

    number: str
    project: str
    completed_on: dt.date | None
    accepted: bool | None
    indicators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The public page of an enterprise."""

    subject: int
    key: str
    name: str
    uscc: str
    former_names: tuple[tuple[str, dt.date | None], ...]
    legal_representative: str
    region: str
    address: str
    kind: str
    status: str
    established_on: dt.date | None
    registered_capital: str
    qualifications: tuple[Certificate, ...]
    ended: tuple[Certificate, ...]
    permits: tuple[Certificate, ...]
    people: int
    work_count: int
    works: tuple[PublicWork, ...]
    sources: dict[str, Freshness]


def profile(key: str, *, today: dt.date) -> Profile | None:
    """The public page of the enterprise behind an address; None if there is none."""
    subject = subject_of(key)
    return None if subject is None else profile_of(subject, today=today)


def profile_of(subject: int, *, today: dt.date) -> Profile | None:
    """The public page of an enterprise by its internal id; None when nothing is known of it."""
    history = list(Enterprise.objects.known().filter(enterprise=subject).order_by("fact_from"))
    rows = _latest(history, today)
    if not rows:
        return None
    row = rows[0]
    papers = [_qualification(q, today) for q in _at(Qualification, subject, today).order_by("code", "row_id")]
    works, count = _works(subject, today)
    return Profile(
        subject=subject,
        key=key_of(row),
        name=row.name,
        uscc=row.uscc or "",
        former_names=_former(history, row.name),
        legal_representative=mask_name(row.legal_representative) if row.legal_representative else "",
        region=row.region or "",
        address=row.address or "",
        kind=row.kind or "",
        status=REGISTERED.get(row.status or "", ""),
        established_on=row.established_on,
        registered_capital=quantity(row.registered_capital, "元") if row.registered_capital else "",
        qualifications=tuple(p for p in papers if p.status not in ENDED),
        ended=tuple(p for p in papers if p.status in ENDED),
        permits=tuple(_permit(p, today) for p in _at(SafetyPermit, subject, today).order_by("-valid_until", "row_id")),
        people=_people(subject, today),
        work_count=count,
        works=works,
        sources=_sources(subject, today),
    )


def _at(model: Any, subject: int, today: dt.date) -> Any:
    return model.objects.at(today).filter(enterprise=subject)


def _former(history: Sequence[Enterprise], present: str) -> tuple[tuple[str, dt.date | None], ...]:
    """Names it bore before, newest first, each with the day it ended."""
    ended: dict[str, dt.date | None] = {}
    for row in history:
        if row.name != present:
            ended[row.name] = row.fact_until if row.fact_until < FOREVER else None
    return tuple(sorted(ended.items(), key=lambda pair: pair[1] or FOREVER, reverse=True))


def _since(issued_on: dt.date | None, fact_from: dt.date) -> dt.date | None:
    return issued_on or (fact_from if fact_from > BEGINNING else None)


def _status(status: str | None, valid_until: dt.date | None, today: dt.date) -> str:
    """The recorded status; a certificate whose last day has passed is 过期 whatever the source still says."""
    if status in {None, "", "有效"} and valid_until is not None and valid_until < today:
        return EXPIRED
    return status or "状态未登记"


def _qualification(row: Qualification, today: dt.date) -> Certificate:
    code = qualification_codes().get(row.code)
    return Certificate(
        name=code.name if code else row.code,
        code=row.code,
        number=row.certificate_no or "",
        status=_status(row.status, row.valid_until, today),
        since=_since(row.issued_on, row.fact_from),
        valid_until=row.valid_until,
        days_left=(row.valid_until - today).days if row.valid_until else None,
        authority=row.authority or "",
        granted_how=row.granted_how or "",
        limit=row.limit_content or "",
    )


def _permit(row: SafetyPermit, today: dt.date) -> Certificate:
    return Certificate(
        name="安全生产许可证",
        code="",
        number=row.permit_no,
        status=_status(row.status, row.valid_until, today),
        since=_since(row.issued_on, row.fact_from),
        valid_until=row.valid_until,
        days_left=(row.valid_until - today).days if row.valid_until else None,
        authority=row.authority or "",
    )


def _people(subject: int, today: dt.date) -> int:
    """How many persons the register ties to the enterprise."""
    first, *others = (_at(model, subject, today).order_by().values("person") for model in STAFF)
    return int(first.union(*others).count())


def _works(subject: int, today: dt.date) -> tuple[tuple[PublicWork, ...], int]:
    """The latest works and how many there are. A work has a row per indicator."""
    rows = _at(Work, subject, today)
    count = int(rows.order_by().values("work").distinct().count())
    by_work: dict[str, list[Work]] = {}
    for row in rows.order_by("-completed_on", "work", "indicator").iterator():
        if row.work not in by_work and len(by_work) == WORKS_SHOWN:
            break
        by_work.setdefault(row.work, []).append(row)
    ids = {r.project for group in by_work.values() for r in group if r.project}
    projects = {p.project: p for p in Project.objects.at(today).filter(project__in=ids)}
    return tuple(_work(group, projects.get(group[0].project or 0)) for group in by_work.values()), count


def _work(rows: Sequence[Work], project: Project | None) -> PublicWork:
    first = rows[0]
    return PublicWork(
        number=first.work,
        project=project_name(project.name, project.owner or "") if project else "",
        completed_on=first.completed_on,
        accepted=first.accepted,
        indicators=tuple(_indicator(row) for row in rows),
    )


def _indicator(row: Work) -> str:
    known = INDICATORS.get(row.indicator)
    return f"{known.label} {quantity(row.value, known.unit)}" if known else f"{row.indicator} {row.value:,}"


_BLOCKS: Final[dict[str, tuple[Any, ...]]] = {
    "enterprise": (Enterprise,),
    "qualification": (Qualification,),
    "permit": (SafetyPermit,),
    "people": STAFF,
    "works": (Work,),
}


def _sources(subject: int, today: dt.date) -> dict[str, Freshness]:
    """Source and freshness of each block of the page."""
    ids = {
        block: {
            source
            for model in models
            for source in _at(model, subject, today).order_by().values_list("source_id", flat=True).distinct()
            if source is not None
        }
        for block, models in _BLOCKS.items()
    }
    known = {s.pk: s for s in Source.objects.filter(pk__in=set().union(*ids.values()))}
    return {block: _freshness([known[i] for i in found_ids if i in known]) for block, found_ids in ids.items()}


def _freshness(sources: Sequence[Source]) -> Freshness:
    if not sources:
        return Freshness()
    newest = max(sources, key=lambda s: s.received_at)
    return Freshness("、".join(sorted({s.feed for s in sources})), from_micros(newest.received_at).date())
