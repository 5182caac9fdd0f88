"""Code tables: qualification codes of the national platform and GB/T 2260 divisions, old codes included."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from zhulian.core.kernel import divisions_data, qualification_codes_data
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.text import clean

COUNTRY: Final = "000000"
"""Root of the division tree: the nation."""

ROOT_NAMES: Final = {
    "A": "工程设计",
    "B": "工程勘察",
    "C": "设计与施工一体化",
    "D": "建筑业企业",
    "E": "工程监理",
    "F": "招标代理",
    "I": "造价咨询",
}

GRADE_ORDER: Final = {"特级": 0, "一级": 1, "甲级": 1, "二级": 2, "乙级": 2, "三级": 3, "丙级": 3, "丁级": 4}
"""Lower is higher; a code without a grade is not in the table."""

RENUMBERED: Final = {
    # Old codes that still stand in project and credit codes → the code that holds their territory now.
    "469003": "460400",  # 儋州市, prefecture-level since 2015
    "110103": "110101",  # 崇文区 → 东城区, 2010
    "110104": "110102",  # 宣武区 → 西城区, 2010
    "310103": "310101",  # 卢湾区 → 黄浦区, 2011
    "310108": "310106",  # 闸北区 → 静安区, 2015
    "310119": "310115",  # 南汇区 → 浦东新区, 2009
    "120107": "120116",  # 塘沽区 → 滨海新区, 2009
    "120108": "120116",  # 汉沽区 → 滨海新区, 2009
    "120109": "120116",  # 大港区 → 滨海新区, 2009
    "371200": "370100",  # 莱芜市 → 济南市, 2018
    "371202": "370116",  # 莱城区 → 莱芜区, 2018
    "371203": "370117",  # 钢城区, 2018
}

ADDED: Final = {"660000": "新疆生产建设兵团"}
"""Codes that the national platform uses and GB/T 2260 does not have."""


@dataclass(frozen=True, slots=True)
class QualificationCode:
    """One category and grade, e.g. `D101A` 建筑工程施工总承包一级."""

    code: str
    name: str
    level: str | None

    @property
    def root(self) -> str:
        """First letter: A design … D construction … I cost consulting."""
        return self.code[0]

    @property
    def category(self) -> str:
        """Code without its grade letter: `D101` of `D101A`."""
        return self.code[:-1] if self.code[-1].isalpha() else self.code

    @property
    def grade(self) -> str:
        """Grade letter: T special, A first, B second, C third, X without grades; empty where the code has none."""
        return self.code[-1] if self.code[-1].isalpha() else ""


@dataclass(frozen=True, slots=True)
class Division:
    """One division of GB/T 2260."""

    code: str
    name: str

    @property
    def level(self) -> str:
        """`province`, `city` or `county`."""
        if self.code.endswith("0000"):
            return "province"
        return "city" if self.code.endswith("00") else "county"

    @property
    def parent(self) -> str:
        """Code of the division above; a province's is the country."""
        return {"province": COUNTRY, "city": f"{self.code[:2]}0000", "county": f"{self.code[:4]}00"}[self.level]


@cache
def qualification_codes() -> dict[str, QualificationCode]:
    """All 610 codes, in the platform's order."""
    rows = (line.split(" ") for line in qualification_codes_data.TABLE.splitlines())
    return {code: QualificationCode(code, name, None if level == "-" else level) for code, name, level in rows}


@cache
def divisions() -> dict[str, Division]:
    """All divisions in force, provinces first, with the platform's additions at the end."""
    rows = [line.split(" ", 1) for line in divisions_data.TABLE.splitlines()]
    rows += [[code, name] for code, name in ADDED.items()]
    return {code: Division(code, name) for code, name in rows}


def parse_qualification_code(value: str) -> str:
    """A code of the table in its normal form.

    Raises:
        ZhulianError: `code.qualification`.
    """
    text = clean(value).upper()
    if text not in qualification_codes():
        raise ZhulianError("code.qualification", value=value)
    return text


def parse_division(value: str) -> str:
    """A division from its code (old codes are mapped) or its name, provinces also by their short name.

    A county whose name several cities share (朝阳区) needs its full name: 北京市朝阳区 or 北京市-市辖区-朝阳区.

    Raises:
        ZhulianError: `code.division` for unknown or ambiguous values.
    """
    text = clean(value).replace(" ", "")
    text = RENUMBERED.get(text, text)
    if text in divisions():
        return text
    found = _by_name().get(text)
    if found is None:
        raise ZhulianError("code.division", value=value)
    return found


_FILLERS: Final = frozenset({"市辖区", "县"})
_DIRECT: Final = "直辖县级行政区划"
"""Rows of GB/T 2260 that only group others; nobody says their names."""


@cache
def _by_name() -> dict[str, str]:
    names: dict[str, set[str]] = {}
    for d in divisions().values():
        names.setdefault(d.name, set()).add(d.code)
        if d.level == "province":
            short = d.name.removesuffix("省").removesuffix("市").removesuffix("自治区")
            names.setdefault(short.removesuffix("壮族").removesuffix("回族").removesuffix("维吾尔"), set()).add(d.code)
        else:
            names.setdefault("-".join(reversed([divisions()[c].name for c in lineage(d.code)])), set()).add(d.code)
        if d.name not in _FILLERS and not d.name.endswith(_DIRECT):
            names.setdefault(division_name(d.code), set()).add(d.code)
    return {name: next(iter(codes)) for name, codes in names.items() if len(codes) == 1}


def authority_division(text: str) -> str | None:
    """The division whose authority this is, from the longest division name that its name begins with.

    山东省住房和城乡建设厅 → 370000, 青岛市行政审批服务局 → 370200, 青岛市市南区住房和城乡建设局 → 370202. None for a
    ministry, an unknown text and a name that several divisions share (朝阳区…): who is not sure to have granted
    something sees nothing more for it. Short names of provinces do not count: 上海铁路局 is not of 上海市.
    """
    cleaned = clean(text).replace(" ", "")
    names = _by_leading_name()
    for length in range(min(len(cleaned), max(map(len, names))), 1, -1):
        if (found := names.get(cleaned[:length])) is not None:
            return found[0] if len(found) == 1 else None
    return None


@cache
def _by_leading_name() -> dict[str, tuple[str, ...]]:
    """Every way to begin a division's name, from the province down, from the city down or alone → codes so called."""
    names: dict[str, set[str]] = {}
    for d in divisions().values():
        if d.name in _FILLERS or d.name.endswith(_DIRECT):
            continue
        parts = [divisions()[c].name for c in reversed(lineage(d.code))]
        spoken = [n for n in parts if n not in _FILLERS and not n.endswith(_DIRECT)]
        for start in range(len(spoken)):
            names.setdefault("".join(spoken[start:]), set()).add(d.code)
    return {name: tuple(sorted(codes)) for name, codes in names.items()}


def lineage(code: str) -> tuple[str, ...]:
    """The division itself and those above it, nearest first, without the country: `(370202, 370200, 370000)`."""
    out = [code]
    while (parent := divisions()[out[-1]].parent) != COUNTRY:
        out.append(parent)
    return tuple(out)


def division_name(code: str) -> str:
    """Full name from the province down, 山东省青岛市市南区; the code itself when it is not in the table."""
    if code not in divisions():
        return code
    names = [divisions()[c].name for c in reversed(lineage(code))]
    return "".join(n for n in names if n not in _FILLERS and not n.endswith(_DIRECT))
