"""Who is tied to an enterprise by a paper, and to which enterprises a person is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connection

from zhulian.core.kernel.dates import STILL_KNOWN

STAFF_TABLES: Final = ("registration", "post_certificate", "safety_certificate", "skill", "insurance", "officer")
"""Tables that tie a person to an enterprise."""


def employers(persons: Iterable[int]) -> set[int]:
    """Enterprises that these persons are tied to by any paper: their counts may change with the person."""
    chosen = ", ".join(str(int(person)) for person in persons)
    if not chosen:
        return set()
    selects = (
        f"SELECT enterprise FROM {table} WHERE superseded_at = {STILL_KNOWN} AND person IN ({chosen})"  # noqa: S608 - integers
        for table in STAFF_TABLES
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ".join(selects))
        return {enterprise for (enterprise,) in cursor.fetchall()}


def people(enterprise: int, *, most: int) -> list[int]:
    """People tied to an enterprise by any paper, at most so many."""
    one = f"SELECT person FROM {{table}} WHERE superseded_at = {STILL_KNOWN} AND enterprise = %s"  # noqa: S608 - names of ours
    union = " UNION ".join(one.format(table=table) for table in STAFF_TABLES)
    with connection.cursor() as cursor:
        cursor.execute(f"{union} ORDER BY person LIMIT {int(most)}", [enterprise] * len(STAFF_TABLES))
        return [person for (person,) in cursor.fetchall()]
