"""What a limit of scope measures, and how a figure is read from the text of a contract (建设规模).

Values are int64 at the fixed scale of their unit, as in the tables: money in fen, lengths and areas × 1000. From
text only labelled figures with a unit are read ("建筑高度98.5米"); a number alone, or one called about (约), is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zhulian.core.kernel.text import clean

_METRES: Final = {"m": 1, "米": 1, "km": 1000, "公里": 1000, "千米": 1000}
_SQUARE: Final = {"m2": 1, "平方米": 1, "平米": 1, "㎡": 1, "万m2": 10**4, "万平方米": 10**4, "万㎡": 10**4}
_MONEY: Final = {"元": 1, "万元": 10**4, "亿元": 10**8}
_VOLTS: Final = {"kV": 1, "千伏": 1}
_TONNES: Final = {"吨级": 1, "吨": 1, "t": 1, "万吨": 10**4}
_KILOWATTS: Final = {"kW": 1, "千瓦": 1, "MW": 1000, "万kW": 10**4, "万千瓦": 10**4}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure. `labels` are the words before a number that name it in a contract's text; none: never read."""

    name: str
    label: str
    unit: str
    scale: int
    units: Mapping[str, int]
    labels: tuple[str, ...] = ()


def _figures(*rows: Figure) -> dict[str, Figure]:
    return {row.name: row for row in rows}


FIGURES: Final = _figures(
    Figure("amount", "合同额", "元", 100, _MONEY, ("合同金额", "合同总价", "合同价格", "合同价", "合同额")),
    Figure("height", "建筑高度", "m", 1000, _METRES, ("建筑物总高度", "建筑物高度", "建筑总高度", "建筑高度")),
    Figure("structure_height", "构筑物高度", "m", 1000, _METRES, ("构筑物高度",)),
    Figure("area", "建筑面积", "㎡", 1000, _SQUARE, ("总建筑面积", "建筑总面积", "建筑面积")),
    Figure("single_area", "单体建筑面积", "㎡", 1000, _SQUARE, ("单体建筑面积",)),
    Figure("span", "单跨跨度", "m", 1000, _METRES, ("最大单跨跨度", "单跨跨度", "最大跨度", "单跨")),
    Figure("storeys", "地上层数", "层", 1, {"层": 1}, ("地上",)),
    Figure("curtain_area", "单体幕墙面积", "㎡", 1000, _SQUARE, ("单体幕墙面积",)),
    Figure("pit_depth", "基坑开挖深度", "m", 1000, _METRES, ("基坑开挖深度", "基坑深度")),
    Figure("rigid_pile_depth", "刚性桩复合地基深度", "m", 1000, _METRES, ("刚性桩复合地基深度",)),
    Figure("ground_depth", "其它地基处理深度", "m", 1000, _METRES),
    Figure("pile_load", "单桩承载力", "kN", 1, {"kN": 1, "千牛": 1}, ("单桩承载力",)),
    Figure("crane_moment", "塔吊力矩", "kN·m", 1, {"kN·m": 1, "kNm": 1}, ("塔吊力矩",)),
    Figure("waterproof_amount", "防水工程合同额", "元", 100, _MONEY, ("防水工程合同额",)),
    Figure("insulation_amount", "防腐保温工程合同额", "元", 100, _MONEY, ("防腐保温工程合同额",)),
    Figure("equipment_amount", "电子工业制造设备安装、环境工程合同额", "元", 100, _MONEY),
    Figure("intelligent_amount", "电子系统、建筑智能化工程合同额", "元", 100, _MONEY),
    Figure("traffic_amount", "水上交通管制工程合同额", "元", 100, _MONEY),
    Figure("aviation_amount", "民航空管工程合同额", "元", 100, _MONEY),
    Figure("airport_amount", "机场弱电系统工程合同额", "元", 100, _MONEY),
    Figure("bridge_span", "桥梁单跨", "m", 1000, _METRES, ("桥梁单跨",)),
    Figure("bridge_length", "桥梁单座总长", "m", 1000, _METRES, ("单座总长", "单座桥长")),
    Figure("tunnel_section", "隧道断面", "㎡", 1000, _SQUARE, ("隧道断面", "断面面积")),
    Figure("tunnel_length", "隧道单洞长度", "m", 1000, _METRES, ("单洞长度",)),
    Figure("steel_height", "钢结构高度", "m", 1000, _METRES, ("钢结构高度",)),
    Figure("steel_span", "钢结构单跨", "m", 1000, _METRES, ("钢结构单跨",)),
    Figure("grid_side", "网壳、网架短边边跨", "m", 1000, _METRES, ("短边边跨",)),
    Figure("steel_weight", "钢结构总重量", "t", 1, _TONNES, ("钢结构总重量",)),
    Figure("steel_area", "钢结构单体建筑面积", "㎡", 1000, _SQUARE, ("钢结构单体建筑面积",)),
    Figure("voltage", "电压等级", "kV", 1, _VOLTS, ("电压等级",)),
    Figure("unit_power", "单机容量", "kW", 1, _KILOWATTS, ("单机容量",)),
    Figure("antique_area", "单体仿古建筑面积", "㎡", 1000, _SQUARE, ("单体仿古建筑面积",)),
    Figure("heritage_area", "文物保护单位修缮面积", "㎡", 1000, _SQUARE),
    Figure("railway_length", "铁路长度", "km", 1000, {"km": 1, "公里": 1, "千米": 1}),
    Figure("coastal_berth", "沿海码头", "吨级", 1, _TONNES, ("沿海码头",)),
    Figure("inland_berth", "内河码头", "吨级", 1, _TONNES, ("内河码头",)),
    Figure("breakwater_depth", "防波堤水深", "m", 1000, _METRES, ("防波堤水深",)),
    Figure("dock", "船坞、船台", "吨级", 1, _TONNES),
    Figure("revetment_length", "围堤护岸长度", "m", 1000, _METRES),
    Figure("coastal_channel", "沿海航道", "吨级", 1, _TONNES, ("沿海航道",)),
    Figure("inland_channel", "内河航道", "吨级", 1, _TONNES, ("内河航道",)),
    Figure("dredging", "疏浚、吹填工程量", "万m3", 1, {"万m3": 1, "万立方米": 1}),
    Figure("reef_blasting", "水下炸礁工程量", "万m3", 1, {"万m3": 1, "万立方米": 1}),
    Figure("ship_lock", "船闸", "吨级", 1, _TONNES, ("船闸",)),
    Figure("ship_lift", "升船机", "吨级", 1, _TONNES, ("升船机",)),
    Figure("pump_power", "泵站单机容量", "kW", 1, _KILOWATTS, ("泵站单机容量",)),
)
"""Every figure that a limit may name."""

