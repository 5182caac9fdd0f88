"""Many members of a campaign at once: what would change and why not, then each in a transaction of its own.

Preview and doing ask the same machine; a matter that changed in between is left alone and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import OUTCOMES, VERIFICATION, Refused, move
from zhulian.server.accounts.models import User
from zhulian.server.campaigns import selectors, services, verifying
from zhulian.server.campaigns.acting import may_act
from zhulian.server.campaigns.models import Campaign, CampaignMember, Verification

MOST: Final = 500
"""Members of one bulk step."""
ACTIONS: Final = tuple(verifying.ACTIONS)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with the chosen members. `text`: finding or reasons; `outcome`: of a conclusion."""

    action: str
    user: User
    text: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One member: whether it changes (`will`), into what, or why not. `print`: the matter and its revision."""

    name: str
    code: str
    now: str
    verdict: str
    will: bool
    text: str
    print: str = ""


def chosen(
    campaign: Campaign, members: Iterable[CampaignMember], user: User
) -> list[tuple[CampaignMember, Verification]]:
    """Members with the matters that the user may read.

    Raises:
        ZhulianError: `campaign.choose`.
    """
    rows = [member for member in members if member.verification_id is not None]
    if not 1 <= len(rows) <= MOST:
        raise ZhulianError("campaign.choose", most=MOST)
    readable = selectors.verifications(user).filter(campaign=campaign).in_bulk([m.verification_id for m in rows])
    return [(m, readable[m.verification_id]) for m in rows if m.verification_id in readable]


def preview(pairs: Sequence[tuple[CampaignMember, Verification]], order: Order) -> list[Line]:
    """What would become of each."""
    return [_line(member, row, order, _refusal(row, order)) for member, row in pairs]


def done(pairs: Sequence[tuple[CampaignMember, Verification]], seen: dict[int, int], order: Order) -> list[Line]:
    """Do it, matter by matter. `seen`: the revision of each that the officer saw."""
    out = []
    for member, row in pairs:
        error: ZhulianError | None = None
        try:
            _do(row.pk, seen.get(row.pk, -1), order)
        except ZhulianError as refused:
            error = refused
        row.refresh_from_db()
        out.append(_line(member, row, order, error))
    return out


def _do(pk: int, seen: int, order: Order) -> None:
    if order.action == "review":
        services.verification_review(verification=pk, seen=seen, finding=order.text, user=order.user)
    else:
        services.verification_conclude(
            verification=pk, seen=seen, outcome=order.outcome, reasons=order.text, user=order.user
        )


def _refusal(row: Verification, order: Order) -> ZhulianError | None:
    if not may_act(order.user, row, verifying.ACTIONS[order.action]):
        return ZhulianError("campaign.not_yours", unit=row.unit.name, action=VERIFICATION.actions[order.action])
    given = order.text if order.action == "review" or order.outcome in OUTCOMES else ""
    found = move(VERIFICATION, row.state, order.action, verifying.facts_of(row, order.user, given))
    return found.error if isinstance(found, Refused) else None


def _line(member: CampaignMember, row: Verification, order: Order, error: ZhulianError | None) -> Line:
    kept = row.snapshot or row.self_snapshot or {}
    becomes = order.outcome if order.action == "conclude" else VERIFICATION.states["reviewed"]
    now = row.outcome or row.get_state_display()
    verdict, print_ = str(kept.get("verdict", "")), "" if error else f"{row.pk}:{row.revision}"
    return Line(member.name, member.code, now, verdict, error is None, str(error) if error else becomes, print_)
