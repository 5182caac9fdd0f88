"""`zhulian contracts`: what is printed, what is written, and how it refuses."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from zhulian.city import CONTRACT_LABELS_FILE
from zhulian.cli.app import app

CHAIN = Path(__file__).resolve().parents[2] / "../shared/domain/datasets"
SCALE = "总建筑面积6000平方米，建筑高度{height}米，单跨9米"
TABLES = {
    "enterprise": "enterprise,name,region\nQY_ID:7,甲建设有限公司,370202\n",
    "qualification": "certificate_no,code,enterprise,issued_on,valid_until,status\n"
    "D337000001,D101C,QY_ID:7,2018-01-01,2023-01-01,有效\n",
    "project": "project,name,region,kind,use\nproject_code:3702021905010101,一号楼,370202,房屋建筑工程,居住建筑\n",
    "contract": "contract_no,project,enterprise,role,amount,signed_on,scale\n"
    + "".join(
        f"{no},project_code:3702021905010101,QY_ID:7,施工总承包,5000000000,{day},{SCALE.format(height=height)}\n"
        for no, day, height in (("HT-1", "2019-05-01", 62), ("HT-2", "2019-05-01", 50), ("HT-3", "2021-05-01", 62))
    )
    + "HT-4,project_code:3702021905010101,QY_ID:7,施工,5000000000,2019-05-01,\n",
}


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")

    def go(*arguments: str):
        return CliRunner().invoke(app, ["contracts", *arguments])

    return go


def test_what_is_beyond_with_limit_and_value(run):
    done = run("files", "--as-of", "2020-01-01")
    assert done.exit_code == 0, done.output
    for word in ("合同 3 份", "超范围", "HT-1", "建筑高度 62 m，限 50 m，超 12 m", "不具法律效力", "数据不足的原因"):
        assert word in done.stdout
    assert "HT-3" not in done.stdout  # signed after the day


def test_json_has_the_reasons(run):
    done = run("files", "--as-of", "2022-01-01", "--json")
    found = {item["contract_no"]: item for item in json.loads(done.stdout)}
    assert {no: item["finding"] for no, item in found.items()} == {
        "HT-1": "beyond",
        "HT-2": "within",
        "HT-3": "beyond",
        "HT-4": "unknown",
    }
    height = next(line for line in found["HT-1"]["reason"]["children"] if line["id"] == "height")
    assert (height["required"], height["found_at_least"], height["citation"]) == (50_000, 62_000, "建市〔2016〕226号")


def test_sheets_and_files(run):
    assert run("files", "--as-of", "2020-01-01", "--out", "合同.xlsx").exit_code == 0
    rows = CalamineWorkbook.from_path("合同.xlsx").get_sheet_by_index(0).to_python()
    assert rows[0][0] == "合同编号"
    assert [row[0] for row in rows[1:]] == ["HT-1", "HT-2", "HT-4"]
    assert run("files", "--as-of", "2020-01-01", "--out", "合同.json").exit_code == 0
    assert len(json.loads(Path("合同.json").read_text(encoding="utf-8"))) == 3


@pytest.mark.parametrize("out", ["合同.pdf", "没有/合同.xlsx"])
def test_a_target_is_refused_before_the_work(run, out):
    done = run("files", "--as-of", "2020-01-01", "--out", out)
    assert done.exit_code != 0
    assert "合同" in done.stderr
    assert not Path(out).exists()


@pytest.mark.skipif(not CHAIN.exists(), reason="the shared dataset is not here: facts are kept beside the repository")
def test_public_records_accuse_nobody(run):
    """The records of 2019 call every role 施工: nothing can be found of any; all 2,609 take longer and say the same."""
    with (CHAIN / "jzsc2019_project_chain.csv").open(encoding="utf-8-sig", newline="") as told:
        rows = list(itertools.islice(csv.reader(told), 150))
    with Path("chain.csv").open("w", encoding="utf-8", newline="") as few:
        csv.writer(few).writerows(rows)
    done = run("chain.csv", "--as-of", "2019-12-31", "--json")
    found = json.loads(done.stdout)
    assert len(found) > 100
    assert {item["finding"] for item in found} == {"unknown"}
    assert all(item["sentence"] for item in found)


def test_the_town_is_found_as_it_is_labelled(run, tmp_path):
    """The city is built without asking the engine: its labels say what must be found, and nothing else may be."""
    assert CliRunner().invoke(app, ["city", str(tmp_path / "town"), "--seed", "5"]).exit_code == 0
    labels = {row["contract_no"]: row for row in pq.read_table(tmp_path / "town" / CONTRACT_LABELS_FILE).to_pylist()}
    found = {item["contract_no"]: item for item in json.loads(run("town", "--as-of", "2025-12-31", "--json").stdout)}
    assert {no: found[no]["finding"] for no in labels} == {no: row["standing"] for no, row in labels.items()}
    for no, row in labels.items():
        if row["standing"] == "beyond":
            line = next(r for r in found[no]["reason"]["children"] if r["id"] == row["figure"])
            assert (line["required"], line["found_at_least"]) == (row["limit"], row["value"])
    accused = {no for no, item in found.items() if item["verdict"] == "short"}
    assert accused <= set(labels)
