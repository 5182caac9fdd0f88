"""A decision that takes effect changes the register; a source that says otherwise does not change it back."""

from __future__ import annotations

import datetime as dt

from server.decisions.world import FIRM, USCC, Office
from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.intake import Position, Row
from zhulian.server.common import clock, outbox
from zhulian.server.common.models import Event
from zhulian.server.decisions import services
from zhulian.server.decisions.models import Contradiction, Restriction
from zhulian.server.decisions.selectors import eligibility
from zhulian.server.events import telling
from zhulian.server.registry.models import Qualification, SafetyPermit, Source
from zhulian.server.registry.services import rows_record, source_create


def fed(status: str | None, table: str = "safety_permit", *, feed: str = "青岛/住建云") -> None:
    """A feed's delivery of today, without a date of its own; what it tells is told."""
    values = {"permit_no": "P1", "enterprise": FIRM, "status": status}
    if table == "qualification":
        values = {"certificate_no": "C1", "code": "D101B", "enterprise": FIRM, "status": status}
    at = clock.now()
    source = source_create(feed=feed, reference="", at=at, actor="system:feed")
    rows_record(rows=[Row(table, values, Position("f", 1), {})], source=source, feed=feed, at=at, actor="system:feed")
    telling.tell([outbox.Event("facts.changed", f"enterprise:{FIRM}", {"tables": [table]})])


def permit(on: dt.date) -> tuple[str | None, str]:
    row = SafetyPermit.objects.at(on).get()
    return row.status, str(Source.objects.filter(pk=row.source_id).first() or "")


def events(*types: str) -> int:
    return Event.objects.filter(type__in=types).count()


def lift(office: Office, row: Restriction) -> None:
    lifting = services.lifting_file(restriction=row.pk, text="复核合格", user=office.handler)
    services.lifting_check(lifting=lifting.pk, finding="合格", user=office.handler)
    services.lifting_decide(lifting=lifting.pk, grant=True, decision="同意", user=office.signer)


class TestSuspension:
    def test_it_stands_in_the_register_from_its_effect_to_its_end(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("suspend"), days=30)
        day = row.effective_from
        assert permit(day) == ("暂扣", f"本平台决定 {row.document_no}")
        assert permit(day - dt.timedelta(days=1))[0] == "有效"
        assert eligibility(USCC, "bid", on=day).permit["status"] == "暂扣"
        with clock.frozen(row.until + dt.timedelta(days=1)):
            lift(office, row)
            assert permit(clock.today())[0] == "有效"
            assert permit(row.until)[0] == "暂扣"

    def test_a_feed_that_says_valid_changes_nothing_and_is_shown(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("suspend"), days=30)
        told = Event.objects.filter(type__startswith="permit.").count()
        for days in (3, 4):
            with clock.frozen(row.effective_from + dt.timedelta(days=days)):
                fed("有效")
                assert permit(clock.today())[0] == "暂扣"
        assert Event.objects.filter(type__startswith="permit.").count() == told, "nothing was restored"
        found = Contradiction.objects.get()
        assert (found.restriction, found.feed, found.said) == (row, "住建云", "有效")
        assert found.last_at > found.first_at
        feeds = Source.objects.filter(feed="青岛/住建云").values("pk")
        kept = SafetyPermit.objects.filter(superseded_at__lt=STILL_KNOWN, status="有效", source_id__in=feeds)
        assert kept.count() == 2, "what the source said is kept"

    def test_a_feed_that_tells_the_same_suspension_is_no_second_event(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("suspend"), days=30)
        assert events("permit.suspended") == 1
        with clock.frozen(row.effective_from + dt.timedelta(days=2)):
            fed("暂扣")
        assert events("permit.suspended") == 1
        assert not Contradiction.objects.exists()
        with clock.frozen(row.until + dt.timedelta(days=1)):
            lift(office, row)
            fed("有效")
        assert events("permit.suspended", "permit.restored") == 2

    def test_what_the_feed_told_on_the_day_of_effect_is_the_same_event(self, office: Office, proposed) -> None:
        document = office.to_signature(proposed("suspend"), days=30)
        with clock.frozen(document.signed_on):
            fed("有效")
            fed("暂扣")
            assert events("permit.suspended") == 1
            office.serve(document)
        assert events("permit.suspended") == 1

    def test_a_heavier_state_of_another_authority_is_left(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("suspend"), days=30)
        with clock.frozen(row.effective_from + dt.timedelta(days=3)):
            fed("吊销")
            assert permit(clock.today())[0] == "吊销"
        with clock.frozen(row.until + dt.timedelta(days=1)):
            lift(office, row)
            assert permit(clock.today())[0] == "吊销", "the end of ours gives back nothing that another took"

    def test_without_a_permit_in_the_register_nothing_is_invented(self, office: Office, proposed) -> None:
        SafetyPermit.objects.all().delete()
        assert office.to_effect(proposed("suspend"), days=30).state == "effective"
        assert not SafetyPermit.objects.exists()


class TestWithdrawal:
    def test_the_qualification_is_no_longer_held(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("withdraw"))
        day = row.effective_from
        with clock.frozen(day + dt.timedelta(days=2)):
            fed("有效", "qualification")
            assert Qualification.objects.at(clock.today()).get().status == "撤回"
            assert eligibility(USCC, "bid", "D101B", on=clock.today()).qualification["held"] is False
        assert Contradiction.objects.get().restriction == row

    def test_another_qualification_is_not_touched(self, office: Office, proposed) -> None:
        Qualification.objects.update(code="D201A")
        office.to_effect(proposed("withdraw"))
        assert Qualification.objects.at(clock.today()).get().status == "有效"
