"""The workbook to fill in: one sheet per table, with notes, drop-downs and text cells, so that Excel spoils nothing.

Codes are cells of the format "text": in any other, Excel turns an 18-digit number into 1.10101E+17 and loses its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter

from zhulian.core.kernel import codes
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES, Column, Kind, Table
from zhulian.intake.formats.headings import SUBJECT_HEADINGS, heading_of, offered
from zhulian.intake.validate import KEY_KINDS, LABELS

ROWS: Final = 5000
"""Rows that have drop-downs."""
EXPLAINED: Final = "说明"
OPTIONS: Final = "选项"
_LIST_LIMIT: Final = 255
"""Characters of a drop-down written out; longer ones are taken from the sheet of options."""
_LEFT_OUT: Final = frozenset({"coverage"})
"""Tables that people do not fill in."""
_EXAMPLES: Final[dict[str, str]] = {
    "uscc": "91370200000000017X",
    "resident_id": "110101199003070011",
    "phone": "13800000000",
    "division": "370202",
    "qualification": "D101A",
}
_CHECKS: Final[dict[str, str]] = {
    "uscc": "18 位统一社会信用代码，校验位须正确",
    "resident_id": "18 位身份证号码；脱敏的留空",
    "phone": "11 位手机号或带区号的座机",
    "division": "6 位行政区划代码，或名称",
    "qualification": "资质代码（如 D101A），或资质全称",
}


@dataclass(frozen=True, slots=True)
class _Formats:
    title: Any
    heading: Any
    required: Any
    text: Any
    day: Any
    plain: Any
    wrapped: Any


def tables_named(names: Sequence[str]) -> list[Table]:
    """Tables by canonical or Chinese name; all that people fill in when none is named.

    Raises:
        ZhulianError: `file.table_name`.
    """
    known = {spelling: t for t in TABLES.values() if t.name not in _LEFT_OUT for spelling in (t.name, t.label)}
    for name in names:
        if name not in known:
            shown = "、".join(f"{t.name}（{t.label}）" for t in dict.fromkeys(known.values()))
            raise ZhulianError("file.table_name", value=name, known=shown)
    return list(dict.fromkeys(known[name] for name in names)) or list(dict.fromkeys(known.values()))


def template(target: Path | IO[bytes], names: Sequence[str] = ()) -> None:
    """Write the workbook for these tables.

    Raises:
        ZhulianError: `file.table_name`.
    """
    tables = tables_named(names)
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = _formats(book)
        explained = book.add_worksheet(EXPLAINED)
        sheets = {t.name: book.add_worksheet(t.label) for t in tables}
        options = _Options(book.add_worksheet(OPTIONS))
        _explain(explained, tables, formats)
        for table in tables:
            _sheet(sheets[table.name], table, formats, options)


def _formats(book: Any) -> _Formats:
    head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    return _Formats(
        title=book.add_format({"bold": True, "font_size": 14}),
        heading=book.add_format({**head, "bg_color": "#e9eef6"}),
        required=book.add_format({**head, "bg_color": "#fbe9d0"}),
        text=book.add_format({"num_format": 49}),
        day=book.add_format({"num_format": "yyyy-mm-dd"}),
        plain=book.add_format({}),
        wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
    )


class _Options:
    """The hidden sheet that long drop-downs are taken from, a column each."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self.columns: dict[tuple[str, ...], int] = {}
        sheet.hide()

    def source(self, words: tuple[str, ...]) -> list[str] | str:
        """What a drop-down is made of."""
        if len(",".join(words)) <= _LIST_LIMIT:
            return list(words)
        if words not in self.columns:
            self.columns[words] = len(self.columns)
            self.sheet.write_column(0, self.columns[words], words)
        from xlsxwriter.utility import xl_col_to_name

        column = xl_col_to_name(self.columns[words])
        return f"={OPTIONS}!${column}$1:${column}${len(words)}"


def _sheet(sheet: Any, table: Table, formats: _Formats, options: _Options) -> None:
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(table.columns):
        heading = heading_of(column)
        sheet.set_column(place, place, max(12, min(30, 2 * len(heading))), _format(column, formats))
        sheet.write_string(0, place, heading, formats.required if column.required else formats.heading)
        sheet.write_comment(0, place, explanation(table, column), {"x_scale": 2, "y_scale": 1.5})
        words = choices(table, column)
        if words:
            # A warning and no refusal: a spelling that we take as well (a code, another word) may be entered.
            told = {"validate": "list", "source": options.source(words), "error_type": "warning"}
            shown = {"error_title": column.label[:32], "error_message": "不在下拉选项中，仍要填写吗？"}
            sheet.data_validation(1, place, ROWS, place, told | shown)


