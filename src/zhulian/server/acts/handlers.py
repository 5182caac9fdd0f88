"""A signed 约谈, 提示函 or 挂牌督办 becomes a matter with its own life."""

from __future__ import annotations

from zhulian.server.acts import services
from zhulian.server.common.outbox import Event, handler
from zhulian.server.decisions.services import BY_HAND
from zhulian.server.decisions.telling import MADE


@handler(MADE)
def opened(event: Event) -> None:
    """Whether a rule or an officer started it: from the signature it is to be brought to its end."""
    proposal = event.data.get("proposal")
    if event.data.get("act") in BY_HAND and isinstance(proposal, int):
        services.undertaking_open(proposal=proposal, document_no=str(event.data.get("document_no")))
