"""Every figure we ship is the figure that was found, and weak figures are called weak.

The facts stand in a shared data set beside the repository (`domain/qualification_standard.json`).
"""

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from zhulian.core.rules.model import (
    EquipmentClause,
    LeadWorksClause,
    ManualClause,
    MeasureClause,
    OfficerClause,
    PeopleClause,
    WorksClause,
)
from zhulian.core.tables import INDICATORS
from zhulian.rulebooks import library

STANDARD = Path(__file__).resolve().parents[2] / "../shared/domain/qualification_standard.json"
pytestmark = pytest.mark.skipif(not STANDARD.exists(), reason=f"no shared facts at {STANDARD}")

CODES = [f"{category}{grade}" for category in ("D101", "D105", "D106", "D110") for grade in "ABC"]
GRADE_B_WORKS = re.compile(r"([0-9]+)项")


def found(code):
    rows = json.loads(STANDARD.read_text(encoding="utf-8"))["standards"]
    return next(row for row in rows if row["code"] == code)


def shipped(code, version="2015"):
    book = next(b for b in library().rulebooks if b.code == code[:-1])
    return next(v for v in book.versions if v.id == version).grades[code[-1]]


def clause(code, clause_id):
    return next(c for c in shipped(code) if c.id == clause_id)


def numbers(text):
    return {Fraction(n) for n in re.findall(r"[0-9]+(?:\.[0-9]+)?", text)}


def weak(row, field):
    return row.get("field_evidence", {}).get(field) == "weak"


@pytest.mark.parametrize("code", CODES)
def test_net_assets(code):
    asked = clause(code, "net-assets")
    assert isinstance(asked, MeasureClause)
    assert asked.at_least == found(code)["net_assets_wan"] * 10**6


@pytest.mark.parametrize("code", CODES)
def test_constructors(code):
    row = found(code)
    kinds = {"一级": ("一级注册建造师",), None: ("一级注册建造师", "二级注册建造师")}
    expected = [(kinds[r["cls"]], tuple(r["specialties"]), r["min"]) for r in row["registered_constructors"]]
    asked = [c for c in shipped(code) if isinstance(c, PeopleClause) and c.table == "registration"]
    assert [(*dict(c.where).values(), c.at_least) for c in asked] == expected
    assert {c.citation.evidence for c in asked} == {"weak" if weak(row, "registered_constructors") else "excerpt"}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("clause_id", "field", "table"),
    [
        ("titles", "mid_title_min", "title"),
        ("site-staff", "site_staff_min", "post_certificate"),
        ("skilled", "skilled_workers_min", "skill"),
    ],
)
def test_numbers_of_people(code, clause_id, field, table):
    row, asked = found(code), clause(code, clause_id)
    assert (asked.table, asked.at_least) == (table, row[field])
    if weak(row, field):
        assert asked.citation.evidence == "weak"


@pytest.mark.parametrize("code", CODES)
def test_what_must_be_complete(code):
    row = found(code)
    for clause_id, field in [("titles", "mid_title_specialties"), ("site-staff", "site_staff_posts")]:
        if field in row:
            covering = clause(code, clause_id).covering
            assert covering is not None
            assert set(covering[1]) == set(row[field])
            if weak(row, field):
                assert clause(code, clause_id).citation.evidence == "weak"


@pytest.mark.parametrize("code", CODES)
def test_technical_lead(code):
    row, asked = found(code)["technical_lead"], clause(code, "lead")
    assert isinstance(asked, OfficerClause)
    assert asked.years == row["min_years"]
    if row["title"] is None:
        unread = clause(code, "lead-credential")
        assert (asked.alternatives, unread.years) == ((), None)
        return
    grades = {"高级": ("副高级", "正高级"), "中级": ("中级", "副高级", "正高级")}[row["title"]]
    title, *registrations = [credentials[0] for credentials in asked.alternatives]
    assert title.table == "title"
    assert dict(title.where)["grade"] == grades
    assert row["title_specialty"].removesuffix("工程相关") in dict(title.where)["specialty"]
    assert len(registrations) == len(row["alternatives"])
    for registration, text in zip(registrations, row["alternatives"], strict=True):
        where = dict(registration.where)
        assert where["kind"] == (("一级注册建造师",) if "一级" in text else ("一级注册建造师", "二级注册建造师"))
        assert text.startswith(where["specialty"])


