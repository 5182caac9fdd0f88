"""Taking files in: what is slow comes first and outside any transaction, then one short one opens the delivery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.common.files import file_store
from zhulian.server.exchange import inbox
from zhulian.server.exchange.models import Delivery
from zhulian.server.exchange.services import delivery_open

_BLOCK: Final = 1 << 20


def files_receive(
    *,
    paths: Sequence[Path],
    format_name: str | None,
    actor: str,
    uploaded_by: User | None = None,
    corrects: Delivery | None = None,
) -> Delivery:
    """Look at files, keep them encrypted and open a delivery; a job takes it.

    A crash in here leaves no delivery, only content in the store that the next upload of the same file replaces.

    Raises:
        ZhulianError: `file.*` when nothing can be read at all.
    """
    with files_keep(paths, format_name) as kept:
        return delivery_open(
            found=kept,
            work=inbox.working_copies_keep(kept),
            format_name=format_name or "",
            actor=actor,
            uploaded_by=uploaded_by,
            corrects=corrects,
            at=clock.now(),
        )


@contextmanager
def files_keep(paths: Sequence[Path], format_name: str | None) -> Iterator[list[inbox.Found]]:
    """The files of these paths, looked at and kept encrypted; members of archives exist until the context ends.

    Raises:
        ZhulianError: `file.*` when nothing can be read at all.
    """
    with inbox.looked_at(paths, format_name) as found:
        if all(one.refusal for one in found):
            raise next(one.refusal for one in found if one.refusal)
        stored: dict[str, int] = {}  # by content: the sheets of a workbook are one file
        for one in found:
            if one.path is not None and one.sha256 not in stored:
                stored[one.sha256] = file_store(_blocks(one.path), name=one.name).pk
        yield [replace(one, stored=stored.get(one.sha256)) for one in found]


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
