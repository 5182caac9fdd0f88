"""Reading the registry: the regulator's list of enterprises in scope, and where a figure came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from zhulian.core.kernel.codes import division_name, parse_division, qualification_codes
from zhulian.core.kernel.dates import from_micros
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import DivisionClosure
from zhulian.server.common import scopes, search
from zhulian.server.registry.models import MODELS, Enterprise, Qualification, Source, SubjectKind
from zhulian.server.registry.permissions import LIST
from zhulian.server.registry.staff import STAFF_TABLES

ENDED: Final = ("降级", "撤回", "撤销", "吊销", "注销", "过期")
"""States in which a qualification is no longer held."""
STATUSES: Final = {"active": "存续", "cancelled": "已注销", "revoked": "已吊销"}
SORTS: Final = {
    "name": ("name",),
    "-name": ("-name",),
    "region": ("region", "name"),
    "-region": ("-region", "name"),
    "established": ("established_on", "name"),
    "-established": ("-established_on", "name"),
    "qualifications": ("held", "name"),
    "-qualifications": ("-held", "name"),
}
EXPORT_LIMIT: Final = 50_000
_STEP: Final = 500


def fresh_at() -> dt.datetime | None:
    """When something last arrived in the register."""
    latest = Source.objects.aggregate(latest=Max("received_at"))["latest"]
    return from_micros(latest) if latest is not None else None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to: as typed."""

    q: str = ""
    region: str = ""
    code: str = ""
    status: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.q or self.region or self.code or self.status)


@dataclass(frozen=True, slots=True)
class Line:
    """One enterprise of the list."""

    enterprise: int
    uscc: str
    name: str
    region: str
    status: str
    established_on: dt.date | None
    codes: tuple[str, ...]
    people: int
    source: str
    fresh_at: dt.datetime | None


def enterprises_listed(user: Any, filters: Filters, *, today: dt.date, action: str = LIST) -> QuerySet[Enterprise]:
    """Enterprises that the user may see, as they are today; `held` counts their qualifications."""
    held = (
        Qualification.objects.at(today)
        .filter(enterprise=OuterRef("enterprise"))
        .exclude(status__in=ENDED)
        .order_by()
        .values("enterprise")
        .annotate(n=Count("code", distinct=True))
    )
    rows = Enterprise.objects.at(today).filter(scopes.enterprises(user, action), _narrow(filters, today))
    found: QuerySet[Enterprise] = rows.annotate(held=Coalesce(Subquery(held.values("n")), 0))
    return found.order_by(*SORTS.get(filters.sort, SORTS["name"]), "row_id")


def _narrow(filters: Filters, today: dt.date) -> Q:
    out = Q()
    if filters.q:
        hits = search.search(filters.q, [SubjectKind.ENTERPRISE.value], limit=search.CANDIDATES)
        out &= Q(enterprise__in=[hit.subject for hit in hits])
    if filters.region:
        out &= _within(filters.region)
    if filters.code:
        held = Qualification.objects.at(today).exclude(status__in=ENDED).filter(_code(filters.code))
        out &= Q(enterprise__in=held.values("enterprise"))
    if filters.status:
        out &= Q(status=filters.status)
    return out


def _within(region: str) -> Q:
    """A division with all below it; nothing for one that is in no table."""
    try:
        code = parse_division(region)
    except ZhulianError:
        return Q(pk__in=[])
    return Q(region__in=DivisionClosure.objects.filter(ancestor=code).values("descendant"))


def _code(text: str) -> Q:
    """A code, a category, or a word of its name."""
    if text[:1].isascii():
        return Q(code__startswith=text.upper())
    return Q(code__in=[row.code for row in qualification_codes().values() if text in row.name])


def totals(rows: QuerySet[Enterprise], *, today: dt.date) -> dict[str, int]:
    """Enterprises and the qualifications they hold, each once."""
    within = rows.order_by().values("enterprise")
    held = Qualification.objects.at(today).exclude(status__in=ENDED).filter(enterprise__in=within)
    pairs = held.order_by().values("enterprise", "code").distinct().count()
    return {"enterprises": rows.order_by().values("enterprise").distinct().count(), "qualifications": pairs}


def lines(rows: Iterable[Enterprise], *, today: dt.date) -> list[Line]:
    """Rows of the list with codes, people, source and freshness: a fixed number of queries for a page."""
    found = list(rows)
    ids = [row.enterprise for row in found]
    codes = _codes(ids, today)
    people = people_counts(ids, today=today)
    sources = Source.objects.in_bulk({row.source_id for row in found if row.source_id is not None})
    return [_line(row, codes, people, sources) for row in found]


def _line(
    row: Enterprise, codes: Mapping[int, tuple[str, ...]], people: Mapping[int, int], sources: Mapping[int, Source]
) -> Line:
    source = sources.get(row.source_id or 0)
    return Line(
        enterprise=row.enterprise,
        uscc=row.uscc or "",
        name=row.name,
        region=row.region or "",
        status=STATUSES.get(row.status or "", ""),
        established_on=row.established_on,
        codes=codes.get(row.enterprise, ()),
        people=people.get(row.enterprise, 0),
        source=str(source) if source else "",
        fresh_at=from_micros(source.received_at) if source else None,
    )


def _codes(ids: list[int], today: dt.date) -> dict[int, tuple[str, ...]]:
    held = Qualification.objects.at(today).filter(enterprise__in=ids).exclude(status__in=ENDED).order_by("code")
    out: dict[int, dict[str, None]] = {}
    for enterprise, code in held.values_list("enterprise", "code"):
        out.setdefault(enterprise, {})[code] = None
    return {enterprise: tuple(codes) for enterprise, codes in out.items()}


def people_counts(ids: list[int], *, today: dt.date) -> dict[int, int]:
    """How many persons have a paper with each enterprise today; who has several papers counts once."""
    pairs: set[tuple[int, int]] = set()
    for table in STAFF_TABLES:
        papers: Any = MODELS[table].objects
        rows = papers.at(today).filter(enterprise__in=ids)
        pairs.update(rows.values_list("enterprise", "person").distinct())
    out: dict[int, int] = {}
    for enterprise, _ in pairs:
        out[enterprise] = out.get(enterprise, 0) + 1
    return out


HEADER: Final = ("企业名称", "统一社会信用代码", "注册地", "登记状态", "成立日期", "资质", "人员", "来源")


def export_rows(rows: QuerySet[Enterprise], *, today: dt.date) -> Iterator[tuple[str, ...]]:
    """The list as text, in steps, at most `EXPORT_LIMIT` lines: memory stays bounded."""
    ids = list(rows.values_list("row_id", flat=True)[:EXPORT_LIMIT])
    for start in range(0, len(ids), _STEP):
        batch = Enterprise.objects.in_bulk(ids[start : start + _STEP])
        for line in lines((batch[pk] for pk in ids[start : start + _STEP] if pk in batch), today=today):
            names = "、".join(qualification_codes()[c].name if c in qualification_codes() else c for c in line.codes)
            born = line.established_on.isoformat() if line.established_on else ""
            region = division_name(line.region) if line.region else ""
            yield line.name, line.uscc, region, line.status, born, names, str(line.people), line.source
