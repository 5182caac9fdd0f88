"""Canonical JSON (RFC 8785) and the hashes made of it: one value, one sequence of bytes, everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

import rfc8785

Json: TypeAlias = str | int | bool | Sequence["Json"] | Mapping[str, "Json"] | None


def canonical_bytes(value: Json) -> bytes:
    """RFC 8785 bytes. Floats are no part of our values; integers beyond 2^53 are refused by the format."""
    return rfc8785.dumps(cast("str", value))


def sha256_of(value: Json) -> str:
    """Hex SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()
