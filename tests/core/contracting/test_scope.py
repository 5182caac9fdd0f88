"""What a grade may undertake: limits inclusive, nothing found on a guess, three values."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhulian import rulebooks
from zhulian.core.contracting import (
    FIGURES,
    Contract,
    Cover,
    Held,
    Holdings,
    Paper,
    ScopeLibrary,
    Standing,
    held_on,
    judge,
    judge_all,
    load_mapping,
    load_scope,
    read,
)
from zhulian.core.kernel.dates import BEGINNING, FOREVER
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.verdicts import Verdict

SIGNED = dt.date(2019, 5, 1)
B, C, A = Held("D101B", sure=True), Held("D101C", sure=True), Held("D101A", sure=True)
HOUSE = "总建筑面积60000平方米，建筑高度{height}米，单跨24米"
LIBRARY = rulebooks.scope_library()
RANK = {Standing.WITHIN: 0, Standing.UNKNOWN: 1, Standing.BEYOND: 2}


def contract(scale: str | None = HOUSE.format(height=45), **more) -> Contract:
    told = {
        "row_id": 1,
        "contract_no": "HT-1",
        "enterprise": 1,
        "project": 2,
        "role": "施工总承包",
        "amount": 50_000_000_00,
        "signed_on": SIGNED,
        "scale": scale,
        "kind": "房屋建筑工程",
        "use": "居住建筑",
    }
    return Contract(**(told | more))


def found(given: Contract, *held: Held, complete: bool = False):
    return judge(given, held, LIBRARY, complete=complete)


@pytest.mark.parametrize(
    ("height", "held", "standing"),
    [
        (50, C, Standing.WITHIN),
        ("50.001", C, Standing.BEYOND),
        (100, B, Standing.WITHIN),
        (101, B, Standing.BEYOND),
        (200, A, Standing.WITHIN),
        (201, A, Standing.BEYOND),
    ],
)
def test_a_limit_includes_itself(height, held, standing):
    assert found(contract(HOUSE.format(height=height)), held).standing is standing


def test_beyond_says_limit_value_and_by_how_much():
    finding = found(contract(HOUSE.format(height=62)), C)
    assert finding.sentence == "建筑高度 62 m，限 50 m，超 12 m"
    line = next(r for r in finding.reason.children if r.id == "height")
    assert (line.required, line.found_at_least, line.short_by) == (50_000, 62_000, 12_000)
    assert str(line.citation) == "建市〔2016〕226号"
    assert "建筑高度62米" in line.notes[1]


def test_area_changed_with_226():
    large = contract("总建筑面积90000平方米，建筑高度45米，单跨24米")
    assert found(large, C).standing is Standing.BEYOND
    assert found(large, B).standing is Standing.WITHIN
    before = contract("总建筑面积90000平方米，单体建筑面积41000平方米", signed_on=dt.date(2016, 10, 31))
    assert found(before, B).sentence == "单体建筑面积 41,000 ㎡，限 40,000 ㎡，超 1,000 ㎡"


def test_the_law_of_the_day_and_what_was_published():
    assert found(contract(signed_on=dt.date(2014, 12, 31)), C).standing is Standing.UNKNOWN
    early = dt.datetime(2014, 1, 1, tzinfo=dt.UTC)
    assert judge(contract(), [C], LIBRARY, complete=True, known_at=early).standing is Standing.UNKNOWN


@pytest.mark.parametrize("scale", [None, "", "框架结构", "总建筑面积60000平方米", "建筑高度约200米"])
def test_a_missing_figure_is_never_met(scale):
    finding = found(contract(scale), C)
    assert finding.standing is Standing.UNKNOWN
    assert "缺建筑高度" in finding.sentence


def test_an_unknown_figure_of_the_standard_is_unknown():
    finding = found(contract("建筑高度45米，单跨24米", signed_on=dt.date(2015, 6, 1)), C)
    assert finding.standing is Standing.UNKNOWN
    assert "限额未查到" in finding.sentence


def test_below_the_floor_of_a_first_grade_is_asked_of_a_person():
    finding = found(contract(amount=10_000_000_00), A)
    assert finding.standing is Standing.UNKNOWN
    assert "低于下限 3,000 万元" in finding.sentence


def test_structures_bind_only_where_told():
    assert found(contract(), B).standing is Standing.WITHIN
    tall = contract(HOUSE.format(height=45) + "，构筑物高度130米")
    assert found(tall, B).standing is Standing.BEYOND


def test_without_any_grade_only_where_the_register_is_complete():
    assert found(contract()).standing is Standing.UNKNOWN
    finding = found(contract(), complete=True)
    assert finding.standing is Standing.UNLICENSED
    assert finding.verdict is Verdict.SHORT
    assert found(contract(), Held("D108A", sure=True), complete=True).standing is Standing.UNKNOWN
    assert found(contract(), Held("D211A", sure=True), complete=True).standing is Standing.UNLICENSED


def test_a_doubtful_grade_accuses_nobody():
    tall = contract(HOUSE.format(height=62))
    doubtful = Held("D101C", sure=False, doubt="不知何时发证")
    assert found(tall, doubtful).standing is Standing.BEYOND  # even the grade that may have been held is too low
    assert found(contract(), doubtful).standing is Standing.UNKNOWN
    higher = Held("D101B", sure=False, doubt="不知何时发证")
    assert found(tall, C, higher).standing is Standing.UNKNOWN
    assert found(contract(HOUSE.format(height=150)), C, higher).standing is Standing.BEYOND


@pytest.mark.parametrize(
    "more",
    [
        {"role": "施工"},
        {"role": "专业承包"},
        {"kind": None},
        {"kind": "其他"},
        {"use": "道路"},
        {"signed_on": None},
    ],
)
def test_an_unsure_category_finds_nothing(more):
    finding = found(contract(HOUSE.format(height=300), **more), C, complete=True)
    assert finding.standing is Standing.UNKNOWN
    assert finding.reason.notes


def test_a_doubtful_category_says_what_would_follow():
    assert "若属该类：建筑高度 62 m" in found(contract(HOUSE.format(height=62), role="施工"), C).sentence


def test_a_role_that_is_the_name_of_a_category():
    fit_out = contract(role="建筑装修装饰工程专业承包", amount=2_000_000_000, kind=None)
    assert found(fit_out, Held("D211B", sure=True)).standing is Standing.WITHIN
    more = contract(role="建筑装修装饰工程专业承包", amount=20_000_001_00, kind=None)
    assert found(more, Held("D211B", sure=True)).sentence == "合同额 2,000.0001 万元，限 2,000 万元，超 0.0001 万元"
    assert found(more, Held("D211A", sure=True)).standing is Standing.WITHIN


def test_conditions_no_table_tells_are_asked_of_a_person():
    road = contract(role="公路路基工程专业承包", kind=None)
    finding = found(road, Held("D217B", sure=True))
    assert finding.standing is Standing.UNKNOWN
    assert "须人工核实" in finding.sentence


def test_the_highest_grade_is_judged_by():
    road = contract(role="公路路面工程专业承包", kind=None)
    assert "一级标准以下" in found(road, Held("D216C", sure=True), Held("D216B", sure=True)).sentence


@given(st.integers(0, 400_000), st.integers(0, 400_000), st.sampled_from([A, B, C]))
def test_larger_never_turns_beyond_into_within(one, other, held):
    def at(height: int) -> int:
        return RANK[found(contract(f"总建筑面积6000平方米，建筑高度{height / 1000:.3f}米，单跨9米"), held).standing]

    small, large = sorted((one, other))
    assert at(small) <= at(large)


@given(st.sets(st.sampled_from(["总建筑面积60000平方米", "建筑高度45米", "单跨24米"])))
def test_within_needs_every_figure(parts):
    standing = found(contract("，".join(sorted(parts))), C).standing
    assert (standing is Standing.WITHIN) == (len(parts) == 3)


@pytest.mark.parametrize(
    ("text", "name", "low", "high"),
    [
        ("建筑面积 12,345.67 平方米", "area", 12_345_670, 12_345_670),
        ("总建筑面积为8.8万㎡", "area", 88_000_000, 88_000_000),
        ("地上28层，建筑高度98.5米", "storeys", 28, 28),
        ("建筑高度98.5米", "height", 98_500, 98_500),
        ("单跨 36m", "span", 36_000, 36_000),
        ("合同额3000万元", "amount", 300_000_000_0, 300_000_000_0),
        ("建筑高度20米，建筑高度35米", "height", 35_000, None),
        ("综合楼建筑面积362.26m2", "area", 362_260, None),
        ("单桩承载力5000kN", "pile_load", 5000, 5000),
    ],
)
def test_labelled_figures_are_read(text, name, low, high):
    bounds = read(text)[name]
    assert (bounds.low, bounds.high) == (low, high)
    assert bounds.text


@pytest.mark.parametrize(
    "text",
    [
        "12345.67",
        "4958.50平方米",
        "建筑面积：3886.78",
        "建筑高度约98米",
        "地上1-44层",
        "地上建筑面积5000平方米",
        "占地建筑面积5000平方米",
        "高67m",
        "挡土墙1150立方米",
        "建筑面积100m3",
        "建筑高度100米以下",
    ],
)
def test_anything_else_is_not_read(text):
    assert not set(read(text)) - {"storeys"}
    assert "storeys" not in read(text) or "层" in text


@given(st.text(max_size=80))
def test_any_text_reads_as_bounds(text):
    for bounds in read(text).values():
        assert bounds.low is not None
        assert bounds.high in (None, bounds.low)


def paper(code="D101C", since=dt.date(2018, 1, 1), **more) -> Paper:
    told = {"fact_until": FOREVER, "issued_on": since, "valid_until": dt.date(2023, 1, 1), "status": "有效"}
    return Paper(code, since, **(told | more))


def test_grades_of_the_day():
    assert held_on([paper()], SIGNED) == (Held("D101C", sure=True),)
    assert held_on([paper(), paper("D101B", dt.date(2020, 1, 1))], SIGNED) == (Held("D101C", sure=True),)
    assert held_on([paper(fact_until=SIGNED)], SIGNED) == ()
    assert held_on([paper(status="撤回")], SIGNED) == ()
    for doubtful in (
        paper(since=BEGINNING, issued_on=None),
        paper(since=dt.date(2019, 6, 1), issued_on=None),
        paper(valid_until=dt.date(2019, 4, 30)),
        paper(status="停业整顿"),
    ):
        (held,) = held_on([doubtful], SIGNED)
        assert not held.sure
        assert held.doubt
    assert held_on([paper(status="停业整顿"), paper()], SIGNED)[0].sure


@pytest.mark.parametrize(
    ("cover", "standing"),
    [
        (Cover(None, "370000", dt.date(2019, 1, 1), None), Standing.UNLICENSED),
        (Cover(None, "370200", dt.date(2019, 1, 1), None), Standing.UNLICENSED),
        (Cover(None, None, dt.date(2019, 1, 1), None), Standing.UNLICENSED),
        (Cover(1, None, dt.date(2019, 1, 1), None), Standing.UNLICENSED),
        (Cover(7, None, dt.date(2019, 1, 1), None), Standing.UNKNOWN),
        (Cover(None, "610000", dt.date(2019, 1, 1), None), Standing.UNKNOWN),
        (Cover(None, "370000", dt.date(2019, 1, 1), SIGNED), Standing.UNKNOWN),
        (Cover(None, "370000", dt.date(2020, 1, 1), None), Standing.UNKNOWN),
    ],
)
def test_completeness_of_the_register(cover, standing):
    (finding,) = judge_all([contract()], Holdings({}, {1: "370202"}, [cover]), LIBRARY)
    assert finding.standing is standing


HEAD = "subject: 甲\nversions:\n  - {id: '1', from: 2015-01-01, published_at: 2014-11-06, "
GOOD = "source: {document: 乙}, categories: {D101: {B: %s}}}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + "categories: {}}", "rulebook.citation"),
        (HEAD + GOOD % "{}", "rulebook.value"),
        (HEAD + GOOD % "{everything: true, manual: [a]}", "rulebook.value"),
        (HEAD + GOOD % "{everything: 1}", "rulebook.value"),
        (HEAD + GOOD % "{limits: [{figure: height, at_most: 100}]}", "rulebook.quantity"),
        (HEAD + GOOD % "{limits: [{figure: height, at_most: 100kg}]}", "rulebook.quantity"),
        (HEAD + GOOD % "{limits: [{figure: weight, at_most: 1t}]}", "rulebook.value"),
        (
            HEAD + GOOD % "{limits: [{figure: height, at_most: 1m}, {figure: height, at_most: 2m}]}",
            "rulebook.duplicate",
        ),
        (HEAD + GOOD % "{limits: [{figure: height}]}", "rulebook.key_missing"),
        (HEAD + GOOD % "{limits: [{figure: height, at_most: 1m, more: 1}]}", "rulebook.key_unknown"),
        (HEAD + "source: {document: 乙}, categories: {D999: {B: {everything: true}}}}", "rulebook.value"),
        (HEAD + "source: {document: 乙}, categories: {D101: {Z: {everything: true}}}}", "rulebook.value"),
        (HEAD + "source: {document: 乙}, amends: x, categories: {}}", "rulebook.reference"),
        ("subject: 甲\nversions: []", "rulebook.value"),
        ("subject: 甲\nsubject: 乙", "rulebook.yaml"),
        ("[" * 3000, "rulebook.yaml"),
        ("- a", "rulebook.value"),
    ],
)
def test_a_hostile_file_is_refused_by_name(text, code):
    with pytest.raises(ZhulianError) as refused:
        load_scope("scope/x.yaml", text.encode())
    assert refused.value.kind.code == code
    assert "scope/x.yaml" in refused.value.text


def test_two_books_may_not_rule_one_category():
    data = (HEAD + GOOD % "{everything: true}").encode()
    with pytest.raises(ZhulianError):
        ScopeLibrary.load({"scope/a.yaml": data, "scope/b.yaml": data})
    with pytest.raises(ZhulianError):
        load_mapping("m", (HEAD + "source: {document: 乙}, rows: [{category: D101, roles: [a]}]}").encode())


def test_every_shipped_limit_names_a_figure_and_its_source():
    scopes = [s for book in LIBRARY.books for v in book.versions for s in v.scopes.values()]
    assert len(scopes) > 90
    for scope in scopes:
        assert scope.citation.document
        assert all(limit.figure in FIGURES for limit in scope.limits)
