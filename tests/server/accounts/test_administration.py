"""Units, people, grants, duties: within one's limits, never to oneself, each with a leaf, and what follows at once."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.test import Client
from django.urls import reverse_lazy

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts import selectors as base
from zhulian.server.accounts import services as plain
from zhulian.server.accounts.administration import limits, selectors, services
from zhulian.server.accounts.models import Duty, EnterpriseMembership, Function, Grant, OrganisationUnit, User
from zhulian.server.accounts.permissions import MANAGE
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role, permissions, requires
from zhulian.server.notary.models import Leaf
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.models import Enterprise
from zhulian.server.registry.permissions import VIEW

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 6, 2)
REGISTER = reverse_lazy("registry:enterprises")
USCC = "91370200000000100K"


@dataclass
class World:
    """An administrator of the platform, the city's and the district's bureau; the city's head administers the city."""

    admin: User
    second: User
    city: OrganisationUnit
    district: OrganisationUnit
    head: User
    clerk: User


@pytest.fixture
def world() -> World:
    with clock.frozen(DAY - dt.timedelta(days=1)):
        city = plain.unit_create(name="青岛市住房和城乡建设局", division="370200", actor="system:test")
        district = plain.unit_create(name="市南区住房和城乡建设局", division="370202", parent=city, actor="system:test")
        admin, second = (User.objects.create_user(name, role=Role.ADMINISTRATOR) for name in ("admin", "second"))
        head = User.objects.create_user("head", role=Role.CITY, unit=city)
        clerk = User.objects.create_user("clerk", role=Role.DISTRICT, unit=district)
        plain.grant_create(unit=city, function=Function.MARKET, division="370200", action="*", actor="system:test")
        Enterprise.objects.create(enterprise=71, name="青岛某建设有限公司", uscc=USCC, region="370202", recorded_at=0)
    with clock.frozen(DAY):
        yield World(admin, second, city, district, head, clerk)


def give(world: World, by: User, action: str = "registry.*", division: str = "370202", **more) -> Grant:
    to = {"unit": world.district} | more
    return services.grant_give(
        action=action, division=division, function=Function.MARKET, reason="局党组会议纪要", by=by, **to
    )


def manage(world: World) -> None:
    """Let the city's head administer the city."""
    give(world, world.admin, "accounts.*", "370200", unit=None, user=world.head)


class refused:  # noqa: N801 - reads as `with refused(code)`
    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> None:
        self.leaves = Leaf.objects.count()

    def __exit__(self, kind, error, trace) -> bool:
        assert isinstance(error, ZhulianError), f"not refused, {self.code} was due"
        assert error.code == self.code
        assert Leaf.objects.count() == self.leaves, "what is refused leaves nothing"
        return True


def test_a_grant_works_at_once_and_ends_at_once(world):
    assert not base.granted_divisions(user=world.clerk, action=VIEW).exists()
    grant = give(world, world.admin)
    assert set(base.granted_tops(user=world.clerk, action=VIEW)) == {"370202"}
    leaf = Leaf.objects.get(action="accounts.grant.create", actor=world.admin.actor)
    assert leaf.subject == f"unit:{world.district.pk}"
    assert json.loads(leaf.content)["data"]["purpose"] == "局党组会议纪要"
    services.grant_withdraw(grant=grant, reason="职责调整", by=world.admin)
    assert base.granted_tops(user=world.clerk, action=VIEW) == ()
    with refused("admin.ended"):
        services.grant_withdraw(grant=grant, reason="职责调整", by=world.admin)
    assert Grant.objects.filter(pk=grant.pk).exists(), "what was is kept"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"action": "registry.enterprise.fly"}, "admin.action"),
        ({"action": "registry"}, "admin.action"),
        ({"action": ""}, "admin.action"),
        ({"division": "999999"}, "admin.division"),
        ({"reason": " "}, "admin.reason"),
        ({"until": DAY}, "admin.until"),
        ({"unit": None}, "admin.holder"),
    ],
)
def test_a_grant_that_means_nothing_is_refused(world, more, code):
    given = {"action": "registry.*", "division": "370202", "reason": "职责分工", "unit": world.district} | more
    with refused(code):
        services.grant_give(function=Function.MARKET, by=world.admin, **given)
    assert not Grant.objects.filter(unit=world.district).exists()


