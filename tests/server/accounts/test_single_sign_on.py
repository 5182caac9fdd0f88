"""Single sign-on against a real OpenID Connect provider, run beside the test: the whole way of a browser."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.cache import cache
from django.test import Client

from zhulian.server.accounts.models import User
from zhulian.server.common.permissions import Role
from zhulian.server.notary.models import Leaf

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent
RETURN = "http://testserver/login/sso/sso/return"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The provider's address."""
    node = shutil.which("node")
    assert node, "node is missing: the front end needs it too (README)"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [node, str(HERE / "provider.mjs"), str(port), RETURN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert "listening" in process.stdout.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(autouse=True)
def installed(provider, settings) -> None:
    cache.clear()
    app = {
        "provider_id": "sso",
        "name": "统一身份认证",
        "client_id": "zhulian",
        "secret": "a secret of this test",
        "settings": {"server_url": provider, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "SCOPE": ["openid", "profile"]}}


@pytest.fixture
def officer() -> User:
    return User.objects.create_user("wang", role=Role.CITY)


def vouched(client: Client, name: str) -> str:
    """Go to the provider as a browser does, sign in there, agree; the address it sends the browser back to."""
    browser = requests.Session()
    address = client.post("/login/sso/sso").headers["Location"]
    for _ in range(12):
        answer = browser.get(address, allow_redirects=False)
        while answer.status_code in {302, 303}:
            address = urljoin(address, answer.headers["Location"])
            if address.startswith(RETURN):
                return address
            answer = browser.get(address, allow_redirects=False)
        form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
        assert form, answer.text[:300]
        kind = re.search(r'name="prompt" value="(\w+)"', answer.text).group(1)
        typed = {"prompt": kind, "login": name, "password": "x"} if kind == "login" else {"prompt": kind}
        answer = browser.post(urljoin(address, form.group(1)), data=typed, allow_redirects=False)
        address = urljoin(address, answer.headers["Location"])
        if address.startswith(RETURN):
            return address
    raise AssertionError("the provider leads in circles")


def back(client: Client, address: str):
    parts = urlsplit(address)
    return client.get(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})


def test_an_officer_signs_in_is_linked_once_and_nothing_else_is_kept(officer):
    client = Client()
    assert "用统一身份认证登录" in client.get("/login").content.decode()
    answer = back(client, vouched(client, "wang"))
    assert answer.headers["Location"] == "/home"
    assert client.session["_auth_user_id"] == str(officer.pk)
    link = SocialAccount.objects.get()
    assert (link.user, link.uid, link.extra_data) == (officer, "wang", {})
    assert not SocialToken.objects.exists()
    again = Client()
    back(again, vouched(again, "wang"))
    assert again.session["_auth_user_id"] == str(officer.pk)
    actions = list(Leaf.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["accounts.single_sign_on.link", "accounts.sign_in.done", "accounts.sign_in.done"]


@pytest.mark.usefixtures("officer")
def test_the_number_counts_once_linked_not_the_name():
    """Somebody else at the provider who takes the same name later is not him."""
    client = Client()
    back(client, vouched(client, "wang"))
    SocialAccount.objects.update(uid="somebody-earlier")
    other = Client()
    assert back(other, vouched(other, "wang")).status_code == 403
    assert "_auth_user_id" not in other.session


@pytest.mark.parametrize("name", ["nobody-here", "closed", "show"])
def test_whom_nobody_registered_is_told_and_no_account_is_made(name, settings):
    settings.DEMO = True
    User.objects.create_user("closed", role=Role.CITY, is_active=False)
    User.objects.create_user("show", role=Role.CITY, demo=True)
    before = User.objects.count()
    client = Client()
    answer = back(client, vouched(client, name))
    assert answer.status_code == 403
    assert "没有" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


def test_a_closed_account_stays_closed_although_linked(officer):
    client = Client()
    back(client, vouched(client, "wang"))
    officer.is_active = False
    officer.save()
    other = Client()
    assert back(other, vouched(other, "wang")).status_code == 403
    assert "_auth_user_id" not in other.session


@pytest.mark.usefixtures("officer")
def test_an_answer_meant_for_another_browser_is_refused():
    """A link sent to somebody so that he signs in as the sender."""
    attacker, victim = Client(), Client()
    address = vouched(attacker, "wang")
    victim.get("/login")
    answer = back(victim, address)
    assert answer.status_code in {302, 403}
    assert "_auth_user_id" not in victim.session


@pytest.mark.usefixtures("officer")
def test_a_code_is_used_once():
    client = Client()
    address = vouched(client, "wang")
    assert back(client, address).headers["Location"] == "/home"
    client.post("/logout")
    back(client, address)
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("officer")
def test_a_second_factor_is_asked_for_here_unless_the_provider_answers_for_it(settings):
    settings.MFA = "required"
    client = Client()
    back(client, vouched(client, "wang"))
    assert client.get("/home").headers["Location"] == "/account/factor"
    settings.OIDC_SECOND_FACTOR = True
    other = Client()
    back(other, vouched(other, "wang"))
    assert other.get("/home").status_code == 200


def test_a_provider_that_does_not_answer(settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:9"
    answer = Client().post("/login/sso/sso")
    assert answer.status_code == 502
    assert "没有应答" in answer.content.decode()
