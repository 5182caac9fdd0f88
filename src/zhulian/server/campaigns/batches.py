"""Campaigns to read: in scope, with progress; members by where they stand, totals by division; what the public sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from zhulian.core.kernel.codes import division_name
from zhulian.core.lifecycle import CAMPAIGN, OUTCOMES, Moved, actions, move
from zhulian.server.assessments.verification import code_name
from zhulian.server.campaigns import campaigning
from zhulian.server.campaigns.acting import may_act
from zhulian.server.campaigns.models import Campaign, CampaignMember
from zhulian.server.campaigns.permissions import LIST, PLAN
from zhulian.server.common import clock, scopes
from zhulian.server.common.permissions import REGULATORS, role_of
from zhulian.server.decisions.selectors import Action

_LISTED: Final = Q(skipped="")
_STANDS: Final = "verification__state"
STAGES: Final[Mapping[str, tuple[str, Q]]] = {
    "listed": ("对象", _LISTED),
    "waiting": ("待自查", _LISTED & (Q(verification=None) | Q(**{f"{_STANDS}__in": ("listed", "announced")}))),
    "self_checked": ("待初审", _LISTED & Q(**{_STANDS: "self_checked"})),
    "reviewed": ("待结论", _LISTED & Q(**{_STANDS: "reviewed"})),
    **{outcome: (outcome, _LISTED & Q(verification__outcome=outcome)) for outcome in OUTCOMES},
    "skipped": ("未列入", ~_LISTED),
}
"""Where members stand: every column of the totals, and the filter that lists what it counts."""
PUBLIC: Final = ("announced", "closed")
"""States of a campaign that the public sees."""
HEADER: Final = (
    "企业",
    "统一社会信用代码",
    "注册地",
    "资质",
    "如何确定",
    "状态",
    "自查截止",
    "结论",
    "理由",
    "未列入的原因",
)
_SORTS: Final = {"name": "name", "code": "code", "division": "division", "state": _STANDS, "how": "how"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of campaigns or members is narrowed to. `at`: a key of STAGES; `order`: an order was proposed."""

    state: str = ""
    mine: str = ""
    at: str = ""
    division: str = ""
    q: str = ""
    order: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.state or self.mine or self.at or self.division or self.q or self.order)


@dataclass(frozen=True, slots=True)
class Row:
    """Totals of a division, in the order of STAGES; the last row is of all."""

    division: str
    name: str
    cells: Sequence[tuple[str, str, int]]


def campaigns(user: Any) -> QuerySet[Campaign]:
    """Those of the divisions granted to an officer, and announced ones of above that have members there."""
    if role_of(user) not in REGULATORS:
        return Campaign.objects.none()
    mine = scopes.divisions(user, LIST)
    there = CampaignMember.objects.filter(campaign=OuterRef("pk"), division__in=mine)
    rows = Campaign.objects.filter(Q(division__in=mine) | Q(Exists(there), state__in=PUBLIC))
    return rows.select_related("unit", "planner", "selector", "approver", "frame")


def published() -> QuerySet[Campaign]:
    """Those that the public sees: announced and closed."""
    return Campaign.objects.filter(state__in=PUBLIC).select_related("unit", "frame")


def with_progress(rows: QuerySet[Campaign]) -> QuerySet[Any]:
    """Campaigns with `listed` members and those `concluded`."""
    listed = Q(members__skipped="")
    return rows.annotate(
        listed=Count("members", filter=listed),
        concluded=Count("members", filter=listed & Q(members__verification__state="concluded")),
    )


def listed(user: Any, filters: Filters) -> QuerySet[Any]:
    """Campaigns narrowed and sorted, the newest first; those that are over only where asked for."""
    rows = with_progress(campaigns(user))
    if filters.state in CAMPAIGN.states:
        rows = rows.filter(state=filters.state)
    elif filters.state != "all":
        rows = rows.exclude(state__in=CAMPAIGN.final)
    if filters.mine == "unit":
        rows = rows.filter(unit=user.unit_id)
    down, name = filters.sort.startswith("-"), filters.sort.removeprefix("-")
    column = {"ends": "ends_on", "state": "state", "starts": "starts_on"}.get(name, "")
    return rows.order_by(*([f"-{column}" if down else column] if column else []), "-planned_at", "-pk")


def counted(user: Any) -> Mapping[str, int]:
    """How many campaigns run, wait for approval, wait for their announcement, and are of the user's unit."""
    rows = campaigns(user)
    return {
        "announced": rows.filter(state="announced").count(),
        "selected": rows.filter(state="selected").count(),
        "approved": rows.filter(state="approved").count(),
        "unit": rows.exclude(state__in=CAMPAIGN.final).filter(unit=user.unit_id).count(),
    }


