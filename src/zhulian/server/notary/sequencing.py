"""The sequencer: leaves get their places, the tree grows, its head is signed and published.

Three steps, each of which may be repeated after a crash, and none of which can make two trees:

1. `leaves_sequence`: one transaction locks the head, numbers waiting leaves, writes tiles, moves the head from the
   size it had (compare and set). Killed before the commit nothing happened; of two sequencers one waits, then finds
   other leaves.
2. `checkpoint_sign`: one transaction signs the head and stores the note; a size is signed once.
3. `publishing.publish`: the file is replaced by the newest stored note. Killed before it, the next round does it.
"""

from __future__ import annotations

import hashlib
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import SUITES, extended, node_reader, root_of
from zhulian.core.ledger import Checkpoint as Signed
from zhulian.server.common import clock
from zhulian.server.notary import keys, publishing, trees, witnesses
from zhulian.server.notary.models import Checkpoint, Head, Leaf

MAIN: Final = "sha256"
BATCH: Final = 500
"""Leaves of one transaction: about 50 ms, during which nobody else writes on SQLite."""


def suites() -> tuple[str, ...]:
    """The trees of this installation; the first one gives the places."""
    return (MAIN, "sm3") if settings.LEDGER_SM3 else (MAIN,)


def settle() -> Checkpoint | None:
    """Sequence all that waits, sign, publish, ask witnesses; the newest checkpoint.

    Raises:
        ZhulianError: `ledger.lost`, `ledger.forked`, `ledger.published_broken`, `ledger.changed`.
    """
    while leaves_sequence():
        pass
    for suite in suites():
        while suite != MAIN and tree_follow(suite=suite):
            pass
        found = checkpoint_sign(suite=suite)
        if found is not None and (note := witnesses.cosigned(found)) is not None:
            publishing.publish(suite, note)
    return trees.newest()


def leaves_sequence(*, limit: int = BATCH) -> int:
    """Give the next waiting leaves their places; how many.

    Raises:
        ZhulianError: `ledger.changed` when a leaf no longer has the content that it was appended with.
    """
    if not Leaf.objects.filter(index=None).exists():
        return 0
    with transaction.atomic():
        head = _locked(MAIN)
        rows = list(Leaf.objects.filter(index=None).order_by("id").values_list("id", "content", "hash")[:limit])
        for number, content, digest in rows:
            if hashlib.sha256(content.encode()).hexdigest() != digest:
                raise ZhulianError("ledger.changed", number=number)
        if rows:
            _number([number for number, _, _ in rows], head.size)
            _grow(head, [content.encode() for _, content, _ in rows])
    return len(rows)


def tree_follow(*, suite: str, limit: int = BATCH) -> int:
    """Let a parallel tree take the next leaves that have a place; how many."""
    with transaction.atomic():
        head = _locked(suite)
        rows = list(
            Leaf.objects.filter(index__gte=head.size).order_by("index").values_list("content", flat=True)[:limit]
        )
        if rows:
            _grow(head, [content.encode() for content in rows])
    return len(rows)


def checkpoint_sign(*, suite: str = MAIN) -> Checkpoint | None:
    """Sign the head, unless its size is signed; the newest checkpoint, None for an empty tree.

    Raises:
        ZhulianError: `ledger.lost`, `ledger.forked`, `ledger.published_broken`: see `publishing.check_continues`.
    """
    with transaction.atomic():
        head = _locked(suite)
        if not head.size:
            return None
        publishing.check_continues(head)
        known = Checkpoint.objects.filter(origin=head.origin, size=head.size).first()
        if known is not None:
            return known
        signed = Signed(head.origin, head.size, bytes(head.root))
        return Checkpoint.objects.create(
            suite=suite,
            origin=head.origin,
            size=head.size,
            root=signed.root,
            note=str(signed.signed(keys.log_signer(head.origin))),
            at=clock.machine_now(),
        )


def _locked(suite: str) -> Head:
    """The head of a tree, ours until the transaction ends."""
    Head.objects.bulk_create(
        [Head(suite=suite, origin=keys.origin(suite), root=SUITES[suite].empty)], ignore_conflicts=True
    )
    return Head.objects.select_for_update(no_key=True).get(suite=suite)


def _grow(head: Head, leaves: list[bytes]) -> None:
    """Put leaves behind the last one."""
    suite, size = SUITES[head.suite], head.size + len(leaves)
    stored = trees.reader(head.suite)
    tiles = extended(head.size, map(suite.leaf, leaves), stored, suite)
    trees.store(head.suite, tiles)
    root = root_of(size, node_reader(lambda level, n: tiles.get((level, n)) or stored(level, n), suite), suite)
    # The row is locked, so this only fails where a database does not lock: then the transaction is undone.
    if Head.objects.filter(suite=head.suite, size=head.size).update(size=size, root=root) != 1:
        raise ZhulianError("ledger.raced", size=head.size)


def _number(leaves: list[int], first: int) -> None:
    """Write the places of leaves (numbers of rows, in order) in one statement."""
    marks = ", ".join(["%s"] * len(leaves))
    with connection.cursor() as cursor:
        cursor.execute(
            # The values are parameters; only the number of marks is put together.
            f'UPDATE notary_leaf SET "index" = placed.place FROM (SELECT id AS leaf, '  # noqa: S608
            f"row_number() OVER (ORDER BY id) + %s AS place FROM notary_leaf WHERE id IN ({marks})) AS placed "
            "WHERE notary_leaf.id = placed.leaf",
            [first - 1, *leaves],
        )
