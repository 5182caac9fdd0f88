"""Where we may send: public addresses over https, looked up once and connected to as looked up.

An address typed by an administrator must not lead into the network behind us (SSRF): every address of the host is
looked at, the connection goes to the one that was looked at (so a name that changes in between leads nowhere else),
and no redirect is followed. Hosts inside are allowed by name in `settings.WEBHOOK_HOSTS`.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

TIMEOUT: Final = 10
"""Seconds for connecting and for each part of the answer."""
_ANSWER_LIMIT: Final = 4096
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

register(
    ErrorKind(
        "webhook.url",
        "接收地址「{url}」不能使用：{detail}",
        "请填写公网上的 https 地址；内网主机须由运维人员列入 ZHULIAN_WEBHOOK_HOSTS",
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """A checked address: host and port as written, where to connect, path with query."""

    scheme: str
    host: str
    port: int
    path: str
    connect_to: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int | None
    error: str
    milliseconds: int

    @property
    def good(self) -> bool:
        """Taken by the other side."""
        return self.status is not None and 200 <= self.status < 300


def url_check(url: str) -> None:
    """Refuses an address by its form, without looking anything up.

    Raises:
        ZhulianError: `webhook.url`.
    """
    _parts(url)


def place_of(url: str) -> Place:
    """Where an address leads now.

    Raises:
        ZhulianError: `webhook.url` when it, or any address of its host, is not allowed or not found.
    """
    scheme, host, port, path = _parts(url)
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise _refused(url, "主机名解析不到地址") from None
    if host not in settings.WEBHOOK_HOSTS and not all(_is_public(address) for address in found):
        raise _refused(url, "主机在内网或本机")
    return Place(scheme, host, port, path, found[0])


def _parts(url: str) -> tuple[str, str, int, str]:
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > 500:
        raise _refused(url[:100], "含有不允许的字符，或超过 500 字符")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _refused(url, "不是网址") from None
    if not host or parts.username is not None or parts.fragment:
        raise _refused(url, "没有主机名，或带有用户名、#")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in settings.WEBHOOK_HOSTS):
        raise _refused(url, "不是 https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path


def _refused(url: str, detail: str) -> ZhulianError:
    return ZhulianError("webhook.url", url=url, detail=detail)


def _is_public(address: str) -> bool:
    """Whether an address lies on the open network; one that carries an IPv4 address inside does not."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip in _NAT64):
        return False
    return ip.is_global and not ip.is_multicast


class _Https(http.client.HTTPSConnection):
    """Connects to the address that was looked at; the certificate must be the host's."""

    def __init__(self, place: Place) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(place.host, place.port, timeout=TIMEOUT, context=self._tls)
        self.place = place

    def connect(self) -> None:
        plain = socket.create_connection((self.place.connect_to, self.place.port), TIMEOUT)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.place.host)


class _Http(http.client.HTTPConnection):
    """The same without TLS, for hosts that the settings allow."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.host, place.port, timeout=TIMEOUT)
        self.place = place

    def connect(self) -> None:
        self.sock = socket.create_connection((self.place.connect_to, self.place.port), TIMEOUT)


def post(place: Place, *, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send, and tell what came back. Never raises for what the other side or the network does."""
    started = time.monotonic()
    connection = _Https(place) if place.scheme == "https" else _Http(place)
    status, error = None, ""
    try:
        connection.request("POST", place.path, body, dict(headers))
        answer = connection.getresponse()
        status = answer.status
        answer.read(_ANSWER_LIMIT)
        if not 200 <= status < 300:
            error = f"应答 {status}"
    except (OSError, http.client.HTTPException) as problem:
        error = f"{type(problem).__name__}：{problem}"[:300]
    finally:
        connection.close()
    return Reply(status, error, int((time.monotonic() - started) * 1000))
