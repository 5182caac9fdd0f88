"""Which tables the wall guards, and which rows of enterprises it leaves open and why. A test walks all models.

A row of a guarded table exists for a user when its enterprise is one of his, or registered, granted or building in the
divisions of any of his grants; or when its division or unit column names his; or when the row it hangs on exists for
him. That is broader than what a selector gives him: it knows no action and no state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps


@dataclass(frozen=True, slots=True)
class Guard:
    """One guarded table. `through`: a path of foreign keys to the row it hangs on. `open_when`: rows for everybody.

    `open_when` is SQL on the table's own columns.
    """

    model: str
    enterprise: str = ""
    divisions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    open_when: str = ""

    @property
    def table(self) -> type[Any]:
        """The model."""
        return apps.get_model(self.model)


_OWN: Final = "enterprise"

GUARDS: Final = (
    Guard("registry.Finance", _OWN),
    Guard("registry.Equipment", _OWN),
    Guard("registry.Insurance", _OWN),
    Guard("registry.Officer", _OWN),
    Guard("assessments.Assessment", _OWN),
    Guard("assessments.ContractFinding", _OWN),
    Guard("advice.Draft", _OWN),
    Guard("decisions.Proposal", _OWN, ("division",), ("unit",)),
    Guard("decisions.Step", through=("proposal",)),
    Guard("decisions.Document", _OWN, units=("unit",), through=("proposal",)),
    Guard("decisions.Service", through=("document",)),
    Guard("decisions.Defence", through=("proposal",)),
    Guard("decisions.Restriction", _OWN, through=("proposal",), open_when="effective_from IS NOT NULL"),
    Guard("decisions.Contradiction", through=("restriction__proposal",)),
    Guard("decisions.Lifting", through=("restriction__proposal",)),
    Guard("acts.Undertaking", _OWN, ("division",), ("unit", "from_unit")),
    Guard("acts.Step", through=("undertaking",)),
    Guard("campaigns.Verification", _OWN, ("division",), ("unit",)),
    Guard("campaigns.Rectification", _OWN, ("division",), ("unit",)),
    Guard("campaigns.Step", through=("verification", "rectification"), open_when="campaign_id IS NOT NULL"),
    Guard("campaigns.Evidence", through=("verification", "rectification")),
    Guard("linkage.Judged", _OWN),
    Guard("linkage.Flag", _OWN),
    Guard("linkage.Obligation", _OWN, ("division",), ("unit",)),
    Guard("linkage.Share", _OWN),
    Guard("linkage.CopyNotice", _OWN, ("division",)),
)

_PUBLISHED: Final = "the register as the national platform publishes it; its public page and whose view it is read it"
_QUEUE: Final = "marks of work to do, no facts: whoever changes something marks it, for whichever enterprise"

OPEN: Final[Mapping[str, str]] = {
    "accounts.EnterpriseMembership": "says whose the enterprises are; the policies ask it",
    "assessments.Mark": _QUEUE,
    "assessments.ContractMark": _QUEUE,
    "events.Look": _QUEUE,
    "messages.Notice": "belongs to its reader, whatever enterprise it speaks of",
    "campaigns.CampaignMember": "counted over all divisions for whoever takes part in a campaign; verdicts stand in Verification",
    **{
        f"registry.{name}": _PUBLISHED
        for name in (
            *("Enterprise", "Qualification", "SafetyPermit", "Registration", "PostCertificate", "SafetyCertificate"),
            *("Skill", "Bid", "Contract", "Participation", "Work", "Permit", "Appointment", "Hazard", "Accident"),
            *("CreditRecord", "Coverage"),
        )
    },
}
"""Model → why its rows are not guarded although they name an enterprise or hang on a guarded row."""
