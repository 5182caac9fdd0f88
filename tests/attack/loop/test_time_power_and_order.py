"""A clock that jumps, a power that is gone between two steps, an accident told from its end: once each, and by right."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import transaction

from server.decisions.world import AT, DIVISION, FIRM, MONDAY, PROJECT, Office, office, proposed, refused
from zhulian.server.accounts.models import Grant, User
from zhulian.server.campaigns import services as campaigns
from zhulian.server.campaigns.models import Rectification
from zhulian.server.common import clock, dispatch, outbox
from zhulian.server.common.models import Event
from zhulian.server.decisions import services
from zhulian.server.decisions.models import Document, Proposal, Restriction
from zhulian.server.linkage.models import Obligation
from zhulian.server.registry.models import Authority, Project, SafetyPermit

__all__ = ["office", "proposed"]


def carry_on() -> None:
    while dispatch.events_dispatch():
        pass
    assert not Event.objects.exclude(state=Event.State.DONE).exists()


def nightly() -> tuple[int, int]:
    """What the jobs of a night end: terms that are over, orders that lapse."""
    today = clock.today()
    ended = services.restrictions_expire(today=today, limit=99), campaigns.rectifications_lapse(today=today, limit=99)
    carry_on()
    return ended


def test_a_clock_that_leaps_a_year_and_falls_back_ends_each_term_once(office: Office, proposed) -> None:
    barred, order = office.to_effect(proposed("bar")), office.to_effect(proposed("rectify"))
    with clock.frozen(order.effective_from):
        carry_on()
    assert nightly() == (0, 0), "the days have not come"
    with clock.frozen(barred.until + dt.timedelta(days=1)):
        assert nightly() == (1, 1)
        assert nightly() == (0, 0)
    for day in (barred.until, MONDAY, barred.until + dt.timedelta(days=400)):
        with clock.frozen(day):
            assert nightly() == (0, 0), "neither a day back nor another year ends or tells anything again"
    barred.refresh_from_db()
    assert (barred.state, barred.ended_on) == ("ended", barred.until + dt.timedelta(days=1))
    assert Restriction.objects.get(pk=order.pk).state == "effective", "an order that lapsed binds on"
    assert Rectification.objects.get().state == "overdue"
    assert Event.objects.filter(type="rectification.overdue").count() == 1


@pytest.mark.parametrize("lost", ["grant", "unit", "account"])
def test_who_lost_the_power_between_proposal_and_signature_signs_nothing(office: Office, proposed, lost) -> None:
    row = proposed("verify")
    office.move(row, "take", "handler")
    office.draft(row)
    office.move(row, "submit", "handler")
    office.move(row, "review", "reviewer")
    if lost == "grant":
        Grant.objects.update(valid_until=MONDAY)
    elif lost == "unit":
        User.objects.filter(username="signer").update(unit=None)
    else:
        User.objects.filter(username="signer").update(is_active=False)
    office.people["signer"] = User.objects.get(username="signer")
    row.refresh_from_db()
    with clock.frozen(MONDAY + dt.timedelta(days=1)), refused("decision.not_yours"):
        services.proposal_sign(proposal=row.pk, seen=row.revision, user=office.signer)
    row.refresh_from_db()
    assert row.state == "reviewed"
    assert not Document.objects.filter(proposal=row).exists()


@pytest.mark.usefixtures("office")
def test_an_accident_told_from_its_end_is_one_accident() -> None:
    Authority.objects.create(text="青岛市住房和城乡建设局", division=DIVISION)
    Project.objects.create(project=PROJECT, name="一号楼", region="370202", status="在建", recorded_at=AT)
    SafetyPermit.objects.update(authority="青岛市住房和城乡建设局")
    told = {"enterprise": FIRM, "project": PROJECT, "occurred_on": "2025-05-30", "deaths": 1, "serious_injuries": 0}
    late = {
        "site.accident.concluded": {"concluded_on": "2025-06-01", "responsible": True},
        "site.accident.reported": {},
    }
    for _ in range(2):
        for name, more in late.items():
            with transaction.atomic():
                data = told | more
                key = f"{name}:one accident"
                outbox.append([outbox.Event(name, f"enterprise:{FIRM}", data, business_key=key, id=uuid.uuid4())])
        carry_on()
    made = sorted(Proposal.objects.values_list("rule", flat=True))
    assert made == ["accident-concluded", "accident-suspension"], "no bar: it is one accident, and an ordinary one"
    assert Obligation.objects.filter(rule="accident-review").count() == 1
