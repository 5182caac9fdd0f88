"""Handing in, quarantine, corrections: counts add up, nothing is lost, nothing is taken twice."""

from __future__ import annotations

import datetime as dt
import json
import zipfile

import pytest

from server.exchange.conftest import company, credit_code
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock, dispatch, search
from zhulian.server.common.models import Event, StoredFile
from zhulian.server.exchange import inbox
from zhulian.server.exchange.models import Delivery, DeliveryFile, Quarantined
from zhulian.server.exchange.receiving import files_receive
from zhulian.server.exchange.services import quarantined_give_up, quarantined_reveal, rejects_download
from zhulian.server.notary.models import Leaf
from zhulian.server.notary.opening import Purpose
from zhulian.server.registry.models import Enterprise, Identity, Person, Registration, Source, Subject

AT = dt.datetime(2025, 6, 2, 9, tzinfo=SHANGHAI)


def test_good_rows_are_taken_and_bad_ones_wait_with_reason_and_cure(sheet, take):
    rows = [company(1), company(2, uscc="913702000000000000"), company(3, region="379999"), company(4)]
    delivery = take(sheet(rows))
    assert (delivery.received, delivery.accepted, delivery.quarantined, delivery.unchanged) == (4, 2, 2, 0)
    assert delivery.reasons == {"id.uscc": 1, "code.division": 1}
    assert delivery.state == Delivery.State.PARTLY
    first, second = Quarantined.objects.order_by("record")
    assert (first.record, first.line, first.field, first.code) == (2, 3, "uscc", "id.uscc")
    assert first.cure
    assert second.field == "region"
    assert Enterprise.objects.known().count() == 2


def test_rows_keep_their_source_and_are_found_at_once(sheet, take):
    delivery = take(sheet([company(1, "青岛晨星建设有限公司")]))
    row = Enterprise.objects.known().get()
    assert Source.objects.get(pk=row.source_id).reference == delivery.number
    for query in ("晨星", "qdcx", credit_code(1)):
        assert [hit.subject for hit in search.search(query, ["enterprise"])] == [row.enterprise]
    assert Event.objects.filter(type="facts.changed", subject=f"enterprise:{row.enterprise}").exists()
    assert Leaf.objects.filter(action="registry.rows.record").exists()


def test_the_same_file_again_changes_nothing(sheet, take):
    path = sheet([company(1), company(2, region="379999")])
    take(path)
    before = (Enterprise.objects.count(), Quarantined.objects.count())
    again = take(path)
    assert (again.accepted, again.unchanged, again.quarantined) == (0, 1, 1)
    assert again.files.get().state == DeliveryFile.State.REPEATED
    assert (Enterprise.objects.count(), Quarantined.objects.count()) == before


def test_the_same_rows_in_another_file_change_nothing(sheet, take):
    take(sheet([company(1), company(2)]))
    again = take(sheet([company(2), company(1)], "other/enterprise.csv".replace("/", "-")))
    assert (again.accepted, again.unchanged) == (0, 2)
    assert Enterprise.objects.count() == 2


def test_a_change_keeps_the_past_and_what_was_known(sheet, take):
    with clock.frozen(AT):
        take(sheet([company(1, "青岛旧名建设有限公司")]))
    with clock.frozen(AT + dt.timedelta(days=30)) as later:
        take(sheet([company(1, "青岛新名建设有限公司")], "2.csv"))
    names = lambda day, known=None: list(Enterprise.objects.at(day, known).values_list("name", flat=True))  # noqa: E731
    assert names(AT.date()) == ["青岛旧名建设有限公司"]
    assert names(later.date()) == ["青岛新名建设有限公司"]
    assert names(later.date(), AT + dt.timedelta(days=1)) == ["青岛旧名建设有限公司"]
    assert [hit.rank for hit in search.search("旧名", ["enterprise"])], "former names are found"


def test_references_may_arrive_before_their_subject(sheet, take):
    header = ("registration_no", "person", "enterprise", "kind", "specialty")
    rows = [{"registration_no": "鲁1", "person": "RY_ID:1", "enterprise": credit_code(7), "kind": "一级注册建造师"}]
    assert take(sheet(rows, "registration.csv", header)).accepted == 1
    take(sheet([company(7)]))
    assert Registration.objects.known().get().enterprise == Enterprise.objects.known().get().enterprise
    assert Subject.objects.filter(kind="enterprise").count() == 1


def test_two_sure_keys_of_two_subjects_are_a_conflict(sheet, take):
    header = ("enterprise", "uscc", "name")
    take(
        sheet(
            [{"uscc": credit_code(1), "name": "甲"}, {"enterprise": "QY_ID:9", "name": "乙"}], "enterprise.csv", header
        )
    )
    both = take(sheet([{"enterprise": "QY_ID:9", "uscc": credit_code(1), "name": "甲"}], "2-enterprise.csv", header))
    assert both.reasons == {"identity.conflict": 1}
    assert Identity.objects.filter(active=True).count() == 2


def test_an_id_number_is_never_stored_in_plain(sheet, take):
    number = "371723197305030016"  # made up, with a right check digit
    phone = "13800001234"
    header = ("person", "name", "id_no", "phone")
    told = {"person": "RY_ID:5", "name": "张三", "id_no": number, "phone": "+86 138-0000-1234"}
    first = take(sheet([told], "person.csv", header))
    assert first.reasons == {}
    row = Person.objects.known().get()
    assert (row.id_no.reveal(), row.phone.reveal()) == (number, phone)
    assert phone not in json.dumps(list(Person.objects.values_list("phone_index", flat=True)))
    assert Person.objects.filter(phone_index=Person._meta.get_field("phone_index").digest(phone)).exists()
    assert Person.objects.filter(id_no_index=Person._meta.get_field("id_no_index").digest(number)).exists()
    assert number not in json.dumps(list(Person.objects.values_list("id_no_index", flat=True)))
    assert not Identity.objects.filter(value__contains=number).exists()
    assert take(sheet([told], "p2-person.csv", header)).unchanged == 1


