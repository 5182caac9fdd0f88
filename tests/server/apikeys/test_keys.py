"""Keys of programs: narrowed, for a while, from where they may be; nothing beside them counts."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import EnterpriseMembership, User
from zhulian.server.apikeys import services
from zhulian.server.apikeys.models import ApiKey
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Enterprise, Identity, Subject

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 6, 2)
USCC = "91370200000000100K"
ASSESSMENTS = f"/api/v1/enterprises/{USCC}/assessments"


def known(number: int, uscc: str) -> None:
    Enterprise.objects.create(
        enterprise=number, name=f"青岛某建设有限公司{number}", uscc=uscc, region="370202", recorded_at=0
    )
    Subject.objects.create(pk=number, kind="enterprise", created_at=0)
    Identity.objects.create(subject_id=number, subject_kind="enterprise", kind="uscc", value=uscc, confirmed=True)


@pytest.fixture
def clerk():
    known(71, USCC)
    user = User.objects.create_user("firm1", role=Role.ENTERPRISE)
    EnterpriseMembership.objects.create(user=user, enterprise=71)
    with clock.frozen(DAY):
        yield user


def made(user: User, *scopes: str, **more) -> tuple[ApiKey, str]:
    given = {"name": "资质看板", "expires_on": DAY + dt.timedelta(days=90)} | more
    return services.key_create(user=user, scopes=scopes or ("assessments.assessment.view",), **given)


def ask(token: str, address: str = ASSESSMENTS, **more):
    return Client(HTTP_AUTHORIZATION=f"Bearer {token}", **more).get(address)


def test_it_acts_as_its_owner_and_keeps_nothing_of_itself(clerk):
    row, token = made(clerk)
    answer = ask(token)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert not answer.cookies
    row.refresh_from_db()
    assert row.used_at is not None
    secret = token.rpartition("_")[2]
    assert secret not in json.dumps([row.digest, row.scopes, *Leaf.objects.values_list("content", flat=True)])


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (["assessments.assessment.view"], 200),
        (["assessments.*"], 200),
        (["assessments.assessment.export"], 403),
        (["decisions.*"], 403),
        (["assessments.person.names", "assessments.assessment.*"], 200),
    ],
)
def test_it_is_narrowed_to_its_scopes(clerk, scopes, status):
    answer = ask(made(clerk, *scopes)[1])
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "apikey.scope"
        assert answer.json()["params"] == {"scope": "assessments.assessment.view"}


def test_it_reaches_no_further_than_its_owner(clerk):
    known(72, "91370200000000101H")
    _, token = made(clerk)
    assert ask(token, "/api/v1/enterprises/91370200000000101H/assessments").status_code == 403
    EnterpriseMembership.objects.all().delete()
    assert ask(token).status_code == 403, "asked anew each time"


@pytest.mark.parametrize("end", ["revoked", "expired", "closed", "unknown", "wrong", "shape", "other"])
def test_what_does_not_work_is_401_and_never_the_session_beside_it(clerk, end):
    row, token = made(clerk)
    other, _ = made(clerk)
    if end == "revoked":
        services.key_revoke(key=row, by=clerk)
    if end == "expired":
        ApiKey.objects.filter(pk=row.pk).update(expires_on=DAY)
    token = {
        "unknown": f"zl_999_{'x' * 43}",
        "wrong": token[:-3] + "xyz",
        "shape": "anything",
        "other": token.replace(f"zl_{row.pk}_", f"zl_{other.pk}_"),
    }.get(end, token)
    client = Client(HTTP_AUTHORIZATION=f"Bearer {token}")
    client.force_login(clerk)
    if end == "closed":
        User.objects.update(is_active=False)
    answer = client.get(ASSESSMENTS)
    assert answer.status_code == 401
    assert answer.json()["code"] == "apikey.refused"


@pytest.mark.parametrize(("address", "status"), [("10.1.2.3", 200), ("10.1.3.1", 401), ("", 401)])
def test_only_from_where_it_may_be_used(clerk, address, status):
    _, token = made(clerk, addresses=["10.1.2.0/24", "2001:db8::1"])
    assert ask(token, REMOTE_ADDR=address).status_code == status


def test_pages_know_no_key(clerk):
    _, token = made(clerk, "assessments.*", "registry.*")
    assert ask(token, "/home").status_code == 302
    assert ask(token, "/account/").status_code == 302


def test_an_owner_who_has_first_things_to_do_gives_no_rights(clerk, settings):
    _, token = made(clerk)
    User.objects.update(password_given=True)
    assert ask(token).json()["code"] == "apikey.owner"
    officer = User.objects.create_user("wang", role=Role.CITY)
    _, token = made(officer)
    settings.MFA = "required"
    assert ask(token).json()["code"] == "apikey.owner"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": " "}, "apikey.name"),
        ({"scopes": ()}, "apikey.scopes"),
        ({"scopes": ("*",)}, "apikey.scopes"),
        ({"scopes": ("accounts.access.see_as",)}, "apikey.scopes"),
        ({"scopes": ("registry.enterprise.fly",)}, "apikey.scopes"),
        ({"addresses": ("10.0.0.300",)}, "apikey.address"),
        ({"expires_on": DAY}, "apikey.term"),
        ({"expires_on": DAY + dt.timedelta(days=400)}, "apikey.term"),
    ],
)
def test_a_key_that_means_nothing_is_refused(clerk, more, code):
    given = {"name": "看板", "scopes": ("assessments.*",), "expires_on": DAY + dt.timedelta(days=9)} | more
    with pytest.raises(ZhulianError) as caught:
        services.key_create(user=clerk, **given)
    assert caught.value.code == code
    assert not ApiKey.objects.exists()


def test_the_pages(clerk):
    client = Client()
    client.force_login(clerk)
    assert "还没有密钥" in client.get("/keys/").content.decode()
    typed = {"name": "看板", "scopes": ["assessments.assessment.view"], "expires_on": "2025-07-01", "addresses": "x"}
    answer = client.post("/keys/new", typed)
    assert answer.status_code == 422
    assert "不是 IP 地址" in answer.content.decode()
    answer = client.post("/keys/new", typed | {"addresses": ""})
    assert answer.headers["Cache-Control"] == "no-store"
    row = ApiKey.objects.get()
    assert f"zl_{row.pk}_" in answer.content.decode()
    page = client.get("/keys/").content.decode()
    assert "查看资质核查" in page
    assert "在用" in page
    assert client.get("/keys/all").status_code == 403
    stranger = Client()
    stranger.force_login(User.objects.create_user("firm2", role=Role.ENTERPRISE))
    assert stranger.post(f"/keys/{row.pk}/revoke").status_code == 404
    admin = Client()
    admin.force_login(User.objects.create_user("admin", role=Role.ADMINISTRATOR))
    assert "firm1" in admin.get("/keys/all").content.decode()
    assert admin.post(f"/keys/{row.pk}/revoke").status_code == 302
    assert "已停用" in client.get("/keys/").content.decode()
    told = list(Leaf.objects.filter(action__startswith="apikeys.").order_by("pk").values_list("action", "actor"))
    assert told == [
        ("apikeys.key.create", clerk.actor),
        ("apikeys.key.revoke", f"user:{User.objects.get(username='admin').pk}"),
    ]
