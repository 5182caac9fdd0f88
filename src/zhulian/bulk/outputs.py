"""Lists of findings as files: JSON, Parquet, Excel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from zhulian.bulk.amounts import scaled
from zhulian.bulk.findings import ClauseItem, Item
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.verdicts import LABELS, Verdict

register(
    ErrorKind("out.format", "不认识的输出格式「{suffix}」", "请用 .json、.parquet 或 .xlsx 结尾的文件名"),
    ErrorKind("out.write", "「{path}」不能写入：{why}", "请换一个可写的位置，并确认文件没有被其他程序打开"),
    ErrorKind("out.too_long", "结果有 {rows} 行，超过一张工作表的上限 {limit} 行", "请改用 .parquet 或 .json"),
)
_SHEET_ROWS: Final = 1_048_575

_PAIRS: Final[tuple[tuple[str, int, Callable[[Item], object]], ...]] = (
    ("企业（信用代码或键）", 24, lambda i: i.enterprise),
    ("企业名称", 34, lambda i: i.name),
    ("资质代码", 10, lambda i: i.code),
    ("资质名称", 28, lambda i: i.code_name),
    ("用途", 10, lambda i: i.purpose),
    ("核查日期", 12, lambda i: i.as_of.isoformat()),
    ("结论", 10, lambda i: LABELS[Verdict(i.verdict)]),
    ("标准版本", 10, lambda i: i.rule_version),
    ("说明", 60, lambda i: "；".join(i.notes)),
)
_CLAUSES: Final[tuple[tuple[str, int, Callable[[Item, ClauseItem], object]], ...]] = (
    ("企业（信用代码或键）", 24, lambda i, _c: i.enterprise),
    ("企业名称", 34, lambda i, _c: i.name),
    ("资质代码", 10, lambda i, _c: i.code),
    ("条款", 18, lambda _i, c: c.id),
    ("条款名称", 30, lambda _i, c: c.label),
    ("结论", 10, lambda _i, c: LABELS[Verdict(c.verdict)]),
    ("要求", 14, lambda _i, c: scaled(c.required, c.unit)),
    ("至少有", 14, lambda _i, c: scaled(c.found_at_least, c.unit)),
    ("至多有", 14, lambda _i, c: scaled(c.found_at_most, c.unit)),
    ("至少缺", 14, lambda _i, c: scaled(c.short_by, c.unit)),
    ("单位", 8, lambda _i, c: c.unit),
    ("依据", 40, lambda _i, c: c.citation),
    ("依据可靠程度", 14, lambda _i, c: c.evidence),
    ("说明", 60, lambda _i, c: "；".join(c.notes)),
)


def as_json(items: Sequence[Item]) -> str:
    """The list as indented JSON."""
    return json.dumps([i.as_json() for i in items], ensure_ascii=False, indent=1)


def write(items: Sequence[Item], path: Path) -> None:
    """Write the list in the format of the file's ending.

    Raises:
        ZhulianError: `out.format`, `out.write`, `out.too_long`.
    """
    check_target(path)
    with refusing(path):
        WRITERS[path.suffix.lower()](items, path)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """What the system says when a file cannot be written, as `out.write`."""
    try:
        yield
    except OSError as error:
        raise ZhulianError("out.write", path=path, why=error.strerror or error) from None


def check_target(path: Path) -> None:
    """Refuse a target before the work is done.

    Raises:
        ZhulianError: `out.format`, `out.write`.
    """
    if path.suffix.lower() not in WRITERS:
        raise ZhulianError("out.format", suffix=path.suffix or path.name)
    check_folder(path)


def check_folder(path: Path) -> None:
    """Refuse a file whose folder is not there.

    Raises:
        ZhulianError: `out.write`.
    """
    if not path.absolute().parent.is_dir():
        raise ZhulianError("out.write", path=path, why="文件夹不存在")


def _json(items: Sequence[Item], path: Path) -> None:
    path.write_text(as_json(items) + "\n", encoding="utf-8")


def _parquet(items: Sequence[Item], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, number, texts = pa.string(), pa.int64(), pa.list_(pa.string())
    numbers = {"required", "found_at_least", "found_at_most", "short_by"}
    names = ClauseItem.__dataclass_fields__
    clause = pa.struct([(n, number if n in numbers else texts if n == "notes" else text) for n in names])
    kinds = {"as_of": pa.date32(), "known_at": pa.date32(), "notes": texts, "clauses": pa.list_(clause)}
    schema = pa.schema([(name, kinds.get(name, text)) for name in Item.__dataclass_fields__])
    pq.write_table(pa.Table.from_pylist([asdict(i) for i in items], schema=schema), path, compression="zstd")


def _xlsx(items: Sequence[Item], path: Path) -> None:
    import xlsxwriter

    pairs = [[value(i) for _, _, value in _PAIRS] for i in items]
    clauses = [[value(i, c) for _, _, value in _CLAUSES] for i in items for c in i.clauses]
    if len(clauses) > _SHEET_ROWS:
        raise ZhulianError("out.too_long", rows=len(clauses), limit=_SHEET_ROWS)
    # Text that begins like a formula stays text.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    # The workbook is written when it closes, with an exception of its own: so the file is opened here.
    with path.open("wb") as file, xlsxwriter.Workbook(file, options) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        for title, columns, rows in (("结论", _PAIRS, pairs), ("条款", _CLAUSES, clauses)):
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            for number, (name, width, _) in enumerate(columns):
                sheet.set_column(number, number, width)
                sheet.write_string(0, number, name, heading)
            for line, row in enumerate(rows, start=1):
                sheet.write_row(line, 0, row)
            sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)


WRITERS: Final = {".json": _json, ".parquet": _parquet, ".xlsx": _xlsx}
