"""Checking the ledger against itself (校验留痕): leaves, tiles, heads, checkpoints, what was published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import SUITES, LedgerError, Note, root_of
from zhulian.core.ledger import Checkpoint as Signed
from zhulian.core.ledger.hashing import SIZE
from zhulian.core.ledger.tiles import HEIGHT, WIDTH, folded, tiles_of
from zhulian.server.notary import keys, publishing, trees
from zhulian.server.notary.models import Checkpoint, Head, Leaf

_MOST: Final = 100
"""Problems told; one that was found is enough to call the operator."""


@dataclass(slots=True)
class Checked:
    """What a check found. `checked`: leaves read; `waiting`: not sequenced yet; `problems`: sentences, none when whole."""

    suite: str
    size: int
    root: str
    checked: int = 0
    waiting: int = 0
    checkpoints: int = 0
    checkpoint: str = ""
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        """Note a problem; beyond a hundred they are only so many more."""
        if len(self.problems) < _MOST:
            self.problems.append(problem)

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def check(
    *, suite: str = "sha256", limit: int | None = None, progress: Callable[[int, int], None] | None = None
) -> Checked:
    """Check the whole ledger, or the last `limit` leaves and what stands above them.

    Each leaf's content against its own hash and against its place in the tree; each tile against those below it; the
    head, every checkpoint's root and signature; and what was last published. `progress` is told leaves read and all.
    """
    head = Head.objects.filter(suite=suite).first() or Head(suite=suite, root=SUITES[suite].empty)
    found = Checked(suite, head.size, bytes(head.root).hex(), waiting=Leaf.objects.filter(index=None).count())
    first = 0 if limit is None else max(0, head.size - limit) // WIDTH * WIDTH
    for place in range(first, head.size, WIDTH):
        _leaves(head, place, found)
        if progress is not None:
            progress(found.checked, head.size - first)
    _tiles(head, first, found)
    _head(head, found)
    _checkpoints(head, first, found)
    return found


def _leaves(head: Head, first: int, found: Checked) -> None:
    """The leaves of one tile of the lowest level."""
    suite, width = SUITES[head.suite], min(WIDTH, head.size - first)
    rows = Leaf.objects.filter(index__gte=first, index__lt=first + width)
    held = {
        index: (content.encode(), digest) for index, content, digest in rows.values_list("index", "content", "hash")
    }
    stored = trees.reader(head.suite)(0, first // WIDTH)
    for index in range(first, first + width):
        if index not in held:
            found.add(f"第 {index} 条留痕不见了")
            continue
        content, digest = held[index]
        place = (index - first) * SIZE
        if hashlib.sha256(content).hexdigest() != digest:
            found.add(f"第 {index} 条留痕的内容与它自己的摘要不符")
        if stored[place : place + SIZE] != suite.leaf(content):
            found.add(f"第 {index} 条留痕的内容与树里的不符")
    found.checked += len(held)


def _tiles(head: Head, first: int, found: Checked) -> None:
    """Each tile above the lowest level against those below it."""
    suite, read = SUITES[head.suite], trees.reader(head.suite)
    for tile in tiles_of(head.size):
        if not tile.level or (tile.number + 1) << (HEIGHT * (tile.level + 1)) <= first:
            continue
        held = read(tile.level, tile.number)
        for place in range(tile.width):
            number = tile.number * WIDTH + place
            if (number + 1) << (HEIGHT * tile.level) <= first:
                continue
            below = read(tile.level - 1, number)
            if len(below) != SIZE * WIDTH or folded(below, suite) != held[place * SIZE : (place + 1) * SIZE]:
                found.add(f"树的第 {tile.level} 层第 {number} 个节点与它下面的不符")


def _head(head: Head, found: Checked) -> None:
    try:
        root = trees.root(head.suite, head.size)
    except LedgerError as error:
        found.add(f"树缺少节点：{error}")
    else:
        if root != bytes(head.root):
            found.add("树根与记录的树根不符")
    if head.suite == "sha256" and Leaf.objects.filter(index__gte=head.size).exists():
        found.add("有留痕编了号，却不在树里")
    try:
        publishing.check_continues(head)
    except (ZhulianError, LedgerError) as error:
        found.add(str(error.text if isinstance(error, ZhulianError) else error))


def _checkpoints(head: Head, first: int, found: Checked) -> None:
    """Every checkpoint that covers a leaf checked: its root is the tree's of that size, its signature holds."""
    nodes = trees.nodes(head.suite)
    for row in Checkpoint.objects.filter(suite=head.suite, size__gt=first).order_by("size").iterator():
        found.checkpoints += 1
        found.checkpoint = row.note
        try:
            note = Note.parse(row.note)
            keys.log_signer(row.origin).verifier.check(note)
            signed = Signed.parse(note)
            matches = row.size <= head.size and root_of(row.size, nodes, SUITES[head.suite]) == signed.root
            if not matches or (signed.origin, signed.size) != (row.origin, row.size):
                found.add(f"检查点（{row.size} 条）与树不符")
        except LedgerError as error:
            found.add(f"检查点（{row.size} 条）不成立：{error}")
