"""What may be done, by name: rectification, verification. Every one owns its transaction and leaves a leaf."""

from zhulian.server.campaigns.rectifying import (
    rectification_annulled,
    rectification_file,
    rectification_move,
    rectification_open,
    rectifications_lapse,
    rectifications_note,
)
from zhulian.server.campaigns.verifying import (
    verification_conclude,
    verification_open,
    verification_review,
    verification_self_check,
    verifications_announce,
)

__all__ = [
    "rectification_annulled",
    "rectification_file",
    "rectification_move",
    "rectification_open",
    "rectifications_lapse",
    "rectifications_note",
    "verification_conclude",
    "verification_open",
    "verification_review",
    "verification_self_check",
    "verifications_announce",
]
