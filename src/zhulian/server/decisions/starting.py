"""主动发起: what an officer starts without a rule: 约谈, 提示函, 挂牌督办. The others on the way are those of any proposal.

Who starts it has taken it in hand, so another reviews it and a third signs it (`core.lifecycle.PROPOSAL`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import PROPOSAL, moved
from zhulian.core.linkage import ACTS
from zhulian.server.accounts.models import User
from zhulian.server.accounts.selectors import power_holder
from zhulian.server.common import clock, outbox
from zhulian.server.common.writing import writes
from zhulian.server.decisions.acting import acting, stepped
from zhulian.server.decisions.models import Proposal
from zhulian.server.decisions.permissions import HANDLE
from zhulian.server.decisions.proposing import LIMIT
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.seats import seat_division

BY_HAND: Final = ("talk", "letter", "supervise")
"""Acts that need no rule: none of them restricts anything."""
STARTED: Final = "act.started"
RULE: Final = "by-hand"
NO_CLAUSE: Final = "由机关设定（未引用法规条款）"
_NEEDS: Final = {
    "talk": (("time", "约谈时间"), ("place", "约谈地点")),
    "letter": (("due_on", "回复期限"),),
    "supervise": (("due_on", "办结期限"),),
}
"""What the document of each act must say."""


@dataclass(frozen=True, slots=True)
class Start:
    """What the officer fills in. `key` is the form's own, so that a form sent twice starts one matter."""

    key: uuid.UUID
    act: str
    enterprise: int
    reason: str
    project: int | None = None
    clause: str = ""
    due_on: dt.date | None = None
    time: str = ""
    place: str = ""


@writes
def proposal_start(*, start: Start, user: User) -> Proposal:
    """Start a matter by hand, in the hands of the officer; the one already started by this form if there is one.

    Raises:
        ZhulianError: `decision.by_hand`, `.incomplete`, `.due`, `.no_owner`, `.not_yours`, `.changed`.
    """
    _checked(start)
    kind, today = ACTS[start.act], clock.today()
    division = seat_division(kind.seat, enterprise=start.enterprise, on=today, project=start.project)
    unit = power_holder(power=kind.power, division=division, on=today)
    if unit is None:
        raise ZhulianError("decision.no_owner", power=kind.power, division=division)
    told: dict[str, Json] = {
        "enterprise": start.enterprise,
        "project": start.project,
        "act": start.act,
        "due_on": start.due_on.isoformat() if start.due_on else None,
        "time": start.time.strip()[:100],
        "place": start.place.strip()[:100],
    }
    row = Proposal(
        event=start.key,
        event_type=STARTED,
        told=told,
        rule=RULE,
        rule_title="由工作人员主动发起",
        version="",
        effect=start.act,
        subject=f"enterprise:{start.enterprise}",
        enterprise=start.enterprise,
        project=start.project,
        act=start.act,
        label=kind.label,
        clause=start.clause.strip()[:300] or NO_CLAUSE,
        unit=unit,
        division=division,
        proposed_at=clock.now(),
        facts=start.reason.strip()[:LIMIT],
        handler=user,
    )
    acting(user, row, HANDLE)
    row.state = moved(PROPOSAL, PROPOSAL.first, "take", {})
    if (found := Proposal.objects.filter(event=start.key, rule=RULE, handler=user).first()) is not None:
        return found
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ZhulianError("decision.changed") from error
    affects = () if start.project is None else (f"project:{start.project}",)
    outbox.append([outbox.Event(STARTED, row.subject, told, id=start.key, affects=affects)])
    stepped(row, "take", user, row.rule_title)
    about = {"enterprise": row.enterprise, "act": row.act, "reason": row.facts}
    leaf_append(action="decisions.proposal.start", actor=user.actor, subject=f"proposal:{row.pk}", data=about)
    return row


def _checked(start: Start) -> None:
    """Refuse what the act's document could not say."""
    if start.act not in BY_HAND:
        raise ZhulianError("decision.by_hand", possible="、".join(ACTS[act].label for act in BY_HAND))
    wanted = (("reason", "理由"), *_NEEDS[start.act])
    missing = [label for name, label in wanted if not str(getattr(start, name) or "").strip()]
    if missing:
        raise ZhulianError("decision.incomplete", missing="、".join(missing))
    if start.due_on is not None and start.due_on < clock.today():
        raise ZhulianError("decision.due")
