"""Identity resolution on the database: natural keys of arriving rows → subject ids, a chunk at a time.

The rules: a sure key (credit code, platform id, ID number) alone identifies; a name in a province is provisional
and counts only where no sure key speaks. Sure keys of one row that belong to two subjects are a conflict, and the
row goes to quarantine. A reference to a subject that has not arrived makes a provisional one that waits for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from zhulian.core.kernel.dates import micros
from zhulian.core.kernel.identifiers import Key, name_key
from zhulian.core.tables import TABLES, Kind
from zhulian.intake import Row
from zhulian.intake.validate import KEY_COLUMNS, province_of
from zhulian.server.common.crypto import blind_index
from zhulian.server.registry.models import Identity, Subject

ID_NO_PLACE = "identity|id_no"
"""Where the blind index of an ID number belongs when it is a key."""
_BATCH = 800

Alias = tuple[str, str, str]
"""(kind of subject, kind of key, value as stored)."""


@dataclass(slots=True)
class Claim:
    """All keys by which one row calls one subject; the first is the one it refers to it by."""

    subject_kind: str
    keys: tuple[Key, ...]


@dataclass(slots=True)
class Conflict:
    """Two sure keys of one row that belong to two subjects."""

    first: Key
    second: Key
    subject_kind: str


@dataclass(slots=True)
class Resolver:
    """Subjects of a chunk of rows; look-ups in batches, what is new is written by :meth:`flush`."""

    source: int
    feed: str
    at: dt.datetime
    known: dict[Alias, int] = field(default_factory=dict)
    confirmed: dict[int, set[str]] = field(default_factory=dict)
    """Sure key kinds that a subject of this chunk already has: a firm has one credit code."""
    fresh_aliases: dict[Alias, tuple[int, bool]] = field(default_factory=dict)
    fresh_subjects: list[Subject] = field(default_factory=list)

    def look_up(self, rows: Iterable[Row]) -> None:
        """Read all identities that these rows name."""
        wanted = {self.alias(kind, key) for row in rows for kind, key in _named(row)}
        missing = [alias for alias in wanted if alias not in self.known]
        grouped: dict[tuple[str, str], list[str]] = {}
        for subject_kind, kind, value in missing:
            grouped.setdefault((subject_kind, kind), []).append(value)
        for (subject_kind, kind), values in grouped.items():
            for start in range(0, len(values), _BATCH):
                found = Identity.objects.filter(
                    subject_kind=subject_kind, kind=kind, value__in=values[start : start + _BATCH], active=True
                )
                for value, subject in found.values_list("value", "subject_id"):
                    self.known[subject_kind, kind, value] = subject
        self._read_confirmed()

    def _read_confirmed(self) -> None:
        """Which sure kinds the subjects found by name have already: another credit code means another firm."""
        subjects = sorted({s for (_, kind, _), s in self.known.items() if kind == "name" and s not in self.confirmed})
        for start in range(0, len(subjects), _BATCH):
            batch = subjects[start : start + _BATCH]
            for subject in batch:
                self.confirmed.setdefault(subject, set())
            rows = Identity.objects.filter(subject_id__in=batch, confirmed=True, active=True)
            for subject, kind in rows.values_list("subject_id", "kind"):
                self.confirmed[subject].add(kind)

    def alias(self, subject_kind: str, key: Key) -> Alias:
        """How a key is stored: an ID number as its blind index, a file's own number within its feed."""
        if key.kind == "id_no":
            return subject_kind, key.kind, blind_index(key.value, place=ID_NO_PLACE)
        if key.kind == "local":
            return subject_kind, key.kind, f"{self.feed}/{key.value}"[:300]
        return subject_kind, key.kind, key.value[:300]

    def subject(self, claim: Claim) -> int | Conflict:
        """The subject that a row's keys name, made if there is none."""
        found: int | None = None
        by: Key | None = None
        for key in claim.keys:
            if not key.sure:
                continue
            subject = self.known.get(self.alias(claim.subject_kind, key))
            if subject is None:
                continue
            if found is not None and by is not None and subject != found:
                return Conflict(by, key, claim.subject_kind)
            found, by = subject, key
        if found is None:
            found = self._by_name(claim)
        if found is None:
            found = self._new(claim.subject_kind)
        for key in claim.keys:
            self._attach(claim.subject_kind, key, found)
        return found

    def _by_name(self, claim: Claim) -> int | None:
        """A subject known by the same name, unless the row's sure keys show it to be another."""
        sure = {key.kind for key in claim.keys if key.sure}
        for key in claim.keys:
            if key.sure:
                continue
            subject = self.known.get(self.alias(claim.subject_kind, key))
            if subject is not None and not sure & self.confirmed.get(subject, set()):
                return subject
        return None

    def _new(self, subject_kind: str) -> int:
        row = Subject(kind=subject_kind, created_at=micros(self.at))
        self.fresh_subjects.append(row)
        return -len(self.fresh_subjects)

    def _attach(self, subject_kind: str, key: Key, subject: int) -> None:
        alias = self.alias(subject_kind, key)
        if alias in self.known:
            return  # a name that another firm has already stays the first one's
        self.known[alias] = subject
        self.fresh_aliases[alias] = (subject, key.sure)
        if key.sure:
            self.confirmed.setdefault(subject, set()).add(key.kind)

    def mark(self) -> int:
        """How many identities are new so far: what :meth:`back_to` goes back to."""
        return len(self.fresh_aliases)

    def back_to(self, mark: int) -> None:
        """Take back the identities that a refused record named first."""
        for alias in list(self.fresh_aliases)[mark:]:
            self.fresh_aliases.pop(alias, None)
            self.known.pop(alias, None)

    def flush(self) -> dict[int, int]:
        """Write new subjects and identities; provisional number → id."""
        used = {subject for subject, _ in self.fresh_aliases.values()}
        keep = [i for i in range(1, len(self.fresh_subjects) + 1) if -i in used]
        made = Subject.objects.bulk_create([self.fresh_subjects[i - 1] for i in keep], batch_size=500)
        ids = {-i: row.pk for i, row in zip(keep, made, strict=True)}
        Identity.objects.bulk_create(
            [
                Identity(
                    subject_id=ids.get(subject, subject),
                    subject_kind=subject_kind,
                    kind=kind,
                    value=value,
                    confirmed=sure,
                    source_id=self.source,
                )
                for (subject_kind, kind, value), (subject, sure) in self.fresh_aliases.items()
            ],
            batch_size=500,
        )
        self.known = {alias: ids.get(subject, subject) for alias, subject in self.known.items()}
        self.fresh_aliases.clear()
        self.fresh_subjects.clear()
        return ids


def claims_of(row: Row) -> dict[str, Claim]:
    """Per REF column of the row, the keys that it gives for the subject."""
    table = TABLES[row.table]
    out: dict[str, Claim] = {}
    for column in table.columns:
        key = row.values.get(column.name)
        if column.kind is Kind.REF and isinstance(key, Key):
            out[column.name] = Claim(column.refers, (key,))
    if table.key == (table.name,) and table.name in out:
        out[table.name] = Claim(
            table.name, tuple(dict.fromkeys((*out[table.name].keys, *_own_keys(row.table, row.values))))
        )
    return out


def _own_keys(table: str, values: Mapping[str, object]) -> Iterator[Key]:
    """Further keys in a subject's own row: its numbers, and for firms and projects its name."""
    for column in KEY_COLUMNS[table]:
        if isinstance(value := values.get(column), str):
            yield Key(column, value)
    if table != "person" and isinstance(name := values.get("name"), str):
        region = values.get("region")
        yield name_key(name, province_of(region) if isinstance(region, str) else "")


def _named(row: Row) -> Iterator[tuple[str, Key]]:
    for claim in claims_of(row).values():
        for key in claim.keys:
            yield claim.subject_kind, key
