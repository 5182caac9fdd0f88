"""Facts that the conditions of linkage rules may ask beside the event's own fields.

The shell looks them up for the subject of the event as they stood on the day when it happened, as far as is known now;
None means that the registry cannot tell. Each name has one meaning, written here; `server.linkage.facts` is the only
place that computes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zhulian.core.linkage.events import Kind


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the subject, on the business day of the event.

    `dated`: it is read from facts with periods, so what arrives late may change it for a day in the past; the others
    are our own state when the rule is judged. `how`: how it is told, where people ask.
    """

    name: str
    label: str
    kind: Kind
    unit: str = ""
    dated: bool = True
    how: str = ""


_FACTS: Final = (
    Fact("accident_grade_at_least", "事故等级（至少）", Kind.TEXT),
    Fact("accidents_12_months", "此前 12 个月内的事故起数", Kind.COUNT, "起"),
    Fact("accidents_1_year_larger", "1 年内较大及以上事故起数（含本起）", Kind.COUNT, "起"),
    Fact("accidents_1_year", "1 年内事故起数（含本起）", Kind.COUNT, "起"),
    Fact("safety_permit_status", "安全生产许可证状态", Kind.TEXT),
    Fact("running_sites", "在建项目数", Kind.COUNT, "个"),
    Fact("led_sites", "该人员负责的在建项目数", Kind.COUNT, "个"),
    Fact("codes_held", "持有资质项数", Kind.COUNT, "项"),
    Fact("flagged_codes", "日常标识的资质项数", Kind.COUNT, "项", dated=False),
    Fact("open_rectifications", "未办结的限期整改", Kind.COUNT, "件", dated=False),
    Fact("registered_here", "注册地在本平台辖区", Kind.BOOL),
    Fact(
        "adjacent_sections",
        "两个项目属同一工程相邻分段",
        Kind.BOOL,
        how="登记的建设单位不同，为否；相同或者没有登记，为未知：项目数据不记载标段之间的关系，须核实",
    ),
    Fact("lawfully_paused", "另一项目已合法停工", Kind.BOOL),
    Fact("short_on_arrival", "当前核查结论为不达标", Kind.BOOL, dated=False),
)

FACTS: Final[Mapping[str, Fact]] = {f.name: f for f in _FACTS}
"""Every fact by name."""
