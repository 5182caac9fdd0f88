"""The tree: known answers, agreement with the definition for all sizes to 130, and nothing but proofs accepted."""

from __future__ import annotations

import functools
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ledger import naive
from zhulian.core.ledger import (
    SHA256,
    SM3,
    LedgerError,
    check_consistency,
    check_inclusion,
    consistency_proof,
    extended,
    inclusion_proof,
    node_reader,
    root_of,
)

MOST = 130
LEAVES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
# The test tree of the Certificate Transparency project: roots of its first one to eight leaves.
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def tree(leaves, suite=SHA256):
    tiles = extended(0, map(suite.leaf, leaves), lambda *_: b"", suite)
    return node_reader(lambda level, number: tiles.get((level, number), b""), suite)


@functools.cache
def grown():
    """Leaves of the largest tree, its nodes, and what the definition says of every size."""
    leaves = [str(i).encode() * (i % 7) for i in range(MOST)]
    return leaves, tree(leaves)


def test_roots_of_the_transparency_projects_tree():
    nodes = tree(LEAVES)
    assert [root_of(n, nodes).hex() for n in range(1, 9)] == list(ROOTS)
    assert root_of(0, nodes) == hashlib.sha256(b"").digest()


def test_proofs_of_the_transparency_projects_tree():
    nodes = tree(LEAVES)
    assert [h.hex()[:8] for h in inclusion_proof(0, 8, nodes)] == ["96a296d2", "5f083f0a", "6b47aaf2"]
    assert [h.hex()[:8] for h in inclusion_proof(5, 8, nodes)] == ["bc1a0643", "ca854ea1", "d37ee418"]
    assert [h.hex()[:8] for h in inclusion_proof(2, 3, nodes)] == ["fac54203"]
    assert [h.hex()[:8] for h in consistency_proof(1, 8, nodes)] == ["96a296d2", "5f083f0a", "6b47aaf2"]
    assert [h.hex()[:8] for h in consistency_proof(6, 8, nodes)] == ["0ebc5d34", "ca854ea1", "d37ee418"]
    assert [h.hex()[:8] for h in consistency_proof(2, 5, nodes)] == ["5f083f0a", "bc1a0643"]


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_size_agrees_with_the_definition_and_checks(size):
    leaves, nodes = grown()
    said, root = leaves[:size], root_of(size, nodes)
    assert root == naive.mth(said)
    for index in range(size):
        proof = inclusion_proof(index, size, nodes)
        assert proof == naive.path(index, said)
        check_inclusion(index=index, size=size, leaf=SHA256.leaf(leaves[index]), proof=proof, root=root)
    for first in range(1, size + 1):
        proof = consistency_proof(first, size, nodes)
        assert proof == naive.subproof(first, said)
        old = root_of(first, nodes)
        check_consistency(first=first, second=size, old=old, new=root, proof=proof)


@pytest.mark.parametrize("suite", [SHA256, SM3], ids=lambda s: s.name)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=5))
def test_batches_of_any_size_make_the_tree_of_all_at_once(suite, batches):
    tiles: dict[tuple[int, int], bytes] = {}
    size = 0
    for more in batches:
        hashes = [suite.leaf(str(i).encode()) for i in range(size, size + more)]
        tiles.update(extended(size, hashes, lambda level, number: tiles.get((level, number), b""), suite))
        size += more
    nodes = node_reader(lambda level, number: tiles[level, number], suite)
    assert root_of(size, nodes, suite) == root_of(size, tree([str(i).encode() for i in range(size)], suite), suite)


def test_sm3_is_that_of_the_standard_and_another_tree():
    # GB/T 32905-2016, appendix A.1
    assert SM3.new(b"abc").hexdigest() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert root_of(8, tree(LEAVES, SM3), SM3) != root_of(8, tree(LEAVES))


BROKEN_PATHS = [
    ("proof.index", {"size": 0, "index": 0}),
    ("proof.index", {"index": 11}),
    ("proof.index", {"index": -1}),
    ("proof.short", {"proof": lambda p: p[:-1]}),
    ("proof.surplus", {"proof": lambda p: [*p, p[0]]}),
    ("proof.length", {"proof": lambda p: [p[0][:-1], *p[1:]]}),
    ("proof.length", {"proof": lambda p: [p[0] + b"\0", *p[1:]]}),
    ("proof.length", {"leaf": b""}),
    ("proof.refuted", {"proof": lambda p: [p[1], p[0], *p[2:]]}),
    ("proof.refuted", {"index": 3}),
    ("proof.refuted", {"leaf": SHA256.leaf(b"another")}),
    ("proof.refuted", {"root": SHA256.empty}),
]


@pytest.mark.parametrize(("code", "change"), BROKEN_PATHS)
def test_no_malformed_inclusion_is_accepted(code, change):
    leaves, nodes = grown()
    given_ = {
        "index": 2,
        "size": 11,
        "leaf": SHA256.leaf(leaves[2]),
        "proof": inclusion_proof(2, 11, nodes),
        "root": root_of(11, nodes),
    }
    changed = {k: v(given_[k]) if callable(v) else v for k, v in change.items()}
    with pytest.raises(LedgerError) as caught:
        check_inclusion(**given_ | changed)
    assert caught.value.code == code


BROKEN_GROWTHS = [
    ("proof.sizes", {"first": 0}),
    ("proof.sizes", {"first": 12}),
    ("proof.short", {"proof": lambda p: p[:-1]}),
    ("proof.short", {"proof": lambda _: []}),
    ("proof.surplus", {"proof": lambda p: [*p, p[0]]}),
    ("proof.length", {"proof": lambda p: [*p[:-1], b"short"]}),
    ("proof.refuted", {"proof": lambda p: p[::-1]}),
    ("proof.refuted", {"old": SHA256.empty}),
    ("proof.refuted", {"new": SHA256.empty}),
    ("proof.surplus", {"second": 6}),
]


@pytest.mark.parametrize(("code", "change"), BROKEN_GROWTHS)
def test_no_malformed_growth_is_accepted(code, change):
    _, nodes = grown()
    given_ = {
        "first": 6,
        "second": 11,
        "old": root_of(6, nodes),
        "new": root_of(11, nodes),
        "proof": consistency_proof(6, 11, nodes),
    }
    changed = {k: v(given_[k]) if callable(v) else v for k, v in change.items()}
    with pytest.raises(LedgerError) as caught:
        check_consistency(**given_ | changed)
    assert caught.value.code == code


def test_two_roots_of_one_size_are_a_fork():
    _, nodes = grown()
    with pytest.raises(LedgerError, match=r"proof\.refuted"):
        check_consistency(first=8, second=8, old=root_of(8, nodes), new=SHA256.empty, proof=[])
    with pytest.raises(LedgerError, match=r"proof\.surplus"):
        check_consistency(first=7, second=7, old=root_of(7, nodes), new=root_of(7, nodes), proof=[SHA256.empty])


@given(st.data())
def test_any_other_leaf_index_or_size_is_refuted(data):
    leaves, nodes = grown()
    size = data.draw(st.integers(1, MOST))
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, MOST - 1).filter(lambda i: i != index))
    proof, root = inclusion_proof(index, size, nodes), root_of(size, nodes)
    with pytest.raises(LedgerError):
        check_inclusion(index=other, size=size, leaf=SHA256.leaf(leaves[index]), proof=proof, root=root)


def test_a_tile_that_lost_hashes_is_not_built_upon():
    with pytest.raises(LedgerError, match=r"tile\.width"):
        extended(3, [SHA256.leaf(b"")], lambda *_: b"\0" * 64)
    with pytest.raises(LedgerError, match=r"tile\.width"):
        root_of(3, node_reader(lambda *_: b"\0" * 64))
