"""Decisions open matters, service starts the self-check, verdicts show at once; the lapse, and members' verifications."""

from __future__ import annotations

import datetime as dt
from typing import Final

from zhulian.server.assessments.services import FELL_SHORT, RECOVERED, RELEASED
from zhulian.server.campaigns import services
from zhulian.server.campaigns.campaigning import OPENING
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.common.outbox import Event, handler
from zhulian.server.decisions.telling import ANNULLED, MADE, SERVED

DAILY: Final = "campaigns.daily"
STEP: Final = 50
"""Rows of a step: far below the 200 ms that a step may hold its transaction."""
MEMBERS: Final = 10
"""Members of a step, each of which is a matter with its steps, leaves and event."""


@handler(MADE)
def opened(event: Event) -> None:
    """责令限期改正 in effect opens a rectification; a signed 资质动态核查 opens verifications."""
    data = event.data
    restriction, proposal = data.get("restriction"), data.get("proposal")
    if data.get("act") == "rectify" and isinstance(restriction, int):
        services.rectification_open(restriction=restriction, cause=event)
    if data.get("act") == "verify" and isinstance(proposal, int):
        services.verification_open(proposal=proposal, document_no=str(data.get("document_no")), cause=event)


@handler(ANNULLED)
def annulled(event: Event) -> None:
    """An order that should not have been made asks for nothing any more."""
    if isinstance(restriction := event.data.get("restriction"), int):
        services.rectification_annulled(restriction=restriction, document_no=str(event.data.get("document_no")))


@handler(SERVED)
def announced(event: Event) -> None:
    """The notice of a verification reached the enterprise: from here runs its window."""
    data = event.data
    proposal, served = data.get("proposal"), data.get("served_on")
    if data.get("act") == "verify" and isinstance(proposal, int) and isinstance(served, str):
        on, number = dt.date.fromisoformat(served), str(data.get("document_no"))
        services.verifications_announce(proposal=proposal, document_no=number, served_on=on)


@handler(FELL_SHORT, RECOVERED)
def verdict_changed(event: Event) -> None:
    """Open rectifications show at once that the conditions are met again, or no longer."""
    enterprise, code = event.data.get("enterprise"), event.data.get("code")
    if isinstance(enterprise, int) and isinstance(code, str):
        services.rectifications_note(enterprise=enterprise, code=code, met=event.type == RECOVERED)


@handler(RELEASED)
def released(event: Event) -> None:
    """What is held no more asks for nothing any more."""
    enterprise, code = event.data.get("enterprise"), event.data.get("code")
    if isinstance(enterprise, int) and isinstance(code, str):
        services.rectifications_released(enterprise=enterprise, code=code)


@job(DAILY)
def daily(job: JobView) -> Step:
    """Rectifications whose last day was yesterday or before."""
    done = services.rectifications_lapse(today=clock.today(), limit=STEP)
    return Step(done=job.done + done, finished=done == 0)


@job(OPENING)
def opening(job: JobView) -> Step:
    """Verifications of the members of an announced campaign."""
    done = services.campaign_members_open(campaign=int(job.payload["campaign"]), limit=MEMBERS)
    return Step(done=job.done + done, finished=done == 0)


schedule(DAILY, daily=dt.time(0, 15))
