"""核查批次: plan → selection over a frozen frame → approval by another officer → announcement → closing.

Each member's verification is a matter of its own (`verifying`); a campaign opens them by its announcement, in steps,
and closes when every one is concluded.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from django.db.models import Count

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.codes import division_name
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import CAMPAIGN, VERIFICATION, moved
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.accounts.selectors import granted_divisions
from zhulian.server.campaigns.acting import ACTOR, acting, done, locked
from zhulian.server.campaigns.frames import Candidate, Frame, frame_of
from zhulian.server.campaigns.models import Campaign, CampaignMember, Verification
from zhulian.server.campaigns.permissions import APPROVE, PLAN
from zhulian.server.common import clock, outbox
from zhulian.server.common.files import file_store
from zhulian.server.common.jobs import job_start
from zhulian.server.common.models import StoredFile
from zhulian.server.common.writing import writes
from zhulian.server.decisions.terms import window_ends
from zhulian.server.notary.services import leaf_append

ANNOUNCED: Final = "campaign.announced"
CLOSED: Final = "campaign.closed"
MEMBER_ANNOUNCED: Final = "verification.announced"
OPENING: Final = "campaigns.opening"
"""The job that opens the members' verifications."""
MOST: Final = 5_000
"""Members of a campaign: what one transaction lists."""
ACTIONS: Final = {"approve": APPROVE, "return": APPROVE, "announce": PLAN, "close": PLAN, "drop": PLAN}
"""The permission that each action asks for."""
_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan says. `window`: a clock; `codes`: beginnings of codes, none for all; `quantity`, `seed`: of a draw."""

    title: str
    basis: str
    document_no: str
    division: str
    codes: tuple[str, ...]
    starts_on: dt.date
    ends_on: dt.date
    window: str
    method: str
    quantity: int | None = None
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """A frame whose file is in the store."""

    frame: Frame
    stored: StoredFile


def selection_of(campaign: Campaign, *, listed: str = "") -> Selection:
    """The frame of a plan as it is today, kept before the transaction that selects from it.

    Raises:
        ZhulianError: `campaign.listed`.
    """
    frame = frame_of(campaign, as_of=clock.today(), listed=listed)
    if frame.problems:
        raise ZhulianError("campaign.listed", count=len(frame.problems))
    return Selection(frame, file_store([frame.content], name=f"campaign-{campaign.pk}.csv"))


@writes
def campaign_plan(*, plan: Plan, user: User, campaign: int | None = None, seen: int = 0) -> Campaign:
    """Make a plan, or change one that has no members yet. Who changed it last is its planner.

    Raises:
        ZhulianError: `campaign.*`, `lifecycle.action`.
    """
    unit = user.unit
    if unit is None or not granted_divisions(user=user, action=PLAN).filter(descendant=plan.division).exists():
        raise ZhulianError("campaign.place", place=division_name(plan.division))
    _complete(plan)
    row = _to_plan(campaign, seen, user, unit)
    for name, value in asdict(plan).items():
        setattr(row, name, list(value) if name == "codes" else value)
    row.planner, row.planned_at = user, clock.now()
    changed = row.pk is not None
    row.save()
    done(row, "change" if changed else "plan", user, row.get_method_display())
    return row


def _to_plan(campaign: int | None, seen: int, user: User, unit: OrganisationUnit) -> Campaign:
    if campaign is None:
        return Campaign(unit=unit)
    row = acting(Campaign, campaign, seen, user, PLAN)
    moved(CAMPAIGN, row.state, "select", {"has_subjects": True})
    return row


def _complete(plan: Plan) -> None:
    draws = plan.method == Campaign.Method.RANDOM
    wrong = (
        (not plan.title.strip(), "没有名称"),
        (not plan.basis.strip(), "没有依据"),
        (plan.starts_on > plan.ends_on, "结束日早于开始日"),
        (plan.method not in Campaign.Method.values, "没有选择确定对象的方法"),
        (draws and not (plan.quantity and plan.quantity > 0), "随机抽取要写明抽取多少家企业"),
        (draws and not plan.seed.strip(), "随机抽取要先写明种子"),
        (not draws and bool(plan.quantity or plan.seed), "抽取数和种子只用于随机抽取"),
    )
    for is_wrong, what in wrong:
        if is_wrong:
            raise ZhulianError("campaign.plan", what=what)


@writes
def campaign_select(*, campaign: int, seen: int, selection: Selection, user: User) -> Campaign:
    """Freeze the frame and list the members. What another campaign or verification holds is left out, with the reason.

    Raises:
        ZhulianError: `campaign.*`, `lifecycle.*`.
    """
    row = acting(Campaign, campaign, seen, user, PLAN)
    frame = selection.frame
    if frame.as_of != clock.today():
        raise ZhulianError("campaign.stale", day=frame.as_of)
    chosen = frame.chosen(row)
    if len(chosen) > MOST:
        raise ZhulianError("campaign.many", count=len(chosen), most=MOST)
    row.members.all().delete()
    listed = _list_members(row, chosen)
    row.state = moved(CAMPAIGN, row.state, "select", {"has_subjects": listed > 0})
    row.selector, row.selected_at = user, clock.now()
    row.as_of, row.frame, row.frame_size = frame.as_of, selection.stored, frame.enterprises
    note = f"名录 {frame.enterprises} 家，列入 {listed} 项，未列入 {len(chosen) - listed} 项，名录摘要 {frame.digest[:16]}…"
    done(row, "select", user, note)
    return row


def _list_members(row: Campaign, chosen: Sequence[Candidate]) -> int:
    """Make the rows; how many are to be verified."""
    held = CampaignMember.objects.filter(open=True).select_related("campaign")
    elsewhere = {(m.enterprise, m.code): f"已列入批次「{m.campaign.title}」" for m in held}
    running = Verification.objects.exclude(state__in=VERIFICATION.final).values_list(
        "enterprise", "code", "document_no"
    )
    elsewhere |= {(enterprise, code): f"正在核查：{number or '另一批次'}" for enterprise, code, number in running}
    members = [_member(row, one, elsewhere.get((one.enterprise, one.code), "")) for one in chosen]
    CampaignMember.objects.bulk_create([m for m in members if m.skipped], batch_size=500)
    CampaignMember.objects.bulk_create([m for m in members if m.open], batch_size=500, ignore_conflicts=True)
    kept = set(row.members.values_list("enterprise", "code"))
    beaten = [one for one in chosen if (one.enterprise, one.code) not in kept]
    CampaignMember.objects.bulk_create([_member(row, one, "同时被另一批次列入") for one in beaten])
    return row.members.filter(open=True).count()


def _member(row: Campaign, one: Candidate, skipped: str) -> CampaignMember:
    names = {"enterprise": one.enterprise, "code": one.code, "key": one.key, "name": one.name}
    return CampaignMember(
        campaign=row,
        **names,
        division=one.division or row.division,
        how=one.how,
        open=not skipped,
        skipped=skipped[:200],
    )


@writes
def campaign_move(*, campaign: int, action: str, seen: int, user: User, note: str = "") -> Campaign:
    """审批同意、退回计划、公告、结束、取消; the note is the reason.

    Raises:
        ZhulianError: `campaign.*`, `lifecycle.*`.
    """
    row = acting(Campaign, campaign, seen, user, ACTIONS[action])
    row.state = moved(CAMPAIGN, row.state, action, facts_of(row, user, note))
    note, at = note.strip()[:_REASON], clock.now()
    if action == "approve":
        row.approver, row.approved_at = user, at
    elif action == "announce":
        _announced(row)
        note = f"自查截止 {row.self_check_until}"
    elif action == "close":
        row.ended_at = at
    elif action == "drop":
        row.reason, row.ended_at = note, at
        row.members.filter(open=True).update(open=False)
    elif action == "return":
        row.reason = note
        row.members.all().delete()
    done(row, action, user, note)
    if action == "announce":
        outbox.append([_event(ANNOUNCED, row, row.told)])
        job_start(kind=OPENING, payload={"campaign": row.pk}, key=f"campaign:{row.pk}", actor=user.actor)
    if action == "close":
        outbox.append([_event(CLOSED, row)])
    return row


def _announced(row: Campaign) -> None:
    row.announced_at, row.told = clock.now(), uuid.uuid4()
    row.self_check_until = window_ends(clock.today(), row.window)


def facts_of(row: Campaign, user: User, note: str) -> dict[str, bool]:
    """The needs of the machine, answered from the rows."""
    waiting = row.members.filter(open=True).exists()
    return {
        "has_subjects": True,
        "other_than_planner": user.pk not in (row.planner_id, row.selector_id),
        "all_concluded": not waiting,
        "reason_given": bool(note.strip()),
    }


@writes
def campaign_members_open(*, campaign: int, limit: int) -> int:
    """Open and announce the verifications of members, at most `limit` at a time; how many members were looked at.

    A pair that a decision began to verify meanwhile is left out with the reason.

    Raises:
        ZhulianError: `campaign.none`.
    """
    row = locked(Campaign, campaign)
    waiting = row.members.filter(open=True, verification=None) if row.state == "announced" else row.members.none()
    members = list(waiting.order_by("pk")[:limit])
    for member in members:
        same = Verification.objects.filter(enterprise=member.enterprise, code=member.code)
        if running := same.exclude(state__in=VERIFICATION.final).first():
            member.open, member.skipped = False, f"正在核查：{running.document_no or running.pk}"
            data = {"enterprise": member.enterprise, "code": member.code, "why": member.skipped}
            leaf_append(action="campaigns.member.left_out", actor=ACTOR, subject=f"campaign:{row.pk}", data=data)
        else:
            member.verification = _verified(row, member)
        member.save(update_fields=["open", "skipped", "verification"])
    return len(members)


def _verified(row: Campaign, member: CampaignMember) -> Verification:
    if row.told is None:
        message = f"campaign {row.pk} was never announced"
        raise ValueError(message)
    found = Verification(
        campaign=row,
        event=row.told,
        enterprise=member.enterprise,
        code=member.code,
        division=member.division,
        unit=row.unit,
        basis=row.basis,
        document_no=row.document_no,
        as_of=clock.today(),
        listed_at=clock.now(),
        window=row.window,
    )
    found.save()
    done(found, "open", None, row.title)
    found.state = moved(VERIFICATION, found.state, "announce", {})
    found.announced_at, found.self_check_until = row.announced_at, row.self_check_until
    done(found, "announce", None, f"{row.title} 公告")
    data: dict[str, Json] = {
        "enterprise": member.enterprise,
        "code": member.code,
        "title": row.title,
        "self_check_until": row.self_check_until.isoformat() if row.self_check_until else None,
        "verification": found.pk,
    }
    key = f"verification:{found.pk}"
    subject = f"enterprise:{member.enterprise}"
    outbox.append([outbox.Event(MEMBER_ANNOUNCED, subject, data, cause=row.told, business_key=key)])
    return found


@writes
def campaign_exported(*, campaign: int, count: int, query: str, user: User) -> None:
    """Write down who took the list of members away, and how it was filtered."""
    data = {"count": count, "query": query[:500]}
    leaf_append(action="campaigns.campaign.export", actor=user.actor, subject=f"campaign:{campaign}", data=data)


def _event(name: str, row: Campaign, told: uuid.UUID | None = None) -> outbox.Event:
    listed = row.members.filter(skipped="").aggregate(n=Count("enterprise", distinct=True))
    data: dict[str, Json] = {
        "title": row.title,
        "division": row.division,
        "organiser": row.unit.name,
        "enterprises": listed["n"],
        "campaign": row.pk,
    }
    cause = row.told if told is None else None
    key = f"campaign:{row.pk}"
    return outbox.Event(name, key, data, cause=cause, business_key=key, id=told or uuid.uuid4())
