"""What the registry tells others: facts about an enterprise changed, coverage changed, subjects merged or parted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from zhulian.server.common import outbox
from zhulian.server.registry.staff import employers

FACTS_CHANGED: Final = outbox.event_type("facts.changed", "rows about an enterprise or its people changed")
COVERAGE_CHANGED: Final = outbox.event_type(
    "coverage.changed", "what a feed covers changed, for a division or everybody"
)
PROJECTS_CHANGED: Final = outbox.event_type(
    "projects.changed", "what is known of projects changed: their contracts may be judged otherwise"
)
MERGED: Final = outbox.event_type("registry.subject.merged", "somebody decided that two subjects are one")
PARTED: Final = outbox.event_type("registry.subject.parted", "a merge was undone")


def facts_changed(
    tables_of: Mapping[int, Iterable[str]], persons: Iterable[int], *, affects: tuple[str, ...]
) -> list[outbox.Event]:
    """One event per enterprise that changed rows are about, and per enterprise that a changed person is tied to.

    Who is registered, insured or employed here counts or not for every enterprise that a paper ties him to: `person`
    among the tables says so, whatever else is told of the enterprise.
    """
    told = {enterprise: list(tables) for enterprise, tables in tables_of.items()}
    for enterprise in employers(persons):
        tables = told.setdefault(enterprise, [])
        if "person" not in tables:
            tables.append("person")
    return [
        outbox.Event(FACTS_CHANGED, f"enterprise:{e}", {"tables": [*t]}, affects=affects)
        for e, t in sorted(told.items())
    ]
