"""Our own tables as files: `<table>.csv` or `<table>.parquet`, any order of columns, optional ones may be missing."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable, Sequence
from pathlib import PurePath

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES, Table
from zhulian.intake.errors import masked, problem_of
from zhulian.intake.formats.adapter import ASIDE, LINE, Checkers, Converted, reject
from zhulian.intake.model import Cells, Position, Reject, Row, Value
from zhulian.intake.validate import FACT_COLUMNS


def table_of(file: str, header: Sequence[str], hint: str = "") -> str:
    """The table of a file: the hint, else the file's name, else the only table that the header fits. Empty: none.

    Raises:
        ZhulianError: `file.columns` or `file.table_unclear`, when the columns are ours but do not fit.
    """
    names = set(header) - set(ASIDE) - set(FACT_COLUMNS)
    by_name = hint or _named(file)
    if by_name:
        table = TABLES[by_name]
        if hint or names & set(table.names):
            _check_columns(file, table, header)
            return by_name
        return ""
    fitting = [t.name for t in TABLES.values() if names and names <= set(t.names) and _required(t) <= names]
    if len(fitting) == 1:
        return fitting[0]
    near = sorted(TABLES.values(), key=lambda t: -len(names & set(t.names)))
    nearest = [t for t in near if len(names & set(t.names)) * 2 > len(names)]
    if fitting or nearest:
        shown = "、".join(fitting or [t.name for t in nearest[:3]])
        raise ZhulianError("file.table_unclear", file=file, found=_shown(header), nearest=shown)
    return ""


def _named(file: str) -> str:
    """The table that a file's name begins with: `work.csv`, `work-2025.parquet`, `work (1).csv`."""
    stem = PurePath(file).name.split(".")[0].lower()
    match = re.match(r"[a-z_]+", stem)
    name = match[0].rstrip("_") if match else ""
    return name if name in TABLES else ""


def _required(table: Table) -> set[str]:
    return {c.name for c in table.columns if c.required}


def _shown(header: Sequence[str]) -> str:
    return masked("、".join(name or "（空）" for name in header[:40]))


def _check_columns(file: str, table: Table, header: Sequence[str]) -> None:
    known = (*table.names, *FACT_COLUMNS, *ASIDE)
    details = []
    for name in header:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, n=1)
            details.append(f"不认识「{masked(name)}」" + (f"（是否为 {near[0]}）" if near else ""))
    details += [f"缺少必填列「{name}」" for name in sorted(_required(table) - set(header))]
    if details:
        required = "、".join(c.name for c in table.columns if c.required) or "无"
        raise ZhulianError(
            "file.columns",
            file=file,
            table=f"{table.name} {table.label}",
            detail="；".join(details[:10]),
            found=_shown(header),
            expected="、".join((*table.names, *FACT_COLUMNS)),
            required=required,
        )


def binder(name: str, header: Sequence[str], checkers: Checkers) -> Callable[[Sequence[object], Position], Converted]:
    """A converter of records with this header: a pass over the parsers when all is well, else cell by cell."""
    checked = checkers[name]
    columns = [(i, c) for i, c in enumerate(header) if c not in ASIDE]
    memos = [(i, c, checked.memos[c]) for i, c in columns]
    secret = next((i for i, c in columns if checked.columns[c].check == "resident_id"), None)
    width = len(header)

    def quick(cells: Sequence[object]) -> dict[str, Value] | None:
        """The values of a record of texts, all well; None: look closer."""
        values: dict[str, Value] = {}
        try:
            for i, c, memo in memos:
                cell = cells[i]
                if cell.__class__ is str:
                    values[c] = memo[cell] if cell else None
                else:
                    values[c] = checked.value(c, cell)
        except ZhulianError:
            return None
        return None if checked.whole(values) else values

    def convert(cells: Sequence[object], position: Position) -> Converted:
        if len(cells) != width:
            return ragged(name, header, cells, position)
        values = quick(cells)
        if values is None:
            values, problems = checked.values({c: cells[i] for i, c in columns}, {})
            if problems:
                return reject(name, position, raw_of(header, cells), tuple(problems))
        since, until = checked.taken(values)
        masked = secret is not None and bool(cells[secret]) and values["id_no"] is None
        return [Row(name, values, position, Cells(header, cells), since, until, masked=masked)]

    return convert


def raw_of(header: Sequence[str], cells: Sequence[object]) -> dict[str, str]:
    """The record as text by column."""
    return {h: "" if c is None else str(c) for h, c in zip(header, cells, strict=True) if h not in ASIDE}


def uncut(table: str | None, header: Sequence[str], text: str, position: Position, error: ZhulianError) -> Reject:
    """The reject of a line that does not fit the header: all of it is kept, in no column, since it fits none."""
    raw = dict.fromkeys((h for h in header if h not in ASIDE), "") | {LINE: text}
    return reject(table, position, raw, (problem_of(error),))


def ragged(table: str | None, header: Sequence[str], cells: Sequence[object], position: Position) -> Reject:
    """The reject of a record with too many or too few cells."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    error = ZhulianError("row.columns", found=len(cells), expected=len(header))
    return uncut(table, header, out.getvalue(), position, error)
