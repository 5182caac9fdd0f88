"""Files of any known format as a snapshot: read by intake, identities resolved in memory, rows streamed to Parquet.

Rows count as known from the beginning: a file does not say when its facts were learnt. Memory holds the subjects and
a row group per table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from zhulian.bulk.snapshots import IDENTITY, IDENTITY_SCHEMA, SnapshotFolder, schemas
from zhulian.bulk.snapshots_writing import KEEP, ROW_GROUP, SnapshotWriter
from zhulian.core.tables import TABLES, Publicity
from zhulian.intake import Register, Report
from zhulian.intake import load as read_in
from zhulian.intake.register import SUBJECTS

SOURCE: Final = "files"
FILE: Final = "part.parquet"
SECRET_KINDS: Final = frozenset(c.name for t in TABLES.values() for c in t.columns if c.public is Publicity.SECRET)
"""Kinds of keys that are secrets themselves (`id_no`): they find subjects on the way in and are not kept."""


def snapshot_files(
    paths: Sequence[Path],
    to: Path,
    *,
    taken_at: int,
    keep: int = KEEP,
    progress: Callable[[int], object] | None = None,
) -> tuple[SnapshotFolder, Report]:
    """A new version made of files alone; the report counts the records and keeps those that were not taken.

    Raises:
        ZhulianError: `file.*` when nothing of a path can be read, `snapshot.busy`, `snapshot.foreign`.
    """
    with SnapshotWriter(to, taken_at=taken_at, source=SOURCE, keep=keep, full=True) as writer:
        known = Register()
        with _Tables(writer) as tables:
            report = read_in(paths, known, tables, progress=progress)
        for table in tables.written:
            writer.add(table, FILE)
        writer.write(IDENTITY, FILE, _identities(known))
        return writer.publish(), report


class _Tables:
    """A `Sink` of `intake.load`: rows by table, row group by row group."""

    def __init__(self, writer: SnapshotWriter) -> None:
        self._writer = writer
        self._stack = ExitStack()
        self._open: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.Table]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            for table in self._waiting:
                self._flush(table)
        self._stack.close()

    @property
    def written(self) -> list[str]:
        """Tables that have rows."""
        return list(self._open)

    def __call__(self, table: str, rows: list[dict[str, Any]]) -> None:
        waiting = self._waiting.setdefault(table, [])
        waiting.append(pa.Table.from_pylist(rows, schema=schemas()[table]))
        if sum(batch.num_rows for batch in waiting) >= ROW_GROUP:
            self._flush(table)

    def _flush(self, table: str) -> None:
        if table not in self._open:
            target = pq.ParquetWriter(
                self._writer.path(table, FILE), schemas()[table], compression="zstd", compression_level=1
            )
            self._open[table] = self._stack.enter_context(target)
        if waiting := self._waiting[table]:
            self._open[table].write_table(pa.concat_tables(waiting), row_group_size=ROW_GROUP)
            waiting.clear()


def _identities(known: Register) -> Iterator[pa.RecordBatch]:
    """Keys of the subjects in the order of arrival, without the secret ones."""
    number = 0
    for subject in SUBJECTS:
        rows = []
        for key, id_ in known.keys(subject).items():
            if key.kind not in SECRET_KINDS:
                number += 1
                rows.append((number, id_, subject, key.kind, key.value, key.sure))
        if rows:
            yield pa.RecordBatch.from_arrays(
                [pa.array(cells, f.type) for cells, f in zip(zip(*rows, strict=True), IDENTITY_SCHEMA, strict=True)],
                schema=IDENTITY_SCHEMA,
            )
