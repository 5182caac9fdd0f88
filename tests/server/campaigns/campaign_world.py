"""A town of firms that hold qualifications, and a campaign over them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from server.campaigns.world import carry_on
from server.decisions.world import AT, DIVISION, FIRM, USCC, Office
from zhulian.server.accounts.models import DivisionClosure
from zhulian.server.campaigns import handlers, services
from zhulian.server.campaigns.campaigning import Plan, selection_of
from zhulian.server.campaigns.models import Campaign, CampaignMember, Verification
from zhulian.server.common.jobs import JobView
from zhulian.server.common.models import Job
from zhulian.server.registry.models import Enterprise, Qualification

FIRMS = {101: "9137020000000010LA", 102: "9137020000000020LB", 103: "9137020000000030LC", 104: "9137020000000040LD"}
PLAN = Plan(
    title="2025 年建筑工程资质动态核查",
    basis="建筑业企业资质管理规定第二十八条",
    document_no="青建通〔2025〕1号",
    division=DIVISION,
    codes=("D101",),
    starts_on=dt.date(2025, 6, 2),
    ends_on=dt.date(2025, 9, 30),
    window="10 工作日",
    method="all",
)


@pytest.fixture
def town(office: Office) -> Office:
    """The firm of the office and four others in two districts; one of them in another city."""
    for number, uscc in FIRMS.items():
        region = "370100" if number == 104 else "370203"
        Enterprise.objects.create(
            enterprise=number, name=f"第{number}建筑公司", uscc=uscc, region=region, recorded_at=AT
        )
        Qualification.objects.create(
            enterprise=number, code="D101B", certificate_no=f"C{number}", status="有效", recorded_at=AT
        )
    Qualification.objects.create(enterprise=101, code="D201B", certificate_no="X", status="有效", recorded_at=AT)
    assert DivisionClosure.objects.filter(ancestor=DIVISION, descendant="370203").exists()
    return office


def plan(office: Office, who: str = "handler", **changes: Any) -> Campaign:
    return services.campaign_plan(plan=replace(PLAN, **changes), user=office.people[who])


def select(row: Campaign, office: Office, who: str = "handler", listed: str = "") -> Campaign:
    row.refresh_from_db()
    chosen = selection_of(row, listed=listed)
    return services.campaign_select(campaign=row.pk, seen=row.revision, selection=chosen, user=office.people[who])


def move(row: Campaign, action: str, office: Office, who: str, note: str = "") -> Campaign:
    row.refresh_from_db()
    return services.campaign_move(campaign=row.pk, action=action, seen=row.revision, user=office.people[who], note=note)


def open_all(row: Campaign) -> None:
    """What the worker does after the announcement."""
    job = Job.objects.get(kind="campaigns.opening", payload={"campaign": row.pk})
    view = JobView(job.pk, job.kind, job.payload, {}, 0, None, "")
    while not handlers.opening(view).finished:
        pass
    carry_on()


def announce(row: Campaign, office: Office) -> Campaign:
    move(row, "approve", office, "reviewer")
    row = move(row, "announce", office, "handler")
    open_all(row)
    return row


def codes_of(row: Campaign) -> list[tuple[int, str, str]]:
    members = CampaignMember.objects.filter(campaign=row).order_by("enterprise", "code")
    return [(m.enterprise, m.code, m.skipped) for m in members]


def conclude(row: Verification, office: Office, outcome: str = "达标") -> Verification:
    """The three steps of a matter by three people."""
    if row.state == "announced":
        row = services.verification_self_check(
            verification=row.pk, seen=row.revision, text="已自查", files=[], user=office.firm
        )
    row = services.verification_review(verification=row.pk, seen=row.revision, finding="核实", user=office.handler)
    return services.verification_conclude(
        verification=row.pk, seen=row.revision, outcome=outcome, reasons="经核实", user=office.signer
    )


__all__ = ["FIRM", "FIRMS", "USCC"]
