"""Dividing people into groups: exact against brute force, and where greedy fails."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from zhulian.core.rules.division import divide

GROUPS = ("engineering", "site", "skilled")


def brute_force(histogram, needs):
    """Every person into every group or none: the least number missing."""
    people = [mask for mask, n in histogram.items() for _ in range(n)]
    best = None
    for places in product((None, *needs), repeat=len(people)):
        missing = 0
        for group, demands in needs.items():
            serving = [mask for mask, place in zip(people, places, strict=True) if place == group]
            lacking = [n - sum(mask >> bit & 1 for mask in serving) for bit, n in demands]
            missing += max([0, *lacking])
        best = missing if best is None else min(best, missing)
    return best


def holds(division, histogram, needs):
    """The certificate is one: nobody serves twice, and with the missing people every demand holds."""
    for mask in {mask for mask, _ in division.serving}:
        served = sum(n for (m, _), n in division.serving.items() if m == mask)
        assert served <= sum(n for m, n in histogram.items() if m & division.relevant == mask)
    for group, demands in needs.items():
        for bit, wanted in demands:
            found = sum(n for (m, g), n in division.serving.items() if g == group and m >> bit & 1)
            assert found + division.short[group] >= wanted
    assert sum(division.short.values()) == division.missing


needs_strategy = st.dictionaries(
    st.sampled_from(GROUPS),
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), min_size=1, max_size=3),
    min_size=1,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.integers(0, 31), st.integers(1, 2), max_size=4), needs_strategy)
def test_exact(histogram, needs):
    division = divide(histogram, needs)
    assert division.missing == brute_force(histogram, needs)
    holds(division, histogram, needs)


def test_greedy_fails():
    """Filling engineering first with whoever comes takes the only two who can also be skilled workers.

    Bit 0 registration, bit 1 skill. Three persons are only registered, two both, one only skilled; needed are three
    registered and three skilled: exactly one division works.
    """
    histogram = {0b01: 3, 0b11: 2, 0b10: 1}
    division = divide(histogram, {"engineering": [(0, 3)], "skilled": [(1, 3)]})
    assert division.missing == 0
    assert division.serving == {(0b01, "engineering"): 3, (0b11, "skilled"): 2, (0b10, "skilled"): 1}


def test_counting_each_clause_alone_is_not_enough():
    """Every clause alone has its people, together they lack two."""
    division = divide({0b11: 4}, {"engineering": [(0, 3)], "skilled": [(1, 3)]})
    assert division.missing == 2


def test_within_a_group_a_person_counts_for_every_clause():
    """A registered person with a title is one person and counts for both."""
    assert divide({0b11: 3}, {"engineering": [(0, 3), (1, 3)]}).missing == 0


def test_several_demands_in_a_group_need_the_right_ones():
    """By numbers alone any two of the three contested would do; only one pair covers both demands."""
    needs = {"engineering": [(0, 1), (1, 1)], "skilled": [(2, 1)]}
    assert divide({0b101: 1, 0b110: 1, 0b100: 0}, needs).missing == 1
    assert divide({0b101: 1, 0b110: 1, 0b111: 1}, needs).missing == 0


def test_many_people_are_one_class():
    """A search over persons would never end; over the histogram it is small."""
    histogram = {0b0011: 400, 0b0101: 300, 0b1001: 200, 0b1110: 250, 0b0110: 100}
    needs = {"engineering": [(0, 500), (1, 300)], "site": [(2, 350)], "skilled": [(3, 390)]}
    division = divide(histogram, needs)
    holds(division, histogram, needs)
    assert division.missing == 0


def test_near_the_edge():
    """Hall's condition alone leaves this open; the sharper bound ends it."""
    histogram = {0b0111: 2, 0b1011: 3, 0b1101: 3, 0b1110: 2, 0b0101: 4, 0b1010: 4, 0b0110: 3, 0b1001: 3, 0b1111: 1}
    needs = {"engineering": [(0, 8), (1, 7)], "skilled": [(2, 9), (3, 8)]}
    division = divide(histogram, needs)
    holds(division, histogram, needs)
    fewer = {**needs, "skilled": [(2, 9 - division.missing), (3, 8 - division.missing)]}
    assert divide(histogram, fewer).missing == 0


def test_nobody():
    division = divide({}, {"engineering": [(0, 8)], "skilled": [(1, 30)]})
    assert (division.missing, dict(division.short)) == (38, {"engineering": 8, "skilled": 30})
