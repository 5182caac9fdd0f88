"""Files, folders and zip archives as a list of sources, subjects first.

An archive is unpacked to a temporary folder, file by file, within limits that count what really comes out.
"""

from __future__ import annotations

import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from zhulian.core.kernel.errors import ZhulianError

ENTRY_LIMIT: Final = 1000
TOTAL_LIMIT: Final = 4 << 30
"""Bytes of an archive's files, unpacked."""
RATIO_LIMIT: Final = 200
RATIO_FROM: Final = 1 << 20
"""Below this size an archive's ratio says nothing."""
SUFFIXES: Final = (".csv", ".txt", ".json", ".parquet", ".xlsx", ".xls", ".xlsm", ".zip")
_CHUNK: Final = 1 << 20
DAMAGED: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, IndexError, KeyError),
)
"""What zipfile and the decompressors below it raise on damaged or unusual archives, encrypted ones included."""


@dataclass(frozen=True, slots=True)
class File:
    """One file to be read; `shown` is its name for people, in an archive `archive.zip/member`.

    A sheet of a workbook is a file of its own: `path` is the workbook, `sheet` names it.
    """

    path: Path
    shown: str
    sheet: str = ""


@contextmanager
def files(path: Path) -> Iterator[list[File]]:
    """The files of a path, by name; those of archives exist until the context ends.

    Raises:
        ZhulianError: `file.missing`, `file.unreadable`, `file.zip`, `file.zip_limit`, `file.zip_name`.
    """
    _check_path(path)
    with TemporaryDirectory(prefix="zhulian-unzip-") as folder:
        found: list[File] = []
        for number, file in enumerate(_walk(path)):
            if is_zip(file.path) and not is_spreadsheet(file.path):
                found += _unpack(file, Path(folder) / str(number))
            else:
                found.append(file)
        yield found


def _check_path(path: Path) -> None:
    """A device or a pipe has no end or no content of its own; a name may be longer than any file's."""
    try:
        if not path.exists():
            raise ZhulianError("file.missing", file=path.name)
        if not (path.is_file() or path.is_dir()):
            raise ZhulianError("file.unreadable", file=path.name, detail="不是普通文件，也不是文件夹")
    except OSError as error:
        raise ZhulianError("file.unreadable", file=path.name[:120], detail=error.strerror or "") from None


def _walk(path: Path) -> list[File]:
    if path.is_file():
        return [File(path, path.name)]
    inside = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)
    return [File(p, p.relative_to(path).as_posix()) for p in inside]


def is_zip(path: Path) -> bool:
    """Whether a file begins like a zip archive (Excel workbooks do, too). What cannot be read is told when it is."""
    try:
        with path.open("rb") as file:
            return file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}
    except OSError:
        return False


def is_spreadsheet(path: Path) -> bool:
    """Whether a zip archive is an Office document."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()[:ENTRY_LIMIT]
    except DAMAGED:
        return False


def _unpack(file: File, folder: Path) -> list[File]:
    folder.mkdir()
    try:
        with zipfile.ZipFile(file.path) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir() and not _clutter(e.filename)]
            _check(file, entries)
            return [_extract(archive, e, file, folder / f"{n}{_suffix(e)}") for n, e in enumerate(entries)]
    except DAMAGED as error:
        detail = "有加密的文件" if "encrypted" in str(error) else str(error)[:200] or type(error).__name__
        raise ZhulianError("file.zip", file=file.shown, detail=detail) from None


def _clutter(name: str) -> bool:
    """What archivers of some systems add."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in {".DS_Store", "Thumbs.db", "desktop.ini"}


def _suffix(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename).suffix.lower()[:20]


def _limit(file: File, detail: str) -> ZhulianError:
    limits = {"entries": ENTRY_LIMIT, "total": TOTAL_LIMIT >> 20, "ratio": RATIO_LIMIT}
    return ZhulianError("file.zip_limit", file=file.shown, detail=detail, **limits)


def _check(file: File, entries: list[zipfile.ZipInfo]) -> None:
    """Names and declared sizes, before a byte is unpacked."""
    if len(entries) > ENTRY_LIMIT:
        raise _limit(file, f"有 {len(entries)} 个文件")
    for entry in entries:
        parts = PurePosixPath(entry.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or not parts.parts or ":" in parts.parts[0]:
            raise ZhulianError("file.zip_name", file=file.shown, name=entry.filename[:120])
        if _suffix(entry) == ".zip":
            raise ZhulianError("file.zip", file=file.shown, detail=f"里面还有压缩包 {entry.filename[:120]}")
    declared = sum(e.file_size for e in entries)
    if declared > _budget(file):
        raise _limit(file, f"解压后 {declared >> 20} MiB，压缩包 {file.path.stat().st_size >> 10} KiB")


def _budget(file: File) -> int:
    return min(TOTAL_LIMIT, max(RATIO_FROM, RATIO_LIMIT * file.path.stat().st_size))


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: File, target: Path) -> File:
    # zipfile gives at most the declared size, so the check of the declared sizes binds here as well.
    with archive.open(entry) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out, _CHUNK)
    return File(target, f"{file.shown}/{_member_name(entry)}")


def _member_name(entry: zipfile.ZipInfo) -> str:
    """The name as its archiver meant it: without the UTF-8 flag, Chinese archivers write GBK."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename
