"""One sheet of a workbook: where its heading row is, what it holds, and its records.

Titles may stand above the heading row. The row is the first that fits an outside format exactly, else the one whose
headings a table knows best; the sheet's name, else the file's, says which table where several fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.text import clean
from zhulian.core.tables import TABLES, Table
from zhulian.intake.container import File
from zhulian.intake.errors import masked
from zhulian.intake.formats import EXPORTS, jzsc_json
from zhulian.intake.formats.adapter import ASIDE
from zhulian.intake.formats.headings import UNNAMED, aside_name, heading_of, is_ignored, meant, table_named
from zhulian.intake.model import FORMAT_NAMES, Format
from zhulian.intake.workbook import sheet_rows

HEADING_ROWS: Final = 30
"""Rows with anything in them among which the headings are looked for."""
COLUMN_LIMIT: Final = 500
Rows = Sequence[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a sheet is, and its heading row: number and names as they stand there, our own columns by their names."""

    format: Format
    row: int
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a row's headings fit a table."""

    table: Table
    row: int
    header: tuple[str, ...]
    known: int
    unknown: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return bool(self.known) and not self.unknown and not self.missing


def layout(file: File, table: str = "") -> Layout:
    """What a sheet is.

    Raises:
        ZhulianError: `file.sheet_empty`, `file.columns`, `file.table_unclear`, `file.heading_unit`, `file.unknown`.
    """
    rows = list(islice(sheet_rows(file), HEADING_ROWS + 1))
    if not rows:
        raise ZhulianError("file.sheet_empty", file=file.shown)
    found = _export(rows, file) or _table(rows, file, table)
    if rows[-1][0] == found.row:
        raise ZhulianError("file.sheet_empty", file=file.shown)
    return found


def sheet_records(file: File, found: Layout) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) below the heading row; as many cells as headings, more when text stands beyond them.

    Rows of which only the numbering (序号) and the like is filled in are none.
    """
    width = len(found.header)
    ignored = {i for i, name in enumerate(found.header) if is_ignored(name)}
    for number, cells in sheet_rows(file):
        if number <= found.row or not any(text for i, text in enumerate(cells) if i not in ignored):
            continue
        texts = cells + [""] * (width - len(cells))
        while len(texts) > width and not texts[-1]:
            texts.pop()
        yield number, texts


def _header(cells: Sequence[str], file: File) -> tuple[str, ...]:
    names = [aside_name(clean(cell) if cell.isascii() else cell.strip()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    names = [name or f"{UNNAMED}{number}" for number, name in enumerate(names, start=1)]
    if len(names) > COLUMN_LIMIT:
        raise ZhulianError("file.too_many_columns", file=file.shown, found=len(names), limit=COLUMN_LIMIT)
    return tuple(names)


def _export(rows: Rows, file: File) -> Layout | None:
    for number, cells in rows[:HEADING_ROWS]:
        header = _header(cells, file)
        names = set(header)
        name = next((e.name for e in EXPORTS if e.matches(names)), "jzsc-json" if jzsc_json.ANSWER in names else "")
        if name:
            _check_twice(header, file)
            return Layout(Format(name, "", "", file.sheet), number, header)
    return None


def _check_twice(header: Sequence[str], file: File) -> None:
    for name in header:
        if header.count(name) > 1:
            raise ZhulianError("file.duplicate_column", file=file.shown, column=masked(name))


def _table(rows: Rows, file: File, hint: str) -> Layout:
    named = hint or table_named(file.sheet) or table_named(PurePath(file.path).stem if file.sheet else "")
    tables = [TABLES[named]] if named else list(TABLES.values())
    fits = [_fit(t, number, cells, file) for number, cells in rows[:HEADING_ROWS] for t in tables]
    whole = [f for f in fits if f.whole]
    best = max(whole or fits, key=lambda f: (f.known, -len(f.missing), -f.row))
    if named and best.known:
        _check_columns(best, file)
    elif not whole:
        _refuse(rows, fits, file)
    else:
        rivals = [f.table.label for f in whole if f.row == best.row and f.known == best.known]
        if len(rivals) > 1:
            raise _unclear(file, best.header, rivals)
    _check_twice(best.header, file)
    # Amounts without units are told only now that the table is known.
    for name in best.header:
        meant(best.table, name, file.shown)
    return Layout(Format("canonical-excel", best.table.name, "", file.sheet), best.row, best.header)


def _fit(table: Table, row: int, cells: Sequence[str], file: File) -> _Fit:
    header = _header(cells, file)
    known: set[str] = set()
    unknown: list[str] = []
    for name in header:
        if name in ASIDE or is_ignored(name):
            continue
        try:
            found = meant(table, name, file.shown)
            column = found.column.name if found else ""
        except ZhulianError as error:
            column = str(error.params["column"])
        if column:
            known.add(column)
        else:
            unknown.append(name)
    missing = tuple(c.label for c in table.columns if c.required and not known & {c.name, c.label})
    return _Fit(table, row, header, len(known), tuple(unknown), missing)


def _shown(header: Sequence[str]) -> str:
    return masked("、".join(header[:40]))


def _check_columns(fit: _Fit, file: File) -> None:
    details = [f"不认识「{masked(name)[:60]}」" for name in fit.unknown]
    details += [f"缺少必填列「{label}」" for label in fit.missing]
    if details:
        raise ZhulianError(
            "file.columns",
            file=file.shown,
            table=fit.table.label,
            detail="；".join(details[:10]),
            found=_shown(fit.header),
            expected="、".join(heading_of(c).rstrip("*") for c in fit.table.columns),
            required="、".join(c.label for c in fit.table.columns if c.required) or "无",
        )


def _unclear(file: File, header: Sequence[str], labels: Sequence[str]) -> ZhulianError:
    return ZhulianError("file.table_unclear", file=file.shown, found=_shown(header), nearest="、".join(labels))


def _refuse(rows: Rows, fits: Sequence[_Fit], file: File) -> None:
    """No row fits any table wholly: says what is missing to the nearest, or that it is near none."""
    near = [f for f in fits if f.known >= 2 and f.known > len(f.unknown)]
    if near:
        best = max(near, key=lambda f: (f.known, -len(f.missing) - len(f.unknown), -f.row))
        _check_columns(best, file)
    first = max((_header(cells, file) for _, cells in rows), key=len)
    raise ZhulianError("file.unknown", file=file.shown, found=_shown(first)[:400], known="、".join(FORMAT_NAMES))
