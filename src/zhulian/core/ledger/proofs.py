"""A leaf's inclusion proof with the checkpoint it leads to, as one text (C2SP tlog-proof)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

from zhulian.core.ledger.errors import LedgerError
from zhulian.core.ledger.hashing import SHA256, SIZE, Suite
from zhulian.core.ledger.notes import Checkpoint, Note, Verifier, unbase64
from zhulian.core.ledger.tree import check_inclusion

_HEAD: Final = "c2sp.org/tlog-proof@v1"
_LONGEST: Final = 63
"""Hashes of a proof: trees have fewer than 2**63 leaves."""


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Where a leaf stands, the hashes up to the root, and the signed checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Note

    def __str__(self) -> str:
        lines = [base64.b64encode(each).decode() for each in self.hashes]
        return "\n".join([_HEAD, f"index {self.index}", *lines, "", str(self.checkpoint)])

    @classmethod
    def parse(cls, text: str) -> InclusionProof:
        """Read one.

        Raises:
            LedgerError: `proof.form`, `proof.length`, and what a note raises.
        """
        head, gap, note = text.partition("\n\n")
        lines = head.split("\n")
        if len(lines) > 1 and lines[1].startswith("extra "):
            unbase64(lines.pop(1).removeprefix("extra "))
        if not gap or lines[0] != _HEAD or len(lines) < 2:
            raise LedgerError("proof.form", f"not a proof of the form {_HEAD}")
        number = lines[1].removeprefix("index ")
        if lines[1] == number or not number.isascii() or not number.isdigit() or str(int(number)) != number:
            raise LedgerError("proof.form", f"{lines[1][:80]!r} is no index")
        hashes = tuple(unbase64(line) for line in lines[2:])
        if len(hashes) > _LONGEST:
            raise LedgerError("proof.surplus", "more hashes than any tree is high")
        if any(len(each) != SIZE for each in hashes):
            raise LedgerError("proof.length", f"a hash is {SIZE} bytes long")
        return cls(int(number), hashes, Note.parse(note))

    def check(self, leaf: bytes, key: Verifier, suite: Suite = SHA256) -> Checkpoint:
        """Check the signature and that the leaf (its bytes) stands in the signed tree; the checkpoint.

        Raises:
            LedgerError: what does not hold.
        """
        key.check(self.checkpoint)
        found = Checkpoint.parse(self.checkpoint)
        if found.origin != key.name:
            raise LedgerError("checkpoint.origin", f"signed by {key.name}, and told of {found.origin[:80]}")
        check_inclusion(
            index=self.index,
            size=found.size,
            leaf=suite.leaf(leaf),
            proof=self.hashes,
            root=found.root,
            suite=suite,
        )
        return found
