"""One matter as its page shows it, to the officer and to the enterprise alike: the same facts, order and history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from zhulian import rulebooks
from zhulian.core.kernel.verdicts import LABELS, Verdict
from zhulian.core.lifecycle import RECTIFICATION, VERIFICATION
from zhulian.core.linkage import working_days_left
from zhulian.server.assessments.models import Assessment
from zhulian.server.assessments.selectors import verdicts_of
from zhulian.server.assessments.verification import ClauseLine
from zhulian.server.campaigns import ordering, selectors, snapshots
from zhulian.server.campaigns.acting import may_act, may_file
from zhulian.server.campaigns.models import Evidence, Rectification, Step, Verification
from zhulian.server.campaigns.permissions import REVIEW
from zhulian.server.common.permissions import REGULATORS, role_of
from zhulian.server.decisions.models import Proposal
from zhulian.server.decisions.names import enterprise_name
from zhulian.server.decisions.selectors import Action
from zhulian.server.registry.merging.selectors import survivor_of

STEP_WORDS: Final = {
    **VERIFICATION.actions,
    **RECTIFICATION.actions,
    "open": "立项",
    "order": "提出责令限期改正",
    "annulled": "决定已撤销，整改终止",
    "released": "这项资质已经不再持有，整改终止",
    "joined": "并入正在进行的核查",
    "recovered": "资质条件恢复达标",
    "fell_short": "资质条件再次不达标",
}


_INSIDE: Final = ("order",)
"""Steps that the enterprise does not see: what is only proposed it hears by the notice that is served."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A verdict that was kept when somebody acted: what it said, by which standard, clause by clause."""

    title: str
    data: dict[str, Any]
    lines: Sequence[ClauseLine]


@dataclass(frozen=True, slots=True)
class Matter:
    """What pages of rectifications and verifications have in common; `now`: the recorded verdict of today."""

    name: str
    left: int | None
    now: Assessment | None
    kept: Sequence[Kept]
    evidence: Sequence[Evidence]
    steps: Sequence[tuple[Step, str]]
    actions: Sequence[Action]
    proposal: Proposal | None
    may_file: bool


def rectification(user: Any, row: Rectification, *, today: dt.date) -> Matter:
    """A rectification in full; the enterprise may file while it is asked to."""
    kept = _kept(("复核时的核查结论", row.snapshot))
    filing = row.state in ("ordered", "overdue") and may_file(user, row.enterprise)
    proposal = row.restriction.proposal
    return _matter(row, row.due_on, kept, selectors.rectification_actions(user, row), proposal, today, may=filing)


def verification(user: Any, row: Verification, *, today: dt.date) -> Matter:
    """A verification in full; the enterprise may file its self-check once it is announced."""
    kept = _kept(("自查时的体检结论", row.self_snapshot), ("初审时的核查结论", row.snapshot))
    filing = row.state == "announced" and may_file(user, row.enterprise)
    proposal, found = row.proposal, selectors.verification_actions(user, row)
    whole = _matter(row, row.self_check_until, kept, found, proposal, today, may=filing)
    if role_of(user) in REGULATORS:
        return whole
    return replace(whole, steps=[(step, word) for step, word in whole.steps if step.action not in _INSIDE])


def may_order(user: Any, row: Verification) -> bool:
    """Whether the user may propose an order to rectify for what the first review found."""
    return ordering.refused(row) is None and may_act(user, row, REVIEW)


def prefilled(row: Verification) -> str:
    """What a self-check begins with: the 体检 of now, clause by clause, from the engine that the officers use."""
    found = snapshots.snapshot(row.enterprise, row.code, row.as_of)
    if not found:
        return ""
    head = (
        f"按{found['document'] or found['rule_version']}体检：{LABELS[Verdict(found['verdict'])]}。{found['sentence']}"
    )
    clauses = [line for line in snapshots.lines(found) if line.depth == 0]
    return "\n".join([head, *(_clause(number, line) for number, line in enumerate(clauses, start=1))])


def _clause(number: int, line: ClauseLine) -> str:
    short = f"，{line.short}" if line.short else ""
    return f"{number}. {line.label}：要求 {line.required}，查得 {line.found}{short}（{LABELS[line.verdict]}）"


def _matter(
    row: Rectification | Verification,
    due: dt.date | None,
    kept: Sequence[Kept],
    actions: Sequence[Action],
    proposal: Proposal | None,
    today: dt.date,
    *,
    may: bool,
) -> Matter:
    return Matter(
        name=enterprise_name(row.enterprise, today),
        left=working_days_left(today, due, rulebooks.calendar()) if due else None,
        now=verdicts_of(survivor_of(row.enterprise)).filter(code=row.code).first() if row.code else None,
        kept=kept,
        evidence=list(row.evidence.select_related("stored", "given_by")),
        steps=steps(row),
        actions=actions,
        proposal=proposal,
        may_file=may,
    )


def steps(row: Rectification | Verification) -> list[tuple[Step, str]]:
    """The history with its words."""
    return [(step, STEP_WORDS.get(step.action, step.action)) for step in row.steps.select_related("by")]


def _kept(*named: tuple[str, dict[str, Any] | None]) -> list[Kept]:
    return [Kept(title, data, snapshots.lines(data)) for title, data in named if data]
