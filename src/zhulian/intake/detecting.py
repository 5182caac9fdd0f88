"""What is this file? By content; a name only chooses among tables that the content fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.text import clean
from zhulian.core.tables import TABLES
from zhulian.intake.container import File
from zhulian.intake.csvfile import Broken, csv_records, find_encoding
from zhulian.intake.errors import masked
from zhulian.intake.formats import EXPORTS, canonical, jzsc_json
from zhulian.intake.formats.adapter import ASIDE
from zhulian.intake.jsonfile import export_records, read_json
from zhulian.intake.model import FORMAT_NAMES, Format
from zhulian.intake.parquetfile import parquet_header
from zhulian.intake.sheetfile import layout

COLUMN_LIMIT: Final = 500
"""Names of a header. Comparing each with all of ours takes time, and no source comes near."""
_PARQUET: Final = b"PAR1"


def detect_file(file: File, wanted: str | None = None, table: str = "") -> Format:
    """The format of one file.

    Raises:
        ZhulianError: `file.*`.
    """
    if wanted is not None and wanted not in FORMAT_NAMES:
        raise ZhulianError("file.format_name", value=wanted, known="、".join(FORMAT_NAMES))
    try:
        found = _detect(file, table)
    except OSError as error:
        raise ZhulianError("file.unreadable", file=file.shown, detail=error.strerror or "") from None
    if wanted is not None and found.name != wanted:
        raise ZhulianError("file.not_this_format", file=file.shown, format=wanted, detail=f"看起来是 {found.name}")
    return found


def _detect(file: File, table: str) -> Format:
    if file.sheet:
        return layout(file, table).format
    with file.path.open("rb") as opened:
        head = opened.read(1 << 16)
    if not head:
        raise ZhulianError("file.empty", file=file.shown)
    if head.startswith(_PARQUET):
        header = parquet_header(file.path, file.shown)
        check_header(header, file.shown)
        name = canonical.table_of(file.shown, header, table)
        if not name:
            raise _unknown(file, header)
        return Format("canonical-parquet", name)
    encoding = find_encoding(file.path, file.shown)
    text = head.decode(encoding, "ignore").strip()
    if text.startswith(("{", "[")):
        document = read_json(file.path, encoding, file.shown)
        name = _export_of(export_records(document))
        if name:
            return Format(name, "", encoding)
        _check_answers(file, document)
        return Format("jzsc-json", "", encoding)
    return _csv_format(file, encoding, table)


def _export_of(records: Sequence[Mapping[str, str]]) -> str:
    """The outside table whose fields the objects of a JSON list have; empty: none."""
    names = {name for record in records for name in record}
    return next((e.name for e in EXPORTS if names and e.matches(names)), "")


def _check_answers(file: File, document: object) -> None:
    if next(jzsc_json.items(document, jzsc_json.Reading()), None) is not None:
        return
    if any(jzsc_json.answer_of(hint, None) for hint, _ in jzsc_json.answers(document)):
        return
    known = "、".join(f"{a.name}（{a.label}）" for a in jzsc_json.ANSWERS)
    keys = list(document)[:20] if isinstance(document, dict) else [type(document).__name__]
    raise ZhulianError("file.json_shape", file=file.shown, found="、".join(map(str, keys)), known=known)


def header_of(path: Path, encoding: str, shown: str) -> list[str]:
    """Names of the columns as they stand in the first record, in normal form; Chinese labels stay Chinese.

    Raises:
        ZhulianError: `file.empty`, `file.too_many_columns`, `file.duplicate_column`, `file.unknown`.
    """
    first = next(csv_records(path, encoding, shown), None)
    if first is None:
        raise ZhulianError("file.empty", file=shown)
    if isinstance(first, Broken):
        raise _unknown(File(path, shown), [first.text[:200]])
    header = [clean(cell) for cell in first[1]]
    while header and not header[-1]:
        header.pop()  # a spreadsheet's empty last columns
    if not header:
        raise ZhulianError("file.empty", file=shown)
    check_header(header, shown)
    return header


def check_header(header: Sequence[str], shown: str) -> None:
    """Refuses a header too wide to be one, and a name that stands twice: one of the two columns would be lost.

    Raises:
        ZhulianError: `file.too_many_columns`, `file.duplicate_column`.
    """
    if len(header) > COLUMN_LIMIT:
        raise ZhulianError("file.too_many_columns", file=shown, found=len(header), limit=COLUMN_LIMIT)
    for name in header:
        if header.count(name) > 1:
            raise ZhulianError("file.duplicate_column", file=shown, column=name)


def _csv_format(file: File, encoding: str, table: str) -> Format:
    header = header_of(file.path, encoding, file.shown)
    names = set(header)
    for export in EXPORTS:
        if export.matches(names):
            return Format(export.name, "", encoding)
    if jzsc_json.ANSWER in names:
        return Format("jzsc-json", "", encoding)
    _check_nearest_export(file, names)
    name = canonical.table_of(file.shown, header, table)
    if not name:
        raise _unknown(file, header)
    return Format("canonical-csv", name, encoding)


def _check_nearest_export(file: File, names: set[str]) -> None:
    """Says what is missing when a header is nearly an export's, and more so than any table's."""
    ours = max(len(names & set(t.names)) for t in TABLES.values())
    nearest = max(EXPORTS, key=lambda e: len(names & set(e.columns)))
    shared = len(names & set(nearest.columns))
    if shared * 2 <= len(nearest.columns) or shared <= ours:
        return
    details = [f"缺少列「{c}」" for c in sorted(nearest.used - names)]
    details += [f"不认识「{c}」" for c in sorted(names - set(nearest.columns) - set(ASIDE))]
    raise ZhulianError(
        "file.columns",
        file=file.shown,
        table=nearest.label,
        detail="；".join(details),
        found=masked("、".join(sorted(names))),
        expected="、".join(nearest.columns),
        required="、".join(c for c in nearest.columns if c in nearest.used),
    )


def _unknown(file: File, found: Sequence[str]) -> ZhulianError:
    shown = masked("、".join(found[:40])[:400]) or "（没有列名）"
    return ZhulianError("file.unknown", file=file.shown, found=shown, known="、".join(FORMAT_NAMES))
