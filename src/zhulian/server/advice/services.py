"""Saving and deleting personal drafts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from zhulian.core.advice import Change, as_plain
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.advice.models import Draft
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append

DRAFTS: Final = 20
"""Most drafts of one person about one enterprise."""
NAME_LIMIT: Final = 60

register(
    ErrorKind("advice.draft_name", "请给方案起个名字", "用 1 到 60 个字，例如：年底前补齐建造师", status=400),
    ErrorKind("advice.draft_many", "最多保存 {limit} 个方案", "请先删除不用的方案", status=400),
    ErrorKind("advice.no_draft", "没有这个方案", "它可能已被删除；请从方案列表重新选择", status=404),
)


@writes
def draft_save(*, user: Any, enterprise: int, name: str, changes: Sequence[Change], at: dt.datetime) -> Draft:
    """Keep changes under a name; the same name again replaces them.

    Raises:
        ZhulianError: `advice.draft_name`, `advice.draft_many`.
    """
    name = name.strip()
    if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
        raise ZhulianError("advice.draft_name")
    mine = Draft.objects.filter(user=user, enterprise=enterprise)
    if not mine.filter(name=name).exists() and mine.count() >= DRAFTS:
        raise ZhulianError("advice.draft_many", limit=DRAFTS)
    plain = [as_plain(change) for change in changes]
    draft, _ = Draft.objects.update_or_create(
        user=user, enterprise=enterprise, name=name, defaults={"changes": plain, "saved_at": at}
    )
    _leaf("advice.draft.save", draft, at)
    return draft


@writes
def draft_delete(*, user: Any, enterprise: int, draft_id: int, at: dt.datetime) -> None:
    """Forget a draft of one's own.

    Raises:
        ZhulianError: `advice.no_draft`.
    """
    draft = Draft.objects.filter(pk=draft_id, user=user, enterprise=enterprise).first()
    if draft is None:
        raise ZhulianError("advice.no_draft")
    _leaf("advice.draft.delete", draft, at)
    draft.delete()


def _leaf(action: str, draft: Draft, at: dt.datetime) -> None:
    """That somebody saved or deleted a draft; what he thinks of doing stays out of the ledger."""
    leaf_append(
        action=action,
        actor=draft.user.actor,
        subject=f"enterprise:{draft.enterprise}",
        data={"draft": draft.pk, "changes": len(draft.changes)},
        at=at,
    )
