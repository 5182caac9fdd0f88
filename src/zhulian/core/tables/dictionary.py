"""The data dictionary (数据字典) as a page, made from the contract.

`python -m zhulian.core.tables.dictionary > docs/data-dictionary.md` writes it again; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final

from zhulian.core.tables.contract import TABLES
from zhulian.core.tables.indicators import INDICATORS
from zhulian.core.tables.model import Column, Kind, Publicity, Table

_PREFACE: Final = """# Data dictionary 数据字典

Every canonical table: what files carry, what the database and the bulk engine store. Made from
`zhulian.core.tables`; do not edit by hand (`python -m zhulian.core.tables.dictionary > docs/data-dictionary.md`).

Files may also carry `fact_from` and `fact_until` (日期, half-open: since when and until when the fact holds). Storage
adds `row_id`, `recorded_at` and `superseded_at`; see
[the names of the two times](decisions/0002-names-of-the-two-times.md).

- Integers are stored at a fixed scale: 元 × 100 means fen, ㎡ × 1000 thousandths of a square metre.
- A reference (引用) is a natural key in files (a credit code, `QY_ID:…`, `name:某公司@370200`) and an internal number in
  storage.
- Who may see a column: open 公开, parties 当事方 (regulators in scope, the enterprise, those it authorised), secret 加密.
"""

_TYPES: Final = {Kind.TEXT: "文字", Kind.DATE: "日期", Kind.INT: "整数", Kind.BOOL: "是否", Kind.REF: "引用"}
_PUBLICITY: Final = {Publicity.OPEN: "公开", Publicity.PARTIES: "当事方", Publicity.SECRET: "加密"}
_CHECKS: Final = {
    "uscc": "GB 32100 校验",
    "resident_id": "GB 11643 校验",
    "phone": "手机号或带区号的固定电话",
    "division": "GB/T 2260 代码",
    "qualification": "全国平台资质代码",
}


def markdown() -> str:
    """The whole page."""
    parts = [_PREFACE, *(_section(one) for one in TABLES.values()), _indicators()]
    return "\n".join(parts)


def _section(one: Table) -> str:
    notes = [f"Logical key 逻辑主键: {_names(one.key)}."]
    if one.since:
        notes.append(f"Without `fact_from` the fact starts on `{one.since}`.")
    notes += [f"`{first}` must not be later than `{second}`." for first, second in one.order]
    rows = (
        (f"`{c.name}`", c.label, _type(c), "是" if c.required else "", _rule(c), _PUBLICITY[c.public])
        for c in one.columns
    )
    grid = _grid(("column", "中文", "type 类型", "required 必填", "values 取值", "who 公开范围"), rows)
    return f"## `{one.name}` {one.label}\n\n{' '.join(notes)}\n\n{grid}"


def _indicators() -> str:
    rows = ((f"`{i.name}`", i.label, _scaled(i.unit, i.scale)) for i in INDICATORS.values())
    return f"## Indicators of works 业绩指标\n\nValues of `work.indicator`, and the unit of `work.value`.\n\n{_grid(('indicator', '中文', 'unit 单位'), rows)}"


def _type(column: Column) -> str:
    if column.kind is Kind.REF:
        return f"引用 `{column.refers}`"
    return f"{_TYPES[column.kind]}，{_scaled(column.unit, column.scale)}" if column.unit else _TYPES[column.kind]


def _scaled(unit: str, scale: int) -> str:
    return unit if scale == 1 else f"{unit} × {scale}"


def _rule(column: Column) -> str:
    if set(column.options) == set(INDICATORS):
        return "见业绩指标"
    if column.options:
        return "、".join(column.options)
    if column.check:
        return _CHECKS[column.check]
    return f"不超过 {column.limit} 字" if column.kind is Kind.TEXT else ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _grid(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    def lines() -> Iterator[str]:
        for cells in (heading, ("---",) * len(heading), *rows):
            yield f"| {' | '.join(cells)} |"

    return "\n".join(lines()) + "\n"


if __name__ == "__main__":
    sys.stdout.write(markdown())
