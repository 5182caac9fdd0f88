"""The folder of a feed: which files stand there, a settled copy of one, and where it goes afterwards. No database.

Whoever writes into the folder is another program: it may be half done, write again under the same name, or lay a
link to a file that is none of its own. So nothing is followed, nothing is read in place, and a name is never a path.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

DONE: Final = "done"
FAILED: Final = "failed"
NOTE: Final = ".原因.txt"
"""Added to a failed file's name: the note beside it that says why."""
FILE_LIMIT: Final = 1 << 30
SEEN_LIMIT: Final = 10_000
"""Names of one folder that are looked at; more wait until some have gone."""
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".swp", "~")
"""What programs add to the name of a file that they have not finished."""
_HIDDEN: Final = (".", "~$")
_BLOCK: Final = 1 << 20

register(
    ErrorKind(
        "feed.folder", "文件夹「{folder}」不能用于定时接入：{detail}", "请选择允许的文件夹以内、真实存在的文件夹"
    ),
    ErrorKind("feed.folder_gone", "文件夹「{folder}」现在无法读取：{detail}", "请核对网络盘是否连接、权限是否改变"),
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that stands in the folder. Arrivals are in order of the time they were last written, then by name."""

    modified: int
    """Nanoseconds since the epoch, of the file system."""
    name: str
    size: int


def folder_check(folder: Path, roots: Iterable[Path]) -> None:
    """Refuses a folder outside the allowed ones, or reached through a link.

    Raises:
        ZhulianError: `feed.folder`, `feed.folder_gone`.
    """
    try:
        real = folder.resolve(strict=True)
        inside = any(real.is_relative_to(root.resolve()) for root in roots)
    except (OSError, RuntimeError) as error:
        raise ZhulianError("feed.folder_gone", folder=folder.name, detail=_words(error)) from None
    if not inside:
        raise ZhulianError("feed.folder", folder=folder.name, detail="不在允许的文件夹以内")
    if real != folder:
        raise ZhulianError("feed.folder", folder=folder.name, detail="路径中有链接或“..”")
    if not real.is_dir():
        raise ZhulianError("feed.folder", folder=folder.name, detail="不是文件夹")
    for name in (DONE, FAILED):
        if (real / name).is_symlink():
            raise ZhulianError("feed.folder", folder=folder.name, detail=f"其中的 {name} 是链接")


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or type(error).__name__


def folders(roots: Iterable[Path], *, depth: int = 3, limit: int = 500) -> list[Path]:
    """Folders below the allowed ones that a feed may be set on, by name; those that we make ourselves are left out."""
    found: list[Path] = []
    waiting = [(root.resolve(), 0) for root in roots if root.is_dir()]
    while waiting and len(found) < limit:
        folder, level = waiting.pop(0)
        with os.scandir(folder) as entries:
            inside = sorted(e.name for e in entries if e.is_dir(follow_symlinks=False) and not e.name.startswith("."))
        children = [folder / name for name in inside if name not in {DONE, FAILED}]
        found += children
        if level + 1 < depth:
            waiting += [(child, level + 1) for child in children]
    return sorted(found)


def arrivals(folder: Path, pattern: str) -> list[Arrival]:
    """Plain files of the folder itself that fit the pattern and look finished, in the order of their arrival.

    Raises:
        ZhulianError: `feed.folder_gone`.
    """
    found: list[Arrival] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not _is_ours(entry.name, pattern) or not entry.is_file(follow_symlinks=False):
                    continue
                told = entry.stat(follow_symlinks=False)
                found.append(Arrival(told.st_mtime_ns, entry.name, told.st_size))
                if len(found) >= SEEN_LIMIT:
                    break
    except OSError as error:
        raise ZhulianError("feed.folder_gone", folder=folder.name, detail=_words(error)) from None
    return sorted(found, key=lambda a: (a.modified, a.name))


def _is_ours(name: str, pattern: str) -> bool:
    lower = name.lower()
    if lower.startswith(_HIDDEN) or lower.endswith((*_UNFINISHED, NOTE)):
        return False
    return fnmatch.fnmatchcase(lower, pattern.lower())


def settled_copy(folder: Path, arrival: Arrival, target: Path) -> str | None:
    """Copy a file as it was seen to `target`; its SHA-256, or None when it is another one by now.

    It is opened without following links and compared before and after, so what is copied is one state of one file.

    Raises:
        ZhulianError: `file.too_large`, `file.unreadable`.
    """
    if arrival.size > FILE_LIMIT:
        size, limit = arrival.size >> 20, FILE_LIMIT >> 20
        raise ZhulianError("file.too_large", file=arrival.name, size=size, limit=limit)
    try:
        fd = os.open(folder / arrival.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ZhulianError("file.unreadable", file=arrival.name, detail=_words(error)) from None
    digest = hashlib.sha256()
    with os.fdopen(fd, "rb") as source, target.open("wb") as out:
        if not _is(source.fileno(), arrival):
            return None
        while block := source.read(_BLOCK):
            digest.update(block)
            out.write(block)
        return digest.hexdigest() if _is(source.fileno(), arrival) else None


def _is(fd: int, arrival: Arrival) -> bool:
    told = os.fstat(fd)
    return stat.S_ISREG(told.st_mode) and (told.st_mtime_ns, told.st_size) == (arrival.modified, arrival.size)


def stands(folder: Path, arrival: Arrival) -> bool:
    """Whether the file still stands there as it was seen."""
    try:
        told = (folder / arrival.name).lstat()
    except OSError:
        return False
    return stat.S_ISREG(told.st_mode) and (told.st_mtime_ns, told.st_size) == (arrival.modified, arrival.size)


def place(folder: Path, name: str, serial: int, into: str, note: str = "") -> None:
    """Move a file to `done` or `failed` under a name of its own, the note first: a crash between is made good later.

    Raises:
        OSError: the folder does not let us.
    """
    target = folder / into
    target.mkdir(exist_ok=True)
    placed = target / placed_name(name, serial)
    if note:
        partial = target / f".{serial}.part"
        partial.write_text(note, encoding="utf-8")
        partial.replace(placed.with_name(placed.name + NOTE))
    (folder / name).replace(placed)


def placed_name(name: str, serial: int) -> str:
    """The name in `done` or `failed`: the number of the file's row in front, so that no two meet."""
    return f"{serial:06d}-{name}".encode()[:240].decode(errors="ignore")
