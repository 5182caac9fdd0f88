"""Dated facts against a naive model that keeps one value per day."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhulian.server.common.bitemporal import Fact, Stored, change

ORIGIN = dt.date(2020, 1, 1)
DAYS = 12


def day(number: int) -> dt.date:
    return ORIGIN + dt.timedelta(days=number)


facts = st.tuples(st.integers(0, DAYS - 1), st.integers(1, DAYS), st.sampled_from("abc")).map(
    lambda t: Fact(day(t[0]), day(min(t[0] + t[1], DAYS)), t[2])
)


def naive(history: list[Fact[str]]) -> dict[int, str]:
    """Value per day: the last fact that covers it."""
    return {n: f.values for f in history for n in range(DAYS) if f.start <= day(n) < f.until}


class Rows:
    """Rows as a table would keep them, with what superseded them."""

    def __init__(self) -> None:
        self.rows: list[tuple[Fact[str], int, int | None]] = []

    def record(self, newcomers: list[Fact[str]], at: int) -> int:
        done = change([Stored(i, f) for i, (f, _, gone) in enumerate(self.rows) if gone is None], newcomers)
        for i in done.supersede:
            self.rows[i] = (*self.rows[i][:2], at)
        self.rows += [(fact, at, None) for fact in done.insert]
        return done.unchanged

    def known(self, at: int) -> dict[int, str]:
        """Value per day as known at a moment; fails when two rows claim one day."""
        out: dict[int, str] = {}
        for fact, recorded, gone in self.rows:
            if recorded <= at and (gone is None or at < gone):
                for n in range(DAYS):
                    if fact.start <= day(n) < fact.until:
                        assert n not in out, "fact periods overlap"
                        out[n] = fact.values
        return out


@given(st.lists(st.lists(facts, min_size=1, max_size=3), max_size=6))
def test_every_moment_of_knowledge_equals_the_naive_model(batches: list[list[Fact[str]]]) -> None:
    rows = Rows()
    history: list[Fact[str]] = []
    expected = [{}]
    for at, batch in enumerate(batches, start=1):
        rows.record(batch, at)
        history += batch
        expected.append(naive(history))
    for at, values in enumerate(expected):
        assert rows.known(at) == values


@given(st.lists(facts, min_size=1, max_size=5))
def test_what_is_known_already_changes_nothing(history: list[Fact[str]]) -> None:
    rows = Rows()
    rows.record(history, 1)
    before = list(rows.rows)
    current = [fact for fact, _, gone in rows.rows if gone is None]
    assert rows.record(current, 2) == len(current)
    assert rows.rows == before


def test_a_late_fact_splits_the_older_row() -> None:
    done = change([Stored(7, Fact(day(0), day(10), "old"))], [Fact(day(3), day(5), "late")])
    assert done.supersede == (7,)
    assert set(done.insert) == {
        Fact(day(0), day(3), "old"),
        Fact(day(3), day(5), "late"),
        Fact(day(5), day(10), "old"),
    }


def test_a_period_of_no_day_is_a_defect() -> None:
    with pytest.raises(ValueError, match="empty fact period"):
        change([], [Fact(day(3), day(3), "x")])
