"""Rules of linkage as values: when this happens and these conditions hold, then these effects follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from zhulian.core.bands.document import Source
from zhulian.core.kernel.reasons import Citation
from zhulian.core.linkage.acts import Act, End, Refusal, Seat
from zhulian.core.linkage.clocks import Clock
from zhulian.core.linkage.events import Domain, EventType, Kind


class Ask(StrEnum):
    """How a condition compares."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IN = "in"
    IS = "is"


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about a field of the event (`of_event`) or a fact of its subject; None found: unknown.

    `value` is an int64 at the scale of the kind, words for `in`, or a truth value for `is`.
    """

    name: str
    of_event: bool
    label: str
    kind: Kind
    ask: Ask
    value: int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one of several does."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Exempt:
    """A lawful exception: when it holds, the rule does not."""

    label: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Allowed:
    """A time to act in. `by_office`: no law gives it, the office sets its own; screens say so."""

    clock: Clock
    by_office: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """Who must act: the unit that holds a power at a seat, resolved on the duty table."""

    power: str
    seat: Seat


@dataclass(frozen=True, slots=True)
class FlagEffect:
    """An automatic sign without legal effect; it ends with an event of type `until` about the same subject."""

    id: str
    label: str
    until: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class ProposalEffect:
    """A decision that somebody with power may sign.

    `refuses`, `ends`, `term` and `defence` describe the restriction it would make; `suspension`: the term follows from
    the accident's grade and repeats. `immediate` cites the law that allows effect before defence.
    """

    id: str
    act: Act
    label: str
    within: Allowed | None
    refuses: tuple[Refusal, ...]
    ends: End | None
    ends_on: str
    term: Clock | None
    suspension: bool
    defence: Allowed | None
    immediate: Citation | None
    citation: Citation


@dataclass(frozen=True, slots=True)
class ObligationEffect:
    """What somebody must do by when, and the event types about the same subject that count as done."""

    id: str
    what: str
    owner: Owner
    within: Allowed
    done_by: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class ShareEffect:
    """A change of the share inspected: `key` makes the subject a key object of every draw.

    For a `term`, or until an event of type `until` about the same; one of the two is there.
    """

    id: str
    share: str
    label: str
    term: Clock | None
    until: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class CopyEffect:
    """A copy notice with a handling proposal (抄告 + 处理建议) to a partner department, answered within a time."""

    id: str
    to: str
    asks: str
    within: Allowed | None
    citation: Citation


RuleEffect = FlagEffect | ProposalEffect | ObligationEffect | ShareEffect | CopyEffect


@dataclass(frozen=True, slots=True)
class LinkageVersion:
    """A rule as in force from a day. `acts_on_unknown`: it also fires where a condition cannot be decided."""

    id: str
    valid_from: dt.date
    published_at: dt.date
    source: Source
    citation: Citation
    when: EventType
    conditions: tuple[Condition | AnyOf, ...]
    exempts: tuple[Exempt, ...]
    acts_on_unknown: bool
    once_while_open: bool
    effects: tuple[RuleEffect, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class LinkageRule:
    """One rule through its versions: from a domain (of its event) toward others."""

    id: str
    title: str
    toward: tuple[Domain, ...]
    file: str
    versions: tuple[LinkageVersion, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an event is about, as far as conditions may ask: its fields and the facts by name; None: not told."""

    fields: Mapping[str, object]
    facts: Mapping[str, object]
