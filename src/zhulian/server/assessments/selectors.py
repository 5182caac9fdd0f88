"""Verdicts to read: current ones in a viewer's scope, one pair in full, and how it came to be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When

from zhulian.core.kernel.codes import division_name, divisions, parse_division, qualification_codes
from zhulian.core.kernel.dates import STILL_KNOWN, from_micros
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.text import squash
from zhulian.core.kernel.verdicts import LABELS, Verdict
from zhulian.server.assessments.affected import Pair
from zhulian.server.assessments.models import Assessment, Mark, Run
from zhulian.server.assessments.moments import VERIFICATION, Moment
from zhulian.server.assessments.permissions import VIEW
from zhulian.server.common import scopes, search
from zhulian.server.registry.merging.selectors import survivor_of
from zhulian.server.registry.models import Enterprise, Qualification

ROOT: Final = "D"
"""Qualifications of construction enterprises; other roots have no rulebooks here."""
ENDED: Final = ("降级", "撤回", "撤销", "吊销", "注销", "过期")
"""States in which a qualification is held no more."""
UNRULED: Final = "unruled"
"""尚无规则: unknown only because no standard is in the rulebooks, not because data of the enterprise are missing."""
STANDINGS: Final = (
    (Verdict.SHORT.value, LABELS[Verdict.SHORT]),
    (Verdict.UNKNOWN.value, LABELS[Verdict.UNKNOWN]),
    (Verdict.MET.value, LABELS[Verdict.MET]),
    (UNRULED, "尚无规则"),
)
"""What lists count and filter by, most urgent first."""
_LENGTHS: Final = {"province": 2, "city": 4, "county": 6}
SORTS: Final = {
    "": ("rank", "enterprise_name", "code"),
    "name": ("enterprise_name", "code"),
    "-name": ("-enterprise_name", "code"),
    "code": ("code", "enterprise_name"),
    "-code": ("-code", "enterprise_name"),
    "expires": ("expires_on", "enterprise_name", "code"),
    "-expires": ("-expires_on", "enterprise_name", "code"),
}


def current() -> QuerySet[Assessment]:
    """The verdicts we give now."""
    return Assessment.objects.filter(superseded_at=STILL_KNOWN)


def in_scope(user: Any, action: str = VIEW) -> Q:
    """Which verdicts a user may read; nobody's without an identity."""
    return scopes.enterprises(user, action)


def may_see(user: Any, enterprise: int, action: str = VIEW) -> bool:
    """Whether an enterprise is in a user's scope; asked in the query, as lists do."""
    return Enterprise.objects.filter(in_scope(user, action), enterprise=survivor_of(enterprise)).exists()


def holders(*, as_of: dt.date, purpose: str) -> list[int]:
    """Enterprises to assess: those holding something on the day, and those with a verdict that may have to be closed."""
    holding = (
        Qualification.objects.at(as_of).filter(code__startswith=ROOT).order_by().values_list("enterprise", flat=True)
    )
    judged = current().filter(purpose=purpose).order_by().values_list("enterprise", flat=True)
    return sorted(set(holding.distinct()) | set(judged.distinct()))


@dataclass(frozen=True, slots=True)
class Work:
    """What a step of re-assessment takes on: marks as they were read, and pairs whose critical day has come."""

    marks: tuple[Mark, ...]
    due: frozenset[Pair]

    @property
    def enterprises(self) -> list[int]:
        """Whom it is about, in order of id."""
        return sorted({mark.enterprise for mark in self.marks} | {enterprise for enterprise, _ in self.due})


def work_waiting(*, today: dt.date, limit: int) -> Work:
    """Some enterprises of which something changed, the longest waiting first, then some whose critical day has come."""
    told = Mark.objects.exclude(enterprise=Mark.EVERYBODY)
    marked = set(told.order_by("pk").values_list("enterprise", flat=True)[:limit])
    days = current().filter(purpose=VERIFICATION, next_critical_on__lte=today)
    soonest = days.order_by("next_critical_on", "pk").values_list("enterprise", flat=True)
    waiting = marked | set(soonest[: limit - len(marked)])
    due = days.filter(enterprise__in=waiting).values_list("enterprise", "code")
    return Work(tuple(told.filter(enterprise__in=marked).order_by("pk")), frozenset(due))


