"""The two entry points: what is this file, and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zhulian.intake.model import Format, Reject, Row


def detect(path: Path, *, table: str = "") -> Format:
    """What a file is, by content. `table` is a hint for a canonical file with another name.

    Raises:
        ZhulianError: `file.*`, naming what was found and the known formats.
    """
    raise NotImplementedError


def read(path: Path, format: str | None = None, *, table: str = "", skip: int = 0) -> Iterator[Row | Reject]:  # noqa: A002 - the word users type: --format
    """Rows and rejects of a file, folder or zip, in order, in bounded memory.

    All rows of one record follow each other and share its position. `skip` leaves out the first records of
    the file, so that a killed job resumes at the record after the last committed one.

    Raises:
        ZhulianError: `file.*` when the file as a whole cannot be read.
    """
    raise NotImplementedError
