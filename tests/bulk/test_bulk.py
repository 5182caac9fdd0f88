"""Bulk: the physical tables, both engines, the same answers, files that can be read again."""

import datetime as dt
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from zhulian import bulk, rulebooks
from zhulian.bulk.schema import TIMES, arrow_schema, create_statements, stored
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES, Kind, table

DAY = dt.date(2024, 6, 30)
TEXTS = {
    "enterprise.csv": "enterprise,uscc,name,region,fact_from,fact_until\n"
    "QY_ID:7,,青岛旧名建设有限公司,370202,2000-01-01,2023-01-01\n"
    "QY_ID:7,,青岛新名建设有限公司,370202,2023-01-01,\n"
    "QY_ID:8,,=青岛公式建设有限公司,370203,,\n",
    "qualification.csv": "certificate_no,code,enterprise,issued_on,valid_until,status\n"
    "D337000001,D101C,QY_ID:7,2020-01-01,2025-01-01,有效\n"
    "D337000002,D101C,QY_ID:8,2020-01-01,2025-01-01,有效\n"
    "D337000003,D999Z,QY_ID:8,2020-01-01,2025-01-01,有效\n",
    "finance.csv": "enterprise,as_of,net_assets\nQY_ID:7,2023-12-31,790000000\nQY_ID:8,2023-12-31,\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(params=["duckdb", "sqlite"])
def snapshot(request, folder):
    return bulk.load([folder], request.param)


def _check(snapshot, **more):
    return bulk.check(snapshot, rulebooks.library(), as_of=DAY, **more)


def test_every_table_has_the_columns_of_the_contract():
    times = [name for name, _ in TIMES]
    for engine, runner in (("duckdb", bulk.DuckdbRunner()), ("sqlite", bulk.SqliteRunner())):
        for statement in create_statements(engine):
            runner.query(statement)
        for each in TABLES.values():
            rows = runner.query(f"SELECT * FROM pragma_table_info('{each.name}')")
            assert [row[1] for row in rows] == [*times, *(c.name for c in stored(each))]
            assert arrow_schema(each).names == [*times, *(c.name for c in stored(each))]


def test_secret_columns_never_arrive():
    assert "id_no" not in {c.name for c in stored(table("person"))}


def test_every_reference_has_an_index_on_a_row_store():
    indexes = [s for s in create_statements("sqlite") if s.startswith("CREATE INDEX")]
    references = [c for t in TABLES.values() for c in stored(t) if c.kind is Kind.REF]
    assert len(indexes) == len(references)
    assert not [s for s in create_statements("duckdb") if "INDEX" in s]


def test_both_engines_say_the_same(folder):
    answers = [[i.as_json() for i in _check(bulk.load([folder], engine))] for engine in ("duckdb", "sqlite")]
    assert answers[0] == answers[1]
    assert {i["verdict"] for i in answers[0]} == {"short", "unknown"}


def test_a_shortfall_has_its_figures_and_its_clause(snapshot):
    item = next(i for i in _check(snapshot) if i.enterprise == "QY_ID:7")
    assert (item.name, item.code, item.code_name) == ("青岛新名建设有限公司", "D101C", "建筑工程施工总承包三级")
    clause = next(c for c in item.clauses if c.id == "net-assets")
    assert (clause.verdict, clause.required, clause.found_at_most, clause.short_by, clause.unit) == (
        "short",
        800_000_000,
        790_000_000,
        10_000_000,
        "元",
    )
    assert "159号" in clause.citation
    assert clause.evidence == "excerpt"


def test_the_name_is_the_one_of_the_day(snapshot):
    then = bulk.check(snapshot, rulebooks.library(), as_of=dt.date(2022, 6, 30))
    assert "青岛旧名建设有限公司" in {i.name for i in then}


@pytest.mark.parametrize("text", ["QY_ID:7", "青岛新名建设有限公司", "青岛旧名建设有限公司", " 青岛新名 建设有限公司"])
def test_an_enterprise_is_found_by_key_and_by_any_of_its_names(snapshot, text):
    assert snapshot.subject(snapshot.find(text), DAY).key == "QY_ID:7"


def test_an_unknown_enterprise_is_named_with_a_cure(snapshot):
    with pytest.raises(ZhulianError, match="没有企业「某某公司」"):
        snapshot.find("某某公司")


def test_namesakes_are_told_apart_by_their_keys(folder):
    (folder / "enterprise.csv").write_text(
        "enterprise,name,region\nQY_ID:7,同名建设有限公司,370202\nQY_ID:8,同名建设有限公司,110101\n", encoding="utf-8"
    )
    with pytest.raises(ZhulianError, match="2 家企业") as error:
        bulk.load([folder], "sqlite").find("同名建设有限公司")
    assert "QY_ID:7、QY_ID:8" in error.value.cure


def test_an_explanation_of_a_pair_that_is_not_held(snapshot):
    found = bulk.explain(snapshot, rulebooks.library(), enterprise="QY_ID:7", code="D110C", as_of=DAY)
    assert found.reason.verdict == "short"
    assert found.as_json()["reason"]["children"][0]["short_by"] == 1000 * 10**6 - 790 * 10**6
    with pytest.raises(ZhulianError, match="D999Z"):
        bulk.explain(snapshot, rulebooks.library(), enterprise="QY_ID:7", code="D999Z", as_of=DAY)


def test_rejects_come_back_as_a_sheet_that_can_be_read_again(snapshot, tmp_path):
    assert snapshot.report.quarantined == 2  # a code that is in no table, a name that begins like a formula
    out = tmp_path / "out"
    out.mkdir()
    written = snapshot.write_rejects(out / "坏行.csv")
    assert [path.name for path in written] == ["坏行.csv", "坏行-2.csv"]
    assert sorted(written) == sorted(out.iterdir())
    text = "".join(path.read_text(encoding="utf-8-sig") for path in out.iterdir())
    assert "D999Z" in text
    assert "_reason" in text
    sheet = next(path for path in written if "D999Z" in path.read_text(encoding="utf-8-sig"))
    sheet.write_text(sheet.read_text(encoding="utf-8-sig").replace("D999Z", "D101B"), encoding="utf-8")
    again = bulk.load([sheet], "sqlite")
    assert (again.report.accepted, again.report.quarantined) == (1, 0)


def test_an_unknown_engine_is_refused(folder):
    with pytest.raises(ZhulianError, match="没有引擎「spark」"):
        bulk.load([folder], "spark")


def test_known_at_reaches_the_law(snapshot):
    before = _check(snapshot, known_at=dt.date(2014, 1, 1))
    assert {i.verdict for i in before} == {"unknown"}
    assert all(i.notes for i in before)


def test_json_and_parquet_hold_the_same_list(snapshot, tmp_path):
    items = _check(snapshot)
    bulk.write(items, tmp_path / "list.json")
    bulk.write(items, tmp_path / "list.parquet")
    from_json = json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))
    from_parquet = pq.read_table(tmp_path / "list.parquet").to_pylist()
    assert [(r["enterprise"], r["verdict"], r["clauses"]) for r in from_parquet] == [
        (r["enterprise"], r["verdict"], r["clauses"]) for r in from_json
    ]
    assert [r["as_of"].isoformat() for r in from_parquet] == [r["as_of"] for r in from_json]


