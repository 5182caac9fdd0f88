"""A bureau, a firm, and the other side of each channel: an HTTP and an SMTP server of our own."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from server.campaigns.world import checked, home, ordered
from server.decisions.world import Office, office, proposed
from zhulian.server.common import dispatch, jobs
from zhulian.server.messages import sending
from zhulian.server.messages.models import Channel, Notice
from zhulian.server.messages.services import Wanted, channel_create

__all__ = ["checked", "home", "office", "ordered", "proposed"]
HOOK = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789abcdef"


class Robot:
    """A chat robot's address: keeps what it gets, answers as told."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.answers: list[int] = []
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                robot.got.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(robot.answers.pop(0) if robot.answers else 200)
                self.send_header("Location", "http://169.254.169.254/")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def robot(monkeypatch) -> Iterator[Robot]:
    """Apprise's WeCom robot, led to our own server."""
    from apprise.plugins.wecombot import NotifyWeComBot

    found = Robot()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # a proxy of the machine has no part in this
    monkeypatch.setattr(NotifyWeComBot, "notify_url", f"{found.url}/send?key={{key}}")
    yield found
    found.server.shutdown()
    found.server.server_close()


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to hand over one message."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.got.append(b"".join(lines))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def mailbox(settings) -> Iterator[list[bytes]]:
    """What the operator's mail server got."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp)
    server.daemon_threads = True
    server.got = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.MAIL = f"mailto://127.0.0.1:{server.server_address[1]}?from=zhulian@example.cn&mode=insecure"
    yield server.got  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


@pytest.fixture
def signed_in(office: Office) -> Callable[[str], Client]:
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(office.people[who], backend=django_settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in


def channel(office: Office, who: str = "firm", *, unit: int | None = None, **more: Any) -> Channel:
    wanted = {"kind": "wecom", "name": "工作群", "address": HOOK} | more
    return channel_create(wanted=Wanted(**wanted), user=office.people[who], unit=unit)


def carry_on() -> None:
    while dispatch.events_dispatch():
        pass


def send_all() -> None:
    """Run the sending job as the worker would, until nothing is due."""
    view = jobs.JobView(1, sending.JOB, {}, {}, 0, None, "system:messages")
    while not sending.send(view).finished:
        pass


def heard(who: Any) -> list[str]:
    """Types of what somebody was told, in order."""
    return list(Notice.objects.filter(user=who).order_by("pk").values_list("type", flat=True))
