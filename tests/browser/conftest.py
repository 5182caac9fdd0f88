"""A served town, and Chromium to look at it. One town and one browser for the whole session."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHROMIUM = os.environ.get("ZHULIAN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Town:
    """Where the town is served, and examples of what is in it (town.py)."""

    url: str
    home: Path
    examples: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.examples[name]


@dataclass
class Visit:
    """A page under watch: console errors, refused by the content security policy, failed requests."""

    page: Page
    town: Town
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def _said(self, message: Any) -> None:
        # A page that is meant to be an error page says so itself; the test checks its status.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    def _failed(self, request: Any) -> None:
        # Going on to the next page aborts what the last one was still loading; the tab's icon is the browser's own wish.
        icon = request.url.endswith("/favicon.svg") and request.failure == "net::ERR_INTERNET_DISCONNECTED"
        if request.failure != "net::ERR_ABORTED" and not icon:
            self.problems.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.problems.append(f"{response.status}: {response.url}")

    def open(self, path: str, *, status: int = 200) -> Page:
        """Go to a path of the town; its answer must have the status."""
        response = self.page.goto(self.town.url + path)
        assert response is not None
        assert response.status == status, path
        return self.page

    def sign_in(self, username: str) -> Page:
        """Sign in with a demo account."""
        self.open("/login")
        self.page.fill("main [name=username]", username)
        self.page.fill("main [name=password]", f"zhulian-{username}")
        self.page.click("main form button")
        self.page.wait_for_url("**/home")
        return self.page

    def wider_than_the_screen(self) -> list[str]:
        """Elements that stick out, when the page scrolls sideways."""
        return self.page.evaluate(
            """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
               [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
               .slice(0, 5).map((e) => `${e.tagName}.${e.className} in ${location.pathname}`)
               .concat([`page ${location.pathname}: ${document.documentElement.scrollWidth} px`])"""
        )


@contextlib.contextmanager
def served(home: Path) -> Iterator[Town]:
    """Make a town in a home and serve it while the block runs."""
    made = subprocess.run(
        [sys.executable, HERE / "town.py", home], env=environment(home), stdout=subprocess.PIPE, check=True, text=True
    )
    with serving(home, json.loads(made.stdout.splitlines()[-1])) as town:
        yield town


def copied(town: Town, home: Path) -> None:
    """A copy of a town's home as it is now, also while it is served."""
    shutil.copytree(town.home, home, ignore=shutil.ignore_patterns("*.sqlite3*", "server.log"), dirs_exist_ok=True)
    with (
        contextlib.closing(sqlite3.connect(town.home / "zhulian.sqlite3")) as one,
        contextlib.closing(sqlite3.connect(home / "zhulian.sqlite3")) as other,
    ):
        one.backup(other)


@contextlib.contextmanager
def served_again(town: Town, home: Path) -> Iterator[Town]:
    """Serve a copy of a town as it is now, for whoever moves its clock or decides its matters."""
    copied(town, home)
    with serving(home, town.examples) as again:
        yield again


def environment(home: Path) -> dict[str, str]:
    environment = os.environ | {
        "ZHULIAN_HOME": str(home),
        "ZHULIAN_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "zhulian.server.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    environment.pop("ZHULIAN_DATABASE", None)
    return environment


@contextlib.contextmanager
def serving(home: Path, examples: dict[str, Any]) -> Iterator[Town]:
    """Serve a home that has its town while the block runs."""
    assert (ROOT / "src/zhulian/server/static/vendor/tabler.min.css").exists(), "run `npm ci && npm run build` first"
    port = _free_port()
    serve = [Path(sys.executable).parent / "zhulian", "serve", "--port", str(port)]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(serve, env=environment(home), stdout=log, stderr=log)
    try:
        _wait(port, server, home / "server.log")
        yield Town(f"http://127.0.0.1:{port}", home, examples)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with served(tmp_path_factory.mktemp("home")) as one:
        yield one


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        message = "Chromium is missing: install it (Debian: apt-get install chromium) or set ZHULIAN_CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, town: Town) -> Iterator[Callable[..., Visit]]:
    """Make visits with a given viewport; afterwards no page may have had a problem."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def visit(viewport: dict[str, int]) -> Visit:
        context = chromium.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        visits.append(Visit(context.new_page(), town))
        return visits[-1]

    yield visit
    problems = [problem for one in visits for problem in one.problems]
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def desktop(visitor: Callable[..., Visit]) -> Visit:
    return visitor(DESKTOP)


@pytest.fixture
def phone(visitor: Callable[..., Visit]) -> Visit:
    return visitor(PHONE)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    message = f"the server did not start:\n{log.read_text()[-3000:]}"
    raise RuntimeError(message)
