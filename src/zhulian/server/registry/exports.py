"""The list to take away: CSV as a stream, xlsx from a file on disk. No cell ever becomes a formula."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import xlsxwriter

from zhulian.intake.rejects import escape


class _Echo:
    """What a csv writer writes to is handed back to it."""

    def write(self, text: str) -> str:
        return text


def csv_stream(header: Sequence[str], rows: Iterable[Sequence[str]], *, note: str) -> Iterator[bytes]:
    """CSV with a byte-order mark for Excel; the last line says when the data were cut off."""
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf"
    yield writer.writerow(header).encode()
    for row in rows:
        yield writer.writerow([escape(cell) for cell in row]).encode()
    yield writer.writerow([note]).encode()


def xlsx_file(header: Sequence[str], rows: Iterable[Sequence[str]], *, title: str, note: str) -> IO[bytes]:
    """A workbook in a temporary file, open for reading; rows go to the disk as they come."""
    out: Any = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#e9eef6", "bottom": 1})
        page = book.add_worksheet(title)
        page.freeze_panes(1, 0)
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer(f"&L{note}&R第 &P / &N 页")
        page.set_column(0, 0, 36)
        page.set_column(1, len(header) - 1, 20)
        for column, heading in enumerate(header):
            page.write_string(0, column, heading, bold)
        last = 0
        for last, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                page.write_string(last, column, cell)
        page.write_string(last + 1, 0, note)
    out.seek(0)
    return out  # type: ignore[no-any-return]  # a temporary file is IO[bytes]
