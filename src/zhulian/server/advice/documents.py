"""What the exports of the enterprise's side contain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from zhulian.server.advice.expiring import Expiry
from zhulian.server.advice.staffing import STATUSES, Member
from zhulian.server.advice.works import Finished
from zhulian.server.assessments.documents import STATUS
from zhulian.server.assessments.exports import Sheet, as_csv, as_xlsx


def file_of(sheet: Sheet, kind: str) -> bytes:
    """A sheet as CSV or xlsx."""
    return as_csv([sheet]) if kind == "csv" else as_xlsx([sheet], {"title": sheet.title, "company": "筑联"})


def expiries(rows: Sequence[Expiry]) -> Sheet:
    """到期提醒."""
    header = ("种类", "内容", "人员", "编号", "有效期至", "剩余天数", "可能影响的资质")
    return Sheet("到期提醒", header, tuple(_expiry(row) for row in rows))


def _expiry(row: Expiry) -> tuple[str, ...]:
    until = row.valid_until.isoformat()
    return (row.kind, row.what, row.person, row.number, until, str(row.days_left), "、".join(row.endangers))


def members(rows: Sequence[Member]) -> Sheet:
    """人员, one line per person and clause."""
    header = ("姓名", "标记", "资质", "条款", "是否计入", "原因", "离开后不达标的资质", "最早到期")
    lines = []
    for row in rows:
        status, falls = dict(STATUSES)[row.status], "、".join(fall.name for fall in row.falls)
        told = [(name, c.label, STATUS[c.status], "；".join(c.reasons)) for _, name, c in row.standings]
        lines += [(row.name, status, *each, falls, _day(row.expires_on)) for each in told or [("", "", "", "")]]
    return Sheet("人员", header, tuple(lines))


def works(rows: Sequence[Finished]) -> Sheet:
    """业绩."""
    header = ("业绩编号", "项目", "竣工日期", "验收合格", "指标", "可用于", "回溯截止")
    return Sheet("业绩", header, tuple(_work(row) for row in rows))


def _work(row: Finished) -> tuple[str, ...]:
    accepted = {True: "是", False: "否"}.get(bool(row.accepted)) if row.accepted is not None else ""
    return (
        row.work,
        row.project,
        _day(row.completed_on),
        accepted or "",
        "；".join(f"{label} {value}" for label, value in row.indicators),
        "；".join(f"{name}：{kind}" for _, name, kind, _ in row.serves),
        _day(row.ends_on),
    )


def _day(value: dt.date | None) -> str:
    return value.isoformat() if value else ""
