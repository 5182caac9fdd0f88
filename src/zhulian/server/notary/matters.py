"""What a bundle is made of, as the app that owns the matter tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of the matter. `path`: below `documents/`, of letters, digits, dots and dashes."""

    path: str
    title: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Matter:
    """What is bundled. `subjects`: as leaves name them, e.g. `proposal:3`; their leaves are the timeline."""

    kind: str
    number: str
    title: str
    subjects: Sequence[str]
    papers: Sequence[Paper]
