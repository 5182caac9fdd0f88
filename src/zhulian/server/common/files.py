"""File store: addressed by content (SHA-256), sealed in chunks, read and written as a stream.

A stored file is `ZLF1`, the key version and a random file id, then records of a length and a sealed chunk. A chunk is
sealed under its file, its place and whether it is the last, so chunks cannot be moved, dropped or cut off; the digest
at the end binds the file to its name. The file is on disk before its row commits: a crash between leaves a file without
a row, which the next upload of the same content replaces.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.utils.module_loading import import_string

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock
from zhulian.server.common.crypto import FILE_KEY, provider
from zhulian.server.common.models import StoredFile

CHUNK: Final = 256 * 1024
_MAGIC: Final = b"ZLF1"
_HEADER: Final = struct.Struct(">4sI16s")
_LENGTH: Final = struct.Struct(">I")

Scanner = Callable[[Iterator[bytes]], str]
"""Looks at a file's plain chunks; what it found, or empty text for nothing."""


def file_store(chunks: Iterable[bytes], *, name: str) -> StoredFile:
    """Keep a file; the same content is kept once. `name` is for messages only.

    Raises:
        ZhulianError: `store.infected` when the configured scanner finds something; nothing is kept then.
    """
    folder = root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fd, temporary = tempfile.mkstemp(dir=folder)
    path = Path(temporary)
    try:
        with os.fdopen(fd, "wb") as out:
            digest, size = _seal(chunks, out)
            out.flush()
            os.fsync(out.fileno())
        scan = _scan(path, name)
        target = place(digest)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)
    fresh = {"size": size, "stored_at": clock.now(), "scan": scan}
    return StoredFile.objects.get_or_create(sha256=digest, defaults=fresh)[0]


def file_chunks(sha256: str) -> Iterator[bytes]:
    """The plain content, chunk by chunk; memory stays bounded.

    Raises:
        ZhulianError: `store.missing`, `crypto.tampered` (also at the very end, when the whole is not what it was).
    """
    path = place(sha256)
    if not path.exists():
        raise ZhulianError("store.missing", sha256=sha256)
    digest = hashlib.sha256()
    for chunk in _opened(path):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        raise ZhulianError("crypto.tampered")


def root() -> Path:
    """Where the files of this installation are."""
    return Path(settings.HOME) / "files"


def place(sha256: str) -> Path:
    """Path of a content's sealed file."""
    return root() / sha256[:2] / sha256[2:]


def _seal(chunks: Iterable[bytes], out: BinaryIO) -> tuple[str, int]:
    version, file_id = provider().version(FILE_KEY), secrets.token_bytes(16)
    out.write(_HEADER.pack(_MAGIC, version, file_id))
    digest, size = hashlib.sha256(), 0
    for index, (chunk, last) in enumerate(_with_last(_even(chunks))):
        digest.update(chunk)
        size += len(chunk)
        sealed = provider().seal(FILE_KEY, version, chunk, _context(file_id, index, version, last=last))
        out.write(_LENGTH.pack(len(sealed)) + sealed)
    return digest.hexdigest(), size


def _opened(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        magic, version, file_id = _read(file, _HEADER)
        if magic != _MAGIC:
            raise ZhulianError("crypto.tampered")
        index, last = 0, False
        while not last:
            (length,) = _read(file, _LENGTH)
            sealed = file.read(length) if length <= 2 * CHUNK else b""
            last = not file.peek(1)
            yield provider().open(FILE_KEY, version, sealed, _context(file_id, index, version, last=last))
            index += 1


def _read(file: BinaryIO, layout: struct.Struct) -> tuple[Any, ...]:
    raw = file.read(layout.size)
    if len(raw) != layout.size:
        raise ZhulianError("crypto.tampered")
    return layout.unpack(raw)


def _context(file_id: bytes, index: int, version: int, *, last: bool) -> bytes:
    return f"file|{file_id.hex()}|{index}|{int(last)}|{version}".encode()


def _even(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of one size, the last one shorter; one empty chunk for no bytes at all."""
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        while len(buffer) > CHUNK:
            yield bytes(buffer[:CHUNK])
            del buffer[:CHUNK]
    yield bytes(buffer)


def _with_last(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    held = next(chunks)
    for chunk in chunks:
        yield held, False
        held = chunk
    yield held, True


def _scan(path: Path, name: str) -> str:
    if not settings.FILE_SCANNER:
        return StoredFile.Scan.NOT_SCANNED
    scanner: Scanner = import_string(settings.FILE_SCANNER)
    found = scanner(_opened(path))
    if found:
        raise ZhulianError("store.infected", name=name, detail=found)
    return StoredFile.Scan.CLEAN
