"""What lacks cause, owner or end is found, each kind planted; what the loop made by itself lacks nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from server.decisions.world import AT, DIVISION, FIRM, MONDAY, PROJECT, Office
from zhulian.server.common import dispatch, outbox
from zhulian.server.common.models import Event
from zhulian.server.decisions.models import Proposal, Restriction
from zhulian.server.linkage import judging
from zhulian.server.linkage.models import Flag, Judged, Obligation, Share
from zhulian.server.registry.models import Authority, Project, Qualification
from zhulian.server.simulation.orphans import CAUSE, ENDING, OWNER, Trace, missing, orphans

LATER = MONDAY + dt.timedelta(days=400)
WHOLE = {"cause": True, "owner": True, "ended": False, "can_end": True, "overtaken": ""}


@pytest.mark.parametrize(
    ("changed", "lacks"),
    [
        ({}, ()),
        ({"ended": True, "can_end": False}, ()),
        ({"ended": True, "overtaken": "已发生"}, ()),
        ({"cause": False}, (CAUSE,)),
        ({"owner": False}, (OWNER,)),
        ({"can_end": False}, (ENDING,)),
        ({"overtaken": "已发生"}, (ENDING,)),
        ({"cause": False, "owner": False, "can_end": False}, (CAUSE, OWNER, ENDING)),
    ],
)
def test_what_a_trace_lacks(changed: dict[str, Any], lacks: tuple[str, ...]) -> None:
    assert missing(Trace("日常标识", 1, FIRM, "", **(WHOLE | changed))) == lacks


def tell(name: str, **data: Any) -> None:
    with transaction.atomic():
        outbox.append([outbox.Event(name, f"enterprise:{FIRM}", {"enterprise": FIRM} | data, id=uuid.uuid4())])
    while dispatch.events_dispatch():
        pass


@pytest.fixture
def loop(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of effect: flag, share, proposals, obligation, copy notice."""
    del office
    monkeypatch.setattr(judging, "facts_of", lambda _about, names: dict.fromkeys(names, True))
    authority = "青岛市住房和城乡建设局"
    Authority.objects.create(text=authority, division=DIVISION)
    Qualification.objects.update(authority=authority)
    Project.objects.create(project=PROJECT, name="一号楼", region="370202", status="在建", recorded_at=AT)
    tell("qualification.fell_short", code="D101B")
    tell("market.dishonesty.listed", record_no="R1", effective_on="2025-05-30")
    tell("site.hazard.found", project=PROJECT, hazard_no="H1", level="重大", found_on="2025-06-01")


def found(today: dt.date = MONDAY) -> list[tuple[str, tuple[str, ...]]]:
    return [(orphan.kind, orphan.missing) for orphan in orphans(today)]


def test_what_the_loop_made_lacks_nothing(loop) -> None:  # noqa: ARG001
    assert Flag.objects.exists()
    assert Share.objects.exists()
    assert Proposal.objects.exists()
    assert Obligation.objects.exists()
    assert orphans(MONDAY) == []


def _flag_goes_on() -> None:
    tell("qualification.recovered", code="D101B")
    Flag.objects.update(ended_at=None, end_event=None)


def _share_goes_on() -> None:
    tell("credit.repaired", record_no="R1", effective_on="2025-05-30", repaired_on="2025-06-02")
    Share.objects.filter(rule="dishonesty").update(ended_at=None, end_event=None)


PLANTED: dict[str, tuple[Callable[[], object], tuple[str, str]]] = {
    "a flag that outlives its recovery": (_flag_goes_on, ("日常标识", ENDING)),
    "a flag of what is held no more": (Qualification.objects.all().delete, ("日常标识", ENDING)),
    "a share that outlives the repair": (_share_goes_on, ("抽查比例", ENDING)),
    "an obligation that no judgement made": (
        lambda: Judged.objects.filter(event_type="site.hazard.found").delete(),
        ("待办", CAUSE),
    ),
    "a proposal that nobody handles": (lambda: Proposal.objects.update(state="taken"), ("拟办", OWNER)),
    "an event that nobody could carry on": (lambda: Event.objects.update(state="dead"), ("事件", ENDING)),
    "an event whose cause is not in the log": (lambda: Event.objects.update(cause=uuid.uuid4()), ("事件", CAUSE)),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_found(planted: str, loop) -> None:  # noqa: ARG001
    plant, (kind, lacks) = PLANTED[planted]
    plant()
    assert (kind, (lacks,)) in found()


def test_an_overdue_obligation_that_nobody_told_of(loop) -> None:  # noqa: ARG001
    assert ("待办", (ENDING,)) in found(LATER)
    Obligation.objects.update(overdue_at=dt.datetime(2025, 7, 1, tzinfo=dt.UTC))
    assert ("待办", (ENDING,)) not in found(LATER)


def test_a_restriction_past_its_term_and_one_without_the_event_that_made_it(office: Office, proposed) -> None:
    barred = office.to_effect(proposed("bar"))
    assert ("限制", (CAUSE,)) in found(), "made without any event"
    assert barred.until is not None
    assert ("限制", (CAUSE, ENDING)) in found(barred.until + dt.timedelta(days=1))
    Restriction.objects.update(ended_on=MONDAY, ended_at=AT_NOON, end_cause="期满", state="ended")
    assert ("限制", (CAUSE,)) in found(barred.until + dt.timedelta(days=1))


AT_NOON = dt.datetime(2025, 6, 2, 12, tzinfo=dt.UTC)
