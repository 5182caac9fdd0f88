"""Hashing of leaves and nodes (RFC 6962 section 2.1), over SHA-256 or, for a parallel tree, SM3 (GB/T 32905)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

SIZE: Final = 32
"""Bytes of a hash, in both suites."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A hash function by name; a tree of one suite is never continued in another."""

    name: str
    new: Callable[[bytes], Any]

    def leaf(self, data: bytes) -> bytes:
        """Hash of a leaf: 32 bytes over 0x00 and the leaf's bytes."""
        return bytes(self.new(b"\x00" + data).digest())

    def node(self, left: bytes, right: bytes) -> bytes:
        """Hash of a node: 32 bytes over 0x01 and both children."""
        return bytes(self.new(b"\x01" + left + right).digest())

    @property
    def empty(self) -> bytes:
        """Root of the tree without leaves."""
        return bytes(self.new(b"").digest())


def _sm3(data: bytes) -> Any:
    return hashlib.new("sm3", data)


SHA256: Final = Suite("sha256", hashlib.sha256)
SM3: Final = Suite("sm3", _sm3)
SUITES: Final[Mapping[str, Suite]] = {suite.name: suite for suite in (SHA256, SM3)}
