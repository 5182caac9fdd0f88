"""An event meets the rules in force: judgements are logged, effects made, ends told, in the event's own savepoint."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Q

from zhulian import rulebooks
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.lifecycle import OBLIGATION, PROPOSAL, moved
from zhulian.core.linkage import (
    CopyEffect,
    Deadline,
    FlagEffect,
    History,
    Judgement,
    LinkageRule,
    LinkageVersion,
    ObligationEffect,
    ProposalEffect,
    Seat,
    ShareEffect,
    Subject,
    ending_of,
    judge,
)
from zhulian.core.linkage.model import RuleEffect
from zhulian.server.accounts.selectors import power_holder
from zhulian.server.common import clock, outbox
from zhulian.server.decisions import services as decisions
from zhulian.server.decisions.models import Proposal
from zhulian.server.decisions.terms import term_ends
from zhulian.server.linkage.facts import About, asked_by, facts_of
from zhulian.server.linkage.late import Moment
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share
from zhulian.server.registry.merging.selectors import lives_of
from zhulian.server.registry.seats import seat_division

ACTOR: Final = "system:linkage"
OUTSIDE: Final = "本平台以外的有权机关"
BY_HAND: Final = "obligation.done"
"""Among the types that finish an obligation: it is finished by whoever holds it."""
_SAME: Final = ("project", "code", "hazard_no", "permit_no", "record_no")
"""Fields in which two events may differ though they are about one enterprise."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired about an event."""

    event: outbox.Event
    enterprise: int
    judgement: Judgement

    @property
    def common(self) -> dict[str, Any]:
        """What every effect's row says."""
        return {
            "event": self.event.id,
            "rule": self.judgement.rule.id,
            "version": self.judgement.version.id,
            "subject": self.event.subject,
            "enterprise": self.enterprise,
            "told": self.event.data,
            "made_at": clock.now(),
        }

    def division(self, seat: Seat) -> str:
        """Division code where the case sits; empty: outside."""
        project = self.event.data.get("project")
        return seat_division(
            seat,
            enterprise=self.enterprise,
            on=clock.today(),
            project=project if type(project) is int else None,
            code=str(self.event.data.get("code") or ""),
        )


def about_enterprise(event: outbox.Event) -> outbox.Event | None:
    """The event with its enterprise among its data; None when it is about none."""
    told = event.data.get("enterprise")
    kind, _, pk = event.subject.partition(":")
    if type(told) is int:
        return event
    if kind != "enterprise" or not pk.isdecimal():
        return None
    return replace(event, data={**event.data, "enterprise": int(pk)})


def judge_event(event: outbox.Event, enterprise: int) -> list[Judged]:
    """Judge every rule in force that this event may fire and that did not judge it yet, whatever its version then."""
    moment = Moment.of(event)
    before = set(Judged.objects.filter(event=event.id).values_list("rule", flat=True))
    out = []
    for rule, version in rulebooks.linkage_book().of_event(event.type, moment.today):
        if rule.id not in before:
            about = About(enterprise, event.data, moment.happened, moment.today)
            facts = facts_of(about, sorted(asked_by(version)))
            out.append(judge_by(event, enterprise, (rule, version), facts, moment))
    return out


def judge_by(
    event: outbox.Event,
    enterprise: int,
    by: tuple[LinkageRule, LinkageVersion],
    facts: Mapping[str, Any],
    moment: Moment,
) -> Judged:
    """Judge, log and make what follows."""
    held = open_effects(by[0].id, by[1], event, enterprise)
    found = judge(
        *by,
        Subject(event.data, facts),
        on=moment.today,
        calendar=rulebooks.calendar(),
        open_effects=frozenset(held),
        history=moment.history,
    )
    row = _logged(event, enterprise, found, facts, held, moment)
    for followed in found.effects:
        _MAKE[type(followed.effect)](Firing(event, enterprise, found), followed.effect, followed.due)
    return row