def _format(column: Column, formats: _Formats) -> Any:
    if column.kind is Kind.DATE:
        return formats.day
    return formats.text if column.kind in {Kind.TEXT, Kind.REF} else formats.plain


def choices(table: Table, column: Column) -> tuple[str, ...]:
    """What the drop-down of a column offers, in Chinese; empty for none."""
    if column.kind is Kind.BOOL:
        return ("是", "否")
    if column.check == "qualification":
        return tuple(codes.qualification_codes())
    return offered(table, column)


def explanation(table: Table, column: Column) -> str:
    """What to fill in, in Chinese."""
    parts = ["必填" if column.required else "选填", _kind(column)]
    if column.kind is Kind.REF:
        sure = [name for name, kind in SUBJECT_HEADINGS[column.refers].items() if kind != "name"][:1]
        forms = "、".join(f"{kind}:…" for kind in KEY_KINDS[column.refers])
        parts.append(f"填{LABELS[column.refers]}的编号：{forms}；也可把列名改为「{'、'.join(sure)}」后直接填号码")
    words = choices(table, column)
    if words and column.check != "qualification":
        parts.append("选项：" + "、".join(words))
    if table.since == column.name:
        parts.append("事实从这一天起算")
    return "。".join(part for part in parts if part) + "。"


def _kind(column: Column) -> str:
    if column.check:
        return _CHECKS[column.check]
    if column.unit == "按指标":
        return "数字，按所选指标的单位"
    if column.kind is Kind.INT:
        return "数字，单位见列名，也可改列名中的单位（元、万元、亿元，平方米）" if column.scale > 1 else "整数"
    return {Kind.DATE: "日期，如 2019-03-01", Kind.BOOL: "是或否"}.get(
        column.kind, f"文字，至多 {column.limit} 字" if column.kind is Kind.TEXT and not column.options else ""
    )


def example(table: Table, column: Column) -> str:
    """A made-up value of the right form."""
    if column.check:
        return _EXAMPLES[column.check]
    if column.kind is Kind.REF:
        return {"enterprise": f"uscc:{_EXAMPLES['uscc']}", "person": f"id_no:{_EXAMPLES['resident_id']}"}.get(
            column.refers, "project_code:3702022601010001"
        )
    words = choices(table, column)
    if words:
        return words[0]
    return {Kind.DATE: "2026-03-01", Kind.INT: "1000"}.get(column.kind, f"（{column.label}）")


def _explain(sheet: Any, tables: Sequence[Table], formats: _Formats) -> None:
    """What the workbook is, then for each table its columns, what they take and one example row."""
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 2, 60, formats.wrapped)
    sheet.set_column(3, 3, 28, formats.text)
    sheet.write_string(0, 0, "填写说明", formats.title)
    for row, line in enumerate(_INTRODUCTION, start=1):
        sheet.write_string(row, 0, line)
    row = len(_INTRODUCTION) + 2
    for table in tables:
        sheet.write_string(row, 0, f"工作表「{table.label}」（{table.name}）", formats.title)
        for place, heading in enumerate(("列", "必填", "怎么填", "示例")):
            sheet.write_string(row + 1, place, heading, formats.heading)
        row += 2
        for column in table.columns:
            sheet.write_string(row, 0, heading_of(column).rstrip("*"))
            sheet.write_string(row, 1, "必填" if column.required else "")
            sheet.write_string(row, 2, explanation(table, column), formats.wrapped)
            sheet.write_string(row, 3, example(table, column), formats.text)
            row += 1
        row += 1


_INTRODUCTION: Final = (
    "每张工作表是一张表，用不上的留空或删去；表头一行请保留，列的次序可以变，选填的列可以删去。",
    "表头底色为橙色、带 * 的是必填列；把鼠标放在表头上可看到填写要求，下面也逐列写明，并各有一行示例。",
    "编号、号码列已设为文本格式，请不要改成数字：Excel 的数字只有 15 位，身份证号和信用代码会丢失后几位。",
    "不要在表中合并单元格、插入小计；交上来以后，有问题的行进隔离区，写明第几行、哪一列、怎么改，可下载更正。",
)
