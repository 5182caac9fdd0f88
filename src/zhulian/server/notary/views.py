"""The ledger before the public: nothing here tells what a leaf says, only that it stands where it stood."""

from __future__ import annotations

import base64
import re
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import Verifier
from zhulian.core.ledger.hashing import SIZE
from zhulian.core.ledger.tiles import WIDTH
from zhulian.server.common.permissions import public
from zhulian.server.notary import keys, sequencing, trees, witnesses, witnessing
from zhulian.server.notary.models import Checkpoint, Head, Leaf, WitnessedLog

TEXT: Final = "text/plain; charset=utf-8"
_SHOWN: Final = 20
_NUMBER: Final = re.compile(r"(?:x(\d{3})/)*(\d{3})(?:\.p/(\d{1,3}))?")


@public
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """留痕账本: how long it is, what was signed, who witnesses, and how anybody checks."""
    rules = witnesses.policy()
    newest = trees.newest()
    context: dict[str, Any] = {
        "newest": newest,
        "heads": Head.objects.filter(suite__in=sequencing.suites()).order_by("suite"),
        "waiting": Leaf.objects.filter(index=None).count(),
        "key": _verifier("sha256") if newest else None,
        "checkpoints": Checkpoint.objects.filter(suite="sha256").order_by("-size")[:_SHOWN],
        "witnesses": rules.witnesses,
        "quorum": rules.quorum,
        "signed": rules.signed_by(trees.signed_note(newest)) if newest else frozenset(),
        "witness_key": keys.witness_signer().verifier,
        "witnessed": WitnessedLog.objects.order_by("origin"),
    }
    return render(request, "notary/ledger.html", context)


def _verifier(suite: str) -> Verifier:
    head = Head.objects.filter(suite=suite).first()
    return keys.log_signer(head.origin if head else keys.origin(suite)).verifier


@public
@require_safe
def checkpoint(_request: HttpRequest, suite: str) -> HttpResponse:
    """The newest checkpoint, as a signed note."""
    found = trees.newest(suite)
    if found is None:
        raise ZhulianError("request.not_found")
    response = HttpResponse(found.note, content_type=TEXT)
    response.headers["Cache-Control"] = "no-cache"
    return response


@public
@require_safe
def key(_request: HttpRequest, suite: str) -> HttpResponse:
    """The key that checks checkpoints. Whoever checks for real has it from elsewhere too."""
    return HttpResponse(f"{_verifier(suite)}\n", content_type=TEXT)


@public
@require_safe
def tile(_request: HttpRequest, suite: str, level: int, number: str) -> HttpResponse:
    """Hashes of a tile, 32 bytes each; `.p/<width>` for one that is not full."""
    match = _NUMBER.fullmatch(number)
    if match is None or level > 7:
        raise ZhulianError("request.not_found")
    groups = number.partition(".p/")[0].replace("x", "").split("/")
    width = int(match[3]) if match[3] else WIDTH
    held = trees.reader(suite)(level, int("".join(groups)[:15]))[: width * SIZE]
    if not width or len(held) != width * SIZE or (match[3] and width == WIDTH):
        raise ZhulianError("request.not_found")
    response = HttpResponse(held, content_type="application/octet-stream")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@public
@require_safe
def consistency(_request: HttpRequest, first: int) -> JsonResponse:
    """That the newest checkpoint continues the tree of the first so many leaves."""
    newest = trees.newest()
    if newest is None or not 0 < first <= newest.size:
        raise ZhulianError("request.not_found")
    hashes = [base64.b64encode(each).decode() for each in trees.prove_growth(first, newest)]
    proof = {"format": "zhulian-consistency/1", "first": first, "second": newest.size, "hashes": hashes}
    return JsonResponse({**proof, "checkpoint": newest.note})


@csrf_exempt  # programs sign their checkpoints; no session is looked at
@public
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """Cosign somebody's checkpoint (C2SP tlog-witness)."""
    try:
        body = request.body.decode()
    except UnicodeDecodeError:
        return HttpResponse(status=400)
    answer = witnessing.answer(body)
    return HttpResponse(answer.body, status=answer.status, content_type=answer.kind)
