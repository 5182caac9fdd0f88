"""限期整改: order in effect → evidence → re-check → closing by a third person (住房和城乡建设部令第22号第二十八条).

A rectification is confirmed only when the recorded verdict is met again. The lapse is told once: what follows from it
is the business of linkage rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from zhulian.core.kernel.canonical import Json
from zhulian.core.lifecycle import RECTIFICATION, moved
from zhulian.server.accounts.models import User
from zhulian.server.campaigns.acting import LIMIT, acting, done, filing
from zhulian.server.campaigns.evidence import Given, attach
from zhulian.server.campaigns.models import Rectification
from zhulian.server.campaigns.permissions import CLOSE, CONFIRM
from zhulian.server.campaigns.snapshots import restored, snapshot
from zhulian.server.common import clock, outbox
from zhulian.server.common.writing import writes
from zhulian.server.decisions.models import Restriction

OVERDUE: Final = "rectification.overdue"
CLOSED: Final = "rectification.closed"
OPEN: Final = ("ordered", "filed", "overdue", "confirmed")
ACTIONS: Final = {"send_back": CONFIRM, "confirm": CONFIRM, "close": CLOSE, "end": CONFIRM}
"""The permission that each action of an officer asks for."""


@writes
def rectification_open(*, restriction: int, cause: outbox.Event) -> Rectification | None:
    """Open what an order in effect asks for; None: already open.

    Raises:
        Restriction.DoesNotExist: an event without its restriction, which is a defect of ours.
    """
    order = Restriction.objects.select_related("proposal__unit").get(pk=restriction)
    if Rectification.objects.filter(restriction=order).exists():
        return None
    row = Rectification(
        restriction=order,
        event=cause.id,
        enterprise=order.enterprise,
        code=order.code,
        division=order.proposal.division,
        unit=order.proposal.unit,
        due_on=order.until,
        opened_at=clock.now(),
        recovered_at=clock.now() if restored(order.enterprise, order.code) else None,
    )
    row.save()
    done(row, "open", None, order.document_no)
    return row


@writes
def rectification_annulled(*, restriction: int, document_no: str) -> int:
    """The order was annulled: nothing is to be rectified any more, and nothing lapses; how many, none or one."""
    rows = Rectification.objects.select_for_update(no_key=True).filter(restriction=restriction, state__in=OPEN)
    found = list(rows)
    for row in found:
        row.reason, row.ended_at = f"{document_no} 已撤销", clock.now()
        row.state = moved(RECTIFICATION, row.state, "end", {"reason_given": True})
        done(row, "annulled", None, row.reason)
    return len(found)


@writes
def rectifications_released(*, enterprise: int, code: str) -> int:
    """The qualification is held no more: there is nothing left to put right; how many ended."""
    rows = Rectification.objects.select_for_update(no_key=True).filter(enterprise=enterprise, code=code, state__in=OPEN)
    found = list(rows.order_by("pk"))
    for row in found:
        row.reason, row.ended_at = "这项资质已经不再持有", clock.now()
        row.state = moved(RECTIFICATION, row.state, "end", {"reason_given": True})
        done(row, "released", None, row.reason)
    return len(found)


@writes
def rectification_file(
    *, rectification: int, seen: int, text: str, files: Sequence[Given], user: User
) -> Rectification:
    """The enterprise files what it did, with its evidence; files given before count.

    Raises:
        ZhulianError: `campaign.*`, `lifecycle.*`.
    """
    row = filing(Rectification, rectification, seen, user)
    given = bool(text.strip()) and (bool(files) or row.evidence.exists())
    row.state = moved(RECTIFICATION, row.state, "file", {"evidence_given": given})
    row.text, row.filed_by, row.filed_at = text.strip()[:LIMIT], user, clock.now()
    attach(row, files, user)
    done(row, "file", user, row.text)
    return row


@writes
def rectification_move(*, rectification: int, action: str, seen: int, user: User, note: str = "") -> Rectification:
    """退回补正、复核通过、销号、终止; the note is the finding or the reason.

    Raises:
        ZhulianError: `campaign.*`, `lifecycle.*`.
    """
    row = acting(Rectification, rectification, seen, user, ACTIONS[action])
    row.state = moved(RECTIFICATION, row.state, action, facts_of(row, user, note))
    note, at = note.strip()[:LIMIT], clock.now()
    if action == "confirm":
        row.confirmer, row.confirmed_at, row.finding = user, at, note
        row.snapshot = snapshot(row.enterprise, row.code, clock.today())
    elif action == "close":
        row.closer, row.ended_at = user, at
    elif action == "end":
        row.reason, row.ended_at = note[:500], at
    done(row, action, user, note)
    if action == "close":
        _tell(CLOSED, row, {"closed_on": clock.today().isoformat()})
    return row


def facts_of(row: Rectification, user: User, note: str) -> dict[str, bool]:
    """The needs of the machine, answered from the rows."""
    return {
        "facts_restored": restored(row.enterprise, row.code),
        "other_than_filer": user.pk != row.filed_by_id,
        "other_than_confirmer": user.pk != row.confirmer_id,
        "reason_given": bool(note.strip()),
    }


@writes
def rectifications_lapse(*, today: dt.date, limit: int) -> int:
    """Those whose last day has passed and for which nothing was filed, at most `limit` at a time; how many.

    An order that binds no more does not lapse. What was filed in time waits for the office, not for the enterprise;
    what is met again only lacks its papers.
    """
    over = Rectification.objects.select_for_update(no_key=True, of=("self",)).filter(
        state="ordered", due_on__lt=today, restriction__state="effective"
    )
    rows = list(over.filter(recovered_at=None).order_by("due_on", "pk")[:limit])
    for row in rows:
        row.state = moved(RECTIFICATION, row.state, "lapse", {"term_over": True})
        row.overdue_at = row.overdue_at or clock.now()
        done(row, "lapse", None, f"期限 {row.due_on} 届满")
        _tell(OVERDUE, row, {"due_on": row.due_on.isoformat() if row.due_on else None})
    return len(rows)


@writes
def rectifications_note(*, enterprise: int, code: str, met: bool) -> int:
    """Show on open rectifications at once that the verdict is met again, or no longer; how many."""
    rows = Rectification.objects.select_for_update(no_key=True).filter(enterprise=enterprise, code=code)
    found = [r for r in rows.filter(state__in=OPEN).order_by("pk") if (r.recovered_at is not None) != met]
    for row in found:
        row.recovered_at = clock.now() if met else None
        done(row, "recovered" if met else "fell_short", None)
    return len(found)


def _tell(name: str, row: Rectification, more: dict[str, Json]) -> None:
    """One event of each name for each rectification, whatever happens to it afterwards."""
    data: dict[str, Json] = {"enterprise": row.enterprise, "code": row.code, "rectification": row.pk, **more}
    key = f"rectification:{row.pk}"
    outbox.append([outbox.Event(name, f"enterprise:{row.enterprise}", data, cause=row.event, business_key=key)])
