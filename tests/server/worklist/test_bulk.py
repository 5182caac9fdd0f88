"""Many at once: the preview says what changes and why not; doing does just that; nothing is signed."""

from __future__ import annotations

import re

import pytest

from server.decisions.world import FIRM
from zhulian.server.decisions.models import Document, Proposal
from zhulian.server.linkage.models import Obligation
from zhulian.server.worklist import bulk, services


def prints(page: str) -> list[str]:
    """Items that a preview would change, as its form names them."""
    form = page.partition('action="/worklist/bulk/do"')[2].partition("</form>")[0]
    return re.findall(r'name="item" value="([^"]+)"', form)


def holders() -> dict[int, str | None]:
    return {row.pk: row.holder and row.holder.username for row in Obligation.objects.select_related("holder")}


def test_taken_at_once_and_taken_back(office, signed_in, obliged):
    free, held, done = obliged(1), obliged(2), obliged(3)
    services.item_take(kind="obligation", pk=held.pk, user=office.reviewer)
    services.item_finish(kind="obligation", pk=done.pk, user=office.signer, outcome="已办")
    client = signed_in("handler")
    chosen = [f"obligation:{row.pk}" for row in (free, held, done)] + ["obligation:99999", "proposal:x", "x"]
    page = client.post("/worklist/bulk", {"action": "take", "item": chosen}).content.decode()
    assert "选了 4 件：1 件会变，3 件不变" in page
    assert "由reviewer办理" in page
    assert "已经办结" in page
    assert "没有这件待办" in page
    assert holders()[free.pk] is None, "a preview changes nothing"
    found = prints(page)
    assert [item.rpartition(":")[0] for item in found] == [f"obligation:{free.pk}:open"]
    result = client.post("/worklist/bulk/do", {"action": "take", "item": found}).content.decode()
    assert "办了 1 件，0 件没有改动" in result
    assert "退回这些" in result
    assert holders() == {free.pk: "handler", held.pk: "reviewer", done.pk: "signer"}
    again = client.post("/worklist/bulk/do", {"action": "take", "item": found}).content.decode()
    assert "办了 0 件，1 件没有改动" in again


def test_what_changed_since_the_preview_is_left_alone(office, signed_in, obliged):
    row = obliged(1)
    client = signed_in("signer")
    services.office_set(unit=office.unit, head=office.signer, overdue_days=1, idle_minutes=60, actor="user:1")
    services.item_take(kind="obligation", pk=row.pk, user=office.handler)
    order = {"action": "hand_over", "to": office.lawyer.pk, "note": "调整分工"}
    page = client.post("/worklist/bulk", order | {"item": [f"obligation:{row.pk}"]}).content.decode()
    found = prints(page)
    services.item_hand_over(kind="obligation", pk=row.pk, to=office.reviewer.pk, user=office.handler, reason="外出")
    result = client.post("/worklist/bulk/do", order | {"item": found}).content.decode()
    assert "预览之后有了变化" in result
    assert holders()[row.pk] == "reviewer"


def test_handed_on_asks_whom_and_goes_back(office, signed_in, obliged):
    rows = [obliged(day) for day in (1, 2)]
    for row in rows:
        services.item_take(kind="obligation", pk=row.pk, user=office.handler)
    client = signed_in("handler")
    chosen = [f"obligation:{row.pk}" for row in rows]
    asked = client.post("/worklist/bulk", {"action": "hand_over", "item": chosen}).content.decode()
    assert "转给谁" in asked
    order = {"action": "hand_over", "to": office.reviewer.pk}
    found = prints(client.post("/worklist/bulk", order | {"item": chosen}).content.decode())
    no_reason = client.post("/worklist/bulk/do", order | {"item": found}, follow=True).content.decode()
    assert "请写明转办的理由" in no_reason
    result = client.post("/worklist/bulk/do", order | {"item": found, "note": "外出"}).content.decode()
    assert "转回给我" in result
    assert set(holders().values()) == {"reviewer"}
    back = {"action": "hand_over", "to": office.handler.pk}
    found = prints(client.post("/worklist/bulk", back | {"item": chosen}).content.decode())
    client.post("/worklist/bulk/do", back | {"item": found, "note": "撤销"})
    assert set(holders().values()) == {"handler"}


