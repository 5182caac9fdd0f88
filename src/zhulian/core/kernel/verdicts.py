"""Three values everywhere: met 达标, short 不达标, unknown 数据不足.

"Not enough data" is not "compliant" (promise 3 of the mission), so the combination is Kleene's strong
logic: one short clause makes the whole short, otherwise one unknown makes it unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """Outcome of a clause or of a whole assessment."""

    MET = "met"
    SHORT = "short"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The Chinese word shown on screen."""
        return LABELS[self]


LABELS: Final = {Verdict.MET: "达标", Verdict.SHORT: "不达标", Verdict.UNKNOWN: "数据不足"}


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Conjunction. Of nothing: met."""
    found = set(verdicts)
    return next((v for v in (Verdict.SHORT, Verdict.UNKNOWN) if v in found), Verdict.MET)


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Disjunction. Of nothing: short."""
    found = set(verdicts)
    return next((v for v in (Verdict.MET, Verdict.UNKNOWN) if v in found), Verdict.SHORT)


def at_least(required: int | None, low: int | None, high: int | None) -> Verdict:
    """Verdict of "at least `required`" when the true figure lies between `low` and `high`, both inclusive.

    `required` None: the standard's figure is not known; `low` None: no lower bound; `high` None: no upper
    bound (absence does not mean "none", because coverage is incomplete).
    """
    if required is None:
        return Verdict.UNKNOWN
    if low is not None and low >= required:
        return Verdict.MET
    if high is not None and high < required:
        return Verdict.SHORT
    return Verdict.UNKNOWN
