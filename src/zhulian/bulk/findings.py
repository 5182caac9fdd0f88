"""Assessments as what goes out of the house: one item per enterprise and code, plain values only."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules import Assessment


@dataclass(frozen=True, slots=True)
class Subject:
    """An enterprise as files know it: credit code or another key, and its name on the day."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class ClauseItem:
    """One clause. Numbers at the fixed scale of their unit (money in fen, lengths and areas × 1000)."""

    id: str
    label: str
    verdict: str
    required: int | None
    found_at_least: int | None
    found_at_most: int | None
    short_by: int | None
    unit: str
    citation: str
    evidence: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One enterprise and code held."""

    enterprise: str
    name: str
    code: str
    code_name: str
    purpose: str
    as_of: dt.date
    known_at: dt.date | None
    verdict: str
    rule_version: str
    notes: tuple[str, ...]
    clauses: tuple[ClauseItem, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values; dates as ISO text."""
        plain = asdict(self)
        plain["as_of"] = self.as_of.isoformat()
        plain["known_at"] = self.known_at.isoformat() if self.known_at else None
        return plain


def code_name(code: str) -> str:
    """Chinese name of a qualification code; the code itself where it has none."""
    known = qualification_codes().get(code)
    return known.name if known else {"safety-permit": "安全生产许可证"}.get(code, code)


def item(assessment: Assessment, subject: Subject, known_at: dt.date | None) -> Item:
    """The item of one assessment."""
    return Item(
        enterprise=subject.key,
        name=subject.name,
        code=assessment.code,
        code_name=code_name(assessment.code),
        purpose=assessment.purpose,
        as_of=assessment.as_of,
        known_at=known_at,
        verdict=assessment.verdict.value,
        rule_version=assessment.rule_version,
        notes=assessment.reason.notes,
        clauses=tuple(_clause(child) for child in assessment.reason.children),
    )


def _clause(reason: Reason) -> ClauseItem:
    return ClauseItem(
        id=reason.id,
        label=reason.label,
        verdict=reason.verdict.value,
        required=reason.required,
        found_at_least=reason.found_at_least,
        found_at_most=reason.found_at_most,
        short_by=reason.short_by,
        unit=reason.unit,
        citation=str(reason.citation) if reason.citation else "",
        evidence=reason.citation.evidence if reason.citation else "",
        notes=reason.notes,
    )


def totals(items: Iterable[Item]) -> list[tuple[str, str, dict[Verdict, int]]]:
    """(code, name, how many of each verdict), by code."""
    counts = Counter((i.code, i.code_name, Verdict(i.verdict)) for i in items)
    codes = sorted({key[:2] for key in counts})
    return [(code, name, {v: counts[code, name, v] for v in Verdict}) for code, name in codes]


def ordered(items: Iterable[Item]) -> Sequence[Item]:
    """By name of the enterprise, then code: the same list from every engine."""
    return sorted(items, key=lambda i: (i.name, i.enterprise, i.code))
