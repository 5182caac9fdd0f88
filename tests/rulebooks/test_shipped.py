"""What ships: complete, cited, immutable; which clauses bind when (docs/decisions/0011)."""

import datetime as dt
from dataclasses import asdict

import pytest

from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.rules import APPLICATION, VERIFICATION, Library, Missing
from zhulian.core.rules.model import LeadWorksClause, MeasureClause, PeopleClause, WorksClause
from zhulian.rulebooks import cases, files, library

CATEGORIES = ("D101", "D105", "D106", "D110")
UPPER = [f"{c}{g}" for c in CATEGORIES for g in "AB"]
LOWEST = [f"{c}C" for c in CATEGORIES]
EVERY_CLAUSE = [
    pytest.param(clause, id=f"{book.code}{grade}-{version.id}-{clause.id}")
    for book in library().rulebooks
    for version in book.versions
    for grade, clauses in version.grades.items()
    for clause in clauses
]


def staff(code, day, purpose=VERIFICATION):
    rule = library().rule(code, purpose, day)
    return {c.id for c in rule.clauses if isinstance(c, PeopleClause)}


def test_the_library_is_loaded_once_and_holds_what_ships():
    assert library() is library()
    assert set(files()) == {
        "qualification/D101-building.yaml",
        "qualification/D105-water.yaml",
        "qualification/D106-power.yaml",
        "qualification/D110-municipal.yaml",
        "safety/permits.yaml",
    }
    assert set(library().codes()) == {*UPPER, *LOWEST, "safety-permit"}
    assert set(library().codes()) - {"safety-permit"} <= set(qualification_codes())


def test_each_rulebook_has_cases_beside_it():
    assert set(cases()) == {f"cases/{book.code}.yaml" for book in library().rulebooks}


@pytest.mark.parametrize("clause", EVERY_CLAUSE)
def test_every_clause_is_cited(clause):
    assert clause.citation.document
    assert clause.citation.evidence in {"law", "excerpt", "weak"}
    assert clause.label


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


@pytest.mark.parametrize("clause", EVERY_CLAUSE)
def test_an_unknown_figure_says_why(clause):
    unknown = [k for k, v in asdict(clause).items() if k in {"at_least", "years", "choose"} and v is None]
    assert clause.note or not unknown
