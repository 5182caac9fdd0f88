"""What may be done, by name: campaign, rectification, verification. Every one owns its transaction and leaves a leaf."""

from zhulian.server.campaigns.campaigning import (
    campaign_exported,
    campaign_members_open,
    campaign_move,
    campaign_plan,
    campaign_select,
)
from zhulian.server.campaigns.ordering import verification_order
from zhulian.server.campaigns.rectifying import (
    rectification_annulled,
    rectification_file,
    rectification_move,
    rectification_open,
    rectifications_lapse,
    rectifications_note,
    rectifications_released,
)
from zhulian.server.campaigns.verifying import (
    verification_conclude,
    verification_open,
    verification_review,
    verification_self_check,
    verifications_announce,
)

__all__ = [
    "campaign_exported",
    "campaign_members_open",
    "campaign_move",
    "campaign_plan",
    "campaign_select",
    "rectification_annulled",
    "rectification_file",
    "rectification_move",
    "rectification_open",
    "rectifications_lapse",
    "rectifications_note",
    "rectifications_released",
    "verification_conclude",
    "verification_open",
    "verification_order",
    "verification_review",
    "verification_self_check",
    "verifications_announce",
]
