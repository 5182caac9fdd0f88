"""模拟: the same engine on a copy, before and after changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhulian import rulebooks
from zhulian.bulk.runners import SqliteRunner
from zhulian.core import rules
from zhulian.core.advice import Change, Line, steps, told
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules.model import Missing
from zhulian.server.advice import applying, copying, seeing
from zhulian.server.assessments import verification
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.quantities import between, quantity
from zhulian.server.assessments.runner import DjangoRunner


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """A clause that changes: what was found before and after."""

    label: str
    required: str
    before: str
    after: str
    was: Verdict
    now: Verdict


@dataclass(frozen=True, slots=True)
class Compared:
    """One qualification before and after; `left` is what is still missing then."""

    code: str
    name: str
    purpose: str
    held: bool
    before: Verdict
    after: Verdict
    clauses: tuple[ClauseChange, ...]
    left: tuple[Line, ...]

    @property
    def changed(self) -> bool:
        """Whether the verdict changes."""
        return self.before is not self.after

    @property
    def rank(self) -> int:
        """Changes of verdict first, changes of clauses next."""
        return 0 if self.changed else 1 if self.clauses else 2


def compare(enterprise: int, moment: Moment, changes: Sequence[Change], codes: Sequence[str]) -> list[Compared]:
    """Every code on the copy as it is and as changed. `moment.purpose` says for what."""
    held = set(seeing.held_codes(enterprise, moment))
    wanted = sorted({*codes, *held})
    province = seeing.province_of(enterprise, moment)
    with copying.borrowed(DjangoRunner(), enterprise=enterprise, known_at=moment.known_at) as copy:
        before = {code: _assess(copy, enterprise, code, moment) for code in wanted}
        applying.apply(copy, steps(changes, enterprise=enterprise, as_of=moment.as_of), enterprise=enterprise)
        after = {code: _assess(copy, enterprise, code, moment) for code in wanted}
    found = [_compared(before[code], after[code], moment, province, held=code in held) for code in wanted]
    return sorted(found, key=lambda c: (c.rank, not c.held, c.code))


def _assess(copy: SqliteRunner, enterprise: int, code: str, moment: Moment) -> rules.Assessment:
    return rules.assess_pair(
        rulebooks.library(),
        copy,
        enterprise=enterprise,
        code=code,
        as_of=moment.as_of,
        known_at=moment.known_at,
        purpose=moment.purpose,
    )


def _compared(
    before: rules.Assessment, after: rules.Assessment, moment: Moment, province: str, *, held: bool
) -> Compared:
    rule = seeing.rule_of(after.code, moment, moment.purpose, province)
    was = {child.id: child for child in before.reason.children}
    return Compared(
        code=after.code,
        name=verification.code_name(after.code),
        purpose=moment.purpose,
        held=held,
        before=before.verdict,
        after=after.verdict,
        clauses=tuple(
            _clause(was[child.id], child) for child in after.reason.children if _found(child) != _found(was[child.id])
        ),
        left=() if isinstance(rule, Missing) else told(rule, after.reason, quantity),
    )


def _found(reason: Reason) -> tuple[object, ...]:
    below = tuple(_found(child) for child in reason.children)
    return (reason.verdict, reason.found_at_least, reason.found_at_most, below)


def _clause(was: Reason, now: Reason) -> ClauseChange:
    return ClauseChange(
        label=now.label,
        required=quantity(now.required, now.unit),
        before=between(was.found_at_least, was.found_at_most, was.unit),
        after=between(now.found_at_least, now.found_at_most, now.unit),
        was=was.verdict,
        now=now.verdict,
    )
