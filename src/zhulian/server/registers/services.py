"""Writing of the registers: nothing but that somebody took a list away."""

from __future__ import annotations

import datetime as dt

from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append


@writes
def list_exported(*, register: str, count: int, query: str, actor: str, at: dt.datetime) -> None:
    """Somebody takes a register away: which, narrowed to what, how much."""
    data = {"count": count, "query": query[:500]}
    leaf_append(action="registers.list.export", actor=actor, subject=f"register:{register}", data=data, at=at)
