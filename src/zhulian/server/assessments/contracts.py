"""合同范围核查: contracts in a viewer's scope, each judged by what its holder might undertake when it was signed.

Judged as the page is asked for: the rules read five short tables, and nothing has to be kept true afterwards
(docs/decisions/0071-contracts-are-judged-when-asked.md). Long lists of today find their order and their numbers in
stored findings (`contracts_long`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from zhulian import rulebooks
from zhulian.core.contracting import (
    FLOOR,
    LABELS,
    Contract,
    Cover,
    Finding,
    Held,
    Holdings,
    Paper,
    Standing,
    grouped,
    judge_all,
)
from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.text import squash
from zhulian.core.kernel.verdicts import Verdict
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.permissions import VIEW
from zhulian.server.assessments.quantities import NOTHING, between, quantity
from zhulian.server.assessments.reasons import SURE_EVIDENCE
from zhulian.server.common import scopes
from zhulian.server.registry import models as registry

_FIELDS: Final = ("row_id", "contract_no", "enterprise", "project", "role", "amount", "signed_on", "scale")
_PAPER: Final = ("enterprise", "code", "fact_from", "fact_until", "issued_on", "valid_until", "status")
_COVER: Final = ("enterprise", "division", "period_from", "period_until")
_LENGTHS: Final = {"0000": 2, "00": 4}
SORTS: Final = {
    "": ("rank", "name", "contract_no"),
    "name": ("name", "contract_no"),
    "-name": ("name", "contract_no"),
    "signed": ("signed", "contract_no"),
    "-signed": ("signed", "contract_no"),
}
_ORDER: Final = tuple(LABELS)
NO_CATEGORY: Final = "none"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; every field empty means everything in scope."""

    q: str = ""
    finding: str = ""
    category: str = ""
    region: str = ""
    enterprise: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed (sorting does not)."""
        return any((self.q, self.finding, self.category, self.region, self.enterprise))


@dataclass(frozen=True, slots=True)
class Row:
    """One contract with its holder and its finding."""

    finding: Finding
    name: str
    region: str

    @property
    def pk(self) -> int:
        """The row of the register."""
        return self.finding.contract.row_id

    @property
    def label(self) -> str:
        """The finding in a word."""
        return LABELS[self.finding.standing]

    @property
    def rank(self) -> int:
        """Most urgent first."""
        return _ORDER.index(self.finding.standing)

    @property
    def contract_no(self) -> str:
        """As the register has it."""
        return self.finding.contract.contract_no

    @property
    def signed(self) -> dt.date:
        """The day of signing; contracts without one come first."""
        return self.finding.contract.signed_on or dt.date.min

    @property
    def category_name(self) -> str:
        """The category in words; empty where it is not told."""
        return category_name(self.finding.category)

    @property
    def amount(self) -> str:
        """The contract's amount in words."""
        return quantity(self.finding.contract.amount, "元")


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit of a reason tree in words."""

    label: str
    verdict: Verdict
    limit: str
    found: str
    over: str
    citation: str
    evidence: str
    weak: bool
    notes: tuple[str, ...]


def listed(user: Any, filters: Filters, moment: Moment) -> list[Row]:
    """The contracts in scope that a viewer asks for, judged and in order."""
    rows = judged(narrowed(in_scope(user, moment), filters, moment), moment)
    found = [row for row in rows if _wanted(row, filters)]
    keys = SORTS.get(filters.sort, SORTS[""])
    found.sort(key=lambda row: tuple(getattr(row, key) if key != "name" else row.name for key in keys))
    return found[::-1] if filters.sort.startswith("-") else found


def one(user: Any, row_id: int, moment: Moment) -> Row | None:
    """One contract in scope; None where there is none."""
    return next(iter(judged(in_scope(user, moment).filter(row_id=row_id), moment)), None)


def totals(rows: Iterable[Row]) -> dict[Standing, int]:
    """How many of each finding."""
    counted = Counter(row.finding.standing for row in rows)
    return {standing: counted[standing] for standing in LABELS}


def in_scope(user: Any, moment: Moment) -> QuerySet[Any]:
    """Contracts of enterprises that a user may see, signed by the day; nobody's without an identity."""
    signed = Q(signed_on__isnull=True) | Q(signed_on__lte=moment.as_of)
    return registry.Contract.objects.filter(moment.visible(), signed, scopes.enterprises(user, VIEW))


def project_name(project: int, moment: Moment) -> str:
    """How the register calls a project."""
    row = registry.Project.objects.filter(moment.visible(), project=project).first()
    return row.name if row else f"#{project}"


def category_name(category: str) -> str:
    """`D101` → 建筑工程施工总承包; empty for none."""
    named = next((c.name for c in qualification_codes().values() if c.category == category), "")
    for word in ("特级", "一级", "二级", "三级", "不分等级"):
        named = named.removesuffix(word)
    return named


