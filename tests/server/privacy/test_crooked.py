"""The new forms with nothing, with too much, twice, and with numbers that no column holds: told, and nothing done twice."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from server.privacy.test_privacy import ID_NO, PERSON, act, allowed, world
from zhulian.server.accounts.models import Grant, User
from zhulian.server.common.permissions import Role
from zhulian.server.notary.models import Leaf
from zhulian.server.privacy import persons
from zhulian.server.privacy.models import Hold
from zhulian.server.registry.models import Candidate

__all__ = ["world"]
pytestmark = pytest.mark.django_db
FORMS = ("access:unit_new", "access:clerk_new", "access:administrator_new", "apikeys:new", "privacy:hold_set")
NAMES = (
    "username",
    "name",
    "key",
    "division",
    "parent",
    "scopes",
    "expires_on",
    "addresses",
    "kind",
    "subject",
    "reason",
)
NUMBERED = (
    *("access:unit", "access:unit_close", "access:person", "access:account_close", "access:grant_withdraw"),
    *("access:duty_end", "access:membership_end", "access:grant_new_unit", "access:see_as"),
    *("account:session_end", "apikeys:revoke", "privacy:hold_lift", "privacy:account_erase"),
)


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("admin", role=Role.ADMINISTRATOR))
    return client


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "value", ["", "x" * 100_000, "\u202e<b>", "9" * 400, "-1"], ids=["empty", "huge", "odd", "big", "minus"]
)
def test_nothing_too_much_and_odd_things_are_told_and_leave_nothing(admin, form, value):
    before = Leaf.objects.count()
    answer = admin.post(reverse(form), dict.fromkeys(NAMES, value))
    assert answer.status_code in {400, 404, 422}
    assert Leaf.objects.count() == before


@pytest.mark.parametrize("name", NUMBERED)
@pytest.mark.parametrize("number", [0, 2**63 - 1, 2**63, 10**30])
def test_numbers_that_nobody_has_and_no_column_holds(admin, name, number):
    where = reverse(name, args=[number])
    assert {admin.get(where).status_code, admin.post(where, {"reason": "试试看"}).status_code} <= {404, 405, 422}


def test_a_double_click_does_nothing_twice(admin, world):
    typed = {"action": "registry.*", "division": "370200", "function": "market", "until": "", "reason": "三定方案"}
    where = reverse("access:grant_new_unit", args=[world.unit.pk])
    assert [admin.post(where, typed).status_code for _ in range(2)] == [302, 422]
    assert Grant.objects.filter(unit=world.unit, action="registry.*").count() == 1
    admin.post(reverse("privacy:hold_set"), {"kind": "everything", "subject": "", "reason": "审计"})
    lift = reverse("privacy:hold_lift", args=[Hold.objects.get().pk])
    assert [admin.post(lift, {"reason": "结束"}).status_code for _ in range(2)] == [302, 404]
    allowed(world)
    client = Client()
    client.force_login(world)
    erase = {"id_no": ID_NO, "reason": "本人申请"}
    assert [client.post(reverse("privacy:person_erase"), erase).status_code for _ in range(2)] == [302, 404]
    assert Leaf.objects.filter(action="privacy.person.erase").count() == 1


def test_who_opened_the_names_of_a_pair_looked_at_both(world):
    pair = Candidate.objects.create(subject_kind="person", a=PERSON, b=PERSON + 1, found_at=0)
    act("registry.identity.names", f"candidate:{pair.pk}", world.actor, purpose="核对身份")
    assert [leaf.subject for leaf in persons.looked(PERSON, set())] == [f"candidate:{pair.pk}"]
