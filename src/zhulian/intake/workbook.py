"""Excel workbooks: checked before they are opened, then one sheet at a time as records of text, like CSV.

calamine (Rust) reads the cells and runs nothing: no macro, no formula (a formula cell is the value that was saved with
it), no entity. It holds a whole sheet in memory, so a workbook is measured first: bytes unpacked, and cells between the
first and the furthest one. What it would read as empty or round silently is made visible here: errors such as
`#DIV/0!` become texts, and a number that lost digits is written as Excel shows it (`1.10101199003074E+17`).
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from zhulian.core.kernel.errors import ZhulianError
from zhulian.intake.container import DAMAGED, File, is_spreadsheet, is_zip
from zhulian.intake.measuring import SHEET_LIMIT, UNPACKED_LIMIT, archive_measure, column_number, too_large

EXACT_LIMIT: Final = 10**15
"""Numbers from here on have more digits than Excel keeps (15)."""
ERRORS: Final = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})
OWN_SHEETS: Final = frozenset({"说明", "选项"})
"""Sheets of our template that hold no data."""
_OLE: Final = b"\xd0\xcf\x11\xe0"
_OLE_MACROS: Final = "_VBA_PROJECT".encode("utf-16-le")
_OLE_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
_MERGED_LIMIT: Final = 1_000_000
"""Rows of one sheet that are part of a cell merged downwards, counted for each such cell."""
_PROPERTIES: Final = re.compile(r"<(?:\w+:)?workbookPr\b[^>]*>")
_OLE_1904: Final = b"\x22\x00\x02\x00\x01\x00"
"""The record DATEMODE of .xls, two bytes long, set to 1 ([MS-XLS] 2.4.77 Date1904)."""
_BLOCK: Final = 1 << 20
_OVERLAP: Final = 4096
"""Bytes looked at twice, so that no tag is cut; a longer tag is none of Excel's."""
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE: Final = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_UNTOLD: Final = re.compile(
    rb"<c\b(?![^>]*\bt=\"str\")[^>]*\br=\"([A-Z]{1,3})([0-9]{1,7})\"[^>]*>"
    rb"(?:<f\b[^>]*/>|<f\b[^>]*>[^<]{0,8200}</f>)(?:<v\s*/>|<v>\s*</v>)?</c>"
)
"""A formula whose result was never saved: written by a program, never opened in Excel. (`t="str"`: the text "".)"""
UNTOLD: Final = "#公式未计算"
_BROKEN: Final = re.compile(
    rb"<c\b(?=[^>]*\bt=\"e\")[^>]*\br=\"([A-Z]{1,3})([0-9]{1,7})\"[^>]*>.{0,2000}?<v>([^<]{1,20})</v>", re.DOTALL
)