PARTS_OF_AMOUNT: Final = tuple(name for name in FIGURES if name.endswith("_amount"))
"""Amounts of one kind of work, never more than the contract's."""
_NUMBER: Final = r"(?P<number>[0-9]+(?:\.[0-9]+)?)"
_BETWEEN: Final = r"(?:为|:|是|共)?"
_PARTS: Final = r"(?<!地上)(?<!地下)(?<!单体)(?<!其中)(?<!占地)(?<!钢结构)(?<!原)(?<!拆除)"
"""An area of a part says nothing about the whole, one of another thing nothing at all."""
_OPENING: Final = re.compile(r"(?:^|[,，。.;；、:!()（）\]】]|工程|项目|总|最高|最大)$")
_THOUSANDS: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The true figure lies between these, both inclusive; None where nothing is known. `text` is what it was read from."""

    low: int | None
    high: int | None
    text: str = ""


def parse(figure: Figure, text: str) -> int:
    """The stored integer of a printed quantity, "100m".

    Raises:
        ValueError: no number with a unit of this figure, or a fraction of the stored unit.
    """
    match = re.fullmatch(rf"{_NUMBER}(?P<unit>.+)", clean(text).replace(" ", ""))
    if match is None or match["unit"] not in figure.units:
        raise ValueError("not a number with a unit of this figure")
    return _stored(figure, match["number"], match["unit"])


def _stored(figure: Figure, number: str, unit: str) -> int:
    whole, _, decimals = number.partition(".")
    value, rest = divmod(int(whole + decimals) * figure.units[unit] * figure.scale, int("1" + "0" * len(decimals)))
    if rest:
        raise ValueError(f"more decimal places than 1/{figure.scale} {figure.unit}")
    return value


def shown(figure: Figure, value: int) -> str:
    """`98500` of a height → `98.5 m`; money in 万元."""
    scale, unit = (figure.scale * 10**4, "万元") if figure.unit == "元" else (figure.scale, figure.unit)
    whole, rest = divmod(value, scale)
    fraction = str(rest).zfill(len(str(scale)) - 1).rstrip("0") if rest else ""
    return f"{whole:,}{'.' if fraction else ''}{fraction} {unit}"


def read(text: str | None) -> dict[str, Bounds]:
    """The figures that a text states, by name.

    Of several values the largest is a lower bound only, and so is one that stands behind the name of a part
    ("综合楼建筑面积"): the text may speak of parts.
    """
    if not text:
        return {}
    plain = _THOUSANDS.sub("", clean(text).replace(" ", ""))
    out = {}
    for figure in FIGURES.values():
        if not any(label in plain for label in figure.labels):  # far cheaper than the pattern, and mostly enough
            continue
        found = _PATTERNS[figure.name].finditer(plain)
        values = {value: m for m in found if (value := _value(figure, m)) is not None}
        if values:
            top = max(values)
            whole = len(values) == 1 and _of_the_whole(plain, values[top])
            out[figure.name] = Bounds(top, top if whole else None, values[top][0])
    return out


def _of_the_whole(text: str, match: re.Match[str]) -> bool:
    """Whether a figure speaks of the whole contract: it opens its phrase, or calls itself a total or a maximum."""
    return match[0].startswith(("总", "最大", "合同")) or _OPENING.search(text[: match.start()]) is not None


def _value(figure: Figure, match: re.Match[str]) -> int | None:
    try:
        return _stored(figure, match["number"], match["unit"])
    except ValueError:  # finer than we store
        return None


def _pattern(figure: Figure) -> re.Pattern[str]:
    labels = "|".join(sorted(map(re.escape, figure.labels), key=len, reverse=True))
    units = "|".join(sorted((re.escape(clean(unit)) for unit in figure.units), key=len, reverse=True))
    before = _PARTS if figure.name == "area" else r"(?<!钢结构)(?<!泵站)" if figure.name in _GENERAL else ""
    return re.compile(rf"{before}(?:{labels}){_BETWEEN}{_NUMBER}(?P<unit>{units})(?![0-9a-zA-Z²³以])")


_GENERAL: Final = frozenset({"span", "single_area", "unit_power"})
"""Figures whose label also ends the label of a narrower one."""
_PATTERNS: Final = {figure.name: _pattern(figure) for figure in FIGURES.values() if figure.labels}
