"""(event, facts, rule in force) → verdict, reasons and effects. Pure: the shell finds facts, stores effects.

Three values: a condition about something nobody told is unknown, and a rule that hangs on it holds its effects back
(or fires, where its text says that a check is the answer to doubt), with the same reasons for "why" and "why not".
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict, all_of, any_of, at_least
from zhulian.core.linkage.clocks import Calendar, Deadline, deadline
from zhulian.core.linkage.events import Kind
from zhulian.core.linkage.facts import FACTS
from zhulian.core.linkage.model import (
    AnyOf,
    Ask,
    Condition,
    Exempt,
    FlagEffect,
    LinkageRule,
    LinkageVersion,
    RuleEffect,
    ShareEffect,
    Subject,
)

_FLIPPED = {Verdict.MET: Verdict.SHORT, Verdict.SHORT: Verdict.MET, Verdict.UNKNOWN: Verdict.UNKNOWN}


@dataclass(frozen=True, slots=True)
class History:
    """An event of a day before `border`, from which on this authority acts: it is recorded, and nobody is asked.

    What stands until something ends it (a flag, a key object of every draw) stands all the same.
    """

    happened: dt.date
    border: dt.date

    @property
    def note(self) -> str:
        """Why nothing is asked."""
        return f"事件发生于 {self.happened}，早于本机关开始处置的 {self.border}，作为历史事项补录，不产生期限和拟办"


@dataclass(frozen=True, slots=True)
class Followed:
    """One effect that follows, with the day by which its owner must act where the rule gives a time."""

    effect: RuleEffect
    due: Deadline | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says about an event: met (it applies), short (it does not) or unknown."""

    rule: LinkageRule
    version: LinkageVersion
    verdict: Verdict
    reason: Reason
    effects: tuple[Followed, ...]

    @property
    def fires(self) -> bool:
        """Whether effects follow."""
        return bool(self.effects)

    def as_json(self) -> dict[str, Json]:
        """Plain values: what "why" and "why not" show, and what a replay compares."""
        return {
            "rule": self.rule.id,
            "version": self.version.id,
            "hash": self.version.hash,
            "verdict": self.verdict.value,
            "reason": self.reason.as_json(),
            "effects": [
                {"id": f.effect.id, "due_on": str(f.due.due_on) if f.due and f.due.due_on else None}
                for f in self.effects
            ],
        }


def judge(
    rule: LinkageRule,
    version: LinkageVersion,
    subject: Subject,
    *,
    on: dt.date,
    calendar: Calendar,
    open_effects: frozenset[str] = frozenset(),
    history: History | None = None,
) -> Judgement:
    """Judge one rule. `on` is the business day from which clocks run.

    `open_effects` are ids of the rule's effects still open about the same subject: with `once_while_open`, an open
    effect is not made again. With `history`, only what stands until an event ends it is made.
    """
    children = [_asked(c, subject) for c in version.conditions] + [_exempted(e, subject) for e in version.exempts]
    verdict = all_of(child.verdict for child in children)
    fires = verdict is Verdict.MET or (verdict is Verdict.UNKNOWN and version.acts_on_unknown)
    held = open_effects if version.once_while_open else frozenset()
    made = [e for e in version.effects if e.id not in held] if fires else []
    following = [e for e in made if history is None or _stands(e)]
    notes = _notes(verdict, fires=fires, held=bool(fires and held))
    if history is not None and len(following) < len(made):
        notes = (*notes, history.note)
    return Judgement(
        rule,
        version,
        verdict,
        Reason(rule.id, rule.title, verdict, citation=version.citation, notes=notes, children=tuple(children)),
        tuple(Followed(e, _due(e, on, calendar)) for e in following),
    )


def _stands(effect: RuleEffect) -> bool:
    """Whether it asks nobody for anything and stands until an event ends it."""
    return isinstance(effect, FlagEffect) or (isinstance(effect, ShareEffect) and effect.term is None)


def _notes(verdict: Verdict, *, fires: bool, held: bool) -> tuple[str, ...]:
    if held:
        return ("同一事项尚未办结，不重复触发",)
    if verdict is Verdict.UNKNOWN:
        return ("条件所需的数据不足，按规则先行核实",) if fires else ("条件所需的数据不足，暂不触发",)
    return ()


def _due(effect: RuleEffect, on: dt.date, calendar: Calendar) -> Deadline | None:
    within = None if isinstance(effect, (FlagEffect, ShareEffect)) else effect.within
    if within is None:
        return None
    counted = deadline(on, within.clock, calendar)
    told = ("期限由本机关设定，法规未规定",) if within.by_office else ()
    return Deadline(counted.due_on, (*counted.notes, *told))


def _asked(condition: Condition | AnyOf, subject: Subject) -> Reason:
    if isinstance(condition, Condition):
        return _reason(condition, subject)
    children = tuple(_reason(c, subject) for c in condition.conditions)
    return Reason("any", "满足其中之一", any_of(c.verdict for c in children), children=children)


def _exempted(exempt: Exempt, subject: Subject) -> Reason:
    """An exception as a condition: met when it surely does not hold."""
    inner = _reason(exempt.condition, subject)
    return Reason(f"unless-{inner.id}", f"不属于例外：{exempt.label}", _FLIPPED[inner.verdict], children=(inner,))


def _reason(condition: Condition, subject: Subject) -> Reason:
    told = (subject.fields if condition.of_event else subject.facts).get(condition.name)
    how = () if condition.of_event or not FACTS[condition.name].how else (FACTS[condition.name].how,)
    if told is None:
        return Reason(condition.name, _label(condition), Verdict.UNKNOWN, notes=(f"未知：{condition.label}", *how))
    if condition.kind in (Kind.COUNT, Kind.FEN):
        return _number(condition, told)
    wanted = condition.value
    met = told == wanted if condition.ask is Ask.IS else isinstance(wanted, tuple) and told in wanted
    shown = told if isinstance(told, str) else ("是" if told else "否")
    verdict = Verdict.MET if met else Verdict.SHORT
    return Reason(condition.name, _label(condition), verdict, notes=(f"{condition.label}：{shown}", *how))


def _number(condition: Condition, told: object) -> Reason:
    if type(told) is not int or type(condition.value) is not int:
        message = f"{condition.name} is {told!r}, which is no int64"
        raise TypeError(message)
    required = condition.value
    most = condition.ask is Ask.AT_MOST
    verdict = (Verdict.MET if told <= required else Verdict.SHORT) if most else at_least(required, told, told)
    return Reason(
        condition.name, _label(condition), verdict, required=required, found_at_least=told, found_at_most=told
    )


def _label(condition: Condition) -> str:
    value = condition.value
    if isinstance(value, tuple):
        return f"{condition.label}为{'、'.join(value)}"
    if isinstance(value, bool):
        return f"{condition.label}：{'是' if value else '否'}"
    return f"{condition.label}{'不超过' if condition.ask is Ask.AT_MOST else '不少于'} {value}"
