"""Signatures of requests between programs: HMAC-SHA256 over method, target, time, nonce and body. Pure.

The target is the path as the address writes it, and `?` with the query where there is one: nothing of what a receiver
reads to decide stands outside the signature.

The same in both directions: what is pushed to us and what we send. `docs/api.md` shows it in ten lines of Python.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

WINDOW_SECONDS: Final = 300
"""A request older or younger than this is refused, so nonces need not be kept for ever."""
KEY_HEADER: Final = "Zhulian-Key"
TIME_HEADER: Final = "Zhulian-Timestamp"
NONCE_HEADER: Final = "Zhulian-Nonce"
SIGNATURE_HEADER: Final = "Zhulian-Signature"
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_TIME: Final = re.compile(r"[0-9]{1,12}")

_AGAIN: Final = "请按接口文档「推送事件」一节重新签名后发送"
register(
    ErrorKind("signature.header", "请求头 {header} 缺失或格式不对", _AGAIN, 401),
    ErrorKind("signature.wrong", "签名不正确，或接入编号不存在、已停用", _AGAIN, 401),
    ErrorKind(
        "signature.time",
        "请求时间与服务器时间相差超过 {limit} 秒",
        "请校准发送方的时钟（NTP），按现在的时间重新签名后发送",
        401,
    ),
    ErrorKind("signature.replayed", "这个请求已经收到过（随机串重复）", "请换一个随机串重新签名后发送", 401),
)


@dataclass(frozen=True, slots=True)
class Signed:
    """What the headers of a signed request say."""

    key: str
    timestamp: int
    nonce: str
    signature: str


def signature(secret: str, *, method: str, target: str, timestamp: int, nonce: str, body: bytes) -> str:
    """The signature of a request, hex."""
    digest = hashlib.sha256(body).hexdigest()
    text = "\n".join((method.upper(), target, str(timestamp), nonce, digest))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed(headers: Mapping[str, str]) -> Signed:
    """The headers of a signed request, well-formed.

    Raises:
        ZhulianError: `signature.header`.
    """
    key, time, nonce, found = (
        _header(headers, name, pattern)
        for name, pattern in (
            (KEY_HEADER, _KEY),
            (TIME_HEADER, _TIME),
            (NONCE_HEADER, _NONCE),
            (SIGNATURE_HEADER, re.compile(r"[0-9a-f]{64}")),
        )
    )
    return Signed(key, int(time), nonce, found)


def _header(headers: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = headers.get(name, "")
    if not pattern.fullmatch(value):
        raise ZhulianError("signature.header", header=name)
    return value


def in_time(timestamp: int, now: float) -> None:
    """Refuses what was signed too long ago, or in the future.

    Raises:
        ZhulianError: `signature.time`.
    """
    if abs(now - timestamp) > WINDOW_SECONDS:
        raise ZhulianError("signature.time", limit=WINDOW_SECONDS)


def fits(found: Signed, secret: str, *, method: str, target: str, body: bytes) -> bool:
    """Whether a signature is the secret's, compared in constant time."""
    wanted = signature(secret, method=method, target=target, timestamp=found.timestamp, nonce=found.nonce, body=body)
    return hmac.compare_digest(wanted, found.signature)
