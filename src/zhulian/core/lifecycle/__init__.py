"""State machines as tables (loop.md): who may do what when is a row, and a refusal says what is missing."""

from zhulian.core.lifecycle.machine import Machine, Moved, Refused, Transition, actions, move, moved
from zhulian.core.lifecycle.machines import (
    CAMPAIGN,
    MACHINES,
    OBLIGATION,
    OUTCOMES,
    PROPOSAL,
    RECTIFICATION,
    RESTRICTION,
    UNDERTAKING,
    VERIFICATION,
)

__all__ = [
    "CAMPAIGN",
    "MACHINES",
    "OBLIGATION",
    "OUTCOMES",
    "PROPOSAL",
    "RECTIFICATION",
    "RESTRICTION",
    "UNDERTAKING",
    "VERIFICATION",
    "Machine",
    "Moved",
    "Refused",
    "Transition",
    "actions",
    "move",
    "moved",
]
