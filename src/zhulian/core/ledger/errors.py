"""What can be wrong with a proof, a note or a tile."""

from __future__ import annotations


class LedgerError(ValueError):
    """It does not hold, or it cannot be read. `code` says which, e.g. `proof.surplus`; the text says why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