@pytest.mark.parametrize("code", CODES)
def test_works(code):
    row = found(code).get("performance", {})
    if code.endswith("C"):
        asked = clause(code, "lead-works")
        assert isinstance(asked, LeadWorksClause)
        assert asked.at_least == int(GRADE_B_WORKS.search(row["text"])[1])
        return
    asked = clause(code, "works")
    assert isinstance(asked, WorksClause)
    assert asked.lookback_years == row.get("lookback_years")
    choose = re.match(r"([0-9]+) of ([0-9]+)", row.get("choose", ""))
    assert asked.choose == (int(choose[1]) if choose else None)
    if choose:
        assert len(asked.kinds) == int(choose[2])
    for kind, text in zip(asked.kinds, row.get("items", []), strict=False):
        check_kind(kind, text)
    for kind in asked.kinds[len(row.get("items", [])) :]:
        assert all(a.at_least is None and a.total is None for a in kind.alternatives), kind.id


def check_kind(kind, text, *, one_is_told=True):
    """Each figure of a kind of works stands in the text found, as it is, in 万 or in 亿; one of a kind may go unsaid."""
    told = numbers(text)
    unsaid = set() if one_is_told else {1}
    for alternative in kind.alternatives:
        scale = INDICATORS[alternative.indicator].scale
        for figure in filter(None, (alternative.at_least, alternative.total)):
            value = Fraction(figure, scale)
            assert {value, value / 10**4, value / 10**8} & (told | unsaid), f"{kind.id}: {value} is not in {text}"
        if not alternative.summed and alternative.at_least is not None:
            assert alternative.works in told | unsaid, f"{kind.id}: {alternative.works} works is not in {text}"


AGAIN = "-again"
"""A kind that asks for a second item of the kind before it: how "two classes, or two items of one" is written."""
ENCODED = {f"{category}A" for category in ("D104", "D108", "D207", "D208", "D213", "D214", "D219", "D221", "D225")}
ENCODED |= {f"{category}A" for category in ("D226", "D227", "D228", "D232")}
ENCODED |= {f"{category}B" for category in ("D207", "D214", "D221", "D227", "D232")}


def other_works():
    """Rows outside the four categories above whose works have figures in a rulebook."""
    rows = [row for row in every_row() if row["code"] not in CODES and "performance" in row]
    found_clauses = [(row, next((c for c in shipped(row["code"]) if isinstance(c, WorksClause)), None)) for row in rows]
    return {row["code"]: (row["performance"], asked) for row, asked in found_clauses if asked is not None}


def test_a_bare_amount_a_weak_or_a_cut_off_item_stays_with_somebody_who_looks():
    """A contract's amount tells no category: counting it could make a met out of another trade's work."""
    assert set(other_works()) == ENCODED
    for code, (performance, asked) in other_works().items():
        assert performance["evidence"] == "V", code
        assert not weak(found(code), "performance"), code
        for alternative in (a for kind in asked.kinds for a in kind.alternatives):
            assert alternative.indicator != "amount", code


@pytest.mark.parametrize("code", sorted(ENCODED))
def test_works_of_the_other_categories(code):
    performance, asked = other_works()[code]
    items = performance.get("items") or [performance["text"]]
    kinds = [kind for kind in asked.kinds if not kind.id.endswith(AGAIN)]
    assert asked.lookback_years == performance["lookback_years"]
    assert len(kinds) == len(items)
    assert asked.choose == asked_of(performance.get("choose", "all"), len(items))
    for kind, text in zip(kinds, items, strict=True):
        check_kind(kind, text.replace(",", ""), one_is_told=False)
    firsts = {kind.id: kind for kind in kinds}
    for again in (kind for kind in asked.kinds if kind.id.endswith(AGAIN)):
        [once], [twice] = firsts[again.id.removesuffix(AGAIN)].alternatives, again.alternatives
        figure = "total" if once.summed else "works"
        assert replace(once, **{figure: 2 * getattr(once, figure)}) == twice


def asked_of(text, items):
    """How many of the kinds: "3 of 5 classes", "all", or two for "2 classes, or 2 items of one class"."""
    choose = re.match(r"([0-9]+) (?:of ([0-9]+) classes|classes, or 2 items of one class)", text)
    if choose is None:
        assert text == "all"
        return items
    assert choose[2] in {None, str(items)}
    return int(choose[1])


def test_the_lead_of_the_third_grade_of_ancient_buildings_led_works_of_the_second():
    asked = clause("D214C", "lead-works")
    told = re.search(r"≥([0-9]+)项", found("D214C")["performance"]["choose"])
    assert (asked.of_grade, asked.at_least) == ("B", int(told[1]))
    assert {a.indicator for kind in asked.kinds for a in kind.alternatives} == {"antique_area_m2", "relics_provincial"}


