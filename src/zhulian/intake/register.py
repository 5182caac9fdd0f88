"""Subjects in memory: natural keys → int ids, for bulk and the command line. The server has its own, on its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from zhulian.core.kernel.identifiers import Key
from zhulian.core.tables import Table
from zhulian.intake.model import Value
from zhulian.intake.resolve import match, own_keys, reference_columns, subject_of

SUBJECTS: Final = ("enterprise", "person", "project")


class Register:
    """Known subjects. Ids count from 1 through all kinds, in the order of arrival: the same input, the same ids."""

    def __init__(self) -> None:
        self._known: dict[str, dict[Key, int]] = {s: {} for s in SUBJECTS}
        self._sure: dict[int, frozenset[str]] = {}
        self._next = 1

    def resolve(self, table: Table, values: Mapping[str, Value]) -> dict[str, int]:
        """Ids for the REF columns of a row; subjects that are not known yet are made.

        Raises:
            ZhulianError: `identity.conflict`; then nothing has been noted.
        """
        subject = subject_of(table)
        ids: dict[str, int] = {}
        if subject:
            ids[subject] = self.subject(subject, own_keys(table, values))
        for column, refers in reference_columns(table):
            key = values.get(column)
            if key is not None and column != subject:
                ids[column] = self._known[refers].get(key) or self.subject(refers, (key,))  # type: ignore[arg-type]  # REF columns hold Keys
        return ids

    def subject(self, subject: str, keys: tuple[Key, ...]) -> int:
        """The id of the subject that the keys mean, made if need be; keys not known before now mean it, too.

        Raises:
            ZhulianError: `identity.conflict`.
        """
        known = self._known[subject]
        found = match(subject, keys, known, self._sure)
        if found.subject is None:
            id_, self._next = self._next, self._next + 1
        else:
            id_ = found.subject
        for key in found.attach:
            known[key] = id_
        if kinds := frozenset(k.kind for k in found.attach if k.sure):
            self._sure[id_] = self._sure.get(id_, frozenset()) | kinds
        return id_

    def find(self, subject: str, key: Key) -> int | None:
        """The id of a key, None if it is not known."""
        return self._known[subject].get(key)

    def keys(self, subject: str) -> Mapping[Key, int]:
        """All keys of a kind of subject."""
        return self._known[subject]

    def provisional(self, subject: str) -> int:
        """How many subjects of a kind have no sure key."""
        return len({id_ for id_ in self._known[subject].values() if id_ not in self._sure})
