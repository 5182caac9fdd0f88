"""Which subjects no sure key names, and whose block is to be compared anew."""

from __future__ import annotations

from collections.abc import Iterable

from zhulian.server.registry.models import Identity, MatchMark, Provisional

_BATCH = 500


def provisional_note(kind: str, unsure: Iterable[int], confirmed: Iterable[int]) -> None:
    """New subjects that only a name or a file's own number names; others that a sure key names now."""
    fresh = sorted(unsure)
    Provisional.objects.bulk_create(
        [Provisional(subject=s, kind=kind) for s in fresh], batch_size=_BATCH, ignore_conflicts=True
    )
    known = sorted(confirmed)
    for start in range(0, len(known), _BATCH):
        Provisional.objects.filter(subject__in=known[start : start + _BATCH]).delete()
    marks_add(kind, fresh)


def provisional_sync(kind: str, subjects: Iterable[int]) -> None:
    """What identities say now of a few subjects, written down; their blocks are compared anew."""
    chosen = sorted(subjects)
    found: dict[int, bool] = {}
    for subject, sure in Identity.objects.filter(subject_id__in=chosen, active=True).values_list(
        "subject_id", "confirmed"
    ):
        found[subject] = found.get(subject, False) or sure
    Provisional.objects.filter(subject__in=chosen).delete()
    unsure = [subject for subject, sure in found.items() if not sure]
    Provisional.objects.bulk_create([Provisional(subject=s, kind=kind) for s in unsure])
    marks_add(kind, found)


def marks_add(kind: str, subjects: Iterable[int]) -> None:
    """The blocks of these subjects are to be compared anew. Where everybody has a sure key there is nothing to compare."""
    chosen = sorted(set(subjects))
    if chosen and Provisional.objects.filter(kind=kind).exists():
        rows = [MatchMark(subject=s, kind=kind) for s in chosen]
        MatchMark.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