def test_the_same_grant_is_given_once(world):
    give(world, world.admin)
    with refused("admin.twice"):
        give(world, world.admin)


def test_whom_grants_mean_nothing_to_gets_none(world):
    firm = User.objects.create_user("firm", role=Role.ENTERPRISE)
    gone = User.objects.create_user("gone", role=Role.DISTRICT, unit=world.district, is_active=False)
    for user in (firm, gone, world.second):
        with refused("admin.holder"):
            give(world, world.admin, unit=None, user=user)


class TestDelegation:
    """An officer administers where and as far as a grant names it."""

    def test_a_grant_of_everything_is_no_administration(self, world):
        with refused("admin.outside"):
            give(world, world.head)

    def test_within_his_divisions_and_what_he_holds(self, world):
        manage(world)
        give(world, world.head, "decisions.*")
        assert base.granted_tops(user=world.clerk, action="decisions.proposal.view") == ("370202",)

    def test_not_outside_his_divisions(self, world):
        manage(world)
        far = plain.unit_create(name="烟台市住房和城乡建设局", division="370600", actor="system:test")
        with refused("admin.outside"):
            give(world, world.head, unit=far, division="370202")
        with refused("admin.outside"):
            give(world, world.head, division="370000")
        with refused("admin.outside"):
            services.unit_open(name="新局", division="370600", parent=None, by=world.head)

    def test_not_what_he_does_not_hold(self, world):
        manage(world)
        Grant.objects.filter(unit=world.city).update(action="registry.*")
        give(world, world.head, "registry.enterprise.view")
        for action in ("*", "decisions.*", "decisions.proposal.sign"):
            with refused("admin.beyond"):
                give(world, world.head, action)

    def test_not_to_himself_nor_to_his_own_unit(self, world):
        manage(world)
        with refused("admin.self"):
            give(world, world.head, unit=None, user=world.head)
        with refused("admin.self"):
            give(world, world.head, unit=world.city)
        mine = Grant.objects.get(unit=world.city)
        with refused("admin.self"):
            services.grant_withdraw(grant=mine, reason="试试", by=world.head)

    def test_no_account_of_a_unit_that_holds_more_than_he_does(self, world):
        """Who makes an account knows its first password."""
        manage(world)
        Grant.objects.filter(unit=world.city).update(action="registry.*")
        give(world, world.admin, "decisions.*", "370202")
        for act in (
            lambda: services.officer_open(username="mine", name="某某", unit=world.district, by=world.head),
            lambda: services.password_reset(user=world.clerk, reason="试试", by=world.head),
            lambda: services.factors_remove(user=world.clerk, reason="试试", by=world.head),
        ):
            with refused("admin.beyond"):
                act()

    def test_one_administrator_does_not_take_an_account_over_alone(self, world):
        services.password_reset(user=world.clerk, reason="忘记密码", by=world.admin)
        Authenticator.objects.create(user=world.clerk, type=Authenticator.Type.TOTP, data={})
        with refused("admin.alone"):
            services.factors_remove(user=world.clerk, reason="手机丢失", by=world.admin)
        services.factors_remove(user=world.clerk, reason="手机丢失，已当面核实", by=world.second)
        with refused("admin.alone"):
            services.password_reset(user=world.clerk, reason="又忘记了", by=world.second)
        with clock.frozen(DAY + dt.timedelta(days=8)):
            services.password_reset(user=world.clerk, reason="又忘记了", by=world.second)

    def test_administrators_of_the_platform_neither(self, world):
        for act in (
            lambda: services.account_close(user=world.admin, reason="试试", by=world.admin),
            lambda: services.password_reset(user=world.admin, reason="试试", by=world.admin),
        ):
            with refused("admin.self"):
                act()

    def test_his_view_is_his_divisions(self, world):
        manage(world)
        plain.unit_create(name="烟台市住房和城乡建设局", division="370600", actor="system:test")
        assert {u.name for u in selectors.units(world.head)} == {world.city.name, world.district.name}
        assert selectors.units(world.admin).count() == 3
        assert world.admin not in selectors.people(world.head)

    def test_enterprises_of_other_places_are_none_of_his(self, world):
        manage(world)
        Enterprise.objects.update(region="370600")
        with refused("admin.enterprise"):
            services.clerk_open(username="firm1", name="赵强", key=USCC, by=world.head)


