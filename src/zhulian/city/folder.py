"""The folder a city is written to: half-made output is recognised, and finished output is there at once.

Files are made in `.unfinished` inside the folder and moved out when all are complete. As long as that folder is
there, what lies beside it is not a whole city; the next run begins by removing it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

register(
    ErrorKind(
        "city.space",
        "磁盘空间不够：这一规模约需 {need} MB，「{path}」所在磁盘只剩 {free} MB",
        "请清理磁盘，或换一个空间足够的文件夹",
    )
)
UNFINISHED: Final = ".unfinished"
_SPARE: Final = 64 << 20
"""Left free beside what a city takes."""


@contextmanager
def fresh(out: Path, need: int = 0) -> Iterator[Path]:
    """A folder to write in; its files and folders replace those of the same names in `out` when the block ends well.

    Args:
        out: where the city will be; made if it is not there. Other files in it are left alone.
        need: bytes that the city will take; less free space is refused before anything is written.

    Raises:
        ZhulianError: `city.space`.
        OSError: when the folder cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    work = out / UNFINISHED
    shutil.rmtree(work, ignore_errors=True)
    free = shutil.disk_usage(out).free
    if need and free < need + _SPARE:
        raise ZhulianError("city.space", path=out, need=(need + _SPARE) >> 20, free=free >> 20)
    work.mkdir()
    yield work
    for path in sorted(work.iterdir()):
        if path.is_dir():
            shutil.rmtree(out / path.name, ignore_errors=True)
        path.replace(out / path.name)
    work.rmdir()
