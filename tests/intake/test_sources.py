"""The outside formats: which facts come of which fields, and the real public files."""

import datetime as dt
import json

import pytest

from zhulian.core.kernel.identifiers import Key
from zhulian.intake import Reject, detect, read
from zhulian.intake.formats import EXPORTS

QY = "002105291239451309"
USCC = "91610800064834709T"
DAY = 86_400_000


def csv_file(path, export, rows, encoding="utf-8"):
    lines = [",".join(export.columns), *(",".join(r.get(c, "") for c in export.columns) for r in rows)]
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def export(name):
    return next(e for e in EXPORTS if e.name == name)


def values(items, table):
    return [r.values for r in items if r.table == table]


def test_every_field_of_every_export_is_used_or_said_to_be_unused():
    for e in EXPORTS:
        assert e.used | set(e.unused) == set(e.columns), e.name
        assert not e.used & set(e.unused), e.name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_qualifications_by_name_and_province(tmp_path, encoding):
    rows = [
        {"enterprise_name": "甲公司", "reg_region": "四川省", "apt_code": "D101B", "cert_valid_until": "2021-01-01"},
        {"enterprise_name": "甲公司", "reg_region": "四川省", "qual_name": "市政公用工程施工总承包三级"},
        {"enterprise_name": "甲公司", "reg_region": "四川省", "qual_name": "特种工程专业承包不分等级"},
    ]
    items = list(read(csv_file(tmp_path / "a.csv", export("jzsc-qualifications"), rows, encoding)))
    key = Key("name", "甲公司@510000")
    assert [(q["enterprise"], q["code"]) for q in values(items[:-1], "qualification")] == [
        (key, "D101B"),
        (key, "D110C"),
    ]
    assert values(items[:-1], "enterprise")[0]["region"] == "510000"
    assert isinstance(items[-1], Reject)
    assert (items[-1].code, items[-1].field) == ("code.qualification", "apt_code")


def test_credit_codes_and_those_without(tmp_path):
    rows = [
        {"uscc": USCC, "enterprise_name": "甲", "reg_region": "陕西省"},
        {"uscc": "", "enterprise_name": "乙", "reg_region": "北京市"},
        {"uscc": "91610800064834708T", "enterprise_name": "丙", "reg_region": "北京市"},
    ]
    first, second, third = read(csv_file(tmp_path / "a.csv", export("jzsc-uscc"), rows))
    assert first.values["enterprise"] == Key("uscc", USCC)
    assert second.values["enterprise"] == Key("name", "乙@110000")
    assert third.code == "id.uscc"


def test_persons_are_counted_not_rows(tmp_path, loaded):
    row = {
        "person_id": "7",
        "name_masked": "徐**",
        "sex": "男",
        "id_masked": "3306**1964********",
        "reg_type": "一级注册建造师",
        "reg_enterprise": "甲公司",
        "reg_valid_until": "2019年12月31日",
    }
    path = csv_file(
        tmp_path / "a.csv", export("jzsc-persons"), [row | {"reg_major": m} for m in ("建筑工程", "机电工程")]
    )
    done = loaded(path)
    assert len(done.tables["person"]) == 1
    assert len(done.tables["registration"]) == 2
    assert done.report.masked == 2
    assert done.tables["person"][0]["name"] == "徐**"
    assert "id_no" not in done.tables["person"][0], "secrets never enter snapshots"


def _chain(**changes):
    base = {
        "project_name": "综合楼",
        "total_invest": "3424.34（万元）",
        "total_area": "21038（平方米）",
        "winning_bidder": "甲公司",
        "bid_amount_wan": "0",
        "bid_url": "http://x/tenderInfo/1",
        "contract_amount_wan": "1021.21",
        "contract_sign_date": "2015-11-08",
        "contractor": "甲公司",
        "contract_url": "http://x/contractInfo/2",
        "actual_area_m2": "3905.2",
        "actual_start_date": "2015-12-25",
        "actual_finish_date": "2017-04-25",
        "supervision_unit": "乙监理",
        "construction_unit": "甲公司",
        "finish_url": "http://x/bafinishInfo/3",
    }
    return base | changes


def test_project_chain(tmp_path):
    items = list(read(csv_file(tmp_path / "a.csv", export("jzsc-project-chain"), [_chain()])))
    (project,) = values(items, "project")
    assert (project["total_investment"], project["total_area"]) == (3_424_340_000, 21_038_000)
    assert not project["project"].sure
    assert values(items, "bid")[0] == {
        "tender_no": "tenderInfo/1",
        "enterprise": Key("name", "甲公司@"),
        "price": None,
        "won": True,
    }
    assert values(items, "contract")[0]["amount"] == 1_021_210_000
    assert {(w["work"], w["indicator"], w["value"], w["accepted"]) for w in values(items, "work")} == {
        ("bafinishInfo/3", "area_m2", 3_905_200, True),
        ("contractInfo/2", "amount", 1_021_210_000, True),
    }
    assert {(p["enterprise"].value, p["role"]) for p in values(items, "participation")} == {
        ("甲公司@", "施工"),
        ("乙监理@", "监理"),
    }


