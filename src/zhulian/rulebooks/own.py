"""Rulebooks of an installation's own: a folder that people write into, so every name in it may be anything.

A file that cannot be read is refused by name, as one that cannot be understood is: to go on with the shipped rules
alone would judge by other law than the installation has written down.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.rules.loader import FILE_LIMIT

CASES_SUFFIX: Final = ".cases.yaml"
"""`福建.yaml` has its cases in `福建.cases.yaml` beside it."""

register(
    ErrorKind(
        "rulebook.unreadable",
        "读不到规则文件 {file}：{detail}",
        "请换成可以读取的普通文件，或把它移出规则文件夹，再重新启动",
    )
)


def folder() -> Path:
    """Where they are kept: `ZHULIAN_RULEBOOKS`, else `rulebooks` of `ZHULIAN_HOME`."""
    home = Path(os.environ.get("ZHULIAN_HOME", Path.home() / ".zhulian"))
    return Path(os.environ.get("ZHULIAN_RULEBOOKS", home / "rulebooks"))


def own_files(where: Path) -> dict[str, bytes]:
    """The rulebooks of a folder by path; none when it does not exist.

    Files of cases (`*.cases.yaml`) and hidden ones (`.*`, which editors leave) are left out. At most one byte more
    than a rulebook may have is read.

    Raises:
        ZhulianError: `rulebook.unreadable` for a folder, a pipe, a device, a link to nowhere, missing rights.
    """
    try:
        names = sorted(path.name for path in where.iterdir() if _is_rulebook(path.name))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unreadable(where, error.strerror) from None
    return {str(where / name): _content(where / name) for name in names}


def _is_rulebook(name: str) -> bool:
    return name.endswith(".yaml") and not name.endswith(CASES_SUFFIX) and not name.startswith(".")


def _content(path: Path) -> bytes:
    try:
        # A pipe without a writer would be waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _unreadable(path, "不是普通文件")
            return file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise _unreadable(path, error.strerror) from None


def _unreadable(path: Path, detail: str | None) -> ZhulianError:
    return ZhulianError("rulebook.unreadable", file=path, detail=detail or "无法读取")
