"""The face of linkage: what the handler, pages and the daily job change, each in one transaction with its leaf."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.lifecycle import OBLIGATION, moved
from zhulian.server.accounts.models import User
from zhulian.server.common import clock, outbox
from zhulian.server.common.writing import writes
from zhulian.server.linkage import judging, pausing, selectors
from zhulian.server.linkage.again import judge_again
from zhulian.server.linkage.models import Obligation
from zhulian.server.notary.services import leaf_append

register(
    ErrorKind("linkage.none", "没有这项待办，或不在您可以办理的范围内", "请从清单重新进入", 404),
    ErrorKind("linkage.changed", "这项待办刚才已经被办理，您看到的不是现在的状态", "请刷新页面后再办", 409),
    ErrorKind("linkage.paused", "这项待办已中止计时", "请由办理人恢复计时后再转交", 409),
    ErrorKind("linkage.not_holder", "这项待办由{name}办理", "请由领取人办理，或者退回后重新领取", 403),
)


@writes
def event_judge(*, event: outbox.Event) -> int:
    """End what the event ends, judge the rules it may fire and those that a late event may turn; how many judged."""
    told = judging.about_enterprise(event)
    if told is None:
        return 0
    enterprise = int(str(told.data["enterprise"]))
    ended = judging.end_by(told, enterprise)
    rows = judging.judge_event(told, enterprise)
    again = judge_again(told, enterprise)
    if rows or ended or again:
        leaf_append(
            action="linkage.event.judge",
            actor=judging.ACTOR,
            subject=f"enterprise:{enterprise}",
            data={
                "event": str(event.id),
                "type": event.type,
                "ended": ended,
                "judged": {row.rule: [row.version, row.verdict] for row in rows},
                "again": [[str(row.event), row.rule, row.version, row.verdict] for row in again],
            },
        )
    return len(rows) + len(again)


@writes
def obligation_move(*, obligation: int, action: str, seen: int, user: User, note: str = "") -> Obligation:
    """领取、退回、中止、恢复、办结、取消; a note is the outcome, or the reason (of a pause: with the law that allows it).

    Raises:
        ZhulianError: `linkage.*`, `lifecycle.*`.
    """
    row = selectors.workable(user).select_for_update(no_key=True, of=("self",)).filter(pk=obligation).first()
    if row is None:
        raise ZhulianError("linkage.none")
    if row.revision != seen:
        raise ZhulianError("linkage.changed")
    if row.holder is not None and row.holder != user:
        raise ZhulianError("linkage.not_holder", name=row.holder.get_full_name() or row.holder.get_username())
    given = bool(note.strip())
    row.state = moved(OBLIGATION, row.state, action, {"outcome_given": given, "reason_given": given})
    row.holder = None if action == "put_back" else user
    if action in _PAUSING:
        _PAUSING[action](row, note.strip()[:_LIMIT])
    row.revision += 1
    if row.state in OBLIGATION.final:
        row.outcome, row.ended_at = note.strip()[:_LIMIT], clock.now()
    row.save()
    if row.state == "done":
        outbox.append([judging.done_event(row)])
    _leaf(action, row, f"user:{user.pk}", {"note": note.strip()[:_LIMIT]})
    return row


_LIMIT: Final = 2000


def _pause(row: Obligation, reason: str) -> None:
    row.pauses = [*row.pauses, {"since": str(clock.today()), "until": None, "reason": reason}]


def _resume(row: Obligation, _note: str) -> None:
    """The stopped days do not count: the last day is reckoned anew from the beginning, with every pause."""
    row.pauses = [p | {"until": p["until"] or str(clock.today())} for p in row.pauses]
    found = pausing.due_with(row)
    row.due_on, row.due_notes = found.due_on or row.due_on, list(found.notes)


_PAUSING: Final = {"pause": _pause, "resume": _resume}


@writes
def obligations_tell_overdue(*, today: dt.date, limit: int) -> int:
    """Tell obligations whose last day has passed, each once; how many."""
    rows = list(
        Obligation.objects.select_for_update(no_key=True)
        .filter(state__in=("open", "taken"), due_on__lt=today, overdue_at=None)
        .order_by("due_on", "pk")[:limit]
    )
    for row in rows:
        row.overdue_at = clock.now()
        row.save(update_fields=["overdue_at"])
        _leaf("overdue", row, judging.ACTOR, {"due_on": str(row.due_on)})
    outbox.append(
        outbox.Event(
            type="obligation.overdue",
            subject=f"enterprise:{row.enterprise}",
            data={"enterprise": row.enterprise, "what": row.what, "due_on": str(row.due_on)},
            business_key=f"obligation:{row.pk}",
        )
        for row in rows
    )
    return len(rows)


def _leaf(action: str, row: Obligation, actor: str, data: dict[str, Any]) -> None:
    leaf_append(
        action=f"linkage.obligation.{action}",
        actor=actor,
        subject=f"obligation:{row.pk}",
        data={"enterprise": row.enterprise, "state": row.state, **data},
    )
