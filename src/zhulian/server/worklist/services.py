"""What officers do with items on the list. The item's own app does what changes the item; here stay lock and history.

An obligation is taken by its own machine; the other kinds know no "taken" for their steps, so a lock says who has
the item, and falls away when the step is done. A step of a decision is never done here.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.common import clock
from zhulian.server.common.writing import writes
from zhulian.server.decisions.handing import proposal_hand_over
from zhulian.server.linkage.handing import obligation_hand_over
from zhulian.server.linkage.models import Obligation
from zhulian.server.linkage.services import obligation_move
from zhulian.server.notary.services import leaf_append
from zhulian.server.worklist import checking, listing
from zhulian.server.worklist.checking import Facts, Ref, facts_of
from zhulian.server.worklist.listing import Filters
from zhulian.server.worklist.models import Entry, Lock, Office
from zhulian.server.worklist.sources import source_of, sources

NOTE: Final = 500
CANDIDATES: Final = 20
"""How many of the most urgent items are tried at once: as many officers may ask at the same moment."""
_KEPT: Final = dt.timedelta(days=3650)
"""What was handed to somebody, or kept on purpose, does not go back by itself."""
Action = Entry.Action


@writes
def item_take_next(*, user: User) -> Ref | None:
    """领取下一件: the most urgent item of the unit that nobody has and this officer may do; None: there is none.

    Two officers never get the same: the row is locked, what another has locked is skipped, and who has it is read
    after the lock.
    """
    tried: set[Ref] = set()
    filters, today = Filters(tab="pool"), clock.today()
    while True:
        waiting = [(item.kind, item.pk) for item in listing.items(user, filters, today=today, limit=CANDIDATES)]
        fresh = [ref for ref in waiting if ref not in tried]
        for ref in fresh:
            tried.add(ref)
            if (facts := _locked(user, ref, skip=True)) and checking.taking(facts, user) is None:
                _take(facts, user)
                return ref
        if not fresh:
            return None


@writes
def item_take(*, kind: str, pk: int, user: User) -> None:
    """领取 one item that nobody has.

    Raises:
        ZhulianError: `worklist.*`, `linkage.*`.
    """
    facts = _found(user, (kind, pk))
    _refuse(checking.taking(facts, user))
    _take(facts, user)


@writes
def item_keep(*, kind: str, pk: int, user: User) -> None:
    """留办: what one holds does not go back by itself.

    Raises:
        ZhulianError: `worklist.none`, `worklist.not_yours`.
    """
    facts = _found(user, (kind, pk))
    if facts.holder != user.pk:
        raise ZhulianError("worklist.not_yours", action="留办")
    Lock.objects.filter(kind=kind, item=pk, user=user).update(until=clock.now() + _KEPT)
    _told(facts, Action.KEEP, user, after=user.pk)


@writes
def item_put_back(*, kind: str, pk: int, user: User, reason: str = "") -> None:
    """退回: the item is the unit's again.

    Raises:
        ZhulianError: `worklist.*`.
    """
    facts = _found(user, (kind, pk))
    _refuse(checking.putting_back(facts, user))
    _release(facts, user.actor, reason)
    _told(facts, Action.PUT_BACK, user, note=reason)


@writes
def item_hand_over(*, kind: str, pk: int, to: int, user: User, reason: str) -> None:
    """转办, by the head 改派: the item is a colleague's; handing it back is the same with another name.

    Raises:
        ZhulianError: `worklist.*`, `decision.*`, `linkage.*`.
    """
    if not reason.strip():
        raise ZhulianError("worklist.reason", action="转办")
    colleague = User.objects.filter(pk=to).first()
    if colleague is None:
        raise ZhulianError("worklist.colleague", name=to, why="没有这个人")
    facts = _found(user, (kind, pk), to=colleague)
    _refuse(checking.handing(facts, user, colleague))
    if kind == "obligation":
        obligation_hand_over(obligation=pk, to=colleague, actor=user.actor, reason=reason)
        Lock.objects.filter(kind=kind, item=pk).delete()
    elif facts.own is not None:
        proposal_hand_over(proposal=pk, to=colleague, by=user, reason=reason)
    else:
        _lock(facts, colleague, clock.now() + _KEPT)
    by_holder = user.pk in (facts.holder, facts.sender)
    _told(facts, Action.HAND_OVER if by_holder else Action.ASSIGN, user, after=to, note=reason)


@writes
def item_finish(*, kind: str, pk: int, user: User, outcome: str) -> None:
    """办结 with an outcome, of the kinds that end so.

    Raises:
        ZhulianError: `worklist.*`, `linkage.*`, `lifecycle.*`.
    """
    facts = _found(user, (kind, pk))
    _refuse(checking.finishing(facts, user))
    obligation_move(obligation=pk, action="finish", seen=_revision(facts), user=user, note=outcome)
    Lock.objects.filter(kind=kind, item=pk).delete()


@writes
def item_urge(*, kind: str, pk: int, user: User, note: str = "") -> None:
    """催办 by the head of the unit: whoever has the item sees it first; it is kept in the item's history.

    Raises:
        ZhulianError: `worklist.*`.
    """
    facts = _found(user, (kind, pk))
    _refuse(checking.urging(facts, user))
    _told(facts, Action.URGE, user, after=facts.holder, note=note)


@writes
def items_return_idle(*, limit: int) -> int:
    """Give back what was taken and not looked at since; how many locks ended."""
    due = list(Lock.objects.filter(until__lte=clock.now()).select_related("user").order_by("pk")[:limit])
    for lock in due:
        facts = facts_of(lock.user, [(lock.kind, lock.item)]).get((lock.kind, lock.item))
        still = facts is not None and facts.waiting and facts.own in (None, lock.user_id)
        if facts is not None and still and lock.state in ("", facts.state):
            _release(facts, _SYSTEM, "空闲")
            _told(facts, Action.IDLE, None, before=lock.user_id)
        Lock.objects.filter(pk=lock.pk).delete()
    if due:
        leaf_append(action="worklist.idle", actor=_SYSTEM, subject="worklist", data={"locks": len(due)})
    return len(due)


_SYSTEM: Final = "system:worklist"


@writes
def office_set(
    *, unit: OrganisationUnit, head: User | None, overdue_days: int | None, idle_minutes: int | None, actor: str
) -> Office:
    """Name a unit's head and its own figures; None: the default stands.

    Raises:
        ZhulianError: `worklist.office`.
    """
    if head is not None and head.unit_id != unit.pk:
        raise ZhulianError("worklist.office", why="负责人须是本单位人员")
    if any(
        figure is not None and not 1 <= figure <= most for figure, most in ((overdue_days, 250), (idle_minutes, 14400))
    ):
        raise ZhulianError("worklist.office", why="督办期限为 1–250 个工作日，空闲时间为 1–14400 分钟")
    row, _made = Office.objects.update_or_create(
        unit=unit, defaults={"head": head, "overdue_days": overdue_days, "idle_minutes": idle_minutes}
    )
    data = {"head": head.pk if head else None, "overdue_days": overdue_days, "idle_minutes": idle_minutes}
    leaf_append(action="worklist.office.set", actor=actor, subject=f"unit:{unit.pk}", data=data)
    return row


@writes
def list_exported(*, count: int, query: str, actor: str) -> None:
    """Somebody takes the list away: what, how much."""
    data = {"count": count, "query": query[:500]}
    leaf_append(action="worklist.export", actor=actor, subject="worklist", data=data)


def _refuse(error: ZhulianError | None) -> None:
    if error is not None:
        raise error


def _locked(user: User, ref: Ref, *, skip: bool = False, to: User | None = None) -> Facts | None:
    """Facts of an item whose row is locked first; None: none of the user's, or (`skip`) another has it in hand."""
    kind, pk = ref
    source = source_of(kind)
    if source is None or source not in sources(user):
        return None
    rows = source.rows(user).model.objects.select_for_update(no_key=True, skip_locked=skip)
    if rows.filter(pk=pk).first() is None:
        return None
    return facts_of(user, [ref], to=to).get(ref)


