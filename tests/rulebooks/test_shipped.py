"""What ships: complete, cited, immutable; which clauses bind when (docs/decisions/0011)."""

import datetime as dt
from dataclasses import asdict
from pathlib import Path

import pytest

from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.rules import APPLICATION, VERIFICATION, Library, Missing
from zhulian.core.rules.loader import load
from zhulian.core.rules.model import LeadWorksClause, ManualClause, MeasureClause, PeopleClause, WorksClause
from zhulian.rulebooks import cases, files, library
from zhulian.rulebooks.casebook import read_cases

CATEGORIES = ("D101", "D105", "D106", "D110")
UPPER = [f"{c}{g}" for c in CATEGORIES for g in "AB"]
LOWEST = [f"{c}C" for c in CATEGORIES]
OVERLAYS = sorted(name for name in files() if name.startswith("provinces/"))
CASED = {*(book.code for book in library().rulebooks), "special-grade", *(Path(name).stem for name in OVERLAYS)}
EVERY_CLAUSE = [
    (f"{book.code}{grade}-{version.id}-{clause.id}", clause)
    for book in library().rulebooks
    for version in book.versions
    for grade, clauses in version.grades.items()
    for clause in clauses
]
OUTSIDE = {"safety-permit", "labour"}
"""Codes of our own: the platform's table has none for them."""


def staff(code, day, purpose=VERIFICATION):
    rule = library().rule(code, purpose, day)
    return {c.id for c in rule.clauses if isinstance(c, PeopleClause)}


def test_every_code_of_the_platform_has_a_rule():
    assert library() is library()
    held = {code for code in qualification_codes() if code.startswith("D")}
    assert len(held) == 140
    assert set(library().codes()) == held | OUTSIDE
    missing = [c for c in held for p in (VERIFICATION, APPLICATION) if isinstance(rule_of(c, p), Missing)]
    assert not missing


def rule_of(code, purpose):
    return library().rule(code, purpose, dt.date(2024, 1, 1))


def test_cases_are_about_codes_that_ship():
    assert {name.removeprefix("cases/").removesuffix(".yaml") for name in cases()} <= CASED


@pytest.mark.parametrize("name", OVERLAYS)
def test_a_province_has_cases_on_the_day_before_its_first_and_on_it_and_of_another_province(name):
    """Its lawyer sees what it changes, and that it changes nothing elsewhere."""
    overlay = load(name, files()[name])
    held = read_cases(name, cases()[f"cases/{Path(name).name}"])
    first, asked = overlay.versions[0].valid_from, {c.as_of for c in held}
    assert {first - dt.timedelta(days=1), first} <= asked
    provinces = {row.get("region") for c in held for row in c.rows["enterprise"]}
    assert {f"{overlay.province}0000"} < provinces - {None}


def test_every_clause_is_cited():
    for name, clause in EVERY_CLAUSE:
        assert clause.citation.document, name
        assert clause.citation.evidence in {"law", "excerpt", "weak"}, name
        assert clause.label, name


@pytest.mark.parametrize("code", UPPER)
def test_notice_226_frees_all_but_the_lowest_grade_from_head_counts(code):
    assert staff(code, dt.date(2016, 10, 31))
    assert not staff(code, dt.date(2016, 11, 1))
    assert not staff(code, dt.date(2026, 1, 1), APPLICATION)


@pytest.mark.parametrize("code", LOWEST)
def test_the_lowest_grade_keeps_them_and_loses_site_staff_with_notice_53(code):
    before, after = staff(code, dt.date(2018, 10, 31)), staff(code, dt.date(2018, 12, 1))
    assert before - after == {"site-staff"}
    assert {"constructors", "titles", "skilled"} <= after


@pytest.mark.parametrize("code", LOWEST)
def test_in_the_month_of_notice_53_site_staff_is_unknown(code):
    rule = library().rule(code, VERIFICATION, dt.date(2018, 11, 15))
    asked = next(c for c in rule.clauses if c.id == "site-staff")
    assert asked.at_least is None
    assert "未读到" in asked.note


@pytest.mark.parametrize("code", [*UPPER, *LOWEST])
@pytest.mark.parametrize("day", [dt.date(2015, 1, 1), dt.date(2017, 1, 1), dt.date(2026, 1, 1)])
def test_works_bind_on_application_only(code, day):
    asked = {type(c) for c in library().rule(code, APPLICATION, day).clauses}
    checked = {type(c) for c in library().rule(code, VERIFICATION, day).clauses}
    assert asked & {WorksClause, LeadWorksClause}
    assert not checked & {WorksClause, LeadWorksClause}
    assert MeasureClause in checked


