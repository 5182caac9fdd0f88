"""Stored integers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhulian.core.kernel.reasons import Citation, Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.server.assessments.quantities import between, quantity, shortfall
from zhulian.server.assessments.reasons import is_weak, missing_sentence, reason_from, shortfall_sentence


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "人", "—"),
        (12, "人", "12 人"),
        (1_234, "人", "1,234 人"),
        (400_000_000_000, "元", "400,000 万元"),
        (123_456_789, "元", "123.456789 万元"),
        (999_999, "元", "9,999.99 元"),
        (-5_000_000, "元", "-5 万元"),
        (1_500, "km", "1.5 km"),
        (12_000, "㎡", "12 ㎡"),
        (0, "元", "0 元"),
        (7, "", "7"),
    ],
)
def test_quantity(value, unit, words):
    assert quantity(value, unit) == words


@given(st.integers(-(10**17), 10**17))
def test_what_is_shown_is_what_is_stored(value):
    words = quantity(value, "元")
    number, unit = words.split(" ")
    whole, _, fraction = number.replace(",", "").lstrip("-").partition(".")
    places = {"元": 2, "万元": 6}[unit]
    assert int(whole + fraction.ljust(places, "0")) == abs(value)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, "—"),
        (None, 5, "至多 5 人"),
        (3, None, "至少 3 人"),
        (4, 4, "4 人"),
        (3, 5, "3 人 至 5 人"),
    ],
)
def test_between(low, high, words):
    assert between(low, high, "人") == words


def clause(name: str, verdict: Verdict, **given) -> Reason:
    return Reason(id=name, label=name, verdict=verdict, **given)


def test_shortfall_sentence_names_each_short_clause_once():
    joint = clause("staff-together", Verdict.SHORT, short_by=3, unit="人")
    clauses = (
        clause("建造师", Verdict.SHORT, short_by=2, unit="人"),
        clause("净资产", Verdict.SHORT, short_by=500_000_000, unit="元"),
        clause("工人", Verdict.MET),
    )
    root = clause("root", Verdict.SHORT, children=(*clauses, joint))
    assert shortfall_sentence(root) == "建造师缺 2 人；净资产差 500 万元；staff-together缺 3 人"
    alike = clause(
        "root", Verdict.SHORT, children=(*clauses, clause("staff-together", Verdict.SHORT, short_by=2, unit="人"))
    )
    assert shortfall_sentence(alike) == "建造师缺 2 人；净资产差 500 万元"
    assert shortfall(clauses[2]) == ""


def test_missing_sentence_says_what_is_waited_for():
    asked = clause("工人", Verdict.UNKNOWN, notes=("没有社保数据",))
    assert missing_sentence(clause("root", Verdict.UNKNOWN, children=(asked,))) == "工人：没有社保数据"
    assert missing_sentence(clause("root", Verdict.UNKNOWN, notes=("没有标准",))) == "没有标准"
    assert missing_sentence(clause("root", Verdict.MET)) == ""


def test_a_reason_survives_storage():
    node = clause("a", Verdict.SHORT, short_by=2, unit="人", citation=Citation("文件", "第一条", "weak"), notes=("注",))
    root = clause("root", Verdict.SHORT, children=(node,))
    assert reason_from(root.as_json()).as_json() == root.as_json()
    assert is_weak(root)
    assert not is_weak(clause("b", Verdict.MET, citation=Citation("文件")))
