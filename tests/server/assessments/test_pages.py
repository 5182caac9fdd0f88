"""What the pages say: clause by clause, people with reasons, versions, other days, exports, names on purpose."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import pytest
from python_calamine import CalamineWorkbook

from server.assessments.world import AT, NOW, SHORT, assets, hold, person
from zhulian.core.kernel.dates import STILL_KNOWN, micros
from zhulian.server.assessments import verification
from zhulian.server.assessments.exports import Sheet, as_csv, as_xlsx
from zhulian.server.assessments.moments import Moment
from zhulian.server.common import clock
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Finance, Qualification, Registration

TODAY = NOW.date()


def text(client, address: str, **given) -> str:
    response = client.get(address, given)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.fixture
def page(register) -> str:
    return f"/assessments/enterprise/{register.short}/D105A"


def test_clauses_with_required_found_and_short(as_role, page):
    said = text(as_role("province"), page)
    for word in ("净资产", "≥ 10,000 万元", "5,000 万元", "差 5,000 万元", "不达标", "第三方摘录", "建市〔2014〕159号"):
        assert word in said


def test_unknown_says_what_is_missing(as_role, register):
    said = text(as_role("other-province"), f"/assessments/enterprise/{register.far}/D101A")
    assert "数据不足" in said
    assert "净资产：" in said


@pytest.mark.usefixtures("no_foundations")
def test_a_code_without_a_rulebook_is_unknown_and_says_so(as_role, register):
    hold(register.short, "D201C", register.source)
    said = text(as_role("province"), f"/assessments/enterprise/{register.short}/D201C")
    assert "规则库中没有 D201C 的标准" in said


def test_people_are_folded_and_masked_and_say_why_not(as_role, register):
    Registration.objects.create(
        enterprise=register.short,
        person=person("王过期", register.source),
        kind="二级注册建造师",
        specialty="水利水电工程",
        valid_until=dt.date(2024, 1, 1),
        recorded_at=AT,
    )
    client = as_role("province")
    address = f"/assessments/enterprise/{register.short}/D105C/people"
    said = text(client, address)
    assert "显示其余 6 人" in said
    assert "工人" not in said.replace("技术工人", "").replace("工人：", "")
    everybody = text(client, address, all="1")
    assert everybody.count("<tr>") == 1 + 26
    assert "王**" in everybody
    assert "王过期" not in everybody
    assert "证书过期" in everybody
    skilled = text(client, address, clause="constructors", all="1")
    assert "未计入" in skilled


def test_names_open_on_a_stated_purpose_and_leave_a_leaf(as_role, register):
    client = as_role("city")
    people = f"/assessments/enterprise/{register.short}?tab=people&sheet=skill"
    names = f"/assessments/enterprise/{register.short}/names"
    assert "工人一" not in text(client, people)
    assert client.post(names, {"ground": "case", "purpose": " "}).status_code == 422
    assert client.post(
        names, {"ground": "case", "purpose": "第三批核查", "next": "https://elsewhere.example/"}
    ).headers["Location"] == (f"/assessments/enterprise/{register.short}")
    assert "工人一" in text(client, people)
    leaf = Leaf.objects.get(action="assessments.names.open")
    assert "第三批核查" in leaf.content
    assert f"enterprise:{register.short}" in leaf.content
    with clock.frozen(NOW + dt.timedelta(minutes=31)):
        assert "工人一" not in text(client, people)


def test_an_enterprise_sees_its_own_people(as_role, register):
    assert "工人一" in text(as_role("enterprise"), f"/assessments/enterprise/{register.short}?tab=people&sheet=skill")


def test_as_of_shows_the_facts_of_that_day(as_role, register, page):
    assets(register.short, 300_000_000, source=register.source)
    Finance.objects.filter(enterprise=register.short, net_assets=30_000_000_000).update(
        as_of=dt.date(2022, 12, 31), fact_from=dt.date(2022, 12, 31)
    )
    client = as_role("province")
    assert "30,000 万元" in text(client, page, as_of="2023-06-01")
    assert "整页为 2023-06-01 的状况" in text(client, page, as_of="2023-06-01")
    assert "5,000 万元" in text(client, page)


def test_known_at_shows_what_was_known(as_role, register, page):
    later = NOW + dt.timedelta(days=10)
    Finance.objects.filter(enterprise=register.short).update(superseded_at=micros(later))
    assets(register.short, 999_000_000, source=register.source, at=micros(later))
    client = as_role("province")
    with clock.frozen(later + dt.timedelta(days=1)):
        assert "99,900 万元" in text(client, page)
        assert "差 5,000 万元" in text(client, page, known_at=TODAY.isoformat())


def test_purpose_adds_the_clauses_of_an_application(as_role, page):
    client = as_role("province")
    assert "业绩" in text(client, page, purpose="申报")
    assert client.get(page, {"purpose": "别的"}).status_code == 400


def test_versions_side_by_side(register):
    found = verification.compare(register.short, "D105A", Moment(TODAY))
    assert found is not None
    assert [c.in_force for c in found.columns].count(True) == 1
    assert found.columns[-1].in_force
    labels = {row.label: row for row in found.rows}
    constructors = next(row for label, row in labels.items() if "注册建造师" in label)
    assert constructors.differs, "226号 took constructors out of verification at this grade"
    assert constructors.cells[0].verdict is not None
    assert constructors.cells[-1].verdict is None
    assert not labels["净资产"].differs


@pytest.fixture
def own_reading(tmp_path, monkeypatch) -> None:
    """山东 looks at net assets only, for building and hydraulic works."""
    (tmp_path / "示例省.yaml").write_text(
        "subject: 示例省口径\noverlay: {province: '37', purposes: [动态核查], codes: [D101, D105]}\n"
        "versions:\n  - {id: shili-2024, from: 2024-01-01, published_at: 2023-11-20,"
        " source: {document: 示例建规〔2023〕9号, evidence: law}, keep: {lowest: [net-assets], others: [net-assets]}}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("ZHULIAN_RULEBOOKS", str(tmp_path))


@pytest.mark.usefixtures("own_reading")
def test_the_provinces_paper_is_named_and_what_it_leaves_out(as_role, page, register):
    client = as_role("province")
    said = text(client, page)
    note = said.partition("按省级口径核查：")[2].partition("</div>")[0]
    assert "示例建规〔2023〕9号，自 2024-01-01 起施行" in note
    assert "技术负责人" in note, "left out"
    assert "净资产" not in note, "looked at"
    assert 'href="/rules/provinces/37"' in note
    assert "建办市〔2018〕53号（按示例建规〔2023〕9号）" in said
    assert "53+shili-2024" not in said.partition("标准 ")[2].partition("</a>")[0]
    table = said.partition("各版标准对照")[2].partition("</thead>")[0]
    assert table.count(">适用<") == 1
    assert ">适用<" in table.partition("示例建规〔2023〕9号")[2], "what binds is the province's column"
    labels = {row.label: row for row in verification.compare(register.short, "D105A", Moment(TODAY)).rows}
    assert labels["净资产"].cells[-1].verdict is not None
    assert labels["技术负责人"].cells[-1].verdict is None
    assert "按省级口径核查" not in text(client, page, as_of="2023-12-31"), "before it came into force"
    far = verification.assess(register.far, "D105A", Moment(TODAY))
    assert verification.provincial(far) is None, "registered in another province"


def test_months_go_back_two_years(register):
    points = verification.months(register.short, "D105A", Moment(TODAY))
    assert len(points) == 25
    assert points[-1].on == TODAY
    assert points[0].on == dt.date(2023, 6, 30)


def test_panorama_tabs_count_and_show_rows(as_role, register):
    client = as_role("province")
    address = f"/assessments/enterprise/{register.short}"
    said = text(client, address)
    assert "水利水电工程施工总承包一级" in said
    assert "净资产差 5,000 万元" in said
    assert "省平台 1" in said
    for tab in ("permits", "people", "works", "contracts", "finance", "history", "sources"):
        text(client, address, tab=tab)
    assert "25" in text(client, address, tab="people")
    assert f"{address}/safety-permit" in text(client, address, tab="permits")
    assert "数据不足" in text(client, f"{address}/safety-permit")
    assert "5,000 万元" in text(client, address, tab="finance")


def test_the_list_filters_sorts_and_totals(as_role, verdicts):  # noqa: ARG001 - recorded verdicts
    client = as_role("province")
    whole = text(client, "/assessments/")
    assert '<b title="2">2</b>' in whole
    assert whole.index("青岛甲") < whole.index("青岛乙"), "what is short comes first"
    narrowed = {
        "verdict=short": {"青岛甲"},
        "verdict=met": {"青岛乙"},
        "verdict=unknown": set(),
        "code=D105": {"青岛甲", "青岛乙"},
        "code=%E6%B0%B4%E5%88%A9": {"青岛甲", "青岛乙"},
        "code=D101": set(),
        "region=370202": {"青岛甲", "青岛乙"},
        "region=370200": {"青岛甲", "青岛乙"},
        "region=371100": set(),
        "region=nowhere": set(),
        "q=%E7%94%B2": {"青岛甲"},
        f"q={SHORT[:9]}": {"青岛甲", "青岛乙"},
        "expiring=30": {"青岛乙"},
        "version=-": set(),
        "sort=-name": {"青岛甲", "青岛乙"},
        "page=999": {"青岛甲", "青岛乙"},
        "page=x": {"青岛甲", "青岛乙"},
    }
    for query, names in narrowed.items():
        said = text(client, f"/assessments/?{query}")
        assert {n for n in ("青岛甲", "青岛乙") if f"{n}水利" in said} == names, query


def test_an_empty_list_says_how_it_fills(as_role):
    assert "还没有核查结论" in text(as_role("no-grant"), "/assessments/")


def test_exports_of_the_page(as_role, page):
    client = as_role("province")
    rows = list(csv.reader(io.StringIO(client.get(f"{page}/export.csv").content.decode("utf-8-sig"))))
    assert ["缺口", "净资产差 5,000 万元"] in rows
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{page}/export.xlsx").content))
    assert book.sheet_names == ["核查结论", "逐条核查", "人员计入情况"]
    body = json.loads(client.get(f"{page}/export.json").content)
    assert (body["verdict"], body["code"]) == ("short", "D105A")
    assert client.get(f"{page}/export.pdf").status_code == 404
    assert Leaf.objects.filter(action="assessments.export").count() == 3


def test_a_cell_never_becomes_a_formula():
    sheet = Sheet("表", ("名",), (("=1+1",), ("@x",), ("-5 万元",)))
    assert "'=1+1" in as_csv([sheet]).decode("utf-8-sig")
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx([sheet], {})))
    assert book.get_sheet_by_index(0).to_python()[1] == ["=1+1"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("as_of=nonsense", 422), ("as_of=0001-01-01", 400), ("known_at=9999-12-31", 400), ("as_of=1900-01-01", 200)],
)
def test_bad_moments_are_told(as_role, page, query, status):
    assert as_role("province").get(f"{page}?{query}").status_code == status


def test_codes_and_enterprises_that_do_not_exist(as_role, register):
    client = as_role("province")
    assert client.get(f"/assessments/enterprise/{register.short}/ZZ").status_code == 404
    assert client.get("/assessments/enterprise/999999").status_code == 404


def test_an_ended_qualification_is_not_judged_but_stays_in_the_history(as_role, register):
    row = Qualification.objects.get(enterprise=register.short)
    later = NOW - dt.timedelta(milliseconds=1)
    Qualification.objects.filter(pk=row.pk).update(superseded_at=micros(later))
    hold(register.short, "D105A", register.source, status="注销")
    client = as_role("province")
    address = f"/assessments/enterprise/{register.short}"
    assert "这一天没有持有的施工资质" in text(client, address)
    assert "更正" in text(client, address, tab="history")
    assert Qualification.objects.filter(superseded_at=STILL_KNOWN, enterprise=register.short).count() == 1
