"""Outside witnesses (见证方) of our checkpoints, as the policy file names them (C2SP tlog-witness, as a client).

A checkpoint is published only when the policy's quorum has cosigned it; until then the last published one stands, and
the next round asks again. Without a policy file nobody is asked, and the page of the ledger says so.
"""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import LedgerError, Note
from zhulian.core.ledger.policy import Policy, Witness, parse
from zhulian.server.notary import trees
from zhulian.server.notary.models import Checkpoint

log = structlog.get_logger(__name__)

_SECONDS: Final = 5
_LONGEST: Final = 1 << 16
_OTHER_SIZE: Final = 409


def policy() -> Policy:
    """The policy of this installation; the empty one asks nobody.

    Raises:
        ZhulianError: `ledger.policy` when the file cannot be read.
    """
    if not settings.LEDGER_POLICY:
        return Policy()
    try:
        return parse(Path(settings.LEDGER_POLICY).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, LedgerError) as error:
        raise ZhulianError("ledger.policy", detail=error) from None


def cosigned(checkpoint: Checkpoint) -> str | None:
    """The note with the cosignatures that could be had; None while the quorum has not signed."""
    rules = policy()
    note = Note.parse(checkpoint.note)
    have = rules.signed_by(note)
    for witness in rules.witnesses:
        if witness.name not in have and witness.url and checkpoint.suite == "sha256":
            note = _with(witness, checkpoint, note)
    if str(note) != checkpoint.note:
        Checkpoint.objects.filter(pk=checkpoint.pk).update(note=str(note))
    if checkpoint.suite == "sha256" and not rules.satisfied(note):
        log.warning("ledger.quorum_missing", size=checkpoint.size, signed=sorted(rules.signed_by(note)))
        return None
    return str(note)


def _with(witness: Witness, checkpoint: Checkpoint, note: Note) -> Note:
    """The note with this witness's line, or as it was when the witness does not answer or signs something else."""
    try:
        answer = _ask(witness, checkpoint, note)
        signed = note.signed(answer)
        witness.key.check(signed)
    except (OSError, ValueError) as error:
        log.warning("ledger.witness_failed", witness=witness.name, error=str(error)[:200])
        return note
    return signed


def _ask(witness: Witness, checkpoint: Checkpoint, note: Note) -> str:
    """Ask for a cosignature; a witness that knows another size is asked again from there."""
    known = 0
    for _ in range(2):
        hashes = trees.prove_growth(known, checkpoint) if 0 < known < checkpoint.size else []
        lines = [f"old {known}", *(base64.b64encode(each).decode() for each in hashes), "", str(note)]
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked by `_address`
            _address(witness), data="\n".join(lines).encode(), headers={"Content-Type": "text/plain"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
                return str(answer.read(_LONGEST).decode())
        except urllib.error.HTTPError as error:
            if error.code != _OTHER_SIZE or known:
                raise
            known = int(error.read(20).decode().strip())
            if not 0 < known <= checkpoint.size:
                raise LedgerError("witness.size", f"{witness.name} knows {known} leaves of us") from None
    raise LedgerError("witness.size", f"{witness.name} does not come to terms")


def _address(witness: Witness) -> str:
    """Where cosignatures are asked for. The operator's own file names it, so any host is fine; other schemes are not."""
    if not witness.url.startswith(("https://", "http://")):
        raise LedgerError("witness.url", f"{witness.url[:80]} is no web address")
    return witness.url.rstrip("/") + "/add-checkpoint"
