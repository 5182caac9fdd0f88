"""Encrypted columns (trust.md "Personal data").

Each value is sealed with AES-256-GCM under `table|column|row|key version`, so a ciphertext moved to another row or
column, or changed by a bit, does not open. The row's part is a random `secret_id` of its own, because a primary key
is not known before the insert. Exact look-up goes by a keyed blind index (HMAC-SHA256), on high-entropy values only.

    class Person(Bitemporal):
        secret_id = SecretContextField()
        id_no = EncryptedTextField(index="id_no_index")
        id_no_index = BlindIndexField(source="id_no")

`person.id_no` is a :class:`Secret`: masked in every text, opened by `.reveal()`. Assign plain text. Queryset
`update()` and `bulk_update()` of such a column are refused, because they know no row.
"""

# ruff: noqa: SLF001 - `_meta` is Django's documented interface to a model's fields

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import os
import secrets
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core import checks
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.text import clean

FIELD_KEY: Final = "field"
INDEX_KEY: Final = "index"
FILE_KEY: Final = "file"
_NONCE: Final = 12


class CryptoProvider(Protocol):
    """Sealing and opening; a hardware module may stand behind it."""

    def version(self, name: str) -> int:
        """The key version that new values are sealed with."""

    def seal(self, name: str, version: int, plain: bytes, context: bytes) -> bytes:
        """Ciphertext with its nonce in front."""

    def open(self, name: str, version: int, sealed: bytes, context: bytes) -> bytes:
        """Plain bytes.

        Raises:
            ZhulianError: `crypto.tampered`, `crypto.key_missing`.
        """

    def digest(self, name: str, version: int, value: bytes) -> str:
        """Keyed digest, hex."""

    def rotate(self, name: str) -> int:
        """Make a key that new values are sealed with from now on, here; its version. Older ones go on opening theirs."""


class LocalKeys:
    """Keys as files `<name>-<version>.key` in the home, readable by the owner only; made at first start.

    A key this database was written with must be there unchanged: its fingerprint is a row. If it is missing we stop
    rather than make another one under its name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys: dict[tuple[str, int], bytes] = {}
        self.current: dict[str, int] = {}
        self.ciphers: dict[tuple[str, int], AESGCM] = {}

    def version(self, name: str) -> int:
        """Highest version there is; the first is made when neither file nor row exists."""
        if name not in self.current:
            from zhulian.server.common.models import KeyVersion

            rows = KeyVersion.objects.filter(name=name).values_list("version", flat=True)
            files = [int(path.stem.rpartition("-")[2]) for path in self.folder.glob(f"{name}-*.key")]
            self.current[name] = max([*rows, *files, 1])
        return self.current[name]

    def seal(self, name: str, version: int, plain: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher(name, version).encrypt(nonce, plain, context)

    def open(self, name: str, version: int, sealed: bytes, context: bytes) -> bytes:
        try:
            return self._cipher(name, version).decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
        except (InvalidTag, ValueError):
            raise ZhulianError("crypto.tampered") from None

    def digest(self, name: str, version: int, value: bytes) -> str:
        return hmac.digest(self._key(name, version), value, "sha256").hex()

    def rotate(self, name: str) -> int:
        """Make the next key file. Other processes seal with it from their next start on."""
        version = self.version(name) + 1
        path = self.folder / f"{name}-{version}.key"
        key_make(path)
        self.current[name] = version
        try:
            self._register(name, version, base64.b64decode(path.read_text(encoding="ascii")))
        except BaseException:  # a key that no row knows would be taken for the newest at the next start
            del self.current[name]
            path.unlink()
            raise
        return version

    def _cipher(self, name: str, version: int) -> AESGCM:
        """One object per key: to set one up costs more than to seal an ID number with it."""
        if (name, version) not in self.ciphers:
            self.ciphers[name, version] = AESGCM(self._key(name, version))
        return self.ciphers[name, version]

    def _key(self, name: str, version: int) -> bytes:
        if (name, version) not in self.keys:
            self.keys[name, version] = self._load(name, version)
        return self.keys[name, version]

    def _load(self, name: str, version: int) -> bytes:
        from zhulian.server.common.models import KeyVersion

        known = KeyVersion.objects.filter(name=name, version=version).first()
        path = self.folder / f"{name}-{version}.key"
        if not path.exists():
            if known is not None or version != 1:
                raise ZhulianError("crypto.key_missing", name=name, version=version)
            key_make(path)
        key = base64.b64decode(path.read_text(encoding="ascii"))
        if known is None:
            self._register(name, version, key)
        elif known.fingerprint != _fingerprint(key):
            raise ZhulianError("crypto.key_missing", name=name, version=version)
        return key

    @staticmethod
    def _register(name: str, version: int, key: bytes) -> None:
        from zhulian.server.common.models import KeyVersion

        row = KeyVersion(name=name, version=version, fingerprint=_fingerprint(key))
        KeyVersion.objects.bulk_create([row], ignore_conflicts=True)


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"zhulian key" + key).hexdigest()


def key_make(path: Path) -> None:
    """Write a new 256-bit key, once: of two processes that start together one makes it and both use it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(f".{os.getpid()}")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)).decode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # atomic, complete, and fails when the other process was first
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


@functools.cache
def provider() -> CryptoProvider:
    """The provider of this installation."""
    return LocalKeys(Path(settings.HOME) / "keys")


