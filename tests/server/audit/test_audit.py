"""The trail: in scope, filtered, paged while it grows, proven, taken away with a leaf, checked."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import transaction
from django.test import Client

from server.decisions.world import FIRM, Office, office, proposed
from server.notary.test_sequencing import home
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.ledger import InclusionProof
from zhulian.server.accounts.models import Grant, User
from zhulian.server.audit import selectors
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.notary import keys, sequencing
from zhulian.server.notary.models import Leaf
from zhulian.server.notary.services import Personal, leaf_append

__all__ = ["home", "office", "proposed"]
pytestmark = pytest.mark.django_db


def act(action: str, actor: str, subject: str, **data) -> Leaf:
    with transaction.atomic():
        return leaf_append(action=action, actor=actor, subject=subject, data=data)


@pytest.fixture
def world(office: Office) -> Office:
    """One leaf of each kind that scope tells apart."""
    Leaf.objects.all().delete()
    far = User.objects.create_user("far", role=Role.CITY)
    office.people["admin"] = User.objects.create_user("admin", role=Role.ADMINISTRATOR)
    ours, firm = office.handler.actor, f"enterprise:{FIRM}"
    act("assessments.names.open", ours, firm, purpose="核查社保", who=Personal("张三"))
    act("decisions.proposal.sign", ours, "proposal:3", note="=1+1", items=[{"code": "D101B"}])
    act("assessments.export", far.actor, firm, reason="年度统计")
    act("decisions.proposal.take", far.actor, "proposal:9")
    act("accounts.sign_in.done", ours, ours)
    act("linkage.event.judge", "system:linkage", firm)
    return office


def asked(office: Office, who: str, address: str = "/audit/", **values: str):
    client = Client()
    client.force_login(office.people[who])
    return client.get(address, values)


def found(office: Office, who: str, **values: str) -> list[str]:
    response = asked(office, who, **values)
    assert response.status_code == 200
    return [line.leaf.action for line in response.context["page"].lines]


ALL = {
    "linkage.event.judge",
    "accounts.sign_in.done",
    "decisions.proposal.take",
    "assessments.export",
    "decisions.proposal.sign",
    "assessments.names.open",
}


def test_who_reads_what(world):
    assert set(found(world, "admin")) == ALL
    assert set(found(world, "handler")) == ALL - {"decisions.proposal.take"}, "of ours, or about our firm"
    assert found(world, "stranger") == []
    assert asked(world, "firm").status_code == 403
    assert Client().get("/audit/").status_code == 302


@pytest.mark.parametrize(
    ("values", "actions"),
    [
        ({"kind": "seen"}, {"assessments.names.open"}),
        ({"kind": "taken"}, {"assessments.export"}),
        ({"kind": "changed"}, {"decisions.proposal.sign"}),
        ({"kind": "sign_in"}, {"accounts.sign_in.done"}),
        ({"kind": "system"}, {"linkage.event.judge"}),
        ({"area": "decisions.proposal"}, {"decisions.proposal.sign"}),
        ({"actor": "far"}, {"assessments.export"}),
        ({"actor": "nobody"}, set()),
        ({"subject": "proposal:3"}, {"decisions.proposal.sign"}),
        ({"since": "2999-01-01"}, set()),
        ({"until": "2001-01-01"}, set()),
    ],
)
def test_filters(world, values, actions):
    assert set(found(world, "handler", **values)) == actions


def test_a_day_that_is_none_is_told_and_nothing_is_lost(world):
    response = asked(world, "handler", since="2025-02-30", actor="far")
    page = response.content.decode()
    assert "2025-02-30" in page
    assert 'value="far"' in page
    assert response.context["page"].lines == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days(world, day):
    for address in ("/audit/", "/audit/own"):
        assert asked(world, "handler" if address == "/audit/" else "firm", address, since=day).status_code == 200
        assert asked(world, "handler" if address == "/audit/" else "firm", address, until=day).status_code == 200


def test_paging_neither_repeats_nor_skips_while_leaves_arrive(world):
    for number in range(130):
        act("t.act", world.handler.actor, f"thing:{number}")
    seen, values = [], {}
    for _ in range(4):
        response = asked(world, "handler", **values)
        page = response.context["page"]
        seen += [line.leaf.pk for line in page.lines]
        act("t.act", world.handler.actor, "thing:late")
        if page.older is None:
            break
        values = {"before": str(page.older)}
    assert len(seen) == len(set(seen)) == 135
    back = asked(world, "handler", after=str(seen[-1])).context["page"]
    assert [line.leaf.pk for line in back.lines] == sorted(seen)[1:51][::-1]
    assert back.older is not None
    assert back.newer is not None


def test_a_leaf_is_told_and_proven(world):
    row = Leaf.objects.get(action="assessments.names.open")
    page = asked(world, "handler", f"/audit/leaf/{row.pk}").content.decode()
    assert "待编入" in page
    assert "已作承诺" in page
    assert "核查社保" in page
    assert "张三" not in page
    sequencing.settle()
    proof = InclusionProof.parse(asked(world, "handler", f"/audit/leaf/{row.pk}/proof").content.decode())
    leaf = asked(world, "handler", f"/audit/leaf/{row.pk}/raw").content
    proof.check(leaf, keys.log_signer(keys.origin("sha256")).verifier)
    for address in ("", "/proof", "/raw"):
        assert asked(world, "stranger", f"/audit/leaf/{row.pk}{address}").status_code == 404


def test_it_is_taken_away_with_a_leaf_and_without_formulas(world):
    response = asked(world, "handler", "/audit/export.csv", area="decisions.proposal")
    text = response.content.decode("utf-8-sig")
    assert "'=1+1" in text
    assert "拟办·签发" in text
    assert "资质核查" not in text
    told = json.loads(Leaf.objects.get(action="audit.leaf.export").content)["data"]
    assert told == {"rows": 1, "filters": {"area": "decisions.proposal"}}
    assert asked(world, "firm", "/audit/export.csv").status_code == 403


def test_too_many_are_refused_with_what_to_do(world, monkeypatch):
    monkeypatch.setattr(selectors, "MOST", 3)
    response = asked(world, "admin", "/audit/export.csv")
    assert response.status_code == 422
    assert "缩小时间范围" in response.content.decode()
    assert "超过" in asked(world, "admin").content.decode()


def test_the_button_checks_and_leaves_a_leaf(world):
    sequencing.settle()
    client = Client()
    client.force_login(world.handler)
    assert "没有发现问题" in client.post("/audit/check", follow=True).content.decode()
    Leaf.objects.filter(index=1).update(content="{}")
    assert "发现问题" in client.post("/audit/check", follow=True).content.decode()
    told = [
        json.loads(c)["data"]
        for c in Leaf.objects.filter(action="audit.ledger.check").values_list("content", flat=True)
    ]
    assert [bool(each["problems"]) for each in told] == [False, True]
    stranger = Client()
    stranger.force_login(world.firm)
    assert stranger.post("/audit/check").status_code == 403


def test_the_enterprise_sees_who_looked_by_unit_and_nothing_not_told(world):
    page = asked(world, "firm", "/audit/own").content.decode()
    assert "人员姓名·打开" in page
    assert "核查社保" in page
    assert world.unit.name in page
    assert world.handler.first_name not in page.replace(world.unit.name, "")
    assert "联动判断" not in page
    assert [r[0].leaf.action for r in asked(world, "rival", "/audit/own").context["rows"]] == []
    assert asked(world, "handler", "/audit/own").status_code == 403


def test_times_are_chinas(world):
    with clock.frozen(dt.datetime(2025, 7, 2, 0, 30, tzinfo=SHANGHAI)):
        act("t.act", world.handler.actor, "thing:1")
    assert found(world, "handler", since="2025-07-02", until="2025-07-02") == ["t.act"]
    assert "t.act" not in found(world, "handler", until="2025-07-01")


def test_a_leaf_of_a_request_says_which_grant_it_used(world):
    asked(world, "handler", "/audit/export.csv")
    row = Leaf.objects.get(action="audit.leaf.export")
    page = asked(world, "admin", f"/audit/leaf/{row.pk}").content.decode()
    grant = Grant.objects.get(unit=world.unit)
    assert "凭权限" in page
    assert "导出审计记录" in page
    assert f"第 {grant.pk} 号" in page
