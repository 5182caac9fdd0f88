"""One certificate, two persons with sure keys: the resident ID told by one source, a platform's number by another.

The blocks compare no two subjects that a sure key names each, for there are too many of them. A certificate has one
holder: where a row says another one than an earlier row did, either row may be wrong, or both mean one person. That
is found by the number's index as the rows arrive, among all rows ever told, and put before a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any, Final

from zhulian.server.registry.matching.profiles import CERTIFIED
from zhulian.server.registry.models import MODELS, Identity

FEW: Final = 4
"""A number that more persons hold is a placeholder, or somebody's list of errors: it tells nobody apart."""
_BATCH: Final = 500


def certificates_shared(persons: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs, the lower first, of one of these persons and another of whom the same certificate is told.

    Only those count whom a sure key names now: provisional ones are compared by their blocks, and who was merged into
    another is no longer called by anything.
    """
    chosen = sorted(persons)
    found: set[tuple[int, int]] = set()
    for table in CERTIFIED:
        for start in range(0, len(chosen), _BATCH):
            found |= _pairs(table, set(chosen[start : start + _BATCH]))
    told = {one for pair in found for one in pair}
    # By the subjects alone: asked for whether it is sure as well, SQLite may read all of the kind.
    rows = Identity.objects.filter(subject_id__in=told, active=True).values_list("subject_id", "confirmed")
    sure = {subject for subject, confirmed in rows if confirmed} if told else set()
    return {pair for pair in found if sure.issuperset(pair)}


def _pairs(table: str, persons: set[int]) -> set[tuple[int, int]]:
    papers: Any = MODELS[table].objects
    numbers = papers.filter(person__in=persons).values_list("certificate_no", flat=True)
    holders: dict[str, set[int]] = {}
    told = papers.filter(certificate_no__in=list(numbers.distinct()))
    for number, person in told.values_list("certificate_no", "person").distinct():
        holders.setdefault(number, set()).add(person)
    return {
        (a, b)
        for held in holders.values()
        if len(held) <= FEW
        for a, b in combinations(sorted(held), 2)
        if a in persons or b in persons
    }