def _found(user: User, ref: Ref, *, to: User | None = None) -> Facts:
    facts = _locked(user, ref, to=to)
    if facts is None:
        raise ZhulianError("worklist.none")
    return facts


def _take(facts: Facts, user: User) -> None:
    """The machine's own taking where there is one, and the lock that ends by itself."""
    if facts.kind == "obligation":
        obligation_move(obligation=facts.pk, action="take", seen=_revision(facts), user=user)
    office = listing.office_of(user) or Office()
    _lock(facts, user, clock.now() + dt.timedelta(minutes=office.minutes))
    _told(facts, Action.TAKE, user, after=user.pk)


def _lock(facts: Facts, user: User, until: dt.datetime) -> None:
    source = source_of(facts.kind)
    state = facts.state if source is not None and source.lock_state else ""
    given = {"user": user, "state": state, "taken_at": clock.now(), "until": until}
    Lock.objects.update_or_create(kind=facts.kind, item=facts.pk, defaults=given)


def _release(facts: Facts, actor: str, reason: str) -> None:
    if facts.kind == "obligation":
        obligation_hand_over(obligation=facts.pk, to=None, actor=actor, reason=reason)
    Lock.objects.filter(kind=facts.kind, item=facts.pk).delete()


def _revision(facts: Facts) -> int:
    return Obligation.objects.values_list("revision", flat=True).get(pk=facts.pk)


def _told(
    facts: Facts,
    action: Entry.Action,
    user: User | None,
    *,
    before: int | None = None,
    after: int | None = None,
    note: str = "",
) -> None:
    """Keep it in the item's history and in the ledger."""
    Entry.objects.create(
        kind=facts.kind,
        item=facts.pk,
        action=action,
        by=user,
        before_id=before or facts.holder,
        after_id=after,
        note=note.strip()[:NOTE],
        at=clock.now(),
    )
    leaf_append(
        action=f"worklist.item.{action.value}",
        actor=user.actor if user else _SYSTEM,
        subject=f"{facts.kind}:{facts.pk}",
        data={"enterprise": facts.enterprise, "from": before or facts.holder, "to": after, "note": note.strip()[:NOTE]},
    )
