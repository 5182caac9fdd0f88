"""时间线: what happened to one enterprise in the loop, in the order of time; and the flags and shares that stand now.

The same rows as the causal graph, laid out by day. The enterprise itself sees all that reached it or that it may
answer; work that offices have not told it of yet (a proposal before its notice, a planned check) is not in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.linkage.graph import Branch, Chain, forest
from zhulian.server.linkage.models import Flag, Judged, Share
from zhulian.server.linkage.paths import KINDS, Node, Path

LIMIT: Final = 300
"""Judgements read, newest first; a page says when there are more."""
_TOLD: Final = frozenset({"flag", "share", "notice", "service", "defence", "decision", "restriction", "lifting", "end"})
"""Kinds of steps that the enterprise knows of, or may answer."""
_UNTOLD: Final = frozenset({"obligation", "copy"})
"""Paths that are the offices' own: what they plan to check, and whom they write to."""
_REACHED: Final = frozenset({"notice", "decision", "restriction"})
"""A proposal is the enterprise's matter once one of these came of it."""
KIND_CHOICES: Final = tuple(
    (kind, KINDS[kind]) for kind in ("event", "flag", "proposal", "decision", "service", "restriction", "end")
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One step on a day. `direction`: where the event behind it came from; `clause`: of the rule that made it."""

    on: dt.date
    at: dt.datetime | dt.date
    node: Node
    direction: str
    cause: str
    clause: str
    late: bool

    @property
    def words(self) -> list[str]:
        """Why, who, what else, by which clause: those that are known."""
        because = _("因「%s」") % self.cause if self.cause else ""
        return [word for word in (because, self.node.who, self.node.note, self.clause) if word]


@dataclass(frozen=True, slots=True)
class Standing:
    """A flag or share that stands now: since when, why, and what ends it."""

    kind: str
    label: str
    code: str
    since: dt.date
    why: str
    clause: str
    ends: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The entries by year, newest first. `more`: older ones are left out."""

    years: tuple[tuple[int, tuple[Entry, ...]], ...]
    more: bool

    @property
    def count(self) -> int:
        """How many entries."""
        return sum(len(entries) for _year, entries in self.years)


def timeline(enterprise: int, viewer: Any, *, own: bool, kind: str, domain: str, today: dt.date) -> Timeline:
    """Everything that followed from events about an enterprise, by day. `own`: as the enterprise itself sees it.

    `kind` and `domain` narrow it to one kind of step and one direction; empty: all. The caller asked whether the
    viewer may see the enterprise.
    """
    rows = list(Judged.objects.filter(enterprise=enterprise).exclude(effects=[]).order_by("-at", "-pk")[: LIMIT + 1])
    chains = forest(rows[:LIMIT], viewer, today=today)
    # What is to come (the last day of a term) stands in the table of what stands now.
    told = (e for chain in chains for e in _of_chain(chain, own=own) if e.on <= today)
    found = [e for e in told if _wanted(e, kind, domain)]
    found.sort(key=_when, reverse=True)
    years = tuple((year, tuple(entries)) for year, entries in groupby(found, key=lambda e: e.on.year))
    return Timeline(years, more=len(rows) > LIMIT)


def _wanted(entry: Entry, kind: str, domain: str) -> bool:
    return (not kind or entry.node.kind == kind) and (not domain or entry.direction == domain)


def _when(entry: Entry) -> dt.datetime:
    """A step that has a day only happened before the moments of that day, in the order of the sort."""
    at = entry.at
    return at if isinstance(at, dt.datetime) else dt.datetime.combine(at, dt.time(), tzinfo=SHANGHAI)


def _of_chain(chain: Chain, *, own: bool) -> Iterator[Entry]:
    branches = [(branch, [p for p in branch.paths if not own or _reached(p)]) for branch in chain.branches]
    shown = any(paths for _branch, paths in branches)
    if chain.at is not None and (shown or not own):
        node = Node("event", chain.label, chain.at, note="；".join(chain.what))
        yield _entry(node, chain, "", late=False)
    for branch, paths in branches:
        for path in paths:
            yield from _of_path(chain, branch, path, own=own)
    for branch, _paths in branches:
        for path in branch.paths:
            for followed in path.followed:
                yield from _of_chain(followed, own=own)


def _reached(path: Path) -> bool:
    if path.kind == "proposal":
        return any(node.kind in _REACHED for node in path.nodes)
    return path.kind not in _UNTOLD


def _of_path(chain: Chain, branch: Branch, path: Path, *, own: bool) -> Iterator[Entry]:
    for number, node in enumerate(path.nodes):
        if node.at is not None and (not own or node.kind in _TOLD):
            # Who drafts and reviews is the offices' own; a document names its signer.
            said = replace(node, who="") if own else node
            yield _entry(said, chain, path.clause or branch.clause, late=path.overdue and number == 0)


def _entry(node: Node, chain: Chain, clause: str, *, late: bool) -> Entry:
    at = node.at
    if at is None:
        raise TypeError(node)
    on = at.astimezone(SHANGHAI).date() if isinstance(at, dt.datetime) else at
    cause = "" if node.kind == "event" else chain.label
    return Entry(on, at, node, chain.domain.value, cause, clause, late)


def standing(enterprise: int, *, today: dt.date) -> list[Standing]:
    """Flags and shares that stand now, the oldest first."""
    flags = list(Flag.objects.filter(enterprise=enterprise, ended_at=None).order_by("pk"))
    runs = Q(until__isnull=True) | Q(until__gte=today)
    shares = list(Share.objects.filter(runs, enterprise=enterprise, ended_at=None).order_by("pk"))
    why = _causes([*flags, *shares])
    return [_standing(row, _event_ends(row.until), why) for row in flags] + [
        _standing(row, _("至 %s") % row.until if row.until else _event_ends(row.until_event), why) for row in shares
    ]


def _event_ends(name: str) -> str:
    return _("出现「%s」时自动解除") % (EVENT_TYPES[name].label if name in EVENT_TYPES else name)


def _causes(rows: Sequence[Flag | Share]) -> dict[Any, str]:
    """Event → its label, as judged."""
    found = Judged.objects.filter(event__in={row.event for row in rows}).values_list("event", "event_type")
    return {event: EVENT_TYPES[name].label if name in EVENT_TYPES else name for event, name in found}


def _standing(row: Flag | Share, ends: str, why: dict[Any, str]) -> Standing:
    return Standing(
        kind=KINDS["flag" if isinstance(row, Flag) else "share"],
        label=row.label,
        code=str(row.told.get("code") or ""),
        since=row.made_at.astimezone(SHANGHAI).date(),
        why="；".join(filter(None, (why.get(row.event, ""), str(row.told.get("shortfall") or "")))),
        clause=row.clause,
        ends=ends,
    )
