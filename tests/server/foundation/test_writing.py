"""A service that changes something without a leaf changes nothing."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import IntegrityError

from zhulian.server.accounts.models import Division, OrganisationUnit
from zhulian.server.common.models import Series
from zhulian.server.common.writing import NoLeafError, writes
from zhulian.server.notary.commitments import commitment
from zhulian.server.notary.models import Leaf, Opening
from zhulian.server.notary.services import Personal, leaf_append

pytestmark = pytest.mark.django_db


@writes
def unit_open(*, name: str, leaf: bool, fail: bool = False) -> None:
    OrganisationUnit.objects.create(name=name, division_id="370000")
    if leaf:
        leaf_append(action="test.unit.open", actor="user:1", subject="unit:1", data={"name": name})
    if fail:
        raise IntegrityError


@writes
def units_open(*, names: list[str]) -> None:
    for name in names:
        unit_open(name=name, leaf=True)


def test_with_a_leaf_it_stands() -> None:
    unit_open(name="甲", leaf=True)
    units_open(names=["乙", "丙"])
    assert OrganisationUnit.objects.count() == Leaf.objects.count() == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda: unit_open(name="甲", leaf=False),
        writes(lambda: Division.objects.filter(code="370000").update(name="x")),
        writes(lambda: Division.objects.filter(code="370203").delete()),
        writes(lambda: Division.objects.bulk_create([Division(code="x", name="x")], ignore_conflicts=True)),
    ],
)
def test_without_a_leaf_it_is_undone(change) -> None:
    before = dict(Division.objects.values_list("code", "name"))
    with pytest.raises(NoLeafError):
        change()
    assert not OrganisationUnit.objects.exists()
    assert dict(Division.objects.values_list("code", "name")) == before


def test_rows_that_follow_from_actions_need_no_leaf_of_their_own() -> None:
    writes(lambda: Series.objects.create(name="x"))()
    assert Series.objects.count() == 1


def test_a_failure_takes_the_leaf_with_it() -> None:
    with pytest.raises(IntegrityError):
        unit_open(name="甲", leaf=True, fail=True)
    assert not Leaf.objects.exists()


def test_the_hash_is_over_the_canonical_content(moment) -> None:
    leaf = leaf_append(action="a.b.c", actor="user:1", subject="unit:2", data={"z": [1, None], "a": "甲"})
    expected = '{"action":"a.b.c","actor":"user:1","at":"2025-06-01T09:00:00+08:00","data":{"a":"甲","z":[1,null]},"subject":"unit:2"}'
    assert leaf.content == expected
    assert leaf.hash == hashlib.sha256(expected.encode()).hexdigest()


def test_personal_data_stand_outside_the_leaf_and_can_be_erased() -> None:
    data = {"people": [{"id_no": Personal("370202199001011234")}, {"id_no": Personal("370202199001011234")}]}
    leaf = leaf_append(action="a", actor="b", subject="c", data=data)
    assert "370202" not in leaf.content
    first, second = (person["id_no"]["commitment"] for person in json.loads(leaf.content)["data"]["people"])
    assert first != second  # each salted by itself: equal values do not show
    opening = Opening.objects.get(commitment=first)
    assert commitment(opening.salt, opening.value.reveal()) == first
    assert commitment(opening.salt, "370202199001011235") != first
    Opening.objects.all().delete()
    leaf.refresh_from_db()
    assert leaf.hash == hashlib.sha256(leaf.content.encode()).hexdigest()