def test_projects_that_share_a_name_stay_apart(tmp_path, loaded):
    rows = [_chain(), _chain(total_area="99（平方米）", bid_url="/t/9", contract_url="/c/9", finish_url="/f/9")]
    done = loaded(csv_file(tmp_path / "a.csv", export("jzsc-project-chain"), rows))
    assert len(done.tables["project"]) == 2
    assert done.report.provisional["project"] == 2


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"total_invest": "3424.34（元）"}, "value.number", "total_invest"),
        ({"total_area": "1.2345"}, "value.precision", "total_area"),
        ({"actual_finish_date": "2014-01-01"}, "value.order", "actual_start_date"),
        ({"design_unit": "某设计院韩某13600533198"}, "value.unit_name", "design_unit"),
    ],
)
def test_project_chain_refusals_name_the_source_field(tmp_path, changes, code, field):
    (reject,) = read(csv_file(tmp_path / "a.csv", export("jzsc-project-chain"), [_chain(**changes)]))
    assert (reject.code, reject.field) == (code, field)


def test_power_contractors(tmp_path):
    row = {
        "id": "1",
        "name": "甲电力",
        "reg_capital_wan": "7107",
        "net_assets_wan": "0",
        "staff": "602",
        "gc_power_level": "-1",
        "transmission_level": "3",
    }
    items = list(read(csv_file(tmp_path / "a.csv", export("sichuan-power-2015"), [row])))
    assert values(items, "finance")[0]["net_assets"] is None, "0 is not told"
    assert [q["code"] for q in values(items, "qualification")] == ["D232C"]
    assert values(items, "enterprise")[0]["registered_capital"] == 7_107_000_000
    assert "staff" in export("sichuan-power-2015").unused


def _page(entries, total, **more):
    return {"code": 200, "data": {"pageList": {"total": total, "list": entries}, **more}, "success": True}


def _staff(person, specialty, **more):
    base = {
        "RY_ID": person,
        "RY_NAME": "刘*",
        "IDCARD": "612701198******13",
        "REG_TYPE_NAME": "二级注册建造师",
        "REG_PROF_NAME": specialty,
        "REG_SDATE": 1630598400000,
        "REG_QYID": QY,
        "REG_CERTNO": "3030****",
    }
    return base | more


def json_file(path, document):
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("shape", ["answer", "list", "object"])
def test_answers_in_three_shapes(tmp_path, shape):
    answer = _page([_staff("1", "建筑工程"), _staff("1", "机电工程")], 2)
    document = {"answer": answer, "list": [answer], "object": {"regStaffList": {"response": answer}}}[shape]
    path = json_file(tmp_path / "a.json", document)
    assert detect(path).name == "jzsc-json"
    items = list(read(path))
    registrations = [r for r in items if r.table == "registration"]
    assert [r.values["specialty"] for r in registrations] == ["建筑工程", "机电工程"]
    assert registrations[0].fact_from == dt.date(2021, 9, 3)
    assert registrations[0].values["registration_no"] is None, "a masked number is no number"
    (coverage,) = (r for r in items if r.table == "coverage")
    assert coverage.position.record == 0
    assert coverage.values == {
        "feed": "全国建筑市场监管公共服务平台",
        "table_name": "registration",
        "enterprise": Key("QY_ID", QY),
        "period_from": dt.date(2021, 9, 3),
        "complete": True,
    }


@pytest.mark.parametrize(
    ("pages", "complete"),
    [
        ([(["a"], 2)], False),
        ([(["a"], 2), (["b"], 2)], True),
        ([(["a"], 2), (["a"], 2)], False),
        ([(["a", ""], 2)], False),
    ],
    ids=["one page of two", "both pages", "the same page twice", "an item in quarantine"],
)
def test_a_list_covers_when_all_of_it_was_taken(tmp_path, pages, complete):
    document = [_page([_staff(p, "建筑工程") for p in people], total) for people, total in pages]
    (coverage,) = (r for r in read(json_file(tmp_path / "a.json", document)) if r.table == "coverage")
    assert coverage.values["complete"] is complete


def test_shorthand_of_abridged_samples(tmp_path):
    first = {"APT_CODE": "D110B", "APT_CERTNO": "D1", "APT_GET_DATE": DAY, "QY_ID": QY, "APT_STATUS": "B_ZGZT_001"}
    items = [
        first,
        {"APT_CODE": "D211B", "APT_CERTNO": "D2", "APT_GET_DATE": 2 * DAY, "_same_other_fields": True},
        {"APT_CODE": "D206B", "APT_CERTNO": "D2", "_same_other_fields": True},
        {"APT_CODE": "D105C", "APT_CERTNO": "D3", "_same_other_fields_as_RN1": True},
    ]
    rows = [r.values for r in read(json_file(tmp_path / "a.json", _page(items, 4))) if r.table == "qualification"]
    assert [r["issued_on"].day for r in rows] == [2, 3, 3, 2]
    assert {r["enterprise"] for r in rows} == {Key("QY_ID", QY)}
    assert {r["status"] for r in rows} == {"有效"}


