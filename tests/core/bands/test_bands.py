"""Figures → band: inclusive starts, missing figures leave the higher bands open, repeats add up."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhulian import rulebooks
from zhulian.core.bands import BandLibrary, load_bands, look_up, place, required, suspend
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.verdicts import Verdict

DAY = dt.date(2020, 1, 1)
LIBRARY = rulebooks.band_library()
WAN = 10_000 * 100
COUNTS = st.none() | st.integers(0, 200)
LOSSES = st.none() | st.integers(0, 20_000 * WAN)


def grade(**figures):
    return place(LIBRARY.table("accident-grades", "grade", DAY), figures)


@pytest.mark.parametrize(
    ("deaths", "injuries", "loss", "label"),
    [
        (0, 0, 0, "一般事故"),
        (2, 9, 999 * WAN, "一般事故"),
        (3, 0, 0, "较大事故"),
        (0, 10, 0, "较大事故"),
        (0, 0, 1000 * WAN, "较大事故"),
        (9, 49, 4999 * WAN, "较大事故"),
        (10, 0, 0, "重大事故"),
        (0, 50, 0, "重大事故"),
        (29, 99, 9999 * WAN, "重大事故"),
        (30, 0, 0, "特别重大事故"),
        (0, 100, 0, "特别重大事故"),
        (0, 0, 10_000 * WAN, "特别重大事故"),
    ],
)
def test_accidents(deaths, injuries, loss, label):
    assert grade(deaths=deaths, serious_injuries=injuries, loss=loss).band.label == label


def test_a_missing_figure_matters_only_where_it_can():
    three = grade(deaths=3)
    assert (three.low.label, three.high.label, three.band) == ("较大事故", "特别重大事故", None)
    assert three.reason.verdict is Verdict.UNKNOWN
    assert three.reason.notes == ("至少为较大事故，可能达到特别重大事故：缺重伤人数、直接经济损失",)
    assert grade(deaths=30).band.label == "特别重大事故"
    assert grade().low.label == "一般事故"


@given(COUNTS, COUNTS, LOSSES, st.sampled_from(["deaths", "serious_injuries", "loss"]), st.integers(0, 10**10))
def test_more_of_anything_never_lowers_the_grade(deaths, injuries, loss, name, more):
    order = [b.id for b in LIBRARY.table("accident-grades", "grade", DAY).bands]
    figures = {"deaths": deaths, "serious_injuries": injuries, "loss": loss}
    before = grade(**figures)
    worse = figures | {name: (figures[name] or 0) + more}
    assert order.index(grade(**worse).low.id) >= order.index(before.low.id)
    assert order.index(before.low.id) <= order.index(before.high.id)


@given(COUNTS, COUNTS, LOSSES, st.sampled_from(["deaths", "serious_injuries", "loss"]))
def test_what_is_learnt_stays_within_what_was_possible(deaths, injuries, loss, name):
    order = [b.id for b in LIBRARY.table("accident-grades", "grade", DAY).bands]
    figures = {"deaths": deaths, "serious_injuries": injuries, "loss": loss}
    known, hidden = grade(**figures), grade(**(figures | {name: None}))
    assert order.index(hidden.low.id) <= order.index(known.low.id)
    assert order.index(known.high.id) <= order.index(hidden.high.id)


@pytest.mark.parametrize(
    ("label", "earlier", "concealed", "least", "most", "revoked"),
    [
        ("一般事故", (), False, 30, 60, False),
        ("较大事故", (), False, 60, 90, False),
        ("重大事故", (), False, 90, 120, False),
        ("一般事故", (45,), False, 75, 75, False),
        ("较大事故", (60,), False, 120, 120, False),
        ("较大事故", (61,), False, None, None, True),
        ("重大事故", (30,), False, None, None, True),
        ("一般事故", (30, 60), False, None, None, True),
        ("一般事故", (), True, 60, 120, False),
        ("重大事故", (), True, 120, 120, False),
        ("一般事故", (90,), True, None, None, True),
        ("特别重大事故", (), False, None, None, False),
        (None, (), False, None, None, False),
    ],
)
def test_suspension(label, earlier, concealed, least, most, revoked):
    tables = LIBRARY.version("permit-suspension", DAY).tables
    found = suspend(tables, label, earlier=earlier, concealed=concealed)
    assert (found.least, found.most, found.revoked) == (least, most, revoked)
    known = least is not None or revoked
    assert found.reason.verdict is (Verdict.MET if known else Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("table", "figures", "needed", "evidence"),
    [
        ("site-building", {"area": 9_999_999}, 1, "excerpt"),
        ("site-building", {"area": 10_000_000}, 2, "excerpt"),
        ("site-building", {"area": 50_000_000}, 3, "excerpt"),
        ("site-civil", {"amount": 5000 * WAN - 1}, 1, "excerpt"),
        ("site-civil", {"amount": 10_000 * WAN}, 3, "excerpt"),
        ("site-labour", {"workers": 49}, 1, "excerpt"),
        ("site-labour", {"workers": 200}, 2, "excerpt"),
        ("site-labour", {"workers": 201}, 3, "weak"),
        ("site-labour", {"workers": 601}, 4, "weak"),
    ],
)
def test_officers_of_a_site(table, figures, needed, evidence):
    found = LIBRARY.table("safety-officers", table, DAY)
    placed = place(found, figures)
    assert required(found, placed, figures) == (needed, needed)
    assert placed.low.citation.evidence == evidence


def test_officers_of_a_site_of_unknown_size():
    table = LIBRARY.table("safety-officers", "site-building", DAY)
    assert required(table, place(table, {}), {}) == (1, 3)
    labour = LIBRARY.table("safety-officers", "site-labour", DAY)
    assert required(labour, place(labour, {}), {}) == (1, None)


@pytest.mark.parametrize(("word", "needed"), [("特级", 6), ("一级", 4), ("二级", 3), ("T", 6)])
def test_officers_of_a_firm(word, needed):
    assert look_up(LIBRARY.table("safety-officers", "firm-general", DAY), word).low.gives.least == needed
    assert look_up(LIBRARY.table("safety-officers", "firm-general", DAY), None) is None


@pytest.mark.parametrize(
    ("table", "value", "low", "high"),
    [
        ("storeys", 25, "大型", "大型"),
        ("storeys", 24, "中型", "中型"),
        ("storeys", 4, "小型", "小型"),
        ("cooling-tower", 3_500_000, "中型", "中型"),
        ("cooling-tower", 3_500_001, "大型", "大型"),
        ("curtain-height", 60_000, "大型", "大型"),
        ("curtain-height", 59_999, "小型", "中型"),
        ("height", None, "小型", "大型"),
    ],
)
def test_scale_of_a_constructors_work(table, value, low, high):
    placed = place(LIBRARY.table("constructor-scale", table, DAY), {"value": value})
    assert (placed.low.label, placed.high.label) == (low, high)
    assert ("二级注册建造师" in placed.high.gives.words) == (high != "大型")


def test_before_the_law_there_is_no_table():
    assert LIBRARY.table("accident-grades", "grade", dt.date(2007, 5, 31)) is None
    early = dt.datetime(2007, 1, 1, tzinfo=dt.UTC)
    assert LIBRARY.table("accident-grades", "grade", DAY, early) is None
    assert LIBRARY.table("nothing", "grade", DAY) is None


HEAD = "code: x\nsubject: 甲\nversions:\n  - {id: '1', from: 2015-01-01, published_at: 2014-11-06, "
TABLE = HEAD + "source: {document: 乙}, tables: [{id: t, label: t, %s}]}"
MEASURE = "measures: [{id: a, label: a, unit: 人}], bands: [%s]"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + "tables: []}", "rulebook.citation"),
        (TABLE % "bands: [{id: a, label: a}]", "rulebook.value"),
        (TABLE % "by: 词, bands: []", "rulebook.value"),
        (TABLE % (MEASURE % "{id: a, label: a, from: {a: 1人}}"), "rulebook.value"),
        (TABLE % (MEASURE % "{id: a, label: a}, {id: b, label: b}"), "rulebook.value"),
        (TABLE % (MEASURE % "{id: a, label: a}, {id: b, label: b, from: {c: 1人}}"), "rulebook.reference"),
        (TABLE % (MEASURE % "{id: a, label: a}, {id: b, label: b, from: {a: 1m}}"), "rulebook.quantity"),
        (TABLE % (MEASURE % "{id: a, label: a}, {id: a, label: b, from: {a: 1人}}"), "rulebook.duplicate"),
        (
            TABLE
            % (MEASURE % "{id: a, label: a}, {id: b, label: b, from: {a: 3人}}, {id: c, label: c, from: {a: 2人}}"),
            "rulebook.value",
        ),
        (TABLE % "by: 词, bands: [{id: a, label: a, least: 3, most: 2}]", "rulebook.value"),
        (TABLE % "by: 词, bands: [{id: a, label: a, more: 2}]", "rulebook.key_unknown"),
        (TABLE % "measures: [{id: a, label: a, unit: 斤}], bands: [{id: a, label: a}]", "rulebook.value"),
        ("code: x\nsubject: 甲\nversions: []", "rulebook.value"),
        ("\x00", "rulebook.yaml"),
    ],
)
def test_a_hostile_file_is_refused_by_name(text, code):
    with pytest.raises(ZhulianError) as refused:
        load_bands("safety/x.yaml", text.encode())
    assert refused.value.kind.code == code


def test_two_books_may_not_share_a_code():
    data = (TABLE % "by: 词, bands: [{id: a, label: a}]").encode()
    with pytest.raises(ZhulianError):
        BandLibrary.load({"a.yaml": data, "b.yaml": data})