def held_by(enterprises: Iterable[int], *, as_of: dt.date) -> set[Pair]:
    """What these enterprises hold on a day."""
    return set(held(as_of).filter(enterprise__in=enterprises).values_list("enterprise", "code"))


def held(as_of: dt.date) -> QuerySet[Any]:
    """Qualifications held on a day: as the engine's own plan says it."""
    return Qualification.objects.at(as_of).filter(code__startswith=ROOT).exclude(status__in=ENDED).order_by()


def pairs_begun_or_ended(*, as_of: dt.date) -> set[Pair]:
    """Pairs held without a verdict, and verdicts on what is held no more: certificates begin and end by date."""
    judged = current().filter(purpose=VERIFICATION, enterprise=OuterRef("enterprise"), code=OuterRef("code"))
    holding = held(as_of).filter(enterprise=OuterRef("enterprise"), code=OuterRef("code"))
    begun = held(as_of).filter(~Exists(judged)).values_list("enterprise", "code")
    ended = current().filter(~Exists(holding), purpose=VERIFICATION).values_list("enterprise", "code")
    return {*begun, *ended}


def everybody_marked() -> list[int]:
    """Marks that concern everybody."""
    return list(Mark.objects.filter(enterprise=Mark.EVERYBODY).order_by("pk").values_list("pk", flat=True))


def last_run() -> Run | None:
    """The last complete pass over everybody: the data cut-off of lists."""
    return Run.objects.filter(everyone=True, finished_at__isnull=False).order_by("-finished_at").first()


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; every field empty means everything in scope."""

    q: str = ""
    verdict: str = ""
    code: str = ""
    region: str = ""
    version: str = ""
    expiring: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed (sorting does not)."""
        return any((self.q, self.verdict, self.code, self.region, self.version, self.expiring))


def listed(user: Any, filters: Filters, *, today: dt.date) -> QuerySet[Any]:
    """Current verdicts in scope with the enterprise's name and region and the certificate's last day."""
    company = Enterprise.objects.at(today).filter(enterprise=OuterRef("enterprise")).order_by("row_id")
    paper = (
        Qualification.objects.at(today)
        .filter(enterprise=OuterRef("enterprise"), code=OuterRef("code"))
        .exclude(status__in=ENDED)
        .order_by("valid_until", "row_id")
    )
    rows = current().filter(in_scope(user), purpose=VERIFICATION).defer("reason")
    rows = rows.annotate(
        enterprise_name=Subquery(company.values("name")[:1]),
        region=Subquery(company.values("region")[:1]),
        expires_on=Subquery(paper.values("valid_until")[:1]),
        rank=Case(
            When(verdict=Verdict.SHORT, then=0),
            When(rule_version="", then=3),
            When(verdict=Verdict.MET, then=2),
            default=1,
        ),
    )
    return rows.filter(_narrow(filters, today)).order_by(*SORTS.get(filters.sort, SORTS[""]), "pk")


def _narrow(filters: Filters, today: dt.date) -> Q:
    out = Q()
    if filters.verdict:
        out &= Q(rule_version="") if filters.verdict == UNRULED else Q(verdict=filters.verdict) & ~Q(rule_version="")
    if filters.code:
        out &= _code(filters.code)
    if filters.region:
        out &= _region(filters.region)
    if filters.version:
        out &= Q(rule_version=filters.version)
    if filters.q:
        out &= Q(enterprise__in=_found(filters.q))
    if filters.expiring.isdecimal():
        last = today + dt.timedelta(days=min(int(filters.expiring), 3660))
        out &= Q(expires_on__gte=today, expires_on__lte=last)
    return out


def _code(text: str) -> Q:
    """A code, a category, or a word of its name."""
    text = text.strip()
    if text[:1].isascii():
        return Q(code__startswith=text.upper())
    return Q(code__in=[c.code for c in qualification_codes().values() if text in c.name])


def _region(text: str) -> Q:
    """A division and everything below it, as its code says; a wrong one finds nothing."""
    try:
        code = parse_division(text)
    except ZhulianError:
        return scopes.NOBODY
    return Q(region__startswith=code[: _LENGTHS[divisions()[code].level]])


