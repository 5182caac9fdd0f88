"""What the ledger's benchmark asks of every tree: the same leaves, the same proofs, made by arithmetic."""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 3


def leaves(count: int) -> list[bytes]:
    """Canonical JSON as the services append it, some 190 bytes each."""
    return [
        json.dumps(
            {
                "action": "decisions.proposal.sign",
                "actor": f"user:{number % 97}",
                "at": f"2025-12-{number % 28 + 1:02}T08:{number % 60:02}:00+08:00",
                "data": {"proposal": number, "form": "限期改正", "document": f"{number * 7919 % 10**9:09d}"},
                "subject": f"enterprise:{number * 31 % 400_000}",
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        for number in range(count)
    ]


def places(size: int, count: int) -> list[int]:
    """Leaves to be proven, from nought."""
    draw = random.Random(6962)  # noqa: S311 - questions, not secrets
    return [draw.randrange(size) for _ in range(count)]


def sizes(size: int, count: int) -> list[int]:
    """Older sizes that the whole tree is to be shown to continue."""
    draw = random.Random(9162)  # noqa: S311 - questions, not secrets
    return [draw.randrange(1, size) for _ in range(count)]


def best(job: Callable[[], Any], *, per: int, rounds: int = ROUNDS) -> float:
    """Microseconds for one of `per` things that the job does: the best of some rounds, other work disturbs the rest."""
    return min(_once(job) for _ in range(rounds)) / per


def middle(jobs: list[Callable[[], Any]]) -> float:
    """Microseconds of one job: the median."""
    return statistics.median(_once(job) for job in jobs)


def _once(job: Callable[[], Any]) -> float:
    start = time.perf_counter()
    job()
    return (time.perf_counter() - start) * 1e6