@pytest.mark.parametrize("code", [*UPPER, *LOWEST])
def test_law_is_known_from_its_publication(code):
    """On 1 December 2016 notice 226 is in force; who asks what was known in September 2016 gets the older text."""
    day = dt.date(2016, 12, 1)
    earlier = dt.datetime(2016, 9, 1, tzinfo=dt.UTC)
    assert library().rule(code, VERIFICATION, day).version == "226"
    assert library().rule(code, VERIFICATION, day, earlier).version == "2015"
    assert isinstance(library().rule(code, VERIFICATION, day, dt.datetime(2014, 1, 1, tzinfo=dt.UTC)), Missing)


def test_loading_again_gives_the_same_hashes():
    again = Library.load(files())
    for code in library().codes():
        for day in (dt.date(2015, 6, 1), dt.date(2026, 1, 1)):
            assert again.rule(code, APPLICATION, day).hash == library().rule(code, APPLICATION, day).hash


def test_before_the_standard_there_is_no_rule_and_the_reason_says_so():
    missing = library().rule("D101A", VERIFICATION, dt.date(2014, 12, 31))
    assert isinstance(missing, Missing)
    assert "没有" in missing.reason


def test_an_unknown_figure_says_why():
    for name, clause in EVERY_CLAUSE:
        unknown = [k for k, v in asdict(clause).items() if k in {"at_least", "years", "choose"} and v is None]
        assert clause.note or not unknown, name


def test_one_grade_categories_keep_their_head_counts():
    """Their only grade is the lowest: notice 226 leaves it alone."""
    assert staff("D210X", dt.date(2024, 1, 1)) == {"titles", "skilled"}
    assert staff("D205B", dt.date(2024, 1, 1)) >= {"constructors", "titles", "skilled"}
    assert not staff("D205A", dt.date(2024, 1, 1))


def test_an_application_is_never_met_where_the_works_were_not_read():
    """A grade whose works no source gives asks for somebody to look, and is not met in silence."""
    for code in library().codes():
        if code.startswith("D"):
            asked = rule_of(code, APPLICATION).clauses
            assert any(c.id in {"works", "lead-works"} for c in asked), code


def test_telecommunications_third_grade_lost_its_constructors_with_notice_226():
    assert "constructors" in staff("D111C", dt.date(2016, 10, 31))
    assert "constructors" not in staff("D111C", dt.date(2016, 11, 1))


def test_special_grade_asks_what_no_table_holds_of_a_person():
    clauses = {c.id: c for c in rule_of("D101T", VERIFICATION).clauses}
    assert clauses["net-assets"].at_least == 36_000 * 10_000 * 100
    assert isinstance(clauses["bank-credit"], ManualClause)
    assert "technology-centre" not in clauses
    assert "technology-centre" in {c.id for c in rule_of("D101T", APPLICATION).clauses}


def test_fujian_looks_at_leads_everywhere_and_at_staff_at_the_lowest_grade():
    day = dt.date(2023, 6, 1)
    assert library().provinces("D101C", VERIFICATION, day) == {"35"}
    assert not library().provinces("D101C", APPLICATION, day)
    assert not library().provinces("D101C", VERIFICATION, dt.date(2022, 8, 24))
    assert not library().provinces("safety-permit", VERIFICATION, day)

    def ids(code, province):
        return {c.id for c in library().rule(code, VERIFICATION, day, None, province).clauses}

    assert ids("D101C", "35") == {"lead", "constructors", "constructors-building", "titles"}
    assert ids("D101A", "35") == {"lead"}
    assert ids("D101A", "37") == ids("D101A", "")
    local, national = (library().rule("D101C", VERIFICATION, day, None, p) for p in ("35", ""))
    assert local.hash != national.hash
    assert local.version == "53+fujian-2022"
    assert local.source.document != national.source.document
    before = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
    assert library().rule("D101C", VERIFICATION, day, before, "35").version == "53"
    assert library().next_change("D101C", dt.date(2020, 1, 1), None, "35") == dt.date(2022, 8, 25)
    assert library().next_change("D101C", dt.date(2020, 1, 1), None, "37") is None
