"""The ledger in the database: leaves sequenced from end to end, bytes a leaf, proofs from rows.

SQLite in a home of its own, with the migrations' tables. The sequencer checks each leaf's content against its hash,
numbers it, writes tiles, moves the head, signs and publishes; the yardstick writes the same numbers into a copy of the
table with the same indexes, in transactions of the same size.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

from figure import Figure
from ledger_leaves import best, leaves, middle, places

COPY = "bare_leaf"


def figures(count: int, proofs: int, theirs: dict[str, float]) -> list[Figure]:
    """Figures over so many rows; `theirs` is what pymerkle's SqliteTree needed for as many leaves."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["ZHULIAN_HOME"] = home
        os.environ.pop("ZHULIAN_DATABASE", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhulian.server.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0, interactive=False)
        append = best(lambda: _append(count), per=count, rounds=1)
        inserted = best(_copy(), per=count, rounds=1)
        try:
            return [
                _appended(append, inserted),
                *_sequenced(count),
                *_bytes(count, theirs),
                *_proofs(count, proofs, theirs),
            ]
        finally:
            connection.close()


def _append(count: int) -> None:
    """Waiting leaves, each by the service and in a transaction of its own, as an action that writes nothing else."""
    import json

    from django.db import transaction

    from zhulian.server.notary.services import leaf_append

    for each in leaves(count):
        told: dict[str, Any] = json.loads(each)
        with transaction.atomic():
            leaf_append(action=told["action"], actor=told["actor"], subject=told["subject"], data=told["data"])


def _copy() -> Callable[[], None]:
    """Makes a table with the same columns and indexes; what inserts the same rows there, each in a transaction."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'notary_leaf' AND sql IS NOT NULL ORDER BY rowid"
        )
        for (made,) in cursor.fetchall():
            cursor.execute(made.replace("notary_leaf", COPY))
        cursor.execute("SELECT * FROM notary_leaf ORDER BY id")
        rows = cursor.fetchall()

    def insert() -> None:
        marks = ", ".join(["%s"] * len(rows[0]))
        with connection.cursor() as cursor:
            for row in rows:
                with transaction.atomic():
                    cursor.execute(f"INSERT INTO {COPY} VALUES ({marks})", row)

    return insert


def _appended(took: float, inserted: float) -> Figure:
    name = f"leaf appended by the service, a transaction each, SQLite: {1e6 / took:,.0f} a second"
    return Figure(name, took, "bare insert of the same row, a transaction each", inserted, "µs", "")


def _sequenced(count: int) -> list[Figure]:
    from django.conf import settings
    from django.db import connection, transaction

    from zhulian.server.notary import sequencing, trees
    from zhulian.server.notary.models import Leaf

    numbers = list(Leaf.objects.order_by("id").values_list("id", flat=True))

    def bare() -> None:
        for start in range(0, count, sequencing.BATCH):
            with transaction.atomic(), connection.cursor() as cursor:
                rows = [(n, numbers[n]) for n in range(start, min(start + sequencing.BATCH, count))]
                cursor.executemany(f'UPDATE {COPY} SET "index" = %s WHERE id = %s', rows)

    floor = best(bare, per=count, rounds=1)
    took = best(sequencing.settle, per=count, rounds=1)
    found = trees.newest()
    assert found is not None
    assert found.size == count
    settings.LEDGER_SM3 = True
    second = best(sequencing.settle, per=count, rounds=1)
    settings.LEDGER_SM3 = False
    return [
        Figure(
            f"{count:,} leaves sequenced, signed and published, SQLite: {1e6 / took:,.0f} a second",
            took,
            "the same numbers written into a copy of the table",
            floor,
            "µs",
            "",
        ),
        Figure(
            f"a second tree with SM3 follows over the same leaves: {1e6 / second:,.0f} a second",
            second,
            "the sequencer with SHA-256",
            took,
            "µs",
            "",
        ),
    ]


def _bytes(count: int, theirs: dict[str, float]) -> list[Figure]:
    tiles = _pages("notary_tile", "suite = 'sha256'", count)
    leaf = _pages("notary_leaf", "1", count)
    return [
        Figure("tiles in the database for a leaf", tiles, "the leaf's row and its indexes", leaf, "bytes", ""),
        Figure(
            "leaf with its indexes, and tiles, in the database",
            tiles + leaf,
            "pymerkle, SqliteTree: content and hash",
            theirs["bytes"],
            "bytes",
            "",
        ),
    ]


def _pages(table: str, which: str, count: int) -> float:
    """Bytes a leaf of a table's pages and those of its indexes; the share of the rows that are `which`."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = %s)", [table]
        )
        (held,) = cursor.fetchone()
        cursor.execute(f"SELECT avg({which}) FROM {table}")
        (share,) = cursor.fetchone()
    return float(held * share / count)


def _proofs(count: int, proofs: int, theirs: dict[str, float]) -> list[Figure]:
    from zhulian.server.notary import trees
    from zhulian.server.notary.models import Leaf

    checkpoint = trees.newest()
    assert checkpoint is not None
    asked = list(Leaf.objects.filter(index__in=places(count, proofs)))
    took = middle([lambda leaf=leaf: trees.prove(leaf, checkpoint) for leaf in asked])  # type: ignore[misc]  # a default argument binds it
    name = f"inclusion proof from the database, with its checkpoint, p50: {1e6 / took:,.0f} a second"
    return [
        Figure(name, took, "pymerkle, SqliteTree, the first one of a process", theirs["first"], "µs", "≤ 0.33×"),
        Figure(name, took, "the same, later ones from its cache", theirs["later"], "µs", "≤ 0.33×"),
    ]
