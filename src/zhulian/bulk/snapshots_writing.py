"""Making a new version of a snapshot.

A version is made in `staging` and moved to its place when it is whole; `CURRENT` is replaced last. A crash before
that leaves readers where they were, and the next writer clears what was left. One writer at a time holds `LOCK`.
Unchanged parts of the version before are linked, not copied, after their hash has been checked.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from zhulian.bulk.snapshots import (
    CURRENT,
    MANIFEST,
    VERSIONS,
    Manifest,
    Part,
    SnapshotFolder,
    open_snapshot,
    schema_hash,
    schemas,
    version_folder,
)
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

register(
    ErrorKind("snapshot.busy", "「{path}」正在生成另一份快照", "请等它完成后再试"),
    ErrorKind("snapshot.foreign", "「{path}」里有不属于快照的内容：{names}", "请换一个空文件夹"),
)
KEEP: Final = 7
"""Versions kept when nobody says how many."""
FEWEST: Final = 2
"""A reader that has just opened the version before must be able to finish."""
ROW_GROUP: Final = 200_000
_STAGING: Final = "staging"
_LOCK: Final = "LOCK"
_OURS: Final = frozenset({CURRENT, f"{CURRENT}.new", VERSIONS, _STAGING, _LOCK})
_BLOCK: Final = 1 << 20


class SnapshotWriter:
    """One new version in the making: parts are reused or written, then it is published. A context manager.

    `previous` is the version before, if it can be built upon: same columns, same source, and not `full`.
    """

    def __init__(self, root: Path, *, taken_at: int, source: str, keep: int = KEEP, full: bool = False) -> None:
        self.root, self.taken_at, self._source, self._keep = root.absolute(), taken_at, source, max(keep, FEWEST)
        self._full = full
        self._lock: IO[bytes] | None = None
        self._tables: dict[str, list[Part]] = {name: [] for name in schemas()}
        self.previous: SnapshotFolder | None = None
        self.reused = 0

    def __enter__(self) -> Self:
        """Take the lock and clear what a killed writer left.

        Raises:
            ZhulianError: `snapshot.busy`, `snapshot.foreign`.
            OSError: when the folder cannot be written.
        """
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        strangers = sorted(path.name for path in self.root.iterdir() if path.name not in _OURS)
        if strangers:
            raise ZhulianError("snapshot.foreign", path=self.root, names="、".join(strangers[:3]))
        self._lock = (self.root / _LOCK).open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise ZhulianError("snapshot.busy", path=self.root) from None
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()

    def reuse(self, table: str, file: str, stamp: Sequence[int]) -> bool:
        """Take a part of the version before if its stamp is the same and the file is what it was."""
        if self.previous is None:
            return False
        known = {part.file: part for part in self.previous.manifest.tables[table]}.get(f"{table}/{file}")
        if known is None or known.stamp != tuple(stamp):
            return False
        old = self.previous.folder / known.file
        if not old.is_file() or part_hash(old) != known.sha256:
            return False
        _link(old, self.path(table, file))
        self._tables[table].append(known)
        self.reused += 1
        return True

    def path(self, table: str, file: str) -> Path:
        """Where a part of the new version goes; whoever fills it tells :meth:`add`."""
        folder = self._staging / table
        folder.mkdir(parents=True, exist_ok=True)
        return folder / file

    def add(self, table: str, file: str, stamp: Sequence[int] = ()) -> Part:
        """A part that has been written, checked against the contract's columns.

        Raises:
            ValueError: for other columns or types, which is a defect of ours.
        """
        path = self.path(table, file)
        footer = pq.ParquetFile(path)
        columns = [(f.name, f.type) for f in footer.schema_arrow]
        if columns != [(f.name, f.type) for f in schemas()[table]]:
            message = f"{table}: {columns} are not the columns of the contract"
            raise ValueError(message)
        _settle(path)
        part = Part(f"{table}/{file}", footer.metadata.num_rows, path.stat().st_size, part_hash(path), tuple(stamp))
        self._tables[table].append(part)
        return part

    def write(self, table: str, file: str, batches: Iterable[pa.RecordBatch], stamp: Sequence[int] = ()) -> Part:
        """A part of these batches; memory holds one row group."""
        schema = schemas()[table]
        with pq.ParquetWriter(self.path(table, file), schema, compression="zstd", compression_level=1) as writer:
            waiting: list[pa.RecordBatch] = []
            for batch in batches:
                waiting.append(batch)
                if sum(b.num_rows for b in waiting) >= ROW_GROUP:
                    writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=ROW_GROUP)
                    waiting = []
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=ROW_GROUP)
        return self.add(table, file, stamp)

    def publish(self) -> SnapshotFolder:
        """Make the version current and remove the oldest beyond those kept."""
        for table, parts in self._tables.items():
            if not parts:
                self.write(table, "none.parquet", ())
        manifest = Manifest(
            version=self._version,
            taken_at=self.taken_at,
            source=self._source,
            schema=schema_hash(),
            previous=self.previous.manifest.version if self.previous else None,
            tables={table: tuple(parts) for table, parts in self._tables.items()},
        )
        target = self._staging / MANIFEST
        target.write_text(manifest.as_text(), encoding="utf-8")
        _settle(target)
        (self.root / VERSIONS).mkdir(exist_ok=True)
        self._staging.rename(version_folder(self.root, self._version))
        fresh = self.root / f"{CURRENT}.new"
        fresh.write_text(f"{self._version}\n", encoding="ascii")
        _settle(fresh)
        fresh.replace(self.root / CURRENT)
        _settle(self.root)
        self._prune()
        return SnapshotFolder(self.root, manifest)

    def _begin(self) -> None:
        shutil.rmtree(self.root / _STAGING, ignore_errors=True)
        (self.root / f"{CURRENT}.new").unlink(missing_ok=True)
        current = self._current()
        for version in _versions(self.root):
            if version > current:  # moved to its place, and killed before it became current
                shutil.rmtree(version_folder(self.root, version), ignore_errors=True)
        self._version = current + 1
        self._staging.mkdir(parents=True)
        if current and not self._full:
            self.previous = self._base()

    @property
    def _staging(self) -> Path:
        return self.root / _STAGING / "new"

    def _current(self) -> int:
        try:
            return int((self.root / CURRENT).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return max(_versions(self.root), default=0)

    def _base(self) -> SnapshotFolder | None:
        try:
            found = open_snapshot(self.root)
        except ZhulianError:
            return None
        return found if found.manifest.source == self._source else None

    def _prune(self) -> None:
        for version in _versions(self.root)[: -self._keep]:
            shutil.rmtree(version_folder(self.root, version), ignore_errors=True)


def _versions(root: Path) -> list[int]:
    folder = root / VERSIONS
    return sorted(int(p.name) for p in folder.iterdir() if p.name.isdigit()) if folder.is_dir() else []


def _link(old: Path, new: Path) -> None:
    try:
        new.hardlink_to(old)
    except OSError:  # a file system without links
        shutil.copyfile(old, new)


def part_hash(path: Path) -> str:
    """SHA-256 of a file, as the manifest has it."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _settle(path: Path) -> None:
    """To the disk before anything points at it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
