"""Identity resolution on the database: natural keys of arriving rows → subject ids, a chunk at a time.

Who is meant is decided by `zhulian.intake.resolve`, the same rules as in bulk; here are the look-ups in batches and
the writing. A reference to a subject that has not arrived makes a provisional one that waits for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from zhulian.core.kernel.dates import micros
from zhulian.core.kernel.identifiers import Key
from zhulian.core.tables import TABLES
from zhulian.intake import Row, resolve
from zhulian.server.common.crypto import blind_index
from zhulian.server.registry.models import Identity, Subject
from zhulian.server.registry.provisional import provisional_note
from zhulian.server.registry.storage import rows_insert

ID_NO_PLACE: Final = "identity|id_no"
"""Where the blind index of an ID number belongs when it is a key."""
_BATCH: Final = 800
_LONGEST: Final = 300

Claim = tuple[str, str, tuple[Key, ...]]
"""(column, kind of subject, keys by which the row calls it)."""


def claims_of(row: Row) -> list[Claim]:
    """Per REF column of the row, the keys that it gives for the subject."""
    table = TABLES[row.table]
    own = resolve.subject_of(table)
    return [
        (column, kind, resolve.own_keys(table, row.values) if column == own else (key,))
        for column, kind in resolve.reference_columns(table)
        if isinstance(key := row.values.get(column), Key)
    ]


@dataclass(slots=True)
class _Known:
    """What is known of one kind of subject."""

    ids: dict[Key, int] = field(default_factory=dict)
    asked: set[Key] = field(default_factory=set)
    sure_of: dict[int, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Resolver:
    """Subjects of a chunk of rows. New ones have negative numbers until :meth:`flush` writes them."""

    source: int
    feed: str
    at: dt.datetime
    known: dict[str, _Known] = field(default_factory=dict)
    fresh: dict[tuple[str, Key], int] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def look_up(self, claims: Iterable[Claim]) -> None:
        """Read all identities that these claims name."""
        asked: dict[tuple[str, str], dict[str, Key]] = {}
        for _, subject_kind, keys in claims:
            known = self.known.setdefault(subject_kind, _Known())
            for key in keys:
                if key not in known.asked:
                    known.asked.add(key)
                    asked.setdefault((subject_kind, key.kind), {})[self.stored(key)] = key
        for (subject_kind, kind), by_value in asked.items():
            known = self.known[subject_kind]
            for value, subject in _identities(subject_kind, kind, list(by_value)):
                known.ids[by_value[value]] = subject
                if kind == "name":
                    known.sure_of[subject] = frozenset()
        for known in self.known.values():
            _read_sure(known)

    def stored(self, key: Key) -> str:
        """How a key is stored: an ID number as its blind index, a file's own number within its feed."""
        if key.kind == "id_no":
            return blind_index(key.value, place=ID_NO_PLACE)
        value = f"{self.feed}/{key.value}" if key.kind == "local" else key.value
        return value[:_LONGEST]

    def subject(self, subject_kind: str, keys: tuple[Key, ...]) -> int:
        """The subject that a row's keys name, made if there is none.

        Raises:
            ZhulianError: `identity.conflict`.
        """
        known = self.known[subject_kind]
        if len(keys) == 1 and keys[0].sure and (found := known.ids.get(keys[0])) is not None:
            return found
        match = resolve.match(subject_kind, keys, known.ids, known.sure_of)
        subject = match.subject
        if subject is None:
            self.made.append(subject_kind)
            subject = -len(self.made)
        for key in match.attach:
            known.ids[key] = subject
            self.fresh[subject_kind, key] = subject
            if key.sure:
                known.sure_of[subject] = known.sure_of.get(subject, frozenset()) | {key.kind}
        return subject

    def mark(self) -> int:
        """How many identities are new so far: what :meth:`back_to` goes back to."""
        return len(self.fresh)

    def back_to(self, mark: int) -> None:
        """Take back the identities that a refused record named first."""
        for subject_kind, key in list(self.fresh)[mark:]:
            del self.fresh[subject_kind, key]
            del self.known[subject_kind].ids[key]

    def flush(self) -> dict[int, int]:
        """Write new subjects and identities; provisional number → id."""
        used = sorted({-subject for subject in self.fresh.values() if subject < 0})
        at = micros(self.at)
        rows = Subject.objects.bulk_create(
            [Subject(kind=self.made[i - 1], created_at=at) for i in used], batch_size=500
        )
        ids = {-i: row.pk for i, row in zip(used, rows, strict=True)}
        rows_insert(
            Identity._meta.db_table,  # noqa: SLF001 - _meta is Django's documented interface
            ("subject_id", "subject_kind", "kind", "value", "confirmed", "active", "source_id"),
            [
                (ids.get(subject, subject), subject_kind, key.kind, self.stored(key), key.sure, True, self.source)
                for (subject_kind, key), subject in self.fresh.items()
            ],
        )
        self._note(ids)
        return ids

    def _note(self, ids: dict[int, int]) -> None:
        """Which of the new subjects are provisional, and which of the known ones are so no longer."""
        sure: dict[str, set[int]] = {}
        unsure: dict[str, set[int]] = {}
        for (kind, key), subject in self.fresh.items():
            if key.sure:
                sure.setdefault(kind, set()).add(subject)
            elif subject < 0:
                unsure.setdefault(kind, set()).add(subject)
        for kind in {*sure, *unsure}:
            named = sure.get(kind, set())
            fresh = {ids[subject] for subject in unsure.get(kind, set()) - named}
            provisional_note(kind, fresh, [subject for subject in named if subject > 0])


def _identities(subject_kind: str, kind: str, values: list[str]) -> Iterable[tuple[str, int]]:
    for start in range(0, len(values), _BATCH):
        batch = values[start : start + _BATCH]
        marks = ", ".join(["%s"] * len(batch))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT value, subject_id FROM identity WHERE active AND subject_kind = %s AND kind = %s AND value IN ({marks})",  # noqa: S608 - placeholders only
                [subject_kind, kind, *batch],
            )
            yield from cursor.fetchall()


def _read_sure(known: _Known) -> None:
    """Which sure kinds the subjects found by name have already: another credit code means another firm."""
    subjects = [subject for subject, kinds in known.sure_of.items() if not kinds and subject > 0]
    for start in range(0, len(subjects), _BATCH):
        rows = Identity.objects.filter(subject_id__in=subjects[start : start + _BATCH], confirmed=True, active=True)
        for subject, kind in rows.values_list("subject_id", "kind"):
            known.sure_of[subject] |= {kind}
