"""Every label is what the engine finds, and nothing else falls short: the town and the law were made apart."""

import datetime as dt
import os
from collections import Counter

import pytest

from zhulian import bulk, rulebooks
from zhulian.city import UNTIL, build, write
from zhulian.city.plan import judged
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
    assert [file for file, _ in snapshot.report.refused] in ([], ["labels.parquet"])


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


def test_nothing_but_the_labelled_falls_short(city):
    book, snapshot = city
    labelled = {(label.enterprise, label.code) for label in book.labels if label.verdict == "short"}
    items = bulk.check(snapshot, rulebooks.library(), as_of=UNTIL)
    unlabelled = [
        (i.enterprise, i.code, [c.id for c in i.clauses if c.verdict == "short"])
        for i in items
        if i.verdict == "short" and (i.enterprise, i.code) not in labelled
    ]
    assert not unlabelled


def test_most_of_the_judged_pairs_are_met(city):
    _, snapshot = city
    items = [i for i in bulk.check(snapshot, rulebooks.library(), as_of=UNTIL) if judged(i.code)]
    counts = Counter(i.verdict for i in items)
    assert counts["met"] >= 0.6 * len(items), counts
    assert counts["short"] >= 0.1 * len(items), counts
    assert counts["unknown"] >= 0.03 * len(items), counts
    others = {i.verdict for i in bulk.check(snapshot, rulebooks.library(), as_of=UNTIL) if not judged(i.code)}
    assert others == {"unknown"}, "no rulebook, no verdict"


@pytest.mark.parametrize("back", [1, 2, 3])
def test_the_town_was_sound_in_earlier_years_too(city, back):
    book, snapshot = city
    then = add_years(UNTIL, -back)
    judged_then = [i for i in bulk.check(snapshot, rulebooks.library(), as_of=then) if judged(i.code)]
    counts = Counter(i.verdict for i in judged_then)
    assert counts["met"] >= 0.6 * len(judged_then), counts
    told = {label.enterprise for label in book.labels}
    assert not [(i.enterprise, i.code) for i in judged_then if i.verdict == "short" and i.enterprise not in told]


def test_a_day_in_the_middle_of_a_month_is_like_its_end(city):
    _, snapshot = city
    library = rulebooks.library()
    end = bulk.check(snapshot, library, as_of=UNTIL, codes=["D101C"])
    middle = bulk.check(snapshot, library, as_of=UNTIL - dt.timedelta(days=14), codes=["D101C"])
    assert [i.verdict for i in end] == [i.verdict for i in middle]
