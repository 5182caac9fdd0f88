"""A snapshot folder opened for an engine: the same questions as of files in memory, answered from Parquet.

Names and keys always come from a DuckDB of this process over the same files, whatever engine runs the plan; they are
read a stretch of ids at a time, so that memory does not grow with the register.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

from zhulian.bulk.findings import Subject
from zhulian.bulk.outputs import refusing
from zhulian.bulk.runners import DuckdbRunner
from zhulian.bulk.snapshot import PREFERRED, ambiguous, masked_key, meant, not_found
from zhulian.bulk.snapshots import SnapshotFolder, open_snapshot
from zhulian.bulk.snapshots_writing import ROW_GROUP, part_hash
from zhulian.bulk.spark import SparkRunner, connect_spark
from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.identifiers import Key, mask_name
from zhulian.core.kernel.text import squash

register(
    ErrorKind("engine.memory", "「{value}」不是内存大小", "请写成 8GB、1500MB"),
    ErrorKind("engine.no_master", "没有说明 Spark 服务器的地址", "请加 --master sc://主机:端口"),
    ErrorKind("engine.snapshot", "引擎「{value}」不能核查快照", "快照请用 {options}"),
)
_STRETCH: Final = 50_000
"""Ids whose names are read at once; they lie together in the files."""
_STRETCHES: Final = 4

_RANK: Final = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(PREFERRED))
_KEYS: Final = f"""
SELECT subject, arg_min(kind, rank) AS kind, arg_min(value, rank) AS value FROM (
  SELECT subject, kind, value, (CASE kind {_RANK} ELSE CASE WHEN sure THEN 9 ELSE 10 END END) * 1000000000000 + row_id AS rank
  FROM identity WHERE subject_kind = ?1 AND {{chosen}}) GROUP BY subject"""  # noqa: S608 - constants
_NAMES: Final = f"""
SELECT enterprise, arg_max(name, (fact_from <= ?1 AND fact_until > ?1, fact_from, row_id)) AS name
FROM enterprise WHERE superseded_at = {STILL_KNOWN} AND {{chosen}} GROUP BY enterprise"""  # noqa: S608 - constants
_SHOWN: Final = f"""
SELECT coalesce(k.subject, n.enterprise) AS enterprise, CASE WHEN k.kind = 'uscc' THEN k.value ELSE k.kind || ':' || k.value END AS key,
  coalesce(n.name, CASE WHEN k.kind = 'name' THEN regexp_replace(k.value, '@[^@]*$', '') END) AS name
