"""`POST /api/v1/events`: other systems push what happened, signed, a batch at a time.

The body is a CloudEvents batch: a JSON array of objects with `type` and `data`. It is read here and not by ninja,
because the signature is over its bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.linkage import EVENT_TYPES
from zhulian.core.linkage.events import EXPECTED
from zhulian.server.assessments.schemas import Problem
from zhulian.server.common import clock
from zhulian.server.common.permissions import keyed, public
from zhulian.server.common.rows import unrestricted
from zhulian.server.events import services, signing, systems
from zhulian.server.events.pushing import BATCH

KEY_HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,80}")

register(
    ErrorKind(
        "push.key", "请求头 Idempotency-Key 缺失或格式不对", "请为每批填写 1 至 80 个可见字符，重发同一批时不变", 400
    ),
    ErrorKind("push.json", "请求体不是事件数组：{detail}", "请发送 JSON 数组，每项含 type 和 data", 400),
    ErrorKind("push.size", "一批有 {found} 条，应为 1 至 {limit} 条", "请拆成几批，每批换一个 Idempotency-Key", 413),
)


class Wrong(Schema):
    """One thing that is wrong with an item."""

    field: str = Field(description="字段名；整条有误的为空")
    code: str
    message: str
    cure: str


class Item(Schema):
    """What became of one item."""

    index: int = Field(description="在这一批中的位置，从 0 起")
    id: str = Field(description="推送方给的 id")
    type: str
    status: str = Field(description="accepted 已采纳；known 此前已有（重复报告）；refused 未采纳")
    event: str | None = Field(description="事件编号；登记为数据行的，稍后由登记簿产生事件，此处为空")
    errors: list[Wrong]


class Answer(Schema):
    """A batch, item by item."""

    accepted: int
    known: int
    refused: int
    items: list[Item]


class EventField(Schema):
    """One field of a type."""

    name: str
    label: str
    kind: str
    required: bool
    options: list[str]
    expected: str


class EventKind(Schema):
    """One type of event."""

    name: str
    label: str
    domain: str
    pushed: bool = Field(description="是否接受推送")
    key: list[str] = Field(description="这些字段都相同的两次报告是同一件事")
    fields: list[EventField]


_HEADERS: Final = (
    (signing.KEY_HEADER, "接入编号"),
    (signing.TIME_HEADER, "签名时间，Unix 秒"),
    (signing.NONCE_HEADER, "随机串，16 至 64 个字母、数字、-、_"),
    (signing.SIGNATURE_HEADER, "HMAC-SHA256，十六进制"),
    (KEY_HEADER, "幂等键，重发同一批时不变"),
)
_EXTRA: Final[dict[str, Any]] = {
    "parameters": [
        {"in": "header", "name": name, "required": True, "description": text, "schema": {"type": "string"}}
        for name, text in _HEADERS
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": BATCH,
                    "items": {
                        "type": "object",
                        "required": ["type", "data"],
                        "properties": {
                            "id": {"type": "string"},
                            "type": {"type": "string", "enum": list(systems.PUSHED_TYPES)},
                            "data": {"type": "object"},
                        },
                    },
                }
            }
        },
    },
}

router = Router(tags=["事件"])


@router.post(
    "/events",
    response={
        200: Answer,
        207: Answer,
        400: Problem,
        401: Problem,
        409: Problem,
        413: Problem,
    },
    summary="推送事件",
    openapi_extra=_EXTRA,
)
@keyed
def push(request: HttpRequest, response: HttpResponse) -> Any:
    """Take a batch in: 200 when all items were taken or known, 207 when some were refused."""
    try:
        body = request.body
    except RequestDataTooBig:
        raise ZhulianError("request.too_large") from None
    system = systems.signer(request, body)
    key = request.headers.get(KEY_HEADER, "")
    if not _KEY.fullmatch(key):
        raise ZhulianError("push.key")
    with unrestricted("a program that signs speaks for its source: what it sends may be of any enterprise"):
        answer, again = services.push_take(
            system=system, key=key, digest=hashlib.sha256(body).hexdigest(), items=_items(body), at=clock.now()
        )
    response["Idempotency-Replayed"] = "true" if again else "false"
    return Status(207 if answer["refused"] else 200, answer)


@router.get("/event-types", response=list[EventKind], summary="事件目录")
@public
def event_types(request: HttpRequest) -> Any:  # noqa: ARG001 - ninja's signature
    """Every type of event with its fields, those that may be pushed first."""
    found = sorted(EVENT_TYPES.values(), key=lambda kind: not kind.pushed)
    return [
        {
            "name": kind.name,
            "label": kind.label,
            "domain": kind.domain.value,
            "pushed": kind.pushed,
            "key": list(kind.key),
            "fields": [
                {
                    "name": field.name,
                    "label": field.label,
                    "kind": field.kind.value,
                    "required": field.required,
                    "options": list(field.options),
                    "expected": "、".join(field.options) or EXPECTED[field.kind],
                }
                for field in kind.fields
            ],
        }
        for kind in found
    ]


def _items(body: bytes) -> list[Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ZhulianError("push.json", detail="不是完整的 JSON") from None
    if not isinstance(found, list):
        raise ZhulianError("push.json", detail="最外层不是数组")
    if not 1 <= len(found) <= BATCH:
        raise ZhulianError("push.size", found=len(found), limit=BATCH)
    return found