def _found(text: str) -> QuerySet[Any]:
    """Enterprises by a part of a name or the start of a credit code."""
    wanted = Q(name__contains=text.strip()) | Q(uscc__startswith=squash(text))
    return Enterprise.objects.known().filter(wanted).values("enterprise")


def totals(rows: QuerySet[Any]) -> dict[str, int]:
    """The one-line total: enterprises, qualifications, how many of each verdict, and how many without a standard."""
    pairs = list(rows.order_by().values_list("enterprise", "verdict", "rule_version"))
    out = {v.value: 0 for v in Verdict} | {UNRULED: 0}
    for _, verdict, version in pairs:
        out[verdict if version else UNRULED] += 1
    return {"enterprises": len({e for e, *_ in pairs}), "pairs": len(pairs), **out}


def standing(verdict: str, rule_version: str) -> str:
    """The verdict as lists show it: without a standard there is none to give."""
    return verdict if rule_version else UNRULED


def versions_in_use() -> list[str]:
    """Rule versions behind current verdicts, for the filter."""
    return sorted(set(current().order_by().values_list("rule_version", flat=True).distinct()))


def verdicts_of(enterprise: int, *, purpose: str = VERIFICATION) -> QuerySet[Assessment]:
    """The current verdicts on one enterprise."""
    return current().filter(enterprise=enterprise, purpose=purpose).order_by("code")


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of the recorded history of a verdict."""

    row: Assessment
    recorded_at: dt.datetime
    changes: tuple[str, ...]


def history(enterprise: int, code: str, *, purpose: str, limit: int = 30) -> list[Turn]:
    """What we said about a pair, newest first, each with the clauses that changed from the one before."""
    rows = list(
        Assessment.objects.filter(enterprise=enterprise, code=code, purpose=purpose).order_by("-recorded_at", "-pk")[
            : limit + 1
        ]
    )
    before = [*rows[1:], None][: len(rows)]
    turns = [Turn(row, from_micros(row.recorded_at), _changes(row, old)) for row, old in zip(rows, before, strict=True)]
    return turns[:limit]


def _changes(row: Assessment, old: Assessment | None) -> tuple[str, ...]:
    if old is None:
        return ("首次核查",)
    was = {c["id"]: c for c in old.reason.get("children", ())}
    out = []
    for clause in row.reason.get("children", ()):
        earlier = was.pop(clause["id"], None)
        now = LABELS[Verdict(clause["verdict"])]
        if earlier is None:
            out.append(f"{clause['label']}：新增，{now}")
        elif earlier["verdict"] != clause["verdict"]:
            out.append(f"{clause['label']}：{LABELS[Verdict(earlier['verdict'])]} → {now}")
    out += [f"{c['label']}：不再作为条件" for c in was.values()]
    if old.rule_version != row.rule_version:
        out.append(f"标准版本：{old.rule_version or '—'} → {row.rule_version or '—'}")
    return tuple(out) or ("数值变化，各条结论未变",)


def profile(enterprise: int, moment: Moment) -> Any | None:
    """The register's row of an enterprise at a moment; else the nearest we have, so that the page can say so."""
    rows = Enterprise.objects.filter(enterprise=enterprise).order_by("-fact_from")
    return rows.filter(moment.visible()).first() or rows.filter(moment.known()).first() or rows.known().first()


def search_results(query: str, *, limit: int, after: int, today: dt.date) -> tuple[list[dict[str, str]], int]:
    """Enterprises that match, from the `after`-th on, and how many match (counted up to the search's limit)."""
    hits = search.search(query, ["enterprise"], limit=search.CANDIDATES)
    ids = [hit.subject for hit in hits[after : after + limit]]
    rows: dict[int, Any] = {}
    for row in Enterprise.objects.known().filter(enterprise__in=ids).order_by("fact_from"):
        if row.enterprise not in rows or row.fact_from <= today:
            rows[row.enterprise] = row
    return [_found_item(rows[pk]) for pk in ids if pk in rows], len(hits)


def _found_item(row: Any) -> dict[str, str]:
    return {
        "key": row.uscc or str(row.enterprise),
        "name": row.name,
        "region": row.region or "",
        "region_name": division_name(row.region) if row.region else "",
        "status": row.status or "",
    }
