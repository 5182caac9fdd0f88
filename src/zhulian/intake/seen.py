"""What a file has already said: the same row again changes nothing, another one under the same key is refused.

Keys are kept as 64-bit hashes: in memory first, then in a temporary SQLite file, so a file of any length needs
bounded memory. Two different keys of ten million meet in one hash with probability 3 in a million; then a
record is quarantined that need not be: never lost.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from zhulian.core.tables import Table
from zhulian.intake.model import Row

MEMORY_LIMIT: Final = 200_000
"""Keys held in memory before they move to the disk."""


class Earlier(NamedTuple):
    """A row that stood before."""

    record: int
    fact_from: int
    fact_until: int
    content: int


class Seen:
    """Rows by key and period."""

    def __init__(self, limit: int = MEMORY_LIMIT) -> None:
        self._limit = limit
        self._memory: dict[int, list[Earlier]] = {}
        self._folder: TemporaryDirectory[str] | None = None
        self._disk: sqlite3.Connection | None = None

    def settle(self, rows: list[tuple[int, Earlier]]) -> list[int] | int:
        """Notes the rows of one record, or none of them: for each the record that already said it (0: new).

        An int instead of the list: the record that one of them contradicts.
        """
        if len(rows) == 1 and self._disk is None and rows[0][0] not in self._memory:
            self._add(*rows[0])
            return [0]
        said: list[int] = []
        fresh: list[tuple[int, Earlier]] = []
        for key, new in rows:
            olds = [*self._of(key), *(e for k, e in fresh if k == key)]
            repeats = next((old.record for old in olds if old[1:] == new[1:]), 0)
            against = [o.record for o in olds if o.fact_from < new.fact_until and new.fact_from < o.fact_until]
            if against and not repeats:
                return min(against)
            said.append(repeats)
            if not repeats:
                fresh.append((key, new))
        for key, new in fresh:
            self._add(key, new)
        return said

    def _of(self, key: int) -> list[Earlier]:
        found = self._memory.get(key, [])
        if self._disk is None:
            return found
        query = "SELECT record, fact_from, fact_until, content FROM seen WHERE key = ?"
        return [*found, *map(Earlier._make, self._disk.execute(query, (key,)))]

    def _add(self, key: int, row: Earlier) -> None:
        self._memory.setdefault(key, []).append(row)
        if len(self._memory) >= self._limit:
            self._spill()

    def _spill(self) -> None:
        if self._disk is None:
            self._folder = TemporaryDirectory(prefix="zhulian-seen-")
            self._disk = sqlite3.connect(Path(self._folder.name) / "seen.sqlite", isolation_level=None)
            self._disk.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32768;"
                "CREATE TABLE seen (key INTEGER, fact_from INTEGER, fact_until INTEGER, content INTEGER, record INTEGER,"
                " PRIMARY KEY (key, fact_from)) WITHOUT ROWID;"
            )
        rows = sorted(
            (key, r.fact_from, r.fact_until, r.content, r.record) for key, rs in self._memory.items() for r in rs
        )
        self._disk.execute("BEGIN")
        self._disk.executemany("INSERT INTO seen VALUES (?, ?, ?, ?, ?)", rows)
        self._disk.execute("COMMIT")
        self._memory.clear()

    def close(self) -> None:
        """Removes the temporary file."""
        if self._disk is not None and self._folder is not None:
            self._disk.close()
            self._folder.cleanup()
        self._disk = None
        self._memory.clear()


def entry(table: Table, row: Row) -> tuple[int, Earlier]:
    """A row as it is remembered."""
    values = row.values
    key = hash((table.name, *map(values.get, table.key)))
    content = hash(tuple(values.values()))  # rows of one table of one file have the same columns in the same order
    return key, Earlier(row.position.record, row.fact_from.toordinal(), row.fact_until.toordinal(), content)
