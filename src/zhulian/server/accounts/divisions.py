"""The division table and its closure, made from the kernel's code table.

Reference data, no business action: it is filled after each migration and leaves no leaf.
"""

from __future__ import annotations

from collections.abc import Iterator

from zhulian.core.kernel.codes import COUNTRY, RENUMBERED, divisions, lineage
from zhulian.server.accounts.models import Division, DivisionClosure


def fill() -> None:
    """Bring the tables up to the kernel's; nothing is written when they already are."""
    known = dict(Division.objects.values_list("code", "name"))
    names = {COUNTRY: "全国"} | {division.code: division.name for division in divisions().values()}
    if known != names:
        fresh = [Division(code=code, name=name) for code, name in names.items()]
        Division.objects.bulk_create(
            fresh, batch_size=500, update_conflicts=True, unique_fields=["code"], update_fields=["name"]
        )
    pairs = set(closure())
    if DivisionClosure.objects.count() != len(pairs):
        have = set(DivisionClosure.objects.values_list("ancestor", "descendant"))
        missing = [DivisionClosure(ancestor=a, descendant=d) for a, d in sorted(pairs - have)]
        DivisionClosure.objects.bulk_create(missing, batch_size=1000)


def closure() -> Iterator[tuple[str, str]]:
    """(ancestor, descendant) for every division, itself included; an old code lies where its territory is now."""
    yield COUNTRY, COUNTRY
    for code in divisions():
        for above in (*lineage(code), COUNTRY):
            yield above, code
    for old, new in RENUMBERED.items():
        if old not in divisions():
            yield old, old
            for above in (*lineage(new), COUNTRY):
                yield above, old