def test_every_pattern_covers_what_it_allows_and_no_more():
    names = [row.name for row in permissions()]
    patterns = [*names, *{f"{n.split('.')[0]}.*" for n in names}, "*"]
    for given in patterns:
        for wanted in patterns:
            allows = {n for n in names if limits.matches(given, n)}
            inside = {n for n in names if limits.matches(wanted, n)} <= allows
            assert limits.covers(given, wanted) <= inside, (given, wanted)
    assert limits.covers("*", "registry.*")
    assert not limits.covers("*", MANAGE)
    assert not limits.covers("*", "accounts.*")
    assert not limits.covers("registry.*", "*")


def test_a_person_comes_works_moves_and_goes(world):
    user, password = services.officer_open(username="wang.li", name="王丽", unit=world.city, by=world.admin)
    assert (user.role, user.password_given, len(password)) == (Role.CITY, True, 19)
    assert not Leaf.objects.filter(content__contains=password).exists()
    client = Client()
    assert client.post("/login", {"username": "wang.li", "password": password}).status_code == 302
    assert client.get(REGISTER).headers["Location"] == "/account/password"
    new = "a long sentence nobody knows"
    typed = {"old_password": password, "new_password1": new, "new_password2": new}
    assert client.post("/account/password", typed).status_code == 302
    assert client.get(REGISTER).status_code == 200
    give(world, world.admin, "registry.*", "370200", unit=None, user=user)
    services.officer_move(user=user, unit=world.district, reason="轮岗", by=world.admin)
    user.refresh_from_db()
    assert (user.role, user.unit) == (Role.DISTRICT, world.district)
    assert not Grant.objects.on(DAY).filter(user=user).exists(), "grants to himself stay behind"
    assert client.get(REGISTER).status_code == 302, "his sessions ended"
    services.account_close(user=user, reason="调离", by=world.admin)
    assert Client().post("/login", {"username": "wang.li", "password": new}).status_code == 422
    with refused("admin.ended"):
        services.account_close(user=user, reason="调离", by=world.admin)
    services.account_reopen(user=user, reason="调回", by=world.admin)
    told = [leaf.action for leaf in selectors.history(user.actor)]
    assert told[:3] == ["accounts.user.reopen", "accounts.user.close", "accounts.user.move"]


@pytest.mark.parametrize("name", ["ab", "王丽", "a b c", "x" * 31, "-abc", "a/../b"])
def test_user_names_that_are_none(world, name):
    with refused("admin.username"):
        services.officer_open(username=name, name="王丽", unit=world.city, by=world.admin)


def test_a_user_name_is_given_once_whatever_its_case(world):
    with refused("admin.taken"):
        services.officer_open(username="HEAD", name="王丽", unit=world.city, by=world.admin)


def test_a_clerk_acts_for_his_enterprises_and_no_longer(world):
    user, _ = services.clerk_open(username="firm1", name="赵强", key=USCC.lower(), by=world.admin)
    assert [r["enterprise"] for r in base.member_enterprises(user=user)] == [71]
    member = EnterpriseMembership.objects.get(user=user)
    with refused("admin.twice"):
        services.membership_give(user=user, key=USCC, by=world.admin)
    services.membership_end(membership=member, reason="离职", by=world.admin)
    assert list(base.member_enterprises(user=user)) == []
    with refused("admin.role"):
        services.membership_give(user=world.head, key=USCC, by=world.admin)


