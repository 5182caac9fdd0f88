"""The second factor, the sessions of an account, one's own password, the electronic business licence."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from stdnum.cn import uscc

from zhulian.server.accounts.administration import services as administration
from zhulian.server.accounts.licence import Holder
from zhulian.server.accounts.models import EnterpriseMembership, SignInFailure, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Enterprise

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
USCC = "91370200MA3C0T071" + uscc.calc_check_digit("91370200MA3C0T071")


@pytest.fixture(autouse=True)
def fresh_limits():
    """Allauth counts tries in the cache."""
    cache.clear()


@pytest.fixture
def officer() -> User:
    return User.objects.create_user("wang", password=PASSWORD, role=Role.CITY, first_name="王丽")


def sign_in(user: User, password: str = PASSWORD, **more):
    client = Client(**more)
    return client, client.post("/login", {"username": user.username, "password": password})


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def enrolled(client: Client) -> str:
    """Set up the second factor on its page; the secret."""
    page = client.get("/account/factor").content.decode()
    secret = re.search(r'<code class="zl-code">(\w+)</code>', page).group(1)
    answer = client.post("/account/factor", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/account/factor/codes"
    return secret


def actions() -> list[str]:
    return list(Leaf.objects.order_by("pk").values_list("action", flat=True))


@pytest.fixture
def asked_for(settings) -> None:
    settings.MFA = "required"


@pytest.mark.usefixtures("asked_for")
class TestSecondFactor:
    def test_a_regulator_sets_one_up_before_anything_else(self, officer):
        client, _ = sign_in(officer)
        for address in ("/home", "/registry/enterprises", "/audit/", "/account/"):
            assert client.get(address).headers["Location"] == "/account/factor"
        assert client.get("/api/v1/enterprises/x/assessments").status_code == 403
        enrolled(client)
        codes = re.findall(r"<li>(\w{8})</li>", client.get("/account/factor/codes").content.decode())
        assert len(codes) == 10
        assert client.get("/home").status_code == 200
        assert "accounts.factor.add" in actions()

    def test_signing_in_asks_for_it(self, officer):
        client, _ = sign_in(officer)
        secret = enrolled(client)
        other, answer = sign_in(officer)
        assert answer.headers["Location"] == "/login/code"
        assert "_auth_user_id" not in other.session, "the password alone opens nothing"
        assert other.get("/home").status_code == 302
        done = actions().count("accounts.sign_in.done")
        wrong = other.post("/login/code", {"code": "000000"})
        assert wrong.status_code == 200
        assert "_auth_user_id" not in other.session
        assert actions().count("accounts.sign_in.done") == done
        assert other.post("/login/code", {"code": code_of(secret)}).status_code == 302
        assert other.get("/home").status_code == 200
        assert actions().count("accounts.sign_in.done") == done + 1

    def test_a_recovery_code_works_once(self, officer):
        client, _ = sign_in(officer)
        enrolled(client)
        code = re.findall(r"<li>(\w{8})</li>", client.get("/account/factor/codes").content.decode())[0]
        for expected in (True, False):
            other, _ = sign_in(officer)
            other.post("/login/code", {"code": code})
            assert ("_auth_user_id" in other.session) is expected

    def test_wrong_codes_lock_like_wrong_passwords(self, officer):
        client, _ = sign_in(officer)
        secret = enrolled(client)
        other, _ = sign_in(officer)
        for _ in range(5):
            other.post("/login/code", {"code": "000000"})
        assert SignInFailure.objects.filter(username="wang").count() == 5
        answer = other.post("/login/code", {"code": code_of(secret)})
        assert "暂时锁定" in answer.content.decode()
        assert "_auth_user_id" not in other.session

    def test_the_secret_is_sealed(self, officer):
        client, _ = sign_in(officer)
        secret = enrolled(client)
        kept = json.dumps([a.data for a in Authenticator.objects.all()])
        assert secret not in kept
        assert not Leaf.objects.filter(content__contains=secret).exists()

    def test_an_administrator_takes_a_lost_one_away(self, officer):
        client, _ = sign_in(officer)
        enrolled(client)
        admin = User.objects.create_user("admin", role=Role.ADMINISTRATOR)
        administration.factors_remove(user=officer, reason="手机丢失，已当面核实", by=admin)
        assert client.get("/home").status_code == 302, "his sessions ended"
        client, answer = sign_in(officer)
        assert answer.headers["Location"] == "/home"
        assert client.get("/home").headers["Location"] == "/account/factor"

    @pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.PUBLIC])
    def test_of_others_it_is_not_asked(self, role):
        client, _ = sign_in(User.objects.create_user("firm", password=PASSWORD, role=role))
        assert client.get("/account/").status_code == 200


def test_demo_accounts_change_nothing_of_their_own(settings):
    settings.DEMO = True
    client, _ = sign_in(User.objects.create_user("show", password=PASSWORD, role=Role.CITY, demo=True))
    settings.MFA = "required"
    assert client.get("/account/").status_code == 200
    for address in ("/account/password", "/account/factor", "/account/factor/remove", "/account/confirm"):
        assert client.get(address).status_code == 409


class TestPassword:
    def change(self, client: Client, new: str, old: str = PASSWORD):
        return client.post("/account/password", {"old_password": old, "new_password1": new, "new_password2": new})

    def test_changed_and_the_other_sessions_end(self, officer):
        client, _ = sign_in(officer)
        other, _ = sign_in(officer)
        assert self.change(client, "another long sentence").status_code == 302
        assert client.get("/account/").status_code == 200
        assert other.get("/account/").status_code == 302
        assert UserSession.objects.filter(user=officer).count() == 1
        assert actions()[-1] == "accounts.password.change"
        assert sign_in(officer)[1].status_code == 422
        assert sign_in(officer, "another long sentence")[1].status_code == 302

    @pytest.mark.parametrize("new", ["short", "123456789012", "password1234", "王丽王丽"])
    def test_weak_ones_are_refused_with_what_to_do(self, officer, new):
        client, _ = sign_in(officer)
        answer = self.change(client, new)
        assert answer.status_code == 422
        assert "zl-field-error" in answer.content.decode()
        assert sign_in(officer)[1].status_code == 302

    def test_the_old_one_is_asked_for(self, officer):
        client, _ = sign_in(officer)
        assert self.change(client, "another long sentence", old="wrong").status_code == 422


class TestSessions:
    def test_listed_and_ended_one_by_one(self, officer):
        here, _ = sign_in(officer, HTTP_USER_AGENT="Firefox on Kylin")
        there, _ = sign_in(officer, HTTP_USER_AGENT="手机浏览器", REMOTE_ADDR="10.1.2.3")
        page = here.get("/account/").content.decode()
        assert "手机浏览器" in page
        assert "10.1.2.3" in page
        assert "本机正在使用" in page
        row = UserSession.objects.get(user=officer, ip="10.1.2.3")
        assert here.post(f"/account/sessions/{row.pk}/end").status_code == 302
        assert there.get("/account/").status_code == 302
        assert here.get("/account/").status_code == 200
        assert here.post(f"/account/sessions/{row.pk}/end").status_code == 404

    def test_another_persons_session_is_not_there(self, officer):
        here, _ = sign_in(officer)
        other = User.objects.create_user("li", password=PASSWORD, role=Role.CITY)
        theirs, _ = sign_in(other)
        row = UserSession.objects.get(user=other)
        assert here.post(f"/account/sessions/{row.pk}/end").status_code == 404
        assert theirs.get("/account/").status_code == 200

    def test_all_others_at_once(self, officer):
        clients = [sign_in(officer)[0] for _ in range(3)]
        assert clients[0].post("/account/sessions/end").status_code == 302
        assert [c.get("/account/").status_code for c in clients] == [200, 302, 302]

    @pytest.mark.usefixtures("officer")
    def test_signing_in_changes_the_key(self):
        client = Client()
        client.get("/login/licence")
        before = client.session.session_key
        client.post("/login", {"username": "wang", "password": PASSWORD})
        assert client.session.session_key != before


class Gateway:
    """A gateway for tests: it shows whatever the address says; real ones ask the regulator."""

    def begin(self, *, state: str, come_back: str) -> str:
        return f"https://licence.example/?state={state}&back={come_back}"

    def finish(self, *, answer: dict[str, str]) -> tuple[str, Holder]:
        return answer["state"], Holder(answer["uscc"], "青岛某建设有限公司")


@pytest.fixture
def gateway(settings) -> None:
    settings.LICENCE_ADAPTER = f"{Gateway.__module__}.Gateway"


@pytest.fixture
def firm() -> None:
    Enterprise.objects.create(enterprise=71, name="青岛某建设有限公司", uscc=USCC, region="370202", recorded_at=0)


def clerk(name: str, **more) -> User:
    user = User.objects.create_user(name, role=Role.ENTERPRISE, **more)
    EnterpriseMembership.objects.create(user=user, enterprise=71)
    return user


def shown(client: Client, code: str = USCC, state: str = ""):
    away = client.get("/login/licence").headers["Location"]
    return client.get(
        "/login/licence/return", {"state": state or re.search(r"state=([^&]+)", away).group(1), "uscc": code}
    )


@pytest.mark.usefixtures("gateway", "firm")
class TestLicence:
    def test_the_clerk_of_that_enterprise_is_signed_in(self):
        user = clerk("firm1")
        client = Client()
        assert "用电子营业执照登录" in client.get("/login").content.decode()
        assert shown(client).headers["Location"] == "/home"
        assert client.session["_auth_user_id"] == str(user.pk)

    def test_of_several_one_says_who_he_is(self):
        clerk("firm1", first_name="赵强")
        second = clerk("firm2", first_name="孙丽")
        stranger = User.objects.create_user("stranger", role=Role.CITY)
        client = Client()
        assert "孙丽" in shown(client).content.decode()
        assert "_auth_user_id" not in client.session
        client.post("/login/licence/return", {"user": stranger.pk})
        assert "_auth_user_id" not in client.session
        client.post("/login/licence/return", {"user": second.pk})
        assert client.session["_auth_user_id"] == str(second.pk)

    @pytest.mark.parametrize(
        ("given", "status"), [({"state": "of-somebody-else"}, 403), ({"code": "91370200000000100X"}, 403)]
    )
    def test_what_does_not_hold_is_refused(self, given, status):
        clerk("firm1")
        client = Client()
        assert shown(client, **given).status_code == status
        assert "_auth_user_id" not in client.session

    def test_an_exchange_is_used_once_and_not_late(self, monkeypatch):
        clerk("firm1")
        client = Client()
        away = client.get("/login/licence").headers["Location"]
        given = {"state": re.search(r"state=([^&]+)", away).group(1), "uscc": USCC}
        later = clock.machine_now() + dt.timedelta(minutes=11)
        with monkeypatch.context() as patch:
            patch.setattr(clock, "machine_now", lambda: later)
            assert client.get("/login/licence/return", given).status_code == 403
        assert client.get("/login/licence/return", given).status_code == 403

    def test_who_has_no_clerk_or_a_closed_one_is_told(self):
        clerk("firm1", is_active=False)
        assert shown(Client()).status_code == 403

    def test_a_choice_without_a_licence_is_nothing(self):
        user = clerk("firm1")
        client = Client()
        assert client.post("/login/licence/return", {"user": user.pk}).status_code in {403, 400}
        assert "_auth_user_id" not in client.session


def test_without_a_gateway_it_is_not_offered():
    assert "电子营业执照" not in Client().get("/login").content.decode()
    assert Client().get("/login/licence").status_code == 404


def test_single_sign_on_that_is_not_there():
    assert Client().post("/login/sso/sso").status_code == 404
    assert "统一身份认证" not in Client().get("/login").content.decode()
