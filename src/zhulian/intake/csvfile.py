"""CSV as it arrives: UTF-8 or GB18030, damaged quotes, lines without end. Never more than a record in memory.

A record whose quotes do not close is given back as broken, its first line alone, and reading goes on at the
next line: one missing quote must not swallow the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from zhulian.core.kernel.errors import ZhulianError

LINE_LIMIT: Final = 1 << 18
"""Characters of one line."""
RECORD_LIMIT: Final = 1 << 18
"""Characters of one record that spans lines."""
_CHUNK: Final = 1 << 20
_CHINESE: Final = re.compile("[\u3000-\u9fff]")


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no record."""

    line: int
    text: str
    detail: str


def find_encoding(path: Path, shown: str) -> str:
    """`utf-8-sig` or `gb18030`, after reading the whole file once: a file in two encodings is refused before any row.

    GB18030 takes nearly any bytes, so a file that has shown Chinese in UTF-8 on earlier lines is held to UTF-8.

    Raises:
        ZhulianError: `file.encoding` with the first byte that fits neither.
    """
    bad, chinese = _first_bad_byte(path, "utf-8-sig")
    if bad is None:
        return "utf-8-sig"
    if not chinese:
        other, _ = _first_bad_byte(path, "gb18030")
        if other is None:
            return "gb18030"
        bad = max(bad, other)  # the encoding that got further is the one meant
    line, found = _around(path, bad)
    raise ZhulianError("file.encoding", file=shown, line=line, byte=bad + 1, bytes=found)


def _first_bad_byte(path: Path, encoding: str) -> tuple[int | None, bool]:
    """Offset of the first byte that cannot be decoded, and whether Chinese stood on a line before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    chinese = False
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            held, _ = decoder.getstate()
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                lines = (held + chunk)[: error.start].rpartition(b"\n")[0]
                return done - len(held) + error.start, chinese or _has_chinese(lines.decode(encoding, "ignore"))
            if not chunk:
                return None, chinese
            chinese = chinese or _has_chinese(text)
            done += len(chunk)


def _has_chinese(text: str) -> bool:
    return _CHINESE.search(text) is not None


def _around(path: Path, byte: int) -> tuple[int, str]:
    """Line number of a byte, and the bytes there in hexadecimal."""
    line = 1
    with path.open("rb") as file:
        left = byte
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            line += chunk.count(b"\n")
            left -= len(chunk)
        return line, file.read(4).hex(" ")


class _Feed:
    """Lines for the csv reader, holding those of the record in work so that they can be taken back."""

    def __init__(self, file: TextIO, shown: str) -> None:
        self.file = file
        self.shown = shown
        self.line = 0
        self.held: list[str] = []
        self.size = 0
        self.back: deque[str] = deque()

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        text = self.back.popleft() if self.back else self.file.readline(LINE_LIMIT)
        if not text:
            raise StopIteration
        self.line += 1
        if len(text) >= LINE_LIMIT:
            raise ZhulianError("file.line_too_long", file=self.shown, line=self.line, limit=LINE_LIMIT)
        if self.held:
            self.size += len(text)
            if self.size > RECORD_LIMIT:
                self.held.append(text)
                raise csv.Error("record too long")
        self.held.append(text)
        return text

    def take_back(self) -> tuple[int, str]:
        """Gives up the record in work: its first line is returned, the others will be read again."""
        first, *others = self.held
        self.back.extendleft(reversed(others))
        self.line -= len(others)
        self.held.clear()
        return self.line, first


def csv_records(path: Path, encoding: str, shown: str) -> Iterator[tuple[int, list[str]] | Broken]:
    """(line where it starts, cells) of each record, the header included; blank records are left out.

    Raises:
        ZhulianError: `file.line_too_long`.
    """
    with path.open(encoding=encoding, newline="") as file:
        feed = _Feed(file, shown)
        reader = csv.reader(feed, strict=True)
        while True:
            feed.held.clear()
            feed.size = 0
            start = feed.line + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                line, text = feed.take_back()
                yield Broken(line, text.rstrip("\r\n"), str(error))
                reader = csv.reader(feed, strict=True)
                continue
            if any(cells):
                yield start, cells