def test_a_unit_that_still_holds_something_does_not_close(world):
    services.duty_give(
        power="qualification.verify", unit=world.district, division="370202", citation="令第22号", by=world.admin
    )
    give(world, world.admin)
    with pytest.raises(ZhulianError, match="1 名在用人员、1 项授权、1 项职权"):
        services.unit_close(unit=world.district, reason="机构改革", by=world.admin)
    services.duty_end(duty=Duty.objects.get(), reason="机构改革", by=world.admin)
    assert base.power_holder(power="qualification.verify", division="370202", on=DAY) is None
    services.grant_withdraw(grant=Grant.objects.get(unit=world.district), reason="机构改革", by=world.admin)
    services.account_close(user=world.clerk, reason="机构改革", by=world.admin)
    services.unit_close(unit=world.district, reason="机构改革", by=world.admin)
    assert world.district not in selectors.units(world.admin, day=DAY)


def test_who_may_do_what_by_which_grant(world):
    wide = Grant.objects.get(unit=world.city)
    narrow = give(world, world.admin, "decisions.proposal.view", "370202", unit=None, user=world.head)
    found = selectors.who_may(world.admin, action="decisions.proposal.view", division="370202")
    assert [(h.user, [g.row for g in h.grants]) for h in found] == [(world.head, [narrow, wide])]
    assert selectors.who_may(world.admin, action=MANAGE, division="370202") == []
    can = {c.permission.name: c.by for c in selectors.abilities(world.head)}
    assert "青岛市" in can["registry.enterprise.view"][0]
    assert MANAGE not in can
    assert selectors.abilities(world.clerk) == []


def test_a_leaf_names_the_grant_that_its_action_used(world):
    """Of several grants the narrowest that reaches the enterprise, not silently the widest."""
    give(world, world.admin, "registry.*", "370000", unit=None, user=world.head)
    near = give(world, world.admin, "registry.*", "370202", unit=None, user=world.head)

    def act(request):
        with transaction.atomic():
            leaf_append(action="t.act", actor=request.user.actor, subject="enterprise:71")
            leaf_append(action="t.act", actor=request.user.actor, subject="proposal:1")

    request = type("R", (), {"user": world.head, "path": "/x"})()
    requires(VIEW)(act)(request)
    one, two = Leaf.objects.filter(action="t.act").order_by("pk")
    assert json.loads(one.content)["under"] == {"permission": VIEW, "grants": [near.pk]}
    assert len(json.loads(two.content)["under"]["grants"]) == 3
    act(request)
    assert "under" not in json.loads(Leaf.objects.latest("pk").content), "outside a request nothing is claimed"


