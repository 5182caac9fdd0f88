"""What the pages say, what a change does on them, and what becomes of forged ones."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sqlite3
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from server.assessments.world import AT, NOW, assets, hold, person
from zhulian import rulebooks
from zhulian.core import rules
from zhulian.server.advice import copying, jobs, seeing, services, staffing, trying
from zhulian.server.advice.models import Draft
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.runner import DjangoRunner
from zhulian.server.common import clock
from zhulian.server.common.models import Job
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Coverage, Finance, Insurance, Registration, SafetyPermit, Work

TODAY = NOW.date()
LONG_AGO = dt.date(2020, 1, 1)


def text(client, address, **given):
    response = client.get(address, given)
    assert response.status_code == 200, address
    return unescape(response.content.decode())


def covered(*names):
    """Everything of these tables has been told: absence means none."""
    for name in names:
        Coverage.objects.create(
            feed="省平台", table_name=name, period_from=LONG_AGO, complete=True, recorded_at=AT, fact_from=LONG_AGO
        )


def constructor(enterprise, source, name="赵一建", *, until=dt.date(2027, 1, 1), kind="二级注册建造师"):
    one = person(name, source)
    Registration.objects.create(
        enterprise=enterprise, person=one, kind=kind, specialty="水利水电工程", valid_until=until, recorded_at=AT
    )
    Insurance.objects.create(enterprise=enterprise, person=one, month_from=LONG_AGO, fact_from=LONG_AGO, recorded_at=AT)
    return one


@pytest.fixture
def third(register):
    """`short` also holds a third grade, which asks for persons; all of it is told."""
    hold(register.short, "D105C", register.source, certificate_no="C-3")
    covered("registration", "title", "post_certificate", "skill", "insurance", "officer", "work")
    return register


# ---- 体检 -------------------------------------------------------------------------------------------------------


def test_the_checkup_says_in_words_what_is_missing(as_role, third):
    said = text(as_role("enterprise"), f"/advice/{third.short}")
    assert "净资产还差 5,000 万元（现有 5,000 万元）" in said
    assert "水利水电工程专业注册建造师" in said
    assert "没有法律效力" in said


def test_the_checkup_is_the_regulators_verdict(as_role, third):
    found = {c.code: c.verdict for c in seeing.checkups(third.short, Moment(TODAY))}
    judged = rules.assess_held(rulebooks.library(), DjangoRunner(), as_of=TODAY, enterprises=[third.short])
    assert found == {a.code: a.verdict for a in judged}
    page = f"/advice/{third.short}"
    assert "还差" in text(as_role("city"), page)


def test_what_is_unknown_names_the_paper_that_would_tell(as_role, register):
    Finance.objects.filter(enterprise=register.short).delete()
    assert "提供 最近一期财务报表（经审计） 即可判断" in text(as_role("enterprise"), f"/advice/{register.short}")


def test_another_day_and_another_purpose(as_role, third):
    client = as_role("enterprise")
    said = text(client, f"/advice/{third.short}", as_of="2025-01-01", purpose="申报")
    assert "整页为 2025-01-01 的状况" in said
    assert "申报：还看工程业绩" in said


# ---- the copy ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [dt.date(2019, 6, 1), TODAY])
def test_a_copy_answers_as_the_database(third, day):
    constructor(third.short, third.source)
    constructor(third.met, third.source, "钱乙")
    library, runner = rulebooks.library(), DjangoRunner()
    for enterprise in (third.short, third.met, third.far):
        copy = copying.copy(runner, enterprise=enterprise)
        for code in (code for code in library.codes() if code.startswith(("D101", "D105", "safety"))):
            for purpose in ("申报", "动态核查"):
                asked = {"enterprise": enterprise, "code": code, "as_of": day, "purpose": purpose}
                assert rules.assess_pair(library, copy, **asked) == rules.assess_pair(library, runner, **asked)


def test_a_copy_sees_registrations_elsewhere(third):
    one = constructor(third.short, third.source)
    before = rules.assess_pair(
        rulebooks.library(),
        copying.copy(DjangoRunner(), enterprise=third.short),
        enterprise=third.short,
        code="D105C",
        as_of=TODAY,
    )
    Registration.objects.create(
        enterprise=third.far,
        person=one,
        kind="二级注册建造师",
        specialty="建筑工程",
        valid_until=dt.date(2027, 1, 1),
        recorded_at=AT,
    )
    copy = copying.copy(DjangoRunner(), enterprise=third.short)
    after = rules.assess_pair(rulebooks.library(), copy, enterprise=third.short, code="D105C", as_of=TODAY)
    assert before != after


def test_a_copy_knows_what_was_known_then(register):
    early = dt.datetime(2025, 5, 1, tzinfo=dt.UTC)
    assert copying.copy(DjangoRunner(), enterprise=register.short, known_at=early).query("SELECT * FROM finance") == []


def test_a_borrowed_copy_is_given_back_empty(third):
    """The next question, about anybody, finds nothing of the last one: neither its rows nor its changes."""
    with copying.borrowed(DjangoRunner(), enterprise=third.met) as copy:
        first = copy.connection
        assert copy.query("SELECT 1 FROM enterprise")
        copy.query("UPDATE finance SET net_assets = 1")
    with copying.borrowed(DjangoRunner(), enterprise=third.far) as copy:
        assert copy.connection is first
        assert [row[0] for row in copy.query("SELECT DISTINCT enterprise FROM enterprise")] == [third.far]
        fresh = copying.copy(DjangoRunner(), enterprise=third.far)
        assert copy.query("SELECT * FROM finance") == fresh.query("SELECT * FROM finance")
        with copying.borrowed(DjangoRunner(), enterprise=third.met) as other:
            assert other.connection is not first, "one block at a time"


def test_a_copy_whose_block_failed_is_not_lent_again(third):
    seen = []

    def fail():
        with copying.borrowed(DjangoRunner(), enterprise=third.met) as copy:
            seen.append(copy.connection)
            copy.query("SELECT * FROM nothing_of_the_kind")

    with pytest.raises(sqlite3.OperationalError):
        fail()
    with copying.borrowed(DjangoRunner(), enterprise=third.met) as copy:
        assert copy.connection is not seen[0]


# ---- 模拟 -------------------------------------------------------------------------------------------------------


def test_a_change_shows_before_and_after_and_writes_nothing(as_role, register):
    client = as_role("enterprise")
    page = f"/advice/{register.short}/what-if"
    rows = Finance.objects.count()
    assert client.post(f"{page}/change", {"do": "add", "is": "Assets", "wan": "12,000.5"}).status_code == 302
    said = text(client, page)
    assert "净资产达到 12,000.5 万元" in said
    assert "5,000 万元 → <b>12,000.5 万元</b>" in said
    assert Finance.objects.count() == rows
    assert client.post(f"{page}/change", {"do": "remove", "number": "0"}).status_code == 302
    assert "还没有变化" in text(client, page)


def test_hiring_the_whole_cure_makes_the_grade_met(as_role, third):
    client = as_role("enterprise")
    cured = client.get(f"/advice/{third.short}/next/D105C", {"purpose": "动态核查"})
    carried = cured.context["cures"][0]["json"]
    answer = client.post(
        f"/advice/{third.short}/what-if/change", {"do": "adopt", "changes": carried}, headers={"HX-Request": "true"}
    )
    found = {c.code: c for c in answer.context["compared"]}
    assert found["D105C"].before == "short"
    left = {line.clause for line in found["D105C"].left}
    assert left <= {clause.id for clause in rulebooks.library().rule("D105C", "动态核查", TODAY).clauses}
    assert found["D105C"].after == ("met" if not cured.context["found"].open else found["D105C"].after)
    assert found["D105C"].after != "short"


def test_somebody_leaves_and_is_insured(as_role, third):
    one = constructor(third.short, third.source)
    client = as_role("enterprise")
    address = f"/advice/{third.short}/what-if/change"
    answer = client.post(
        address,
        {"do": "add", "is": "Leave", "person": one, "on": TODAY.isoformat()},
        headers={"HX-Request": "true"},
    )
    said = unescape(answer.content.decode())
    assert "赵一建 自 2025-06-02 起离开" in said
    assert "1 人 → <b>0 人</b>" in said


def test_a_second_grade_can_be_compared(as_role, register):
    said = text(as_role("enterprise"), f"/advice/{register.short}/what-if", code=["D101C", "", "D999Z"])
    assert "建筑工程施工总承包三级" in said
    assert "未持有" in said


HOSTILE = [
    {"do": "add", "is": "Hire", "count": "10000", "paper1": "一级注册建造师"},
    {"do": "add", "is": "Hire", "count": "-1", "paper1": "一级注册建造师"},
    {"do": "add", "is": "Hire", "count": "1"},
    {"do": "add", "is": "Hire", "count": "1e3", "paper1": "一级注册建造师"},
    {"do": "add", "is": "Hire", "count": "1", "paper1": "一级注册建造师", "specialty1": "<script>" * 20},
    {"do": "add", "is": "Assets", "wan": "1e30"},
    {"do": "add", "is": "Assets", "wan": "9" * 30},
    {"do": "add", "is": "Assets", "wan": "-5"},
    {"do": "add", "is": "Assets", "wan": "٣"},
    {"do": "add", "is": "Leave", "person": "9" * 30, "on": "2025-01-01"},
    {"do": "add", "is": "Work", "indicator": "storeys", "value": "1", "completed_on": "3025-01-01"},
    {"do": "add", "is": "__class__"},
    {"do": "adopt", "changes": "[" * 100_000},
    {"do": "adopt", "changes": '[{"is": "Assets", "fen": 1e400}]'},
    {"do": "adopt", "changes": '{"is": "Hire"}'},
    {"do": "adopt", "changes": json.dumps([{"is": "Assets", "fen": 1}] * 41)},
    {"do": "remove", "number": "7"},
    {"do": "open", "draft": "1"},
    {"do": "drop"},
    {},
]


@pytest.mark.parametrize("fields", HOSTILE, ids=range(len(HOSTILE)))
def test_forged_changes_are_refused_with_a_cure(as_role, register, fields):
    client = as_role("enterprise")
    page = f"/advice/{register.short}/what-if"
    response = client.post(f"{page}/change", fields)
    assert response.status_code in {400, 404}
    assert "怎么办" in response.content.decode() or "请" in response.content.decode()
    assert "还没有变化" in text(client, page)


def test_a_stranger_cannot_be_made_to_leave(as_role, third):
    elsewhere = constructor(third.met, third.source, "钱乙")
    client = as_role("enterprise")
    address = f"/advice/{third.short}/what-if/change"
    for fields in (
        {"do": "add", "is": "Leave", "person": elsewhere, "on": "2025-06-01"},
        {"do": "adopt", "changes": json.dumps([{"is": "Insure", "person": elsewhere}])},
    ):
        response = client.post(address, fields)
        assert response.status_code == 400
        assert "所选人员不在本企业" in response.content.decode()


def test_hostile_text_is_text(as_role, register):
    client = as_role("enterprise")
    page = f"/advice/{register.short}/what-if"
    client.post(f"{page}/change", {"do": "add", "is": "Machines", "kind": "<b>塔吊</b>'\";--", "count": "2"})
    body = client.get(page).content.decode()
    assert "&lt;b&gt;塔吊&lt;/b&gt;" in body
    assert "<b>塔吊" not in body


def test_an_error_inside_the_page_says_what_to_do(as_role, register):
    answer = as_role("enterprise").post(
        f"/advice/{register.short}/what-if/change",
        {"do": "add", "is": "Assets", "wan": "很多"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert "请填不带单位的数字" in answer.content.decode()


# ---- drafts -----------------------------------------------------------------------------------------------------


def test_a_draft_is_its_authors_alone(as_role, register):
    author = as_role("enterprise")
    page = f"/advice/{register.short}/what-if"
    author.post(f"{page}/change", {"do": "add", "is": "Assets", "wan": "9000"})
    assert author.post(f"{page}/draft", {"name": "年底前增资"}).status_code == 302
    draft = Draft.objects.get()
    assert "年底前增资" in text(author, page)
    leaf = Leaf.objects.get(action="advice.draft.save")
    assert "900000" not in leaf.content
    author.post(f"{page}/change", {"do": "clear"})
    assert author.post(f"{page}/change", {"do": "open", "draft": draft.pk}).status_code == 302
    assert "净资产达到 9,000 万元" in text(author, page)
    city = as_role("city")
    assert "年底前增资" not in text(city, page)
    assert city.post(f"{page}/change", {"do": "open", "draft": draft.pk}).status_code == 404
    assert city.post(f"{page}/draft", {"delete": draft.pk}).status_code == 404
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_drafts_are_limited_replaced_and_deleted(register, as_role):
    as_role("enterprise")
    from zhulian.server.accounts.models import User

    user = User.objects.get(username="enterprise")
    for number in range(services.DRAFTS):
        services.draft_save(user=user, enterprise=register.short, name=f"方案 {number}", changes=[], at=NOW)
    services.draft_save(user=user, enterprise=register.short, name="方案 0", changes=[], at=NOW)
    with pytest.raises(Exception, match="最多保存") as refused:
        services.draft_save(user=user, enterprise=register.short, name="再一个", changes=[], at=NOW)
    assert refused.value.code == "advice.draft_many"
    first = Draft.objects.earliest("pk")
    services.draft_delete(user=user, enterprise=register.short, draft_id=first.pk, at=NOW)
    assert Draft.objects.count() == services.DRAFTS - 1


# ---- 可申报与接近, 达标方案 -----------------------------------------------------------------------------------------


def test_every_grade_with_a_rule_is_listed_by_distance(as_role, third):
    client = as_role("enterprise")
    assert "正在逐级推算" in text(client, f"/advice/{third.short}/next")
    page = client.get(f"/advice/{third.short}/next", {"list": "1"})
    rows = page.context["page"].paginator.object_list
    ruled = {
        code
        for code in rulebooks.library().codes()
        if code.startswith("D") and hasattr(rulebooks.library().rule(code, "申报", TODAY), "clauses")
    }
    assert {row.code for row in rows} == ruled
    assert [row.rank for row in rows] == sorted(row.rank for row in rows)
    assert {row.code for row in rows if row.held} == {"D105A", "D105C"}
    for row in rows[::2]:
        for purpose, verdict in row.verdicts:
            asked = {"enterprise": third.short, "code": row.code, "as_of": TODAY, "purpose": purpose}
            assert verdict == rules.assess_pair(rulebooks.library(), DjangoRunner(), **asked).verdict, (
                row.code,
                purpose,
            )


@pytest.mark.usefixtures("db")
def test_plans_are_printed_before_somebody_waits(tmp_path):
    from zhulian.bulk import plans
    from zhulian.core.rules import plan
    from zhulian.server.advice.jobs import RULES, plans_print
    from zhulian.server.common.jobs import JobView

    plans.keep_in(tmp_path)
    plan.statement.cache_clear()
    total = 2 * len(rulebooks.library().codes())
    step = plans_print(JobView(1, "advice.plans.print", {}, {}, total - RULES, total, ""))
    assert step.finished
    assert list((tmp_path / "cache").glob("plans-*.sqlite"))
    assert not plans_print(JobView(1, "advice.plans.print", {}, {}, 0, total, "")).finished
    plan.keep_on(None)


def test_while_plans_are_printed_the_list_tells_how_far(as_role, register):
    """Only while a worker is at it and much is left: nobody waits for a worker that is not there."""
    now = clock.machine_now()
    jobs.plans_start()
    jobs.plans_start()
    (job,) = Job.objects.filter(kind=jobs.JOB)
    url, client = f"/advice/{register.short}/next?list=1", as_role("enterprise")

    def asked(**row):
        Job.objects.filter(pk=job.pk).update(**row)
        return client.get(url, headers={"HX-Request": "true"}).content.decode()

    half = {"state": "running", "done": 100, "total": 400, "started_at": now - dt.timedelta(seconds=9)}
    assert 'max="400"' in asked(**half, stepped_at=now)
    assert 'hx-trigger="load delay:1s"' in asked(**half, stepped_at=now)
    assert "ad-reaches" in client.get(url).content.decode(), "without scripts nobody asks again"
    assert "ad-reaches" in asked(**half | {"done": 399}, stepped_at=now)
    assert "ad-reaches" in asked(**half, stepped_at=now - dt.timedelta(minutes=1))


def test_the_list_is_filtered(as_role, register):
    client = as_role("enterprise")
    page = client.get(f"/advice/{register.short}/next", {"list": "1", "grade": "C", "category": "D1"})
    assert {row.code[-1] for row in page.context["page"].paginator.object_list} == {"C"}
    assert "没有符合条件的等级" in text(client, f"/advice/{register.short}/next", list="1", grade="?")


def test_prices_are_the_users_and_nobodys_else(as_role, third):
    client = as_role("enterprise")
    page = f"/advice/{third.short}/next/D105C"
    assert "平台没有市场价格" in text(client, page)
    assert "按您填写的单价" not in text(client, page)
    priced = {f"price{n}": "1000" for n in range(12)}
    assert "按您填写的单价，证书人员费用合计" in text(client, page, **priced)
    assert client.get(page, {"price0": "1e9"}).status_code == 400


def test_a_code_without_a_rule_is_not_found(as_role, register):
    client = as_role("enterprise")
    assert client.get(f"/advice/{register.short}/next/D999Z").status_code == 404


# ---- 到期, 人员, 业绩 ------------------------------------------------------------------------------------------------


def test_expiries_by_step_with_what_they_endanger(as_role, third):
    constructor(third.short, third.source, until=TODAY + dt.timedelta(days=10))
    SafetyPermit.objects.create(
        enterprise=third.short,
        permit_no="JZ1",
        status="有效",
        valid_until=TODAY + dt.timedelta(days=60),
        recorded_at=AT,
    )
    client = as_role("enterprise")
    page = client.get(f"/advice/{third.short}/expiring")
    assert [s["count"] for s in page.context["steps"]] == [0, 1, 1, 2, 2, 0]
    assert "赵一建" in page.content.decode()
    assert "JZ1" not in text(client, f"/advice/{third.short}/expiring", days="15")
    rows = list(csv.reader(io.StringIO(client.get(f"/advice/{third.short}/expiring.csv").content.decode("utf-8-sig"))))
    assert [row[5] for row in rows[1:]] == ["10", "60"]
    assert Leaf.objects.filter(action__contains="export").exists()


def test_people_say_what_they_count_for_and_why_not(as_role, third):
    constructor(third.short, third.source)
    constructor(third.short, third.source, "孙过期", until=dt.date(2024, 1, 1))
    client = as_role("enterprise")
    said = text(client, f"/advice/{third.short}/people")
    assert "赵一建" in said
    assert "证书过期" in said
    only = text(client, f"/advice/{third.short}/people", q="孙过期")
    assert "孙过期" in only
    assert "赵一建" not in only
    masked = text(as_role("city"), f"/advice/{third.short}/people")
    assert "赵一建" not in masked
    assert "赵**" in masked
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/advice/{third.short}/people.xlsx").content))
    assert "赵一建" not in str(book.get_sheet_by_index(0).to_python())


def test_who_holds_a_grade_up_is_a_key_person(as_role, register):
    covered("officer", "title", "insurance", "registration")
    falls = staffing.falls_of(register.met, Moment(TODAY))
    before = rules.assess_pair(
        rulebooks.library(), DjangoRunner(), enterprise=register.met, code="D105A", as_of=TODAY
    ).verdict
    assert before != "short"
    assert [(f.code, whole) for each in falls.values() for f, whole in each] == [("D105A", True)]
    said = text(as_role("city"), f"/advice/{register.met}/leaving")
    assert "李**" in said
    assert "水利水电工程施工总承包一级" in said


def test_works_say_which_clause_they_serve_and_until_when(as_role, register):
    for work, value, done in (("W1", 30, dt.date(2022, 5, 1)), ("W2", 3, dt.date(2022, 5, 1)), ("W3", 30, None)):
        Work.objects.create(
            enterprise=register.short,
            work=work,
            indicator="storeys",
            value=value,
            completed_on=done,
            accepted=True,
            recorded_at=AT,
        )
    client = as_role("enterprise")
    page = client.get(f"/advice/{register.short}/works")
    found = {row.work: row for row in page.context["page"].object_list}
    assert {name for _, name, _, _ in found["W1"].serves} >= {"建筑工程施工总承包一级", "建筑工程施工总承包二级"}
    assert found["W1"].ends_on == dt.date(2028, 1, 1)
    assert not found["W2"].serves
    assert found["W3"].doubts == ["没有竣工日期"]
    # Not by the page's text: its form carries a random token, in which any two letters may stand.
    serving = client.get(f"/advice/{register.short}/works?only=serving").context["page"].object_list
    assert [row.work for row in serving] == ["W1"]
    assert b"W1" in client.get(f"/advice/{register.short}/works.csv").content


@pytest.mark.parametrize("page", ["", "/what-if", "/next?list=1", "/expiring", "/people", "/leaving", "/works"])
def test_an_enterprise_of_which_nothing_is_known_has_empty_states(as_role, register, page):
    from zhulian.server.registry.models import Qualification

    Qualification.objects.filter(enterprise=register.far).delete()
    assert text(as_role("other-enterprise"), f"/advice/{register.far}{page}")


def test_the_desk_shows_expiries_and_links(as_role, register):
    hold(register.short, "D105B", register.source, certificate_no="C9", valid_until=TODAY + dt.timedelta(days=20))
    said = text(as_role("enterprise"), "/home")
    assert f"/advice/{register.short}/expiring?days=30" in said
    assert f"/advice/{register.short}/what-if" in said


def test_compared_keeps_the_order_of_change(register):
    assets(register.short, 60_000_000, source=register.source)
    found = trying.compare(register.short, Moment(TODAY), [], ["D101A"])
    assert [c.code for c in found] == ["D105A", "D101A"]
    assert not any(c.changed or c.clauses for c in found)
