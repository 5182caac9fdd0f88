"""Rejects as a sheet: the source's own columns, then why and what to do. Corrected, it is read like the first file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from zhulian.intake.formats.adapter import BOOKKEEPING
from zhulian.intake.model import Position, Problem, Reject

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MEMORY: Final = 8 << 20


def rejects_csv(rejects: Iterable[Reject]) -> str:
    """The sheet of rejects of one file and one table, in the order of arrival; all problems of a record in one cell.

    Cells that a spreadsheet would run as formulas get an apostrophe in front, which reading takes off again.
    """
    kept = list(rejects)
    columns = list(dict.fromkeys(name for r in kept for name in r.raw))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*columns, *BOOKKEEPING])
    for r in kept:
        reason = "；".join(f"{p.field}：{p.message}" if p.field else p.message for p in r.problems)
        cure = "；".join(dict.fromkeys(p.cure for p in r.problems))
        cells = [r.raw.get(c, "") for c in columns]
        writer.writerow([escape(c) for c in (*cells, reason, cure, str(r.position))])
    return out.getvalue()


def escape(cell: str) -> str:
    """A cell that no spreadsheet runs. One that begins with an apostrophe gets a second, so that reading is exact."""
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


def unescape(cell: str) -> str:
    """Undoes :func:`escape`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell


class Spool:
    """Rejects kept aside in bounded memory: a temporary file beyond 8 MiB. It is gone when closed."""

    def __init__(self) -> None:
        self._file: IO[str] = SpooledTemporaryFile(_MEMORY, "w+", encoding="utf-8", errors="surrogatepass")  # noqa: SIM115 - lives as long as the report
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, r: Reject) -> None:
        """Keeps one."""
        p = r.position
        problems = [[x.code, x.message, x.cure, x.field] for x in r.problems]
        self._file.seek(0, 2)
        self._file.write(json.dumps([r.table, [p.file, p.record, p.line, p.part], dict(r.raw), problems]) + "\n")
        self._count += 1

    def __iter__(self) -> Iterator[Reject]:
        self._file.flush()
        offset = 0
        while True:
            self._file.seek(offset)
            line = self._file.readline()
            offset = self._file.tell()
            if not line:
                return
            table, (file, record, text_line, part), raw, problems = json.loads(line)
            first, *also = (Problem(*p) for p in problems)
            position = Position(file, record, text_line, part)
            yield Reject(table, position, raw, first.field, first.code, first.message, first.cure, tuple(also))

    def close(self) -> None:
        """Drops them."""
        self._file.close()