def limit_lines(reason: Reason) -> list[LimitLine]:
    """The limits under a finding, in words."""
    return [_line(child) for child in reason.children]


def held_words(held: Held) -> str:
    """A qualification as the register has it for the day."""
    return f"{qualification_codes()[held.code].name}（{held.code}）"


def _line(node: Reason) -> LimitLine:
    citation = node.citation
    sign = "≥" if node.id.endswith(FLOOR) else "≤"
    return LimitLine(
        label=node.label,
        verdict=node.verdict,
        limit=f"{sign} {quantity(node.required, node.unit)}" if node.required is not None else NOTHING,
        found=between(node.found_at_least, node.found_at_most, node.unit),
        over=f"超 {quantity(node.short_by, node.unit)}" if node.short_by else "",
        citation=str(citation) if citation else "",
        evidence=citation.evidence if citation else "",
        weak=citation is not None and citation.evidence not in SURE_EVIDENCE,
        notes=node.notes[1:] if node.short_by else node.notes,  # the first says again what the columns say
    )


def narrowed(rows: QuerySet[Any], filters: Filters, moment: Moment) -> QuerySet[Any]:
    """What the database can leave out before anything is judged."""
    companies = registry.Enterprise.objects.filter(moment.known())
    if filters.enterprise:
        rows = rows.filter(enterprise=int(filters.enterprise)) if filters.enterprise.isdecimal() else rows.none()
    if filters.q:
        named = companies.filter(Q(name__contains=filters.q) | Q(uscc__startswith=squash(filters.q)))
        rows = rows.filter(Q(enterprise__in=named.values("enterprise")) | Q(contract_no__startswith=filters.q))
    if filters.region:
        start = _prefix(filters.region)
        placed = companies.filter(region__startswith=start)
        rows = rows.filter(enterprise__in=placed.values("enterprise"))
    return rows


def _prefix(region: str) -> str:
    """What the codes of a division and of all below it begin with."""
    return next((region[:length] for ending, length in _LENGTHS.items() if region.endswith(ending)), region)


def _wanted(row: Row, filters: Filters) -> bool:
    category = row.finding.category or NO_CATEGORY
    return filters.finding in ("", row.finding.standing) and filters.category in ("", category)


def judged(rows: QuerySet[Any], moment: Moment) -> list[Row]:
    """These contracts with their findings, by number."""
    raw = list(rows.order_by("contract_no", "row_id").values_list(*_FIELDS))
    holders, projects = {row[2] for row in raw}, {row[3] for row in raw}
    told = _projects(projects, moment)
    contracts = (Contract(*row, *told.get(row[3], (None, None, None))) for row in raw)
    names = _names(holders, moment)
    holdings = Holdings(_papers(holders, moment), {pk: region for pk, (_, region) in names.items()}, _covers(moment))
    findings = judge_all(contracts, holdings, rulebooks.scope_library(), known_at=moment.known_at)
    out = []
    for found in findings:
        name, region = names.get(found.contract.enterprise, ("", None))
        out.append(Row(found, name or f"#{found.contract.enterprise}", region or ""))
    return out


def _chunks(ids: set[int]) -> Iterable[list[int]]:
    """Ids in lots: SQLite binds only so many."""
    ordered = sorted(ids)
    return (ordered[at : at + 500] for at in range(0, len(ordered), 500))


def _projects(ids: set[int], moment: Moment) -> dict[int, tuple[Any, ...]]:
    rows = registry.Project.objects.filter(moment.visible())
    columns = ("project", "kind", "use", "total_area")
    return {pk: tuple(rest) for lot in _chunks(ids) for pk, *rest in rows.filter(project__in=lot).values_list(*columns)}


def _names(ids: set[int], moment: Moment) -> dict[int, tuple[str, str | None]]:
    """Latest name and region up to the day."""
    rows = registry.Enterprise.objects.filter(moment.known(), fact_from__lte=moment.as_of).order_by("fact_from")
    return {
        pk: (name, region)
        for lot in _chunks(ids)
        for pk, name, region in rows.filter(enterprise__in=lot).values_list("enterprise", "name", "region")
    }


def _papers(ids: set[int], moment: Moment) -> dict[int, list[Paper]]:
    """All that the holders ever had, as known at the moment: the day of signing lies behind us."""
    rows = registry.Qualification.objects.filter(moment.known())
    return grouped(
        (enterprise, Paper(*rest))
        for lot in _chunks(ids)
        for enterprise, *rest in rows.filter(enterprise__in=lot).values_list(*_PAPER)
    )


def _covers(moment: Moment) -> list[Cover]:
    rows = registry.Coverage.objects.filter(moment.known(), table_name="qualification", complete=True)
    return [Cover(*row) for row in rows.values_list(*_COVER)]
