"""What was last published of each tree, outside the database: a file that a restored backup cannot take back.

`<home>/ledger/<suite>.checkpoint` holds the newest checkpoint as it was shown to others. A database that does not
reach it, or that has another root there, was restored from an older backup or was rewritten: it signs nothing more,
until somebody has said so (`sequencing.ledger_restart`).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from django.conf import settings

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import Checkpoint, LedgerError, Note
from zhulian.server.notary import keys, trees
from zhulian.server.notary.models import Head


def path_of(suite: str) -> Path:
    """Where the newest checkpoint of a suite stands."""
    return Path(settings.HOME) / "ledger" / f"{suite}.checkpoint"


def last_published(head: Head) -> Checkpoint | None:
    """The checkpoint in the file, with our signature checked; None when there is none of this origin yet.

    Raises:
        ZhulianError: `ledger.published_broken` when the file is no checkpoint that we signed.
    """
    path = path_of(head.suite)
    if not path.exists():
        return None
    try:
        note = Note.parse(path.read_text(encoding="utf-8"))
        found = Checkpoint.parse(note)
        keys.log_signer(found.origin).verifier.check(note)
    except (LedgerError, UnicodeDecodeError) as error:
        raise ZhulianError("ledger.published_broken", path=path.name, detail=error) from None
    return found if found.origin == head.origin else None


def check_continues(head: Head) -> None:
    """That the database still holds what was published: the tree of `head` begins with the published one.

    Raises:
        ZhulianError: `ledger.lost` (leaves are missing), `ledger.forked` (they are others), `ledger.published_broken`.
    """
    published = last_published(head)
    if published is None or published.size == 0:
        return
    if published.size > head.size:
        raise ZhulianError("ledger.lost", published=published.size, held=head.size)
    if trees.root(head.suite, published.size) != published.root:
        raise ZhulianError("ledger.forked", size=published.size)


def continues(head: Head) -> bool:
    """Whether the database still holds what was published."""
    try:
        check_continues(head)
    except ZhulianError:
        return False
    return True


def set_aside(suite: str, size: int) -> None:
    """Keep the file of a ledger that ended under another name."""
    path_of(suite).rename(path_of(suite).with_suffix(f".ended-{size}"))


def publish(suite: str, note: str) -> None:
    """Replace the file by a newer note, whole or not at all; what is newer already stays.

    Two sequencers may come here with two notes: they take turns by a lock of the system, which a killed one gives up.
    """
    path = path_of(suite)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        held = path.read_text(encoding="utf-8") if path.exists() else ""
        if held == note or (held and _size(held) > _size(note)):
            return
        temporary = path.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def _size(note: str) -> int:
    return Checkpoint.parse(Note.parse(note)).size
