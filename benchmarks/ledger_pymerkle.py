"""pymerkle over the ledger's leaves, in a process of its own (decision 121): one line of JSON.

    python benchmarks/ledger_pymerkle.py LEAVES PROOFS ROWS

`InmemoryTree` holds a linked node for every hash and has a new root after every leaf; `SqliteTree` stores leaves and
their hashes and computes the rest when asked, with a cache of the process.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from pymerkle import InmemoryTree, SqliteTree, verify_consistency, verify_inclusion

from common import memory_of
from ledger_leaves import best, leaves, places, sizes


def in_memory(count: int, proofs: int) -> dict[str, Any]:
    """Microseconds an append, a proof and a check; bytes a leaf; and the answers, for comparison with ours."""
    given = leaves(count)
    before = memory_of()
    tree = InmemoryTree(algorithm="sha256")
    append = best(lambda: tree.append_entries(given), per=count, rounds=1)
    memory = memory_of() - before
    again = [best(lambda: InmemoryTree.init_from_entries(given), per=count, rounds=1) for _ in range(2)]
    asked, older = [place + 1 for place in places(count, proofs)], sizes(count, proofs)
    paths = [tree.prove_inclusion(place, count) for place in asked]
    growths = [tree.prove_consistency(size, count) for size in older]
    root, bases = tree.get_root(), [tree.get_leaf(place) for place in asked]
    roots = [tree.get_root(size) for size in older]

    def check_paths() -> None:
        for place, base, path in zip(asked, bases, paths, strict=True):
            verify_inclusion(base, root, path, index=place, size=count, algorithm="sha256")

    def check_growths() -> None:
        for size, old, growth in zip(older, roots, growths, strict=True):
            verify_consistency(old, root, growth, prior_size=size, later_size=count, algorithm="sha256")

    return {
        "append": min(append, *again),
        "memory": memory / count,
        "inclusion": best(lambda: [tree.prove_inclusion(place, count) for place in asked], per=proofs),
        "consistency": best(lambda: [tree.prove_consistency(size, count) for size in older], per=proofs),
        "check_inclusion": best(check_paths, per=proofs),
        "check_consistency": best(check_growths, per=proofs),
        "root": root.hex(),
        "paths": [[each.hex() for each in path.path] for path in paths],
        "olds": [each.hex() for each in roots],
        "hashes": sum(len(growth.path) for growth in growths) / proofs,
    }


def in_database(count: int, proofs: int) -> dict[str, float]:
    """Microseconds a leaf in one transaction and a proof, the first and the later ones; bytes of the file a leaf."""
    given = leaves(count)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tree.sqlite3"
        with SqliteTree(str(file), algorithm="sha256") as tree:
            append = best(lambda: tree.append_entries(given), per=count, rounds=1)
            first = best(lambda: tree.prove_inclusion(1, count), per=1, rounds=1)
            later = best(lambda: [tree.prove_inclusion(n + 1, count) for n in places(count, proofs)], per=proofs)
        return {"append": append, "first": first, "later": later, "bytes": file.stat().st_size / count}


if __name__ == "__main__":
    LEAVES, PROOFS, ROWS = map(int, sys.argv[1:])
    print(json.dumps({"memory": in_memory(LEAVES, PROOFS), "database": in_database(ROWS, PROOFS)}))
