"""Evidence bundles (证据包): a matter's documents, its leaves, their proofs, the verifier, in one file readable offline.

The form is `zhulian-evidence/1`; `verifier/` checks it without us. An app gathers what belongs to a matter of its own,
within what the reader may see, as a :class:`matters.Matter`; this module knows none of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts import selectors as accounts
from zhulian.server.common import clock
from zhulian.server.notary import keys, opening, sequencing, trees, wording
from zhulian.server.notary.matters import Matter
from zhulian.server.notary.models import Checkpoint, Leaf, Opening

FORMAT: Final = "zhulian-evidence/1"
_VERIFIER: Final = "zhulian_verify.py"


@dataclass(frozen=True, slots=True)
class Line:
    """A step of the timeline."""

    index: int
    at: dt.datetime
    action: str
    words: str
    actor: str
    subject: str


def answer(request: HttpRequest, matter: Matter) -> HttpResponse:
    """The bundle as a download, for the purpose and with the openings that the form of `notary/_bundle.html` says.

    Raises:
        ZhulianError: `opening.ground`, `opening.purpose`, and what `made` raises.
    """
    openings = request.POST.get("openings") == "yes"
    user: Any = request.user
    opener = opening.begin(
        action="notary.bundle.make",
        actor=user.actor,
        subject=matter.subjects[0],
        purpose=opening.asked(request.POST),
        data={"kind": matter.kind, "number": matter.number, "openings": "yes" if openings else "no"},
    )
    body, _ = made(matter, opener if openings else None)
    response = HttpResponse(body, content_type="application/zip")
    name = f"证据包 {matter.title} {clock.today()}.zip"
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response.headers["Cache-Control"] = "no-store"
    return response


def made(matter: Matter, opener: opening.Opener | None) -> tuple[bytes, int]:
    """The zip file, and how many leaves it proves; with an opener also the personal values that leaves committed to.

    What waits is sequenced first, so the newest step is in it. Files are stored, not packed: any reader opens them.

    Raises:
        ZhulianError: `ledger.no_leaf` for a matter without a step; what `sequencing.settle` raises.
    """
    checkpoint = sequencing.settle()
    leaves = list(Leaf.objects.filter(subject__in=matter.subjects, index__isnull=False).order_by("index"))
    if checkpoint is None or not leaves:
        raise ZhulianError("ledger.no_leaf", what=matter.title)
    files = _proofs(leaves, checkpoint)
    files |= {f"documents/{paper.path}": paper.body for paper in matter.papers}
    if opener:
        files["openings.json"] = _json(_opened(leaves, opener))
    lines = _lines(leaves)
    files["timeline.json"] = _json([_told(line) for line in lines])
    context = {
        "matter": matter,
        "lines": lines,
        "checkpoint": checkpoint,
        "made_at": clock.now(),
        "openings": opener is not None,
    }
    files["index.html"] = render_to_string("notary/bundle.html", context).encode()
    files["style.css"] = (Path(__file__).parent / "static" / "notary" / "bundle.css").read_bytes()
    files[_VERIFIER] = _verifier()
    listing = _listing(matter, leaves, checkpoint, openings=opener is not None)
    listing["files"] = {name: hashlib.sha256(raw).hexdigest() for name, raw in sorted(files.items())}
    return _zipped({"bundle.json": _json(listing), **files}), len(leaves)


def _proofs(leaves: Sequence[Leaf], checkpoint: Checkpoint) -> dict[str, bytes]:
    out = {
        "checkpoint.txt": checkpoint.note.encode(),
        "log.vkey": f"{keys.log_signer(checkpoint.origin).verifier}\n".encode(),
    }
    for leaf in leaves:
        out[f"leaves/{leaf.index}.json"] = leaf.content.encode()
        out[f"proofs/{leaf.index}.tlog-proof"] = str(trees.prove(leaf, checkpoint)).encode()
    return out


def _opened(leaves: Sequence[Leaf], opener: opening.Opener) -> list[dict[str, Any]]:
    """Salts and values of what these leaves committed to; what was erased is missing, and its leaf is proven still."""
    places = {leaf.pk: leaf.index for leaf in leaves}
    rows = Opening.objects.filter(leaf__in=places).order_by("pk")
    return [
        {"index": places[row.leaf_id], "commitment": row.commitment, "salt": row.salt, "value": opener.text(row.value)}
        for row in rows
    ]


def _lines(leaves: Sequence[Leaf]) -> list[Line]:
    names = accounts.names_of_actors(leaf.actor for leaf in leaves)
    return [
        Line(leaf.index or 0, leaf.at, leaf.action, wording.words(leaf.action), names[leaf.actor], leaf.subject)
        for leaf in leaves
    ]


def _told(line: Line) -> dict[str, Any]:
    return {
        "index": line.index,
        "at": line.at.isoformat(),
        "action": line.action,
        "words": line.words,
        "actor": line.actor,
        "subject": line.subject,
    }


def _listing(matter: Matter, leaves: Sequence[Leaf], checkpoint: Checkpoint, *, openings: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": matter.kind,
        "number": matter.number,
        "title": matter.title,
        "made_at": clock.now().isoformat(),
        "origin": checkpoint.origin,
        "checkpoint": "checkpoint.txt",
        "key": "log.vkey",
        "leaves": [
            {"index": leaf.index, "leaf": f"leaves/{leaf.index}.json", "proof": f"proofs/{leaf.index}.tlog-proof"}
            for leaf in leaves
        ],
        "documents": [
            {
                "path": f"documents/{paper.path}",
                "title": paper.title,
                "sha256": hashlib.sha256(paper.body).hexdigest(),
            }
            for paper in matter.papers
        ],
        "openings": "openings.json" if openings else None,
    }


def _verifier() -> bytes:
    return (Path(settings.STATICFILES_DIRS[0]) / "vendor" / _VERIFIER).read_bytes()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for name, raw in files.items():
            bundle.writestr(zipfile.ZipInfo(name, clock.now().timetuple()[:6]), raw)
    return out.getvalue()
