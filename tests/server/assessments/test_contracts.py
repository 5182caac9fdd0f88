"""合同范围核查 on both databases: who sees which contracts, what is said of them, exports, no accusation on a guess."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from python_calamine import CalamineWorkbook

from server.assessments.world import AT, hold, subject
from zhulian.server.assessments import contracts_findings, contracts_handlers, contracts_long
from zhulian.server.assessments.models import ContractFinding, ContractMark
from zhulian.server.common import clock, outbox
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.events import FACTS_CHANGED, PROJECTS_CHANGED
from zhulian.server.registry.models import Contract, Coverage, Project, Qualification

SIGNED = dt.date(2023, 5, 1)
ADDRESS = "/assessments/contracts"


@pytest.fixture
def contracts(register) -> dict[str, int]:
    """Contracts of the three enterprises of the world; row ids by number."""
    hold(register.short, "D101C", register.source, certificate_no="C1", issued_on=dt.date(2020, 1, 1))
    hold(register.met, "D101B", register.source, certificate_no="C2", issued_on=dt.date(2020, 1, 1))

    def sign(number: str, enterprise: int, scale: str, **more) -> int:
        project = subject("project")
        Project.objects.create(
            project=project, name=f"项目{number}", kind="房屋建筑工程", use="居住建筑", recorded_at=AT
        )
        told = {"role": "施工总承包", "amount": 50_000_000_00, "signed_on": SIGNED, "fact_from": SIGNED} | more
        return Contract.objects.create(
            contract_no=number, project=project, enterprise=enterprise, scale=scale, recorded_at=AT, **told
        ).pk

    return {
        "high": sign("HT-高", register.short, "总建筑面积6000平方米，建筑高度62米，单跨9米"),
        "fine": sign("HT-合", register.met, "总建筑面积6000平方米，建筑高度62米，单跨9米"),
        "bare": sign("HT-缺", register.met, "框架结构"),
        "none": sign(
            "HT-无", register.far, "总建筑面积6000平方米，建筑高度62米，单跨9米", signed_on=dt.date(2019, 1, 1)
        ),
        "late": sign("HT-后", register.met, "建筑高度300米", signed_on=dt.date(2025, 6, 3)),
    }


def text(client, address: str = ADDRESS, **given) -> str:
    response = client.get(address, given)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.mark.usefixtures("contracts")
def test_the_list_says_what_is_beyond_and_by_how_much(as_role):
    said = text(as_role("province"))
    for word in ("HT-高", "超范围", "建筑高度 62 m，限 50 m，超 12 m", "不具法律效力", "数据不足", "范围内"):
        assert word in said
    assert said.index("HT-高") < said.index("HT-缺") < said.index("HT-合")
    assert "HT-后" not in said  # signed tomorrow


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("district", {"HT-高", "HT-合", "HT-缺"}),
        ("other-province", {"HT-无"}),
        ("no-grant", set()),
        ("enterprise", {"HT-高"}),
    ],
)
def test_whose_contracts_one_sees(as_role, contracts, who, seen):
    client = as_role(who)
    said = text(client)
    assert {number for number in ("HT-高", "HT-合", "HT-缺", "HT-无") if number in said} == seen
    opened = {
        name
        for name in ("high", "fine", "bare", "none")
        if client.get(f"{ADDRESS}/{contracts[name]}").status_code == 200
    }
    assert len(opened) == len(seen)


@pytest.mark.parametrize("who", ["administrator", "public-user"])
def test_others_may_not_look(as_role, contracts, who):
    client = as_role(who)
    for address in (ADDRESS, f"{ADDRESS}/{contracts['high']}", f"{ADDRESS}/export.csv"):
        assert client.get(address).status_code == 403


def test_nobody_without_an_identity(client, contracts):
    assert client.get(f"{ADDRESS}/{contracts['high']}").status_code in (302, 403)


FILTERS = (
    ({"finding": "beyond"}, {"HT-高"}),
    ({"finding": "within"}, {"HT-合"}),
    ({"finding": "nothing"}, set()),
    ({"category": "D101"}, {"HT-高", "HT-合", "HT-缺"}),
    ({"category": "none"}, set()),
    ({"q": "青岛甲"}, {"HT-高"}),
    ({"q": "HT-缺"}, {"HT-缺"}),
    ({"region": "370000"}, {"HT-高", "HT-合", "HT-缺"}),
    ({"region": "370200"}, {"HT-高", "HT-合", "HT-缺"}),
    ({"region": "370203"}, set()),
    ({"enterprise": "x"}, set()),
    ({"as_of": "2023-04-30"}, set()),
)


@pytest.mark.usefixtures("contracts")
def test_filters(as_role):
    client = as_role("province")
    for given, seen in FILTERS:
        said = text(client, **given)
        assert {number for number in ("HT-高", "HT-合", "HT-缺") if number in said} == seen, given
        if not seen:
            assert "没有符合条件的合同" in said or "还没有可以核查的合同" in said


def judge_all() -> None:
    while contracts_findings.findings_record(at=clock.now(), actor="system:test").more:
        pass


@pytest.mark.usefixtures("contracts")
def test_a_long_list_says_what_a_short_one_says(as_role, monkeypatch):
    client = as_role("province")
    orders = [{"sort": sort} for sort in ("", "name", "-name", "signed", "-signed")]
    asked = [given for given, _ in FILTERS] + orders
    short = [text(client, **given) for given in asked]
    judge_all()
    monkeypatch.setattr(contracts_long, "LONG", 0)
    listed = re.compile(r"<tbody>.*</tbody>|zl-total.*?</", re.DOTALL)
    for given, before in zip(asked, short, strict=True):
        assert listed.findall(text(client, **given)) == listed.findall(before), given


def test_a_long_list_shows_what_nobody_has_judged_yet(as_role, contracts, monkeypatch):
    monkeypatch.setattr(contracts_long, "LONG", 0)
    client = as_role("province")
    assert "等待核对" in text(client)
    judge_all()
    assert ContractFinding.objects.count() == len(contracts)
    assert "等待核对" not in text(client)


def test_what_changed_is_judged_anew_and_nothing_else(register, contracts):
    judge_all()
    before = dict(ContractFinding.objects.values_list("pk", "standing"))
    row = Contract.objects.get(pk=contracts["high"])
    Contract.objects.filter(pk=row.pk).update(scale="总建筑面积6000平方米，建筑高度42米，单跨9米")
    judge_all()
    assert dict(ContractFinding.objects.values_list("pk", "standing")) == before  # nobody said so
    contracts_handlers.facts([outbox.Event(FACTS_CHANGED, f"enterprise:{register.short}", {"tables": ["insurance"]})])
    assert not ContractMark.objects.exists()
    contracts_handlers.projects([outbox.Event(PROJECTS_CHANGED, "source:1", {"projects": [row.project]})])
    assert [mark.enterprise for mark in ContractMark.objects.all()] == [register.short]
    judge_all()
    assert ContractFinding.objects.get(pk=row.pk).standing == "within"
    assert not ContractMark.objects.exists()


@pytest.mark.usefixtures("contracts")
def test_other_limits_make_findings_old(monkeypatch):
    judge_all()
    monkeypatch.setattr(contracts_findings, "rules_digest", lambda: "other")
    assert contracts_findings.findings_record(at=clock.now(), actor="system:test", seconds=9).enterprises == 3
    assert set(ContractFinding.objects.values_list("rules", flat=True)) == {"other"}


@pytest.mark.usefixtures("contracts")
def test_sorting(as_role):
    client = as_role("province")
    up, down = text(client, sort="name"), text(client, sort="-name")
    assert up.index("HT-合") < up.index("HT-高")  # 乙 comes before 甲 by code point, as on both databases
    assert down.index("HT-高") < down.index("HT-合")


def test_one_contract_with_its_reasons(as_role, contracts):
    said = text(as_role("province"), f"{ADDRESS}/{contracts['high']}")
    for word in (
        "≤ 50 m",
        "62 m",
        "超 12 m",
        "建市〔2016〕226号",
        "依据合同记载：建筑高度62米",
        "建筑工程施工总承包三级（D101C）",
        "项目HT-高",
        "日常标识，不具法律效力",
    ):
        assert word in said


@pytest.mark.usefixtures("contracts")
def test_without_a_grade_only_where_the_register_is_complete(as_role, register):
    client = as_role("other-province")
    assert "签订日是否已持有 D101A 未知" in text(client)  # it holds D101A, and nobody says since when
    Coverage.objects.create(
        feed="省平台",
        table_name="qualification",
        division="610000",
        period_from=dt.date(2018, 1, 1),
        complete=True,
        recorded_at=AT,
    )
    assert "HT-无" not in text(client, finding="unlicensed")
    Qualification.objects.filter(enterprise=register.far, code="D101A").delete()
    said = text(client, finding="unlicensed")
    assert "HT-无" in said
    assert "签订日没有建筑工程施工总承包资质" in said


@pytest.mark.usefixtures("contracts")
def test_a_grade_lost_since_was_held_on_the_day(as_role, register):
    Qualification.objects.filter(enterprise=register.met, code="D101B").update(fact_until=dt.date(2024, 1, 1))
    assert "HT-合" in text(as_role("province"), finding="within")


@pytest.mark.usefixtures("contracts")
def test_what_was_known_then(as_role):
    assert "HT-高" not in text(as_role("province"), known_at="2025-05-01")


@pytest.mark.usefixtures("contracts")
def test_exports_have_what_the_list_has_and_leave_a_leaf(as_role):
    client = as_role("province")
    response = client.get(f"{ADDRESS}/export.csv", {"finding": "beyond"})
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["合同编号", "HT-高"]
    assert "建筑高度 62 m，限 50 m，超 12 m" in rows[1]
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{ADDRESS}/export.xlsx").content))
    assert len(book.get_sheet_by_index(0).to_python()) == 4
    assert Leaf.objects.filter(subject="contracts").count() == 2
    assert client.get(f"{ADDRESS}/export.pdf").status_code == 404


@pytest.mark.usefixtures("contracts")
def test_the_panorama_leads_here(as_role, register):
    said = text(as_role("enterprise"), f"/assessments/enterprise/{register.short}?tab=contracts")
    assert f"{ADDRESS}?enterprise={register.short}" in said


@pytest.mark.usefixtures("contracts")
def test_the_list_asks_the_database_a_fixed_number_of_times(as_role, django_assert_max_num_queries):
    client = as_role("province")
    with django_assert_max_num_queries(25):
        text(client)


def test_everybody_reads_the_limits(client, now):  # noqa: ARG001 - the day of the law
    said = client.get(f"{ADDRESS}/limits").content.decode()
    for word in (
        "建筑工程施工总承包二级",
        "建筑高度不超过 100 m",
        "建筑面积不超过 150,000 ㎡",
        "各类工程均可承揽",
        "死亡人数不少于 3 人",
        "直接经济损失不少于 1,000 万元",
        "30 至 60 日",
        "千分之 5",
        "幕墙高度不少于 未查到",
        "淋水面积超过 3,500 ㎡",
        "吊销",
        "一级注册建造师",
    ):
        assert word in said
    assert f"{ADDRESS}/limits" in client.get("/rules").content.decode()
