"""The registry's database as a snapshot (`bulk.snapshots`): streamed by ranges of row ids, without an ORM row each.

Rows never change but by being superseded, so the state at `taken_at` can be read range by range while others write:
what was recorded later is left out, what was superseded later is still known. No lock and no long transaction is held.
A range whose stamp (rows, superseded rows, sums of its references) is what it was is reused from the version before;
a row whose transaction was still running at `taken_at` changes the stamp of its range and so enters the next version.

The job keeps its generator in the process that began it. When that is killed, the next one begins anew; what was
staged is cleared, and readers never saw it.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pacsv
from django.conf import settings
from django.db import connection, transaction

from zhulian.bulk.schema import TIMES, stored
from zhulian.bulk.snapshots import IDENTITY, SnapshotFolder, schemas
from zhulian.bulk.snapshots_writing import KEEP, SnapshotWriter
from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES, Kind, Publicity
from zhulian.server.common import clock
from zhulian.server.common.jobs import STEP_SECONDS, JobView, Step, job, schedule
from zhulian.server.notary.services import leaf_append

JOB: Final = "registry.snapshot"
SOURCE: Final = "database"
FOLDER: Final = "ZHULIAN_SNAPSHOTS"
"""Environment variable: where the nightly snapshot goes; none is taken where it is not set."""
KEPT: Final = "ZHULIAN_SNAPSHOTS_KEEP"
RANGE: Final = 1 << 16
"""Row ids to a part: what a step of a job can read."""
NIGHTLY: Final = dt.time(2, 30)
_FETCH: Final = 16_384
_SECRET_KINDS: Final = frozenset(c.name for t in TABLES.values() for c in t.columns if c.public is Publicity.SECRET)
_UNSURE_KINDS: Final = ("name", "local")
_BUSY_PAUSE: Final = 0.1

Progress = Generator[tuple[int, int], None, SnapshotFolder]
"""Yields (row ids passed, row ids in all) after each part; returns the published version."""


def default_folder() -> Path:
    """Where snapshots go when nobody says where."""
    return Path(os.environ.get(FOLDER) or Path(settings.HOME) / "snapshots")


def keep_default() -> int:
    """Versions kept when nobody says how many."""
    return int(os.environ.get(KEPT) or KEEP)


def snapshot_take(*, to: Path, full: bool = False, keep: int | None = None, actor: str) -> Progress:
    """Make a version of the snapshot in `to`, part by part, and publish it with a leaf in the ledger.

    Raises:
        ZhulianError: `snapshot.busy`, `snapshot.foreign`.
    """
    at = clock.now_micros()
    with SnapshotWriter(to, taken_at=at, source=SOURCE, keep=keep or keep_default(), full=full) as writer:
        bounds = {source: source.bounds() for source in _sources()}
        total = sum(last - first for first, last in bounds.values())
        passed = 0
        for source, (first, last) in bounds.items():
            for start in source.ranges(first, last):
                source.take(writer, start, at)
                yield passed + min(start + RANGE, last) - first, total
            passed += last - first
        with transaction.atomic():
            folder = writer.publish()
            manifest = folder.manifest
            rows = sum(map(manifest.rows, manifest.tables))
            data = {"version": manifest.version, "taken_at": at, "rows": rows, "reused_parts": writer.reused}
            leaf_append(action="registry.snapshot.take", actor=actor, subject=f"snapshot:{manifest.version}", data=data)
    return folder


@dataclass(frozen=True, slots=True)
class _Source:
    """A table of the database: how its parts are read and how it is known that they are as they were.

    `columns` and `stamp` are SQL of the contract's names and of integers; `known` is the condition for being there.
    """

    table: str
    name: str
    key: str
    columns: tuple[str, ...]
    stamp: tuple[str, ...]
    known: str = ""

    def bounds(self) -> tuple[int, int]:
        """The first row id and the one after the last."""
        first, last = _one(f'SELECT MIN("{self.key}"), MAX("{self.key}") FROM "{self.name}"')  # noqa: S608 - names of the contract
        return (0, 0) if first is None else (int(first), int(last) + 1)

    def ranges(self, first: int, last: int) -> Iterator[int]:
        """Starts of the ranges that hold rows, in order."""
        start: int | None = first
        while start is not None and start < last:
            start -= start % RANGE
            yield start
            sql = f'SELECT MIN("{self.key}") FROM "{self.name}" WHERE "{self.key}" >= {start + RANGE}'  # noqa: S608 - names of the contract
            (start,) = _one(sql)

    def take(self, writer: SnapshotWriter, start: int, at: int) -> None:
        """The part of a range: reused, or read."""
        where = f'"{self.key}" >= {start} AND "{self.key}" < {start + RANGE}{self.known.format(at=at)}'
        stamps = ", ".join(self.stamp).format(at=at)
        stamp = tuple(int(n or 0) for n in _one(f'SELECT {stamps} FROM "{self.name}" WHERE {where}'))  # noqa: S608 - names of the contract
        file = f"part-{start // RANGE:06d}.parquet"
        if stamp[0] and not writer.reuse(self.table, file, stamp):
            columns = ", ".join(self.columns).format(at=at)
            sql = f'SELECT {columns} FROM "{self.name}" WHERE {where} ORDER BY "{self.key}"'  # noqa: S608 - names of the contract
            writer.write(self.table, file, _batches(sql, schemas()[self.table]), stamp)


@cache
def _sources() -> tuple[_Source, ...]:
    return (*(_canonical(name) for name in TABLES), _identity())


def _canonical(name: str) -> _Source:
    known = f"CASE WHEN superseded_at <= {{at}} THEN superseded_at ELSE {STILL_KNOWN} END"
    kinds = {**dict(TIMES), **{c.name: c.kind for c in stored(TABLES[name])}}
    refs = [f'COALESCE(SUM("{c.name}"), 0)' for c in stored(TABLES[name]) if c.kind is Kind.REF]
    return _Source(
        table=name,
        name=name,
        key="row_id",
        columns=tuple(known if n == "superseded_at" else _as_read(n, kind) for n, kind in kinds.items()),
        stamp=("COUNT(*)", "COUNT(CASE WHEN superseded_at <= {at} THEN 1 END)", *refs),
        known=" AND recorded_at <= {at}",
    )


def _as_read(name: str, kind: Kind) -> str:
    """A date as ISO text: SQLite's driver would make an object of each, and Arrow parses a column at once."""
    return f'CAST("{name}" AS TEXT)' if kind is Kind.DATE else f'"{name}"'


