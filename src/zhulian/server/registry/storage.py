"""Canonical rows in the database: what is known under logical keys, and writing what has changed, by the chunk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.core.tables import TABLES
from zhulian.server.common.bitemporal import Fact, Stored
from zhulian.server.common.crypto import Secret
from zhulian.server.registry.folding import Arrival, Known, Shape, Values, fold
from zhulian.server.registry.models import MODELS, Person

LogicalKey = tuple[Any, ...]

ATTRIBUTES: Final = {"class": "certificate_class"}
"""Columns whose name is a word of Python."""
SEEK: Final = {"qualification": "enterprise", "registration": "person", "coverage": "enterprise"}
"""The key column that finds a key's rows where the first one is null in places or repeated too often."""
_BATCH: Final = 800
_LOCK: Final = 7_2001
"""PostgreSQL advisory lock of the registry's writers; SQLite has one writer anyway."""


@cache
def shape(table: str) -> Shape:
    """Columns of a table, and which starts its facts."""
    contract = TABLES[table]
    return Shape(contract.names, contract.since)


def attribute(column: str) -> str:
    """The model's name of a column."""
    return ATTRIBUTES.get(column, column)


@dataclass(frozen=True, slots=True)
class Written:
    """What a page wrote: how many keys changed, and whom the changed rows are about."""

    keys: int
    enterprises: set[int]
    persons: set[int]
    projects: set[int]
    nobody: bool
    """Whether some are about no enterprise in particular, though the table has them (coverage of a division)."""

    def subjects(self, kind: str) -> set[int]:
        """Those of a kind."""
        return {"enterprise": self.enterprises, "person": self.persons, "project": self.projects}[kind]


@dataclass(slots=True)
class Page:
    """Facts of one table under the keys of a chunk: as they were read, and as they will be."""

    table: str
    facts: dict[LogicalKey, list[Known]] = field(default_factory=dict)
    read: dict[LogicalKey, list[Known]] = field(default_factory=dict)
    fresh: int = -1

    def key_of(self, told: dict[str, Any]) -> LogicalKey:
        """The logical key of a row."""
        return tuple(told.get(column) for column in TABLES[self.table].key)

    def load(self, keys: Iterable[LogicalKey]) -> None:
        """Read what is known under these keys."""
        contract, columns = TABLES[self.table], TABLES[self.table].names
        missing = {key for key in keys if key not in self.facts}
        for key in missing:
            self.facts[key] = []
        seek = SEEK.get(self.table, contract.key[0])
        place = contract.key.index(seek)
        # A provisional (negative) id has no rows yet.
        values = sorted({key[place] for key in missing if key[place] is not None and not _provisional(key[place])})
        nulls = any(key[place] is None for key in missing)
        indices = [columns.index(column) for column in contract.key]
        for start in range(0, len(values) + nulls, _BATCH):
            chosen = Q(**{f"{attribute(seek)}__in": values[start : start + _BATCH]})
            if nulls and start == 0:
                chosen |= Q(**{f"{attribute(seek)}__isnull": True})
            for known in rows_read(self.table, chosen & Q(superseded_at=STILL_KNOWN)):
                key = tuple(known.fact.values.cells[i] for i in indices)
                if key in missing:
                    self.facts[key].append(known)
        self.read.update({key: self.facts[key] for key in missing if self.facts[key]})

    def fold(self, key: LogicalKey, row: Arrival, *, today: dt.date) -> bool:
        """Take a row in; whether it said anything new."""
        known = self.facts[key]
        after = fold(shape(self.table), known, row, today=today, fresh=self.fresh)
        if after is None:
            return False
        self.facts[key] = after
        self.fresh -= len(after) + len(known) + 1
        return True

    def write(self, ids: dict[int, int], at: int) -> Written:
        """Close what is superseded and insert what is new."""
        superseded: list[int] = []
        fresh: list[Fact[Values]] = []
        touched: list[Fact[Values]] = []
        keys = 0
        for key, facts in self.facts.items():
            rows = {known.row for known in facts}
            gone = [known for known in self.read.get(key, ()) if known.row not in rows]
            new = [known.fact for known in facts if known.row < 0]
            keys += bool(gone or new)
            superseded += [known.row for known in gone]
            fresh += new
            touched += new
            touched += [known.fact for known in gone]
        rows_supersede(self.table, superseded, at)
        facts_insert(self.table, self._named(fresh, ids), at)
        told = [self._subjects(kind, touched, ids) for kind in ("enterprise", "person", "project")]
        enterprises, persons, projects = ({one for one in found if one is not None} for found in told)
        return Written(keys, enterprises, persons, projects, nobody=None in told[0])

    def texts(self, column: str) -> set[str]:
        """What the facts of these keys say in a column of text."""
        place = TABLES[self.table].names.index(column)
        return {fact.fact.values.cells[place] for facts in self.facts.values() for fact in facts} - {None}

    def _named(self, facts: Iterable[Fact[Values]], ids: dict[int, int]) -> Iterable[Fact[Values]]:
        """Facts with the ids that their provisional subjects have been given."""
        refs = [i for i, column in enumerate(TABLES[self.table].columns) if column.refers]
        for fact in facts:
            cells = list(fact.values.cells)
            for i in refs:
                cells[i] = ids.get(cells[i], cells[i])
            yield Fact(fact.start, fact.until, Values(tuple(cells), fact.values.source))

    def _subjects(self, kind: str, facts: Iterable[Fact[Values]], ids: dict[int, int]) -> set[int | None]:
        """Subjects of a kind that facts name in any column: a work names who led it."""
        places = [i for i, column in enumerate(TABLES[self.table].columns) if column.refers == kind]
        cells = {fact.values.cells[place] for fact in facts for place in places}
        return {ids.get(cell, cell) for cell in cells}


