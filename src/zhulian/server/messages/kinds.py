"""The kinds of channels that may be set up (允许的通道): a table, and nothing beside it is ever sent to.

What a person gives is matched whole by a pattern of its kind, and only the token that the pattern takes out of it goes
into the address that apprise is handed. So nobody chooses a scheme, a host, a port or an option: robots lead to
the four hosts that apprise knows by name, e-mail to the operator's mail server. The one kind whose address is free,
`json`, is sent by our own sender, which looks at every address of the host and connects to the one it looked at.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.events import addresses

if TYPE_CHECKING:
    import apprise

register(
    ErrorKind(
        "channel.kind",
        "没有「{kind}」这种消息通道，或者没有开通",
        "请从列出的类型中选择；邮件须由运维人员设置邮件服务器",
    ),
    ErrorKind("channel.address", "{label}的地址不对", "应为：{expected}"),
)

TIMEOUT: Final = 10.0
"""Seconds for connecting and for the answer."""
_ERROR_LIMIT: Final = 300


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of channel. `pattern` takes the token out of what is given; `scheme` is apprise's, empty: sent by us."""

    label: str
    expected: str
    scheme: str = ""
    pattern: re.Pattern[str] = re.compile(r".*")


def _robot(label: str, scheme: str, native: str, token: str, shown: str) -> Kind:
    return Kind(label, shown, scheme, re.compile(rf"(?:{re.escape(native)}|{scheme}://)(?P<token>{token})/?"))


_WECOM: Final = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="
_DINGTALK: Final = "https://oapi.dingtalk.com/robot/send?access_token="
_FEISHU: Final = "https://open.feishu.cn/open-apis/bot/v2/hook/"
_LARK: Final = "https://open.larksuite.com/open-apis/bot/v2/hook/"

KINDS: Final[Mapping[str, Kind]] = {
    "email": Kind("电子邮件", "一个邮箱地址", "mailto"),
    "wecom": _robot("企业微信群机器人", "wecombot", _WECOM, r"[A-Za-z0-9_-]{8,80}", f"{_WECOM}…"),
    "dingtalk": _robot(
        "钉钉群机器人",
        "dingtalk",
        _DINGTALK,
        r"[A-Za-z0-9]{8,120}(?: +SEC[A-Za-z0-9]{8,120})?",
        f"{_DINGTALK}…，设了加签的，空一格后填写 SEC 开头的密钥",
    ),
    "feishu": _robot("飞书群机器人", "feishu", _FEISHU, r"[A-Za-z0-9_-]{8,80}", f"{_FEISHU}…"),
    "lark": _robot("Lark 群机器人", "lark", _LARK, r"[A-Za-z0-9-]{8,80}", f"{_LARK}…"),
    "json": Kind("自有系统（JSON）", "公网上的 https 地址，内网主机须由运维人员列入 ZHULIAN_WEBHOOK_HOSTS"),
}


def offered() -> list[tuple[str, str]]:
    """Kinds that this installation can send by, with their labels."""
    return [(name, kind.label) for name, kind in KINDS.items() if name != "email" or settings.MAIL]


def token_of(kind: str, given: str) -> str:
    """What is stored of what somebody gave: the token, the mailbox or the https address.

    Raises:
        ZhulianError: `channel.kind`, `channel.address`, `webhook.url`.
    """
    if kind not in dict(offered()):
        raise ZhulianError("channel.kind", kind=kind)
    return _TOKENS.get(kind, _robot_token)(kind, given.strip())


def _mailbox(kind: str, given: str) -> str:
    try:
        validate_email(given)
    except ValidationError:
        raise _refused(kind) from None
    return given


def _address(_kind: str, given: str) -> str:
    addresses.url_check(given)
    return given


def _robot_token(kind: str, given: str) -> str:
    found = KINDS[kind].pattern.fullmatch(given)
    if found is None:
        raise _refused(kind)
    return found["token"]


_TOKENS: Final[Mapping[str, Callable[[str, str], str]]] = {"email": _mailbox, "json": _address}


def _refused(kind: str) -> ZhulianError:
    return ZhulianError("channel.address", label=KINDS[kind].label, expected=KINDS[kind].expected)


def masked(kind: str, token: str) -> str:
    """What is shown of an address once it is stored."""
    if kind == "email":
        name, _, domain = token.partition("@")
        return f"{name[:1]}***@{domain}"[:100]
    if kind == "json":
        return f"https://{token.split('/')[2].rpartition('@')[2]}/***"[:100]
    return f"***{token[-4:]}"


def send(kind: str, token: str, *, title: str, link: str) -> str:
    """Send a title and a link; empty when it was taken, else what went wrong. Never raises for the other side."""
    if kind == "json":
        return _posted(token, title, link)
    import apprise

    address = _target(kind, token)
    asset = apprise.AppriseAsset(app_id="Zhulian", app_desc="Zhulian", http_redirects=False, async_mode=False)
    target = apprise.Apprise.instantiate(address, asset=asset) if address else None
    if not isinstance(target, apprise.NotifyBase):
        return "通道没有开通，或者地址已经不能使用"
    target.socket_connect_timeout = target.socket_read_timeout = TIMEOUT
    return _sent(target, title, link, token)


def _sent(target: apprise.NotifyBase, title: str, link: str, token: str) -> str:
    import apprise

    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as log:  # type: ignore[no-untyped-call]
        try:
            good = target.notify(body=link or "请登录筑联查看。", title=title)
        except Exception as error:  # noqa: BLE001 - whatever a part of apprise raises is an attempt that failed
            return f"{type(error).__name__}"[:_ERROR_LIMIT]
        said = log.getvalue().strip().replace(token, "***")
    return "" if good else (" ".join(said.split()) or "没有发出")[:_ERROR_LIMIT]


def _target(kind: str, token: str) -> str:
    """The address as apprise reads it, made of our own table and the token."""
    if kind == "email":
        base = settings.MAIL
        mail = base.startswith(("mailto://", "mailtos://"))
        return f"{base}{'&' if '?' in base else '?'}to={quote(token, safe='')}" if mail else ""
    if kind == "dingtalk":
        access, _, secret = token.partition(" ")
        return f"dingtalk://{secret.strip()}@{access}/" if secret else f"dingtalk://{access}/"
    return f"{KINDS[kind].scheme}://{token}/"


def _posted(url: str, title: str, link: str) -> str:
    try:
        place = addresses.place_of(url)
    except ZhulianError as error:
        return f"地址不能使用：{error.params['detail']}"
    body = json.dumps({"title": title, "url": link}, ensure_ascii=False).encode()
    reply = addresses.post(place, body=body, headers={"Content-Type": "application/json; charset=utf-8"})
    return "" if reply.good else reply.error or "没有应答"