class Secret:
    """An encrypted value on its way: masked in texts and logs, opened by :meth:`reveal` only."""

    __slots__ = ("_reveal",)

    def __init__(self, reveal: Callable[[], str]) -> None:
        self._reveal = reveal

    def reveal(self) -> str:
        """The plain value. The caller has a stated purpose and leaves a leaf (trust.md).

        Raises:
            ZhulianError: `crypto.tampered`, `crypto.key_missing`.
        """
        return self._reveal()

    def __str__(self) -> str:
        return "******"

    def __repr__(self) -> str:
        return "<Secret>"


class Sealed(str):
    """Text as stored: `version:base64`. A type of its own, so that stored and plain values are never confused."""

    __slots__ = ()


def text_seal(plain: str, context: str) -> Sealed:
    """Seal a text for a place, e.g. `person|id_no|<row>`."""
    version = provider().version(FIELD_KEY)
    sealed = provider().seal(FIELD_KEY, version, plain.encode(), f"{context}|{version}".encode())
    return Sealed(f"{version}:{base64.b64encode(sealed).decode()}")


def text_open(sealed: str, context: str) -> str:
    """Open a sealed text in the place that it was sealed for.

    Raises:
        ZhulianError: `crypto.tampered`, `crypto.key_missing`.
    """
    version, _, body = sealed.partition(":")
    try:
        number, raw = int(version), base64.b64decode(body, validate=True)
    except ValueError:
        raise ZhulianError("crypto.tampered") from None
    return provider().open(FIELD_KEY, number, raw, f"{context}|{number}".encode()).decode()


def blind_index(value: str, *, place: str) -> str:
    """Keyed digest of a normalised value (NFKC, upper case, no spaces), for exact look-up in one column.

    `place` is `table|column`, so that equal numbers in two columns do not show as equal.
    """
    normal = clean(value).upper().replace(" ", "")
    return provider().digest(INDEX_KEY, provider().version(INDEX_KEY), f"{place}|{normal}".encode())


if TYPE_CHECKING:  # the stubs' fields are generic, Django's are not
    _UUIDField = models.UUIDField[Any, Any]
    _TextField = models.TextField[Any, Any]
    _CharField = models.CharField[Any, Any]
else:
    _UUIDField, _TextField, _CharField = models.UUIDField, models.TextField, models.CharField


class SecretContextField(_UUIDField):
    """The row's part of the context its secrets are sealed under."""

    def __init__(self, verbose_name: str | None = None, **options: Any) -> None:
        super().__init__(verbose_name, **{"default": uuid.uuid4, "editable": False, **options})


class _SecretAttribute(DeferredAttribute):
    field: EncryptedTextField

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is None or value is None:
            return value
        if isinstance(value, Sealed):
            return Secret(functools.partial(text_open, value, self.field.context(instance)))
        return Secret(functools.partial(str, value))

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value.reveal() if isinstance(value, Secret) else value


class EncryptedTextField(_TextField):
    """A text sealed for its row; `index` names the blind index column beside it, if any."""

    descriptor_class = _SecretAttribute

    def __init__(
        self, verbose_name: str | None = None, *, index: str = "", context_field: str = "secret_id", **options: Any
    ) -> None:
        self.index = index
        self.context_field = context_field
        super().__init__(verbose_name, **{"null": True, "blank": True, **options})

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "index": self.index, "context_field": self.context_field}

    def check(self, **options: Any) -> list[checks.CheckMessage]:
        """The row must have its context column."""
        names = {column.name for column in self.model._meta.get_fields()}
        missing = {self.context_field, *([self.index] if self.index else [])} - names
        message = f"{self} needs the columns {sorted(missing)}"
        return [*super().check(**options), *([checks.Error(message, obj=self, id="zhulian.E010")] if missing else [])]

    def context(self, instance: models.Model) -> str:
        """Where this value belongs: table, column, row."""
        return f"{self.model._meta.db_table}|{self.column}|{getattr(instance, self.context_field)}"

    def from_db_value(self, value: str | None, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:  # noqa: ARG002, FBT001 - Django's signature
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        # The instance keeps the plain value: the blind index column is computed from it, before or after.
        return text_seal(value, self.context(model_instance))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        if value is not None and not isinstance(value, Sealed):
            message = f"{self} is written through save() or bulk_create() and looked up by its blind index"
            raise TypeError(message)
        return None if value is None else str(value)


class BlindIndexField(_CharField):
    """Keyed digest of an encrypted column of the same row, kept by itself."""

    def __init__(self, verbose_name: str | None = None, *, source: str, **options: Any) -> None:
        self.source = source
        super().__init__(
            verbose_name, **{"max_length": 64, "null": True, "editable": False, "db_index": True, **options}
        )

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "source": self.source}

    def digest(self, value: str) -> str:
        """What to filter this column by, for a plain value."""
        return blind_index(value, place=f"{self.model._meta.db_table}|{self.source}")

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:  # noqa: ARG002, FBT001 - Django's signature
        value = model_instance.__dict__.get(self.source)
        if not isinstance(value, Sealed):  # new plain text; what is sealed has its index already
            setattr(model_instance, self.attname, self.digest(value) if value else None)
        index: str | None = getattr(model_instance, self.attname)
        return index
