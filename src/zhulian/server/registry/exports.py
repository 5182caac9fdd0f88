"""The list to take away: CSV as a stream, xlsx from a file on disk. No cell ever becomes a formula."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Final

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.intake.rejects import escape

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

register(ErrorKind("registry.no_format", "不能导出为「{value}」", "可选：csv、xlsx", 404))


def kind_check(kind: str) -> None:
    """Refuse a kind of file that we do not make, before it is written down who took it.

    Raises:
        ZhulianError: `registry.no_format`.
    """
    if kind not in {"csv", "xlsx"}:
        raise ZhulianError("registry.no_format", value=kind)


def download(
    kind: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, title: str, note: str, name: str
) -> HttpResponseBase:
    """The rows as a file called `name` with the kind as its ending; `title` is the sheet's."""
    filename = f"{name}.{kind}"
    if kind == "xlsx":
        file = xlsx_file(header, rows, title=title, note=note)
        return FileResponse(file, as_attachment=True, filename=filename, content_type=XLSX)
    stream = csv_stream(header, rows, note=note)
    response = StreamingHttpResponse(stream, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


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
