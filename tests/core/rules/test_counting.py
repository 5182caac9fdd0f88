"""The age limit is dated data: what ships, which version binds when, and that a later one wakes who waits."""

import datetime as dt
import json
from pathlib import Path

import pytest

from zhulian.core.kernel.dates import BEGINNING
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules import counting
from zhulian.core.rules.assess import Moment
from zhulian.rulebooks import library

STANDARD = Path(__file__).resolve().parents[3] / "../shared/domain/qualification_standard.json"
TWO = """
subject: 企业主要人员的年龄
versions:
  - {id: old, from: null, published_at: null, at_most: 60周岁, source: {document: 甲}}
  - {id: new, from: 2030-01-01, published_at: 2029-06-01, at_most: 63周岁, source: {document: 乙, evidence: law}}
"""


@pytest.mark.skipif(not STANDARD.exists(), reason=f"no shared facts at {STANDARD}")
def test_the_age_that_ships_is_the_age_that_was_found():
    facts = json.loads(STANDARD.read_text(encoding="utf-8"))["counting_rules_jianshi_2015_20"]["rules"]
    [found] = [rule for rule in facts if "max_age" in rule.get("params", {})]
    [limit] = counting.age_limits()
    assert limit.max_age == found["params"]["max_age"]
    assert (limit.citation.document, limit.citation.evidence) == ("建市〔2015〕20号", "excerpt")


def test_a_limit_without_a_day_binds_always_and_says_that_no_day_was_read():
    [limit] = counting.age_limits()
    assert (limit.valid_from, limit.published_at) == (BEGINNING, None)
    assert "没有读到施行日" in limit.note
    for day in (dt.date(1990, 1, 1), dt.date(2026, 1, 1)):
        assert counting.age_limit(day, dt.datetime(1990, 1, 1, tzinfo=dt.UTC)) is limit
    assert counting.next_limit(dt.date(1990, 1, 1)) is None


@pytest.mark.parametrize(
    ("day", "known", "version"),
    [
        (dt.date(2029, 12, 31), None, "old"),
        (dt.date(2030, 1, 1), None, "new"),
        (dt.date(2030, 1, 1), dt.datetime(2029, 5, 31, tzinfo=dt.UTC), "old"),
        (dt.date(2030, 1, 1), dt.datetime(2029, 6, 1, tzinfo=dt.UTC), "new"),
    ],
)
def test_a_later_limit_binds_from_its_day_as_it_was_known(day, known, version):
    assert counting.in_force(counting.read_limits("two.yaml", TWO.encode()), day, known).id == version


def test_a_later_limit_moves_the_day_of_birth_the_wording_and_the_day_to_look_again(monkeypatch):
    limits = counting.read_limits("two.yaml", TWO.encode())
    monkeypatch.setattr(counting, "age_limits", lambda: limits)
    before, after = (Moment(day, None, "duckdb") for day in (dt.date(2029, 12, 31), dt.date(2030, 1, 1)))
    assert before.bind(["born_after"], {}) == [dt.date(1968, 12, 31)]
    assert after.bind(["born_after"], {}) == [dt.date(1966, 1, 1)]
    assert (before.age_limit.too_old, after.age_limit.too_old) == ("年满 61 周岁", "年满 64 周岁")
    assert library().next_change("D101C", dt.date(2026, 1, 1)) == dt.date(2030, 1, 1)


@pytest.mark.parametrize("bad", ["at_most: null", "at_most: 60", "at_most: 60年级", "at_most: 60周岁, from: soon"])
def test_a_limit_that_says_nothing_does_not_load(bad):
    more = "" if "from" in bad else ", from: null"
    text = f"subject: 年龄\nversions:\n  - {{id: a, published_at: null, {bad}{more}, source: {{document: 甲}}}}\n"
    with pytest.raises(ZhulianError):
        counting.read_limits("bad.yaml", text.encode())
