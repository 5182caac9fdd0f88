"""The event types of the loop, declared once for the outbox by the names and words of `core.linkage.EVENT_TYPES`."""

from __future__ import annotations

from typing import Final

from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.common import outbox

DECLARED_BESIDE_THEIR_SENDER: Final = frozenset(
    {"qualification.fell_short", "qualification.recovered", "qualification.released"}
)
"""`assessments.services` declares these."""

for _kind in EVENT_TYPES.values():
    if _kind.name not in DECLARED_BESIDE_THEIR_SENDER:
        outbox.event_type(_kind.name, _kind.label)
