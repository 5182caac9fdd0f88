"""资质核查: told → self-check → first review → conclusion by another person.

Opened by a decision, whose service starts the window for the self-check, or by a campaign's announcement. A conclusion
is told as an event and restricts nothing by itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import OUTCOMES, VERIFICATION, moved
from zhulian.server.accounts.models import User
from zhulian.server.assessments.selectors import held_by
from zhulian.server.campaigns.acting import LIMIT, acting, done, filing, stepped
from zhulian.server.campaigns.evidence import Given, attach
from zhulian.server.campaigns.models import CampaignMember, Verification
from zhulian.server.campaigns.ordering import order_ended
from zhulian.server.campaigns.permissions import CONCLUDE, REVIEW
from zhulian.server.campaigns.snapshots import snapshot
from zhulian.server.common import clock, outbox
from zhulian.server.common.writing import writes
from zhulian.server.decisions.models import Proposal
from zhulian.server.decisions.terms import window_ends
from zhulian.server.notary.services import leaf_append

CONCLUDED: Final = "verification.concluded"
WINDOW: Final = "10 工作日"
"""The office's own window for a self-check; no law gives one, and every page says so."""
ACTIONS: Final = {"review": REVIEW, "conclude": CONCLUDE}
"""The permission that each action of an officer asks for."""


@writes
def verification_open(*, proposal: int, document_no: str, cause: outbox.Event) -> list[Verification]:
    """Open what a signed decision asks for: its code, or everything the enterprise holds; those already open stay.

    Raises:
        Proposal.DoesNotExist: an event without its proposal, which is a defect of ours.
    """
    asked = Proposal.objects.select_related("unit").get(pk=proposal)
    today = clock.today()
    held = sorted(code for _, code in held_by([asked.enterprise], as_of=today))
    out = []
    for code in [asked.code] if asked.code else held or [""]:
        same = Verification.objects.filter(enterprise=asked.enterprise, code=code)
        if same.filter(event=cause.id).exists():
            continue
        if running := same.exclude(state="concluded").first():
            _joined(running, document_no)
            continue
        row = Verification(
            proposal=asked,
            event=cause.id,
            enterprise=asked.enterprise,
            code=code,
            division=asked.division,
            unit=asked.unit,
            basis=asked.clause,
            document_no=document_no,
            as_of=today,
            listed_at=clock.now(),
            window=WINDOW,
        )
        row.save()
        done(row, "open", None, document_no)
        out.append(row)
    return out


def _joined(row: Verification, document_no: str) -> None:
    """A pair that is being verified is not verified a second time: the new decision is noted on what runs, once."""
    if row.document_no == document_no or row.steps.filter(action="joined", note=document_no).exists():
        return
    stepped(row, "joined", None, document_no)
    data = {"enterprise": row.enterprise, "code": row.code, "document_no": document_no}
    leaf_append(
        action="campaigns.verification.joined", actor="system:campaigns", subject=f"verification:{row.pk}", data=data
    )


@writes
def verifications_announce(*, proposal: int, document_no: str, served_on: dt.date) -> int:
    """The decision reached the enterprise: from here runs the window for the self-check; how many verifications."""
    rows = Verification.objects.select_for_update(no_key=True).filter(proposal=proposal, document_no=document_no)
    found = list(rows.filter(state=VERIFICATION.first).order_by("pk"))
    for row in found:
        row.state = moved(VERIFICATION, row.state, "announce", {})
        row.announced_at, row.self_check_until = clock.now(), window_ends(served_on, row.window)
        done(row, "announce", None, f"{document_no} 于 {served_on} 送达")
    return len(found)


@writes
def verification_self_check(
    *, verification: int, seen: int, text: str, files: Sequence[Given], user: User
) -> Verification:
    """The enterprise files its self-check; its 体检 of that moment is kept with it.

    Raises:
        ZhulianError: `campaign.*`, `lifecycle.*`.
    """
    row = filing(Verification, verification, seen, user)
    if row.state == VERIFICATION.first:  # not announced: for the enterprise it is not there
        raise ZhulianError("campaign.none")
    row.state = moved(VERIFICATION, row.state, "self_check", {})
    row.self_text = text.strip()[:LIMIT] or "（未作说明）"
    row.self_checked_by, row.self_checked_at = user, clock.now()
    row.self_snapshot = snapshot(row.enterprise, row.code, row.as_of)
    attach(row, files, user)
    done(row, "self_check", user, f"自查结论 {row.self_snapshot.get('digest', '')[:12]}")
    return row


@writes
def verification_review(*, verification: int, seen: int, finding: str, user: User) -> Verification:
    """初审: what an officer found, with the verdict as it stands.

    Raises:
        ZhulianError: `campaign.*`, `lifecycle.*`.
    """
    row = acting(Verification, verification, seen, user, REVIEW)
    row.state = moved(VERIFICATION, row.state, "review", facts_of(row, user, finding))
    row.reviewer, row.reviewed_at, row.finding = user, clock.now(), finding.strip()[:LIMIT]
    row.snapshot = snapshot(row.enterprise, row.code, row.as_of)
    done(row, "review", user, row.finding)
    return row


@writes
def verification_conclude(*, verification: int, seen: int, outcome: str, reasons: str, user: User) -> Verification:
    """The conclusion, by another person than the reviewer, with its reasons; told as an event.

    Raises:
        ZhulianError: `campaign.*`, `lifecycle.*`.
    """
    row = acting(Verification, verification, seen, user, CONCLUDE)
    given = reasons if outcome in OUTCOMES else ""
    row.state = moved(VERIFICATION, row.state, "conclude", facts_of(row, user, given))
    row.outcome, row.reasons = outcome, reasons.strip()[:LIMIT]
    row.concluder, row.concluded_at, row.told = user, clock.now(), uuid.uuid4()
    done(row, "conclude", user, f"{outcome}：{row.reasons}")
    CampaignMember.objects.filter(verification=row).update(open=False)
    outbox.append([_concluded(row)])
    return row


def facts_of(row: Verification, user: User, text: str) -> dict[str, bool]:
    """The needs of the machine, answered from the row; `text`: what the officer writes."""
    over = row.self_check_until is not None and clock.today() > row.self_check_until
    return {
        "window_over": over,
        "finding_given": bool(text.strip()),
        "outcome_given": bool(text.strip()),
        "other_than_reviewer": user.pk != row.reviewer_id,
        "order_ended": order_ended(row),
    }


def _concluded(row: Verification) -> outbox.Event:
    return outbox.Event(
        CONCLUDED,
        f"enterprise:{row.enterprise}",
        {
            "enterprise": row.enterprise,
            "code": row.code,
            "outcome": row.outcome,
            "concluded_on": clock.today().isoformat(),
            "verification": row.pk,
        },
        cause=row.event,
        id=row.told or uuid.uuid4(),
        business_key=f"verification:{row.pk}",
    )
