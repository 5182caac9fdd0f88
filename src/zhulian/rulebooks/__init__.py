"""Law as dated YAML that ships with Zhulian; an installation adds its own (docs/rulebooks.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from zhulian.core.bands import BandLibrary
from zhulian.core.contracting import ScopeLibrary
from zhulian.core.linkage import Calendar, LinkageBook, load_calendar
from zhulian.core.rules import Library
from zhulian.rulebooks.own import folder as folder
from zhulian.rulebooks.own import own_files as own_files

_CASES = "cases"
"""Folder of the cases: facts and expected verdicts, no law."""
_SCOPE = "scope/"
"""What a grade may undertake: a library of its own (`zhulian.core.contracting`)."""
_LOOP = ("calendar/", "linkage/")
"""Days off, and what follows from what (`zhulian.core.linkage`)."""
_BANDS = ("persons/", "safety/accidents.yaml", "safety/officers.yaml", "safety/suspension.yaml")
"""Figures → band (`zhulian.core.bands`)."""


@cache
def files() -> Mapping[str, bytes]:
    """The shipped rulebooks: name below this package, e.g. `qualification/D101-building.yaml`, and content. Read once."""
    return MappingProxyType(_read(lambda name: not name.startswith((_CASES, _SCOPE, *_LOOP, *_BANDS))))


def scope_files() -> dict[str, bytes]:
    """The shipped limits of scope and the mapping of contracts to categories, named like :func:`files`."""
    return _read(lambda name: name.startswith(_SCOPE))


def band_files() -> dict[str, bytes]:
    """The shipped tables of figures and bands, named like :func:`files`."""
    return _read(lambda name: name.startswith(_BANDS))


def cases() -> dict[str, bytes]:
    """The shipped cases, named like :func:`files`: `cases/D101.yaml`."""
    return _read(lambda name: name.startswith(_CASES))


def library(extra: Path | None = None) -> Library:
    """The shipped rulebooks and those of the installation, loaded once per process.

    `extra` is a folder of `*.yaml`; without it, the one that :func:`folder` names. Raises `rulebook.*` for a bad file.
    """
    return _library(extra or folder())


@cache
def _library(extra: Path) -> Library:
    return Library.load({**files(), **own_files(extra)})


@cache
def scope_library() -> ScopeLibrary:
    """What a grade may undertake, loaded once."""
    return ScopeLibrary.load(scope_files())


@cache
def band_library() -> BandLibrary:
    """Accident grades, suspension of safety permits, safety officers, scale of constructors' works; loaded once."""
    return BandLibrary.load(band_files())


@cache
def calendar() -> Calendar:
    """Days off and weekend days worked, loaded once."""
    (name, data), *_ = _read(lambda name: name.startswith("calendar/")).items()
    return load_calendar(name, data)


@cache
def linkage_book() -> LinkageBook:
    """What follows from what, loaded once."""
    return LinkageBook.load(_read(lambda name: name.startswith("linkage/")))


def _read(wanted: Callable[[str], bool]) -> dict[str, bytes]:
    return {name: file.read_bytes() for name, file in _walk(resources.files(__name__)) if wanted(name)}


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            yield f"{prefix}{entry.name}", entry
