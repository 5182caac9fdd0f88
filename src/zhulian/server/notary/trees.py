"""The tree in the database: reading tiles, making proofs."""

from __future__ import annotations

from collections.abc import Mapping

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import SUITES, InclusionProof, Note, consistency_proof, inclusion_proof, node_reader, root_of
from zhulian.core.ledger.tiles import Reader
from zhulian.core.ledger.tree import Nodes
from zhulian.server.notary.models import Checkpoint, Leaf, Tile


def reader(suite: str) -> Reader:
    """Tiles of a suite as stored."""

    def read(level: int, number: int) -> bytes:
        found = Tile.objects.filter(suite=suite, level=level, number=number).values_list("hashes", flat=True).first()
        return bytes(found) if found is not None else b""

    return read


def nodes(suite: str) -> Nodes:
    """Perfect subtrees of a suite's tree."""
    return node_reader(reader(suite), SUITES[suite])


def root(suite: str, size: int) -> bytes:
    """Root over the first `size` leaves, from the tiles."""
    return root_of(size, nodes(suite), SUITES[suite])


def store(suite: str, tiles: Mapping[tuple[int, int], bytes]) -> None:
    """Write tiles, new ones and those that grew, in the running transaction."""
    rows = [Tile(suite=suite, level=level, number=number, hashes=held) for (level, number), held in tiles.items()]
    Tile.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["suite", "level", "number"], update_fields=["hashes"]
    )


def newest(suite: str = "sha256", *, over: int = 0) -> Checkpoint | None:
    """The last checkpoint, if it covers at least so many leaves."""
    return Checkpoint.objects.filter(suite=suite, size__gte=max(over, 1)).order_by("size").last()


def prove(leaf: Leaf, checkpoint: Checkpoint) -> InclusionProof:
    """That the leaf stands in the tree of the checkpoint.

    Raises:
        ZhulianError: `ledger.waiting` when the checkpoint does not reach the leaf.
    """
    if leaf.index is None or leaf.index >= checkpoint.size:
        raise ZhulianError("ledger.waiting", number=leaf.pk)
    suite = checkpoint.suite
    hashes = inclusion_proof(leaf.index, checkpoint.size, nodes(suite), SUITES[suite])
    return InclusionProof(leaf.index, tuple(hashes), signed_note(checkpoint))


def prove_growth(old: int, new: Checkpoint) -> list[bytes]:
    """That the tree of the checkpoint begins with that of its first `old` leaves."""
    return consistency_proof(old, new.size, nodes(new.suite), SUITES[new.suite])


def signed_note(checkpoint: Checkpoint) -> Note:
    """The signed note of a checkpoint."""
    return Note.parse(checkpoint.note)
