"""First passwords, which an administrator hands on and nobody keeps."""

from __future__ import annotations

import secrets
from typing import Final

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for one another when he reads them out."""


def password_made() -> str:
    """Sixteen letters and digits in groups of four, about 79 bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
