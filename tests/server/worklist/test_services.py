"""Taking, keeping, giving back, handing on, urging: what is possible, for whom, and what is kept of it."""

from __future__ import annotations

import datetime as dt

import pytest

from server.decisions.world import MONDAY, refused
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.decisions.models import Proposal
from zhulian.server.linkage.models import Obligation
from zhulian.server.notary.models import Leaf
from zhulian.server.worklist import listing, services
from zhulian.server.worklist.listing import Filters
from zhulian.server.worklist.models import Entry, Lock, Office


def refs(user, tab: str) -> list[tuple[str, int]]:
    found = listing.items(user, Filters(tab=tab), today=clock.today())
    return [(item.kind, item.pk) for item in found]


def history(kind: str, pk: int) -> list[str]:
    return list(Entry.objects.filter(kind=kind, item=pk).values_list("action", flat=True))


def holder_of(pk: int) -> User | None:
    return Obligation.objects.get(pk=pk).holder


@pytest.fixture
def head(office) -> User:
    services.office_set(unit=office.unit, head=office.signer, overdue_days=2, idle_minutes=60, actor="user:1")
    return office.signer


def test_the_next_is_the_most_urgent_that_one_may_do(office, proposed, obliged):
    submitted = proposed("verify")
    office.move(submitted, "take", "handler")
    office.move(submitted, "submit", "handler")
    later, urgent = obliged(20), obliged(1)
    took = [services.item_take_next(user=office.handler) for _ in range(3)]
    assert took == [("obligation", urgent.pk), ("obligation", later.pk), None], "not the review of one's own proposal"
    assert services.item_take_next(user=office.reviewer) == ("proposal", submitted.pk)
    assert services.item_take_next(user=office.signer) is None, "the reviewer has it in hand"
    assert services.item_take_next(user=office.stranger) is None
    assert holder_of(urgent.pk) == office.handler
    assert refs(office.reviewer, "mine") == [("proposal", submitted.pk)]
    office.move(submitted, "review", "reviewer")
    assert refs(office.reviewer, "mine") == [], "the lock falls away with the step"
    assert services.item_take_next(user=office.signer) == ("proposal", submitted.pk)
    assert Proposal.objects.get(pk=submitted.pk).state == "reviewed", "taking signs nothing"


def test_what_is_not_looked_at_goes_back(office, proposed, obliged, head):  # noqa: ARG001 - an hour, by the unit's own rule
    duty, row = obliged(1), proposed("verify")
    kept = obliged(2)
    for _ in range(3):
        services.item_take_next(user=office.handler)
    services.item_keep(kind="obligation", pk=kept.pk, user=office.handler)
    with clock.frozen(dt.datetime.combine(MONDAY, dt.time(13, 1), tzinfo=clock.now().tzinfo)):
        assert services.items_return_idle(limit=20) == 2
        assert holder_of(duty.pk) is None
        assert holder_of(kept.pk) == office.handler
        assert refs(office.reviewer, "pool") == [("obligation", duty.pk), ("proposal", row.pk)]
        assert history("obligation", duty.pk) == ["take", "idle"]
        assert services.items_return_idle(limit=20) == 0


def test_what_was_done_meanwhile_does_not_go_back(office, proposed):
    row = proposed("verify")
    services.item_take_next(user=office.handler)
    office.move(row, "take", "handler")
    with clock.frozen(MONDAY + dt.timedelta(days=1)):
        services.items_return_idle(limit=20)
        assert refs(office.handler, "mine") == [("proposal", row.pk)]
    assert history("proposal", row.pk) == ["take"]


def test_a_look_keeps_it(office, signed_in, obliged, head):  # noqa: ARG001 - an hour, by the unit's own rule
    duty = obliged(1)
    services.item_take_next(user=office.handler)
    zone = clock.now().tzinfo
    with clock.frozen(dt.datetime.combine(MONDAY, dt.time(12, 50), tzinfo=zone)):
        signed_in("handler").get(f"/worklist/obligation/{duty.pk}/open")
    with clock.frozen(dt.datetime.combine(MONDAY, dt.time(13, 20), tzinfo=zone)):
        assert services.items_return_idle(limit=20) == 0
        assert holder_of(duty.pk) == office.handler


