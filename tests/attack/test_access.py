"""Who gets in where: every address for every role, every scope, every trick at the door we know of."""

# ruff: noqa: ARG001, ARG002 - fixtures are asked for by name, views and operations take the request they must

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path
from ninja import NinjaAPI
from stdnum.cn import uscc

from zhulian.core.kernel.dates import micros
from zhulian.server.accounts import selectors, services
from zhulian.server.accounts.models import Function, Grant, SignInFailure, User
from zhulian.server.common import checks, clock, outbox, scopes
from zhulian.server.common.models import Event
from zhulian.server.common.permissions import Access, Role, access_of, permission, public, requires, signed_in
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Contract, Enterprise, Project

VIEW = "registry.enterprise.view"
DAY = dt.date(2025, 6, 1)
RECORDED = micros(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))

OURS, NEXT_DISTRICT, OTHER_CITY, OTHER_PROVINCE, BUILDS_HERE, OLD_CODE = range(101, 107)
REGIONS = {
    OURS: "370202",
    NEXT_DISTRICT: "370203",
    OTHER_CITY: "370602",
    OTHER_PROVINCE: "110101",
    BUILDS_HERE: "110101",  # from another province, with a project in our district
    OLD_CODE: "371202",  # 莱城区, part of 济南 since 2018
}


@pytest.fixture(autouse=True)
def _fast_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DEMO = True
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith("whitenoise.")]


def uscc_of(number: int) -> str:
    body = f"91370200MA3C0T{number:03d}"
    return body + uscc.calc_check_digit(body)


@pytest.fixture
def demo(db) -> dict[str, User]:
    """The demonstration's accounts; enterprise1 acts for OURS."""
    with clock.frozen(DAY - dt.timedelta(days=30)):
        accounts = services.accounts_demo_create()
        users = {a.username: User.objects.get(username=a.username) for a in accounts}
        services.membership_create(user=users["enterprise1"], enterprise=OURS, actor="system:test")
    return users


@pytest.fixture
def country(db) -> Iterator[None]:
    """One enterprise in each kind of place, on a day that stands still."""
    for number, region in REGIONS.items():
        Enterprise.objects.create(
            enterprise=number, name=f"企业{number}", uscc=uscc_of(number), region=region, recorded_at=RECORDED
        )
    Project.objects.create(project=1, name="某大厦", region="370202", recorded_at=RECORDED)
    Contract.objects.create(
        project=1, enterprise=BUILDS_HERE, contract_no="c1", role="施工总承包", recorded_at=RECORDED
    )
    with clock.frozen(DAY):
        yield


def visible(user: object) -> set[int]:
    return set(Enterprise.objects.at(DAY).filter(scopes.enterprises(user, VIEW)).values_list("enterprise", flat=True))


