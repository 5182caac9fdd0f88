"""Power contractors of Sichuan with net assets and staff (2015).

0 in an amount means "not told". Levels 1, 2, 3 are grades A, B, C; −1 is "does not hold". The source names
only the year of its figures, so the balance sheet is dated the last day of 2015: earlier days stay unknown.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key, name_key
from zhulian.core.kernel.text import clean
from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import unit_name, wan_yuan
from zhulian.intake.model import Raw

SICHUAN: Final = "510000"
_GRADES: Final = {"1": "A", "2": "B", "3": "C"}
_NOT_HELD: Final = "-1"


def _enterprise(name: str) -> Key | None:
    return name_key(unit_name(name), SICHUAN) if name.strip() else None


_ENTERPRISE: Final = Field("enterprise", ("name",), _enterprise, "名称与四川省作临时标识")


def _held(column: str, category: str) -> Target:
    """The qualification that a level column tells."""

    def code(level: str) -> str:
        if clean(level) not in _GRADES:
            raise ZhulianError("code.option", value=level, field=column, options="1、2、3、-1")
        return category + _GRADES[clean(level)]

    def held(raw: Raw) -> bool:
        return clean(raw.get(column, "")) not in {"", _NOT_HELD}

    note = f"1、2、3 → {category}A、B、C；-1 为没有"
    return Target("qualification", (_ENTERPRISE, Field("code", (column,), code, note)), when=held)


_HEADCOUNT: Final = "人数不是关于人的事实：没有姓名、专业和证书，不能核查"
_CONDUCT: Final = "不良行为次数：信用记录还没有表"

ADAPTER: Final = Export(
    name="sichuan-power-2015",
    label="四川电力施工企业（2015）",
    columns=(
        "id",
        "name",
        "reg_capital_wan",
        "net_assets_wan",
        "staff",
        "gc_power_level",
        "transmission_level",
        "class1_constructors",
        "class2_constructors",
        "mid_title",
        "senior_title",
        "skilled_workers",
        "bad_general_2015",
        "bad_serious_2015",
    ),
    targets=(
        Target(
            "enterprise",
            (
                _ENTERPRISE,
                Field("name", ("name",)),
                Field("registered_capital", ("reg_capital_wan",), wan_yuan, "万元 → 分；0 视为未填"),
            ),
            {"region": SICHUAN},
        ),
        Target(
            "finance",
            (_ENTERPRISE, Field("net_assets", ("net_assets_wan",), wan_yuan, "万元 → 分；0 视为未填")),
            {"as_of": dt.date(2015, 12, 31)},
        ),
        _held("gc_power_level", "D106"),
        _held("transmission_level", "D232"),
    ),
    unused={
        "id": "来源的行号",
        **dict.fromkeys(
            ("staff", "class1_constructors", "class2_constructors", "mid_title", "senior_title", "skilled_workers"),
            _HEADCOUNT,
        ),
        "bad_general_2015": _CONDUCT,
        "bad_serious_2015": _CONDUCT,
    },
)
