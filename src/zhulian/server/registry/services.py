"""Writing to the registry: rows of the canonical tables, a chunk in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from zhulian.core.kernel.codes import authority_division
from zhulian.core.kernel.dates import micros
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key
from zhulian.core.tables import TABLES
from zhulian.intake import Reject, Row
from zhulian.server.common import outbox
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.events import COVERAGE_CHANGED, PROJECTS_CHANGED, facts_changed
from zhulian.server.registry.finding import tokens_write
from zhulian.server.registry.folding import Arrival
from zhulian.server.registry.identities import Claim, Resolver, claims_of
from zhulian.server.registry.matching.doubles import certificates_shared
from zhulian.server.registry.matching.profiles import CERTIFIED
from zhulian.server.registry.matching.services import conflicts_note, pairs_propose
from zhulian.server.registry.models import Authority, Source
from zhulian.server.registry.provisional import marks_add
from zhulian.server.registry.rulings import uphold
from zhulian.server.registry.storage import LogicalKey, Page, Written, writer_lock

_SEARCHED: Final = frozenset({"enterprise", "qualification", "safety_permit"})
"""Tables whose rows change what an enterprise is found by."""


@dataclass(slots=True)
class Recorded:
    """What became of a chunk: records that changed something, records that said nothing new, records refused."""

    accepted: int = 0
    unchanged: int = 0
    rejects: list[Reject] = field(default_factory=list)


@dataclass(slots=True)
class _Chunk:
    """A chunk in the making; nothing is written before all its records are taken in."""

    resolver: Resolver
    today: dt.date
    order: int
    pages: dict[str, Page] = field(default_factory=dict)
    outcome: Recorded = field(default_factory=Recorded)
    conflicts: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    """Kind → known subjects that a row claimed to be one by two sure keys."""

    def conflict(self, kind: str, error: ZhulianError) -> None:
        """Note the two subjects of a refused row, for whoever decides about them."""
        known = self.resolver.known[kind].ids
        keys = [error.params.get(name) for name in ("first", "second")]
        pair = [known.get(key, 0) for key in keys if isinstance(key, Key)]
        if error.code == "identity.conflict" and len(pair) == 2 and min(pair) > 0:
            self.conflicts.setdefault(kind, set()).add((pair[0], pair[1]))


@writes
def source_create(*, feed: str, reference: str, at: dt.datetime, actor: str) -> int:
    """A delivery as a source of rows; its id."""
    row = Source.objects.create(feed=feed, reference=reference, received_at=micros(at))
    leaf_append(
        action="registry.source.create",
        actor=actor,
        subject=f"source:{row.pk}",
        data={"feed": feed, "reference": reference},
        at=at,
    )
    return row.pk


@writes
def rows_record(
    *,
    rows: Sequence[Row],
    source: int,
    feed: str,
    at: dt.datetime,
    actor: str,
    order: int | None = None,
    observed: dt.datetime | None = None,
) -> Recorded:
    """Record a chunk of rows, in order, as known from `at` on; a record is taken whole or refused whole.

    A correction gives `order` and `observed`, the source and the moment of the delivery that it corrects: its rows
    count as if they had arrived then, so they do not undo what arrived since.

    Rows of one record follow each other and share its position. Identities, rows, search tokens, events and the
    leaf commit together: a crash here leaves nothing of the chunk, and the caller repeats it.
    """
    writer_lock()
    chunk = _Chunk(Resolver(source, feed, at), (observed or at).date(), order or source)
    claims = [claims_of(row) for row in rows]
    chunk.resolver.look_up(claim for row in claims for claim in row)
    records = [list(group) for _, group in groupby(zip(rows, claims, strict=True), key=lambda pair: pair[0].position)]
    arrivals = [_resolved(chunk, record) for record in records]
    _load(chunk, arrivals)
    for arrived in arrivals:
        _take(chunk, arrived)
    _write(chunk, at, actor)
    for kind, pairs in chunk.conflicts.items():
        conflicts_note(kind=kind, pairs=pairs, feed=_feed_name(feed), actor=actor, at=at)
    return chunk.outcome


def _feed_name(feed: str) -> str:
    """The feed without the division of whoever handed it in (`exchange` puts that before it)."""
    return feed.rpartition("/")[2]


@dataclass(slots=True)
class _Arrived:
    """A row with its subjects: where it goes and what it says."""

    table: str
    key: LogicalKey
    arrival: Arrival


def _resolved(chunk: _Chunk, record: Sequence[tuple[Row, list[Claim]]]) -> list[_Arrived] | Reject:
    mark = chunk.resolver.mark()
    out: list[_Arrived] = []
    for row, claims in record:
        told: dict[str, Any] = dict(row.values)
        for column, subject_kind, keys in claims:
            try:
                told[column] = chunk.resolver.subject(subject_kind, keys)
            except ZhulianError as error:
                chunk.resolver.back_to(mark)
                chunk.conflict(subject_kind, error)
                return Reject(row.table, row.position, row.raw, column, error.code, error.text, error.cure)
        page = chunk.pages.setdefault(row.table, Page(row.table))
        arrival = Arrival(told, row.fact_from, row.fact_until, chunk.resolver.source, chunk.order, derived=row.derived)
        out.append(_Arrived(row.table, page.key_of(told), arrival))
    return out


def _load(chunk: _Chunk, arrivals: Iterable[list[_Arrived] | Reject]) -> None:
    keys: dict[str, list[LogicalKey]] = {}
    for arrived in arrivals:
        if not isinstance(arrived, Reject):
            for one in arrived:
                keys.setdefault(one.table, []).append(one.key)
    for table, found in keys.items():
        chunk.pages[table].load(found)


def _take(chunk: _Chunk, arrived: list[_Arrived] | Reject) -> None:
    if isinstance(arrived, Reject):
        chunk.outcome.rejects.append(arrived)
        return
    news = [chunk.pages[one.table].fold(one.key, one.arrival, today=chunk.today) for one in arrived]
    if any(news):
        chunk.outcome.accepted += 1
    else:
        chunk.outcome.unchanged += 1


def _write(chunk: _Chunk, at: dt.datetime, actor: str) -> None:
    identities = chunk.resolver.mark()
    ids = chunk.resolver.flush()
    written = {table: chunk.pages[table].write(ids, micros(at)) for table in TABLES if table in chunk.pages}
    changed = {table: done for table, done in written.items() if done.keys}
    if not changed and not identities:
        return
    if "qualification" in changed:
        _authorities_note(chunk.pages["qualification"].texts("authority"))
    tables_of: dict[int, list[str]] = {}
    for table, done in changed.items():
        for enterprise in done.enterprises:
            tables_of.setdefault(enterprise, []).append(table)
    _marks(changed)
    certified: set[int] = set().union(*(changed[table].persons for table in _HOLDERS & changed.keys()))
    pairs_propose(kind="person", pairs=certificates_shared(certified), actor=actor, at=at)
    searched: set[int] = set().union(*(changed[table].enterprises for table in _SEARCHED & changed.keys()))
    if searched:
        tokens_write(searched)
    subject = f"source:{chunk.resolver.source}"
    persons: set[int] = set().union(*(done.persons for done in changed.values()))
    events = facts_changed(tables_of, persons, affects=(subject,))
    if "coverage" in changed and changed["coverage"].nobody:
        events.append(outbox.Event(COVERAGE_CHANGED, subject, {}))
    if "project" in changed:
        events.append(outbox.Event(PROJECTS_CHANGED, subject, {"projects": sorted(changed["project"].projects)}))
    outbox.append(events)
    counts = {table: done.keys for table, done in changed.items()}
    leaf_append(
        action="registry.rows.record",
        actor=actor,
        subject=subject,
        data={"identities": identities, "keys": counts},
        at=at,
    )
    for table, done in changed.items():
        uphold(table, done.enterprises, _feed_name(chunk.resolver.feed), at)


_COMPARED: Final = {
    "enterprise": ("enterprise", "qualification", "safety_permit"),
    "person": ("person", "post_certificate", "safety_certificate", "skill", "registration"),
    "project": ("project", "contract", "participation"),
}
"""Kind of subject → tables whose rows say who it may be."""
_HOLDERS: Final = frozenset({"person", *CERTIFIED})
"""Tables whose rows may show that two persons with sure keys are one."""


def _marks(changed: Mapping[str, Written]) -> None:
    """Whose blocks are to be compared anew."""
    for kind, tables in _COMPARED.items():
        found = [changed[table] for table in tables if table in changed]
        marks_add(kind, set().union(*(one.subjects(kind) for one in found)))


def _authorities_note(texts: set[str]) -> None:
    """Find out what authorities mean that come for the first time."""
    fresh = texts - set(Authority.objects.filter(text__in=texts).values_list("text", flat=True))
    rows = [Authority(text=text, division=authority_division(text) or "") for text in sorted(fresh)]
    Authority.objects.bulk_create(rows, ignore_conflicts=True)


@writes
def list_exported(*, count: int, query: str, actor: str, at: dt.datetime) -> None:
    """Somebody takes a list away: what, how much."""
    data = {"count": count, "query": query[:500]}
    leaf_append(action="registry.enterprise.export", actor=actor, subject="registry:enterprises", data=data, at=at)
