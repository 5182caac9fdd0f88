"""The ledger's own keys: Ed25519 seeds as files beside the other keys, never in the database.

Whoever has the database alone can therefore rewrite rows, and cannot sign what they then say.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Final

from django.conf import settings

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import Signer
from zhulian.server.common.crypto import key_make
from zhulian.server.notary.models import Checkpoint, WitnessedLog

_LOG: Final = "ledger-1.key"
_WITNESS: Final = "witness-1.key"


@functools.cache
def _seed(folder: Path, name: str) -> bytes:
    """The key's bytes. Made at first use; once something was signed with it, a missing file is never replaced.

    Raises:
        ZhulianError: `crypto.key_missing`.
    """
    path = folder / name
    if not path.exists():
        signed = Checkpoint.objects if name == _LOG else WitnessedLog.objects.exclude(note="")
        if signed.exists():
            raise ZhulianError("crypto.key_missing", name=name.partition("-")[0], version=1)
        key_make(path)
    return base64.b64decode(path.read_text(encoding="ascii"))


def _folder() -> Path:
    return Path(settings.HOME) / "keys"


def log_signer(origin: str) -> Signer:
    """Signs this ledger's checkpoints."""
    return Signer(origin, _seed(_folder(), _LOG))


def witness_signer() -> Signer:
    """Cosigns others' checkpoints."""
    name = settings.LEDGER_WITNESS_NAME or f"witness-{fingerprint(_WITNESS)}.zhulian.invalid"
    return Signer(name, _seed(_folder(), _WITNESS), witness=True)


def origin(suite: str) -> str:
    """The name of this installation's tree of a suite: as set, or one that nobody else has."""
    name = settings.LEDGER_ORIGIN or f"ledger-{fingerprint(_LOG)}.zhulian.invalid"
    return name if suite == "sha256" else f"{name}/{suite}"


def fingerprint(name: str) -> str:
    """Twelve hexadecimal digits that tell this key from others."""
    return hashlib.sha256(b"zhulian name" + _seed(_folder(), name)).hexdigest()[:12]
