"""One enterprise seen through one rule: the plan's row and the people behind it, judged by the engine's own reasons.

The verdict of a look equals that of `rules.assess_pair` (a test compares them); what it adds is that a person can be
taken out of it, or the same row asked under the rule of another purpose, without another query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from zhulian.core.kernel.reasons import Reason
from zhulian.core.rules import reasons
from zhulian.core.rules.assess import Moment
from zhulian.core.rules.assessment import Runner
from zhulian.core.rules.division import Division, divide
from zhulian.core.rules.features import Demand, Features, features_of
from zhulian.core.rules.model import GradeRule
from zhulian.core.rules.plan import ONE, statement

Row: TypeAlias = Mapping[str, Any]
Histogram: TypeAlias = Mapping[int, int]
"""Mask of what persons count for → how many."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the plan found: its row, and who surely (`sure`) and possibly (`may`) counts for what."""

    rule: GradeRule
    row: Row
    sure: Histogram
    may: Histogram

    @property
    def features(self) -> Features:
        """The rule's features."""
        return features_of(self.rule)

    def reason(self) -> Reason:
        """The verdict with its reasons."""
        return judge(self.rule, self.row, self.sure, self.may)


def look(runner: Runner, rule: GradeRule, *, enterprise: int, as_of: dt.date, known_at: dt.datetime | None) -> Sight:
    """Look at an enterprise through a rule."""
    row = rows(runner, rule, "main", enterprise=enterprise, as_of=as_of, known_at=known_at)[0]
    sure: dict[int, int] = {}
    may: dict[int, int] = {}
    if features_of(rule).groups:
        for each in rows(runner, rule, "histogram", enterprise=enterprise, as_of=as_of, known_at=known_at):
            sure[each["sure"]] = sure.get(each["sure"], 0) + each["persons"]
            may[each["may"]] = may.get(each["may"], 0) + each["persons"]
    return Sight(rule, row, sure, may)


def rows(
    runner: Runner, rule: GradeRule, which: str, *, enterprise: int, as_of: dt.date, known_at: dt.datetime | None
) -> list[dict[str, Any]]:
    """Rows of one of the rule's plans about one enterprise."""
    text = statement(rule, ONE, runner.dialect, which)
    params = Moment(as_of, known_at, runner.dialect).bind(text.params, {"code": rule.code, "e0": enterprise})
    return [dict(zip(text.columns, row, strict=True)) for row in runner.query(text.sql, params)]


def judge(rule: GradeRule, row: Row, sure: Histogram, may: Histogram) -> Reason:
    """The reasons of a row and its people."""
    features = features_of(rule)
    return reasons.root(rule, row, _divide(sure, features.groups), _divide(may, binding(features, row)))


def _divide(histogram: Histogram, needs: Mapping[str, Sequence[Demand]]) -> Division | None:
    if not any(needs.values()):
        return None
    return divide(histogram, {group: [(d.bit, d.at_least) for d in demands] for group, demands in needs.items()})


def binding(features: Features, row: Row) -> dict[str, tuple[Demand, ...]]:
    """Demands that known people must meet: where a table is not covered, unknown people may meet them."""
    return {
        group: tuple(d for d in demands if all(row[f"cover_{t}"] for t in reasons.tables_needed(d.clause)))
        for group, demands in features.groups.items()
    }
