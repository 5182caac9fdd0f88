"""The whole way of a campaign over the pages of officers, the enterprise and the public."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client

from server.campaigns.campaign_world import FIRMS, USCC, announce, open_all, plan, select
from server.campaigns.world import carry_on, verdict
from server.decisions.world import Office
from zhulian.server.accounts.models import DivisionClosure, Grant, User
from zhulian.server.campaigns import batches
from zhulian.server.campaigns.models import Campaign, Verification
from zhulian.server.common.permissions import Role
from zhulian.server.notary.models import Leaf
from zhulian.server.worklist import listing
from zhulian.server.worklist.listing import Filters

FORM = {
    "title": "建筑工程资质动态核查",
    "basis": "建筑业企业资质管理规定第二十八条",
    "document_no": "青建通〔2025〕1号",
    "division": "370200",
    "codes": "d101",
    "starts_on": "2025-06-02",
    "ends_on": "2025-09-30",
    "days": "10",
}


def body(answer) -> str:
    return answer.content.decode()


def post(client: Client, row: Campaign, address: str, **values) -> str:
    row.refresh_from_db()
    return body(client.post(f"/campaigns/batch/{row.pk}/{address}", {"seen": row.revision} | values, follow=True))


@pytest.mark.usefixtures("town")
def test_a_draw_from_the_plan_to_the_public_page(signed_in) -> None:
    handler, reviewer = signed_in("handler"), signed_in("reviewer")
    assert "没有正在进行的核查批次" in body(handler.get("/campaigns/batches"))
    assert "请先写明种子" in body(handler.post("/campaigns/batches/plan", FORM | {"method": "random", "quantity": 4}))
    assert "没有以「Q9」开头" in body(handler.post("/campaigns/batches/plan", FORM | {"codes": "Q9", "method": "all"}))
    asked = FORM | {"method": "random", "quantity": "4", "seed": "03 09 14"}
    assert "计划已保存" in body(handler.post("/campaigns/batches/plan", asked, follow=True))
    row = Campaign.objects.get()
    here, public = f"/campaigns/batch/{row.pk}", f"/campaigns/public/{row.pk}"
    assert "名录有 4 家企业" in body(handler.get(here))
    assert "对象已确定" in post(handler, row, "select")
    assert "制定计划、确定对象的人不能审批" in body(handler.get(here))
    assert Client().get(public).status_code == 404
    assert "已审批同意" in post(reviewer, row, "do/approve")
    assert "已公告" in post(handler, row, "do/announce")
    open_all(row)

    frame = Client().get(f"{public}/frame")
    row.refresh_from_db()
    assert row.frame is not None
    assert hashlib.sha256(b"".join(frame)).hexdigest() == row.frame.sha256
    shown = body(Client().get(public))
    assert row.seed in shown
    assert row.frame.sha256 in shown
    assert "不是双随机抽查" in shown
    assert "青岛甲建筑" not in shown, "before the end totals only"
    assert row.title in body(Client().get("/campaigns/public"))


def test_from_the_self_check_to_the_end_many_at_once(town: Office, signed_in) -> None:
    handler, signer, firm = map(signed_in, ("handler", "signer", "firm"))
    row = announce(select(plan(town), town), town)
    here, public = f"/campaigns/batch/{row.pk}", f"/campaigns/public/{row.pk}"
    mine = Verification.objects.get(enterprise=71)
    page = body(firm.get(f"/campaigns/verification/{mine.pk}"))
    assert "要求" in page.partition("<textarea")[2].partition("</textarea>")[0], "prefilled by the engine"
    sent = {"seen": mine.revision, "text": "核对无误"}
    assert "自查已报送" in body(firm.post(f"/campaigns/verification/{mine.pk}/self-check", sent, follow=True))
    waiting = listing.items(town.handler, Filters(tab="pool", kind="verification"), today=row.announced_at.date())
    assert [item.pk for item in waiting] == [mine.pk]

    nobody = post(handler, row, "bulk", action="review", text="x", q="没有这家")
    assert nobody.count("请在清单中勾选后再办") == 1, "what to do is said once"
    assert "请选择 1 至 500 项" in post(handler, row, "bulk", action="review", text="x", item=["x", "9" * 30])
    preview = post(handler, row, "bulk", action="review", text="与登记一致", at="listed")
    assert "1 项会变，3 项不变" in preview
    assert "自查期限未满" in preview
    assert Verification.objects.filter(state="reviewed").count() == 0
    assert "已办 1 项" in post(handler, row, "bulk/do", action="review", text="与登记一致", item=printed(mine))
    assert "已办 0 项，没有办 1 项" in post(handler, row, "bulk/do", action="review", text="又", item=printed(mine, -1))
    done = post(signer, row, "bulk/do", action="conclude", text="属实", outcome="达标", item=printed(mine))
    assert "已办 1 项" in done
    assert "还有对象没有结论" in body(handler.get(here))
    for one in Verification.objects.exclude(pk=mine.pk):
        Verification.objects.filter(pk=one.pk).update(self_check_until="2025-06-01")
    others = [printed(v) for v in Verification.objects.filter(state="announced")]
    post(handler, row, "bulk/do", action="review", text="逾期未报", item=others)
    others = [printed(v) for v in Verification.objects.filter(state="reviewed")]
    assert "已办 3 项" in post(signer, row, "bulk/do", action="conclude", text="x", outcome="失联", item=others)
    assert "已结束" in post(handler, row, "do/close")
    shown = body(Client().get(public))
    assert "青岛甲建筑有限公司" in shown
    assert "失联" in shown
    sheet = b"".join(handler.get(f"{here}/members.csv?at=失联")).decode()
    assert sheet.count("失联") == 3
    assert Leaf.objects.get(action="campaigns.campaign.export").content


def printed(row: Verification, more: int = 0) -> str:
    row.refresh_from_db()
    return f"{row.pk}:{max(0, row.revision + more)}"


def test_a_wrong_list_is_shown_row_by_row_and_every_number_opens_its_list(town: Office, signed_in) -> None:
    handler = signed_in("handler")
    row = plan(town, method="listed")
    page = post(handler, row, "select", listed=f"{USCC}\n123\n{FIRMS[104]}")
    assert "有 2 行不能列入" in page
    assert "不在批次的行政区划内" in page
    assert row.members.count() == 0
    post(handler, row, "select", listed=f"{USCC}\n{FIRMS[101]}\n{FIRMS[102]}")
    select(plan(town, title="另一批次"), town)
    for one in Campaign.objects.all():
        members = one.members.all()
        for total in batches.totals(members):
            for key, _, count in total.cells:
                asked = batches.Filters(at=key, division=total.division)
                assert batches.narrowed(members, asked).count() == count, asked
                if count and not total.division:
                    address = f"/campaigns/batch/{one.pk}/members?at={key}&division={total.division}"
                    assert f" {count} 项" in body(handler.get(address)), address
    assert batches.totals(row.members.all())[-1].cells[0][2] == 3


def test_who_sees_which_campaign(town: Office, signed_in) -> None:
    row = select(plan(town), town)
    verdict("met")
    carry_on()
    district = User.objects.create_user("district", role=Role.DISTRICT)
    Grant.objects.create(user=district, function="market", division_id="370203", action="*")
    elsewhere = User.objects.create_user("elsewhere", role=Role.CITY)
    Grant.objects.create(user=elsewhere, function="market", division_id="610100", action="*")
    assert DivisionClosure.objects.filter(ancestor="370203", descendant="370203").exists()
    assert not batches.campaigns(district).exists(), "not announced yet"
    Campaign.objects.filter(pk=row.pk).update(
        state="announced", approver=town.reviewer, approved_at=row.selected_at, announced_at=row.selected_at,
        self_check_until="2025-06-16", told="0" * 32,
    )  # fmt: skip
    assert batches.campaigns(district).get() == row
    assert {m.division for m in batches.members_of(district, row)} == {"370203"}, "its own members only"
    assert not batches.campaigns(elsewhere).exists()
    assert not batches.campaigns(town.firm).exists()
    assert signed_in("firm").get(f"/campaigns/batch/{row.pk}").status_code == 403
