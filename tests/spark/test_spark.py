"""The same answers from Spark as from DuckDB over one snapshot, and what is said when there is no Spark."""

import datetime as dt
import json
import socket
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from zhulian import bulk
from zhulian.cli.app import app
from zhulian.core.kernel.errors import ZhulianError

DAY = dt.date(2025, 12, 31)


@pytest.fixture
def runner(master, tmp_path):
    made = bulk.connect_spark(master, work=tmp_path)
    yield made
    made.close()


def invoke(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_rows_and_arrow_are_typed_as_elsewhere(runner):
    sql = "SELECT 1 AS flag, CAST(? AS BIGINT) AS big, ? AS day, ? AS word, NULL AS nothing"
    params = [2**62, DAY, "甲'乙"]
    assert runner.query(sql, params) == [(1, 2**62, DAY, "甲'乙", None)]
    table = runner.arrow(sql, params)
    assert table.schema.field("flag").type == table.schema.field("big").type == pa.int64()
    assert table.schema.field("day").type == pa.date32()


def test_a_parameter_is_a_value_and_never_text(runner):
    evil = "x' OR '1' = '1"
    assert runner.query("SELECT COUNT(*) AS n FROM VALUES ('a'), ('b') AS t(c) WHERE c = ?", [evil]) == [(0,)]


def test_what_is_kept_is_read_again_replaced_and_dropped(runner, tmp_path):
    runner.keep("kept", "SELECT * FROM VALUES (1), (2) AS t(n) WHERE n > ?", [1])
    assert runner.query("SELECT n FROM kept") == [(2,)]
    runner.keep("kept", "SELECT n + 1 AS n FROM kept")
    assert runner.query("SELECT n FROM kept") == [(3,)]
    folders = list(tmp_path.glob("zhulian-spark-*/*"))
    assert len(folders) == 1, "what was replaced is gone"
    runner.forget("kept")
    assert not list(tmp_path.glob("zhulian-spark-*/*"))
    with pytest.raises(Exception, match="kept"):
        runner.query("SELECT n FROM kept")


def test_closing_removes_what_was_kept(master, tmp_path):
    made = bulk.connect_spark(master, work=tmp_path)
    made.keep("kept", "SELECT 1 AS n")
    made.close()
    assert not list(tmp_path.iterdir())


def test_sessions_do_not_see_each_other(master, runner):
    runner.keep("mine", "SELECT 1 AS n")
    other = bulk.connect_spark(master)
    with pytest.raises(Exception, match="mine"):
        other.query("SELECT n FROM mine")
    other.close()


def test_the_whole_rulebook_says_the_same_row_for_row(master, town, tmp_path):
    """`zhulian check SNAPSHOT --out FOLDER` on either engine."""
    spoken = {}
    for engine in ("duckdb", "spark"):
        more = ["--engine", engine, "--master", master, "--out", tmp_path / engine, "--json"]
        done = invoke("check", town, "--as-of", DAY, *more)
        assert done.exit_code == 0, done.output
        spoken[engine] = json.loads(done.stdout)["rules"]
    assert spoken["spark"] == spoken["duckdb"]
    rows = 0
    for rule in spoken["duckdb"]:
        here, there = (pq.read_table(tmp_path / e / rule["file"]).sort_by("enterprise") for e in spoken)
        assert here.column_names == there.column_names
        assert here.to_pylist() == there.to_pylist(), rule["code"]
        rows += here.num_rows
    assert rows > 500
    assert sum(rule["short"] for rule in spoken["spark"]) > 10, "some fall short"
    subjects = pq.read_table(tmp_path / "spark" / "enterprise.parquet")
    assert (subjects.column_names, subjects.num_rows) == (["enterprise", "key", "name"], 300)


def test_explain_on_the_command_line(master, town):
    key = bulk.open_stored(town).subject(_first_holder(town), DAY).key
    spoken = [
        json.loads(invoke("explain", town, key, "D101C", "--as-of", DAY, "--json", *more).stdout)
        for more in ([], ["--engine", "spark", "--master", master])
    ]
    assert spoken[0] == spoken[1]
    assert spoken[0]["enterprise"] == key


def _first_holder(town):
    stored = bulk.open_stored(town)
    sql = "SELECT min(enterprise) FROM qualification WHERE code = 'D101C' AND status = '有效'"
    return stored.runner.query(sql)[0][0]


@pytest.mark.parametrize("value", ["localhost:15002", "http://localhost", "sc://", "sc://host:port", ""])
def test_an_address_that_is_none(value):
    with pytest.raises(ZhulianError) as error:
        bulk.connect_spark(value)
    assert error.value.code == "spark.master"


def test_a_server_that_is_not_there_is_named_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ZhulianError, match=f"127.0.0.1:{port}"):
        bulk.connect_spark(f"sc://127.0.0.1:{port}")


def test_without_the_client_the_extra_is_named(monkeypatch, master):
    for name in [n for n in sys.modules if n == "pyspark.sql" or n.startswith("pyspark.sql.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(ZhulianError) as error:
        bulk.connect_spark(master)
    assert "pip install zhulian[spark]" in error.value.cure


def test_what_is_missing_is_said_in_chinese_with_exit_code_2(town, tmp_path):
    tmp_path.joinpath("CURRENT").write_text("1", encoding="ascii")
    cases = {
        "请加 --master": [town, "--engine", "spark"],
        "已损坏": [tmp_path],
        "不是内存大小": [town, "--memory", "viel"],
        "快照请用 duckdb、spark": [town, "--engine", "sqlite"],
    }
    for words, arguments in cases.items():
        done = invoke("check", *arguments, "--as-of", DAY)
        assert done.exit_code == 2, done.output
        assert words in done.output
