"""Printed plans on disk, so that a process that starts does not print again what another one printed.

Printing a rule's plan takes some ten milliseconds and an installation has hundreds of rules; reading one back takes
a tenth of a millisecond. The file's name is the hash of everything that decides what a plan looks like (the sources
of the core, the version of the printer), so a new release begins a new file and removes the old one. The file may be
deleted, damaged, read-only or shared by processes at any time: whatever goes wrong here is a plan printed again.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from zhulian.core.rules import plan

PATIENCE: Final = 1.0
"""Seconds to wait for another process that writes."""


class Shelf:
    """A `core.rules.plan.Shelf` in a SQLite file; a connection per look-up, so threads and forks share nothing."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, key: str) -> str | None:
        """The text kept under a key; None where there is none, or it cannot be read."""
        with suppress(sqlite3.Error, OSError), self._open() as connection:
            row = connection.execute("SELECT text FROM plan WHERE key = ?", (key,)).fetchone()
            return str(row[0]) if row else None
        return None

    def put(self, key: str, text: str) -> None:
        """Keep a text. A crash here loses it, which costs printing it once more."""
        with suppress(sqlite3.Error, OSError), self._open(make=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS plan (key TEXT PRIMARY KEY, text TEXT NOT NULL)")
            connection.execute("INSERT OR REPLACE INTO plan VALUES (?, ?)", (key, text))

    @contextmanager
    def _open(self, *, make: bool = False) -> Iterator[sqlite3.Connection]:
        if make and not self._file.exists():
            self._begin()
        mode = "rwc" if make else "ro"
        uri = f"{self._file.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)) as connection:
            if make:
                connection.execute("PRAGMA synchronous = OFF")  # a damaged file is read as an empty one
            yield connection

    def _begin(self) -> None:
        """A folder for the file, without the files of other releases."""
        self._file.parent.mkdir(exist_ok=True)
        for old in self._file.parent.glob("plans-*.sqlite"):
            old.unlink(missing_ok=True)


def keep_in(home: Path) -> None:
    """From now on plans are looked up in, and added to, the cache folder of an installation, if that exists."""
    if home.is_dir():
        plan.keep_on(Shelf(home / "cache" / f"plans-{fingerprint()}.sqlite"))


def home_of_environment() -> Path:
    """The folder of the installation, as the server's settings find it."""
    return Path(os.environ.get("ZHULIAN_HOME", Path.home() / ".zhulian"))


@cache
def fingerprint() -> str:
    """Hash of all that plans are made by: the core's sources and sqlglot's version."""
    digest = hashlib.sha256(metadata.version("sqlglot").encode())
    for file in _sources(resources.files("zhulian.core")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry
