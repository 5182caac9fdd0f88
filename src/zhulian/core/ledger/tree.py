"""Roots and proofs of a Merkle tree whose perfect subtrees are stored (RFC 6962 section 2.1, RFC 9162 section 2.1).

A stored node is the hash of a perfect subtree: `nodes(level, index)` is the root over the leaves
`[index * 2**level, (index + 1) * 2**level)`. Proofs are made from O(log n) of them, and checked without any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from zhulian.core.ledger.errors import LedgerError
from zhulian.core.ledger.hashing import SHA256, SIZE, Suite

Nodes: TypeAlias = Callable[[int, int], bytes]
Range: TypeAlias = tuple[int, int]


def root_of(size: int, nodes: Nodes, suite: Suite = SHA256) -> bytes:
    """Root over the first `size` leaves."""
    return _hash_of((0, size), nodes, suite) if size else suite.empty


def inclusion_proof(index: int, size: int, nodes: Nodes, suite: Suite = SHA256) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962, from the leaf's sibling up to the root's child.

    Raises:
        LedgerError: `proof.index` when no such leaf is in a tree of that size.
    """
    if not 0 <= index < size:
        raise LedgerError("proof.index", f"there is no leaf {index} in a tree of {size}")
    return [_hash_of(each, nodes, suite) for each in _path(index, size)]


def consistency_proof(first: int, second: int, nodes: Nodes, suite: Suite = SHA256) -> list[bytes]:
    """PROOF(first, D[second]) of RFC 6962; empty for two equal sizes.

    Raises:
        LedgerError: `proof.sizes` unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise LedgerError("proof.sizes", f"a tree of {second} leaves is never shown to continue one of {first}")
    return [_hash_of(each, nodes, suite) for each in _subproof(first, second)]


def check_inclusion(
    *, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes, suite: Suite = SHA256
) -> None:
    """Check that the leaf with this hash stands at `index` of the tree of `size` leaves with this root.

    RFC 9162 section 2.1.3.2.

    Raises:
        LedgerError: `proof.index`, `proof.length` (of a hash), `proof.short`, `proof.surplus`, `proof.refuted`.
    """
    if not 0 <= index < size:
        raise LedgerError("proof.index", f"there is no leaf {index} in a tree of {size}")
    _check_lengths([leaf, root, *proof])
    found = leaf
    for sibling, at_left in _climb(index, size - 1, proof):
        found = suite.node(sibling, found) if at_left else suite.node(found, sibling)
    if found != root:
        raise LedgerError("proof.refuted", "the proof leads to another root")


def check_consistency(
    *, first: int, second: int, old: bytes, new: bytes, proof: Sequence[bytes], suite: Suite = SHA256
) -> None:
    """Check that the tree of `second` leaves with root `new` begins with the tree of `first` leaves with root `old`.

    RFC 9162 section 2.1.4.2.

    Raises:
        LedgerError: `proof.sizes`, `proof.length` (of a hash), `proof.short`, `proof.surplus`, `proof.refuted`.
    """
    if not 0 < first <= second:
        raise LedgerError("proof.sizes", f"a tree of {second} leaves is never shown to continue one of {first}")
    _check_lengths([old, new, *proof])
    if first == second:
        _check_same(old, new, proof)
        return
    # A perfect old tree is itself the first node, and no proof repeats it.
    path = [old, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        raise LedgerError("proof.short", "the proof has no hashes")
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling, at_left in _climb(place, last, path[1:]):
        found_old = suite.node(sibling, found_old) if at_left else found_old
        found_new = suite.node(sibling, found_new) if at_left else suite.node(found_new, sibling)
    if found_old != old:
        raise LedgerError("proof.refuted", "the proof leads to another old root")
    if found_new != new:
        raise LedgerError("proof.refuted", "the proof leads to another new root")


def _check_same(old: bytes, new: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise LedgerError("proof.surplus", "two trees of one size need no proof")
    if old != new:
        raise LedgerError("proof.refuted", "two roots of one size")


def _climb(place: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each hash of a proof with whether it stands at the left; `last` is the right-most place of the same level."""
    for sibling in proof:
        if last == 0:
            raise LedgerError("proof.surplus", "the proof has more hashes than the path")
        at_left = bool(place & 1) or place == last
        yield sibling, at_left
        while at_left and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise LedgerError("proof.short", "the proof has fewer hashes than the path")


def _check_lengths(hashes: Sequence[bytes]) -> None:
    if any(len(each) != SIZE for each in hashes):
        raise LedgerError("proof.length", f"a hash is {SIZE} bytes long")


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _path(index: int, size: int) -> list[Range]:
    """Ranges of leaves whose roots are the inclusion proof, the lowest first."""
    out: list[Range] = []
    start = 0
    while size > 1:
        left = _split(size)
        if index - start < left:
            out.append((start + left, start + size))
            size = left
        else:
            out.append((start, start + left))
            start, size = start + left, size - left
    return out[::-1]


def _subproof(first: int, second: int) -> list[Range]:
    """Ranges of leaves whose roots are the consistency proof, the lowest first."""
    out: list[Range] = []
    start, whole = 0, True
    while first != second:
        left = _split(second)
        if first <= left:
            out.append((start + left, start + second))
            second = left
        else:
            out.append((start, start + left))
            start, first, second, whole = start + left, first - left, second - left, False
    if not whole:
        out.append((start, start + second))
    return out[::-1]


def _hash_of(leaves: Range, nodes: Nodes, suite: Suite) -> bytes:
    """Root over a range of leaves that starts at a multiple of the largest power of two in its length."""
    *left, found = (nodes(level, index) for level, index in _perfect(leaves))
    for each in reversed(left):
        found = suite.node(each, found)
    return found


def _perfect(leaves: Range) -> Iterator[tuple[int, int]]:
    """The perfect subtrees of a range, from the left: level and index."""
    start, end = leaves
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level