class TestPages:
    def client(self, user: User) -> Client:
        out = Client()
        out.force_login(user)
        return out

    def test_the_walk_of_an_administrator(self, world):
        client = self.client(world.admin)
        page = client.get("/access/").content.decode()
        assert world.city.name in page
        made = client.post(
            "/access/units/new", {"name": "崂山区住房和城乡建设局", "division": "370212", "parent": world.city.pk}
        )
        unit = OrganisationUnit.objects.get(division="370212")
        assert made.headers["Location"] == f"/access/units/{unit.pk}"
        given = client.post(f"/access/units/{unit.pk}/people/new", {"username": "zhang.san", "name": "张三丰"})
        assert given.headers["Cache-Control"] == "no-store"
        user = User.objects.get(username="zhang.san")
        answer = client.post(
            f"/access/grants/new/unit/{unit.pk}",
            {"action": "*", "division": "370212", "function": "market", "until": "", "reason": "三定方案"},
        )
        assert answer.status_code == 302
        page = client.get(f"/access/units/{unit.pk}").content.decode()
        assert all(word in page for word in ("张三丰", "全部业务权限", "三定方案", "授权·新建"))
        page = client.get(f"/access/people/{user.pk}").content.decode()
        assert "崂山区" in page
        assert "查看企业登记簿" in page
        page = client.get("/access/who", {"action": "registry.enterprise.view", "division": "370212"}).content.decode()
        assert "张三丰" in page
        csv = client.get("/access/grants/export.csv").content.decode("utf-8-sig")
        assert "三定方案" in csv
        grant = Grant.objects.get(unit=unit)
        assert client.post(f"/access/grants/{grant.pk}/withdraw", {"reason": "纠正"}).status_code == 302
        assert "现在什么也不能做" in client.get(f"/access/people/{user.pk}").content.decode()

    def test_what_is_refused_is_told_in_the_form_and_nothing_typed_is_lost(self, world):
        client = self.client(world.admin)
        answer = client.post("/access/units/new", {"name": "新局", "division": "123456"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "没有「123456」这个行政区划" in page
        assert 'value="新局"' in page

    @pytest.mark.parametrize("who", ["head", "clerk"])
    def test_an_officer_without_it_sees_and_does_not_change(self, world, who):
        client = self.client(getattr(world, who))
        page = client.get("/access/")
        assert page.status_code == 200
        assert "新建机构" not in page.content.decode()
        answer = client.post("/access/units/new", {"name": "新局", "division": "370202"})
        assert answer.status_code == 422
        assert not OrganisationUnit.objects.filter(name="新局").exists()

    def test_others_units_and_people_are_not_there(self, world):
        manage(world)
        far = plain.unit_create(name="烟台市住房和城乡建设局", division="370600", actor="system:test")
        other = User.objects.create_user("other", role=Role.CITY, unit=far)
        client = self.client(world.head)
        assert client.get(f"/access/units/{far.pk}").status_code == 404
        assert client.get(f"/access/people/{other.pk}").status_code == 404
        assert client.post(f"/access/people/{other.pk}/close", {"reason": "试试"}).status_code == 404
        assert client.post(f"/access/people/{world.admin.pk}/password", {"reason": "试试"}).status_code == 404
        other.refresh_from_db()
        assert other.is_active


class TestSeeAs:
    def begin(self, world) -> Client:
        client = Client()
        client.force_login(world.admin)
        answer = client.post(f"/access/people/{world.head.pk}/see-as", {"reason": "用户报障，核对页面"})
        assert answer.status_code == 302
        return client

    def test_one_sees_what_he_sees_and_changes_nothing(self, world):
        client = self.begin(world)
        page = client.get(REGISTER).content.decode()
        assert "正在以“head”的视角查看" in page
        assert "青岛某建设有限公司" in page
        before = Leaf.objects.count()
        answer = client.post("/access/units/new", {"name": "新局", "division": "370202"})
        assert "不能办理任何事项" in answer.content.decode()
        assert client.get("/registry/enterprises.csv").status_code in {403, 404}
        assert Leaf.objects.count() == before
        assert not OrganisationUnit.objects.filter(name="新局").exists()
        assert client.post("/access/see-as/end").headers["Location"] == f"/access/people/{world.head.pk}"
        assert client.get(REGISTER).status_code == 403, "himself again"
        begun, ended = Leaf.objects.filter(action__startswith="accounts.see_as.").order_by("pk")
        assert (begun.actor, begun.subject, ended.actor) == (world.admin.actor, world.head.actor, world.admin.actor)

    def test_it_ends_by_itself(self, world, monkeypatch):
        client = self.begin(world)
        later = clock.machine_now() + dt.timedelta(minutes=31)
        session = client.session
        session["seen"] = later.timestamp()
        session.save()
        monkeypatch.setattr(clock, "machine_now", lambda: later)
        assert client.get(REGISTER).status_code == 403
        assert Leaf.objects.filter(action="accounts.see_as.end").exists()

    def test_no_administrator_no_one_gone_no_reason(self, world):
        client = Client()
        client.force_login(world.admin)
        assert client.post(f"/access/people/{world.second.pk}/see-as", {"reason": "试试看"}).status_code == 422
        assert client.post(f"/access/people/{world.head.pk}/see-as", {"reason": ""}).status_code == 422
        world.head.is_active = False
        world.head.save()
        assert client.post(f"/access/people/{world.head.pk}/see-as", {"reason": "试试看"}).status_code == 422
        assert "see_as" not in client.session

    def test_only_administrators_of_the_platform(self, world):
        manage(world)
        client = Client()
        client.force_login(world.head)
        assert client.post(f"/access/people/{world.clerk.pk}/see-as", {"reason": "试试看"}).status_code == 403
