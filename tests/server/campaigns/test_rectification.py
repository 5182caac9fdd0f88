"""限期整改: opened once, filed, confirmed on restored facts, closed by a third person, told when it lapses."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError

from server.campaigns.world import carry_on, file, files, move, pdf, verdict
from server.decisions.world import FIRM, Office, committed, refused, restored
from zhulian.server.campaigns import handlers, services
from zhulian.server.campaigns.evidence import take
from zhulian.server.campaigns.models import Evidence, Rectification
from zhulian.server.common import clock
from zhulian.server.common.files import file_chunks
from zhulian.server.common.models import Event
from zhulian.server.common.outbox import Event as Told
from zhulian.server.decisions import handlers as deciding
from zhulian.server.decisions import services as decisions
from zhulian.server.decisions.models import Restriction


def told(name: str) -> list[Event]:
    return list(Event.objects.filter(type=name))


def due(row: Rectification) -> dt.date:
    assert row.due_on is not None
    return row.due_on


def after(row: Rectification, days: int = 1) -> dt.date:
    return due(row) + dt.timedelta(days=days)


def test_an_order_in_effect_opens_one_with_the_days_of_the_decision(ordered: Rectification) -> None:
    order = Restriction.objects.get()
    assert (ordered.state, ordered.due_on, ordered.code) == ("ordered", order.until, "D101B")
    assert ordered.due_on == dt.date(2025, 9, 6), "three months from service"
    assert ordered.recovered_at is None


def test_told_twice_it_is_opened_once(ordered: Rectification) -> None:
    row = Event.objects.get(type="decision.made")
    handlers.opened(Told(row.type, row.subject, row.data, id=row.id))
    assert Rectification.objects.count() == 1
    with pytest.raises(IntegrityError), committed():
        Rectification.objects.create(
            restriction=ordered.restriction, event=row.id, enterprise=FIRM, unit=ordered.unit, opened_at=clock.now()
        )


def test_filed_confirmed_on_restored_facts_and_closed_by_a_third_person(ordered: Rectification, office: Office) -> None:
    file(ordered, office)
    with refused("lifecycle.needs"):
        move(ordered, "confirm", office, "handler")
    verdict("met")
    row = move(ordered, "confirm", office, "handler", "人员已到位")
    assert row.snapshot["rule_version"]
    with refused("lifecycle.needs"):
        move(ordered, "close", office, "handler")
    with refused("campaign.not_yours"):
        move(ordered, "close", office, "stranger")
    row = move(ordered, "close", office, "reviewer")
    assert (row.state, row.closer) == ("closed", office.reviewer)
    (closed,) = told("rectification.closed")
    assert closed.data["rectification"] == row.pk
    assert closed.cause == ordered.event
    assert [s.action for s in row.steps.all()] == ["open", "file", "confirm", "close"]
    carry_on()


def test_nobody_confirms_what_he_filed_even_past_the_services(ordered: Rectification, office: Office) -> None:
    row = file(ordered, office)
    now = clock.now()
    for same in (
        {"confirmer": office.firm},
        {"confirmer": office.handler, "closer": office.handler, "state": "closed"},
    ):
        values = {"state": "confirmed", "confirmed_at": now, "snapshot": {}, "ended_at": None} | same
        values["ended_at"] = now if values["state"] == "closed" else None
        with pytest.raises(IntegrityError), committed():
            Rectification.objects.filter(pk=row.pk).update(**values)


def test_two_tabs_one_is_refused(ordered: Rectification, office: Office) -> None:
    seen = ordered.revision
    services.rectification_file(rectification=ordered.pk, seen=seen, text="a", files=files(), user=office.firm)
    with refused("campaign.changed"):
        services.rectification_file(rectification=ordered.pk, seen=seen, text="b", files=[], user=office.firm)


def test_anothers_matter_is_not_there(ordered: Rectification, office: Office, signed_in) -> None:
    with refused("campaign.none"):
        services.rectification_file(
            rectification=ordered.pk, seen=ordered.revision, text="a", files=files(), user=office.rival
        )
    file(ordered, office)
    given = Evidence.objects.get()
    rival, here = signed_in("rival"), f"/campaigns/rectification/{ordered.pk}"
    assert rival.get(here).status_code == 404
    assert rival.get(f"/campaigns/evidence/{given.pk}").status_code == 404
    assert rival.post(f"{here}/file", {"seen": 1, "text": "x", "files": pdf()}).status_code == 404
    assert rival.post(f"{here}/do/close", {"seen": 1}).status_code == 404
    assert signed_in("stranger").get(here).status_code == 404, "granted nothing in that division"


def test_files_are_sealed_and_wrong_ones_refused(ordered: Rectification, office: Office) -> None:
    row = file(ordered, office)
    given = row.evidence.get()
    assert b"".join(file_chunks(given.stored.sha256)) == b"%PDF-1.7 new people"
    with refused("evidence.kind"):
        take([pdf("a.exe", b"MZ")])
    with refused("evidence.kind"):
        take([pdf("a.pdf", b"<html>")])
    with refused("evidence.many"):
        take([pdf()] * 11)


def test_without_evidence_nothing_is_filed_and_sent_back_needs_a_reason(ordered: Rectification, office: Office) -> None:
    with refused("lifecycle.needs"):
        services.rectification_file(
            rectification=ordered.pk, seen=ordered.revision, text="已改", files=[], user=office.firm
        )
    file(ordered, office)
    with refused("lifecycle.needs"):
        move(ordered, "send_back", office, "handler")
    row = move(ordered, "send_back", office, "handler", "缺社保证明")
    assert row.state == "ordered"
    row = services.rectification_file(
        rectification=row.pk, seen=row.revision, text="补了社保", files=[], user=office.firm
    )
    assert row.state == "filed", "what was given before counts"


def test_the_lapse_is_told_once(ordered: Rectification, office: Office) -> None:
    with clock.frozen(due(ordered)):
        assert services.rectifications_lapse(today=clock.today(), limit=9) == 0, "the last day is still its own"
    with clock.frozen(after(ordered)):
        assert services.rectifications_lapse(today=clock.today(), limit=9) == 1
        assert services.rectifications_lapse(today=clock.today(), limit=9) == 0
        file(ordered, office)
        move(ordered, "send_back", office, "handler", "不够")
        assert services.rectifications_lapse(today=clock.today(), limit=9) == 1
    (over,) = told("rectification.overdue")
    assert over.data | {"due_on": due(ordered).isoformat(), "code": "D101B"} == over.data


def test_an_annulled_order_asks_for_nothing_and_never_lapses(ordered: Rectification, office: Office) -> None:
    """Its lapse would have proposed to withdraw a qualification for an order that should not have been made."""
    filed = decisions.annulment_file(restriction=ordered.restriction_id, text="对象有误", user=office.handler)
    decisions.lifting_check(lifting=filed.pk, finding="属实", user=office.reviewer)
    decisions.lifting_decide(lifting=filed.pk, grant=True, decision="同意撤销", user=office.signer)
    with clock.frozen(after(ordered)):
        assert services.rectifications_lapse(today=clock.today(), limit=9) == 0, "not even before the event is handled"
    carry_on()
    ordered.refresh_from_db()
    assert (ordered.state, ordered.ended_at is not None) == ("ended", True)
    assert "已撤销" in ordered.reason
    assert not told("rectification.overdue")
    again = Event.objects.get(type="decision.annulled")
    handlers.annulled(Told(again.type, again.subject, again.data, id=again.id))
    assert ordered.steps.filter(action="annulled").count() == 1


def test_filed_in_time_does_not_lapse_and_recovered_does_not(ordered: Rectification, office: Office) -> None:
    services.rectifications_note(enterprise=FIRM, code="D101B", met=True)
    with clock.frozen(after(ordered)):
        assert services.rectifications_lapse(today=clock.today(), limit=9) == 0
        services.rectifications_note(enterprise=FIRM, code="D101B", met=False)
        file(ordered, office)
        assert services.rectifications_lapse(today=clock.today(), limit=9) == 0


def test_restored_facts_end_the_restriction_and_show_at_once(ordered: Rectification) -> None:
    event = restored("qualification.recovered", code="D101B")
    verdict("met")
    handlers.verdict_changed(event)
    handlers.verdict_changed(event)
    ordered.refresh_from_db()
    assert ordered.recovered_at is not None
    assert [s.action for s in ordered.steps.all()] == ["open", "recovered"], "told twice, noted once"
    assert ordered.state == "ordered", "the papers are still to be filed"


def test_what_is_held_no_more_ends_the_order_and_the_rectification(ordered: Rectification) -> None:
    event = restored("qualification.released", code="D101B")
    deciding.end(event)
    handlers.released(event)
    handlers.released(event)
    ordered.refresh_from_db()
    assert (ordered.state, ordered.reason) == ("ended", "这项资质已经不再持有")
    assert [s.action for s in ordered.steps.all()] == ["open", "released"], "told twice, ended once"
    assert ordered.restriction is not None
    ordered.restriction.refresh_from_db()
    assert (ordered.restriction.state, ordered.restriction.end_cause) == ("ended", "被标识的资质不再持有")


def test_over_the_pages_of_both_sides(ordered: Rectification, signed_in) -> None:
    here, firm, officer, other = (
        f"/campaigns/rectification/{ordered.pk}",
        *map(signed_in, ("firm", "handler", "signer")),
    )

    def page(client, address: str) -> str:
        answer = client.get(address)
        assert answer.status_code == 200, answer.content.decode()[:3000]
        return answer.content.decode()

    def post(client, action: str, **values) -> str:
        ordered.refresh_from_db()
        answer = client.post(f"{here}/{action}", {"seen": ordered.revision} | values, follow=True)
        assert answer.status_code == 200, answer.content.decode()[:3000]
        return answer.content.decode()

    assert here in page(firm, "/campaigns/own")
    assert firm.get("/campaigns/rectifications").status_code == 403
    assert "报送整改材料" in page(firm, here)
    assert "已报送，由主管部门复核" in post(firm, "file", text="已补齐", files=pdf())
    assert here in page(officer, "/campaigns/rectifications?state=filed&mine=unit&sort=-due&code=d101")
    assert here not in page(officer, "/campaigns/rectifications?due=over")
    found = page(officer, here)
    for part in ("依据", "事实", "证据", "告知", "救济", "办理经过", "资质条件尚未恢复达标"):
        assert part in found, part
    verdict("met")
    assert "已复核通过" in post(officer, "do/confirm", note="属实")
    assert "复核人本人不能销号" in page(officer, here)
    assert "已销号" in post(other, "do/close")
    given = Evidence.objects.get()
    answer = officer.get(f"/campaigns/evidence/{given.pk}")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 new people"
    assert answer["Content-Disposition"] == f'attachment; filename="evidence-{given.pk}.pdf"'