def is_workbook(path: Path) -> bool:
    """Whether a file begins like a workbook: an Office archive, or the older binary form."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError:
        return False
    return head == _OLE or (is_zip(path) and is_spreadsheet(path))


def sheets(file: File) -> list[tuple[File, ZhulianError | None]]:
    """The sheets of a workbook in their order, hidden ones with the reason why they are not read.

    Raises:
        ZhulianError: `file.workbook*`, `file.macros`, `file.zip_limit`.
    """
    _check(file)
    with _opened(file) as book:
        names = book.sheet_names
        if len(names) > SHEET_LIMIT:
            raise too_large(file, f"共 {len(names)} 张表，至多 {SHEET_LIMIT} 张")
        if len(set(names)) < len(names):
            raise ZhulianError("file.workbook", file=file.shown, detail="有同名的表")
        found = [m for m in book.sheets_metadata if m.typ is SheetTypeEnum.WorkSheet and m.name not in OWN_SHEETS]
        parts = [(File(file.path, f"{file.shown}/{m.name}", m.name), m.visible) for m in found]
    return [(part, _hidden(part) if visible is not SheetVisibleEnum.Visible else None) for part, visible in parts]


def _hidden(part: File) -> ZhulianError:
    return ZhulianError("file.sheet_hidden", file=part.shown)


@contextmanager
def _opened(file: File) -> Iterator[CalamineWorkbook]:
    """The workbook; whatever its reader cannot bear is told in one way."""
    try:
        with CalamineWorkbook.from_path(file.path) as book:
            yield book
    except PasswordError:
        raise ZhulianError("file.workbook_locked", file=file.shown) from None
    except (CalamineError, OSError, ValueError) as error:
        raise ZhulianError("file.workbook", file=file.shown, detail=str(error)[:200]) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the Rust reader met what it never expected
            raise
        raise ZhulianError("file.workbook", file=file.shown, detail="内部结构有误") from None


def _check(file: File) -> None:
    size = file.path.stat().st_size
    if size > UNPACKED_LIMIT:
        raise ZhulianError("file.too_large", file=file.shown, size=size >> 20, limit=UNPACKED_LIMIT >> 20)
    if is_zip(file.path):
        _check_archive(file, size)
        return
    content = file.path.read_bytes()
    if _OLE_LOCKED in content:
        raise ZhulianError("file.workbook_locked", file=file.shown)
    if _OLE_MACROS in content:
        raise ZhulianError("file.macros", file=file.shown)


def _check_archive(file: File, size: int) -> None:
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = {name.lower() for name in archive.namelist()}
            if any(PurePosixPath(name).name == "vbaproject.bin" for name in names):
                raise ZhulianError("file.macros", file=file.shown)
            if "xl/workbook.xml" not in names:
                raise ZhulianError("file.workbook", file=file.shown, detail="不是 xlsx 工作簿")
            archive_measure(archive, file, size)
    except DAMAGED as error:
        detail = "有加密的内容" if "encrypted" in str(error) else str(error)[:200] or type(error).__name__
        raise ZhulianError("file.workbook", file=file.shown, detail=detail) from None


def sheet_rows(file: File) -> Iterator[tuple[int, list[str]]]:
    """(row number as Excel shows it, texts from column A) of each row with anything in it.

    A cell merged downwards says its value in each of its rows.

    Raises:
        ZhulianError: `file.workbook`.
    """
    with _opened(file) as book:
        sheet = book.get_sheet_by_name(file.sheet)
        merged = _merged(sheet.merged_cell_ranges or [], sheet.end[0] + 1 if sheet.end else 0, file)
        broken = _broken_cells(file)
        left = sheet.start[1] if sheet.start else 0
        above: dict[int, str] = {}
        for row, cells in enumerate(sheet.iter_rows()):
            # A format set for whole columns makes a million empty rows.
            if cells.count("") == len(cells) and row not in broken and row not in merged:
                continue
            texts = [""] * left + [shown(cell) for cell in cells]
            for column, text in broken.get(row, {}).items():
                texts += [""] * (column + 1 - len(texts))
                texts[column] = text
            for column, is_top in merged.get(row, ()):
                if column < len(texts):
                    if not is_top:
                        texts[column] = texts[column] or above.get(column, "")
                    above[column] = texts[column]
            if any(texts):
                yield row + 1, texts


def _merged(
    ranges: list[tuple[tuple[int, int], tuple[int, int]]], height: int, file: File
) -> dict[int, list[tuple[int, bool]]]:
    """Row → columns whose cell is part of one merged downwards, and whether it is the uppermost part.

    Ranges beyond reason, and beyond the last of `height` rows, are left out: they are empty.

    Raises:
        ZhulianError: `file.workbook_limit`.
    """
    found: dict[int, list[tuple[int, bool]]] = {}
    covered = 0
    for (top, left), (bottom, _) in ranges:
        rows = range(top, min(bottom, top + 10_000, height - 1) + 1) if bottom > top else range(0)
        covered += len(rows)
        if covered > _MERGED_LIMIT:
            raise too_large(file, f"合并的单元格超过 {_MERGED_LIMIT} 行")
        for row in rows:
            found.setdefault(row, []).append((left, row == top))
    return found


def shown(cell: Any) -> str:
    """A cell as text: dates as 2019-03-01, whole numbers without a point, others with the 15 digits that Excel has."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return str(cell)


def number_text(value: float) -> str:
    """A number exactly as Excel keeps it; beyond 15 digits in the form that says so."""
    if abs(value) >= EXACT_LIMIT:
        return f"{value:.14E}"
    return format(Decimal(f"{value:.15g}"), "f")


def _broken_cells(file: File) -> dict[int, dict[int, str]]:
    """Row → column → error (`#DIV/0!`) or formula without result, which the reader gives as an empty cell.

    Of .xls it is not known.
    """
    if not is_zip(file.path):
        return {}
    found: dict[int, dict[int, str]] = {}
    with zipfile.ZipFile(file.path) as archive:
        name = _part_of(archive, file.sheet)
        if name is None:
            return {}
        tail = b""
        with archive.open(name) as part:
            while block := part.read(_BLOCK):
                text = tail + block
                for letters, digits, error in _BROKEN.findall(text):
                    found.setdefault(int(digits) - 1, {})[column_number(letters.decode()) - 1] = error.decode()
                for letters, digits in _UNTOLD.findall(text):
                    found.setdefault(int(digits) - 1, {})[column_number(letters.decode()) - 1] = UNTOLD
                tail = text[-_OVERLAP:]
    return found


def counts_from_1904(file: File) -> bool:
    """Whether a workbook counts its days from 1904-01-01, as those first saved on a Macintosh may.

    Of an .xls the bytes are looked through: the same six may stand in one for another reason, seldom.
    """
    if not is_zip(file.path):
        return _OLE_1904 in file.path.read_bytes()
    with zipfile.ZipFile(file.path) as archive:
        text = archive.read("xl/workbook.xml").decode(errors="replace")
    return any(_attributes(tag).get("date1904") in {"1", "true"} for tag in _PROPERTIES.findall(text))


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds a sheet, by its relation."""
    try:
        book = archive.read("xl/workbook.xml").decode()
        relations = archive.read("xl/_rels/workbook.xml.rels").decode()
    except (KeyError, UnicodeDecodeError):
        return None
    ids = {a.get("name"): a.get("r:id") for a in map(_attributes, _SHEET.findall(book))}
    targets = {a.get("Id"): a.get("Target", "") for a in map(_attributes, _RELATION.findall(relations))}
    target = targets.get(ids.get(sheet), "").lstrip("/")
    name = target if target.startswith("xl/") else f"xl/{target}"
    return name if name in archive.namelist() else None


def _attributes(tag: str) -> dict[str, str]:
    return {name: unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)}
