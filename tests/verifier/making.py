"""Trees, notes, proofs and bundles made by other means than the platform's: what the verifiers must understand."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.ledger import naive

NAME = "ledger.example/1"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class Maker:
    """A key of a log (kind 1) or a witness (kind 4)."""

    def __init__(self, name: str = NAME, seed: int = 1, kind: int = 1) -> None:
        self.name, self.private = name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.typed = bytes([kind]) + public
        self.id = hashlib.sha256(name.encode() + b"\n" + self.typed).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{b64(self.typed)}"

    def line(self, text: str, at: int | None = None) -> str:
        message = text if at is None else f"cosignature/v1\ntime {at}\n{text}"
        time = b"" if at is None else at.to_bytes(8, "big")
        return f"— {self.name} {b64(self.id + time + self.private.sign(message.encode()))}\n"

    def checkpoint(self, leaves: list[bytes], *, origin: str = "", size: int | None = None) -> str:
        text = f"{origin or self.name}\n{len(leaves) if size is None else size}\n{b64(naive.mth(leaves))}\n"
        return f"{text}\n{self.line(text)}"


def proof_of(index: int, leaves: list[bytes], checkpoint: str) -> str:
    lines = ["c2sp.org/tlog-proof@v1", f"index {index}", *map(b64, naive.path(index, leaves)), "", checkpoint]
    return "\n".join(lines)


def growth_of(first: int, leaves: list[bytes]) -> str:
    hashes = [b64(h) for h in naive.subproof(first, leaves)]
    return json.dumps({"format": "zhulian-consistency/1", "first": first, "second": len(leaves), "hashes": hashes})


SALT = bytes(range(32))
COMMITMENT = hashlib.sha256(SALT + "张三".encode()).hexdigest()
DOCUMENT = "责令限期改正通知书".encode()


def leaves_of_a_case() -> list[bytes]:
    told: list[dict[str, Any]] = [{"action": f"other.{n}", "data": {}} for n in range(9)]
    told[3] = {"action": "decisions.sign", "data": {"document": hashlib.sha256(DOCUMENT).hexdigest()}}
    told[5] = {"action": "personal.open", "data": {"who": {"commitment": COMMITMENT}}}
    return [json.dumps(t, sort_keys=True, separators=(",", ":")).encode() for t in told]


def parts(maker: Maker, witness: Maker | None = None) -> dict[str, bytes]:
    """The files of a good bundle, `bundle.json` left out."""
    leaves = leaves_of_a_case()
    note = maker.checkpoint(leaves)
    if witness is not None:
        note += witness.line(note.rpartition("\n\n")[0] + "\n", 1_700_000_000)
    out = {"checkpoint.txt": note.encode(), "log.vkey": f"{maker.vkey}\n".encode(), "documents/1.txt": DOCUMENT}
    for index in (3, 5):
        out[f"leaves/{index}.json"] = leaves[index]
        out[f"proofs/{index}.tlog-proof"] = proof_of(index, leaves, note).encode()
    opening = {"index": 5, "commitment": COMMITMENT, "salt": SALT.hex(), "value": "张三"}
    out["openings.json"] = json.dumps([opening]).encode()
    return out


def listing(files: dict[str, bytes]) -> dict[str, Any]:
    return {
        "format": "zhulian-evidence/1",
        "kind": "rectification",
        "number": "7",
        "made_at": "2025-06-02T09:00:00+08:00",
        "origin": NAME,
        "checkpoint": "checkpoint.txt",
        "key": "log.vkey",
        "leaves": [{"index": i, "leaf": f"leaves/{i}.json", "proof": f"proofs/{i}.tlog-proof"} for i in (3, 5)],
        "documents": [{"path": "documents/1.txt", "title": "通知书", "sha256": hashlib.sha256(DOCUMENT).hexdigest()}],
        "openings": "openings.json",
        "files": {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()},
    }


def zipped(files: dict[str, bytes], told: dict[str, Any] | bytes | None = None, *, packed: bool = False) -> bytes:
    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    listed = told if told is not None else listing(files)
    with zipfile.ZipFile(out, "w", method) as bundle:
        for name, raw in files.items():
            bundle.writestr(name, raw)
        bundle.writestr("bundle.json", listed if isinstance(listed, bytes) else json.dumps(listed))
    return out.getvalue()
