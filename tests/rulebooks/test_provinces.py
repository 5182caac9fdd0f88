"""A province's file that speaks of one category: what it reaches, what it refuses, how its cases say the province."""

import datetime as dt

import pytest

from zhulian import rulebooks
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules import VERIFICATION, Library
from zhulian.rulebooks.casebook import BadCaseError, read_cases
from zhulian.rulebooks.trial import tried

DAY = dt.date(2024, 6, 30)
OVERLAY = """
subject: 示例省防水口径
overlay: {province: "PROVINCE", purposes: [动态核查], codes: [D206]}
versions:
  - id: "shili-2024"
    from: 2024-01-01
    published_at: 2023-11-20
    source: {document: 示例文件, evidence: law}
    keep: {lowest: [net-assets], others: [net-assets]}
"""
CASE = """
- {case: 只看净资产, code: D206B, as_of: 2024-06-30, facts: {注册省份: "PROVINCE", 净资产: 400万元}, expect: {结论: VERDICT}}
"""


SHIPPED = {
    name: text
    for name, text in rulebooks.files().items()
    if name in {"provinces/35-fujian.yaml", "qualification/D206-waterproofing.yaml", "qualification/D207-bridge.yaml"}
}


def library(province="37", text=OVERLAY, **more):
    written = {"示例.yaml": text.replace("PROVINCE", province)} | more
    return Library.load(SHIPPED | {name: text.encode() for name, text in written.items()})


def ids(found, code, province, day=DAY):
    return {clause.id for clause in found.rule(code, VERIFICATION, day, None, province).clauses}


def test_it_reaches_the_category_it_names_and_no_other():
    found = library()
    assert ids(found, "D206B", "37") == {"net-assets"}
    assert ids(found, "D207B", "37") == ids(found, "D207B", "")
    assert found.provinces("D206B", VERIFICATION, DAY) == {"35", "37"}
    assert found.provinces("D207B", VERIFICATION, DAY) == {"35"}
    assert found.next_change("D206B", dt.date(2023, 1, 1), None, "37") == dt.date(2024, 1, 1)
    assert found.next_change("D207B", dt.date(2023, 1, 1), None, "37") is None


def test_it_goes_before_what_the_province_says_of_all_from_its_first_day():
    found = library("35")
    assert ids(found, "D206A", "35") == {"net-assets"}
    assert ids(found, "D206A", "35", dt.date(2023, 12, 31)) == {"lead"}
    assert ids(found, "D207A", "35") <= {"lead", "lead-credential", "equipment"}


def test_two_of_the_same_id_are_told_apart():
    text = (
        OVERLAY.replace(", codes: [D206]", "")
        .replace("[net-assets], others", "[lead], others")
        .replace("PROVINCE", "37")
    )
    text = text.replace("2024-01-01", "2023-12-01")
    found = library(more=text)
    assert ids(found, "D206B", "37", dt.date(2023, 12, 15)) == {"lead", "lead-credential"}
    assert ids(found, "D206B", "37") == {"net-assets"}


@pytest.mark.parametrize(
    ("written", "instead", "code", "says"),
    [
        ("lowest: [net-assets]", "lowest: [nett-assets]", "rulebook.keep", "nett-assets"),
        ("[D206]", "[D299]", "rulebook.reference", "D299"),
        ("[D206]", "[D206B]", "rulebook.reference", "D206B"),
    ],
)
def test_a_slip_of_the_pen_is_refused(written, instead, code, says):
    with pytest.raises(ZhulianError, match=says) as raised:
        library(text=OVERLAY.replace(written, instead))
    assert raised.value.code == code


def test_a_second_file_for_the_same_is_refused_and_names_the_first():
    with pytest.raises(ZhulianError, match=r"示例\.yaml.*又一份|又一份.*示例\.yaml"):
        library(又一份=OVERLAY.replace("PROVINCE", "37"))


@pytest.mark.parametrize(("province", "verdict"), [("37", "达标"), ("36", "不达标")])
def test_a_case_says_where_the_enterprise_is_registered(province, verdict):
    cases = read_cases("示例.cases.yaml", CASE.replace("PROVINCE", province).replace("VERDICT", verdict).encode())
    assert [otherwise for _, otherwise in tried(library(), cases)] == [[]]


@pytest.mark.parametrize("province", ["3", "福建", "350000"])
def test_a_case_with_another_province_than_two_digits_is_refused(province):
    with pytest.raises(BadCaseError, match="两位数字"):
        read_cases("示例.cases.yaml", CASE.replace("PROVINCE", province).replace("VERDICT", "达标").encode())
