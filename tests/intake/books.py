"""Workbooks written for the tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter


def book(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], *, hidden: Sequence[str] = ()) -> Path:
    """A workbook with these rows; days get a date format, as Excel gives them."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False}) as out:
        day = out.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = out.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(r, c, dt.datetime.combine(cell, dt.time()), day)
                    elif isinstance(cell, str):
                        sheet.write_string(r, c, cell)
                    elif cell is not None:
                        sheet.write(r, c, cell)
    return path
