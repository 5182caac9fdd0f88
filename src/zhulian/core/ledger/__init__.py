"""The ledger (留痕账本): a Merkle tree over leaves, checkpoints signed over it, and proofs that anyone can check.

Formats are others', so that others' tools read them: RFC 6962 and RFC 9162 (tree and proofs), C2SP signed-note,
tlog-checkpoint, tlog-cosignature, tlog-tiles and tlog-proof. `verifier/` checks the same without this package.
"""

from zhulian.core.ledger.errors import LedgerError
from zhulian.core.ledger.hashing import SHA256, SM3, SUITES, Suite
from zhulian.core.ledger.notes import Checkpoint, Note, Signer, Verifier
from zhulian.core.ledger.proofs import InclusionProof
from zhulian.core.ledger.tiles import Tile, extended, node_reader
from zhulian.core.ledger.tree import (
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    root_of,
)

__all__ = [
    "SHA256",
    "SM3",
    "SUITES",
    "Checkpoint",
    "InclusionProof",
    "LedgerError",
    "Note",
    "Signer",
    "Suite",
    "Tile",
    "Verifier",
    "check_consistency",
    "check_inclusion",
    "consistency_proof",
    "extended",
    "inclusion_proof",
    "node_reader",
    "root_of",
]
