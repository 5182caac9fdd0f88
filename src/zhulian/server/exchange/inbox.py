"""What was handed in, before anything is taken: files found out, hashed, counted and kept. No transaction is open.

A gigabyte takes seconds here, and on SQLite nobody else could write meanwhile; so the rows of the delivery are
made only when this is done.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq
from django.conf import settings

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES
from zhulian.intake import Format, Source, sources
from zhulian.intake.formats import EXPORT
from zhulian.server.common.files import file_chunks

_BLOCK: Final = 1 << 20
_SUBJECTS: Final = ("enterprise", "person", "project")
_TABLES: Final = {name: i for i, name in enumerate(TABLES)}
_FORMATS: Final = {name: i for i, name in enumerate(("jzsc-json", *EXPORT))}


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be read, or why it cannot."""

    name: str
    path: Path | None
    sha256: str
    size: int
    format: Format
    expected: int | None
    refusal: ZhulianError | None = None
    stored: int | None = None
    """Id of the encrypted original."""


def work_folder(key: str) -> Path:
    """Where the plain copies of a delivery lie while it is worked on; readable by the owner only."""
    return Path(settings.HOME) / "work" / key


@contextmanager
def looked_at(paths: Sequence[Path], format_name: str | None) -> Iterator[list[Found]]:
    """The files of these paths in the order in which they are read, subjects first; refused ones at the end.

    Members of archives exist until the context ends.

    Raises:
        ZhulianError: `file.missing`, `file.zip*`, `file.format_name`.
    """
    with ExitStack() as stack:
        known: list[Source] = []
        refused: list[Found] = []
        for path in paths:
            found = stack.enter_context(sources(path, format_name))
            known += found.known
            refused += [Found(name, None, "", 0, Format(""), None, error) for name, error in found.refused]
            if not found.known and not found.refused:
                raise ZhulianError("file.empty", file=path.name)
        known.sort(key=lambda s: (_rank(s.format), s.file.shown))
        yield [*map(_found, known), *refused]


def _rank(format_: Format) -> tuple[int, int]:
    """As `intake.sources` does within one path: subjects first, sure identities before provisional ones."""
    if not format_.table:
        return 1, _FORMATS[format_.name]
    return (0 if format_.table in _SUBJECTS else 2), _TABLES[format_.table]


def _found(source: Source) -> Found:
    path = source.file.path
    digest = hashlib.sha256()
    lines = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            lines += block.count(b"\n")
    size = path.stat().st_size
    return Found(source.file.shown, path, digest.hexdigest(), size, source.format, _expected(source, lines))


def _expected(source: Source, lines: int) -> int | None:
    """About how many records: for progress only. JSON and the sheets of a workbook are not counted by lines."""
    if source.file.sheet:
        return None
    if source.format.name == "canonical-parquet":
        return int(pq.ParquetFile(source.file.path).metadata.num_rows)
    return lines if source.format.name != "jzsc-json" else None


def working_copies_keep(found: Sequence[Found]) -> str:
    """Copy the files to a new work folder, named by their order; its key."""
    key = secrets.token_hex(8)
    folder = work_folder(key)
    folder.mkdir(parents=True, mode=0o700)
    copies: dict[Path, Path] = {}  # the sheets of a workbook are one file
    for order, one in enumerate(found):
        if one.path is None:
            continue
        target = folder / str(order)
        if one.path in copies:
            os.link(copies[one.path], target)
        else:
            copies[one.path] = Path(shutil.copyfile(one.path, target))
    return key


def working_copy(key: str, order: int, sha256: str) -> Path:
    """The plain copy of a file; made again from the encrypted store when it is gone (another machine, a restore)."""
    path = work_folder(key) / str(order)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(".part")
        with partial.open("wb") as out:
            out.writelines(file_chunks(sha256))
        partial.replace(path)
    return path


def working_copies_drop(key: str) -> None:
    """Remove the plain copies; the encrypted originals stay."""
    shutil.rmtree(work_folder(key), ignore_errors=True)
