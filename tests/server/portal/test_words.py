"""The rules page says what the engine runs: every clause of the shipped rulebooks has words."""

from __future__ import annotations

import datetime as dt

import pytest

from zhulian.rulebooks import library
from zhulian.server.portal import rulebooks, words

CLAUSES = [
    (f"{book.code}-{version.id}-{grade}-{clause.id}", clause)
    for book in library().rulebooks
    for version in book.versions
    for grade, clauses in version.grades.items()
    for clause in clauses
]


def test_every_clause_has_words_without_code():
    said = {name: " ".join([words.requirement(clause), *words.details(clause)]) for name, clause in CLAUSES}
    assert len(said) > 2500
    assert {name: text for name, text in said.items() if not text.strip() or "None" in text} == {}
    assert {name: text for name, text in said.items() if "_" in text} == {}, "a name of the code has slipped through"


def test_net_assets_of_building_second_grade():
    shown = rulebooks.shown("D101", "2015", "B", today=dt.date(2025, 6, 30))
    net_assets = next(clause for clause in shown.grade.clauses if clause.label == "净资产")
    assert net_assets.requirement == "不少于 4,000 万元"
    assert "159号" in net_assets.citation


def test_a_version_says_what_it_changed():
    shown = rulebooks.shown("D101", "226", "B", today=dt.date(2025, 6, 30))
    assert shown.grade.removed, "226号 takes constructors, titles, site staff and workers away"
    assert not shown.in_force


@pytest.mark.parametrize(
    ("day", "version"), [(dt.date(2015, 6, 1), "2015"), (dt.date(2017, 1, 1), "226"), (dt.date(2025, 1, 1), "53")]
)
def test_the_version_in_force_is_shown_first(day, version):
    assert rulebooks.shown("D101", "", "", today=day).version.id == version


def test_unknown_code_version_and_grade():
    today = dt.date(2025, 6, 30)
    assert rulebooks.shown("D999", "", "", today=today) is None
    assert rulebooks.shown("D101", "nothing", "Q", today=today).grade.letter == "A"


def test_a_figure_that_is_not_known_says_so():
    said = [words.requirement(c) for _, c in CLAUSES if getattr(c, "at_least", 0) is None]
    assert all("未查到" in one for one in said)
