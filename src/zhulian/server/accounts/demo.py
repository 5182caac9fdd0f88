"""The demonstration's people and its duty table (权责清单): who signs in, which unit holds which power.

Four officers of a unit, because nobody reviews, checks the law of, or signs what he handled himself. The duty table
says what a real installation writes from its own 权责清单; the citation is the document the power is taken from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zhulian.server.common.permissions import Role


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demonstration, as the sign-in page and `zhulian demo` show it."""

    label: str
    username: str
    password: str
    role: Role
    name: str
    division: str = ""
    unit: str = ""


PROVINCE, CITY, DISTRICT = "山东省住房和城乡建设厅", "青岛市住房和城乡建设局", "市南区住房和城乡建设局"
_UNITS: Final = {
    "province": ("省级", Role.PROVINCE, "370000", PROVINCE, "省厅"),
    "city": ("市级", Role.CITY, "370200", CITY, "市局"),
    "district": ("区县", Role.DISTRICT, "370202", DISTRICT, "区局"),
}
_FIRST: Final = {"province": "李明", "city": "王芳", "district": "张伟"}
_OFFICERS: Final = (
    ("2", "审核", {"province": "周建国", "city": "刘洋", "district": "陈静"}),
    ("3", "法制审核", {"province": "吴敏", "city": "黄磊", "district": "徐丽"}),
    ("4", "负责人", {"province": "郑强", "city": "马超", "district": "胡斌"}),
)


def _officer(place: str, number: str, part: str, name: str) -> DemoAccount:
    label, role, division, unit, short = _UNITS[place]
    shown = f"{label}主管部门{f'（{part}）' if part else ''}"
    return DemoAccount(shown, f"{place}{number}", f"zhulian-{place}{number}", role, f"{short} {name}", division, unit)


DEMO_ACCOUNTS: Final = (
    *(_officer(place, "", "", _FIRST[place]) for place in _UNITS),
    DemoAccount("企业（一）", "enterprise1", "zhulian-enterprise1", Role.ENTERPRISE, "企业经办人 赵强"),
    DemoAccount("企业（二）", "enterprise2", "zhulian-enterprise2", Role.ENTERPRISE, "企业经办人 孙丽"),
    DemoAccount("系统管理员", "admin", "zhulian-admin", Role.ADMINISTRATOR, "管理员"),
    *(_officer(place, number, part, names[place]) for place in _UNITS for number, part, names in _OFFICERS),
)

HEADS: Final = tuple(f"{place}4" for place in _UNITS)
"""User names of the units' heads (负责人)."""
LETTERHEADS: Final = {PROVINCE: "鲁建", CITY: "青建", DISTRICT: "南建"}
"""机关代字: made up for the demonstration."""

_ORDER_22: Final = "住房和城乡建设部令第22号"
_ORDER_393: Final = "国务院令第393号"
CITATIONS: Final = {
    "qualification.verify": f"{_ORDER_22}第二十八条",
    "qualification.mark": f"{_ORDER_22}第二十八条",
    "qualification.withdraw": f"{_ORDER_22}第二十八条",
    "qualification.accept": f"{_ORDER_22}第二十三条",
    "permit.suspend": "国务院令第397号第十四条",
    "site.inspect": f"{_ORDER_393}第四十三条",
    "site.stop": f"{_ORDER_393}第四十三条",
    "site.supervise": "本机关工作规则",
    "market.check": "建市规〔2019〕1号",
    "market.guide": "本机关工作规则",
    "penalty.file": "行政处罚法",
    "credit.list": "建市〔2017〕241号",
}
"""Each power of `core.linkage.acts.POWERS` with the document it is taken from."""
_SITE: Final = ("site.inspect", "site.stop", "market.check", "market.guide", "penalty.file")
DUTIES: Final = (
    *((PROVINCE, "370000", power) for power in CITATIONS),
    *((CITY, "370200", power) for power in CITATIONS),
    *((DISTRICT, "370202", power) for power in _SITE),
)
"""Unit, division, power. The narrowest division decides, so that a district's sites are the district's."""