def test_handed_on_and_back(office, obliged):
    duty = obliged(1)
    item = {"kind": "obligation", "pk": duty.pk}
    with refused("worklist.not_yours"):
        services.item_hand_over(**item, to=office.reviewer.pk, user=office.handler, reason="外出")
    services.item_take(**item, user=office.handler)
    with refused("worklist.held"):
        services.item_take(**item, user=office.reviewer)
    with refused("worklist.reason"):
        services.item_hand_over(**item, to=office.reviewer.pk, user=office.handler, reason=" ")
    with refused("worklist.colleague"):
        services.item_hand_over(**item, to=office.stranger.pk, user=office.handler, reason="外出")
    services.item_hand_over(**item, to=office.reviewer.pk, user=office.handler, reason="外出")
    assert holder_of(duty.pk) == office.reviewer
    assert refs(office.handler, "started") == [("obligation", duty.pk)]
    services.item_hand_over(**item, to=office.handler.pk, user=office.handler, reason="已回")
    assert holder_of(duty.pk) == office.handler
    services.item_put_back(**item, user=office.handler)
    assert holder_of(duty.pk) is None
    assert history(**item) == ["take", "hand_over", "hand_over", "put_back"]
    assert Leaf.objects.filter(action="worklist.item.hand_over").count() == 2


def test_a_proposal_in_hand_goes_to_another_handler(office, proposed):
    row = proposed("verify")
    office.move(row, "take", "handler")
    item = {"kind": "proposal", "pk": row.pk}
    with refused("worklist.kept"):
        services.item_put_back(**item, user=office.handler)
    services.item_hand_over(**item, to=office.reviewer.pk, user=office.handler, reason="病假")
    office.move(row, "submit", "reviewer")
    for who in ("handler", "reviewer"):
        with refused("lifecycle.needs"):
            office.move(row, "review", who)
    assert refs(office.handler, "pool") == refs(office.reviewer, "pool") == []
    office.move(row, "review", "lawyer")
    assert "转由reviewer承办：病假" in list(row.steps.values_list("note", flat=True))


def test_a_locked_step_goes_only_to_who_may_do_it(office, proposed):
    row = proposed("verify")
    office.move(row, "take", "handler")
    office.move(row, "submit", "handler")
    item = {"kind": "proposal", "pk": row.pk}
    services.item_take(**item, user=office.reviewer)
    with refused("worklist.colleague"):
        services.item_hand_over(**item, to=office.handler.pk, user=office.reviewer, reason="请办")
    services.item_hand_over(**item, to=office.lawyer.pk, user=office.reviewer, reason="请审")
    assert refs(office.lawyer, "mine") == [("proposal", row.pk)]
    assert Lock.objects.get().user == office.lawyer


def test_the_head_sees_what_is_overdue_by_the_units_own_days(office, obliged, head):
    late, not_yet = obliged(-5), obliged(-3)  # 05-28 is two working days late, 05-30 one
    obliged(1)
    assert refs(head, "overseen") == [("obligation", late.pk)]
    assert refs(office.handler, "overseen") == []
    item = {"kind": "obligation", "pk": late.pk}
    with refused("worklist.not_head"):
        services.item_urge(**item, user=office.handler)
    services.item_take(**item, user=office.handler)
    services.item_urge(**item, user=head, note="今天办完")
    with refused("worklist.colleague"):
        services.item_hand_over(**item, to=office.handler.pk, user=head, reason="改派")
    services.item_hand_over(**item, to=office.reviewer.pk, user=head, reason="改派")
    assert holder_of(late.pk) == office.reviewer
    services.item_hand_over(kind="obligation", pk=not_yet.pk, to=office.reviewer.pk, user=head, reason="请先办")
    assert history(**item) == ["take", "urge", "assign"]
    services.office_set(unit=office.unit, head=head, overdue_days=None, idle_minutes=None, actor="user:1")
    del head.worklist_office
    assert refs(head, "overseen") == [], "the default is three working days"


@pytest.mark.parametrize(("days", "minutes"), [(0, 60), (251, 60), (3, 0), (3, 14401)])
def test_figures_of_a_unit_are_bounded(office, days, minutes):
    with refused("worklist.office"):
        services.office_set(unit=office.unit, head=None, overdue_days=days, idle_minutes=minutes, actor="user:1")


def test_the_head_is_one_of_the_unit(office):
    with refused("worklist.office"):
        services.office_set(unit=office.unit, head=office.stranger, overdue_days=3, idle_minutes=9, actor="user:1")


def test_administrators_set_heads_over_the_page(office, client):
    admin = User.objects.create_user("admin", role=Role.ADMINISTRATOR)
    client.force_login(admin, backend="zhulian.server.accounts.backends.Backend")
    assert office.unit.name in client.get("/worklist/offices").content.decode()
    data = {"head": office.signer.pk, "overdue_days": "5", "idle_minutes": ""}
    assert "已保存" in client.post(f"/worklist/offices/{office.unit.pk}", data, follow=True).content.decode()
    row = Office.objects.get(unit=office.unit)
    assert (row.head, row.days, row.minutes) == (office.signer, 5, 240)
    assert (
        "250"
        in client.post(f"/worklist/offices/{office.unit.pk}", {"overdue_days": "999"}, follow=True).content.decode()
    )
    assert client.post("/worklist/offices/99999", data).status_code == 404
    assert OrganisationUnit.objects.count() == 1