def _logged(
    event: outbox.Event,
    enterprise: int,
    found: Judgement,
    facts: Mapping[str, Any],
    held: list[str],
    moment: Moment,
) -> Judged:
    plain: dict[str, Any] = found.as_json()
    return Judged.objects.create(
        event=event.id,
        event_type=event.type,
        subject=event.subject,
        enterprise=enterprise,
        rule=found.rule.id,
        version=found.version.id,
        hash=found.version.hash,
        verdict=found.verdict.value,
        reason=plain["reason"],
        effects=plain["effects"],
        told=event.data,
        facts=dict(facts),
        held=held,
        on=moment.today,
        at=clock.now(),
        happened_on=moment.happened,
        border=moment.history.border if moment.history else None,
        turn=moment.turn,
    )


def replayed(row: Judged) -> dict[str, Any]:
    """What the recorded version says of the recorded event and facts, today.

    Raises:
        KeyError: the rule or its version is no longer in the book, or its text is another.
    """
    rule = rulebooks.linkage_book().rules[row.rule]
    version = next((v for v in rule.versions if (v.id, v.hash) == (row.version, row.hash)), None)
    if version is None:
        raise KeyError(row.rule, row.version)
    subject = Subject(row.told, row.facts)
    history = History(row.happened_on, row.border) if row.happened_on and row.border else None
    return judge(
        rule,
        version,
        subject,
        on=row.on,
        calendar=rulebooks.calendar(),
        open_effects=frozenset(row.held),
        history=history,
    ).as_json()


def open_effects(rule: str, version: LinkageVersion, event: outbox.Event, enterprise: int) -> list[str]:
    """Effects of a rule still open about the same enterprise, and the same project where the event names one."""
    if not version.once_while_open:
        return []
    same = Q(rule=rule, enterprise__in=lives_of(enterprise))
    if type(event.data.get("project")) is int:
        same &= Q(project=event.data["project"])
    proposals = Proposal.objects.filter(same).exclude(state__in=PROPOSAL.final)
    obligations = Obligation.objects.filter(same).exclude(state__in=OBLIGATION.final)
    return sorted({*proposals.values_list("effect", flat=True), *obligations.values_list("effect", flat=True)})


def _flag(firing: Firing, effect: RuleEffect, _due: Deadline | None) -> None:
    if not isinstance(effect, FlagEffect):
        raise TypeError(effect)
    code = str(firing.event.data.get("code") or "")
    same = {"enterprise": firing.enterprise, "code": code, "rule": firing.judgement.rule.id, "effect": effect.id}
    if Flag.objects.filter(**same, ended_at=None).exists():
        return
    common = firing.common | same
    Flag.objects.create(**common, label=effect.label, until=effect.until, clause=str(effect.citation))
    outbox.append([_verdict_event("qualification.flagged", firing.enterprise, code)])


def _proposal(firing: Firing, effect: RuleEffect, due: Deadline | None) -> None:
    if not isinstance(effect, ProposalEffect):
        raise TypeError(effect)
    division = firing.division(effect.act.seat)
    code = str(firing.event.data.get("code") or "")
    if not division or power_holder(power=effect.act.power, division=division, on=clock.today(), code=code) is None:
        _notice(firing, effect, due, OUTSIDE, f"建议：{effect.label}", division)
        return
    decisions.proposal_create(
        event=firing.event,
        rule=firing.judgement.rule,
        version=firing.judgement.version,
        effect=effect,
        due=due,
        reason=firing.judgement.reason.as_json(),
        division=division,
        actor=ACTOR,
    )


def _obligation(firing: Firing, effect: RuleEffect, due: Deadline | None) -> None:
    if not isinstance(effect, ObligationEffect):
        raise TypeError(effect)
    if due is None or due.due_on is None:
        raise ValueError(effect.id)
    division = firing.division(effect.owner.seat)
    unit = power_holder(power=effect.owner.power, division=division, on=clock.today()) if division else None
    if unit is None:
        _notice(firing, effect, due, OUTSIDE, f"建议：{effect.what}", division)
        return
    project = firing.event.data.get("project")
    Obligation.objects.create(
        **firing.common,
        effect=effect.id,
        clause=str(effect.citation),
        what=effect.what,
        unit=unit,
        division=division,
        project=project if type(project) is int else None,
        due_on=due.due_on,
        due_notes=list(due.notes),
        done_by=list(effect.done_by),
    )


