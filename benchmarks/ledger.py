"""The ledger's tree: appending, proving and checking, beside hashing alone and beside pymerkle; then its rows.

Ours is `core/ledger` as the sequencer uses it: tiles in batches with a root after each. pymerkle runs in a process of its
own (`ledger_pymerkle.py`); its figures count only when its root and its proofs are the same as ours.
`python benchmarks/ledger.py` prints the rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import ledger_rows
from common import FailedError, last_line
from figure import Figure
from ledger_leaves import best, leaves, places, sizes
from zhulian.core.ledger import (
    SHA256,
    SM3,
    Suite,
    check_consistency,
    check_inclusion,
    consistency_proof,
    extended,
    inclusion_proof,
    node_reader,
    root_of,
)

LEAVES, ROWS, PROOFS = 250_000, 20_000, 1_000
BATCH = 500
"""Leaves that the sequencer takes at once (`server/notary/sequencing.py`)."""
SINGLE = 500
"""Leaves appended one at a time."""
IN_MEMORY = "pymerkle, InmemoryTree"
SECONDS = 240


class Tree:
    """Tiles in memory, grown as the sequencer grows those of the database."""

    def __init__(self, suite: Suite = SHA256) -> None:
        self.suite, self.size, self.root = suite, 0, suite.empty
        self.tiles: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, number: int) -> bytes:
        """A tile as far as it is filled."""
        return self.tiles.get((level, number), b"")

    def append(self, given: Sequence[bytes]) -> None:
        """Some leaves, and the root over all."""
        self.tiles.update(extended(self.size, map(self.suite.leaf, given), self.read, self.suite))
        self.size += len(given)
        self.root = root_of(self.size, node_reader(self.read, self.suite), self.suite)

    def append_all(self, given: Sequence[bytes], batch: int = BATCH) -> Tree:
        """Batch by batch."""
        for start in range(0, len(given), batch):
            self.append(given[start : start + batch])
        return self

    def inclusion(self, place: int) -> list[bytes]:
        """A proof whose tiles are read for it alone, as the server does."""
        return inclusion_proof(place, self.size, node_reader(self.read, self.suite), self.suite)

    def consistency(self, first: int) -> list[bytes]:
        """The same that the tree continues an older one."""
        return consistency_proof(first, self.size, node_reader(self.read, self.suite), self.suite)


def figures(count: int = LEAVES, rows: int = ROWS, proofs: int = PROOFS) -> list[Figure]:
    """Microseconds and bytes a leaf or a proof; the number a second stands in the job's name.

    Raises:
        FailedError: pymerkle has another root or other proofs.
    """
    theirs = peer(count, rows, proofs)
    given = leaves(count)
    tree = Tree().append_all(given)
    paths = [tree.inclusion(place) for place in places(count, proofs)]
    growths = [tree.consistency(size) for size in sizes(count, proofs)]
    olds = [root_of(size, node_reader(tree.read)) for size in sizes(count, proofs)]
    compare(theirs["memory"], tree, paths, olds)
    return [
        *_appending(given, theirs["memory"]["append"]),
        *_proving(tree, growths, theirs["memory"]),
        *_checking(tree, given, paths, theirs["memory"]),
        *_checking_growth(tree, growths, olds, theirs["memory"]),
        *_storing(tree, theirs["memory"]["memory"]),
        *ledger_rows.figures(rows, proofs, theirs["database"]),
    ]


def peer(count: int, rows: int, proofs: int) -> dict[str, Any]:
    """What pymerkle needed and answered, from its own process."""
    command = [sys.executable, "ledger_pymerkle.py", str(count), str(proofs), str(rows)]
    told: dict[str, Any] = json.loads(last_line("pymerkle", command, seconds=SECONDS, environment=os.environ))
    return told


def compare(theirs: dict[str, Any], tree: Tree, paths: Sequence[Sequence[bytes]], olds: Sequence[bytes]) -> None:
    """The same root, the same roots of older trees, the same inclusion proofs after the leaf that pymerkle puts first.

    Its consistency proofs are not RFC 6962's: they go down to a single leaf, and are therefore only checked by itself.

    Raises:
        FailedError: one is different.
    """
    if theirs["root"] != tree.root.hex():
        raise FailedError("pymerkle: another root")
    if theirs["olds"] != [each.hex() for each in olds]:
        raise FailedError("pymerkle: another root of an older tree")
    for number, (ours, other) in enumerate(zip(paths, theirs["paths"], strict=True)):
        if [each.hex() for each in ours] != other[1:]:
            raise FailedError(f"pymerkle: other hashes in inclusion proof {number}")


def _appending(given: Sequence[bytes], peer_took: float) -> list[Figure]:
    count = len(given)

    def hashed(name: str) -> float:
        return best(lambda: [hashlib.new(name, each).digest() for each in given], per=count)

    def batches(suite: Suite) -> float:
        return best(lambda: Tree(suite).append_all(given), per=count)

    ours, floor = batches(SHA256), best(lambda: [hashlib.sha256(each).digest() for each in given], per=count)
    every = best(lambda: _hash_tree(given), per=count)
    sm3 = batches(SM3)
    name = f"append to a tree of {count:,} leaves, batches of {BATCH} with a root"
    head, tail = given[:-SINGLE], given[-SINGLE:]
    grown = [Tree().append_all(head) for _ in range(3)]
    single = best(lambda: grown.pop().append_all(tail, 1), per=len(tail))
    return [
        _figure(name, ours, "SHA-256 of each leaf, nothing else", floor, "≤ 2×"),
        _figure(name, ours, "SHA-256 of each leaf and each node, nothing stored", every, ""),
        _figure(name, ours, f"{IN_MEMORY}, a root after each leaf", peer_took, "≤ 0.33×"),
        _figure("the same, one leaf at a time with a root after each", single, IN_MEMORY, peer_took, "≤ 0.33×"),
        _figure(f"{name}, SM3", sm3, "SM3 of each leaf, nothing else", hashed("sm3"), "≤ 2×"),
        _figure(f"{name}, SM3", sm3, "ours, SHA-256", ours, ""),
    ]


def _hash_tree(given: Sequence[bytes]) -> None:
    """As many hashes as the tree has: a leaf's, and over two of them for each but one."""
    last = b""
    for each in given:
        now = hashlib.sha256(b"\x00" + each).digest()
        last = hashlib.sha256(b"\x01" + last + now).digest()


