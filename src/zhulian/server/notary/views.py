"""The ledger before the public: nothing here tells what a leaf says, only that it stands where it stood."""

from __future__ import annotations

import base64
import re
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
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


WORDS: Final = {
    "holds": _("成立"),
    "refuted": _("不成立"),
    "unreadable": _("不能读取"),
    "bundle": _("账本 {origin}，签名时有 {size} 条留痕。"),
    "leaves": _("{leaves} 条留痕都在册，内容没有改动。"),
    "openings": _("打开的个人信息 {openings} 项，与留痕里的承诺一致。"),
    "document": _("文书“{title}”：摘要写在留痕里，内容没有改动。"),
    "document_alone": _("文件“{title}”：与目录相符；留痕里没有它的摘要，不能说明当时就是这份。"),
    "witness": _("见证方 {name} 于 {at} 会签。"),
    "own_key": _("公钥取自包内：只说明包内前后一致。要确认出自哪个机关，请填写从该机关得到的公钥后再核验一次。"),
    "inclusion": _("这条留痕是账本（{size} 条）的第 {index} 条，内容没有改动。"),
    "consistency": _("较晚的账本（{second} 条）原样包含较早的账本（{first} 条）。"),
    "key_needed": _("请填写账本的公钥。"),
    "note.key": _("公钥不完整，或者不是公钥：写作 名称+编号+内容，一行。"),
    "note.unsigned": _("检查点不是这把公钥对应的账本签的：公钥不对，或者不是这个账本的文件。"),
    "note.signature": _("签名与内容不符：检查点被改动过。"),
    "proof.refuted": _("算不到签名的树根：内容或者证明被改动过，或者不是一套。"),
    "bundle.digest": _("有文件与目录里的摘要不符：文件被改动过。"),
    "bundle.surplus": _("包里有目录没有列出的文件。"),
    "bundle.missing": _("包里缺少目录列出的文件。"),
    "bundle.form": _("不是筑联的证据包，或者文件损坏了。"),
    "bundle.document": _("文书与目录里的不是同一份。"),
    "bundle.opening": _("打开的个人信息与留痕里的承诺不符。"),
    "other": _("文件不符合格式，或者被改动过。"),
}
"""What the page says, by what the verifier found; the rest is told by its code."""


@public
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """核验: anybody checks a bundle or a proof in the browser."""
    return render(request, "notary/verify.html", {"words": {name: str(text) for name, text in WORDS.items()}})


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
    except (UnicodeDecodeError, RawPostDataException):  # no text, or sent as a form
        return HttpResponse(status=400)
    answer = witnessing.answer(body)
    return HttpResponse(answer.body, status=answer.status, content_type=answer.kind)
