"""The pages: an officer's queue and matter, the firm's 文书与限制, documents as printed, what the public sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from server.decisions.test_register import fed
from server.decisions.world import FIRM, USCC, Office, restored
from zhulian.server.accounts.models import EnterpriseMembership, Grant, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.decisions import services
from zhulian.server.decisions.models import Defence, Document, Lifting, Proposal, Restriction, Service


@pytest.fixture(autouse=True)
def _quick(settings) -> None:
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith("whitenoise.")]


@pytest.fixture
def signed_in(office: Office) -> Callable[[str], Client]:
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(office.people[who], backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def post(client: Client, address: str, **values: object) -> str:
    answer = client.post(address, values, follow=True)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def test_a_matter_goes_its_whole_way_over_the_pages(proposed, signed_in) -> None:
    row: Proposal = proposed("mark")
    here = f"/decisions/{row.pk}"
    handler, reviewer, signer, firm = (signed_in(w) for w in ("handler", "reviewer", "signer", "firm"))

    def seen() -> int:
        row.refresh_from_db()
        return row.revision

    assert row.rule_title in text(handler, "/decisions/")
    page = text(handler, here)
    for part in ("依据", "事实与理由", "告知与陈述申辩", "文书与送达", "救济", "办理经过"):
        assert part in page, part
    post(handler, f"{here}/do/take", seen=seen())
    post(handler, f"{here}/draft", seen=seen(), facts="人员不足", grounds="不符合标准", copies="")
    assert "已制发事先告知书" in post(handler, f"{here}/notice", seen=seen())
    notice = Document.objects.get(kind="notice")
    assert "送达已登记" in post(handler, f"/decisions/document/{notice.pk}/serve", method="electronic")

    own = f"/decisions/enterprise/{FIRM}"
    assert f"待确认送达：{notice.document_no}" in text(firm, own)
    assert firm.get("/decisions/own").url == own
    assert notice.document_no in post(firm, f"/decisions/document/{notice.pk}/open")
    row.refresh_from_db()
    assert row.defence_until is None, "opened is not served"
    service = Service.objects.get()
    assert "视为送达" in post(firm, f"/decisions/service/{service.pk}/confirm", name="赵强")
    assert "由承办人以外的工作人员处理" in post(firm, f"{here}/defence", kind="statement", text="人员已补齐")
    filed = Defence.objects.get()
    assert "由承办人以外的工作人员处理" in text(handler, here)
    post(reviewer, f"/decisions/defence/{filed.pk}/decide", accept="no", decision="核对后仍不足")

    with clock.frozen(dt.date(2025, 6, 10)):
        post(handler, f"{here}/do/submit", seen=seen())
        assert "承办人本人不能审核" in text(handler, here)
        post(reviewer, f"{here}/do/review", seen=seen())
        assert "已签发" in post(signer, f"{here}/sign", seen=seen())
        decision = Document.objects.get(kind="decision")
        values = {"method": "direct", "recipient": "张三", "on": "2025-06-10"}
        post(handler, f"/decisions/document/{decision.pk}/serve", **values)
        assert Restriction.objects.get().state == "effective"
        assert "生效中" in text(firm, own)
        assert decision.document_no in text(Client(), f"/e/{USCC}")


def test_a_document_is_laid_out_as_official_documents_are(office: Office, proposed, signed_in) -> None:
    document = office.to_signature(proposed("mark"))
    page = text(signed_in("handler"), f"/decisions/document/{document.pk}").partition("<article")[2]
    parts = ("gw-mark", document.document_no, "gw-line", "gw-title", "gw-to", "一、事实和证据", "gw-seal", "抄送")
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "2025年6月6日" in page


def test_the_public_sees_what_took_effect_and_what_ended_nothing_before(office: Office, proposed) -> None:
    row = proposed("mark")
    visitor = Client()
    document = office.to_signature(row)
    page = text(visitor, f"/e/{USCC}")
    assert document.document_no not in page
    assert "没有生效的标注或限制" in page
    with clock.frozen(document.signed_on):
        office.serve(document)
        assert document.document_no in text(visitor, f"/e/{USCC}")
        services.restrictions_end(enterprise=FIRM, cause=restored("qualification.recovered", code="D101B"))
        page = text(visitor, f"/e/{USCC}")
    assert "已解除" in page
    assert "解除：资质条件核查结论恢复达标" in page


def test_the_end_of_a_suspension_over_the_pages(office: Office, proposed, signed_in) -> None:
    row = office.to_effect(proposed("suspend"), days=30)
    with clock.frozen(row.until + dt.timedelta(days=1)):
        post(signed_in("firm"), f"/decisions/restriction/{row.pk}/lift", text="已整改")
        lifting = Lifting.objects.get()
        post(signed_in("handler"), f"/decisions/lifting/{lifting.pk}/check", finding="合格")
        page = post(signed_in("handler"), f"/decisions/lifting/{lifting.pk}/decide", grant="yes", decision="同意")
        assert "复核人本人不能作出解除的决定" in page
        post(signed_in("signer"), f"/decisions/lifting/{lifting.pk}/decide", grant="yes", decision="同意")
    row.refresh_from_db()
    assert row.state == "ended"


def test_a_second_tab_is_told_so_and_changes_nothing(proposed, signed_in) -> None:
    row = proposed("verify")
    handler = signed_in("handler")
    post(handler, f"/decisions/{row.pk}/do/take", seen=0)
    assert "刚才已经被办理" in post(handler, f"/decisions/{row.pk}/do/take", seen=0)
    assert row.steps.count() == 1


@pytest.fixture
def strangers(office: Office) -> dict[str, Client]:
    """Somebody of another province, of a district below, of another firm, and nobody."""
    del office
    other = User.objects.create_user("other", role=Role.PROVINCE)
    Grant.objects.create(user=other, function="market", division_id="610000", action="*")
    rival = User.objects.create_user("rival2", role=Role.ENTERPRISE)
    EnterpriseMembership.objects.create(user=rival, enterprise=999)
    out = {"nobody": Client()}
    for name, user in (("other", other), ("rival", rival)):
        out[name] = Client()
        out[name].force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return out


def test_others_open_nothing_and_do_nothing(office: Office, proposed, strangers) -> None:
    row = proposed("mark")
    notice = office.to_notice(row)
    sent = Service.objects.get()
    restriction = office.to_effect(proposed("bar"))
    filed = services.defence_file(proposal=row.pk, kind="statement", text="x", user=office.firm)
    reads = [f"/decisions/{row.pk}", f"/decisions/document/{notice.pk}", f"/decisions/enterprise/{FIRM}"]
    writes = [
        *(f"/decisions/{row.pk}/{a}" for a in ("draft", "notice", "sign", "do/take", "do/drop", "defence")),
        f"/decisions/document/{notice.pk}/serve",
        f"/decisions/document/{notice.pk}/open",
        f"/decisions/service/{sent.pk}/confirm",
        f"/decisions/restriction/{restriction.pk}/lift",
        f"/decisions/defence/{filed.pk}/decide",
    ]
    values = {"seen": 99, "method": "direct", "kind": "statement", "text": "x", "name": "x", "note": "x"}
    before = [*Proposal.objects.order_by("pk").values()], Service.objects.count(), Defence.objects.count()
    for who, client in strangers.items():
        for address in reads:
            assert client.get(address).status_code in {302, 403, 404}, (who, address)
        for address in writes:
            assert client.post(address, values).status_code in {302, 403, 404}, (who, address)
    assert before == ([*Proposal.objects.order_by("pk").values()], Service.objects.count(), Defence.objects.count())


def test_a_source_that_contradicts_a_decision_is_shown(office: Office, proposed, signed_in) -> None:
    row = office.to_effect(proposed("suspend"), days=30)
    with clock.frozen(row.effective_from + dt.timedelta(days=1)):
        fed("有效")
        page = text(signed_in("handler"), f"/decisions/{row.proposal_id}")
    assert "住建云自" in page
    assert "起仍报送“有效”" in page


def test_an_empty_queue_says_what_would_be_here(office: Office, signed_in) -> None:
    del office
    assert "没有待办的拟办事项" in text(signed_in("handler"), "/decisions/")
    assert "没有符合条件" in text(signed_in("handler"), "/decisions/?state=reviewed&mine=unit&act=mark&sort=-due")
    assert "还没有文书" in text(signed_in("firm"), f"/decisions/enterprise/{FIRM}")


def test_what_was_not_sent_yet_is_the_offices_own(office: Office, proposed, signed_in) -> None:
    """A signed order of an inspection lies on the desk: its addressee neither lists nor opens it before it is sent."""
    letter = office.to_signature(proposed("verify"))
    firm, here = signed_in("firm"), f"/decisions/document/{letter.pk}"
    with clock.frozen(letter.signed_on):
        for address in (here, f"{here}/docx"):
            assert firm.get(address).status_code == 404
        assert letter.document_no not in text(firm, f"/decisions/enterprise/{FIRM}")
        assert letter.document_no in text(signed_in("handler"), f"/decisions/enterprise/{FIRM}")
        office.serve(letter, "electronic")
        assert letter.document_no in text(firm, f"/decisions/enterprise/{FIRM}")
        assert firm.get(here).status_code == 200


def test_a_notice_that_was_not_sent_is_no_matter_to_answer(office: Office, proposed, signed_in) -> None:
    row = proposed("mark")
    office.move(row, "take", "handler")
    office.draft(row)
    letter = office.notice(row)
    page = f"/decisions/enterprise/{FIRM}"
    assert row.label not in text(signed_in("firm"), page)
    office.serve(letter)
    assert row.label in text(signed_in("firm"), page)