def _identity() -> _Source:
    """Active identities of kinds that are no secret."""
    secret = ", ".join(f"'{kind}'" for kind in sorted(_SECRET_KINDS))
    unsure = ", ".join(f"'{kind}'" for kind in _UNSURE_KINDS)
    return _Source(
        table=IDENTITY,
        name="identity",
        key="id",
        columns=("id", "subject_id", "subject_kind", "kind", "value", f"(kind NOT IN ({unsure}))"),
        stamp=("COUNT(*)", "SUM(subject_id)"),
        known=f" AND active AND kind NOT IN ({secret})",
    )


def _one(sql: str) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()  # type: ignore[no-any-return]  # aggregates always give a row


def _batches(sql: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    return _copied(sql, schema) if connection.vendor == "postgresql" else _fetched(sql, schema)


def _fetched(sql: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """SQLite: columns of `_FETCH` rows at a time, dates as the text that they are stored as."""
    connection.ensure_connection()
    raw = connection.connection.cursor()
    try:
        raw.execute(sql)
        while rows := raw.fetchmany(_FETCH):
            columns = [_column(cells, field.type) for cells, field in zip(zip(*rows, strict=True), schema, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
    finally:
        raw.close()


def _column(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_date(kind):
        return pa.array(cells, pa.string()).cast(kind)
    if pa.types.is_boolean(kind):
        return pa.array([None if c is None else bool(c) for c in cells], kind)
    return pa.array(cells, kind)


def _copied(sql: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """PostgreSQL: `COPY … TO STDOUT` as CSV, parsed by Arrow; no cell becomes a Python object."""
    kinds = {field.name: field.type for field in schema}
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        reader = pacsv.open_csv(
            pa.PythonFile(io.BufferedReader(_Copied(copy)), mode="r"),
            read_options=pacsv.ReadOptions(column_names=schema.names, use_threads=False),
            parse_options=pacsv.ParseOptions(newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                column_types=kinds,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
        yield from reader


class _Copied(io.RawIOBase):
    """What COPY sends, as a file."""

    def __init__(self, copy: Any) -> None:
        self._blocks, self._rest = iter(copy), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = bytes(block)
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


_open: Final[dict[int, Progress]] = {}
"""Jobs begun in this process."""


@job(JOB)
def take(view: JobView) -> Step:
    """Parts for as long as a step may take. Another process's step only waits: the generator lives where it began."""
    to = Path(view.payload["to"]) if view.payload.get("to") else default_folder()
    full, keep = bool(view.payload.get("full")), view.payload.get("keep")
    running = _open.get(view.id)
    if running is None:
        running = snapshot_take(to=to, full=full, keep=int(keep) if keep else None, actor=view.actor)
    until = time.monotonic() + STEP_SECONDS
    done, total = view.done, view.total
    try:
        while time.monotonic() < until:
            done, total = next(running)
    except StopIteration as end:
        _open.pop(view.id, None)
        manifest = end.value.manifest
        result = {"version": manifest.version, "rows": sum(map(manifest.rows, manifest.tables))}
        return Step(done=done, total=total, finished=True, result=result)
    except ZhulianError as error:
        if error.code != "snapshot.busy":
            raise
        time.sleep(_BUSY_PAUSE)
        return Step(done=view.done, total=view.total)
    except BaseException:
        _open.pop(view.id, None)
        raise
    _open[view.id] = running
    return Step(done=done, total=total)


if os.environ.get(FOLDER):
    schedule(JOB, daily=NIGHTLY)
