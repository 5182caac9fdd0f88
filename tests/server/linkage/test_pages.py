"""The officers' pages: the queue and its steps, the ledger with why and why not, and who sees none of it."""

from __future__ import annotations

import uuid

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from server.decisions.world import AT, DIVISION, FIRM, PROJECT
from zhulian.server.common import dispatch, outbox
from zhulian.server.linkage.models import Obligation
from zhulian.server.registry.models import Authority, Project, SafetyPermit

pytestmark = pytest.mark.usefixtures("told")


@pytest.fixture
def signed_in(office):
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(office.people[who], backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in


@pytest.fixture
def told(office):  # noqa: ARG001 - the bureau must hold its duties
    """A major hazard, which fires, and an ordinary one, which does not."""
    Authority.objects.create(text="青岛市住房和城乡建设局", division=DIVISION)
    SafetyPermit.objects.update(authority="青岛市住房和城乡建设局")
    Project.objects.create(project=PROJECT, name="一号楼", region="370202", status="在建", recorded_at=AT)
    with transaction.atomic():
        for number, level in (("H1", "重大"), ("H2", "一般")):
            data = {"enterprise": FIRM, "project": PROJECT, "hazard_no": number, "level": level}
            outbox.append([outbox.Event("site.hazard.found", f"enterprise:{FIRM}", data, id=uuid.uuid4())])
    while dispatch.events_dispatch():
        pass


def test_an_obligation_goes_its_way_over_the_pages(signed_in):
    handler = signed_in("handler")
    assert "督促消除重大事故隐患并销号" in handler.get("/linkage/").content.decode()
    assert handler.post("/worklist/next").status_code == 302
    here = f"/linkage/obligations/{Obligation.objects.get().pk}"
    page = handler.get(here).content.decode()
    assert "办理中" in page
    assert "隐患等级为重大" in page, "why it is there"
    seen = Obligation.objects.get().revision
    refused = handler.post(f"{here}/do/finish", {"seen": seen, "note": ""}, follow=True).content.decode()
    assert "请写明办理结果" in refused
    stale = handler.post(f"{here}/do/finish", {"seen": seen - 1, "note": "已消除"}, follow=True).content.decode()
    assert "刚才已经被办理" in stale
    done = handler.post(
        f"{here}/do/finish", {"seen": seen, "note": "已现场复核，隐患消除"}, follow=True
    ).content.decode()
    assert "已现场复核，隐患消除" in done
    assert "没有联动待办" in handler.get("/linkage/").content.decode()
    assert "督促消除重大事故隐患并销号" in handler.get("/linkage/?state=done").content.decode()


def test_the_ledger_says_why_and_why_not(signed_in):
    handler = signed_in("handler")
    fired = handler.get("/linkage/ledger").content.decode()
    assert "发现重大事故隐患的，督促整改销号" in fired
    assert "待办" in fired
    assert "隐患等级：一般" not in fired
    silent = handler.get(f"/linkage/ledger?fired=no&domain=site&enterprise={FIRM}").content.decode()
    assert "隐患等级：一般" in silent
    assert "没有符合条件的记录" in handler.get("/linkage/ledger?domain=market").content.decode()
    assert handler.get("/linkage/ledger?domain=x&fired=x&enterprise=x&page=x").status_code == 200


@pytest.mark.parametrize("address", ["/linkage/", "/linkage/ledger"])
def test_who_has_no_part_in_it_sees_nothing(address, signed_in):
    assert "督促" not in signed_in("stranger").get(address).content.decode()
    assert signed_in("firm").get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_an_obligation_of_others_is_not_found(signed_in):
    pk = Obligation.objects.get().pk
    assert signed_in("stranger").get(f"/linkage/obligations/{pk}").status_code == 404
    assert signed_in("stranger").post(f"/linkage/obligations/{pk}/do/take", {"seen": 0}).status_code in {403, 404}
    assert signed_in("handler").post(f"/linkage/obligations/{pk}/do/steal", {"seen": 0}).status_code == 404
    assert signed_in("handler").get("/linkage/obligations/999999").status_code == 404