def test_only_what_ends_with_an_outcome_is_closed_and_nothing_is_signed(office, signed_in, proposed, obliged):
    proposal, duty = proposed("verify"), obliged(1)
    for action, who in (("take", "handler"), ("submit", "handler"), ("review", "reviewer")):
        office.move(proposal, action, who)
    client = signed_in("signer")
    chosen = [f"proposal:{proposal.pk}", f"obligation:{duty.pk}"]
    page = client.post("/worklist/bulk", {"action": "finish", "item": chosen}).content.decode()
    assert "请打开逐件办理" in page
    order = {"action": "finish", "note": "已现场复核", "item": [*prints(page), f"proposal:{proposal.pk}:reviewed:0"]}
    client.post("/worklist/bulk/do", order)
    duty.refresh_from_db()
    assert (duty.state, duty.outcome) == ("done", "已现场复核")
    assert Proposal.objects.get().state == "reviewed"
    assert not Document.objects.exists()
    assert not set(bulk.ACTIONS) & {"sign", "review", "law_review"}
    assert client.post("/worklist/bulk", {"action": "sign", "item": chosen}).status_code == 404


def test_how_many_at_once_is_bounded(signed_in):
    client = signed_in("handler")
    many = [f"obligation:{number}" for number in range(bulk.MOST + 1)]
    for path in ("/worklist/bulk", "/worklist/bulk/do"):
        told = client.post(path, {"action": "take", "item": many, "back": "//elsewhere"}, follow=True)
        assert "一次最多 500 件" in told.content.decode()
        assert told.redirect_chain[-1][0] == "/worklist/"
        none = client.post(path, {"action": "take", "item": []}, follow=True)
        assert "没有选中任何待办" in none.content.decode()
        assert none.content.decode().count("请在清单中勾选后再操作") == 1, "what to do is said once"


@pytest.mark.parametrize("count", [2, 40])
def test_a_preview_costs_the_same_for_few_and_for_many(signed_in, obliged, django_assert_max_num_queries, count):
    chosen = [f"obligation:{obliged(number % 5, enterprise=FIRM).pk}" for number in range(count)]
    client = signed_in("handler")
    with django_assert_max_num_queries(12):
        page = client.post("/worklist/bulk", {"action": "take", "item": chosen}).content.decode()
    assert len(prints(page)) == count


def test_one_item_over_its_page(office, signed_in, obliged):
    row = obliged(-9)
    services.office_set(unit=office.unit, head=office.signer, overdue_days=1, idle_minutes=60, actor="user:1")
    handler, head = signed_in("handler"), signed_in("signer")
    here = f"/worklist/obligation/{row.pk}"
    assert "本单位待领" in handler.get(here).content.decode()
    assert "已领取" in handler.post(f"{here}/do/take", follow=True).content.decode()
    assert "留办" in handler.get(here).content.decode()
    assert "已留办" in handler.post(f"{here}/do/keep", follow=True).content.decode()
    assert "只有本单位负责人" in handler.post(f"{here}/do/urge", follow=True).content.decode()
    assert "督促整改" in head.get("/worklist/?tab=overseen").content.decode()
    urged = head.post(f"{here}/do/urge", {"note": "今天办完", "back": "https://elsewhere/"}, follow=True)
    assert urged.redirect_chain[-1][0] == here
    assert "今天办完" in urged.content.decode()
    assert "负责人催办" in handler.get("/worklist/?tab=mine").content.decode(), "the holder sees that he was urged"
    order = {"to": office.reviewer.pk, "note": "改由他办"}
    assert "改派" in head.post(f"{here}/do/hand_over", order, follow=True).content.decode()
    assert "不由您办理" in handler.post(f"{here}/do/put_back", follow=True).content.decode()
    assert handler.post(f"{here}/do/nothing").status_code == 404
    assert signed_in("stranger").get(here).status_code == 404
