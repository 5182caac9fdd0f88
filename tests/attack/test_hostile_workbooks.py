"""Workbooks made to end the process, to take for ever or to change a value in silence: each of these once did."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from intake.books import book
from zhulian.core.kernel.errors import ZhulianError
from zhulian.intake import Reject, read, sources
from zhulian.intake.measuring import SHEET_LIMIT, TEXT_LIMIT

USCC = "91610800064834709T"
HEAD = ["企业*", "报表日期*", "营业收入（万元）"]
GOOD = [HEAD, [USCC, "2024-12-31", 1]]
SHEET, STRINGS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
END = b"</sheetData>"


def doctored(path: Path, part: str, old: bytes, new: bytes, *, name: str | None = None) -> Path:
    """A good workbook with something exchanged in a part, which may get another name."""
    plain = book(path.with_name("plain.xlsx"), {"财务": GOOD})
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for entry in whole.namelist():
            content = whole.read(entry)
            if entry == part:
                assert old in content
                content = content.replace(old, new, 1)
            out.writestr(name if name and entry == part else entry, content)
    return path


def refusal(path: Path) -> ZhulianError:
    with pytest.raises(ZhulianError) as error:
        list(read(path))
    return error.value


def row(number: int, reference: bytes) -> bytes:
    return b'<row r="%d"><c r="%s"><v>1</v></c></row>' % (number, reference)


EXTENTS = {
    "small letters": row(1048576, b"xfd1048576"),
    "columns beyond Excel's": row(3, b"ABCDEF3"),
    "rows beyond Excel's": row(99999999, b"A99999999"),
    "cells without a place": b'<row r="1048576">' + b"<c><v>1</v></c>" * 200 + b"</row>",
    "rows and cells without a place": (b"<row>" + b"<c/>" * 4000 + b"</row>") * 4000,
    "blanks around the sign": row(3, b"A3").replace(b"r=", b"r" + b" " * 9000 + b"= ").replace(b"A3", b"XFD1048576"),
}


@pytest.mark.parametrize("rows", EXTENTS.values(), ids=EXTENTS.keys())
def test_what_would_take_all_memory_is_refused_before_it_is_read(tmp_path, rows):
    """The reader cannot refuse: it ended the process, and with it the web server."""
    error = refusal(doctored(tmp_path / "a.xlsx", SHEET, END, rows + END))
    assert error.code in {"file.workbook_limit", "file.workbook"}


def test_a_sheet_that_lies_elsewhere_is_measured_too(tmp_path):
    path = doctored(tmp_path / "a.xlsx", SHEET, END, row(1048576, b"XFD1048576") + END, name="xl/elsewhere.xml")
    assert refusal(path).code == "file.workbook_limit"


def test_one_long_text_that_many_cells_share_is_counted_in_each(tmp_path):
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(3, 20_000))
    path = doctored(tmp_path / "a.xlsx", SHEET, END, cells + END)
    text = b"y" * (TEXT_LIMIT // 19_000)
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    parts[STRINGS] = parts[STRINGS].replace("企业*".encode(), text, 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in parts.items():
            out.writestr(name, content)
    assert refusal(path).code == "file.workbook_limit"


def test_thousands_of_sheets_and_merged_cells_over_each_other(tmp_path):
    many = book(tmp_path / "many.xlsx", {f"s{n}": [["x"]] for n in range(SHEET_LIMIT + 1)})
    assert "张表" in refusal(many).text
    merges = b"".join(b'<mergeCell ref="A%d:C90000"/>' % n for n in range(2, 900))
    rows = row(90000, b"A90000") + END + b"<mergeCells>" + merges + b"</mergeCells>"
    started = time.process_time()
    assert refusal(doctored(tmp_path / "a.xlsx", SHEET, END, rows)).code == "file.workbook_limit"
    assert time.process_time() - started < 10


def test_two_sheets_of_one_name_are_no_workbook(tmp_path):
    plain = book(tmp_path / "plain.xlsx", {"财务": GOOD, "X": GOOD})
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(path, "w") as out:
        for entry in whole.namelist():
            content = whole.read(entry)
            out.writestr(entry, content.replace(b'name="X"', 'name="财务"'.encode()) if entry == BOOK else content)
    assert "同名" in refusal(path).text


def test_an_empty_merged_cell_does_not_take_the_value_of_the_one_above_it(tmp_path):
    """Two merged cells one below the other, the second empty: its rows once became facts of the first's enterprise."""
    rows = [*GOOD, [None, "2023-12-31", 2], [None, "2022-12-31", 3], [None, "2021-12-31", 4]]
    plain = book(tmp_path / "plain.xlsx", {"财务": rows})
    path = tmp_path / "a.xlsx"
    merges = b'<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="A4:A5"/></mergeCells>'
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(path, "w") as out:
        for entry in whole.namelist():
            content = whole.read(entry)
            out.writestr(entry, content.replace(END, END + merges) if entry == SHEET else content)
    records = list(read(path))
    assert [isinstance(r, Reject) for r in records] == [False, False, True, True]


@pytest.mark.parametrize("cached", [b"", b"<v></v>", b"<v/>"])
def test_a_formula_whose_result_was_never_saved_is_no_empty_cell(tmp_path, cached):
    """Programs write workbooks without results; the amount was missing in silence."""
    path = doctored(
        tmp_path / "a.xlsx", SHEET, b'<c r="C2"><v>1</v></c>', b'<c r="C2"><f>SUM(A1:A9)</f>' + cached + b"</c>"
    )
    (reject,) = read(path)
    assert isinstance(reject, Reject)
    assert reject.raw[HEAD[2]] == "#公式未计算"


def test_a_formula_that_gives_no_text_is_an_empty_cell(tmp_path):
    path = doctored(tmp_path / "a.xlsx", SHEET, b'<c r="C2"><v>1</v></c>', b'<c r="C2" t="str"><f>""</f><v></v></c>')
    (record,) = read(path)
    assert not isinstance(record, Reject)
    assert record.values.get("revenue") is None


def test_a_million_formatted_empty_rows_cost_seconds(tmp_path):
    """A format for whole columns, or one stray blank at the very bottom: offices send this every day."""
    path = doctored(tmp_path / "a.xlsx", SHEET, END, b'<row r="1048576"><c r="A1048576"/></row>' + END)
    started = time.process_time()
    with sources(path) as found:
        assert not found.refused
    assert len(list(read(path))) == 1
    assert time.process_time() - started < 15