class TestScopes:
    @pytest.mark.parametrize(
        ("username", "expected"),
        [
            ("province", {OURS, NEXT_DISTRICT, OTHER_CITY, BUILDS_HERE, OLD_CODE}),
            ("city", {OURS, NEXT_DISTRICT, BUILDS_HERE}),
            ("district", {OURS, BUILDS_HERE}),
            ("enterprise1", {OURS}),
            ("enterprise2", set()),
            ("admin", set()),  # runs the platform, sees nobody's data
        ],
    )
    def test_own_and_other(self, demo, country, username: str, expected: set[int]) -> None:
        assert visible(demo[username]) == expected

    def test_no_identity_no_data(self, demo, country) -> None:
        assert visible(AnonymousUser()) == set()
        assert visible(None) == set()
        demo["province"].is_active = False
        assert visible(demo["province"]) == set()

    def test_a_grant_ends(self, demo, country) -> None:
        grant = Grant.objects.get(unit=demo["city"].unit)
        services.grant_end(grant=grant, on=DAY, actor="user:1", reason="机构改革")
        assert visible(demo["city"]) == set()
        with clock.frozen(DAY - dt.timedelta(days=1)):
            assert visible(demo["city"]) != set()

    def test_a_grant_of_another_action_opens_nothing(self, demo, country) -> None:
        Grant.objects.all().delete()
        for action in ("assessments.*", "registry.enterprise.edit", "registry", "registry.enterprise"):
            services.grant_create(
                unit=demo["district"].unit, function=Function.MARKET, division="370202", action=action, actor="user:1"
            )
        assert visible(demo["district"]) == set()
        services.grant_create(
            user=demo["district"], function=Function.MARKET, division="370203", action="registry.*", actor="user:1"
        )
        assert visible(demo["district"]) == {NEXT_DISTRICT}

    def test_a_grant_gives_no_permission_that_the_role_lacks(self, demo, country) -> None:
        services.grant_create(
            user=demo["admin"], function=Function.MARKET, division="000000", action="*", actor="user:1"
        )
        assert visible(demo["admin"]) == set()
        services.grant_create(
            user=demo["enterprise2"], function=Function.MARKET, division="000000", action="*", actor="user:1"
        )
        assert visible(demo["enterprise2"]) == set()

    def test_the_power_holder_is_the_narrowest_row_of_the_duty_table(self, demo) -> None:
        province, city = demo["province"].unit, demo["city"].unit
        services.duty_set(power="资质许可", unit=province, division="370000", actor="user:1")
        services.duty_set(power="资质许可", unit=city, division="370200", codes="D2", actor="user:1")

        def holder(division: str, code: str) -> object:
            return selectors.power_holder(power="资质许可", division=division, code=code, on=clock.today())

        assert holder("370202", "D101A") == province
        assert holder("370202", "D201B") == city
        assert holder("370602", "D201B") == province
        assert holder("110101", "D201B") is None
        assert selectors.power_holder(power="暂扣", division="370202", on=clock.today()) is None


VALUES = {"int": "1", "str": "x", "slug": "x", "uuid": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "path": "x"}