def members_of(user: Any, campaign: Campaign) -> QuerySet[CampaignMember]:
    """Members that the officer may read: those registered in the divisions granted to him."""
    return campaign.members.filter(division__in=scopes.divisions(user, LIST))


def narrowed(rows: QuerySet[CampaignMember], filters: Filters) -> QuerySet[CampaignMember]:
    """Members narrowed and sorted by name."""
    if filters.at in STAGES:
        rows = rows.filter(STAGES[filters.at][1])
    if filters.division:
        rows = rows.filter(division=filters.division[:6])
    if filters.q:
        rows = rows.filter(Q(name__contains=filters.q) | Q(key__startswith=filters.q.upper()))
    if filters.order:
        rows = rows.filter(verification__order__isnull=False)
    down, name = filters.sort.startswith("-"), filters.sort.removeprefix("-")
    column = _SORTS.get(name, "name")
    return rows.select_related("verification").order_by(f"-{column}" if down else column, "key", "code")


def totals(rows: QuerySet[CampaignMember], *, within: str = "") -> tuple[Row, ...]:
    """Counts by division and stage in one query, then of all; every number is what its filter lists.

    Names of divisions leave out that of `within`, where it begins them.
    """
    place = division_name(within) if within else ""
    columns = {f"n{n}": Count("pk", filter=q) for n, (_, q) in enumerate(STAGES.values())}
    found: list[Mapping[str, Any]] = list(rows.order_by("division").values("division").annotate(**columns))
    out = [_row(one["division"], _short(one["division"], place), one) for one in found]
    whole = {name: sum(one[name] for one in found) for name in columns}
    return (*out, _row("", "合计", whole)) if found else ()


def _short(division: str, place: str) -> str:
    return division_name(division).removeprefix(place) or division_name(division)


def _row(division: str, name: str, counts: Mapping[str, Any]) -> Row:
    cells = [(key, label, counts[f"n{n}"]) for n, (key, (label, _)) in enumerate(STAGES.items())]
    return Row(division, name, cells)


def progress(rows: QuerySet[CampaignMember]) -> tuple[int, int]:
    """How many members are concluded, of how many."""
    found = rows.filter(_LISTED).aggregate(all=Count("pk"), done=Count("pk", filter=Q(**{_STANDS: "concluded"})))
    return found["done"], found["all"]


def outcomes(campaign: Campaign) -> QuerySet[Any]:
    """Conclusions on members of a closed campaign, as the public sees them: no reasons, no persons."""
    rows = campaign.members.filter(_LISTED, verification__state="concluded", campaign__state="closed")
    found = rows.annotate(outcome=F("verification__outcome"), concluded_at=F("verification__concluded_at"))
    return found.order_by("outcome", "name", "code")


def actions_of(user: Any, row: Campaign) -> list[Action]:
    """What an officer of the unit may do now, or what is missing; the reason that a form brings is taken as given."""
    out = []
    facts = campaigning.facts_of(row, user, "…")
    for name in actions(CAMPAIGN, row.state):
        if name not in campaigning.ACTIONS or not may_act(user, row, campaigning.ACTIONS[name]):
            continue
        found = move(CAMPAIGN, row.state, name, facts)
        missing = "" if isinstance(found, Moved) else str(found.error.params.get("missing", found.error.text))
        out.append(Action(name, CAMPAIGN.actions[name], isinstance(found, Moved), missing))
    return out


def may_plan(user: Any, row: Campaign) -> bool:
    """Whether the officer may change the plan and choose its members now."""
    return row.state == "planned" and may_act(user, row, PLAN)


def export_rows(rows: QuerySet[CampaignMember]) -> Iterator[tuple[str, ...]]:
    """Members as text for a sheet."""
    for one in rows.iterator(chunk_size=500):
        found = one.verification
        yield (
            one.name,
            one.key,
            division_name(one.division),
            f"{code_name(one.code)} {one.code}",
            one.how,
            found.get_state_display() if found else "",
            _day(found.self_check_until) if found else "",
            found.outcome if found else "",
            found.reasons if found else "",
            one.skipped,
        )


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def late(rows: QuerySet[CampaignMember]) -> int:
    """How many let the window for the self-check pass."""
    return rows.filter(verification__state="announced", verification__self_check_until__lt=clock.today()).count()
