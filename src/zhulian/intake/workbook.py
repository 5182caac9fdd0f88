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
from zhulian.intake.container import DAMAGED, RATIO_FROM, RATIO_LIMIT, File, is_spreadsheet, is_zip

UNPACKED_LIMIT: Final = 256 << 20
"""Bytes of an .xlsx, unpacked; also of an .xls as it is."""
CELL_LIMIT: Final = 12_000_000
"""Cells of one sheet from the first to the furthest, empty ones included: about 400 MiB while it is read."""
EXACT_LIMIT: Final = 10**15
"""Numbers from here on have more digits than Excel keeps (15)."""
ERRORS: Final = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})
OWN_SHEETS: Final = frozenset({"说明", "选项"})
"""Sheets of our template that hold no data."""
_OLE: Final = b"\xd0\xcf\x11\xe0"
_OLE_MACROS: Final = "_VBA_PROJECT".encode("utf-16-le")
_OLE_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
_BLOCK: Final = 1 << 20
_OVERLAP: Final = 4096
"""Bytes looked at twice, so that no tag is cut; a longer tag is none of Excel's."""
_CELL: Final = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ENTITY: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE: Final = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
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
    """Unpacks every part once, counting: what is said of sizes may be wrong, and Rust would believe the stream."""
    budget = min(UNPACKED_LIMIT, max(RATIO_FROM, RATIO_LIMIT * size))
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = {name.lower() for name in archive.namelist()}
            if any(PurePosixPath(name).name == "vbaproject.bin" for name in names):
                raise ZhulianError("file.macros", file=file.shown)
            if "xl/workbook.xml" not in names:
                raise ZhulianError("file.workbook", file=file.shown, detail="不是 xlsx 工作簿")
            declared = sum(entry.file_size for entry in archive.infolist())
            if declared > budget:
                raise _too_large(file, f"解压后 {declared >> 20} MiB，文件 {size >> 10} KiB")
            for entry in archive.infolist():
                _check_part(archive, entry, file)
    except DAMAGED as error:
        detail = "有加密的内容" if "encrypted" in str(error) else str(error)[:200] or type(error).__name__
        raise ZhulianError("file.workbook", file=file.shown, detail=detail) from None


def _too_large(file: File, detail: str) -> ZhulianError:
    return ZhulianError(
        "file.workbook_limit", file=file.shown, detail=detail, total=UNPACKED_LIMIT >> 20, cells=CELL_LIMIT
    )


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: File) -> None:
    is_sheet = "worksheets/" in entry.filename.lower()
    row, column = 1, 1
    tail = b""
    with archive.open(entry) as part:
        while block := part.read(_BLOCK):
            text = tail + block
            if _ENTITY.search(text):
                raise ZhulianError("file.workbook", file=file.shown, detail="含有 DOCTYPE 或 ENTITY 声明")
            if is_sheet:
                for letters, digits in set(_CELL.findall(text)):
                    row, column = max(row, int(digits)), max(column, column_number(letters.decode()))
                if row * column > CELL_LIMIT:
                    raise _too_large(file, f"一张表占 {row} 行 × {column} 列")
            tail = text[-_OVERLAP:]


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def sheet_rows(file: File) -> Iterator[tuple[int, list[str]]]:
    """(row number as Excel shows it, texts from column A) of each row with anything in it.

    A cell merged downwards says its value in each of its rows.

    Raises:
        ZhulianError: `file.workbook`.
    """
    with _opened(file) as book:
        sheet = book.get_sheet_by_name(file.sheet)
        merged = _merged(sheet.merged_cell_ranges or [])
        broken = _broken_cells(file)
        left = sheet.start[1] if sheet.start else 0
        above: dict[int, str] = {}
        for row, cells in enumerate(sheet.iter_rows()):
            texts = [""] * left + [shown(cell) for cell in cells]
            for column, text in broken.get(row, {}).items():
                texts += [""] * (column + 1 - len(texts))
                texts[column] = text
            for column in merged.get(row, ()):
                if column < len(texts):
                    texts[column] = texts[column] or above.get(column, "")
                    above[column] = texts[column]
            if any(texts):
                yield row + 1, texts


def _merged(ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> dict[int, list[int]]:
    """Row → columns whose cell is part of one merged downwards. Ranges beyond reason are left out: they are empty."""
    found: dict[int, list[int]] = {}
    for (top, left), (bottom, _) in ranges:
        for row in range(top, min(bottom, top + 10_000) + 1) if bottom > top else ():
            found.setdefault(row, []).append(left)
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
    """Row → column → error (`#DIV/0!`), which the reader gives as an empty cell. Of .xls it is not known."""
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
                tail = text[-_OVERLAP:]
    return found


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
