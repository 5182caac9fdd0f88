"""The declared table of comparisons: what is compared, how, and how many points it brings. Pure.

A score is a sum of points without a ceiling, for and against: where everything agrees, more agreement still counts,
so that the queue keeps its order (scores that end at 1.0 leave none). Each comparison returns the two values that it
looked at; a person reads them and decides. String similarity is rapidfuzz's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz

from zhulian.core.kernel.canonical import Json, sha256_of
from zhulian.core.kernel.codes import division_name, divisions, lineage
from zhulian.core.kernel.identifiers import mask_name
from zhulian.core.kernel.text import squash
from zhulian.server.common.search import bare


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a subject, field by field; several values where history or several rows tell several."""

    subject: int
    kind: str
    values: Mapping[str, tuple[str, ...]]

    def of(self, field: str) -> tuple[str, ...]:
        """Values of a field, the present one first; empty when nothing is known."""
        return self.values.get(field, ())


@dataclass(frozen=True, slots=True)
class Degree:
    """How far a comparison holds, 0 to 1, and the two values that it is about."""

    degree: float
    left: str
    right: str


Compare = Callable[[Profile, Profile], Degree | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the table. `weight`: points when it holds fully, negative when it speaks against."""

    name: str
    label: str
    weight: int
    compare: Compare
    shown: str = "plain"
    """How values are shown: `plain`, `person` (a name, masked), `secret` (not at all), `division`."""


@dataclass(frozen=True, slots=True)
class Feature:
    """What a comparison found of two subjects, as it is stored and shown."""

    name: str
    label: str
    points: int
    left: str
    right: str


def same(field: str) -> Compare:
    """Both have a value in common."""

    def compare(a: Profile, b: Profile) -> Degree | None:
        common = [value for value in a.of(field) if value in b.of(field)]
        return Degree(1, common[0], common[0]) if common else None

    return compare


def differs(field: str) -> Compare:
    """Both have values, and none in common."""

    def compare(a: Profile, b: Profile) -> Degree | None:
        left, right = a.of(field), b.of(field)
        return Degree(1, left[0], right[0]) if left and right and not set(left) & set(right) else None

    return compare


def shared(field: str, most: int) -> Compare:
    """How many values both have, up to `most`."""

    def compare(a: Profile, b: Profile) -> Degree | None:
        common = sorted(set(a.of(field)) & set(b.of(field)))
        if not common:
            return None
        words = "、".join(common[:3]) + ("…" if len(common) > 3 else "")
        return Degree(min(len(common), most) / most, words, words)

    return compare


def counted(field: str, most: int, unit: str) -> Compare:
    """As `shared`, for values that are ids of ours: their number is shown."""
    find = shared(field, most)

    def compare(a: Profile, b: Profile) -> Degree | None:
        found = find(a, b)
        words = f"{len(set(a.of(field)) & set(b.of(field)))} {unit}"
        return Degree(found.degree, words, words) if found else None

    return compare


@cache
def core(name: str) -> str:
    """What is left of an enterprise's name without its legal form and the division that it begins with."""
    text = bare(squash(name))
    for place in _places():
        if text.startswith(place) and len(text) > len(place) + 1:
            text = text.removeprefix(place)
            break
    return text.removesuffix("集团").replace("(集团)", "") or text


@cache
def _places() -> tuple[str, ...]:
    """Names of divisions as names begin with them, the longest first: 山东省青岛市, 青岛市, 青岛."""
    names = {division.name for code, division in divisions().items() if code.endswith("00")}
    short = {name[:-1] for name in names if name[-1] in "省市" and len(name) > 2}
    return tuple(sorted(names | short, key=lambda name: (-len(name), name)))


@cache
def sound(name: str) -> str:
    """A name as it is spoken, without tones."""
    return " ".join(lazy_pinyin(name))


def _names(a: Profile, b: Profile, field: str = "name") -> list[tuple[str, str]]:
    return list(product(a.of(field), b.of(field)))


def name_same(a: Profile, b: Profile) -> Degree | None:
    """Present names are the same but for spaces, width and brackets."""
    found = [(x, y) for x, y in _names(a, b) if squash(x) == squash(y)]
    return Degree(1, *found[0]) if found else None


def core_same(a: Profile, b: Profile) -> Degree | None:
    """Names differ in legal form or division only: 青岛海川建设有限公司, 海川建设公司."""
    found = [(x, y) for x, y in _names(a, b) if squash(x) != squash(y) and len(core(x)) > 1 and core(x) == core(y)]
    return Degree(1, *found[0]) if found else None


def abbreviated(a: Profile, b: Profile) -> Degree | None:
    """The shorter name's characters stand in the longer one, in order: 中建三局, 中国建筑第三工程局."""
    found = [(x, y) for x, y in _names(a, b) if _is_short_for(core(x), core(y)) or _is_short_for(core(y), core(x))]
    return Degree(1, *found[0]) if found else None


def _is_short_for(short: str, long: str) -> bool:
    letters = iter(long)
    return 2 < len(short) < len(long) and all(letter in letters for letter in short)


def sounds_same(a: Profile, b: Profile) -> Degree | None:
    """Other characters, the same sound: 海川健设, 海川建设."""
    found = [(x, y) for x, y in _names(a, b) if core(x) != core(y) and sound(core(x)) == sound(core(y))]
    return Degree(1, *found[0]) if found else None


def name_similar(a: Profile, b: Profile) -> Degree | None:
    """Most characters agree; none of the stricter comparisons holds."""
    found = [(fuzz.ratio(core(x), core(y)) / 100, x, y) for x, y in _names(a, b) if core(x) != core(y)]
    best = max(found, default=(0.0, "", ""))
    return Degree((best[0] - _LOWEST) / (1 - _LOWEST), best[1], best[2]) if best[0] > _LOWEST else None


_LOWEST: Final = 0.6
"""Names that agree less are strangers."""


def former_name(a: Profile, b: Profile) -> Degree | None:
    """The name of one is a former name of the other."""
    pairs = [(x, y) for x, y in product(a.of("name"), b.of("former_name")) if squash(x) == squash(y)]
    pairs += [(x, y) for x, y in product(a.of("former_name"), b.of("name")) if squash(x) == squash(y)]
    return Degree(1, *pairs[0]) if pairs else None


def same_division(a: Profile, b: Profile) -> Degree | None:
    """The same county counts fully, the same city half, the same province a quarter."""
    if not (a.of("division") and b.of("division")):
        return None
    left, right = a.of("division")[0], b.of("division")[0]
    common = set(lineage(left)) & set(lineage(right))
    degree = 1.0 if left == right else _NEAR.get(_level(common), 0.0)
    return Degree(degree, left, right) if degree else None


def other_province(a: Profile, b: Profile) -> Degree | None:
    """Registered in different provinces."""
    if not (a.of("division") and b.of("division")):
        return None
    left, right = a.of("division")[0], b.of("division")[0]
    return Degree(1, left, right) if left[:2] != right[:2] else None


def _level(common: set[str]) -> int:
    return max((4 if code.endswith("00") and not code.endswith("0000") else 2 for code in common), default=0)


_NEAR: Final = {4: 0.5, 2: 0.25}

COMPARISONS: Final[Mapping[str, tuple[Comparison, ...]]] = {
    "enterprise": (
        Comparison("name", "名称相同", 50, name_same),
        Comparison("core", "字号与行业相同", 32, core_same),
        Comparison("former", "曾用名相同", 45, former_name),
        Comparison("sound", "同音", 28, sounds_same),
        Comparison("abbreviation", "简称", 18, abbreviated),
        Comparison("similar", "名称相近", 24, name_similar),
        Comparison("certificate", "证书编号相同", 50, shared("certificate", 1)),
        Comparison("legal", "法定代表人相同", 25, same("legal_representative"), "person"),
        Comparison("people", "同一批人员", 40, counted("people", 4, "人")),
        Comparison("projects", "同一批项目", 24, counted("projects", 3, "个")),
        Comparison("division", "注册地相同或相邻", 12, same_division, "division"),
        Comparison("province", "注册地不同省", -12, other_province, "division"),
        Comparison("other_legal", "法定代表人不同", -15, differs("legal_representative"), "person"),
        Comparison("codes", "各有信用代码", -80, differs("uscc")),
    ),
    "person": (
        Comparison("name", "姓名相同", 20, same("name"), "person"),
        Comparison("birth", "出生日期相同", 30, same("birth_on")),
        Comparison("phone", "电话相同", 30, same("phone"), "secret"),
        Comparison("certificate", "证书编号相同", 50, shared("certificate", 1)),
        Comparison("employer", "同一单位", 20, counted("enterprises", 1, "家")),
        Comparison("other_birth", "出生日期不同", -45, differs("birth_on")),
        Comparison("other_sex", "性别不同", -40, differs("sex")),
        Comparison("other_name", "姓名不同", -15, differs("name"), "person"),
        Comparison("id_nos", "各有身份证号码", -80, differs("id_no"), "secret"),
    ),
    "project": (
        Comparison("name", "名称相同", 40, name_same),
        Comparison("similar", "名称相近", 32, name_similar),
        Comparison("owner", "建设单位相同", 15, same("owner")),
        Comparison("builder", "承建单位相同", 20, counted("enterprises", 1, "家")),
        Comparison("area", "总面积相同", 15, same("total_area")),
        Comparison("start", "开工日期相同", 10, same("started_on")),
        Comparison("division", "所在地相同或相邻", 8, same_division, "division"),
        Comparison("province", "所在地不同省", -30, other_province, "division"),
        Comparison("other_owner", "建设单位不同", -10, differs("owner")),
        Comparison("codes", "各有项目编码", -60, differs("project_code")),
    ),
}
"""Kind of subject → comparisons. Weights are ours, set on the town's known duplicates; changing one re-scores all."""
PROPOSED: Final = {"enterprise": 35, "person": 50, "project": 38}
"""From how many points a pair is put before a person."""


def features_of(a: Profile, b: Profile) -> list[Feature]:
    """What the comparisons find of two subjects of a kind, in the table's order."""
    out = []
    for one in COMPARISONS[a.kind]:
        found = one.compare(a, b)
        points = round(one.weight * found.degree) if found else 0
        if found and points:
            left, right = _SHOWN[one.shown](found.left), _SHOWN[one.shown](found.right)
            out.append(Feature(one.name, one.label, points, left, right))
    return out


_SHOWN: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": str,
    "person": mask_name,
    "secret": lambda _: "（已加密）",
    "division": division_name,
}


def digest_of(a: Profile, b: Profile) -> str:
    """One value for what was compared: a decision holds while it stays the same."""
    told: list[Json] = [
        [one.subject, [[field, *one.values[field]] for field in sorted(one.values)]]
        for one in sorted((a, b), key=lambda p: p.subject)
    ]
    return sha256_of(told)
