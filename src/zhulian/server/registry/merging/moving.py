"""From one forest of merges to another: which rows stand where afterwards, and what has to be written for it.

Rows are never changed. A row whose subjects are called otherwise afterwards is superseded, and a row with the other
ids is recorded; so `known_at` before still shows what was shown then. What a member had stands behind it as
`MemberRow`, and every merge and every undoing starts from there: the outcome depends on the merges in force only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from django.db.models import Q

from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.core.tables import TABLES
from zhulian.server.common.bitemporal import Fact
from zhulian.server.registry.folding import Known, Values
from zhulian.server.registry.merging.forest import Edge, Forest
from zhulian.server.registry.merging.overlay import identical, overlay, with_later
from zhulian.server.registry.models import MemberRow, Merge
from zhulian.server.registry.storage import (
    LogicalKey,
    attribute,
    fact_keep,
    facts_insert,
    rows_read,
    rows_supersede,
)

_BATCH: Final = 800

Base = tuple[int | None, Fact[Values]]
"""A fact as a member had it, and the row that stores it; none yet for one that arrived after the merge."""


@dataclass(slots=True)
class KeyPlan:
    """What happens to one logical key: rows to close, facts to record, facts to keep for members."""

    supersede: list[int]
    insert: list[Fact[Values]]
    keep: list[Base]
    """Member rows: an existing row's id, or none when the fact has to be stored for it."""
    later: int
    """The member that what arrived since the merge belongs to; 0 when nothing has arrived."""


@dataclass(slots=True)
class Plan:
    """What a change of the forest does, key by key."""

    keys: dict[tuple[str, LogicalKey], KeyPlan] = field(default_factory=dict)
    forget: set[tuple[str, int]] = field(default_factory=set)
    """Member rows that were kept so far: table and row."""

    def moved(self) -> dict[str, int]:
        """Table → rows that are closed."""
        out: dict[str, int] = {}
        for (table, _), plan in self.keys.items():
            out[table] = out.get(table, 0) + len(plan.supersede)
        return {table: count for table, count in out.items() if count}


def forest_load(subjects: Iterable[int]) -> Forest:
    """The merges in force that these subjects have to do with, directly or through others."""
    edges: dict[int, Edge] = {}
    asked: set[int] = set()
    waiting = set(subjects)
    while waiting:
        asked |= waiting
        found = _edges(sorted(waiting))
        edges.update({edge.gone: edge for edge in found})
        waiting = {s for edge in found for s in (edge.gone, edge.survivor)} - asked
    return Forest(edges)


def _edges(subjects: Sequence[int]) -> list[Edge]:
    out: list[Edge] = []
    for start in range(0, len(subjects), _BATCH):
        some = subjects[start : start + _BATCH]
        rows = Merge.objects.filter(Q(gone__in=some) | Q(survivor__in=some), undone_at=None)
        out += [Edge(gone, survivor, pk) for gone, survivor, pk in rows.values_list("gone", "survivor", "pk")]
    return out


@cache
def _refs(table: str) -> tuple[tuple[int, str], ...]:
    """Places of a table's columns that name subjects, and the kind of subject."""
    return tuple((i, column.refers) for i, column in enumerate(TABLES[table].columns) if column.refers)


def tables_about(kind: str) -> dict[str, list[str]]:
    """Table → its columns that name a subject of this kind."""
    found = {name: [c.name for c in table.columns if c.refers == kind] for name, table in TABLES.items()}
    return {name: columns for name, columns in found.items() if columns}


def rows_about(columns: Sequence[str], subjects: Iterable[int]) -> Q:
    """The rows of a table that are known now and name one of these subjects in one of these columns."""
    chosen = sorted(subjects)
    out = Q(pk__in=[])
    for column in columns:
        out |= Q(**{f"{attribute(column)}__in": chosen})
    return out & Q(superseded_at=STILL_KNOWN)


@dataclass(slots=True)
class _Key:
    """What stands under one key (as it is called before): present rows, and what members had."""

    present: list[Known] = field(default_factory=list)
    members: dict[LogicalKey, list[Known]] = field(default_factory=dict)


def plan(kind: str, before: Forest, after: Forest, members: Iterable[int]) -> Plan:
    """What has to be written so that these members, all of one kind, stand as the second forest says."""
    return _Planning(kind, before, after, sorted(set(members))).plan()


