"""Files that enterprises give: looked at before anything is kept, sealed in the store before the transaction opens.

A crash between leaves a sealed file without a matter, which the next filing of the same content uses. What a file is
follows from its first bytes; its name only has to agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import User
from zhulian.server.campaigns import errors  # noqa: F401 - rows of the catalogue
from zhulian.server.campaigns.models import Evidence, Rectification, Verification
from zhulian.server.common import clock
from zhulian.server.common.files import file_store
from zhulian.server.common.models import StoredFile
from zhulian.server.notary.services import leaf_append

FILES: Final = 10
MEGABYTES: Final = 20
_ZIPPED, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
BEGINNINGS: Final = {
    ".pdf": b"%PDF-",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".png": b"\x89PNG",
    ".docx": _ZIPPED,
    ".xlsx": _ZIPPED,
    ".doc": _COMPOUND,
    ".xls": _COMPOUND,
}
"""Ending → the bytes that a file of that kind begins with."""
_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Given:
    """A file that is in the store, under the name that the enterprise gave it."""

    name: str
    stored: StoredFile


def take(uploads: Sequence[UploadedFile[Any]]) -> list[Given]:
    """Keep the uploads; all are looked at before the first is kept.

    Raises:
        ZhulianError: `evidence.*`, `store.infected`.
    """
    if len(uploads) > FILES:
        raise ZhulianError("evidence.many", most=FILES)
    named = [(PurePath(one.name or "").name, one) for one in uploads]
    for name, one in named:
        _looked_at(name, one)
    return [Given(name[-_NAME:], file_store(one.chunks(), name=name)) for name, one in named]


def _looked_at(name: str, file: UploadedFile[Any]) -> None:
    if (file.size or 0) > MEGABYTES << 20:
        raise ZhulianError("evidence.size", name=name, most=MEGABYTES)
    begins = BEGINNINGS.get(PurePath(name).suffix.lower())
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    if begins is None or not head.startswith(begins):
        raise ZhulianError("evidence.kind", name=name)


def attach(row: Verification | Rectification, files: Sequence[Given], user: User) -> None:
    """Put files in the store on a matter, in the running transaction."""
    kind = type(row).__name__.lower()
    common = {kind: row, "given_by": user, "given_at": clock.now()}
    Evidence.objects.bulk_create(Evidence(**common, stored=one.stored, name=one.name) for one in files)
    if files:
        data = {"files": [one.stored.sha256 for one in files]}
        leaf_append(action="campaigns.evidence.keep", actor=user.actor, subject=f"{kind}:{row.pk}", data=data)
