r"""随机抽取 for a campaign: everybody in the frame is put in order by a hash of stated values; the first are drawn.

    order of an enterprise = SHA-256 of "<seed>\n<frame>\n<key>" as hexadecimal text, smallest first

`seed` is stated with the plan; `frame` is the SHA-256 of the frame file; `key` is the enterprise's first column in it.
Anybody with the file and the seed gets the same enterprises. Nothing was committed to beforehand and the organiser
chose the seed: this is a recorded draw, not a 双随机 draw, and pages say so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def drawn(keys: Iterable[str], *, seed: str, frame: str, quantity: int) -> dict[str, int]:
    """Keys that are drawn → their place in the draw, from 1. `frame`: SHA-256 of the frame file, hexadecimal."""
    ordered = sorted(set(keys), key=lambda key: (place(key, seed=seed, frame=frame), key))
    return {key: number for number, key in enumerate(ordered[:quantity], start=1)}


def place(key: str, *, seed: str, frame: str) -> str:
    """The text by which a key stands in the order."""
    return hashlib.sha256(f"{seed}\n{frame}\n{key}".encode()).hexdigest()
