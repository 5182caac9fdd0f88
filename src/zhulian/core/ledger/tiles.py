"""Perfect subtrees, stored as tiles of 256 hashes (C2SP tlog-tiles).

A tile of level L and number N holds the hashes of the perfect subtrees of height 8L that lie in
`[256 N, 256 (N + 1))`: 8 KiB when full, and the nodes between its hashes and its own root are made by at most 255
hashes when they are asked. So a leaf costs 32 bytes and a 256th of a row, not two rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from zhulian.core.ledger.errors import LedgerError
from zhulian.core.ledger.hashing import SHA256, SIZE, Suite
from zhulian.core.ledger.tree import Nodes

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
Reader: TypeAlias = Callable[[int, int], bytes]
"""Level and number of a tile → its hashes so far, one after the other; empty when it is not there."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile is: C2SP `tile/<level>/<number>[.p/<width>]`."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path below the log's address; numbers in groups of three digits, all but the last after an `x`."""
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{self.level}/{'/'.join(reversed(groups))}{partial}"


def tiles_of(size: int) -> list[Tile]:
    """All tiles of a tree of `size` leaves, the partial ones with their width."""
    out: list[Tile] = []
    level, width = 0, size
    while width:
        out += [Tile(level, number) for number in range(width // WIDTH)]
        if width % WIDTH:
            out.append(Tile(level, width // WIDTH, width % WIDTH))
        level, width = level + 1, width // WIDTH
    return out


def extended(
    size: int, leaves: Iterable[bytes], read: Reader, suite: Suite = SHA256
) -> Mapping[tuple[int, int], bytes]:
    """Tiles that change when leaves with these hashes follow the first `size`: (level, number) → its hashes.

    Raises:
        LedgerError: `tile.width` when a stored tile does not hold what a tree of `size` has there.
    """
    out: dict[tuple[int, int], bytes] = {}
    rising = list(leaves)
    level, width = 0, size
    while rising:
        number, have = divmod(width, WIDTH)
        held = bytearray(read(level, number) if have else b"")
        if len(held) < have * SIZE:
            raise LedgerError("tile.width", f"tile {level}/{number} holds {len(held) // SIZE} hashes and should {have}")
        del held[have * SIZE :]
        above: list[bytes] = []
        for each in rising:
            held += each
            if len(held) == WIDTH * SIZE:
                out[level, number] = bytes(held)
                above.append(folded(held, suite))
                held, number = bytearray(), number + 1
        if held:
            out[level, number] = bytes(held)
        rising, level, width = above, level + 1, width // WIDTH
    return out


def node_reader(read: Reader, suite: Suite = SHA256) -> Nodes:
    """Perfect subtrees out of tiles; each tile is read once.

    The returned function raises `LedgerError` (`tile.width`) for a node that the tiles do not hold.
    """
    kept: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        tile_level, inner = divmod(level, HEIGHT)
        number, place = divmod(index << inner, WIDTH)
        if (tile_level, number) not in kept:
            kept[tile_level, number] = read(tile_level, number)
        hashes = kept[tile_level, number][place * SIZE : (place + (1 << inner)) * SIZE]
        if len(hashes) != SIZE << inner:
            raise LedgerError("tile.width", f"tile {tile_level}/{number} does not reach node {level}/{index}")
        return folded(hashes, suite)

    return node


def folded(hashes: bytes | bytearray, suite: Suite) -> bytes:
    """Root over a power of two of hashes."""
    # The row stays one string of bytes and the hash is called directly: a third of a proof's time.
    new, row = suite.new, bytes(hashes)
    while len(row) > SIZE:
        row = b"".join([new(b"\x01" + row[i : i + 2 * SIZE]).digest() for i in range(0, len(row), 2 * SIZE)])
    return row
