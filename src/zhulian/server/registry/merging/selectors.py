"""In whom a subject lives on, who lives in a subject, and the names it was merged with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from zhulian.core.tables import TABLES
from zhulian.server.registry.merging.moving import forest_load, plan, rows_about, tables_about
from zhulian.server.registry.models import MODELS, Enterprise, MemberRow, Merge


def survivor_of(subject: int) -> int:
    """The subject in whom this one lives on; itself when it is not merged."""
    while (
        edge := Merge.objects.filter(gone=subject, undone_at=None).values_list("survivor", flat=True).first()
    ) is not None:
        subject = edge
    return subject


def members_of(subjects: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Subject → all who live in it, itself first; only subjects that others were merged into."""
    wanted = list(subjects)
    forest = forest_load(wanted)
    found = {subject: forest.cluster(subject) for subject in wanted if forest.root(subject) == subject}
    return {subject: members for subject, members in found.items() if len(members) > 1}


def lives_of(subject: int) -> tuple[int, ...]:
    """All under whose numbers something may stand about a subject: itself, and who was merged into it."""
    return members_of([subject]).get(subject, (subject,))


def member_names(enterprises: Iterable[int]) -> dict[int, list[str]]:
    """Enterprise → names under which those merged into it were registered; it is found by them."""
    members = members_of(enterprises)
    whose = {member: root for root, found in members.items() for member in found if member != root}
    rows = MemberRow.objects.filter(table_name="enterprise", subject__in=list(whose)).values_list("row", flat=True)
    out: dict[int, list[str]] = {}
    for enterprise, name in Enterprise.objects.filter(row_id__in=list(rows)).values_list("enterprise", "name"):
        out.setdefault(whose[enterprise], []).append(name)
    return {root: sorted(set(names)) for root, names in out.items()}


def merges_of(subjects: Iterable[int]) -> QuerySet[Any]:
    """Every merge, undone ones too, in which one of these subjects took part, newest first."""
    chosen = list(subjects)
    return (Merge.objects.filter(gone__in=chosen) | Merge.objects.filter(survivor__in=chosen)).order_by("-pk")


def rows_of(kind: str, subject: int) -> dict[str, int]:
    """Table → how many rows name a subject now: what would move with it."""
    found = {
        table: int(MODELS[table].objects.filter(rows_about(columns, [subject])).count())
        for table, columns in tables_about(kind).items()
    }
    return {table: count for table, count in found.items() if count}


@dataclass(frozen=True, slots=True)
class Later:
    """What has been recorded of one table since a merge, and how much of it goes back with the one that was gone."""

    table: str
    rows: int
    to_gone: int


def later_of(merge: Merge) -> list[Later]:
    """Rows recorded since a merge, by table: a key that the one gone had before stays with it, new ones with the survivor."""
    before = forest_load([merge.gone])
    parting = before.parted(merge.gone)
    leaving = set(parting.cluster(merge.gone))
    done = plan(merge.subject_kind, before, parting, before.cluster(merge.gone))
    to_gone: dict[str, int] = {}
    for (table, _), one in done.keys.items():
        to_gone[table] = to_gone.get(table, 0) + (one.later in leaving)
    root = before.root(merge.gone)
    out = []
    for table, columns in tables_about(merge.subject_kind).items():
        rows = MODELS[table].objects.filter(rows_about(columns, [root]), recorded_at__gt=merge.at)
        if count := int(rows.count()):
            out.append(Later(TABLES[table].label, count, to_gone.get(table, 0)))
    return out
