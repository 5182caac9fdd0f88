"""Reasons: why a decision is what it is, as a tree (promise 2 of the mission).

A reason says what was required, between which bounds the facts lie, and under which clause. Numbers are
int64 at the fixed scale of their unit (`core.tables`: money in fen, lengths and areas × 1000).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule is written, and how sure we are of our reading.

    `evidence` is one of `law` (read in the law's text), `excerpt` (a third party's reproduction), `weak`,
    `draft`.
    """

    document: str
    clause: str = ""
    evidence: str = "excerpt"

    def __str__(self) -> str:
        return f"{self.document}{self.clause}"


@dataclass(frozen=True, slots=True)
class Reason:
    """One node: a clause, or a condition inside one.

    `found_at_least` counts what surely counts, `found_at_most` what may; None for the latter means unbounded,
    because absence is not proof where coverage is incomplete. `short_by` is at least how much is missing, and
    is set only where the verdict is short. `notes` are whole Chinese sentences.
    """

    id: str
    label: str
    verdict: Verdict
    required: int | None = None
    found_at_least: int | None = None
    found_at_most: int | None = None
    short_by: int | None = None
    unit: str = ""
    citation: Citation | None = None
    notes: tuple[str, ...] = ()
    children: tuple[Reason, ...] = field(default=())

    def walk(self) -> Iterator[Reason]:
        """This node and all below it, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def as_json(self) -> dict[str, Json]:
        """Plain values, with `citation` as text and `evidence` beside it; children only where there are any."""
        out: dict[str, Json] = {
            "id": self.id,
            "label": self.label,
            "verdict": self.verdict.value,
            "required": self.required,
            "found_at_least": self.found_at_least,
            "found_at_most": self.found_at_most,
            "short_by": self.short_by,
            "unit": self.unit,
            "citation": str(self.citation) if self.citation else "",
            "evidence": self.citation.evidence if self.citation else "",
            "notes": list(self.notes),
        }
        if self.children:
            out["children"] = [child.as_json() for child in self.children]
        return out