class _Planning:
    """One plan in the making. Members of other kinds may be merged as well: rows name several subjects."""

    def __init__(self, kind: str, before: Forest, after: Forest, members: Sequence[int]) -> None:
        self.kind = kind
        self.members = members
        self.tracked = _tracked(members)
        self.others = forest_load(self._named())
        self.before = Forest({**self.others.edges, **before.edges})
        changed = {gone for gone in before.edges if gone not in after.edges}
        rest = {gone: edge for gone, edge in self.others.edges.items() if gone not in changed}
        self.after = Forest({**rest, **after.edges})

    def _named(self) -> set[int]:
        return {
            cell
            for table, rows in self.tracked.items()
            for known in rows
            for i, _ in _refs(table)
            if (cell := known.fact.values.cells[i]) is not None
        }

    def plan(self) -> Plan:
        out = Plan(forget={(table, known.row) for table, rows in self.tracked.items() for known in rows})
        roots = {self.before.root(member) for member in self.members}
        for table, columns in tables_about(self.kind).items():
            present = list(rows_read(table, rows_about(columns, roots)))
            self._table(table, present, out)
        return out

    def _table(self, table: str, present: Sequence[Known], out: Plan) -> None:
        keys: dict[LogicalKey, _Key] = {}
        for known in present:
            keys.setdefault(_key(table, known.fact), _Key()).present.append(known)
        for known in self.tracked.get(table, ()):
            fact = _called(table, known.fact, self.before)
            own = keys.setdefault(_key(table, fact), _Key()).members
            own.setdefault(_key(table, known.fact), []).append(known)
        told: dict[LogicalKey, dict[LogicalKey, list[Base]]] = {}
        later: dict[LogicalKey, int] = {}
        for key, one in keys.items():
            for own_key, (facts, whose) in self._bases(table, key, one).items():
                now = _key(table, _called(table, facts[0][1], self.after)) if facts else key
                told.setdefault(now, {}).setdefault(own_key, []).extend(facts)
                later[now] = whose or later.get(now, 0)
        standing: dict[LogicalKey, list[Known]] = {}
        for known in present:
            standing.setdefault(_key(table, known.fact), []).append(known)
        for key in [*told, *(key for key in standing if key not in told)]:
            one_plan = self._key_plan(table, told.get(key, {}), standing.get(key, []), later.get(key, 0))
            if one_plan.supersede or one_plan.insert or one_plan.keep:
                out.keys[table, key] = one_plan

    def _bases(self, table: str, key: LogicalKey, one: _Key) -> dict[LogicalKey, tuple[list[Base], int]]:
        """What each member has under a key, what arrived since the merge included."""
        if not one.members:
            return {key: ([(known.row, known.fact) for known in one.present], 0)}
        order = sorted(one.members, key=lambda own: self._precedence(table, own, self.before))
        own: dict[LogicalKey, list[Base]] = {k: [(known.row, known.fact) for known in one.members[k]] for k in order}
        shown = self._shown(table, [[fact for _, fact in own[k]] for k in order], self.before)
        present = [known.fact for known in one.present]
        bases: dict[LogicalKey, tuple[list[Base], int]] = {k: (own[k], 0) for k in order}
        if identical(shown, present):
            return bases
        first = order[0]
        rows = {_whole(known.fact): known.row for known in (*one.members[first], *one.present)}
        facts = with_later([fact for _, fact in own[first]], shown, present)
        facts = [_restored(table, fact, own[first], self.before) for fact in facts]
        bases[first] = ([(rows.get(_whole(fact)), fact) for fact in facts], self._member(table, first))
        return bases

    def _shown(self, table: str, members: Sequence[Sequence[Fact[Values]]], forest: Forest) -> list[Fact[Values]]:
        return overlay([[_called(table, fact, forest) for fact in facts] for facts in members])

    def _precedence(self, table: str, key: LogicalKey, forest: Forest) -> tuple[int, ...]:
        """Members in the order of their merges, by the subjects that their key names."""
        named = [i for i, name in enumerate(TABLES[table].key) if TABLES[table].column(name).refers]
        return tuple(forest.cluster(key[i]).index(key[i]) for i in named if key[i] is not None)

    def _member(self, table: str, key: LogicalKey) -> int:
        """Which member a key is about: the subject of the plan's kind that it names, else the survivor."""
        named = [key[i] for i, n in enumerate(TABLES[table].key) if TABLES[table].column(n).refers == self.kind]
        return next((s for s in named if s is not None), 0) or self.before.root(self.members[0])

    def _key_plan(
        self,
        table: str,
        own: Mapping[LogicalKey, list[Base]],
        present: Sequence[Known],
        later: int,
    ) -> KeyPlan:
        order = sorted(own, key=lambda key: self._precedence(table, key, self.after))
        wanted = self._shown(table, [[fact for _, fact in own[key]] for key in order], self.after)
        have = {_whole(known.fact): known.row for known in present}
        want = {_whole(fact): fact for fact in wanted}
        base = [pair for key in order for pair in own[key]]
        alone = len(order) == 1 and all(_called(table, fact, self.after) == fact for _, fact in base)
        return KeyPlan(
            supersede=[row for whole, row in have.items() if whole not in want],
            insert=[fact for whole, fact in want.items() if whole not in have],
            keep=[] if alone else base,
            later=later,
        )


