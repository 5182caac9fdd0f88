"""Sheets to take away: CSV with a byte-order mark for Excel, xlsx, JSON.

A cell never becomes a formula: a text that a spreadsheet would run is written with an apostrophe in CSV and as a
string in xlsx.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import xlsxwriter

from zhulian.core.kernel.canonical import Json, canonical_bytes

FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDEST: Final = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """A heading and rows of text; numbers are text in words, since they carry units."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def as_csv(sheets: Sequence[Sheet]) -> bytes:
    """Sheets one below the other, each under its title when there are several."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for sheet in sheets:
        if len(sheets) > 1:
            writer.writerow([sheet.title])
        writer.writerow(sheet.header)
        writer.writerows([_harmless(cell) for cell in row] for row in sheet.rows)
        if len(sheets) > 1:
            writer.writerow([])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(sheets: Sequence[Sheet], properties: Mapping[str, str]) -> bytes:
    """One worksheet each, headings frozen and filterable, ready to print on A4."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties(dict(properties))
        bold = book.add_format({"bold": True, "bg_color": "#e9eef6", "bottom": 1, "text_wrap": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title[:31])
            for column, heading in enumerate(sheet.header):
                page.write_string(0, column, heading, bold)
                page.set_column(column, column, _width([heading, *(row[column] for row in sheet.rows)]))
            for at, row in enumerate(sheet.rows, start=1):
                for column, cell in enumerate(row):
                    page.write_string(at, column, cell, wrap)
            page.freeze_panes(1, 0)
            page.set_paper(9)
            page.set_landscape()
            page.fit_to_pages(1, 0)
            page.repeat_rows(0)
            page.set_footer("&L筑联&C第 &P / &N 页&R&D")
    return out.getvalue()


def as_json(value: Json) -> bytes:
    """Canonical JSON: the same content has the same bytes and hash."""
    return canonical_bytes(value)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _width(cells: Iterable[str]) -> int:
    """Columns of Chinese text are twice as wide as its characters."""
    longest = max(sum(2 if ord(ch) > 0x2E7F else 1 for ch in cell) for cell in cells)
    return min(_WIDEST, max(8, longest + 2))
