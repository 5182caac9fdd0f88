"""Dated facts in the database: batches, null keys, secrets, history."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError

from zhulian.core.kernel.dates import FOREVER
from zhulian.server.common.facts import NewFact, facts_end, facts_record

T1 = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
T2 = dt.datetime(2025, 2, 1, tzinfo=dt.UTC)
KEY = ("pond", "name")


def carp(weight: int, since: dt.date = dt.date(2024, 1, 1), until: dt.date = FOREVER, **more: object) -> NewFact:
    return NewFact({"pond": 1, "name": "carp", "weight": weight, **more}, since, until)


def weights(fish, day: dt.date, known_at: dt.datetime | None = None) -> list[int]:
    return list(fish.objects.at(day, known_at).values_list("weight", flat=True))


def test_a_change_closes_a_row_and_both_times_can_be_asked(fish) -> None:
    facts_record(fish, KEY, [carp(10)], at=T1)
    outcome = facts_record(fish, KEY, [carp(12, since=dt.date(2024, 6, 1))], at=T2)
    assert (outcome.accepted, outcome.unchanged, outcome.keys) == (1, 0, [(1, "carp")])
    assert weights(fish, dt.date(2024, 3, 1)) == [10]
    assert weights(fish, dt.date(2024, 7, 1)) == [12]
    assert weights(fish, dt.date(2024, 7, 1), known_at=T1) == [10]
    assert weights(fish, dt.date(2023, 7, 1)) == []
    assert fish.objects.count() == 3  # the superseded row stays


def test_the_same_again_changes_nothing_secrets_included(fish) -> None:
    first = facts_record(fish, KEY, [carp(10, chip="A-1", note="shy")], at=T1)
    again = facts_record(fish, KEY, [carp(10, chip="A-1", note="shy")], at=T2)
    assert (first.accepted, again.accepted, again.unchanged, again.keys) == (1, 0, 1, [])
    other = facts_record(fish, KEY, [carp(10, chip="A-2", note="shy")], at=T2)
    assert other.accepted == 1


def test_a_split_row_keeps_its_secrets_readable(fish) -> None:
    facts_record(fish, KEY, [carp(10, chip="A-1", note="shy")], at=T1)
    facts_record(fish, KEY, [carp(11, dt.date(2024, 5, 1), dt.date(2024, 6, 1))], at=T2)
    rows = list(fish.objects.known().order_by("fact_from"))
    assert [r.chip.reveal() if r.chip else None for r in rows] == ["A-1", None, "A-1"]
    assert [r.note.reveal() if r.note else None for r in rows] == ["shy", None, "shy"]
    assert rows[0].chip_index == rows[2].chip_index == fish._meta.get_field("chip_index").digest("a-1 ")
    assert len({r.secret_id for r in rows}) == 3


def test_null_is_a_key_value_like_any_other(fish) -> None:
    new = NewFact({"pond": None, "name": None, "weight": 1})
    facts_record(fish, KEY, [new], at=T1)
    assert facts_record(fish, KEY, [new], at=T2).unchanged == 1


def test_facts_end_on_a_day(fish) -> None:
    facts_record(fish, KEY, [carp(10)], at=T1)
    assert facts_end(fish, KEY, [(1, "carp")], on=dt.date(2024, 9, 1), at=T2) == [(1, "carp")]
    assert weights(fish, dt.date(2024, 8, 31)) == [10]
    assert weights(fish, dt.date(2024, 9, 1)) == []
    assert weights(fish, dt.date(2024, 9, 1), known_at=T1) == [10]
    assert facts_end(fish, KEY, [(1, "carp")], on=dt.date(2024, 9, 1), at=T2) == []


def test_many_rows_cost_few_statements(fish, django_assert_max_num_queries) -> None:
    many = [NewFact({"pond": n // 3, "name": f"f{n % 3}", "weight": n}) for n in range(2000)]
    facts_record(fish, KEY, many, at=T1)
    changed = [NewFact({**f.values, "weight": f.values["weight"] + (f.values["pond"] % 2)}) for f in many]
    with django_assert_max_num_queries(5 * 3 + 10):
        outcome = facts_record(fish, KEY, changed, at=T2)
    assert outcome.accepted + outcome.unchanged == 2000
    assert outcome.accepted == sum(f.values["pond"] % 2 for f in many)
    assert fish.objects.known().count() == 2000


def test_the_database_refuses_an_empty_period(fish) -> None:
    with pytest.raises(IntegrityError):
        fish.objects.create(fact_from=dt.date(2024, 1, 1), fact_until=dt.date(2024, 1, 1), recorded_at=1)
