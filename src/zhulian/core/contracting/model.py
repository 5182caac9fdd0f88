"""Scope of contracting (承包工程范围) as values: limits of a grade, a contract to judge, a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from zhulian.core.bands.document import Source
from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.reasons import Citation, Reason
from zhulian.core.kernel.verdicts import Verdict


class Standing(StrEnum):
    """What was found about one contract. A daily mark (日常标识), no decision."""

    BEYOND = "beyond"
    """The contract is larger than the grade held on the day may undertake."""
    UNLICENSED = "unlicensed"
    """No grade of the category was held on the day, and the register of qualifications is complete."""
    UNKNOWN = "unknown"
    WITHIN = "within"


LABELS: Final = {
    Standing.BEYOND: "超范围",
    Standing.UNLICENSED: "无相应资质",
    Standing.UNKNOWN: "数据不足",
    Standing.WITHIN: "范围内",
}
VERDICTS: Final = {
    Standing.BEYOND: Verdict.SHORT,
    Standing.UNLICENSED: Verdict.SHORT,
    Standing.UNKNOWN: Verdict.UNKNOWN,
    Standing.WITHIN: Verdict.MET,
}
GRADES: Final = {"T": "特级", "A": "一级", "B": "二级", "C": "三级", "X": "不分等级"}
RANKS: Final = "TAXBC"
"""Grades from the highest down."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most, or at least, so much of a figure, both inclusive; both None: no source has the figure.

    `if_told`: the limit is about a kind of work that a contract need not contain (构筑物), so it binds where the
    figure is told and is no missing figure where it is not.
    """

    figure: str
    at_most: int | None
    at_least: int | None
    if_told: bool
    citation: Citation


@dataclass(frozen=True, slots=True)
class GradeScope:
    """What one grade may undertake: everything, or within limits; `manual` are conditions that no table tells."""

    everything: bool
    limits: tuple[Limit, ...]
    manual: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class ScopeVersion:
    """All limits in force from a day: (category, grade) → scope."""

    id: str
    valid_from: dt.date
    published_at: dt.date
    source: Source
    scopes: Mapping[tuple[str, str], GradeScope]


@dataclass(frozen=True, slots=True)
class ScopeBook:
    """One file of limits, versions in order of their first day."""

    file: str
    subject: str
    versions: tuple[ScopeVersion, ...]


@dataclass(frozen=True, slots=True)
class MappingRow:
    """A contract of such a role for such a kind of project belongs to the category; `uses` empty: whatever its use.

    Not `sure`: it probably does, which is enough to say what would follow and too little to find anything.
    """

    category: str
    roles: tuple[str, ...]
    kinds: tuple[str, ...]
    uses: tuple[str, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """The mapping in force from a day."""

    id: str
    valid_from: dt.date
    published_at: dt.date
    source: Source
    rows: tuple[MappingRow, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract with what its project tells. Money in fen, areas × 1000; None where it is not told."""

    row_id: int
    contract_no: str
    enterprise: int
    project: int
    role: str
    amount: int | None
    signed_on: dt.date | None
    scale: str | None
    kind: str | None = None
    use: str | None = None
    total_area: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A qualification as the register has it for the day of signing; not `sure`: `doubt` says what is not told."""

    code: str
    sure: bool
    doubt: str = ""

    @property
    def category(self) -> str:
        """`D101` of `D101A`."""
        return self.code[:-1]

    @property
    def grade(self) -> str:
        """`A` of `D101A`."""
        return self.code[-1]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one contract. `code` is the grade judged by, `sentence` what lists show."""

    contract: Contract
    standing: Standing
    category: str
    code: str
    rule_version: str
    reason: Reason
    sentence: str
    held: tuple[Held, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The finding as one of the three values."""
        return VERDICTS[self.standing]

    def as_json(self) -> dict[str, Json]:
        """Plain values."""
        return {
            "contract_no": self.contract.contract_no,
            "signed_on": self.contract.signed_on.isoformat() if self.contract.signed_on else None,
            "finding": self.standing.value,
            "verdict": self.verdict.value,
            "category": self.category,
            "code": self.code,
            "rule_version": self.rule_version,
            "sentence": self.sentence,
            "reason": self.reason.as_json(),
        }
