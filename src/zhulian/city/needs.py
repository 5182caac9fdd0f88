"""What the standard asks of a code, as the city is built to it.

The figures of 建市〔2014〕159号 (special grade: 建市〔2007〕72号) repeat here on purpose: the city meets them, or misses
them by a known amount, without asking the engine that it tests. Staff is asked of the lowest grade of a category only
(建市〔2016〕226号), site staff of none (建办市〔2018〕53号). "-" is a figure that no source gave: nobody can be built to it,
and the verdict is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

WAN: Final = 10_000 * 100
"""One 万元 in fen."""

# code, net assets in 万元, years and title of the technical lead, specialty of his title, specialties of constructors
# (一级 before them: first class), constructors, titled staff, their specialties, skilled workers, trades asked by name
_TABLE: Final = """\
D101A 10000 10 高级 结构 一级建筑工程 0 0 结构、给排水、电气、暖通 0 -
D101B 4000 8 高级 结构 建筑工程 0 0 结构、给排水、电气、暖通 0 -
D101C 800 5 中级 结构 建筑工程 5 6 结构、给排水、电气、暖通 30 -
D101T 36000 15 高级 结构 一级建筑工程 0 0 结构、给排水、电气、暖通 0 -
D102A 10000 15 高级 公路 一级公路工程 0 0 - 0 -
D102B 4000 8 高级 公路工程 - 0 0 - 0 -
D102C 800 6 中级 公路 公路工程 8 15 - 15 -
D103A 10000 10 高级 铁道工程 一级铁路工程 0 0 - 0 -
D103B 4000 8 高级 铁道 一级铁路工程 0 0 - 0 -
D103C 800 5 中级 铁道 一级铁路工程 3 20 - 50 -
D104A 10000 10 高级 港口与航道工程 一级港口与航道工程 0 0 港口与航道工程、机械、电气 0 -
D104B 4000 8 高级 港口与航道工程 一级港口与航道工程 0 0 - 0 -
D104C 800 5 - - 一级港口与航道工程 5 0 - 0 -
D105A 10000 10 高级 水利水电 一级水利水电工程 0 0 水利水电 0 -
D105B 4000 8 - 水利水电 一级水利水电工程 0 0 水利水电 0 -
D105C 800 5 中级 水利水电 水利水电工程 8 10 水利水电 20 -
D105T 36000 15 高级 水利水电 一级水利水电工程 0 0 水利水电 0 -
D106A 10000 10 高级 电力 一级机电工程 0 0 电力 0 -
D106B 4000 8 高级 电力 机电工程 0 0 电力 0 -
D106C 800 5 中级 电力 机电工程 5 10 电力 30 -
D106T 36000 15 高级 电力 一级机电工程 0 0 电力 0 -
D107A 10000 10 高级 矿建 一级矿业工程+机电工程 0 0 - 0 -
D107B 4000 8 - - 矿业工程+机电工程 0 0 - 0 -
D107C 800 5 中级 矿建 矿业工程+机电工程 4 10 - 30 -
D108A 10000 15 高级 冶金工程 一级机电工程 0 0 冶金工程、结构、电气、给排水、动力、暖通、测量 0 -
D108B 4000 10 高级 冶金工程 - 0 0 - 0 -
D108C - - - - - 0 0 - 0 -
D109A 10000 10 高级 - 一级机电工程 0 0 石油化工、结构、电气、机械、自动控制 0 -
D109B 4000 8 高级 - 机电工程 0 0 石油化工、结构、电气、机械、自动控制 0 -
D109C 1000 5 - - 机电工程 5 10 - 30 -
D110A 10000 10 高级 市政 一级市政公用工程 0 0 市政 0 -
D110B 4000 8 高级 市政 市政公用工程 0 0 市政 0 -
D110C 1000 5 中级 市政 市政公用工程 5 8 市政 30 -
D110T 36000 15 高级 市政 一级市政公用工程 0 0 市政 0 -
D111A 8000 10 高级 - 一级通信与广电工程 0 0 - 0 -
D111B 3200 8 - - 一级通信与广电工程 0 0 - 0 -
D111C 600 - - - 一级通信与广电工程 2 0 - 0 -
D112A 10000 10 高级 - 一级机电工程 0 0 - 0 -
D112B 4000 8 - - 一级机电工程 0 0 - 0 -
D112C 800 5 - - 机电工程 5 10 暖通、给排水、电气、机械设备、焊接、自动化控制 30 -
D201A 2000 10 高级 - 一级建筑工程 0 0 - 0 -
D201B 1000 8 - - 建筑工程 0 0 - 0 -
D201C 400 5 中级 - 建筑工程 3 8 结构、岩土、机械 15 -
D202A 800 10 高级 - - 0 0 电气、机械 0 -
D202B 400 8 中级 - - 0 0 - 0 -
D202C 150 5 中级 - - 0 2 - 10 起重信号司索工2、起重设备安装拆卸工6、电工1
D203X 2500 5 高级 - - 0 4 - 0 -
D204A 2000 10 高级 - 一级机电工程 0 0 - 0 -
D204B 800 8 - - 一级机电工程 4 5 - 10 -
D205A 1000 10 高级 - 一级机电工程 0 0 - 0 -
D205B 600 8 - - 机电工程 3 6 - 20 -
D206A 1000 8 中级 - - 0 0 - 0 -
D206B 400 5 - - - 0 3 - 15 -
D207A 6000 10 高级 桥梁工程 一级市政公用工程 0 0 桥梁工程、结构 0 -
D207B 3000 8 高级 桥梁工程 市政公用工程 0 0 桥梁工程、结构 0 -
D207C 800 5 - - 市政公用工程 3 8 - 20 -
D208A 6000 10 高级 隧道 一级公路工程 0 0 隧道、结构 0 -
D208B 2000 8 高级 隧道 公路工程 0 0 隧道、结构 0 -
D208C 800 5 中级 隧道 公路工程 3 5 - 15 -
D209A 3000 10 高级 - 一级建筑工程 0 0 - 0 -
D209B 1500 8 - - 建筑工程 0 0 - 0 -
D209C 500 5 - - 建筑工程 3 6 - 10 -
D210X 400 8 中级 - - 0 5 - 20 -
D211A 1500 10 高级 - 一级建筑工程 0 0 - 0 -
D211B 200 8 - - 建筑工程 3 5 - 15 -
D212A 2000 10 高级 - 一级机电工程 0 0 - 0 -
D212B 1000 8 - - 一级机电工程 0 0 - 0 -
D212C 400 5 中级 电气 机电工程 3 6 - 15 -
D213A 2000 10 高级 - 一级建筑工程 0 0 - 0 -
D213B 400 8 - - 建筑工程 4 6 - 10 -
D214A 2000 10 高级 - 一级建筑工程 0 0 结构、风景园林 0 -
D214B 1000 8 高级 - 建筑工程 0 0 结构、风景园林 0 -
D214C 400 5 中级 - 建筑工程 2 3 结构、风景园林 9 -
D215A 1500 10 高级 - 一级市政公用工程 0 0 - 0 -
D215B 800 8 中级 - 市政公用工程 0 0 - 0 -
D215C 300 5 - - 市政公用工程 2 5 - 12 -
D216A 7200 10 - - 一级公路工程 0 0 - 0 -
D216B 2500 8 - - 公路工程 0 0 - 0 -
D216C - - - - - 0 0 - 0 -
D217A - - - - - 0 0 - 0 -
D217B - - - - - 0 0 - 0 -
D217C - - - - - 0 0 - 0 -
D219A 4000 10 高级 铁路通信 一级铁路工程+通信与广电工程 0 0 - 0 -
D219B 2000 10 高级 铁路通信 一级铁路工程+通信与广电工程 0 0 - 0 -
D219C - - - - - 0 0 - 0 -
D220A 4000 10 - - 一级铁路工程 0 0 - 0 -
D220B 2000 8 - - 一级铁路工程 5 30 - 30 -
D221A 4000 10 高级 铁路电气化 一级铁路工程+机电工程 0 0 铁路电气化 0 -
D221B 2000 8 高级 铁路电气化 一级铁路工程+机电工程 0 0 铁路电气化 0 -
D221C 1000 - - - - 0 0 - 0 -
D222A 6000 10 高级 场道 一级民航机场工程 0 0 场道、桥隧、岩土、排水、测量、检测 0 -
D222B 2500 8 高级 场道 一级民航机场工程 3 15 场道、桥隧、岩土、排水、测量、检测 30 -
D223A 1000 10 高级 电子 一级民航机场工程 0 0 电子、电气、通信、计算机、自动控制 0 -
D223B 400 8 高级 电子 一级民航机场工程 3 18 电子、电气、通信、计算机、自动控制 10 -
D224A 1000 10 高级 电气 一级民航机场工程 0 0 电力、电气、自动控制、计算机 0 -
D224B 400 8 高级 电气 一级民航机场工程 3 10 电力、电气、自动控制、计算机 15 -
D225A 8000 10 高级 港口与航道工程 一级港口与航道工程 0 0 港口与航道工程、机械、电气 0 -
D225B 4000 8 - - 一级港口与航道工程 0 0 - 0 -
D225C 800 5 - - 一级港口与航道工程 4 8 - 20 -
D226A 8000 10 高级 港口与航道工程 一级港口与航道工程 0 0 - 0 -
D226B 4000 8 - - 一级港口与航道工程 0 0 - 0 -
D226C - 5 - - 一级港口与航道工程 4 8 - 20 -
D227A 8000 10 - - 一级港口与航道工程 0 0 港口与航道工程、机械、电气 0 -
D227B 4000 8 高级 港口与航道工程 一级港口与航道工程 0 0 港口与航道工程、机械、电气 0 -
D227C 800 5 - - 一级港口与航道工程 4 8 - 20 -
D228A 3000 10 高级 机电工程 一级港口与航道工程 0 0 机电工程、通信工程 0 -
D228B 800 - - - - 0 0 - 0 -
D229A - - - - - 0 0 - 0 -
D229B - - - - - 0 0 - 0 -
D229C - - - - - 0 0 - 0 -
D230A 2800 10 高级 水利水电工程 一级水利水电工程 0 0 水轮机、水轮发电机、电气、焊接、调试、起重 0 -
D230B 1000 8 - - 水利水电工程 0 0 - 0 -
D230C 400 5 - - 水利水电工程 5 8 - 0 -
D231A 3800 10 - - 一级水利水电工程 0 0 - 0 -
D231B 2000 8 - - 水利水电工程 0 0 - 0 -
D231C - - - - - 0 0 - 0 -
D232A 5000 10 高级 电力 一级机电工程 0 0 - 0 -
D232B 3000 8 - - 机电工程 0 0 - 0 -
D232C 800 5 - - 机电工程 3 20 - 30 -
D233A 6000 10 高级 - 一级机电工程 0 0 - 0 -
D233B 3200 8 高级 - 机电工程 6 50 - 20 -
D234A 100000 10 高级 - 一级机电工程 0 0 海洋油气、结构、电气、机械、自动控制、安全环保 0 -
D234B 5000 8 高级 - 一级机电工程 5 40 海洋油气、结构、电气、机械、自动控制、安全环保 40 -
D235A 2000 10 高级 - 一级建筑工程 0 0 - 0 -
D235B 600 8 - - 建筑工程 0 0 - 0 -
D235C 150 5 - - 建筑工程 2 5 - 10 -
D21801A 1000 10 高级 公路工程 公路工程 0 0 公路工程、机械、工业自动化 0 -
D21801B 600 8 中级 公路工程 公路工程 5 15 公路工程、机械、工业自动化 0 -
D21802A - - - - - 0 0 - 0 -
D21802B - - - - - 0 0 - 0 -
D23601X 240 5 中级 - - 0 0 - 5 -
D23602X 240 5 中级 - - 0 0 - 5 -
D23603X 240 5 中级 - - 0 0 - 5 -
D23604X 240 5 中级 - - 0 0 - 5 -
"""


@dataclass(frozen=True, slots=True)
class Need:
    """What a code asks. Counts are 0 where none are asked; None is a figure that is not known."""

    code: str
    net_assets: int | None
    """In fen."""
    lead_years: int | None
    lead_title: str
    lead_specialty: str
    specialties: tuple[str, ...]
    first_class: bool
    constructors: int
    titles: int
    titles_in: tuple[str, ...]
    skilled: int
    trades: tuple[str, ...]

    @property
    def staffed(self) -> bool:
        """Whether staff beside the technical lead is asked."""
        return bool(self.constructors or self.titles or self.skilled)

    @property
    def known(self) -> bool:
        """Whether any figure is known."""
        return self.net_assets is not None or self.lead_years is not None


_BUILDERS: Final = ("结构", "给排水", "电气", "暖通")
_WORDS: Final = {
    # Titles by specialty of constructors, where the standard's text does not list them.
    "机电工程": ("机械", "电气", "自动控制"),
    "公路工程": ("公路", "桥梁"),
    "铁路工程": ("铁道", "桥梁"),
    "港口与航道工程": ("港口与航道工程", "机械"),
    "矿业工程": ("矿建", "采矿"),
    "通信与广电工程": ("通信", "电子"),
    "市政公用工程": ("市政", "道路", "桥梁"),
    "水利水电工程": ("水利水电",),
}
_TRADES: Final = {
    "D101": ("钢筋工", "木工", "砌筑工", "混凝土工", "架子工"),
    "D105": ("混凝土工", "钻探灌浆工", "测量工", "电工", "焊工"),
    "D106": ("电工", "焊工", "起重工", "线路架设工", "电缆工"),
    "D110": ("管道工", "筑路工", "混凝土工", "测量工", "焊工"),
}


@cache
def needs() -> dict[str, Need]:
    """Every code that has a row."""
    return {need.code: need for need in map(_read, _TABLE.splitlines())}


def _read(line: str) -> Need:
    code, net, years, title, specialty, registered, constructors, titles, words, skilled, trades = line.split(" ")
    specialties = tuple(registered.removeprefix("一级").split("+")) if registered != "-" else ("建筑工程",)
    known = tuple(words.split("、")) if words != "-" else _WORDS.get(specialties[0], _BUILDERS)
    return Need(
        code=code,
        net_assets=None if net == "-" else int(net) * WAN,
        lead_years=None if years == "-" else int(years),
        lead_title="" if title == "-" else title,
        lead_specialty=known[0] if specialty == "-" else specialty,
        specialties=specialties,
        first_class=registered.startswith("一级"),
        constructors=int(constructors),
        titles=int(titles),
        titles_in=known,
        skilled=int(skilled),
        trades=_trades(code, trades),
    )


def _trades(code: str, asked: str) -> tuple[str, ...]:
    """Trades of the workers in turn: those asked by name as often as they are asked."""
    if asked == "-":
        return _TRADES.get(code[:-1], ("木工", "焊工", "电工", "钢筋工"))
    parts = [part.rstrip("0123456789") for part in asked.split("、")]
    counts = [int(part[len(word) :]) for part, word in zip(asked.split("、"), parts, strict=True)]
    return tuple(word for word, count in zip(parts, counts, strict=True) for _ in range(count))