def test_the_area_of_notice_226():
    text = found("D101B")["performance"]["items"][2]
    area = next(k for c in shipped("D101B", "226") if isinstance(c, WorksClause) for k in c.kinds if k.id == "area")
    check_kind(area, text.split("226号后")[1])
    assert [
        a.at_least
        for k in next(c for c in shipped("D101A", "226") if c.id == "works").kinds
        if k.id == "area"
        for a in k.alternatives
    ] == [None]


def test_equipment_that_was_cut_off():
    asked = clause("D110A", "equipment")
    assert isinstance(asked, EquipmentClause)
    assert asked.at_least is None
    assert "截断" in found("D110A")["equipment"]


@pytest.mark.parametrize("code", CODES)
def test_nothing_else_is_shipped(code):
    """A clause without a field in the facts would be a figure from nowhere."""
    known = {
        "net-assets",
        "constructors",
        "constructors-building",
        "constructors-first-class",
        "lead",
        "lead-credential",
        "titles",
        "site-staff",
        "skilled",
        "works",
        "lead-works",
        "equipment",
    }
    assert {c.id for c in shipped(code)} <= known
    assert ("equipment" in {c.id for c in shipped(code)}) == ("equipment" in found(code))


NOT_OF_THIS_GRADE = {("D208B", "skilled")}
"""Figures of the facts which the facts themselves say belong to another grade."""


def every_row():
    """Rows of the facts that a rulebook of ours encodes: all but labour, which has no code there."""
    rows = json.loads(STANDARD.read_text(encoding="utf-8"))["standards"]
    return [row for row in rows if row["code"] != "LABOUR"]


def test_every_figure_of_every_category():
    """Net assets, years, and numbers of people; null where none was found."""
    fields = {"titles": "mid_title_min", "site-staff": "site_staff_min", "skilled": "skilled_workers_min"}
    for row in every_row():
        code, clauses = row["code"], {c.id: c for c in shipped(row["code"])}
        net_assets = row["net_assets_wan"]
        assert clauses["net-assets"].at_least == (None if net_assets is None else net_assets * 10**6), code
        assert clauses["lead"].years == (row["technical_lead"] or {}).get("min_years"), code
        for clause_id, field in fields.items():
            asked = clauses.get(clause_id)
            if isinstance(asked, ManualClause):  # titles and constructors counted together: the note says how many
                assert f"{row[field]} 人" in asked.note, code
            elif (code, clause_id) in NOT_OF_THIS_GRADE:
                assert asked.at_least is None, code
            elif asked is not None:
                assert asked.at_least == row[field], (code, clause_id)
            else:
                assert row[field] is None, (code, clause_id)


def test_every_number_of_constructors():
    kinds = {"一级": ("一级注册建造师",), None: ("一级注册建造师", "二级注册建造师")}
    for row in every_row():
        expected = []
        for each in row["registered_constructors"] or []:
            specialties = tuple(each["specialties"])
            unread = specialties[0].startswith("(")
            expected.append((kinds[each["cls"]], *(() if unread else (specialties,)), each["min"]))
        asked = [c for c in shipped(row["code"]) if isinstance(c, PeopleClause) and c.table == "registration"]
        assert [(*dict(c.where).values(), c.at_least) for c in asked] == expected, row["code"]


def test_weak_figures_are_called_weak():
    fields = {"net_assets_wan": "net-assets", "technical_lead": "lead", "mid_title_min": "titles"}
    for row in every_row():
        clauses = {c.id: c for c in shipped(row["code"])}
        for field, clause_id in fields.items():
            if weak(row, field) and clause_id in clauses:
                assert clauses[clause_id].citation.evidence == "weak", (row["code"], clause_id)


def test_special_grade():
    facts = json.loads(STANDARD.read_text(encoding="utf-8"))["special_grade"]
    clauses = {c.id: c for c in next(b for b in library().rulebooks if b.code == "D101T").versions[0].grades["X"]}
    assert clauses["net-assets"].at_least == facts["net_assets_wan"] * 10**6
    assert clauses["lead"].years == facts["technical_lead"]["min_years"]
    assert clauses["manager"].years == facts["manager_years"]
    assert clauses["constructors"].at_least == facts["class1_constructors_min"]


def test_labour():
    facts = found("LABOUR")
    clauses = {c.id: c for c in next(b for b in library().rulebooks if b.code == "labour").versions[0].grades["X"]}
    assert clauses["net-assets"].at_least == facts["net_assets_wan"] * 10**6
    assert clauses["site-staff"].at_least == facts["site_staff_min"]
    assert clauses["skilled"].at_least == facts["skilled_workers_min"]
