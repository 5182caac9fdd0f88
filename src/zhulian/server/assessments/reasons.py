"""Reason trees from their stored JSON, and the sentences that lists show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from zhulian.core.kernel.canonical import sha256_of
from zhulian.core.kernel.reasons import Citation, Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.server.assessments.quantities import shortfall

SENTENCE_LIMIT: Final = 500
PERSONS: Final = "人"
TOGETHER: Final = "staff-together"
"""The engine's joint clause: one person serves in one staff group only."""
SURE_EVIDENCE: Final = frozenset({"law", "excerpt"})
"""Verdicts built on anything less say 仅供参考."""


def reason_from(data: Mapping[str, Any]) -> Reason:
    """The inverse of `Reason.as_json`, but that document and clause of a citation stay one text."""
    citation = Citation(data["citation"], evidence=data["evidence"]) if data.get("citation") else None
    return Reason(
        id=data["id"],
        label=data["label"],
        verdict=Verdict(data["verdict"]),
        required=data["required"],
        found_at_least=data["found_at_least"],
        found_at_most=data["found_at_most"],
        short_by=data["short_by"],
        unit=data["unit"],
        citation=citation,
        notes=tuple(data["notes"]),
        children=tuple(reason_from(child) for child in data.get("children", ())),
    )


def shortfall_sentence(reason: Reason) -> str:
    """`注册建造师缺 6 人；净资产差 1,200 万元`: the short clauses of a reason tree, in its order."""
    parts = [
        f"{clause.label}{shortfall(clause)}" if shortfall(clause) else f"{clause.label}不达标"
        for clause in _short(reason)
    ]
    return "；".join(parts)[:SENTENCE_LIMIT]


def missing_sentence(reason: Reason) -> str:
    """What the unknown clauses wait for, in their own notes; their labels where they say nothing."""
    unknown = [c for c in reason.children if c.verdict is Verdict.UNKNOWN]
    if not unknown:
        return "；".join(reason.notes) if reason.verdict is Verdict.UNKNOWN else ""
    return "；".join(f"{c.label}：{c.notes[0]}" if c.notes else f"{c.label}数据不足" for c in unknown)[:SENTENCE_LIMIT]


def is_weak(reason: Reason) -> bool:
    """Whether any figure under the verdict was not read in the law or a reproduction of it."""
    return any(node.citation is not None and node.citation.evidence not in SURE_EVIDENCE for node in reason.walk())


def digest_of(verdict: Verdict, reason: Reason, rule_version: str, rule_hash: str) -> str:
    """One value for "nothing changed"."""
    return sha256_of([verdict.value, reason.as_json(), rule_version, rule_hash])


def _short(reason: Reason) -> Iterator[Reason]:
    """Short clauses directly under the root; the root itself when it has none below it."""
    clauses = [c for c in reason.children if c.verdict is Verdict.SHORT]
    missing = sum(c.short_by or 0 for c in clauses if c.unit == PERSONS and c.id != TOGETHER)
    # The joint clause only adds something when it wants more people than the clauses one by one.
    told = [c for c in clauses if c.id != TOGETHER or not c.short_by or c.short_by > missing]
    if told:
        yield from told
    elif reason.verdict is Verdict.SHORT:
        yield reason