def _share(firing: Firing, effect: RuleEffect, _due: Deadline | None) -> None:
    if not isinstance(effect, ShareEffect):
        raise TypeError(effect)
    until: dt.date | None = term_ends(clock.today(), str(effect.term)) if effect.term else None
    made = {"effect": effect.id, "share": effect.share, "label": effect.label, "until": until}
    made["until_event"] = effect.until
    Share.objects.create(**firing.common, **made, clause=str(effect.citation))


def _copy(firing: Firing, effect: RuleEffect, due: Deadline | None) -> None:
    if not isinstance(effect, CopyEffect):
        raise TypeError(effect)
    _notice(firing, effect, due, effect.to, effect.asks, "")


def _notice(firing: Firing, effect: RuleEffect, due: Deadline | None, to: str, asks: str, division: str) -> None:
    made = {"effect": effect.id, "to": to, "asks": asks, "division": division, "clause": str(effect.citation)}
    CopyNotice.objects.create(**firing.common, **made, due_on=due.due_on if due else None)


_MAKE: Final[Mapping[type[RuleEffect], Callable[[Firing, RuleEffect, Deadline | None], None]]] = {
    FlagEffect: _flag,
    ProposalEffect: _proposal,
    ObligationEffect: _obligation,
    ShareEffect: _share,
    CopyEffect: _copy,
}


def end_by(event: outbox.Event, enterprise: int) -> int:
    """End the flags and shares and finish the obligations that name this event's type; how many."""
    lives = lives_of(enterprise)
    return _flags_end(event, lives) + _shares_end(event, lives) + _obligations_finish(event, lives)


def _flags_end(event: outbox.Event, lives: Sequence[int]) -> int:
    rows = Flag.objects.select_for_update(no_key=True).filter(
        enterprise__in=lives, until__in=ending_of(event.type), ended_at=None
    )
    ended = [row for row in rows if same(row.told, event.data)]
    for row in ended:
        row.ended_at, row.end_event = clock.now(), event.id
        row.save(update_fields=["ended_at", "end_event"])
    outbox.append(_verdict_event("qualification.unflagged", row.enterprise, row.code) for row in ended)
    return len(ended)


def _shares_end(event: outbox.Event, lives: Sequence[int]) -> int:
    rows = Share.objects.select_for_update(no_key=True).filter(
        enterprise__in=lives, until_event__in=ending_of(event.type), ended_at=None
    )
    ended = [row for row in rows if same(row.told, event.data)]
    for row in ended:
        row.ended_at, row.end_event = clock.now(), event.id
        row.save(update_fields=["ended_at", "end_event"])
    return len(ended)


def _obligations_finish(event: outbox.Event, lives: Sequence[int]) -> int:
    if event.type == BY_HAND:
        return 0
    rows = Obligation.objects.select_for_update(no_key=True).filter(
        enterprise__in=lives, state__in=("open", "taken", "paused"), made_at__lte=clock.now()
    )
    names = set(ending_of(event.type))
    done = [row for row in rows if names & set(row.done_by) and row.event != event.id and same(row.told, event.data)]
    for row in done:
        row.state = moved(OBLIGATION, row.state, "finish", {"outcome_given": True})
        row.outcome = f"因事件「{outbox.event_types[event.type]}」办结"
        row.ended_at, row.end_event, row.revision = clock.now(), event.id, row.revision + 1
        row.save()
    outbox.append(done_event(row) for row in done)
    return len(done)


def same(told: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """Whether two events of one enterprise are about one thing, as far as both tell."""
    return all(told[name] == later[name] for name in _SAME if told.get(name) and later.get(name))


def done_event(row: Obligation) -> outbox.Event:
    """What tells that an obligation is done."""
    on = str((row.ended_at or clock.now()).astimezone(SHANGHAI).date())
    data: dict[str, Any] = {"enterprise": row.enterprise, "what": row.what, "done_on": on, "obligation": row.pk}
    return outbox.Event(
        type="obligation.done",
        subject=f"enterprise:{row.enterprise}",
        data=data,
        business_key=f"obligation:{row.pk}",
    )


def _verdict_event(name: str, enterprise: int, code: str) -> outbox.Event:
    return outbox.Event(type=name, subject=f"enterprise:{enterprise}", data={"enterprise": enterprise, "code": code})