def _proving(tree: Tree, growths: Sequence[Sequence[bytes]], theirs: dict[str, float]) -> list[Figure]:
    proofs = len(growths)
    asked, older = places(tree.size, proofs), sizes(tree.size, proofs)
    inclusion = best(lambda: [tree.inclusion(place) for place in asked], per=proofs)
    consistency = best(lambda: [tree.consistency(size) for size in older], per=proofs)
    hashes = sum(map(len, growths)) / proofs
    longer = f"{IN_MEMORY}, not RFC 6962's: {theirs['hashes']:.0f} hashes, ours {hashes:.0f}"
    return [
        _figure("inclusion proof from tiles in memory", inclusion, IN_MEMORY, theirs["inclusion"], "≤ 0.33×"),
        _figure("consistency proof from tiles in memory", consistency, longer, theirs["consistency"], "≤ 0.33×"),
    ]


def _checking(
    tree: Tree, given: Sequence[bytes], paths: Sequence[list[bytes]], theirs: dict[str, float]
) -> list[Figure]:
    checks = [
        partial(check_inclusion, index=n, size=tree.size, leaf=SHA256.leaf(given[n]), proof=path, root=tree.root)
        for n, path in zip(places(tree.size, len(paths)), paths, strict=True)
    ]
    return [_figure("inclusion proof checked", _all(checks), "pymerkle", theirs["check_inclusion"], "≤ 0.33×")]


def _checking_growth(
    tree: Tree, growths: Sequence[list[bytes]], olds: Sequence[bytes], theirs: dict[str, float]
) -> list[Figure]:
    checks = [
        partial(check_consistency, first=n, second=tree.size, old=old, new=tree.root, proof=growth)
        for n, old, growth in zip(sizes(tree.size, len(growths)), olds, growths, strict=True)
    ]
    return [_figure("consistency proof checked", _all(checks), "pymerkle", theirs["check_consistency"], "≤ 0.33×")]


def _all(checks: Sequence[Callable[[], None]]) -> float:
    return best(lambda: [check() for check in checks], per=len(checks))


def _storing(tree: Tree, peer_holds: float) -> list[Figure]:
    held = sum(map(len, tree.tiles.values())) / tree.size
    name = "hashes stored for a leaf, tiles"
    # A binary tree over n leaves has n - 1 nodes above them.
    every = (2 * tree.size - 1) * 32 / tree.size
    return [
        Figure(name, held, "a hash for every node", every, "bytes", ""),
        Figure(name, held, f"{IN_MEMORY}: memory that grew", peer_holds, "bytes", ""),
    ]


def _figure(job: str, ours: float, yardstick: str, theirs: float, goal: str) -> Figure:
    return Figure(f"{job}: {1e6 / ours:,.0f} a second", ours, yardstick, theirs, "µs", goal)


if __name__ == "__main__":
    print("\n".join(figure.row() for figure in figures()))
