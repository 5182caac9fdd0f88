"""Dirty feeds: intake does with every record what its label says, alone and after the city that it is about."""

import csv
import datetime as dt
from collections import Counter

import polars as pl
import pytest

from zhulian import bulk
from zhulian.city import LABEL_FILES, UNTIL, build, write
from zhulian.city.dirty import DUPLICATES_FILE, LABELS_FILE, write_dirty
from zhulian.city.register import NATION, write_register
from zhulian.core.kernel.identifiers import Key, parse_key


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    write(build(seed=4), folder)
    return folder


@pytest.fixture(scope="module")
def dirty(city, tmp_path_factory):
    out = tmp_path_factory.mktemp("dirty")
    write_dirty(city, out, until=UNTIL)
    return out, pl.read_parquet(out / LABELS_FILE)


def wanted(labels, outcome="quarantined"):
    rows = labels.filter((pl.col("outcome") == outcome) & pl.col("file").str.starts_with("feeds/"))
    return {(r["file"].removeprefix("feeds/"), r["record"]): r["code"] for r in rows.iter_rows(named=True)}


def test_every_record_has_a_label_and_every_kind_of_dirt_is_there(dirty):
    out, labels = dirty
    assert labels.select("file", "record").is_duplicated().sum() == 0
    for file in ("feeds/registration-bom.csv", "feeds/person.csv", "late/finance.csv"):
        with (out / file).open(encoding="utf-8-sig", newline="") as sheet:
            assert len(list(csv.DictReader(sheet))) == labels.filter(pl.col("file") == file).height
    assert labels["story"].n_unique() > 35
    codes = set(labels["code"].to_list())
    assert codes >= {"id.uscc", "id.key", "id.resident", "id.birth", "identity.conflict", "row.duplicate_key"}
    assert codes >= {"row.columns", "value.date", "value.number", "value.formula", "value.missing", "value.order"}
    assert codes >= {"file.encoding", "file.parquet", "code.option", "code.qualification"}
    assert (out / "feeds/finance-gbk.csv").read_bytes().decode("gbk").startswith("enterprise,")
    assert (out / "feeds/registration-bom.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("after_the_city", [False, True])
def test_intake_does_what_the_labels_say(city, dirty, after_the_city):
    out, labels = dirty
    report = bulk.load([*([city] if after_the_city else []), out / "feeds"]).report
    found = {(r.position.file, r.position.record): r.code for r in report.rejects}
    assert found == wanted(labels)
    refused = {(name, 0): error.code for name, error in report.refused if name not in LABEL_FILES}
    assert refused == wanted(labels, "refused")
    assert report.masked == 2, "masked numbers are left out, their persons taken"
    if not after_the_city:
        assert report.accepted == len(wanted(labels, "accepted"))
        assert report.unchanged == len(wanted(labels, "unchanged"))


def test_the_late_delivery_is_one_of_its_own(dirty):
    out, labels = dirty
    late = labels.filter(pl.col("file").str.starts_with("late/"))
    assert bulk.load([out / "late"]).report.accepted == late.height
    before = {r["enterprise"]: r for r in csv.DictReader((out / "feeds/finance-gbk.csv").open(encoding="gbk"))}
    for row, story in zip(
        csv.DictReader((out / "late/finance.csv").open(encoding="utf-8")), late["story"], strict=True
    ):
        same = before[row["enterprise"]]["net_assets"] == row["net_assets"]
        assert same == (story == "told-again")


def test_twins_are_two_subjects_until_somebody_merges_them(city, dirty):
    out, _ = dirty
    with (out / DUPLICATES_FILE).open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    assert Counter((p["kind"], p["same"]) for p in pairs) == {
        ("enterprise", "1"): 6,
        ("enterprise", "0"): 2,
        ("person", "1"): 3,
        ("person", "0"): 1,
        ("project", "1"): 2,
    }
    register = bulk.load([city, out / "feeds"])._register
    for pair in pairs:
        a, b = (register.find(pair["kind"], key_of(pair[k])) for k in ("key_a", "key_b"))
        assert a is not None
        assert b is not None
        assert a != b, pair


def key_of(text) -> Key:
    key = parse_key(text)
    if key.kind == "name":
        name, _, division = key.value.rpartition("@")
        return Key("name", f"{name.upper().replace('（', '(').replace('）', ')')}@{division}")
    return key


def test_a_register_of_any_size_can_be_made_dirty(tmp_path):
    write_register(NATION.scaled(0.0005), tmp_path / "nation", seed=1, until=UNTIL)
    write_dirty(tmp_path / "nation", tmp_path / "dirty", until=dt.date(2025, 12, 31))
    labels = pl.read_parquet(tmp_path / "dirty" / LABELS_FILE)
    report = bulk.load([tmp_path / "dirty" / "feeds"]).report
    found = {(r.position.file, r.position.record): r.code for r in report.rejects}
    assert found == wanted(labels)
