"""Recording, confirming and revoking a waiver. Whoever records it does not confirm it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.identifiers import is_uscc_shape, parse_uscc
from zhulian.core.kernel.text import clean
from zhulian.server.accounts.models import User
from zhulian.server.common.models import StoredFile
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.models import Waiver

LIMIT: Final = 500
_SPACES: Final = re.compile(r"[\s-]+")

register(
    ErrorKind("waiver.shape", "「{value}」不是 18 位的统一社会信用代码", "请照营业执照填写 18 位代码", 422),
    ErrorKind("waiver.needless", "代码「{value}」通过校验，不需要豁免", "请直接归集；仍被隔离的请看隔离原因", 422),
    ErrorKind("waiver.twice", "代码「{value}」已经登记过豁免", "请在豁免清单中查看", 409),
    ErrorKind("waiver.reason", "没有写明理由", "请写明怎样核对了原件", 422),
    ErrorKind("waiver.same_person", "登记人不能复核自己登记的豁免", "请由另一位有权限的工作人员复核", 403),
    ErrorKind("waiver.state", "这项豁免已经处理过了", "请刷新页面查看现在的状态", 409),
    ErrorKind("waiver.none", "没有这项豁免，或不在您可以查看的范围内", "请从豁免清单重新进入", 404),
)


@writes
def waiver_request(*, code: str, reason: str, evidence: int, evidence_name: str, user: User, at: dt.datetime) -> Waiver:
    """Record that the original certificate bears this code. It waits for a second person.

    Raises:
        ZhulianError: `waiver.shape`, `.needless`, `.twice`, `.reason`.
    """
    text = _SPACES.sub("", clean(code).upper())
    if not is_uscc_shape(text):
        raise ZhulianError("waiver.shape", value=text[:30])
    if _passes(text):
        raise ZhulianError("waiver.needless", value=text)
    if Waiver.objects.filter(code=text, state__in=(Waiver.State.REQUESTED, Waiver.State.IN_FORCE)).exists():
        raise ZhulianError("waiver.twice", value=text)
    row = Waiver.objects.create(
        code=text,
        reason=_reason(reason),
        evidence=StoredFile.objects.get(pk=evidence),
        evidence_name=evidence_name[-255:],
        division=user.unit.division_id if user.unit else "",
        requested_by=user,
        requested_at=at,
    )
    data = {"code": text, "reason": row.reason, "evidence": row.evidence.sha256}
    leaf_append(action="registry.waiver.request", actor=user.actor, subject=f"waiver:{row.pk}", data=data, at=at)
    return row


def _passes(code: str) -> bool:
    try:
        parse_uscc(code)
    except ZhulianError:
        return False
    return True


@writes
def waiver_decide(*, waiver: int, confirm: bool, decision: str, user: User, at: dt.datetime) -> Waiver:
    """Confirm or refuse a waiver; the person who recorded it may not.

    Raises:
        ZhulianError: `waiver.state`, `.same_person`, `.reason`.
    """
    row = Waiver.objects.select_for_update().get(pk=waiver)
    if row.state != Waiver.State.REQUESTED:
        raise ZhulianError("waiver.state")
    if row.requested_by_id == user.pk:
        raise ZhulianError("waiver.same_person")
    row.state = Waiver.State.IN_FORCE if confirm else Waiver.State.REFUSED
    row.decided_by, row.decided_at, row.decision = user, at, _reason(decision)
    row.save()
    data = {"code": row.code, "confirmed": "yes" if confirm else "no", "decision": row.decision}
    leaf_append(action="registry.waiver.decide", actor=user.actor, subject=f"waiver:{row.pk}", data=data, at=at)
    return row


@writes
def waiver_revoke(*, waiver: int, reason: str, user: User, at: dt.datetime) -> Waiver:
    """From now on the code is refused again; what was taken under the waiver stays, and is marked no more.

    Raises:
        ZhulianError: `waiver.state`, `.reason`.
    """
    row = Waiver.objects.select_for_update().get(pk=waiver)
    if row.state != Waiver.State.IN_FORCE:
        raise ZhulianError("waiver.state")
    row.state, row.revoked_by, row.revoked_at, row.revoke_reason = Waiver.State.REVOKED, user, at, _reason(reason)
    row.save()
    data = {"code": row.code, "reason": row.revoke_reason}
    leaf_append(action="registry.waiver.revoke", actor=user.actor, subject=f"waiver:{row.pk}", data=data, at=at)
    return row


@writes
def evidence_download(*, waiver: int, actor: str, at: dt.datetime) -> Waiver:
    """Somebody takes the proof of a waiver away."""
    row = Waiver.objects.select_related("evidence").get(pk=waiver)
    data = {"code": row.code, "evidence": row.evidence.sha256}
    leaf_append(action="registry.waiver.evidence", actor=actor, subject=f"waiver:{row.pk}", data=data, at=at)
    return row


def _reason(text: str) -> str:
    reason = text.strip()[:LIMIT]
    if not reason:
        raise ZhulianError("waiver.reason")
    return reason
