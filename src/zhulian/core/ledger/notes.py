"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature), Ed25519.

A note is text that ends in a newline, an empty line, and signature lines `— <name> <base64>`. A checkpoint's text is
origin, size and root, each on its line. A witness's cosignature is over the same text with a time before it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from zhulian.core.ledger.errors import LedgerError
from zhulian.core.ledger.hashing import SIZE

_LOG: Final = b"\x01"
_WITNESS: Final = b"\x04"
_MARK: Final = "\N{EM DASH} "
_ID: Final = 4
_TIME: Final = 8
_SIGNATURE: Final = 64
_LARGEST: Final = 1 << 20
"""Characters of a note; a longer one is refused before it is looked at."""


def unbase64(text: str) -> bytes:
    """Standard base64 with padding, in its one canonical spelling.

    Raises:
        LedgerError: `note.base64`.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise LedgerError("note.base64", f"{text[:80]!r} is no base64") from None
    if base64.b64encode(raw).decode() != text:
        raise LedgerError("note.base64", f"{text[:80]!r} is not the usual spelling of its bytes")
    return raw


def _named(name: str) -> str:
    if not name or "+" in name or any(c.isspace() for c in name):
        raise LedgerError("note.name", f"{name[:80]!r} is no name of a key: no space, no plus")
    return name


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name: checks notes of a log, or cosignatures of a witness."""

    name: str
    public: bytes
    witness: bool = False

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read `<name>+<key id in hex>+<base64 of type and key>`.

        Raises:
            LedgerError: `note.key`, `note.name`, `note.base64`.
        """
        name, _, rest = text.strip().partition("+")
        number, _, body = rest.partition("+")
        raw = unbase64(body)
        if len(raw) != 1 + SIZE or raw[:1] not in (_LOG, _WITNESS):
            raise LedgerError("note.key", "not an Ed25519 key of a log or a witness")
        found = cls(_named(name), raw[1:], witness=raw[:1] == _WITNESS)
        if found.key_id.hex() != number:
            raise LedgerError("note.key", f"the key's number is {found.key_id.hex()}, not {number[:80]}")
        return found

    @property
    def key_id(self) -> bytes:
        """Four bytes that name the key in signature lines."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._typed).digest()[:_ID]

    @property
    def _typed(self) -> bytes:
        return (_WITNESS if self.witness else _LOG) + self.public

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self._typed).decode()}"

    def check(self, note: Note) -> int | None:
        """Check this key's signature of the note; the time of a witness's, seconds since 1970.

        Raises:
            LedgerError: `note.unsigned` when this key did not sign, `note.signature` when what it signed is not this.
        """
        mine = [raw for name, raw in note.signatures if name == self.name and raw[:_ID] == self.key_id]
        if not mine:
            raise LedgerError("note.unsigned", f"no signature of {self.name} ({self.key_id.hex()})")
        if len(mine) > 1:
            raise LedgerError("note.signature", f"{self.name} signed more than once")
        body = mine[0][_ID:]
        if len(body) != (_TIME if self.witness else 0) + _SIGNATURE:
            raise LedgerError("note.signature", "a signature of the wrong length")
        at = int.from_bytes(body[:_TIME], "big") if self.witness else None
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(body[-_SIGNATURE:], _signed(note.text, at))
        except (InvalidSignature, ValueError):
            raise LedgerError("note.signature", f"the signature of {self.name} is not of this text") from None
        return at


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name."""

    name: str
    seed: bytes
    witness: bool = False

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return Verifier(_named(self.name), public, witness=self.witness)

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def line(self, text: str, *, at: int | None = None) -> str:
        """The signature line for a note's text, newline included. `at`: of a witness, seconds since 1970."""
        if self.witness != (at is not None):
            raise LedgerError("note.time", "a witness signs with a time, a log without")
        time = b"" if at is None else at.to_bytes(_TIME, "big")
        raw = self.verifier.key_id + time + self._key.sign(_signed(text, at))
        return f"{_MARK}{self.name} {base64.b64encode(raw).decode()}\n"


def _signed(text: str, at: int | None) -> bytes:
    return text.encode() if at is None else f"cosignature/v1\ntime {at}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """Text and its signatures: name of the key, key id and signature in one."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> Note:
        """Read a note.

        Raises:
            LedgerError: `note.form`, `note.name`, `note.base64`.
        """
        body, gap, lines = text.rpartition("\n\n")
        if not gap or not lines or len(text) > _LARGEST or not text.endswith("\n") or "\r" in text:
            raise LedgerError("note.form", "not a text, an empty line and signatures")
        found: list[tuple[str, bytes]] = []
        for line in lines[:-1].split("\n"):
            name, space, value = line.removeprefix(_MARK).partition(" ")
            if not line.startswith(_MARK) or not space:
                raise LedgerError("note.form", f"{line[:80]!r} is no signature line")
            raw = unbase64(value)
            if len(raw) <= _ID:
                raise LedgerError("note.form", "a signature without bytes")
            found.append((_named(name), raw))
        return cls(body + "\n", tuple(found))

    def __str__(self) -> str:
        lines = [f"{_MARK}{name} {base64.b64encode(raw).decode()}\n" for name, raw in self.signatures]
        return f"{self.text}\n{''.join(lines)}"

    def signed(self, line: str) -> Note:
        """The note with one more signature line."""
        return Note.parse(str(self) + line) if self.signatures else Note.parse(f"{self.text}\n{line}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says it is: origin, number of leaves, root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, note: Note) -> Checkpoint:
        """Read a note's text; lines after the third are extensions and are not looked at.

        Raises:
            LedgerError: `checkpoint.form`, `note.base64`.
        """
        lines = note.text.split("\n")
        if len(lines) < 4 or not lines[0] or not _decimal(lines[1]):
            raise LedgerError("checkpoint.form", "not an origin, a size and a root, each on its line")
        root = unbase64(lines[2])
        if len(root) != SIZE:
            raise LedgerError("checkpoint.form", f"a root is {SIZE} bytes long")
        return cls(lines[0], int(lines[1]), root)

    @property
    def text(self) -> str:
        """The text of its note."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, signer: Signer) -> Note:
        """Its note, signed by the log."""
        return Note(self.text, ()).signed(signer.line(self.text))


def _decimal(text: str) -> bool:
    """A size in its one spelling: digits, no leading zero, no more than 18 of them."""
    return text.isascii() and text.isdigit() and len(text) <= 18 and (text == "0" or text[0] != "0")