def test_a_certificate_gives_its_printed_qualifications(tmp_path):
    certificate = {
        "APT_CERTNO": "D1",
        "APT_QY_ID": QY,
        "APT_BOUND_PRINT": "市政公用工程施工总承包贰级,建筑工程施工总承包叁级,不存在的资质",
    }
    *rows, unknown = read(json_file(tmp_path / "a.json", {"data": {"rawCaDetail": certificate}}))
    assert [r.values["code"] for r in rows] == ["D110B", "D101C"]
    assert unknown.code == "code.qualification"


def test_an_empty_staff_list_covers_too(tmp_path):
    document = {
        "compDetail": {
            "data": {"compMap": {"QY_ID": QY, "QY_NAME": "甲", "QY_REG_MONEY": 1, "COLLECT_TIME": 365 * DAY}}
        },
        "regStaffList": _page([], 0, qyId=QY),
    }
    rows = [r for r in read(json_file(tmp_path / "a.json", document)) if r.table == "coverage"]
    assert [(r.values["table_name"], r.values["complete"]) for r in rows] == [("registration", True)]
    assert rows[0].fact_from == dt.date(1971, 1, 1)


# The real files, where they are at hand.

REAL = {
    "jzsc2019_enterprise_qualifications.csv": (4876, 4839, {"code.qualification": 29, "row.duplicate_key": 8}),
    "jzsc2019_enterprises_uscc.csv": (126, 126, {}),
    "jzsc2019_persons_masked.csv": (102, 102, {}),
    "jzsc2019_project_chain.csv": (2658, 2624, {"value.order": 17, "value.unit_name": 4}),
    "sichuan_power_contractors_2015.csv": (26, 26, {}),
}


@pytest.mark.parametrize("name", REAL)
def test_real_files(shared, loaded, name):
    total, accepted, reasons = REAL[name]
    done = loaded(shared / "datasets" / name)
    assert done.figures[:3] == (total, accepted, sum(reasons.values()))
    assert done.report.reasons == reasons


@pytest.mark.parametrize("name", REAL)
def test_real_files_in_gbk_are_the_same(shared, tmp_path, name):
    text = (shared / "datasets" / name).read_text("utf-8")
    path = tmp_path / name
    path.write_text(text, "gb18030")
    told = [[(r.table, getattr(r, "values", r.raw)) for r in read(p)] for p in (path, shared / "datasets" / name)]
    assert told[0] == told[1]


def test_real_holders_are_mostly_provisional(shared, loaded):
    done = loaded(shared / "datasets" / "jzsc2019_enterprise_qualifications.csv")
    assert len(done.tables["enterprise"]) == 896
    assert done.report.provisional["enterprise"] == 896


def test_real_names_meet_their_credit_codes(shared, loaded):
    folder = shared / "datasets"
    both = loaded(folder / "jzsc2019_enterprises_uscc.csv", folder / "jzsc2019_enterprise_qualifications.csv")
    holders = {q["enterprise"] for q in both.tables["qualification"]}
    assert sum(bool(e["uscc"]) for e in both.tables["enterprise"] if e["enterprise"] in holders) == 22


def test_real_power_contractors_whose_net_assets_are_not_told(shared, loaded):
    done = loaded(shared / "datasets" / "sichuan_power_contractors_2015.csv")
    assert sum(f["net_assets"] is None for f in done.tables["finance"]) == 2


def test_real_sample_enterprise(shared, loaded):
    done = loaded(shared / "jzsc/samples_real_enterprise.json")
    assert len(done.tables["person"]) == 2
    assert len(done.tables["registration"]) == 5
    assert len(done.tables["qualification"]) == 10
    (enterprise,) = done.tables["enterprise"]
    assert enterprise["registered_capital"] == 6_000_000_000
    assert done.register.find("enterprise", Key("uscc", USCC)) == done.register.find("enterprise", Key("QY_ID", QY))
    assert {c["table_name"]: c["complete"] for c in done.tables["coverage"]} == {
        "qualification": True,
        "registration": True,
    }


def test_real_sample_with_a_larger_total_is_not_complete(shared, tmp_path, loaded):
    document = json.loads((shared / "jzsc/samples_real_enterprise.json").read_text("utf-8"))
    document["regStaffList"]["response"]["data"]["pageList"]["total"] = 6
    done = loaded(json_file(tmp_path / "a.json", document))
    assert {c["table_name"]: c["complete"] for c in done.tables["coverage"]}["registration"] is False
