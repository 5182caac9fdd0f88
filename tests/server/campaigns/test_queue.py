"""What was filed waits in the officers' one queue (worklist), for who may do the next step and for nobody else."""

from __future__ import annotations

from server.campaigns.campaign_world import announce, plan, select
from server.campaigns.world import file, move, verdict
from server.decisions.world import Office
from zhulian.server.campaigns.models import Rectification, Verification
from zhulian.server.common import clock
from zhulian.server.worklist import listing
from zhulian.server.worklist.listing import Filters


def waiting(office: Office, who: str, kind: str) -> list[int]:
    found = listing.items(office.people[who], Filters(tab="pool", kind=kind), today=clock.today())
    return [item.pk for item in found]


def test_a_rectification_waits_for_one_officer_and_then_for_another(ordered: Rectification, office: Office) -> None:
    assert waiting(office, "reviewer", "rectification") == [], "the enterprise has its turn"
    file(ordered, office)
    assert waiting(office, "reviewer", "rectification") == [ordered.pk]
    verdict("met")
    move(ordered, "confirm", office, "reviewer", "核实")
    assert waiting(office, "reviewer", "rectification") == [], "who confirmed does not close"
    assert waiting(office, "signer", "rectification") == [ordered.pk]
    assert waiting(office, "stranger", "rectification") == []


def test_a_verification_waits_once_it_was_answered(checked: Verification, office: Office) -> None:
    assert waiting(office, "reviewer", "verification") == []
    Verification.objects.filter(pk=checked.pk).update(
        state="self_checked",
        self_checked_by=office.firm,
        self_checked_at=clock.now(),
        self_text="已自查",
        self_snapshot={},
    )
    assert waiting(office, "reviewer", "verification") == [checked.pk]


def test_a_campaign_waits_for_who_may_do_its_next_step(town: Office) -> None:
    row = plan(town)
    assert waiting(town, "handler", "campaign") == [row.pk]
    select(row, town)
    assert waiting(town, "handler", "campaign") == [], "the planner does not approve"
    assert waiting(town, "signer", "campaign") == [row.pk]
    assert waiting(town, "stranger", "campaign") == []
    announce(row, town)
    assert waiting(town, "handler", "campaign") == [], "members have their turn"
    row.members.update(open=False)
    assert waiting(town, "handler", "campaign") == [row.pk], "all is concluded: to be closed"
    shown = listing.items(town.handler, Filters(tab="pool", kind="campaign"), today=clock.today())
    assert [(item.what, item.name) for item in shown] == [(row.title, "多家企业")]
