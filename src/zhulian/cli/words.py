"""A clause's figures in one Chinese phrase."""

from __future__ import annotations

from typing import Protocol


class Figures(Protocol):
    """What a reason and a clause of a list have in common."""

    @property
    def required(self) -> int | None: ...
    @property
    def found_at_least(self) -> int | None: ...
    @property
    def found_at_most(self) -> int | None: ...
    @property
    def short_by(self) -> int | None: ...
    @property
    def unit(self) -> str: ...


def figures(clause: Figures) -> str:
    """要求 8人，至少 0人，至多 2人，至少缺 6人; empty for a node without figures."""
    from zhulian.bulk import shown

    low, high = clause.found_at_least, clause.found_at_most
    if clause.required is None and low is None and high is None:
        return ""
    required = "标准数值未查到" if clause.required is None else f"要求 {shown(clause.required, clause.unit)}"
    short = f"，至少缺 {shown(clause.short_by, clause.unit)}" if clause.short_by else ""
    return f"{required}，{_found(low, high, clause.unit)}{short}"


def _found(low: int | None, high: int | None, unit: str) -> str:
    from zhulian.bulk import shown

    if low is None and high is None:
        return "没有数据"
    if low == high:
        return f"有 {shown(low, unit)}"
    most = "不能确定" if high is None else shown(high, unit)
    return f"至少 {shown(low, unit)}，至多{' ' if high is not None else ''}{most}"
