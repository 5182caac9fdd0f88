"""Keyed Parquet as a snapshot: the same answers as intake's way, and no row lost without a word."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhulian import bulk, rulebooks
from zhulian.bulk.snapshots_files import snapshot_files
from zhulian.bulk.snapshots_keyed import snapshot_keyed
from zhulian.city import build, write
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import parse_uscc

DAY = dt.date(2025, 12, 31)
KINDS = {int: pa.int64(), str: pa.string(), dt.date: pa.date32(), bool: pa.bool_()}


def code(body):
    from stdnum.cn import uscc

    return parse_uscc(body + uscc.calc_check_digit(body))


A, B = code("91370202MA3C00001"), code("91370202MA3C00002")


def put(folder, table, *rows):
    folder.mkdir(exist_ok=True)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {n: [row.get(n) for row in rows] for n in names}
    kinds = {n: next(KINDS[type(v)] for v in cells if v is not None) for n, cells in columns.items()}
    pq.write_table(
        pa.table({n: pa.array(cells, kinds[n]) for n, cells in columns.items()}), folder / f"{table}.parquet"
    )


def make(folder, tmp_path, **more):
    made, refused = snapshot_keyed([folder], tmp_path / "snap", taken_at=1, rejects=tmp_path / "rejects", **more)
    return made, dict(refused)


def rows(made, table):
    return pq.read_table(made.paths(table)[0]).to_pylist()


def test_a_town_is_the_same_by_joins_as_by_intake(tmp_path):
    write(build(seed=2, until=DAY), tmp_path / "town")
    by_joins, refused = make(tmp_path / "town", tmp_path)
    by_intake, report = snapshot_files([tmp_path / "town"], tmp_path / "read", taken_at=1)
    assert not refused
    assert report.quarantined == 0
    for table in by_joins.manifest.tables:
        if table != "identity":
            assert by_joins.manifest.rows(table) == by_intake.manifest.rows(table), table
    answers = []
    for root in ("snap", "read"):
        stored = bulk.open_stored(tmp_path / root)
        answers.append(bulk.check(stored, rulebooks.library(), as_of=DAY, codes=["D101C", "D110C", "D107B"]))
        stored.close()
    assert answers[0] == answers[1]
    assert len(answers[0]) > 20


def test_the_same_files_give_the_same_rows(tmp_path):
    write(build(seed=2, until=DAY), tmp_path / "town")
    first, _ = make(tmp_path / "town", tmp_path)
    once = {table: rows(first, table) for table in ("enterprise", "skill", "identity")}
    second, _ = make(tmp_path / "town", tmp_path)
    assert second.manifest.version == 2
    assert {table: rows(second, table) for table in once} == once


def test_two_keys_of_one_enterprise_mean_one(tmp_path):
    folder = tmp_path / "in"
    put(
        folder,
        "enterprise",
        {"enterprise": "QY_ID:7", "uscc": A, "name": "甲"},
        {"enterprise": B, "uscc": B, "name": "乙"},
    )
    put(
        folder,
        "qualification",
        {"enterprise": A, "code": "D101C"},
        {"enterprise": "QY_ID:7", "code": "D110C"},
        {"enterprise": f"uscc:{B}", "code": "D110C"},
    )
    made, refused = make(folder, tmp_path)
    assert not refused
    held = rows(made, "qualification")
    assert (
        held[0]["enterprise"]
        == held[1]["enterprise"]
        == rows(made, "enterprise")[0]["enterprise"]
        != held[2]["enterprise"]
    )
    known = {(r["kind"], r["value"]): r["subject"] for r in rows(made, "identity")}
    assert known["uscc", A] == known["QY_ID", "7"] == held[0]["enterprise"]


def test_a_sure_key_without_a_row_makes_its_subject(tmp_path):
    folder = tmp_path / "in"
    put(folder, "qualification", {"enterprise": A, "code": "D101C"})
    made, refused = make(folder, tmp_path)
    assert not refused
    assert rows(made, "qualification")[0]["enterprise"] == rows(made, "identity")[0]["subject"]


def test_what_cannot_be_taken_is_counted_and_written_out(tmp_path):
    folder = tmp_path / "in"
    wrong = A[:-1] + ("0" if A[-1] != "0" else "1")
    put(
        folder,
        "enterprise",
        {"enterprise": A, "uscc": A, "name": "甲"},
        {"enterprise": A, "uscc": B, "name": "两个代码"},
        {"enterprise": "name:丙@37", "uscc": None, "name": "只有名称"},
        {"enterprise": B, "uscc": B, "name": None},
    )
    put(
        folder,
        "qualification",
        {"enterprise": A, "code": "D101C", "certificate_no": "1"},
        {"enterprise": wrong, "code": "D101C", "certificate_no": "2"},
        {"enterprise": A, "code": "D101C", "certificate_no": "3", "status": "没有这种状态"},
        {"enterprise": A, "code": "D101C", "certificate_no": "1"},
        {"enterprise": A, "code": "D101C", "certificate_no": "4", "fact_from": DAY, "fact_until": DAY},
    )
    made, refused = make(folder, tmp_path)
    assert refused == {
        ("enterprise", "conflict"): 1,
        ("enterprise", "key"): 1,
        ("enterprise", "missing"): 1,
        ("qualification", "key"): 1,
        ("qualification", "option"): 1,
        ("qualification", "duplicate"): 1,
        ("qualification", "period"): 1,
    }
    assert [r["certificate_no"] for r in rows(made, "qualification")] == ["1"]
    out = pq.read_table(tmp_path / "rejects" / "qualification.parquet").to_pylist()
    assert [(r["certificate_no"], r["_reason"]) for r in out] == [
        ("2", "key"),
        ("3", "option"),
        ("1", "duplicate"),
        ("4", "period"),
    ]
    assert out[0]["enterprise"] == wrong, "as it came"


def test_one_key_twice_for_different_times_is_no_duplicate(tmp_path):
    folder = tmp_path / "in"
    before = {
        "enterprise": A,
        "uscc": A,
        "name": "旧名",
        "fact_from": dt.date(2000, 1, 1),
        "fact_until": dt.date(2010, 1, 1),
    }
    put(folder, "enterprise", before, {**before, "name": "新名", "fact_from": dt.date(2010, 1, 1), "fact_until": None})
    made, refused = make(folder, tmp_path)
    assert not refused
    assert [r["name"] for r in rows(made, "enterprise")] == ["旧名", "新名"]
    stored = bulk.open_stored(tmp_path / "snap")
    id_ = stored.find("旧名")
    assert stored.subject(id_, dt.date(2005, 1, 1)).name == "旧名"
    assert stored.subject(id_, DAY).name == "新名"
    assert stored.find(A) == stored.find(" 新名") == id_


def test_secret_keys_find_persons_and_stay_out(tmp_path):
    folder = tmp_path / "in"
    secret = "110105199003070033"
    put(
        folder,
        "person",
        {"name": "张三", "id_no": secret, "phone": "13812345678"},
        {"name": None, "id_no": "1101051990030700"},
    )
    put(folder, "title", {"person": f"id_no:{secret}", "grade": "中级"})
    made, refused = make(folder, tmp_path)
    assert refused == {("person", "missing"): 1}
    assert rows(made, "title")[0]["person"] == rows(made, "person")[0]["person"]
    for path in [*made.folder.rglob("*.parquet"), *(tmp_path / "rejects").glob("*.parquet")]:
        found = pq.read_table(path)
        assert not {"id_no", "phone"} & set(found.column_names)
        assert secret not in str(found.to_pylist())
    assert rows(made, "identity") == []


def test_other_columns_are_refused_before_the_work(tmp_path):
    folder = tmp_path / "in"
    put(folder, "finance", {"enterprise": A, "as_of": DAY, "net_assets": "1,000"})
    with pytest.raises(ZhulianError, match="net_assets string"):
        make(folder, tmp_path)
    with pytest.raises(ZhulianError, match="没有标准 Parquet 表"):
        make(tmp_path, tmp_path)


def test_a_table_may_come_in_parts(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    put(folder / "enterprise", "part-1", {"enterprise": A, "name": "甲"})
    put(folder / "enterprise", "part-2", {"enterprise": B, "name": "乙"})
    made, refused = make(folder, tmp_path, memory="500MB")
    assert not refused
    assert {r["name"] for r in rows(made, "enterprise")} == {"甲", "乙"}