def endpoints(patterns=None, prefix: str = "/", open_place: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Access]]:
    """(method, address, access) of everything this server answers; what is in `open_place` becomes `{}`."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from endpoints(pattern.url_patterns, prefix + str(pattern.pattern), open_place)
        else:
            for name, view in checks.operations(pattern):
                for method in name.split("/") if name else ["GET", "POST"]:
                    yield method, address(pattern, prefix, open_place), access_of(view)


def address(pattern: URLPattern, prefix: str, open_place: tuple[str, ...]) -> str:
    out = prefix + str(pattern.pattern)
    for place in open_place:
        out = out.replace(place, "{}")
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        for written in (f"<{kind}:{name}>", f"<{name}>"):
            out = out.replace(written, VALUES.get(kind, "x"))
    return out


ROLES = {
    "": Role.PUBLIC,
    "province": Role.PROVINCE,
    "city": Role.CITY,
    "district": Role.DISTRICT,
    "enterprise1": Role.ENTERPRISE,
    "admin": Role.ADMINISTRATOR,
}


class TestEndpoints:
    def test_every_address_says_who_may_open_it(self) -> None:
        assert list(checks.problems(get_resolver().url_patterns)) == []
        assert len(list(endpoints())) > 20

    @pytest.mark.parametrize("username", ROLES, ids=lambda u: u or "nobody")
    def test_every_address_for_every_role(self, demo, username: str) -> None:
        client = Client(raise_request_exception=False)
        if username:
            client.force_login(demo[username])
        wrong = [
            (method, where, answer.status_code)
            for method, where, access in endpoints()
            if where != "/logout"
            and (answer := client.generic(method, where)).status_code != 405
            and (answer.status_code >= 500 or turned_away(answer) != (not may(ROLES[username], access)))
        ]
        assert wrong == []


def about_enterprises() -> list[str]:
    """Addresses of one enterprise that need a permission, with its place left open."""
    key = ("<int:enterprise>", "<key>")
    found = {
        where.replace("/x/people", "/D101A/people").replace("/x/", "/D101A/")
        for method, where, access in endpoints(open_place=key)
        if method == "GET" and "{}" in where and access.kind == "requires"
    }
    return sorted(found)


class TestOtherEnterprises:
    """The address of another division's or another firm's enterprise is an address that is not there."""

    @pytest.mark.parametrize("username", ROLES, ids=lambda u: u or "nobody")
    def test_only_those_in_scope_answer(self, demo, country, client, username: str) -> None:
        user = demo[username] if username else AnonymousUser()
        if username:
            client.force_login(user)
        seen = visible(user)
        addresses = about_enterprises()
        assert len(addresses) >= 5
        answered = {
            number
            for where in addresses
            for number in REGIONS
            if client.get(where.format(key_of(number, where))).status_code == 200
        }
        assert answered <= seen
        if username in {"province", "city", "district", "enterprise1"}:
            assert answered == seen


def key_of(number: int, where: str) -> object:
    return uscc_of(number) if where.startswith("/api/") else number


def may(role: Role, access: Access) -> bool:
    if access.kind == "requires":
        row = permission(access.permission)
        return row is not None and role in row.roles
    if access.kind == "keyed":
        return False  # a session is no signature
    return access.kind == "public" or role is not Role.PUBLIC


def turned_away(answer: HttpResponse) -> bool:
    """Refused, or sent to the sign-in page. A page may still refuse by scope with 404."""
    sent = answer.status_code == 302 and answer.headers["Location"].startswith("/login?next=")
    return sent or answer.status_code in {401, 403}


class TestStartUp:
    def test_refuses_an_address_without_permission(self) -> None:
        def naked(_request: HttpRequest) -> HttpResponse:
            return HttpResponse()

        found = list(checks.problems([path("naked", naked), path("ok", public(lambda _request: HttpResponse()))]))
        assert [(m.id, "/naked" in m.msg) for m in found] == [("zhulian.E001", True)]

    def test_refuses_a_permission_that_nobody_declared(self) -> None:
        view = requires("nothing.like.this")(lambda _request: HttpResponse())
        assert [m.id for m in checks.problems([path("x", view)])] == ["zhulian.E002"]

    def test_refuses_an_operation_of_the_api(self) -> None:
        api = NinjaAPI(urls_namespace="test-access", openapi_url=None)

        @api.get("open")
        def operation(request: HttpRequest) -> str:
            return "x"

        @api.post("open")
        @signed_in
        def guarded(request: HttpRequest) -> str:
            return "x"

        found = {m.msg for m in checks.problems([path("api/", api.urls)]) if "api/open" in m.msg}
        assert len(found) == 1
        assert "GET" in found.pop()

    def test_a_server_process_does_not_start(self, settings) -> None:
        checks.refuse_start()
        settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [path("x", lambda _r: HttpResponse())]})
        with pytest.raises(ImproperlyConfigured, match="/x"):
            checks.refuse_start()


class TestSignIn:
    def sign_in(self, client: Client, username: str, password: str, **more: str) -> HttpResponse:
        return client.post("/login", {"username": username, "password": password}, **more)

    def test_in_and_out(self, demo, client, settings) -> None:
        answer = self.sign_in(client, "city", "zhulian-city")
        assert (answer.status_code, answer.headers["Location"]) == (302, settings.LOGIN_REDIRECT_URL)
        assert client.session["_auth_user_id"] == str(demo["city"].pk)
        assert client.get("/logout").status_code == 405
        client.post("/logout")
        assert "_auth_user_id" not in client.session

    def test_wrong_password_and_unknown_name_read_the_same(self, demo, client) -> None:
        texts = [self.sign_in(client, name, "wrong").content.decode() for name in ("city", "nobody-here")]
        assert all("用户名或密码不正确" in text for text in texts)
        leaf = Leaf.objects.filter(action="accounts.sign_in.failed").first()
        assert "nobody-here" not in leaf.content
        assert "city" not in leaf.content

    def test_locked_after_repeated_failures_even_with_the_right_password(self, demo, client) -> None:
        for _ in range(5):
            self.sign_in(client, "city", "wrong")
        answer = self.sign_in(client, "city", "zhulian-city")
        assert "暂时锁定" in answer.content.decode()
        assert self.sign_in(client, "province", "zhulian-province").status_code == 302
        SignInFailure.objects.update(at=clock.machine_now() - dt.timedelta(minutes=16))
        assert self.sign_in(Client(), "city", "zhulian-city").status_code == 302

    def test_success_clears_the_count(self, demo, client) -> None:
        for _ in range(4):
            self.sign_in(client, "city", "wrong")
        self.sign_in(client, "city", "zhulian-city")
        assert not SignInFailure.objects.exists()

    @pytest.mark.parametrize(
        "more",
        [
            {"REMOTE_ADDR": "192.168.1.7"},
            {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
            {"REMOTE_ADDR": ""},
        ],
    )
    def test_demo_accounts_from_this_machine_only(self, demo, client, more: dict[str, str]) -> None:
        answer = self.sign_in(client, "city", "zhulian-city", **more)
        assert "只能在本机登录" in answer.content.decode()
        assert "zhulian-city" not in answer.content.decode()
        assert "_auth_user_id" not in client.session

    def test_demo_sessions_end_with_the_demonstration_and_do_not_travel(self, demo, client, settings) -> None:
        self.sign_in(client, "admin", "zhulian-admin")
        assert client.get("/common/deadletters").status_code == 200
        assert client.get("/common/deadletters", REMOTE_ADDR="192.168.1.7").status_code == 302
        settings.DEMO = False
        assert client.get("/common/deadletters").status_code == 302

    @pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "\\\\evil"])
    def test_no_way_out_to_elsewhere(self, demo, client, settings, wanted: str) -> None:
        answer = client.post(
            "/login", {"username": "city", "password": "zhulian-city", "next": wanted}, REMOTE_ADDR="127.0.0.1"
        )
        assert answer.headers["Location"] == settings.LOGIN_REDIRECT_URL

    def test_a_form_without_its_token_is_refused(self, demo) -> None:
        client = Client(enforce_csrf_checks=True)
        answer = self.sign_in(client, "city", "zhulian-city")
        assert answer.status_code == 403
        assert "页面已过期" in answer.content.decode()

    def test_the_password_is_nowhere_in_the_ledger(self, demo, client) -> None:
        self.sign_in(client, "city", "zhulian-city")
        assert not Leaf.objects.filter(content__contains="zhulian-city").exists()


def test_pages_carry_the_policy_and_private_ones_are_not_cached(demo, client) -> None:
    answer = client.get("/login")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    client.force_login(demo["admin"])
    assert client.get("/common/deadletters").headers["Cache-Control"] == "private, no-store"


def test_an_address_that_is_not_there(client, db) -> None:
    page = client.get("/nothing/here")
    assert page.status_code == 404
    assert "没有找到" in page.content.decode()
    problem = client.get("/api/v1/nothing")
    assert (problem.status_code, problem.headers["Content-Type"]) == (404, "application/problem+json")


def test_the_page_of_dead_letters_shows_what_is_stuck_and_gives_it_up_with_a_reason(demo, client) -> None:
    with transaction.atomic():
        outbox.append([outbox.Event("test.stuck", "enterprise:7"), outbox.Event("test.behind", "enterprise:7")])
    row = Event.objects.get(type="test.stuck")
    Event.objects.filter(pk=row.pk).update(state="dead")
    client.force_login(demo["admin"])
    page = client.get("/common/deadletters").content.decode()
    assert "test.stuck" in page
    assert "test.behind" not in page
    assert client.post(f"/common/deadletters/{row.pk}/discard", {"reason": ""}).status_code == 422
    client.post(f"/common/deadletters/{row.pk}/discard", {"reason": "重复"})
    assert "没有死信" in client.get("/common/deadletters").content.decode()
    assert Leaf.objects.filter(action="common.dead_letter.discard", actor=demo["admin"].actor).count() == 1
