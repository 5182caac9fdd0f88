"""From a first review that falls short to 责令限期改正: an officer's click makes the proposal, others decide it.

What the shipped rule of law says about falling short is proposed; if it already was, the verification joins it. The
conclusion waits for the re-check of what was ordered.
"""

from __future__ import annotations

import uuid
from typing import Final

from zhulian import rulebooks
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.lifecycle import PROPOSAL
from zhulian.core.linkage import LinkageRule, LinkageVersion, ProposalEffect, deadline
from zhulian.server.accounts.models import User
from zhulian.server.campaigns.acting import acting, done
from zhulian.server.campaigns.models import Rectification, Verification
from zhulian.server.campaigns.permissions import REVIEW
from zhulian.server.common import clock, outbox
from zhulian.server.common.writing import writes
from zhulian.server.decisions import services as decisions
from zhulian.server.decisions.models import Proposal, Restriction

SHORT: Final = "verification.short"
RULE: Final = "fell-short"
"""The shipped rule whose order is proposed; without it in the book nothing is."""
ACT: Final = "rectify"


@writes
def verification_order(*, verification: int, seen: int, user: User) -> Verification:
    """Propose to order a rectification for what the first review found, or join what was proposed already.

    Raises:
        ZhulianError: `campaign.*`, `lifecycle.action`, `decision.no_owner`.
    """
    row = acting(Verification, verification, seen, user, REVIEW)
    if refusal := refused(row):
        raise refusal
    row.order = standing(row.enterprise, row.code) or _proposed(row, user)
    done(row, "order", user, f"拟办事项 {row.order.pk}")
    return row


def refused(row: Verification) -> ZhulianError | None:
    """Why no order can be proposed from a verification now."""
    if row.state != "reviewed":
        return ZhulianError("campaign.changed")
    if row.order_id is not None:
        return ZhulianError("campaign.ordered")
    if (row.snapshot or {}).get("verdict") != Verdict.SHORT.value or _effect() is None:
        return ZhulianError("campaign.not_short")
    return None


def standing(enterprise: int, code: str) -> Proposal | None:
    """An order to rectify about the pair that is proposed, or in force."""
    same = Proposal.objects.filter(enterprise=enterprise, code=code, act=ACT).order_by("-pk")
    running = Restriction.objects.exclude(state__in=("ended", "annulled")).values("proposal")
    return same.exclude(state__in=PROPOSAL.final).first() or same.filter(pk__in=running).first()


def order_ended(row: Verification) -> bool:
    """Whether nothing is to be waited for: no order, an order dropped or ended, or its rectification re-checked."""
    if row.order is None or row.order.state == "dropped":
        return True
    rectification = Rectification.objects.filter(restriction__proposal=row.order).first()
    if rectification is not None:
        return rectification.state not in ("ordered", "filed")
    return Restriction.objects.filter(proposal=row.order, state__in=("ended", "annulled")).exists()


def _effect() -> tuple[LinkageRule, LinkageVersion, ProposalEffect] | None:
    for rule, version in rulebooks.linkage_book().in_force(clock.today()):
        for effect in version.effects if rule.id == RULE else ():
            if isinstance(effect, ProposalEffect) and effect.act.id == ACT:
                return rule, version, effect
    return None


def _proposed(row: Verification, user: User) -> Proposal:
    found = _effect()
    if found is None:
        raise ZhulianError("campaign.not_short")
    rule, version, effect = found
    kept = row.snapshot or {}
    event = outbox.Event(
        SHORT,
        f"enterprise:{row.enterprise}",
        {"enterprise": row.enterprise, "code": row.code, "shortfall": kept.get("sentence", ""), "verification": row.pk},
        cause=row.event,
        business_key=f"verification:{row.pk}",
        id=uuid.uuid4(),
    )
    outbox.append([event])
    found_short = Reason(
        id="first_review",
        label="资质核查初审",
        verdict=Verdict.MET,
        notes=(row.finding, str(kept.get("sentence", ""))),
        citation=effect.citation,
    )
    reason = Reason(id=rule.id, label=rule.title, verdict=Verdict.MET, children=(found_short,))
    due = deadline(clock.today(), effect.within.clock, rulebooks.calendar()) if effect.within else None
    made = decisions.proposal_create(
        event=event,
        rule=rule,
        version=version,
        effect=effect,
        due=due,
        reason=reason.as_json(),
        division=row.division,
        actor=user.actor,
    )
    if made is None:
        raise ZhulianError("campaign.ordered")
    return made
