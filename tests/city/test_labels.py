"""Every label is what the engine finds, and nothing else falls short: the town and the law were made apart."""

import datetime as dt
import os
from collections import Counter
from functools import cache

import pytest

from zhulian import bulk, rulebooks
from zhulian.city import LABEL_FILES, UNTIL, build, write
from zhulian.city.plan import MAIN
from zhulian.city.stories import NOT_FOUND
from zhulian.core import rules
from zhulian.core.kernel.dates import add_years

SEEDS = (1, 2, 3, 20, 20251231) if os.environ.get("ZHULIAN_LONG") else (20,)


@pytest.fixture(scope="module", params=SEEDS)
def city(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    book = build(seed=request.param)
    write(book, folder)
    return book, bulk.load([folder], "sqlite")


def _assess(snapshot, label):
    return rules.assess_pair(
        rulebooks.library(),
        snapshot.runner,
        enterprise=snapshot.find(label.enterprise),
        code=label.code,
        as_of=label.as_of,
    )


def test_the_whole_town_is_read(city):
    _, snapshot = city
    assert snapshot.report.quarantined == 0
    assert {file for file, _ in snapshot.report.refused} <= LABEL_FILES


def test_every_label_is_what_the_engine_says(city):
    book, snapshot = city
    wrong = []
    for label in book.labels:
        assessment = _assess(snapshot, label)
        found = assessment.reason
        if label.clause:
            found = next(r for r in assessment.reason.children if r.id == label.clause)
        same = found.verdict == label.verdict and label.short_by in {None, found.short_by}
        if not same or (label.clause and assessment.verdict != label.verdict):
            wrong.append((label, found))
    assert not wrong


@pytest.fixture(scope="module")
def checked(city):
    """Everything held on a day, judged; each day once."""
    _, snapshot = city
    return cache(lambda as_of: bulk.check(snapshot, rulebooks.library(), as_of=as_of))


def test_nothing_but_the_labelled_falls_short(city, checked):
    book, _ = city
    labelled = {(label.enterprise, label.code) for label in book.labels if label.verdict == "short"}
    unlabelled = [
        (i.enterprise, i.code, [c.id for c in i.clauses if c.verdict == "short"])
        for i in checked(UNTIL)
        if i.verdict == "short" and (i.enterprise, i.code) not in labelled
    ]
    assert not unlabelled


def test_most_pairs_are_met_and_the_unknown_have_a_figure_that_nobody_knows(city, checked):
    book, _ = city
    general = Counter(i.verdict for i in checked(UNTIL) if i.code[:-1] in MAIN)
    assert general["met"] >= 0.6 * general.total(), general
    assert general["short"] >= 0.1 * general.total(), general
    assert general["unknown"] >= 0.03 * general.total(), general
    others = Counter(i.verdict for i in checked(UNTIL) if i.code[:-1] not in MAIN)
    assert others["met"] >= 0.5 * others.total(), others
    assert others["short"] == 0, "stories are told of general contractors"
    without = {(label.enterprise, label.code) for label in book.labels if label.story == NOT_FOUND}
    assert len({i.code for i in checked(UNTIL)}) > 60, "the whole standard is in the town"
    assert without <= {(i.enterprise, i.code) for i in checked(UNTIL) if i.verdict == "unknown"}


def test_the_town_was_sound_in_earlier_years_too(city, checked):
    book, _ = city
    told = {label.enterprise for label in book.labels}
    for back in (1, 2, 3):
        then = checked(add_years(UNTIL, -back))
        counts = Counter(i.verdict for i in then if i.code[:-1] in MAIN)
        assert counts["met"] >= 0.6 * counts.total(), (back, counts)
        assert not [(back, i.enterprise, i.code) for i in then if i.verdict == "short" and i.enterprise not in told]


def test_a_day_in_the_middle_of_a_month_is_like_its_end(city):
    _, snapshot = city
    library = rulebooks.library()
    end = bulk.check(snapshot, library, as_of=UNTIL, codes=["D101C"])
    middle = bulk.check(snapshot, library, as_of=UNTIL - dt.timedelta(days=14), codes=["D101C"])
    assert [i.verdict for i in end] == [i.verdict for i in middle]


def test_verdicts_change_on_the_days_that_linkage_labels_say(city):
    """Met the day before, short from the day on, met again when the labels say that it ended."""
    book, snapshot = city
    library = rulebooks.library()
    wrong = []
    labels = [r for r in book.linkage_labels if r.event == "qualification.fell_short" and r.rule == "fell-short"]
    for label in labels:
        days = {label.on - dt.timedelta(days=1): "met", label.on: "short"}
        if label.ended_on:
            days |= {label.ended_on - dt.timedelta(days=1): "short", label.ended_on: "met"}
        firm = snapshot.find(label.enterprise)
        for day, verdict in days.items():
            found = rules.assess_pair(library, snapshot.runner, enterprise=firm, code=label.key, as_of=day)
            if found.verdict != verdict:
                wrong.append((label.story, day, verdict, found.verdict))
    assert {label.story for label in labels if label.ended_on} == {"constructors-replaced"}
    assert not wrong
