"""Law as dated YAML that ships with Zhulian; an installation adds its own (docs/rulebooks.md)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from zhulian.core.rules import Library

_CASES = "cases"
"""Folder of the cases: facts and expected verdicts, no law."""


def files() -> dict[str, bytes]:
    """The shipped rulebooks: name below this package, e.g. `qualification/D101-building.yaml`, and content."""
    return {name: file.read_bytes() for name, file in _walk(resources.files(__name__)) if not name.startswith(_CASES)}


def cases() -> dict[str, bytes]:
    """The shipped cases, named like :func:`files`: `cases/D101.yaml`."""
    return {name: file.read_bytes() for name, file in _walk(resources.files(__name__)) if name.startswith(_CASES)}


@cache
def library() -> Library:
    """The shipped rulebooks, loaded once."""
    return Library.load(files())


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            yield f"{prefix}{entry.name}", entry
