"""The table contract is closed: whatever one part names, another part defines."""

import re

import pytest

from zhulian.core.kernel import identifiers
from zhulian.core.kernel.codes import parse_division, parse_qualification_code
from zhulian.core.tables import INDICATORS, TABLES, Kind, Publicity, table

PARSERS = {
    "uscc": identifiers.parse_uscc,
    "resident_id": identifiers.parse_resident_id,
    "phone": identifiers.parse_phone,
    "division": parse_division,
    "qualification": parse_qualification_code,
}
STORAGE = {"row_id", "fact_from", "fact_until", "recorded_at", "superseded_at"}
COLUMNS = [(t, c) for t in TABLES.values() for c in t.columns]
EACH_TABLE = pytest.mark.parametrize("one", TABLES.values(), ids=lambda t: t.name)
EACH_COLUMN = pytest.mark.parametrize(("one", "column"), COLUMNS, ids=lambda x: x.name)


def has_chinese(text):
    return any("\u4e00" <= c <= "\u9fff" for c in text)


@EACH_TABLE
def test_names_are_unique_and_fit_every_engine(one):
    assert table(one.name) is one
    assert len(set(one.names)) == len(one.names)
    assert STORAGE.isdisjoint(one.names)
    for name in (one.name, *one.names):
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name)


@EACH_TABLE
def test_keys_and_subjects_are_columns(one):
    assert one.key
    assert set(one.key) <= set(one.names)
    if one.subject in one.names:
        assert one.column(one.subject).kind is Kind.REF


@EACH_TABLE
def test_dates_that_start_or_order_facts_are_dates(one):
    for name in [one.since, *(n for pair in one.order for n in pair)]:
        if name:
            assert one.column(name).kind is Kind.DATE


@EACH_TABLE
def test_files_can_carry_the_key(one):
    """A key column may be empty only where identity resolution or "everyone" gives it a meaning."""
    may_be_empty = {"enterprise", "person", "project", "certificate_no", "division", "specialty", "spec", "owned"}
    assert {n for n in one.key if not one.column(n).required} <= may_be_empty


@EACH_COLUMN
def test_a_column_says_what_it_is(one, column):
    assert has_chinese(one.label)
    assert has_chinese(column.label)
    assert (column.kind is Kind.REF) == bool(column.refers)
    if column.refers:
        assert column.refers in TABLES
        assert column.refers in TABLES[column.refers].names
    if column.check:
        assert column.check in PARSERS
    if column.kind is Kind.INT:
        assert column.unit
        assert column.scale in {1, 100, 1000}
    else:
        assert (column.unit, column.scale) == ("", 1)
    if column.options:
        assert column.kind is Kind.TEXT
        assert len(set(column.options)) == len(column.options)
        assert max(map(len, column.options)) <= column.limit


def test_labels_tell_the_columns_of_one_table_apart():
    for one in TABLES.values():
        labels = [c.label for c in one.columns]
        assert len(set(labels)) == len(labels), one.name


def test_the_numbers_of_a_person_are_the_only_secrets():
    assert [(t.name, c.name) for t, c in COLUMNS if c.public is Publicity.SECRET] == [
        ("person", "id_no"),
        ("person", "phone"),
    ]


def test_persons_are_for_the_parties_only():
    refs = [c for _, c in COLUMNS if c.refers == "person"]
    assert refs
    assert all(c.public is not Publicity.OPEN for c in refs)


def test_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError):
        table("nothing")
    with pytest.raises(KeyError):
        table("enterprise").column("nothing")


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda i: i.name)
def test_indicators_have_name_label_unit(indicator):
    assert INDICATORS[indicator.name] is indicator
    assert has_chinese(indicator.label)
    assert indicator.unit
    assert indicator.scale in {1, 100, 1000}