FROM ({_KEYS.format(chosen="true").replace("?1", "'enterprise'")}) AS k
FULL JOIN ({_NAMES.format(chosen="true")}) AS n ON n.enterprise = k.subject"""  # noqa: S608 - constants


@contextmanager
def telling_damage(folder: SnapshotFolder) -> Iterator[None]:
    """What goes wrong because a part is not what was written is told so.

    Every part is hashed only then: a nation's would take minutes each time.

    Raises:
        ZhulianError: `snapshot.damaged`.
    """
    try:
        yield
    except Exception:
        for part in (part for parts in folder.manifest.tables.values() for part in parts):
            if part_hash(folder.folder / part.file) != part.sha256:
                why = f"{part.file} 的内容与清单不符"
                raise ZhulianError("snapshot.damaged", path=folder.root, why=why) from None
        raise


class StoredSnapshot:
    """A version of a snapshot with its engine. Close it after use."""

    def __init__(self, folder: SnapshotFolder, runner: DuckdbRunner | SparkRunner) -> None:
        self.folder = folder
        self.runner = runner
        self._local = runner if isinstance(runner, DuckdbRunner) else DuckdbRunner()
        with self.reading():
            folder.attach(runner)
            if self._local is not runner:
                folder.attach(self._local)
        self._stretches: OrderedDict[tuple[int, dt.date], dict[int, Subject]] = OrderedDict()

    def reading(self) -> AbstractContextManager[None]:
        """Around whatever the engine does: see :func:`telling_damage`."""
        return telling_damage(self.folder)

    def close(self) -> None:
        """End the engine's session."""
        if isinstance(self.runner, SparkRunner):
            self.runner.close()
        self._local.connection.close()

    def subject(self, enterprise: int, as_of: dt.date) -> Subject:
        """How an enterprise is shown: its key, and its name on the day (else the latest, else the one in the key)."""
        place = (enterprise - enterprise % _STRETCH, as_of)
        if place not in self._stretches:
            if len(self._stretches) >= _STRETCHES:
                self._stretches.popitem(last=False)
            self._stretches[place] = self._read(*place)
        return self._stretches[place][enterprise]

    def find(self, text: str) -> int:
        """The enterprise meant by a credit code, another key, or an exact name, former names included.

        Raises:
            ZhulianError: `enterprise.not_found`, `enterprise.ambiguous`.
        """
        key = meant(text)
        sql = "SELECT subject FROM identity WHERE subject_kind = 'enterprise' AND kind = ? AND value = ?"
        if known := self._local.query(sql, [key.kind, key.value]):
            return int(known[0][0])
        named = sorted(self._named(squash(text)))
        if len(named) == 1:
            return int(named[0])
        if not named:
            raise not_found(text)
        raise ambiguous(text, list(self._keys("enterprise", named).values()))

    def people_names(self, people: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Masked name and the last digits of the key of persons; a snapshot may have neither."""
        wanted = sorted(set(people))
        sql = f"SELECT person, arg_max(name, row_id) FROM person WHERE person IN (SELECT unnest(?)) AND superseded_at = {STILL_KNOWN} GROUP BY person"  # noqa: S608 - a constant
        names: dict[int, Any] = dict(self._local.query(sql, [wanted]))
        keys = self._keys("person", wanted)
        return {
            p: (mask_name(names[p]) if names.get(p) else "", masked_key(keys[p]) if p in keys else "") for p in wanted
        }

    def write_subjects(self, target: Path, as_of: dt.date) -> None:
        """Every enterprise's id, key and name on the day, to lay beside results that have ids only.

        Raises:
            ZhulianError: `out.write`.
        """
        with refusing(target):
            copy(self._local, _SHOWN, target, [as_of])

    def _named(self, wanted: str) -> set[int]:
        """Whose names, former ones included, are this one; compared as identities are, after a coarse look."""
        like = f"{wanted[:1]}%" if wanted[:1] > "一" else "%"
        rows = self._local.query("SELECT DISTINCT enterprise, name FROM enterprise WHERE name LIKE ?", [like])
        found = {int(id_) for id_, name in rows if squash(name) == wanted}
        sql = (
            "SELECT subject FROM identity WHERE subject_kind = 'enterprise' AND kind = 'name' AND starts_with(value, ?)"
        )
        return found | {int(row[0]) for row in self._local.query(sql, [f"{wanted}@"])}

    def _keys(self, subject: str, ids: Sequence[int]) -> dict[int, Key]:
        sql = _KEYS.format(chosen="subject IN (SELECT unnest(?2))")
        return {id_: Key(kind, value) for id_, kind, value in self._local.query(sql, [subject, list(ids)])}

    def _read(self, first: int, as_of: dt.date) -> dict[int, Subject]:
        last = first + _STRETCH
        sql = _KEYS.format(chosen="subject >= ?2 AND subject < ?3")
        keys = {id_: Key(kind, value) for id_, kind, value in self._local.query(sql, ["enterprise", first, last])}
        names: dict[int, str] = dict(
            self._local.query(_NAMES.format(chosen="enterprise >= ?2 AND enterprise < ?3"), [as_of, first, last])
        )
        return {
            id_: Subject(str(keys.get(id_, f"id:{id_}")), names.get(id_) or _name_in(keys.get(id_)))
            for id_ in keys.keys() | names.keys()
        }


def _name_in(key: Key | None) -> str:
    return key.value.rpartition("@")[0] if key is not None and key.kind == "name" else ""


def open_stored(
    root: Path, engine: str = "duckdb", *, memory: str | None = None, master: str | None = None
) -> StoredSnapshot:
    """The current version of a snapshot folder on an engine.

    `memory`: most that DuckDB may use (`8GB`); beyond it spills. `master`: the Spark Connect server, which reads the
    folder under the same path.

    Raises:
        ZhulianError: `snapshot.*`, `engine.*`, `spark.*`.
    """
    if engine not in _ENGINES:
        raise ZhulianError("engine.snapshot", value=engine, options="、".join(_ENGINES))
    folder = open_snapshot(root)
    return StoredSnapshot(folder, _spark(master) if engine == "spark" else limited(memory))


def _spark(master: str | None) -> SparkRunner:
    if not master:
        raise ZhulianError("engine.no_master")
    return connect_spark(master)


def copy(runner: DuckdbRunner, sql: str, target: Path, params: Sequence[object] = ()) -> None:
    """A query's rows to a Parquet file, as they come."""
    path = str(target).replace("'", "''")
    runner.connection.execute(
        f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP})",
        list(params),
    )


def limited(memory: str | None) -> DuckdbRunner:
    """A DuckDB in a process that holds no more memory than that (`8GB`), and spills beyond; None: its own default.

    DuckDB gets what Python and Arrow leave: at a nation's size they held 0.35 GB beside it.

    Raises:
        ZhulianError: `engine.memory`.
    """
    import duckdb

    runner = DuckdbRunner()
    if memory:
        try:
            runner.connection.execute("SET memory_limit = ?", [memory])
            budget = runner.memory()
            runner.connection.execute("SET memory_limit = ?", [f"{max(budget - _OURS, budget // 2)} bytes"])
        except duckdb.Error:
            raise ZhulianError("engine.memory", value=memory) from None
    return runner


_OURS: Final = 384 * 1024**2
"""Bytes that the process holds beside DuckDB: Python, Arrow, what allocators keep."""
_ENGINES: Final = ("duckdb", "spark")
