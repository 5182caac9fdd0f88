"""Erasure that keeps proofs, holds that stand against it, and a schedule that is the installation's own."""

# ruff: noqa: ARG002 - fixtures are asked for by name

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest
from django.db import transaction
from django.test import Client

from server.notary.test_sequencing import home
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import SHA256
from zhulian.server.accounts.models import EnterpriseMembership, Function, Grant, OrganisationUnit, SignInFailure, User
from zhulian.server.common import clock, files
from zhulian.server.common.crypto import blind_index
from zhulian.server.common.jobs import JobView
from zhulian.server.common.models import StoredFile
from zhulian.server.common.permissions import Role
from zhulian.server.exchange.models import Delivery, DeliveryFile, Quarantined
from zhulian.server.notary import checking, keys, sequencing, trees
from zhulian.server.notary.models import Leaf, Opening
from zhulian.server.notary.services import Personal, leaf_append
from zhulian.server.privacy import persons, schedule, services
from zhulian.server.privacy.handlers import daily
from zhulian.server.privacy.models import Hold
from zhulian.server.registry.models import Enterprise, Identity, Person, Registration, Subject

__all__ = ["home"]
pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 6, 2)
ID_NO = "370202199003071236"
FIRM, PERSON = 71, 5001


@pytest.fixture
def world():
    """A person with two versions, who worked for a firm in 市南区 until last year, and an officer who may erase."""
    Enterprise.objects.create(enterprise=FIRM, name="青岛某建设有限公司", region="370202", recorded_at=0)
    Subject.objects.create(pk=PERSON, kind="person", created_at=0)
    for name, recorded, superseded in (("张三", 0, 5), ("张三丰", 5, None)):
        more = {} if superseded is None else {"superseded_at": superseded}
        Person.objects.create(
            person=PERSON, name=name, id_no=ID_NO, phone="13900000000", sex="男", recorded_at=recorded, **more
        )
    Identity.objects.create(
        subject_id=PERSON, subject_kind="person", kind="id_no", value=blind_index(ID_NO, place="identity|id_no")
    )
    Registration.objects.create(
        person=PERSON, enterprise=FIRM, kind="二级注册建造师", fact_until=dt.date(2025, 1, 1), recorded_at=0
    )
    unit = OrganisationUnit.objects.create(name="青岛市住房和城乡建设局", division_id="370200")
    user = User.objects.create_user("wang", role=Role.CITY, unit=unit, first_name="王丽")
    Grant.objects.create(unit=unit, function=Function.MARKET, division_id="370200", action="*")
    with clock.frozen(DAY):
        yield user


def allowed(user: User) -> None:
    Grant.objects.create(user=user, function=Function.MARKET, division_id="370200", action="privacy.*")


def act(action: str, subject: str, actor: str = "user:1", **data) -> Leaf:
    with transaction.atomic():
        return leaf_append(action=action, actor=actor, subject=subject, data=data)


class TestErasure:
    def test_nothing_of_him_is_left_and_every_proof_holds(self, world, home):
        leaf = act("privacy.person.look", f"person:{PERSON}", who=Personal("张三丰"))
        delivery = Delivery.objects.create(number="D1", feed="x", actor="user:1", received_at=clock.now(), source=1)
        file = DeliveryFile.objects.create(delivery=delivery, order=0, name="a.csv", sha256="0" * 64)
        his, other = (
            Quarantined.objects.create(
                delivery=delivery, file=file, record=1, position="1", code="x", message="x", cure="x", raw=raw
            )
            for raw in (json.dumps({"身份证号码": ID_NO}), json.dumps({"身份证号码": "别人"}))
        )
        sequencing.settle()
        before = trees.newest()
        done = services.person_erase(person=PERSON, reason="本人申请", actor=world.actor)
        assert done == {"versions": 2, "quarantined": 1, "openings": 1, "identities": 1}
        for row in Person.objects.filter(person=PERSON):
            assert (row.name, row.id_no, row.id_no_index, row.phone, row.phone_index, row.sex) == (
                *(persons.ERASED,),
                *(None,) * 5,
            )
        his.refresh_from_db()
        other.refresh_from_db()
        assert his.raw is None
        assert other.raw is not None
        assert not Opening.objects.exists()
        assert not Identity.objects.filter(value=blind_index(ID_NO, place="identity|id_no")).exists()
        assert Registration.objects.filter(person=PERSON).exists(), "what was done stays, of nobody in particular"
        leaf.refresh_from_db()
        trees.prove(leaf, before).check(leaf.content.encode(), keys.log_signer(before.origin).verifier, SHA256)
        assert checking.check().whole
        said = json.loads(Leaf.objects.latest("pk").content)["data"]
        assert said == {"reason": "本人申请", "erased": done}

    def test_not_while_he_is_registered(self, world):
        Registration.objects.update(fact_until=dt.date(9999, 12, 31))
        with pytest.raises(ZhulianError, match="注册执业资格") as caught:
            services.person_erase(person=PERSON, reason="本人申请", actor=world.actor)
        assert caught.value.code == "privacy.needed"
        assert Person.objects.filter(name="张三丰").exists()

    @pytest.mark.parametrize(
        ("kind", "subject"), [(Hold.Kind.PERSON, PERSON), (Hold.Kind.ENTERPRISE, FIRM), (Hold.Kind.EVERYTHING, None)]
    )
    def test_not_under_a_hold_of_him_of_his_firm_or_of_everything(self, world, kind, subject):
        hold = services.hold_set(kind=kind, subject=subject, reason="行政诉讼", actor="user:9")
        with pytest.raises(ZhulianError, match="行政诉讼") as caught:
            services.person_erase(person=PERSON, reason="本人申请", actor=world.actor)
        assert caught.value.code == "privacy.held"
        services.hold_lift(hold=hold.pk, reason="判决生效", actor="user:9")
        assert services.person_erase(person=PERSON, reason="本人申请", actor=world.actor)["versions"] == 2

    def test_an_account(self, world):
        firm = User.objects.create_user("firm1", role=Role.ENTERPRISE, first_name="赵强")
        EnterpriseMembership.objects.create(user=firm, enterprise=FIRM)
        leaf = act("accounts.sign_in.done", firm.actor, firm.actor, username=Personal("firm1"))
        with pytest.raises(ZhulianError, match="账号在用"):
            services.account_erase(user=firm, reason="本人申请", by=world)
        firm.is_active = False
        firm.save()
        services.account_erase(user=firm, reason="本人申请", by=world)
        firm.refresh_from_db()
        assert "赵强" not in f"{firm.username}{firm.first_name}"
        assert not Opening.objects.filter(leaf=leaf).exists()
        assert Leaf.objects.filter(pk=leaf.pk, hash=hashlib.sha256(leaf.content.encode()).hexdigest()).exists()

    def test_officers_answer_for_their_acts(self, world):
        world.is_active = False
        world.save()
        with pytest.raises(ZhulianError, match="工作人员"):
            services.account_erase(user=world, reason="本人申请", by=world)


