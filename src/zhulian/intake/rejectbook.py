"""Rejects as a workbook: for each file or sheet they came from a sheet of the same columns, the faulty cells marked.

All cells are text, so what was wrong comes back exactly as it was, and what is corrected as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter

from zhulian.intake.formats.adapter import BOOKKEEPING
from zhulian.intake.formats.headings import SHEET_ASIDE
from zhulian.intake.model import Reject

ROW_LIMIT: Final = 50_000
"""Records of one workbook; for more there is CSV."""
NOTE_LIMIT: Final = 2000
"""Notes on cells in one workbook; the reason stands in its own column as well."""
CELL_LIMIT: Final = 32_767
"""Characters of a cell of Excel. A record with a longer one is left out: cut, it would come back changed."""
_NAME_LIMIT: Final = 31
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class Page:
    """Rejects of one sheet; `name` is a table's or the sheet's own, so that it is recognised when it comes back."""

    name: str
    rejects: Sequence[Reject]


def rejects_workbook(pages: Iterable[Page], target: Path | IO[bytes]) -> int:
    """Write the workbook; how many records had to be left out (see `ROW_LIMIT`, `CELL_LIMIT`)."""
    left_out = 0
    room = ROW_LIMIT
    names: set[str] = set()
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        writer = _Writer(book)
        for page in pages:
            fitting = [r for r in page.rejects if all(len(cell) <= CELL_LIMIT for cell in r.raw.values())][:room]
            left_out += len(page.rejects) - len(fitting)
            room -= len(fitting)
            if fitting:
                writer.page(_free_name(page.name, names), fitting)
        writer.explain(left_out)
    return left_out


def _free_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel takes and that no other sheet has; a number goes behind."""
    base = _NOT_IN_NAMES.sub("", wanted).strip() or "表"
    number, name = 1, base[:_NAME_LIMIT]
    while name.lower() in taken:
        number += 1
        name = f"{base[: _NAME_LIMIT - 5]}({number})"
    taken.add(name.lower())
    return name


class _Writer:
    def __init__(self, book: Any) -> None:
        self.book = book
        head = {"bold": True, "bottom": 1, "bg_color": "#e9eef6", "num_format": 49}
        self.heading = book.add_format(head)
        self.ours = book.add_format({**head, "bg_color": "#eeeeee", "italic": True})
        self.text = book.add_format({"num_format": 49})
        self.faulty = book.add_format({"num_format": 49, "bg_color": "#f9d6d2", "border": 1, "border_color": "#b3261e"})
        self.wrapped = book.add_format({"num_format": 49, "text_wrap": True, "valign": "top"})
        self.notes = NOTE_LIMIT

    def page(self, name: str, rejects: Sequence[Reject]) -> None:
        columns = list(dict.fromkeys(column for r in rejects for column in r.raw))
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(columns) - 1, 0), 18, self.text)
        sheet.set_column(len(columns), len(columns) + 1, 44, self.wrapped)
        sheet.set_column(len(columns) + 2, len(columns) + 2, 36, self.text)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, SHEET_ASIDE.get(column, column), self.heading)
        for place, column in enumerate(BOOKKEEPING, start=len(columns)):
            sheet.write_string(0, place, SHEET_ASIDE[column], self.ours)
        for row, r in enumerate(rejects, start=1):
            self._record(sheet, row, columns, r)
        sheet.autofilter(0, 0, len(rejects), len(columns) + 2)

    def _record(self, sheet: Any, row: int, columns: Sequence[str], r: Reject) -> None:
        faults = {p.field: p for p in reversed(r.problems)}
        for place, column in enumerate(columns):
            fault = faults.get(column)
            cell = r.raw.get(column, "")
            if fault is not None:
                sheet.write_blank(row, place, None, self.faulty)  # an empty text would not be marked
                self._note(sheet, row, place, f"{fault.message}\n{fault.cure}")
            if cell:
                sheet.write_string(row, place, cell, self.text if fault is None else self.faulty)
        reason = "；".join(f"{p.field}：{p.message}" if p.field else p.message for p in r.problems)
        cure = "；".join(dict.fromkeys(p.cure for p in r.problems))
        for place, cell in enumerate((reason, cure), start=len(columns)):
            sheet.write_string(row, place, cell[:CELL_LIMIT], self.wrapped)
        sheet.write_string(row, len(columns) + 2, str(r.position), self.text)

    def _note(self, sheet: Any, row: int, place: int, text: str) -> None:
        if self.notes:
            self.notes -= 1
            sheet.write_comment(row, place, text[:2000], {"x_scale": 2})

    def explain(self, left_out: int) -> None:
        sheet = self.book.add_worksheet("说明")
        sheet.set_column(0, 0, 90)
        lines = [*_INTRODUCTION]
        if left_out:
            lines.append(f"另有 {left_out} 条太长或太多，没有放进本工作簿，请在批次页下载 CSV 更正。")
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line)


_INTRODUCTION: Final = (
    "标红的单元格是出错的地方，鼠标放上去可看到原因和处理办法；整行的原因也写在右边的灰色列中。",
    "改好以后把整个工作簿交回批次页。只需交回改好的行，没改好的行可以删去，下次再交。",
    "「隔离位置」一列请不要改动：系统靠它知道改的是哪一条；其余灰色列改不改都没有关系。",
    "所有单元格都是文本格式，号码不会变样；金额按列名中的单位填写。",
)
