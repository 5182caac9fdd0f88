"""The provincial standard of 2015: made-up records with the standard's own field names."""

from __future__ import annotations

import csv
import datetime as dt
import json

import pytest

from intake.books import book
from zhulian.core.kernel.identifiers import Key
from zhulian.intake import Reject, detect, read
from zhulian.intake.formats.sichuan_2015 import DATA_SETS

GUID = "0F8FAD5B-D9CB-469F-A165-70867728950E"
PROJECT = Key("local", f"sichuan-2015/{GUID.lower()}")
ID = "11010119900307109X"
EXPORT = {e.name.removeprefix("sichuan-2015-"): e for e in DATA_SETS}
PERSON = {"RYBH": "P1", "XM": "张三", "SFZH": ID}


@pytest.fixture
def given(tmp_path):
    """Records of a data set as a CSV file with its whole header."""

    def write(name: str, *rows: dict[str, str]) -> list:
        path = tmp_path / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, EXPORT[name].columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        assert detect(path).name == f"sichuan-2015-{name}"
        return list(read(path))

    return write


def of(items, table: str) -> dict:
    return next(r.values for r in items if r.table == table)


def test_a_project_with_units_codes_and_a_short_division(given):
    (row,) = given(
        "projects",
        {
            "XMBH": GUID,
            "BH": "5101001502010001",
            "XMMC": "某住宅",
            "XMSD": "5101",
            "JSDW": "某公司",
            "XMLX": "1",
            "XMZLX": "304",
            "JSXZ": "1",
            "XMZTZ": "1234.567891",
            "SFSW": "0",
        },
    )
    assert row.values == {
        "project": PROJECT,
        "project_code": "5101001502010001",
        "name": "某住宅",
        "region": "510100",
        "owner": "某公司",
        "kind": "房建",
        "use": "教科文卫建筑",
        "nature": "新建",
        "total_investment": 1_234_567_891,
    }


@pytest.mark.parametrize(
    ("name", "wrong", "field", "told"),
    [
        ("projects", {"JSXZ": "7"}, "JSXZ", "1 新建"),
        ("projects", {"XMLX": "1", "XMZLX": "10"}, "XMLX", "居住建筑"),
        ("projects", {"XMSD": "9901"}, "XMSD", ""),
        ("projects", {"XMZTZ": "1.1234567"}, "XMZTZ", ""),
        ("tender", {"ZBFS": "8"}, "ZBFS", "公开招标"),
        ("party", {"CJDWLX": "77"}, "CJDWLX", "施工总承包"),
    ],
)
def test_unknown_codes_go_to_quarantine_with_what_there_is(given, name, wrong, field, told):
    base = {"XMBH": GUID, "XMMC": "某", "ZBID": "Z1", "CJDWMC": "甲公司", "CJDWLX": "2", "JSXZ": "1"}
    row = {k: v for k, v in (base | wrong).items() if k in EXPORT[name].columns}
    (bad,) = given(name, row)
    assert isinstance(bad, Reject)
    assert field in {p.field for p in bad.problems}
    assert told in bad.message + bad.cure


def test_tender_and_award_meet_by_their_number(given):
    tender = given("tender", {"ZBID": "Z1", "XMBH": GUID, "XMMC": "某", "ZBFS": "1", "KBSJ": "2015-03-01 09:30"})
    award = given("award", {"ZBID": "Z1", "XMBH": GUID, "XMMC": "某", "ZBQYMC": "甲公司", "ZBJG": "500.5"})
    assert of(tender, "tender")["opened_on"] == dt.date(2015, 3, 1)
    assert of(tender, "tender")["method"] == "公开招标"
    bid = of(award, "bid")
    assert (bid["tender_no"], bid["won"], bid["price"]) == (of(tender, "tender")["tender_no"], True, 500_500_000)


