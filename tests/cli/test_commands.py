"""The command line: what is printed, what is written, and how it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from zhulian import bulk
from zhulian.cli.app import app
from zhulian.cli.check import default_engine
from zhulian.cli.options import Engine
from zhulian.core.rules import plan

SHARED = Path(__file__).resolve().parents[2] / "../shared/domain"
SAMPLE = SHARED / "jzsc/samples_real_enterprise.json"
POWER = SHARED / "datasets/sichuan_power_contractors_2015.csv"
NO_SHARED = "the shared dataset is not here: domain facts are kept beside the repository"


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)

    def go(*arguments):
        return CliRunner().invoke(app, [str(a) for a in arguments])

    return go


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "town"
    done = CliRunner().invoke(app, ["city", str(folder), "--seed", "3"])
    assert done.exit_code == 0, done.output
    assert "企业 300 家" in done.stdout
    return folder


@pytest.fixture(scope="module")
def labels(town):
    return pq.read_table(town / "labels.parquet").to_pylist()


def _small(folder):
    folder.mkdir(exist_ok=True)
    (folder / "enterprise.csv").write_text("enterprise,name,region\nQY_ID:7,甲建设有限公司,370202\n", encoding="utf-8")
    (folder / "qualification.csv").write_text(
        "certificate_no,code,enterprise,issued_on,valid_until,status\n"
        "D337000001,D101C,QY_ID:7,2020-01-01,2025-01-01,有效\n"
        "D337000002,D999Z,QY_ID:7,2020-01-01,2025-01-01,有效\n",
        encoding="utf-8",
    )
    return folder


def test_help_is_chinese_and_every_command_has_an_example(run):
    root = run("--help")
    assert root.exit_code == 0
    assert "用法" in root.stdout
    for english in ("Usage", "Options", "Commands", "Show this message"):
        assert english not in root.stdout
    for command in ("city", "check", "explain"):
        page = run(command, "--help").stdout
        assert "例：zhulian" in page
        assert "Show this message" not in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["citi"], "没有命令"),
        (["check", "x"], "缺少 --as-of"),
        (["city"], "缺少 文件夹"),
        (["city", "x", "--seed", "many"], "应为整数"),
        (["city", "x", "--size", "metropolis"], "可选"),
        (["city", "x", "--until", "1999-01-01"], "不在可用范围内"),
        (["city", "x", "--sed", "1"], "没有选项 --sed"),
        (["check", "x", "--as-of", "明天"], "不是有效日期"),
        (["check", "nowhere", "--as-of", "2024-01-01"], "nowhere"),
        (["check", ".", "--as-of", "2024-01-01", "--out", "a.docx"], "不认识的输出格式"),
        (["check", ".", "--as-of", "2024-01-01", "--engine", "oracle"], "可选"),
        (["check", ".", "--as-of", "2024-01-01", "--engine", "spark"], "zhulian snapshot"),
        (["check", ".", "--as-of", "9999-12-31"], "不在可用范围内"),
        (["check", ".", "--as-of", "2024-01-01", "--rejects", "nowhere/a.csv"], "文件夹不存在"),
    ],
)
def test_a_refusal_is_chinese_with_exit_code_2(run, arguments, words):
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert words in done.output
    assert "Traceback" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)


def test_a_refusal_of_the_catalogue_names_the_cure(run):
    done = run("check", "nowhere", "--as-of", "2024-01-01")
    assert "办法：" in done.stderr
    assert done.stdout == ""


def test_few_files_are_judged_on_sqlite_and_many_on_duckdb(town, tmp_path, monkeypatch):
    assert default_engine(town) is Engine.SQLITE
    assert default_engine(town / "finance.parquet") is Engine.SQLITE
    monkeypatch.setattr("zhulian.cli.check._FEW", 1000)
    assert default_engine(town) is Engine.DUCKDB
    (tmp_path / "CURRENT").write_text("1")
    monkeypatch.setattr(bulk, "is_snapshot", lambda path: path == tmp_path)
    assert default_engine(tmp_path) is Engine.DUCKDB


@pytest.mark.parametrize("command", [["check"], ["explain", "QY_ID:7", "D101C"], ["contracts"]])
def test_a_folder_with_nothing_in_it_is_refused(run, tmp_path, command):
    (tmp_path / "空").mkdir()
    done = run(command[0], "空", *command[1:], "--as-of", "2024-06-30")
    assert done.exit_code == 2
    assert "没有可以核查的记录" in done.stderr
    assert done.stdout == ""
    (tmp_path / "空" / "enterprise.csv").write_text(
        "enterprise,name,region\nQY_ID:7,甲公司,不是区划\n", encoding="utf-8"
    )
    done = run(command[0], "空", *command[1:], "--as-of", "2024-06-30")
    assert done.exit_code == 2
    assert "code.division" in done.stderr, "why none of them could be read is said first"


def test_explain_takes_the_plans_that_were_kept(run, tmp_path, monkeypatch):
    data = _small(tmp_path / "data")
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("ZHULIAN_HOME", str(tmp_path / "home"))
    question = ("explain", data, "QY_ID:7", "D101C", "--as-of", "2024-06-30")
    plan.statement.cache_clear()
    try:
        first = run(*question)
        plan.statement.cache_clear()  # another process
        monkeypatch.setattr(plan, "print_statement", None)
        assert run(*question).stdout == first.stdout
    finally:
        plan.keep_on(None)
        plan.statement.cache_clear()


def test_check_prints_a_summary_and_what_falls_short(run, tmp_path):
    done = run("check", _small(tmp_path / "data"), "--as-of", "2024-06-30")
    assert done.exit_code == 0, done.output
    assert "企业 1 家，在册资质 1 项" in done.stdout
    assert "甲建设有限公司" in done.stdout
    assert "缺数据：净资产" in done.stdout


def test_rejects_are_counted_on_stderr_and_written_where_asked(run, tmp_path):
    data = _small(tmp_path / "data")
    done = run("check", data, "--as-of", "2024-06-30", "--rejects", "坏行.csv", "--json")
    assert "3 行中有 1 行未能读入" in done.stderr
    assert "code.qualification" in done.stderr
    assert "D999Z" in (tmp_path / "坏行.csv").read_text(encoding="utf-8-sig")
    assert [i["code"] for i in json.loads(done.stdout)] == ["D101C"], "stdout is JSON and nothing else"
    again = run("check", data, "--as-of", "2024-06-30")
    assert "--rejects" in again.stderr


@pytest.mark.parametrize("ending", [".json", ".parquet", ".xlsx"])
def test_check_writes_the_list(run, tmp_path, ending):
    done = run("check", _small(tmp_path / "data"), "--as-of", "2024-06-30", "--out", f"结论{ending}")
    assert done.exit_code == 0, done.output
    assert (tmp_path / f"结论{ending}").stat().st_size > 0
    assert f"结论{ending}" in done.stdout


@pytest.mark.parametrize("ending", [".json", ".parquet", ".xlsx"])
def test_a_target_that_is_a_folder_is_refused(run, tmp_path, ending):
    (tmp_path / f"结论{ending}").mkdir()
    done = run("check", _small(tmp_path / "data"), "--as-of", "2024-06-30", "--out", f"结论{ending}")
    assert done.exit_code == 2
    assert "不能写入" in done.stderr


def test_the_town_is_judged_alike_by_both_engines(run, town, labels):
    answers = {}
    for engine in ("duckdb", "sqlite"):
        done = run("check", town, "--as-of", "2025-12-31", "--engine", engine, "--json")
        assert done.exit_code == 0, done.output
        assert done.stderr == ""
        answers[engine] = json.loads(done.stdout)
    assert answers["duckdb"] == answers["sqlite"]
    found = {(i["enterprise"], i["code"]): i["verdict"] for i in answers["duckdb"]}
    wanted = {(r["enterprise"], r["code"]): r["verdict"] for r in labels if (r["enterprise"], r["code"]) in found}
    assert {pair: found[pair] for pair, verdict in wanted.items() if verdict == "short"} == {
        pair: "short" for pair, verdict in wanted.items() if verdict == "short"
    }


def test_explain_names_who_does_not_count_and_why(run, town, labels):
    label = next(r for r in labels if r["story"] == "insured-elsewhere")
    done = run("explain", town, label["enterprise"], label["code"], "--as-of", "2025-12-31")
    assert done.exit_code == 0, done.output
    assert f"至少缺 {label['short_by']}人" in done.stdout
    assert f"未计入 {label['short_by']} 人" in done.stdout
    assert "社保由其他单位缴纳" in done.stdout


def test_explain_masks_every_person(run, town, labels):
    label = next(r for r in labels if r["story"] == "over-age")
    done = run("explain", town, label["enterprise"], label["code"], "--as-of", "2025-12-31", "--json")
    found = json.loads(done.stdout)
    people = pq.read_table(town / "person.parquet", columns=["name", "id_no", "person"]).to_pylist()
    shown = {p["name"] for p in found["people"]}
    assert shown
    assert all("*" in name for name in shown)
    assert not [p for p in people if (p["id_no"] and p["id_no"] in done.stdout) or p["person"] in done.stdout]


def test_explain_takes_the_permit_and_an_exact_name(run, town, labels):
    label = next(r for r in labels if r["story"] == "permit-expired")
    names = {r["uscc"]: r["name"] for r in pq.read_table(town / "enterprise.parquet").to_pylist()}
    done = run("explain", town, names[label["enterprise"]], "safety-permit", "--as-of", "2025-12-31")
    assert done.exit_code == 0, done.output
    assert "不达标" in done.stdout


@pytest.mark.skipif(not SAMPLE.exists(), reason=NO_SHARED)
def test_the_sample_enterprise_has_two_of_eight_constructors(run):
    done = run("check", SAMPLE, "--as-of", "2023-01-01", "--json")
    items = {i["code"]: i for i in json.loads(done.stdout)}
    assert len(items) == 10
    assert {i["enterprise"] for i in items.values()} == {"91610800064834709T"}
    clause = next(c for c in items["D105C"]["clauses"] if c["id"] == "constructors")
    assert (clause["verdict"], clause["required"], clause["found_at_most"], clause["short_by"]) == ("short", 8, 2, 6)
    for code in ("D101B", "D110B"):
        assert "constructors" not in {c["id"] for c in items[code]["clauses"]}, "226号: not judged at the second grade"
    assert all(c["citation"] for i in items.values() for c in i["clauses"])


@pytest.mark.skipif(not POWER.exists(), reason=NO_SHARED)
def test_power_contractors_of_2015_and_their_net_assets(run):
    done = run("check", POWER, "--as-of", "2015-12-31", "--json")
    clauses = [(i, c) for i in json.loads(done.stdout) for c in i["clauses"] if c["id"] == "net-assets"]
    short = [(i["code"], c["short_by"]) for i, c in clauses if c["verdict"] == "short"]
    assert [each for each in short if each[0].startswith("D106")] == [("D106B", (4000 - 807) * 1_000_000)]
    assert {code for code, _ in short} == {"D106B", "D232B"}
    not_told = [c for _, c in clauses if c["found_at_least"] is None]
    assert not_told
    assert {c["verdict"] for c in not_told} == {"unknown"}


def test_the_console_script_leaves_with_2_and_no_traceback(tmp_path):
    script = Path(sys.executable).with_name("zhulian")
    done = subprocess.run(
        [script, "check", "nowhere", "--as-of", "2024-01-01"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_name_with_brackets_is_no_markup(run, tmp_path):
    data = _small(tmp_path / "data")
    (data / "enterprise.csv").write_text(
        "enterprise,name,region\nQY_ID:7,甲[red]建设有限公司,370202\n", encoding="utf-8"
    )
    assert "甲[red]建设有限公司" in run("check", data, "--as-of", "2024-06-30").stdout
    assert "甲[red]建设有限公司" in run("explain", data, "QY_ID:7", "D101C", "--as-of", "2024-06-30").stdout


def test_a_file_that_is_none_of_ours_is_named_and_the_rest_is_checked(run, tmp_path):
    data = _small(tmp_path / "data")
    (data / "notes.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    done = run("check", data, "--as-of", "2024-06-30", "--json")
    assert done.exit_code == 0
    assert "notes.csv" in done.stderr
    assert len(json.loads(done.stdout)) == 1


def test_explain_says_where_there_is_no_law(run, tmp_path):
    done = run("explain", _small(tmp_path / "data"), "QY_ID:7", "D211A", "--as-of", "2014-06-30")
    assert done.exit_code == 0
    assert "数据不足" in done.stdout
    assert "没有已知的现行标准版本" in done.stdout.replace("\n", "")


def test_explain_names_the_paper_of_the_province_and_what_it_leaves_out(run, tmp_path, monkeypatch):
    data, books = _small(tmp_path / "data"), tmp_path / "books"
    books.mkdir()
    (books / "示例省.yaml").write_text(
        "subject: 示例省房建口径\noverlay: {province: '37', purposes: [动态核查], codes: [D101]}\n"
        "versions:\n  - {id: shili-2024, from: 2024-01-01, published_at: 2023-11-20,"
        " source: {document: 示例建规〔2023〕9号, title: 示例文件, evidence: law},"
        " keep: {lowest: [net-assets], others: [net-assets]}}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("ZHULIAN_RULEBOOKS", str(books))
    done = run("explain", data, "QY_ID:7", "D101C", "--as-of", "2024-06-30")
    assert "示例省房建口径，依据 示例建规〔2023〕9号《示例文件》（法规原文），自 2024-01-01 起" in done.stdout
    whole = "".join(done.stdout.replace("│", "").split())
    left_out = whole.partition("不看建办市〔2018〕53号的：")[2].partition("净资产：")[0]
    assert "技术负责人" in left_out
    assert "净资产" not in left_out
    told = json.loads(run("explain", data, "QY_ID:7", "D101C", "--as-of", "2024-06-30", "--json").stdout)["provincial"]
    assert (told["document"], told["valid_from"]) == ("示例建规〔2023〕9号", "2024-01-01")
    before = run("explain", data, "QY_ID:7", "D101C", "--as-of", "2023-12-31")
    assert "省级口径" not in before.stdout