def _tracked(members: Sequence[int]) -> dict[str, list[Known]]:
    """Member rows of these subjects, each once."""
    rows: dict[str, set[int]] = {}
    for start in range(0, len(members), _BATCH):
        found = MemberRow.objects.filter(subject__in=members[start : start + _BATCH])
        for table, row in found.values_list("table_name", "row"):
            rows.setdefault(table, set()).add(row)
    return {table: list(_by_id(table, sorted(ids))) for table, ids in rows.items()}


def _by_id(table: str, ids: Sequence[int]) -> Iterable[Known]:
    for start in range(0, len(ids), _BATCH):
        yield from rows_read(table, Q(row_id__in=ids[start : start + _BATCH]))


def _key(table: str, fact: Fact[Values]) -> LogicalKey:
    columns = TABLES[table].names
    return tuple(fact.values.cells[columns.index(name)] for name in TABLES[table].key)


def _whole(fact: Fact[Values]) -> tuple[Any, ...]:
    return fact.start, fact.until, fact.values.source, fact.values.cells


def _called(table: str, fact: Fact[Values], forest: Forest) -> Fact[Values]:
    """A fact with the subjects in whom its own live on."""
    cells = list(fact.values.cells)
    for i, _ in _refs(table):
        if cells[i] is not None:
            cells[i] = forest.root(cells[i])
    return Fact(fact.start, fact.until, Values(tuple(cells), fact.values.source))


def _restored(table: str, fact: Fact[Values], own: Sequence[Base], forest: Forest) -> Fact[Values]:
    """A fact that arrived after the merge, with the member's own ids where it names those in whom the member lives on."""
    cells = list(fact.values.cells)
    for i, _ in _refs(table):
        ids = {base.values.cells[i] for _, base in own} - {None}
        mine = [one for one in sorted(ids) if forest.root(one) == cells[i]]
        if mine and cells[i] not in ids:
            cells[i] = mine[0]
    return Fact(fact.start, fact.until, Values(tuple(cells), fact.values.source))


@dataclass(frozen=True, slots=True)
class Touched:
    """Whom written rows are about, and in which tables."""

    tables_of: dict[int, set[str]]
    """Enterprise → tables."""
    persons: set[int]


def write(done: Plan, *, at: int) -> Touched:
    """Write a plan: close and record rows, keep what members had."""
    touched = Touched({}, set())
    pairs = sorted(done.forget)
    for table in {table for table, _ in pairs}:
        rows = [row for name, row in pairs if name == table]
        for start in range(0, len(rows), _BATCH):
            MemberRow.objects.filter(table_name=table, row__in=rows[start : start + _BATCH]).delete()
    for table in TABLES:
        plans = [one for (name, _), one in done.keys.items() if name == table]
        if plans:
            _write_table(table, plans, at, touched)
    return touched


def _write_table(table: str, plans: Sequence[KeyPlan], at: int, touched: Touched) -> None:
    gone = [row for one in plans for row in one.supersede]
    fresh = [fact for one in plans for fact in one.insert]
    for known in _by_id(table, sorted(gone)):
        _touch(table, known.fact, touched)
    for fact in fresh:
        _touch(table, fact, touched)
    rows_supersede(table, gone, at)
    facts_insert(table, fresh, at)
    kept: list[MemberRow] = []
    for row, fact in (pair for one in plans for pair in one.keep):
        number = row if row is not None else fact_keep(table, fact, at)
        subjects = {fact.values.cells[i] for i, _ in _refs(table)} - {None}
        kept += [MemberRow(subject=subject, table_name=table, row=number) for subject in sorted(subjects)]
    MemberRow.objects.bulk_create(kept, batch_size=500)


def _touch(table: str, fact: Fact[Values], touched: Touched) -> None:
    for i, kind in _refs(table):
        cell = fact.values.cells[i]
        if cell is not None and kind == "enterprise":
            touched.tables_of.setdefault(cell, set()).add(table)
        elif cell is not None and kind == "person":
            touched.persons.add(cell)
