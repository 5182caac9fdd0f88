"""Who hears what: the table is whole, nobody hears of what he may not see, nobody hears twice."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from server.decisions.world import DIVISION, FIRM
from server.messages.conftest import carry_on, channel, heard
from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.accounts.models import EnterpriseMembership, Grant, User
from zhulian.server.acts import services as acts
from zhulian.server.acts.undertaking import Order
from zhulian.server.common import clock, outbox
from zhulian.server.common.models import Effect, Event
from zhulian.server.common.permissions import Role
from zhulian.server.decisions import services as decisions
from zhulian.server.linkage.models import Obligation
from zhulian.server.linkage.services import obligations_tell_overdue
from zhulian.server.messages import hearing, looking, selectors, telling
from zhulian.server.messages.models import Delivery, Notice
from zhulian.server.messages.selectors import Filters
from zhulian.server.messages.table import SILENT, TABLE, WAITING, lines_of
from zhulian.server.worklist.models import Office as Setting


def tell(name: str, **data) -> outbox.Event:
    event = outbox.Event(name, f"enterprise:{FIRM}", {"enterprise": FIRM, **data})
    with transaction.atomic():
        outbox.append([event])
    carry_on()
    return event


def obliged(office, **more) -> Obligation:
    given = {
        "event": outbox.Event("x", "x").id,
        "rule": "r",
        "version": "1",
        "subject": f"enterprise:{FIRM}",
        "effect": "e",
        "enterprise": FIRM,
        "clause": "c",
        "made_at": clock.now(),
        "what": "现场核查",
        "unit": office.unit,
        "division": DIVISION,
        "due_on": clock.today(),
    }
    return Obligation.objects.create(**(given | more))


def test_every_event_has_a_line_or_a_reason() -> None:
    told = {line.type for line in TABLE}
    quiet = {n for n in EVENT_TYPES for s in SILENT if n == s or (s.endswith(".*") and n.startswith(s[:-1]))}
    assert told | quiet == set(EVENT_TYPES)
    assert told & quiet == set()
    assert all(any(n == s or n.startswith(s.removesuffix("*")) for n in EVENT_TYPES) for s in SILENT)


def test_lines_name_things_and_words_that_exist() -> None:
    for line in (*TABLE, *WAITING):
        assert line.thing in hearing.KINDS
        assert "{" not in line.title, "a title goes out of the house: it names nobody"
    assert {line.type for line in WAITING}.isdisjoint(EVENT_TYPES)


def test_a_flag_is_told_to_the_enterprise_alone(office) -> None:
    tell("qualification.flagged", code="D101B", shortfall="建造师缺 2 人")
    [notice] = Notice.objects.all()
    assert (notice.user, notice.urgent, notice.path) == (office.firm, True, f"/assessments/enterprise/{FIRM}/D101B")
    assert notice.text == "青岛甲建筑有限公司，资质 D101B，缺口：建造师缺 2 人，标识没有法律效力，请及时补正"


def test_an_event_handled_twice_tells_once(office) -> None:
    channel(office)
    event = tell("qualification.flagged", code="D101B")
    telling.of_event(event)
    Effect.objects.all().delete()
    Event.objects.update(state=Event.State.PENDING)
    carry_on()
    assert heard(office.firm) == ["qualification.flagged"]
    assert Delivery.objects.count() == 1


def test_who_left_the_enterprise_or_may_not_sign_in_hears_nothing(office) -> None:
    gone = User.objects.create_user("gone", role=Role.ENTERPRISE)
    EnterpriseMembership.objects.create(user=gone, enterprise=FIRM, valid_until=clock.today())
    User.objects.filter(pk=office.firm.pk).update(is_active=False)
    tell("qualification.flagged", code="D101B")
    assert not Notice.objects.exists()


def test_a_decision_goes_to_its_firm_and_its_handler(office, proposed) -> None:
    office.to_effect(proposed("mark"))
    carry_on()
    assert {"qualification.marked", "decision.made"} <= set(heard(office.firm))
    assert heard(office.handler) == ["service.done"] * 2, "notice and decision were served"
    assert heard(office.rival) == heard(office.stranger) == []


def test_an_inspection_is_not_announced_before_it_is_served(office, proposed) -> None:
    document = office.to_signature(proposed("verify"))
    carry_on()
    looking.look()
    assert heard(office.firm) == []
    office.serve(document)
    carry_on()
    assert heard(office.firm)[0] == "service.done"


def test_overdue_work_is_told_to_its_holder_and_the_head(office) -> None:
    Setting.objects.create(unit=office.unit, head=office.signer)
    obliged(office, state="taken", holder=office.handler)
    with clock.frozen(clock.today() + dt.timedelta(days=1)):
        obligations_tell_overdue(today=clock.today(), limit=9)
        carry_on()
    assert heard(office.handler) == heard(office.signer) == ["obligation.overdue"]
    assert heard(office.reviewer) == []


def test_what_a_leader_gives_is_told_to_its_holder_and_back(office) -> None:
    day = clock.today()
    order = Order(FIRM, office.unit, "核实投诉", day + dt.timedelta(days=1), holder=office.handler)
    row = acts.undertaking_assign(order=order, user=office.signer)
    carry_on()
    looking.look_ahead()
    assert heard(office.handler) == ["act.assigned", "undertaking.due"]
    acts.undertaking_move(undertaking=row.pk, action="report", seen=row.revision, user=office.handler, note="已核实")
    carry_on()
    assert heard(office.signer) == ["act.reported"]
    row.refresh_from_db()
    acts.undertaking_move(undertaking=row.pk, action="close", seen=row.revision, user=office.signer, note="属实")
    carry_on()
    assert heard(office.handler)[-1] == "act.closed"
    assert heard(office.firm) == [], "领导交办 is the office's own"


def test_without_a_holder_the_unit_hears_and_the_head_once(office) -> None:
    Setting.objects.create(unit=office.unit, head=office.signer)
    obliged(office)
    with clock.frozen(clock.today() + dt.timedelta(days=1)):
        obligations_tell_overdue(today=clock.today(), limit=9)
        carry_on()
    assert [heard(office.people[who]) for who in ("handler", "signer")] == [["obligation.overdue"]] * 2


def test_who_has_no_right_to_the_thing_is_not_told(office, proposed) -> None:
    Grant.objects.all().delete()
    office_matter = proposed("mark")
    about = hearing.proposal(office_matter.pk)
    assert telling.tell(lines_of("proposal.due")[0], about, key="k", said={}) == 0
    assert not Notice.objects.exists()


def test_a_right_that_ended_hides_the_words_and_the_way(office, signed_in) -> None:
    tell("qualification.flagged", code="D101B", shortfall="建造师缺 2 人")
    EnterpriseMembership.objects.filter(user=office.firm).update(valid_until=clock.today())
    [line] = selectors.lines(office.firm, list(Notice.objects.all()))
    assert not line.open
    client = signed_in("firm")
    page = client.get("/messages/").content.decode()
    assert "日常标识" not in page
    assert "您已没有查看这件事的权限" in page
    assert client.get(f"/messages/{line.row.pk}").url == "/messages/"


def test_a_rectification_is_told_when_it_nears_and_when_it_lapses(office, ordered) -> None:
    with clock.frozen(ordered.due_on):
        assert looking.look_ahead() > 0
        assert looking.look_ahead() == 0, "each last day is told once"
    assert "rectification.due" in heard(office.firm)
    assert "rectification.due" not in heard(office.handler)


def test_a_verification_is_told_to_the_enterprise(office, checked) -> None:
    with clock.frozen(checked.self_check_until):
        looking.look_ahead()
    assert "verification.due" in heard(office.firm)


def test_documents_to_confirm_and_defences_are_found_without_an_event(office, proposed) -> None:
    matter = proposed("mark")
    office.move(matter, "take", "handler")
    office.draft(matter)
    notice = office.notice(matter)
    office.serve(notice, "electronic")
    looking.look()
    assert heard(office.firm) == ["service.sent"]
    [sent] = notice.services.all()
    decisions.service_confirm(service=sent.pk, name="赵强", user=office.firm)
    defence = decisions.defence_file(proposal=matter.pk, kind="statement", text="已补齐", user=office.firm)
    looking.look()
    assert "defence.filed" in heard(office.handler)
    decisions.defence_decide(defence=defence.pk, accept=False, decision="证据不足", user=office.reviewer)
    looking.look()
    looking.look()
    assert heard(office.firm) == ["service.sent", "defence.decided"]
    assert "证据不足" not in Notice.objects.get(type="defence.decided").text


def test_what_ends_a_restriction_is_told_to_both(office, proposed) -> None:
    office.to_effect(proposed("mark"))
    carry_on()
    with transaction.atomic():
        decisions.restrictions_end(
            enterprise=FIRM,
            cause=outbox.Event("qualification.recovered", f"enterprise:{FIRM}", {"enterprise": FIRM, "code": "D101B"}),
        )
    carry_on()
    assert "qualification.unmarked" in heard(office.firm)
    assert "qualification.unmarked" in heard(office.handler)


@pytest.mark.parametrize("count", [0, 3])
def test_the_bell_is_one_statement(office, django_assert_num_queries, count) -> None:
    for _ in range(count):
        tell("qualification.flagged", code="D101B")
    with django_assert_num_queries(1):
        assert selectors.unread_count(office.firm) == count


def test_the_list_is_narrowed_and_what_names_no_row_is_not_told(office) -> None:
    tell("qualification.flagged", code="D101B")
    tell("rectification.closed", code="D101B")
    tell("permit.expiring", permit_no="P1", valid_until="2027-01-01")
    found = selectors.notices(office.firm, Filters(tab="all", sort="made"))
    assert [row.category for row in found] == ["status", "permit"]
    assert selectors.notices(office.firm, Filters(tab="all", urgent="1")).get().type == "qualification.flagged"