def writer_lock() -> None:
    """Keep other writers of the registry out until this transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def rows_read(table: str, chosen: Q) -> Iterable[Known]:
    """Stored facts of a table that a filter chooses, oldest first, with their row ids."""
    names = [attribute(column) for column in TABLES[table].names]
    if table == "person":  # opened so that an unchanged number compares equal; nothing is shown
        rows: Iterable[Sequence[Any]] = (
            [r.row_id, r.fact_from, r.fact_until, r.source_id, *(_opened(getattr(r, name)) for name in names)]
            for r in MODELS["person"].objects.filter(chosen).order_by("fact_from", "row_id")
        )
    else:
        rows = (
            MODELS[table]
            .objects.filter(chosen)
            .order_by("fact_from", "row_id")
            .values_list("row_id", "fact_from", "fact_until", "source_id", *names)
        )
    for row_id, start, until, source, *cells in rows:
        yield Stored(row_id, Fact(start, until, Values(tuple(cells), source)))


def rows_supersede(table: str, row_ids: Sequence[int], at: int) -> None:
    """Close rows: from `at` on they are known no more."""
    for start in range(0, len(row_ids), _BATCH):
        MODELS[table].objects.filter(row_id__in=row_ids[start : start + _BATCH]).update(superseded_at=at)


def facts_insert(table: str, facts: Iterable[Fact[Values]], at: int) -> None:
    """Insert facts as known from `at` on."""
    _insert(table, [(f.start, f.until, at, STILL_KNOWN, f.values.source, *f.values.cells) for f in facts])


def fact_keep(table: str, fact: Fact[Values], at: int) -> int:
    """Store a fact that is known at no moment, to be brought back later; its row id."""
    _insert(table, [(fact.start, fact.until, at, at, fact.values.source, *fact.values.cells)])
    rows = MODELS[table].objects.filter(recorded_at=at, superseded_at=at)
    return int(rows.latest("row_id").row_id)


def _insert(table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    columns = ["fact_from", "fact_until", "recorded_at", "superseded_at", "source_id", *TABLES[table].names]
    if table == "person":
        columns, rows = _sealed(columns, rows)
    rows_insert(table, columns, rows)


def rows_insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows, dates as the database keeps them. Three times as fast as model instances for the same rows."""
    if not rows:
        return
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    sql = f"INSERT INTO {quote(table)} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608 - names of the contract
    if connection.vendor == "sqlite":
        rows = [[c.isoformat() if isinstance(c, dt.date) else c for c in row] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def _sealed(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Rows of `person` with ID number and phone encrypted for their row, and their blind indexes beside them."""
    places = [list(columns).index(secret.name) for secret, _ in _SECRETS]
    sealed: list[tuple[Any, ...]] = []
    for row in rows:
        person = Person(**{secret.name: row[place] for (secret, _), place in zip(_SECRETS, places, strict=True)})
        cells = list(row)
        for (secret, _), place in zip(_SECRETS, places, strict=True):
            cells[place] = secret.pre_save(person, add=True)
        context = person.secret_id if connection.features.has_native_uuid_field else person.secret_id.hex
        sealed.append((*cells, context, *(index.pre_save(person, add=True) for _, index in _SECRETS)))
    return [*columns, "secret_id", *(index.name for _, index in _SECRETS)], sealed


_SECRETS: Final[tuple[tuple[Any, Any], ...]] = tuple(
    (Person._meta.get_field(name), Person._meta.get_field(f"{name}_index"))  # noqa: SLF001 - _meta is Django's documented interface
    for name in ("id_no", "phone")
)


def _provisional(value: Any) -> bool:
    return isinstance(value, int) and value < 0


def _opened(value: Any) -> Any:
    return value.reveal() if isinstance(value, Secret) else value
