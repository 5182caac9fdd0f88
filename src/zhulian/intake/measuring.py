"""How much an .xlsx unpacks to, measured before its reader (Rust) takes any of it.

The reader believes what the file says and ends the whole process when memory runs out, so nothing that it would
believe may be missed: any part may be used as a sheet, a reference may be in small letters, a row or a cell may have
none and stand behind the one before, and one long text may be meant by half a million cells.
"""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Iterator
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.intake.container import RATIO_FROM, RATIO_LIMIT, File

UNPACKED_LIMIT: Final = 256 << 20
"""Bytes of an .xlsx, unpacked; also of an .xls as it is."""
CELL_LIMIT: Final = 12_000_000
"""Cells of one sheet from the first to the furthest, empty ones included: about 400 MiB while it is read."""
TEXT_LIMIT: Final = 512 << 20
"""Bytes of the texts of all cells together, a text counted in each cell that shares it."""
SHEET_LIMIT: Final = 100
_BLOCK: Final = 1 << 20
_TAG_LIMIT: Final = 4 << 20
"""Bytes from one tag to the next; Excel ends a text at 32,767 characters."""
_STRINGS: Final = "xl/sharedstrings.xml"
_REFERENCE: Final = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]*)([0-9]+)[\"']")
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s/>]")
_VALUE: Final = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>\s*([0-9]{1,9})")
_STRING_END: Final = re.compile(rb"</(?:\w+:)?si\s*>")
_ENTITY: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def too_large(file: File, detail: str) -> ZhulianError:
    """The refusal of a workbook by its size."""
    return ZhulianError(
        "file.workbook_limit", file=file.shown, detail=detail, total=UNPACKED_LIMIT >> 20, cells=CELL_LIMIT
    )


def archive_measure(archive: zipfile.ZipFile, file: File, size: int) -> None:
    """Unpacks every part once, counting: what is said of sizes may be wrong. `size` is the archive's, in bytes.

    Raises:
        ZhulianError: `file.workbook`, `file.workbook_limit`.
    """
    declared = sum(entry.file_size for entry in archive.infolist())
    if declared > min(UNPACKED_LIMIT, max(RATIO_FROM, RATIO_LIMIT * size)):
        raise too_large(file, f"解压后 {declared >> 20} MiB，文件 {size >> 10} KiB")
    cells = 0
    lengths = array("L")
    for entry in archive.infolist():
        if entry.filename.lower() == _STRINGS:
            lengths = _string_lengths(archive, entry, file)
        else:
            cells += _Sheet(file).measured(archive, entry)
    if lengths and max(lengths) * cells > TEXT_LIMIT:
        _check_texts(archive, file, lengths)


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: File) -> Iterator[bytes]:
    """A part in pieces that each end before a tag: no tag is cut, none is seen twice."""
    rest = b""
    with archive.open(entry) as part:
        while block := part.read(_BLOCK):
            text = rest + block
            cut = max(text.rfind(b"<"), 0)
            rest = text[cut:]
            if len(rest) > _TAG_LIMIT:
                raise too_large(file, f"一段文字或一个标记超过 {_TAG_LIMIT >> 20} MiB")
            if _ENTITY.search(text):
                raise ZhulianError("file.workbook", file=file.shown, detail="含有 DOCTYPE 或 ENTITY 声明")
            yield text[:cut]
    yield rest


class _Sheet:
    """The extent of a part, if it were read as a sheet."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._row = self._column = 0
        self._bare_rows = self._bare_cells = 0
        self._in_row = 0

    def measured(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
        """How many cells it has, empty ones left out.

        Raises:
            ZhulianError: `file.workbook_limit`, `file.workbook`.
        """
        total = 0
        for piece in _pieces(archive, entry, self._file):
            references = _REFERENCE.findall(piece)
            cells, rows = len(_CELL.findall(piece)), len(_ROW.findall(piece))
            named = sum(1 for letters, _ in references if letters)
            self._grow(references)
            self._bare_rows += max(0, rows - (len(references) - named))
            if cells > named:
                self._count_bare(piece)
            elif rows:
                self._in_row = 0
            total += cells
            self._check()
        return total

    def _grow(self, references: list[tuple[bytes, bytes]]) -> None:
        columns, rows = {letters for letters, _ in references}, {digits for _, digits in references}
        if max(map(len, columns), default=0) > 3 or max(map(len, rows), default=0) > 7:
            raise ZhulianError("file.workbook", file=self._file.shown, detail="有 Excel 没有的单元格位置")
        self._row = max(self._row, *map(int, rows), 0)
        self._column = max(self._column, *(column_number(letters.decode()) for letters in columns), 0)

    def _count_bare(self, piece: bytes) -> None:
        """Cells without a place stand one behind the other: a row has at most as many columns as it has cells more."""
        parts = _ROW.split(piece)
        for number, part in enumerate(parts):
            count = len(_CELL.findall(part))
            self._in_row = count if number else self._in_row + count
            self._bare_cells = max(self._bare_cells, self._in_row)

    def _check(self) -> None:
        rows = max(1, self._row + self._bare_rows)
        columns = max(1, self._column + self._bare_cells)
        if rows * columns > CELL_LIMIT:
            raise too_large(self._file, f"一张表占 {rows} 行 × {columns} 列")


def _string_lengths(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: File) -> array[int]:
    """Bytes of each shared text, its tags included."""
    lengths = array("L")
    before = 0
    for piece in _pieces(archive, entry, file):
        *ended, last = [len(part) for part in _STRING_END.split(piece)]
        for length in ended:
            lengths.append(before + length)
            before = 0
        before += last
    return lengths


def _check_texts(archive: zipfile.ZipFile, file: File, lengths: array[int]) -> None:
    """Where the longest text in every cell would be too much: each value as if it named a text."""
    total = 0
    for entry in archive.infolist():
        if entry.filename.lower() == _STRINGS:
            continue
        for piece in _pieces(archive, entry, file):
            total += sum(lengths[n] for n in map(int, _VALUE.findall(piece)) if n < len(lengths))
            if total > TEXT_LIMIT:
                raise too_large(file, f"各单元格的文字合计超过 {TEXT_LIMIT >> 20} MiB")


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27; small letters too. No letters: 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