class TestPage:
    def client(self, user: User) -> Client:
        out = Client()
        out.force_login(user)
        return out

    def test_who_has_the_grant_answers_an_application(self, world):
        client = self.client(world)
        typed = {"id_no": ID_NO, "ground": "subject", "purpose": "本人查询申请第 3 号"}
        assert "没有找到这个人" in client.post("/privacy/person", typed).content.decode(), "`*` does not give it"
        allowed(world)
        act("assessments.names.open", f"enterprise:{FIRM}", world.actor, purpose="动态核查")
        page = client.post("/privacy/person", typed)
        text = page.content.decode()
        assert page.headers["Cache-Control"] == "no-store"
        assert all(word in text for word in ("张三丰", "青岛某建设有限公司", "动态核查", "本人查询申请第 3 号"))
        assert ID_NO not in text
        assert Leaf.objects.filter(action="privacy.person.look", subject=f"person:{PERSON}").count() == 1
        erase = client.post("/privacy/person/erase", {"id_no": ID_NO, "reason": "本人申请"})
        assert erase.status_code == 302
        assert not Leaf.objects.filter(content__contains=ID_NO).exists()
        assert "没有找到这个人" in client.post("/privacy/person", typed).content.decode()

    @pytest.mark.parametrize("given", [{"purpose": ""}, {"ground": ""}, {"id_no": "370202199003079999"}])
    def test_without_a_purpose_or_a_person_nothing_is_shown(self, world, given):
        allowed(world)
        answer = self.client(world).post(
            "/privacy/person", {"id_no": ID_NO, "ground": "subject", "purpose": "查询"} | given
        )
        assert answer.status_code == 422
        assert "张三丰" not in answer.content.decode()
        assert not Leaf.objects.filter(action="privacy.person.look").exists()

    def test_people_of_other_divisions_are_not_there(self, world):
        allowed(world)
        Enterprise.objects.update(region="370602")
        answer = self.client(world).post("/privacy/person", {"id_no": ID_NO, "ground": "subject", "purpose": "查询"})
        assert "没有找到这个人" in answer.content.decode()
        assert self.client(world).post("/privacy/person/erase", {"id_no": ID_NO, "reason": "x1"}).status_code == 404

    def test_holds_and_schedule(self, world):
        client = self.client(User.objects.create_user("admin", role=Role.ADMINISTRATOR))
        page = client.get("/privacy/").content.decode()
        assert page.count("没有设定，一直保留") == len(schedule.KINDS)
        answer = client.post("/privacy/holds/new", {"kind": "enterprise", "subject": str(FIRM), "reason": "行政复议"})
        assert answer.status_code == 302
        assert "行政复议" in client.get("/privacy/").content.decode()
        wrong = client.post("/privacy/holds/new", {"kind": "enterprise", "subject": "999999", "reason": "行政复议"})
        assert wrong.status_code == 422
        row = Hold.objects.get()
        assert client.post(f"/privacy/holds/{row.pk}/lift", {"reason": "结案"}).status_code == 302
        assert client.post(f"/privacy/holds/{row.pk}/lift", {"reason": "结案"}).status_code == 404


