"""What a file has already said: the same row again changes nothing, another one under the same key is refused.

Keys are kept as 64-bit hashes: in memory first, then in a temporary SQLite file as sorted runs, which are merged by
eights, so that a file of any length needs bounded memory and each row is written a few times at most. Nearly all keys
are new, and a Bloom filter says so without a look at the disk. Two different keys of ten million meet in one hash with
probability 3 in a million; then a record is quarantined that need not be: never lost.
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


BLOOM_BYTES: Final = 1 << 25
"""Of the filter: 32 MiB keep wrong guesses below one in a hundred up to 20 million keys."""
MERGED: Final = 8
"""Runs of one level that are merged into one of the next."""


class _Run(NamedTuple):
    """A sorted table on the disk; of level n it holds about 8ⁿ spills."""

    number: int
    level: int


def _bits(key: int) -> tuple[int, int, int]:
    """Places of a key in the filter. The hash of a key is even enough to be cut up, but for small integers."""
    mixed = (key * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    mask = BLOOM_BYTES * 8 - 1
    return mixed & mask, (mixed >> 18) & mask, (mixed >> 36) & mask


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
        self._bloom = bytearray()
        self._runs: list[_Run] = []
        self._made = 0

    def settle(self, rows: list[tuple[int, Earlier]]) -> list[int] | int:
        """Notes the rows of one record, or none of them: for each the record that already said it (0: new).

        An int instead of the list: the record that one of them contradicts.
        """
        if len(rows) == 1 and rows[0][0] not in self._memory and not self._perhaps(rows[0][0]):
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
        if self._disk is None or not self._perhaps(key):
            return found
        disk = self._disk
        query = "SELECT record, fact_from, fact_until, content FROM run_{} WHERE key = ?"
        stored = (row for run in self._runs for row in disk.execute(query.format(run.number), (key,)))
        return [*found, *map(Earlier._make, stored)]

    def _perhaps(self, key: int) -> bool:
        """Whether a key may stand on the disk; false is certain."""
        return self._disk is not None and all(self._bloom[bit >> 3] & (1 << (bit & 7)) for bit in _bits(key))

    def _add(self, key: int, row: Earlier) -> None:
        self._memory.setdefault(key, []).append(row)
        if len(self._memory) >= self._limit:
            self._spill()

    def _spill(self) -> None:
        if self._disk is None:
            self._folder = TemporaryDirectory(prefix="zhulian-seen-")
            self._disk = sqlite3.connect(Path(self._folder.name) / "seen.sqlite", isolation_level=None)
            self._disk.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32768;")
            self._bloom = bytearray(BLOOM_BYTES)
        for key in self._memory:
            for bit in _bits(key):
                self._bloom[bit >> 3] |= 1 << (bit & 7)
        rows = sorted(
            (key, r.fact_from, r.fact_until, r.content, r.record) for key, rs in self._memory.items() for r in rs
        )
        self._memory.clear()
        run = self._new_run(0)
        self._disk.execute("BEGIN")
        self._disk.executemany(f"INSERT INTO run_{run} VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608 - a number of ours
        self._disk.execute("COMMIT")
        self._merge()

    def _new_run(self, level: int) -> int:
        assert self._disk is not None  # noqa: S101 - only a spill makes runs
        self._made += 1
        self._runs.append(_Run(self._made, level))
        self._disk.execute(
            f"CREATE TABLE run_{self._made} (key INTEGER, fact_from INTEGER, fact_until INTEGER, content INTEGER,"
            " record INTEGER, PRIMARY KEY (key, fact_from)) WITHOUT ROWID"
        )
        return self._made

    def _merge(self) -> None:
        """Eight runs of a level become one of the next: read and written in order, so the disk is not jumped about."""
        assert self._disk is not None  # noqa: S101 - only a spill makes runs
        for level in range(8):
            merged = [run for run in self._runs if run.level == level]
            if len(merged) < MERGED:
                return
            target = self._new_run(level + 1)
            parts = " UNION ALL ".join(f"SELECT * FROM run_{run.number}" for run in merged)  # noqa: S608 - numbers of ours
            self._disk.execute(f"INSERT INTO run_{target} {parts} ORDER BY 1, 2")
            for run in merged:
                self._disk.execute(f"DROP TABLE run_{run.number}")
                self._runs.remove(run)

    def close(self) -> None:
        """Removes the temporary file."""
        if self._disk is not None and self._folder is not None:
            self._disk.close()
            self._folder.cleanup()
        self._disk = None
        self._runs.clear()
        self._bloom = bytearray()
        self._memory.clear()


def entry(table: Table, row: Row) -> tuple[int, Earlier]:
    """A row as it is remembered."""
    values = row.values
    key = hash((table.name, *map(values.get, table.key)))
    content = hash(tuple(values.values()))  # rows of one table of one file have the same columns in the same order
    return key, Earlier(row.position.record, row.fact_from.toordinal(), row.fact_until.toordinal(), content)