def test_raw_records_are_encrypted_and_opened_for_a_purpose(sheet, take):
    take(sheet([company(1, "青岛机密建设有限公司", region="379999")]))
    row = Quarantined.objects.get()
    assert "机密" not in str(row.__dict__["raw"])
    cells = quarantined_reveal(row=row.pk, purpose=Purpose("correct", "核对"), actor="user:1", at=AT)
    assert cells["name"] == "青岛机密建设有限公司"
    assert Leaf.objects.get(action="exchange.quarantine.reveal").actor == "user:1"


def test_a_corrected_sheet_settles_what_it_stands_for(sheet, take, tmp_path):
    delivery = take(sheet([company(1, region="379999"), company(2, region="379998"), company(3)]))
    text = rejects_download(file=delivery.files.get().pk, purpose=Purpose("correct", "更正"), actor="user:1", at=AT)
    assert "_reason" in text.splitlines()[0]
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(text.replace("379999", "370203"), encoding="utf-8-sig")
    correction = take(corrected, corrects=delivery)
    assert (correction.accepted, correction.quarantined) == (1, 1)
    states = list(Quarantined.objects.filter(delivery=delivery).order_by("record").values_list("state", "corrected_by"))
    assert states == [("corrected", correction.pk), ("again", correction.pk)]
    assert Quarantined.objects.get(delivery=correction).state == Quarantined.State.OPEN
    assert set(Enterprise.objects.known().values_list("region", flat=True)) == {"370202", "370203"}


def test_a_correction_takes_its_place_in_the_order_of_arrival(sheet, take, tmp_path):
    old = take(sheet([company(1, "青岛旧名建设有限公司", region="379999")]))
    take(sheet([company(1, "青岛新名建设有限公司")], "2.csv"))
    text = rejects_download(file=old.files.get().pk, purpose=Purpose("correct", "更正"), actor="user:1", at=AT)
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(text.replace("379999", "370202"), encoding="utf-8-sig")
    take(corrected, corrects=old)
    assert list(Enterprise.objects.known().values_list("name", flat=True)) == ["青岛新名建设有限公司"]


def test_giving_up_asks_a_reason(sheet, take):
    delivery = take(sheet([company(1, region="379999")]))
    rows = list(Quarantined.objects.values_list("pk", flat=True))
    with pytest.raises(ZhulianError, match="理由"):
        quarantined_give_up(delivery=delivery.pk, rows=rows, reason="", actor="user:1", at=AT)
    assert quarantined_give_up(delivery=delivery.pk, rows=rows, reason="企业已注销", actor="user:1", at=AT) == 1
    assert Quarantined.objects.get().state == Quarantined.State.GIVEN_UP


def test_an_unreadable_file_beside_a_good_one_is_named(sheet, take, tmp_path):
    junk = tmp_path / "junk.csv"
    junk.write_bytes(bytes(range(128, 256)) * 20)
    delivery = take(sheet([company(1)]), junk)
    assert (delivery.state, delivery.accepted) == (Delivery.State.UNREAD, 1)
    refused = delivery.files.get(state=DeliveryFile.State.REFUSED)
    assert refused.name == "junk.csv"
    assert refused.message
    assert refused.cure


def test_nothing_readable_opens_no_delivery(tmp_path, db):  # noqa: ARG001 - the refusal must leave no row
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(ZhulianError) as refused:
        files_receive(paths=[empty], format_name=None, actor="system:test")
    assert refused.value.code == "file.empty"
    assert not Delivery.objects.exists()


def test_members_of_a_zip_are_files_of_their_own_and_plain_copies_go(
    sheet, take, tmp_path, django_capture_on_commit_callbacks
):
    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(sheet([company(1)]), "enterprise.csv")
        out.write(sheet([{"person": "RY_ID:1", "name": "张三"}], "person.csv", ("person", "name")), "person.csv")
    with django_capture_on_commit_callbacks(execute=True):
        delivery = take(archive)
    assert [file.name for file in delivery.files.order_by("order")] == ["two.zip/enterprise.csv", "two.zip/person.csv"]
    assert delivery.accepted == 2
    assert StoredFile.objects.count() == 2
    assert not list(inbox.work_folder("").glob("*"))


def test_a_lost_working_copy_is_made_again_from_the_store(sheet, db):  # noqa: ARG001 - deliveries are rows
    delivery = files_receive(paths=[sheet([company(1), company(2)])], format_name=None, actor="system:test")
    inbox.working_copies_drop(delivery.work)
    while dispatch.jobs_step():
        pass
    delivery.refresh_from_db()
    assert (delivery.state, delivery.accepted) == (Delivery.State.DONE, 2)


def test_two_files_that_contradict_each_other_count_each_record_once(sheet, take):
    delivery = take(
        sheet([company(1, "青岛甲建设有限公司")], "a.csv"), sheet([company(1, "青岛乙建设有限公司")], "b.csv")
    )
    assert (delivery.received, delivery.accepted) == (2, 2)
    assert Enterprise.objects.known().count() == Enterprise.objects.known().values("fact_from").distinct().count()