class TestSchedule:
    @pytest.fixture
    def file(self, tmp_path, settings):
        def write(text: str) -> None:
            path = tmp_path / "retention.toml"
            path.write_text(text, encoding="utf-8")
            settings.RETENTION = str(path)

        return write

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("[emails]\ndays = 3\nbasis = 'x'", "没有「emails」这一类"),
            ("[notices]\ndays = 0\nbasis = 'x'", "不小于 1 的整数"),
            ("[notices]\ndays = true\nbasis = 'x'", "不小于 1 的整数"),
            ("[notices]\ndays = 30\nbasis = ' '", "依据"),
            ("[notices", "有误"),
            ("notices = 3", "不小于 1 的整数"),
        ],
    )
    def test_a_file_that_means_nothing_is_refused_and_nothing_goes(self, file, text, says):
        file(text)
        with pytest.raises(ZhulianError, match=says):
            schedule.rules()

    def test_without_a_file_everything_is_kept(self, world):
        SignInFailure.objects.create(username="x", address="1.1.1.1", at=clock.now() - dt.timedelta(days=9999))
        assert all(rule.days is None for rule in schedule.rules())
        assert run() == 0
        assert SignInFailure.objects.exists()

    def test_what_is_due_goes_and_a_hold_stops_it(self, file, world):
        file("[sign_in_failures]\ndays = 200\nbasis = '本局档案规定'\n[openings]\ndays = 100\nbasis = '本局档案规定'")
        for days in (199, 201):
            SignInFailure.objects.create(username="x", address="1", at=clock.now() - dt.timedelta(days=days))
        old = clock.now() - dt.timedelta(days=150)
        with transaction.atomic():
            for subject in ("user:1", "user:2"):
                leaf_append(action="a", actor="system:x", subject=subject, data={"n": Personal("v")}, at=old)
        User.objects.create_user("two", pk=2, role=Role.ENTERPRISE)
        services.hold_set(kind=Hold.Kind.USER, subject=2, reason="调查", actor="user:9")
        everything = services.hold_set(kind=Hold.Kind.EVERYTHING, subject=None, reason="审计", actor="user:9")
        assert run() == 0
        services.hold_lift(hold=everything.pk, reason="结束", actor="user:9")
        assert run() == 2
        assert SignInFailure.objects.count() == 1
        assert [o.leaf.subject for o in Opening.objects.all()] == ["user:2"]
        told = [
            json.loads(x)["data"]
            for x in Leaf.objects.filter(action__endswith="expire").values_list("content", flat=True)
        ]
        assert {row["kind"]: row["rows"] for row in told} == {"sign_in_failures": 1, "openings": 1}
        assert {row["basis"] for row in told} == {"本局档案规定"}

    def test_an_original_goes_when_nothing_needs_it(self, file, world, home, django_capture_on_commit_callbacks):
        file("[originals]\ndays = 30\nbasis = '本局档案规定'\n[quarantined]\ndays = 30\nbasis = '本局档案规定'")
        long_ago = dt.datetime(2025, 1, 1, tzinfo=SHANGHAI)
        stored = [files.file_store([text], name="x") for text in (b"one", b"two")]
        for number, kept in enumerate((stored[0], stored[1], stored[1])):
            delivery = Delivery.objects.create(
                number=f"D{number}",
                feed="x",
                actor="user:1",
                received_at=long_ago,
                finished_at=long_ago if number < 2 else clock.now(),
                source=number,
            )
            DeliveryFile.objects.create(delivery=delivery, order=0, name="a", sha256=kept.sha256, stored=kept)
        with django_capture_on_commit_callbacks(execute=True):
            assert run() == 2
        assert not files.place(stored[0].sha256).exists()
        assert files.place(stored[1].sha256).exists(), "a younger delivery has the same content"
        assert list(StoredFile.objects.all()) == [stored[1]]

    def test_an_original_stays_while_a_record_waits(self, file, world, home):
        file("[originals]\ndays = 30\nbasis = '本局档案规定'")
        long_ago = dt.datetime(2025, 1, 1, tzinfo=SHANGHAI)
        delivery = Delivery.objects.create(
            number="D1", feed="x", actor="u", received_at=long_ago, finished_at=long_ago, source=1
        )
        kept = files.file_store([b"one"], name="x")
        row = DeliveryFile.objects.create(delivery=delivery, order=0, name="a", sha256=kept.sha256, stored=kept)
        Quarantined.objects.create(
            delivery=delivery, file=row, record=1, position="1", code="x", message="x", cure="x", raw="{}"
        )
        assert run() == 0


def run() -> int:
    """The nightly job, step by step."""
    done, finished = 0, False
    while not finished:
        step = daily(JobView(id=1, kind="privacy.daily", payload={}, state={}, done=done, total=None, actor="system:x"))
        done, finished = step.done, step.finished
    return done
