"""Salted commitments: what stands in a leaf in place of a personal value."""

from __future__ import annotations

import hashlib


def commitment(salt: str, value: str) -> str:
    """SHA-256 over the salt (32 random bytes, hex) and the value."""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()
