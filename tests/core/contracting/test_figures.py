"""Every limit and band we ship is the figure that was found (`scope_limits.json`, `regulations.json`)."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from zhulian import rulebooks
from zhulian.core.contracting import FIGURES

DOMAIN = Path(__file__).resolve().parents[3] / "../shared/domain"
pytestmark = pytest.mark.skipif(not DOMAIN.exists(), reason=f"no shared facts at {DOMAIN}")
DAY = dt.date(2020, 1, 1)
BEFORE_226 = dt.date(2015, 6, 1)
LIBRARY = rulebooks.scope_library()
BANDS = rulebooks.band_library()
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
UNITS = {
    "_万元": 10**4 * 100,
    "_万kW": 10**4,
    "_MW": 1000,
    "_km": 1000,
    "_m": 1000,
    "_m2": 1000,
    "_m2_226号": 1000,
    "_m2_159号": 1000,
}
"""How a key of the facts ends → what its figure is stored as; other units are stored as they are."""


def facts(name: str):
    return json.loads((DOMAIN / name).read_text(encoding="utf-8"))


def limits(category: str, grade: str, day: dt.date = DAY):
    found = LIBRARY.scope(category, grade, day)
    assert found is not None, f"{category}{grade}"
    return found[1]


def stored(key: str, value: float) -> int:
    scale = next((UNITS[end] for end in sorted(UNITS, key=len, reverse=True) if key.endswith(end)), 1)
    return int(value * scale)


def shipped_values(category: str, grade: str) -> set[int]:
    days = (DAY, BEFORE_226)
    found = [limit for day in days for limit in limits(category, grade, day).limits]
    return {v for limit in found for v in (limit.at_most, limit.at_least) if v is not None}


ROWS = [
    (category, grade, told)
    for part in ("specialty", "general_contracting")
    for category, grades in (facts("scope_limits.json")[part] if DOMAIN.exists() else {}).items()
    if not category.startswith("_")
    for grade, told in grades.items()
]


@pytest.mark.parametrize(("category", "grade", "told"), ROWS)
def test_limits(category, grade, told):
    scope = limits(category, grade)
    if isinstance(told, str):
        assert scope.everything or told == "各类大中型"
        return
    words = "；".join(scope.manual)
    numbers = {float(n) for n in NUMBER.findall(words)}
    values = shipped_values(category, grade)
    for key, value in told.items():
        if isinstance(value, (int, float)):
            assert stored(key, value) in values or float(value) in numbers, f"{category}{grade} {key}"
        elif value not in ("全部", "可"):
            assert scope.manual, f"{category}{grade} {key}: {value}"


def test_no_limit_that_was_not_found():
    told = {(category, grade) for category, grade, _ in ROWS}
    shipped = {pair for book in LIBRARY.books for v in book.versions for pair in v.scopes}
    assert shipped == told
    for category, grade, given in ROWS:
        if isinstance(given, str):
            continue
        found = {stored(key, v) for key, v in given.items() if isinstance(v, (int, float))}
        assert shipped_values(category, grade) <= found, f"{category}{grade}"


def test_226_changed_the_building_area():
    for day, grade, figure, most in (
        (BEFORE_226, "B", "single_area", 40_000_000),
        (DAY, "B", "area", 150_000_000),
        (BEFORE_226, "C", "single_area", None),
        (DAY, "C", "area", 80_000_000),
    ):
        found = next(limit for limit in limits("D101", grade, day).limits if limit.figure.endswith("area"))
        assert (found.figure, found.at_most) == (figure, most)
        assert FIGURES[found.figure].scale == 1000


def test_conflicting_excerpts_are_called_weak():
    assert limits("D204", "B").citation.evidence == "weak"


def bands(code: str, table: str):
    found = BANDS.table(code, table, DAY)
    assert found is not None
    return found


def test_accident_grades():
    scale = {"deaths": 1, "serious_injuries": 1, "loss_wan": 10**4 * 100}
    rows = facts("regulations.json")["accident_grades_493"]["grades"]
    for row, band in zip(reversed(rows), bands("accident-grades", "grade").bands, strict=True):
        assert band.label == f"{row['grade']}事故"
        for threshold in band.thresholds:
            key = {"loss": "loss_wan"}.get(threshold.measure, threshold.measure)
            low = row[key][0] if key in row else row[f"{key}_min"]
            assert threshold.at == low * scale[key]
            assert not threshold.above


def test_suspension():
    told = facts("regulations.json")["safety_permit_dynamic_2008_121"]
    first = {b.label: [b.gives.least, b.gives.most] for b in bands("permit-suspension", "first").bands}
    assert first == told["suspension_days"]
    second = {b.label: b.gives for b in bands("permit-suspension", "second").bands}
    assert f"+{second['一般事故'].least}日" in told["second_within_12_months"]["一般"]
    assert f"+{second['较大事故'].least}日" in told["second_within_12_months"]["较大"]
    assert second["重大事故"].act == told["second_within_12_months"]["重大"]
    cap = bands("permit-suspension", "cap").bands[0].gives.least
    assert f"{cap}日" in told["second_within_12_months"]["cap"]
    more = bands("permit-suspension", "concealment").bands[0].gives
    assert told["concealment"].startswith(f"+{more.least}~{more.most}日")


def test_officers():
    told = facts("regulations.json")["safety_officers_jianzhi_2008_91"]
    general = {b.label: b.gives.least for b in bands("safety-officers", "firm-general").bands}
    firm = told["company_min"]
    expected = firm["施工总承包"]
    assert general == {"特级": expected["特级"], "一级": expected["一级"]} | dict.fromkeys(
        ("二级", "三级"), expected["二级及以下"]
    )
    specialty = {b.label: b.gives.least for b in bands("safety-officers", "firm-specialty").bands}
    expected = firm["专业承包"]
    assert specialty == {"一级": expected["一级"]} | dict.fromkeys(("二级", "三级"), expected["二级及以下"])
    assert bands("safety-officers", "firm-labour").bands[0].gives.least == firm["劳务分包"]
    sites = told["project_general_contractor"]
    for table, rows, key, unit in (
        ("site-building", sites["建筑/装修(按建筑面积)"], "ge_m2", 1000),
        ("site-civil", sites["土木/线路管道/设备安装(按合同价)"], "ge_wan", 10**4 * 100),
    ):
        shipped = [
            (b.thresholds[0].at if b.thresholds else None, b.gives.least) for b in bands("safety-officers", table).bands
        ]
        assert shipped == [(row[key] * unit if key in row else None, row["min"]) for row in rows]
    labour = bands("safety-officers", "site-labour").bands
    rows = told["project_subcontractor"]["劳务分包"]
    assert [b.gives.least for b in labour] == [row["min"] for row in rows]
    assert labour[1].thresholds[0].at == rows[1]["ge_workers"]
    assert labour[2].thresholds[0].at == rows[2]["gt_workers"]
    assert labour[2].thresholds[0].above
    assert labour[2].gives.per_thousand == rows[2]["and_ratio"] * 1000
    assert labour[2].citation.evidence == "weak"
    site = bands("safety-officers", "site-specialty").bands[0]
    assert (site.gives.least, site.citation.evidence) == (told["project_subcontractor"]["专业承包"]["min"], "weak")


def test_scale_of_constructors_works():
    told = facts("regulations.json")["constructor_scale_2007_171"]["rows"]
    version = BANDS.version("constructor-scale", DAY)
    assert version is not None
    for row, table in zip(told, version.tables.values(), strict=True):
        unit = 10**4 * 100 if row["item"].endswith("万元") else table.measures[0].scale
        small, medium, large = table.bands
        assert large.thresholds[0].at == row["large"] * unit, row["item"]
        assert large.thresholds[0].above == ("大型为>" in row.get("note", ""))
        assert medium.thresholds[0].at == (row["small"] * unit if "small" in row else None), row["item"]
        assert not small.thresholds
