"""A register of a province's or the nation's size: the contract, the identifiers, and that batches change nothing."""

import datetime as dt
import errno
from collections import namedtuple

import polars as pl
import pytest

from zhulian import bulk
from zhulian.city import folder
from zhulian.city.register import NATION, PROVINCE, build, write_register
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import birth_on, parse_resident_id, parse_uscc, sex
from zhulian.core.tables import TABLES, Kind

UNTIL = dt.date(2025, 12, 31)
SMALL = NATION.scaled(0.002)
CERTIFICATES = ("registration", "title", "post_certificate", "safety_certificate", "skill")


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    out = tmp_path_factory.mktemp("register")
    rows = write_register(SMALL, out, seed=3, until=UNTIL)
    frames = {path.stem: pl.read_parquet(path) for path in out.iterdir()}
    assert {name: frame.height for name, frame in frames.items()} == rows
    return out, frames


def test_counts_are_those_of_the_design(register):
    _, frames = register
    assert (NATION.enterprises, NATION.persons) == (1_000_000, 5_000_000)
    assert (PROVINCE.enterprises, PROVINCE.persons) == (40_000, 1_500_000)
    assert frames["enterprise"].height == SMALL.enterprises == 2_000
    assert frames["person"].height == SMALL.persons == 10_000
    assert sum(frames[t].height for t in CERTIFICATES) == pytest.approx(2 * SMALL.persons, rel=0.02)
    assert 2.3 < frames["qualification"].height / SMALL.enterprises < 3.3


def test_intake_takes_every_row(register):
    out, frames = register
    report = bulk.load([out]).report
    assert report.quarantined == 0
    assert report.accepted == sum(frame.height for frame in frames.values())


def test_identifiers_are_right_and_given_once(register):
    _, frames = register
    codes = frames["enterprise"]["uscc"]
    assert codes.n_unique() == len(codes)
    assert all(parse_uscc(code) == code for code in codes)
    assert {code[8:10] == "MA" for code in codes} == {True, False}, "organisation codes of both forms"
    people = frames["person"].filter(pl.col("id_no").is_not_null())
    assert people["id_no"].n_unique() == people.height > 0.98 * SMALL.persons
    for row in people.iter_rows(named=True):
        assert parse_resident_id(row["id_no"]) == row["id_no"]
        assert (birth_on(row["id_no"]), sex(row["id_no"])) == (row["birth_on"], row["sex"])


def test_keys_come_once_and_references_exist(register):
    _, frames = register
    for name, frame in frames.items():
        assert not frame.select(TABLES[name].key).is_duplicated().any(), name
        for column in TABLES[name].columns:
            if column.kind is Kind.REF and name != "coverage":
                known = frames[column.refers][column.refers].implode()
                assert frame[column.name].is_in(known).all(), (name, column.name)


def test_what_the_rules_are_for_is_in_the_rows(register):
    _, frames = register
    size = frames["insurance"].group_by("enterprise").len()["len"].sort(descending=True)
    assert size[: len(size) // 10].sum() > 0.3 * size.sum(), "a tenth of the enterprises employs a good part"
    paid = frames["insurance"].filter(pl.col("month_until").is_null())
    assert 0.02 < 1 - paid.height / SMALL.persons < 0.05, "some are insured nowhere"
    assert frames["person"].filter(pl.col("birth_on") < dt.date(1965, 1, 1)).height > 50, "some are over age"
    twice = (
        frames["registration"].group_by("person").agg(pl.col("enterprise").n_unique()).filter(pl.col("enterprise") > 1)
    )
    assert twice.height > 10, "some are registered with two enterprises"
    assert frames["registration"].filter(pl.col("valid_until") < UNTIL).height > 20, "some ran out"
    grades = dict(frames["qualification"]["code"].str.tail(1).value_counts().iter_rows())
    assert grades["C"] > grades["A"] < grades["B"]
    assert frames["qualification"]["code"].n_unique() > 100
    assert frames["enterprise"]["region"].str.head(2).n_unique() == 31


def test_the_same_seed_gives_the_same_rows_in_batches_of_any_size(register, tmp_path, monkeypatch):
    _, frames = register
    monkeypatch.setattr(build, "BATCH", 3_333)
    write_register(SMALL, tmp_path, seed=3, until=UNTIL)
    for name, frame in frames.items():
        again = pl.read_parquet(tmp_path / f"{name}.parquet")
        assert again.sort(pl.all()).equals(frame.sort(pl.all())), name
    write_register(NATION.scaled(0.0001), tmp_path / "other", seed=4, until=UNTIL)
    other = pl.read_parquet(tmp_path / "other" / "enterprise.parquet")["uscc"]
    assert not other.is_in(frames["enterprise"]["uscc"].implode()).any()


def test_a_run_that_dies_leaves_no_city_behind(tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "person.parquet").write_bytes(b"of an earlier run")
    with monkeypatch.context() as patch:
        patch.setattr(build, "_coverage", full)
        with pytest.raises(OSError, match="No space"):
            write_register(NATION.scaled(0.0001), tmp_path, seed=1, until=UNTIL)
    assert {p.name for p in tmp_path.iterdir()} == {"person.parquet", folder.UNFINISHED}
    assert (tmp_path / "person.parquet").read_bytes() == b"of an earlier run"
    write_register(NATION.scaled(0.0001), tmp_path, seed=1, until=UNTIL)
    assert folder.UNFINISHED not in {p.name for p in tmp_path.iterdir()}
    assert pl.read_parquet(tmp_path / "person.parquet").height == 500


def test_too_small_a_disk_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")(10**9, 9 * 10**8, 10**8)  # noqa: PYI024 - as shutil has it
    monkeypatch.setattr(folder.shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(ZhulianError, match="磁盘空间不够"):
        write_register(NATION, tmp_path / "out", seed=1, until=UNTIL)
    assert not list((tmp_path / "out").iterdir())