def test_the_workbook_shows_formulas_as_text(folder, tmp_path):
    first, *others = _check(bulk.load([folder], "sqlite"))
    items = [replace(first, name="=HYPERLINK(1)有限公司"), *others]
    bulk.write(items, tmp_path / "结论.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "结论.xlsx"))
    assert book.sheet_names == ["结论", "条款"]
    pairs = book.get_sheet_by_name("结论").to_python()
    assert pairs[0][:3] == ["企业（信用代码或键）", "企业名称", "资质代码"]
    assert "=HYPERLINK(1)有限公司" in {row[1] for row in pairs}
    clauses = book.get_sheet_by_name("条款").to_python()
    money = next(row for row in clauses if row[3] == "net-assets" and row[0] == "QY_ID:7")
    assert (money[5], money[6], money[7], money[10]) == ("不达标", 8_000_000, 7_900_000, "元")


def test_an_unknown_ending_is_refused_before_the_work(tmp_path):
    with pytest.raises(ZhulianError, match=r"\.docx"):
        bulk.check_target(tmp_path / "list.docx")
    with pytest.raises(ZhulianError, match="文件夹不存在"):
        bulk.check_target(tmp_path / "nowhere" / "list.json")


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (800_000_000, "元", "800万元"),
        (1_234_567, "元", "1.234567万元"),
        (99_900, "元", "999元"),
        (-250_000_000, "元", "-250万元"),
        (12, "人", "12人"),
        (1_500, "km", "1.5km"),
        (30_000_500, "㎡", "30,000.5㎡"),
        (None, "人", "—"),
    ],
)
def test_amounts_in_words(value, unit, words):
    assert bulk.shown(value, unit) == words


def test_duckdb_never_reaches_for_an_extension():
    runner = bulk.DuckdbRunner()
    settings = dict(
        runner.query(
            "SELECT name, value FROM duckdb_settings() WHERE name IN "
            "('autoinstall_known_extensions', 'autoload_known_extensions', 'max_temp_directory_size', 'temp_directory')"
        )
    )
    assert settings["autoinstall_known_extensions"] == settings["autoload_known_extensions"] == "false"
    assert settings["temp_directory"]
    assert settings["max_temp_directory_size"].startswith("18.6")  # 20 GB in GiB
