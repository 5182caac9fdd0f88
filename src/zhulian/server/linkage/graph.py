"""The causal graph of a subject as values: event → rule → effect → decision → service → act → end, with times and who.

Built from the rows themselves (the judgements and what became of their effects), in a number of queries that does not
grow with them. An event that followed from another hangs under the effect that made it, so the graph is a forest.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from zhulian import rulebooks
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.linkage import EVENT_TYPES, Domain
from zhulian.core.linkage.events import Kind
from zhulian.server.assessments.quantities import quantity
from zhulian.server.common.models import Event
from zhulian.server.linkage.models import Judged
from zhulian.server.linkage.paths import Node, Path, paths_of

RULE_WORDS: Final = {"met": "触发", "short": "没有触发", "unknown": "数据不足"}


@dataclass(slots=True)
class Branch:
    """One judgement of a rule about an event, with the paths that its effects went."""

    row: Judged
    title: str
    clause: str
    toward: str
    paths: tuple[Path, ...]

    @property
    def verdict(self) -> str:
        """Whether it fired, in a word."""
        return RULE_WORDS["met"] if self.row.effects else RULE_WORDS[self.row.verdict.replace("met", "short")]


@dataclass(slots=True)
class Chain:
    """One event with the rules that fired. `cause`: the event it came from, where that one is not in the graph."""

    event: UUID
    type: str
    label: str
    domain: Domain
    at: dt.datetime | None
    what: tuple[str, ...]
    branches: list[Branch] = field(default_factory=list)
    cause: str = ""

    def nodes(self) -> Iterator[Node]:
        """Everything that happened in it, itself first."""
        yield Node("event", self.label, self.at, note="；".join(self.what))
        for branch in self.branches:
            for path in branch.paths:
                yield from path.nodes


def forest(rows: Sequence[Judged], viewer: Any, *, today: dt.date) -> list[Chain]:
    """The chains of these judgements, newest first; what followed from one of them hangs inside it."""
    events = {e.id: e for e in Event.objects.filter(id__in={row.event for row in rows})}
    causes = _causes(events)
    paths = paths_of(rows, viewer, today=today)
    chains = {id_: _chain(id_, told, events.get(id_), paths) for id_, told in _by_event(rows).items()}
    made = {(p.kind, p.pk): p for c in chains.values() for b in c.branches for p in b.paths}
    roots = []
    for chain in chains.values():
        event = events.get(chain.event)
        maker = _maker(event, chains, made) if event else None
        if maker is not None:
            maker.followed.append(chain)
            continue
        found = causes.get(event.cause) if event and event.cause else None
        chain.cause = event_label(found.type) if found else ""
        roots.append(chain)
    return sorted(roots, key=lambda c: c.at or _NEVER, reverse=True)


_NEVER: Final = dt.datetime.min.replace(tzinfo=SHANGHAI)


def event_label(name: str) -> str:
    """What an event is called; a type outside the catalogue by what it tells."""
    known = EVENT_TYPES.get(name)
    return known.label if known else _OTHERS.get(name, name)


_OTHERS: Final = {"facts.changed": "登记的事实变化"}


def told_words(kind: str, told: Mapping[str, Any]) -> tuple[str, ...]:
    """What an event told, in words: fields of its type that are no internal numbers."""
    known = EVENT_TYPES.get(kind)
    if known is None:
        return ()
    hidden = {"enterprise", "person", "project"}
    shown = [(f, told.get(f.name)) for f in known.fields if not f.internal and f.name not in hidden]
    return tuple(f"{f.label}：{_word(f.kind, value)}" for f, value in shown if value not in (None, ""))


def _word(kind: Kind, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return quantity(value, "元") if kind is Kind.FEN and isinstance(value, int) else str(value)


def _by_event(rows: Iterable[Judged]) -> dict[UUID, list[Judged]]:
    out: dict[UUID, list[Judged]] = defaultdict(list)
    for row in rows:
        out[row.event].append(row)
    return out


def _causes(events: Mapping[UUID, Event]) -> dict[UUID, Event]:
    """The events that are causes of these and not among them."""
    wanted = {e.cause for e in events.values() if e.cause} - events.keys()
    return {e.id: e for e in Event.objects.filter(id__in=wanted)} if wanted else {}


def _chain(
    id_: UUID, rows: Sequence[Judged], event: Event | None, paths: Mapping[tuple[UUID, str], list[Path]]
) -> Chain:
    first = rows[0]
    kind = EVENT_TYPES.get(first.event_type)
    book = rulebooks.linkage_book().rules
    branches = []
    for row in sorted(rows, key=lambda r: r.pk):
        rule = book.get(row.rule)
        branches.append(
            Branch(
                row,
                rule.title if rule else row.rule,
                str(row.reason.get("citation") or ""),
                "、".join(d.label for d in rule.toward) if rule else "",
                tuple(paths.get((id_, row.rule), ()) if row.effects else ()),
            )
        )
    return Chain(
        id_,
        first.event_type,
        event_label(first.event_type),
        kind.domain if kind else Domain.PROCESS,
        event.time if event else first.at,
        told_words(first.event_type, first.told),
        branches,
    )


def _maker(event: Event, chains: Mapping[UUID, Chain], made: Mapping[tuple[str, int | None], Path]) -> Path | None:
    """The path that made an event: what its fields name, else the last path of its cause; None: a root."""
    kind, _colon, pk = event.business_key.partition(":")
    named = [("proposal", event.data.get("proposal")), (kind, int(pk) if pk.isdecimal() else None)]
    found = next((made[key] for key in named if key[1] is not None and key in made), None)
    cause = chains.get(event.cause) if event.cause else None
    if found is not None or cause is None:
        return found
    return next((p for b in reversed(cause.branches) for p in reversed(b.paths)), None)