def test_parties_by_role_and_the_projects_dates(given):
    party = of(given("party", {"XMBH": GUID, "CJDWLX": "2", "CJDWMC": "甲公司"}), "participation")
    assert (party["project"], party["role"]) == (PROJECT, "施工总承包")
    dates = {"XMBH": GUID, "XMMC": "某"}
    permit = of(given("permit", dates | {"HTKGRQ": "2015-01-01", "HTJGRQ": "2016-01-01"}), "project")
    assert permit["planned_finish_on"] == dt.date(2016, 1, 1)
    done = of(given("completion", dates | {"SJKGRQ": "2015/1/9", "SJJGRQ": "20160301"}), "project")
    assert (done["started_on"], done["finished_on"]) == (dt.date(2015, 1, 9), dt.date(2016, 3, 1))


def test_a_person_with_a_title(given):
    items = given("person", PERSON | {"QYMC": "甲公司", "XB": "2", "ZC": "高级工程师", "QDZCSJ": "2010-01-01"})
    assert of(items, "person")["sex"] == "女"
    assert of(items, "person")["birth_on"] == dt.date(1990, 3, 7)
    assert (of(items, "title")["grade"], of(items, "title")["person"]) == ("副高级", Key("id_no", ID))
    (bad,) = given("person", PERSON | {"ZC": "经济师"})
    assert bad.field == "ZC"


def test_certificates_by_code_or_name_and_cancelled_ones(given):
    told = PERSON | {"QYMC": "甲公司", "QYSD": "5101", "ZSLX": "115", "ZCZY": "建筑工程", "ZCZSBH": "川1"}
    row = next(r for r in given("certificate", told | {"FZSJ": "2015-02-03", "ZSZT": "0"}) if r.table == "registration")
    assert row.values["kind"] == "一级(临时)注册建造师"
    assert row.values["enterprise"] == Key("name", "甲公司@510000")
    assert row.fact_from == dt.date(2015, 2, 3)
    named = given("certificate", told | {"ZSLX": "二级注册建造师"})
    assert of(named, "registration")["kind"] == "二级注册建造师"
    assert {r.table for r in given("certificate", told | {"ZSZT": "1"})} == {"enterprise", "person"}
    (bad,) = given("certificate", told | {"ZSZT": "5"})
    assert bad.field == "ZSLX"


def test_works_and_ongoing_projects_of_a_person(given):
    told = PERSON | {"XMBM": "5101001502010001", "XMMC": "某", "SGDW": "甲公司"}
    work = of(given("works", told | {"HTJ": "800", "XMFZR": "张三", "ZLPD": "合格", "JGRQ": "2014-05-01"}), "work")
    assert (work["value"], work["indicator"], work["accepted"]) == (800_000_000, "amount", True)
    assert work["lead_person"] == Key("id_no", ID)
    assert of(given("works", told | {"HTJ": "800", "XMFZR": "李四"}), "work")["lead_person"] is None
    ongoing = given("ongoing", told | {"JLDW": "乙监理公司", "KGRQ": "2015-01-01"})
    assert {(r.values["role"]) for r in ongoing if r.table == "participation"} == {"施工", "监理"}
    assert of(ongoing, "project")["status"] == "在建"
    assert {r.table for r in given("employer", PERSON | {"QYMC": "甲公司"})} == {"person", "enterprise"}


def test_a_record_that_says_nothing_is_refused_not_dropped(given):
    (bad,) = given("ongoing", {"XMDZ": "某路"})
    assert bad.code == "row.nothing"


@pytest.mark.parametrize("shape", [lambda r: r, lambda r: {"RECORDS": r}, lambda r: {"total": 1, "XM_XMJBXX": r}])
def test_the_same_as_json_and_in_a_workbook(given, tmp_path, shape):
    record = dict.fromkeys(EXPORT["projects"].columns, "") | {"XMBH": GUID, "XMMC": "某", "XMSD": "51", "JSXZ": "1"}
    (by_csv,) = given("projects", record)
    (tmp_path / "a.json").write_text(json.dumps(shape([record | {"XMSD": 51, "JSXZ": 1}])), encoding="utf-8")
    (by_json,) = read(tmp_path / "a.json")
    rows = [["项目基本信息"], list(record), [51 if c == "51" else c for c in record.values()]]
    (by_excel,) = read(book(tmp_path / "a.xlsx", {"XM_XMJBXX": rows}))
    assert by_csv.values == by_json.values == by_excel.values
    assert by_csv.values["region"] == "510000"
