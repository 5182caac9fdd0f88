"""The closed loop walked through the pages, by everybody who has a part in it: for the browser test and for the guide.

Each story is a function that takes a `Loop` and calls `loop.picture(visit, name)` where the guide shows a picture.
Nothing is written but through pages and the interfaces for other systems; only the business clock is moved by program.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.conftest import DESKTOP, PHONE, Town, Visit

PATIENCE = 60.0
"""Seconds within which what follows from a fact must be there."""
HANDLER, SIGNER = "province", "province4"
FORWARD = """
import datetime as dt, sys, django
django.setup()
from zhulian.server.common.services import clock_forward
clock_forward(by=dt.timedelta(days=int(sys.argv[1])), actor="system:walk")
"""


def no_picture(_visit: Visit, _name: str) -> None:
    """A test takes no pictures."""


@dataclass
class Loop:
    """A served town, and everybody signed in, each in a browser of his own."""

    browser: Browser
    town: Town
    picture: Callable[[Visit, str], None] = no_picture
    _visits: dict[str, Visit] = field(default_factory=dict)
    _contexts: list[BrowserContext] = field(default_factory=list)
    _days: int = 0

    def of(self, user: str, viewport: dict[str, int] = DESKTOP) -> Visit:
        """The browser of a user; without a name, the public's."""
        name = f"{user}-{viewport['width']}"
        if name not in self._visits:
            context = self.browser.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
            context.set_default_timeout(15_000)
            self._contexts.append(context)
            self._visits[name] = Visit(context.new_page(), self.town)
            if user:
                self._visits[name].sign_in(user)
        return self._visits[name]

    @property
    def problems(self) -> list[str]:
        """Whatever was wrong on any page."""
        return [problem for visit in self._visits.values() for problem in visit.problems]

    def close(self) -> None:
        """Close every browser."""
        for context in self._contexts:
            context.close()

    def today(self) -> dt.date:
        """The town's business day."""
        return (dt.datetime.now(dt.UTC) + dt.timedelta(hours=8, days=self._days)).date()

    def forward(self, days: int) -> None:
        """Let days pass."""
        environment = os.environ | {
            "ZHULIAN_HOME": str(self.town.home),
            "DJANGO_SETTINGS_MODULE": "zhulian.server.settings",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src"),
        }
        environment.pop("ZHULIAN_DATABASE", None)
        subprocess.run([sys.executable, "-c", FORWARD, str(days)], env=environment, check=True)
        self._days += days
        time.sleep(1.2)  # another process sees the moved clock after a second at most

    def until(self, visit: Visit, path: str, text: str) -> Page:
        """Open a page again and again until it says something: what follows is done by a worker."""
        deadline = time.monotonic() + PATIENCE
        while True:
            page = visit.open(path)
            if page.locator("main", has_text=text).count():
                return page
            if time.monotonic() > deadline:
                message = f"{path} never said {text}: {page.locator('main').inner_text()[:1500]}"
                raise AssertionError(message)
            time.sleep(0.3)

    def ask(self, visit: Visit, uscc: str, purpose: str) -> dict[str, Any]:
        """What the eligibility interface answers a signed-in officer."""
        answer = visit.page.request.get(f"{self.town.url}/api/v1/eligibility/{uscc}?purpose={purpose}")
        assert answer.ok, answer.text()
        found: dict[str, Any] = answer.json()
        return found


def said(page: Page, text: str) -> None:
    """What was done was said."""
    page.locator("main", has_text=text).first.wait_for()


def submit(page: Page, action: str, **values: str) -> None:
    """Fill in the form whose address ends so, and press its button."""
    form = page.locator(f'main form[action$="{action}"]').first
    for name, value in values.items():
        control = form.locator(f'[name="{name}"]')
        if control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    form.locator("button").first.click()
    page.wait_for_load_state("networkidle")


def matter_of(loop: Loop, user: str, act: str, firm: str) -> str:
    """Address of the firm's newest proposal of an act, once it is there."""
    page = loop.until(loop.of(user), f"/decisions/?act={act}&sort=-at", firm)
    row = page.locator("main tbody tr", has_text=firm).first
    return str(row.locator("a").first.get_attribute("href"))


def decided(loop: Loop, story: str, matter: str, own: str, *, firm_user: str, office: str, **draft: str) -> None:
    """From a proposal to an effective decision, by the officers of a unit and the enterprise."""
    handler = loop.of(office)
    page = handler.open(matter)
    loop.picture(handler, f"{story}-proposal")
    submit(page, "/do/take")
    submit(page, "/draft", **draft)
    submit(page, "/notice")
    said(page, "已制发事先告知书")
    submit(page, "/serve", method="electronic")
    firm = loop.of(firm_user)
    page = firm.open(own)
    loop.picture(firm, f"{story}-confirm")
    submit(page, "/confirm", name="赵强")
    said(page, "视为送达")
    page.locator('main form[action$="/defence"] button[value="waiver"]').first.click()
    page.wait_for_load_state("networkidle")
    loop.forward(1)  # the day of the waiver is the enterprise's own to the end
    page = handler.open(matter)
    submit(page, "/do/submit")
    page = loop.of(f"{office}2").open(matter)
    submit(page, "/do/review")
    page = loop.of(f"{office}3").open(matter)
    if page.locator('main form[action$="/do/law_review"] button:enabled').count():
        submit(page, "/do/law_review")
    signer = loop.of(f"{office}4")
    page = signer.open(matter)
    loop.picture(signer, f"{story}-sign")
    submit(page, "/sign")
    said(page, "已签发")
    page = handler.open(matter)
    submit(page, "/serve", method="direct", recipient="赵强", on=loop.today().isoformat())
    said(page, "送达已登记")
    loop.picture(handler, f"{story}-served")


def pushing_system(loop: Loop) -> tuple[str, str]:
    """The administrator connects a system that reports accidents: its number and secret, shown once."""
    page = loop.of("admin").open("/events/systems/new")
    page.fill("main [name=name]", f"应急管理局事故快报 {secrets.token_hex(2)}")
    page.locator("main [name=owner]").select_option(index=1)
    page.locator("main [name=types]").select_option(["site.accident.reported", "site.accident.concluded"])
    page.locator("main form button.btn-primary").first.click()
    codes = page.locator("main dd.zl-code")
    codes.first.wait_for()
    return codes.nth(0).inner_text(), codes.nth(1).inner_text()


def push(loop: Loop, key: str, secret: str, event: str, data: dict[str, Any]) -> None:
    """Push one event, signed as docs/api.md says."""
    path = "/api/v1/events"
    body = json.dumps([{"id": secrets.token_hex(8), "type": event, "data": data}], ensure_ascii=False).encode()
    stamp, nonce = str(int(time.time())), secrets.token_hex(16)
    text = "\n".join(("POST", path, stamp, nonce, hashlib.sha256(body).hexdigest()))
    headers = {
        "Content-Type": "application/cloudevents-batch+json",
        "Idempotency-Key": secrets.token_hex(8),
        "Zhulian-Key": key,
        "Zhulian-Timestamp": stamp,
        "Zhulian-Nonce": nonce,
        "Zhulian-Signature": hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest(),
    }
    request = urllib.request.Request(loop.town.url + path, data=body, headers=headers, method="POST")  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        found = json.loads(answer.read())
    assert found["accepted"] == 1, found


def accident(loop: Loop) -> None:
    """事故快报 → 复核、拟暂扣 → 决定、送达 → 不得投标 → 期满申请、复核 → 恢复."""
    town = loop.town
    own, firm, uscc = f"/decisions/enterprise/{town['subject']}", town["name"], town["uscc"]
    key, secret = pushing_system(loop)
    told = {"enterprise": uscc, "project": town["project"], "occurred_on": loop.today().isoformat(), "deaths": 1}
    push(loop, key, secret, "site.accident.reported", told | {"accident_no": "WALK-1", "serious_injuries": 0})
    officer = loop.of(HANDLER)
    matter = matter_of(loop, HANDLER, "suspend_permit", firm)
    loop.picture(officer, "accident-queue")
    assert loop.ask(officer, uscc, "bid")["allowed"] is True, "a proposal restricts nobody"
    days = re.search(r"暂扣期限（(\d+) 至", officer.open(matter).locator("main").inner_text())
    decided(
        loop,
        "accident",
        matter,
        own,
        firm_user="enterprise1",
        office="province",
        facts="发生一般事故，死亡 1 人，经现场核实。",
        **({"term_days": days[1]} if days else {"term_days": "30"}),
    )
    answer = loop.ask(officer, uscc, "bid")
    assert answer["allowed"] is False
    assert answer["restrictions"], "with its reasons"
    public = loop.of("")
    public.open(f"/e/{uscc}")
    loop.picture(public, "accident-public")
    loop.forward(130)
    firm_visit = loop.of("enterprise1", PHONE)
    page = firm_visit.open(own)
    loop.picture(firm_visit, "accident-apply")
    submit(page, "/lift", text="已完成整改，安全生产条件恢复，请予复核。")
    said(page, "已提交")
    page = loop.of(HANDLER).open(matter)
    submit(page, "/check", finding="经复核，安全生产条件合格。")
    page = loop.of(SIGNER).open(matter)
    submit(page, "/decide", decision="同意解除。")
    loop.picture(loop.of(SIGNER), "accident-restored")
    assert loop.ask(officer, uscc, "bid")["allowed"] is True
    assert "已解除" in loop.of("").open(f"/e/{uscc}").locator("main").inner_text()


def concluded(loop: Loop) -> None:
    """事故调查结论：负有责任 → 立案、一年内不予升级增项（第二十三条）."""
    town = loop.town
    uscc, firm = town["uscc"], town["name"]
    key, secret = pushing_system(loop)
    told = {
        "enterprise": uscc,
        "project": town["project"],
        "occurred_on": (loop.today() - dt.timedelta(days=40)).isoformat(),
        "deaths": 3,
        "concluded_on": loop.today().isoformat(),
        "responsible": True,
        "accident_no": "WALK-2",
    }
    push(loop, key, secret, "site.accident.concluded", told)
    matter = matter_of(loop, HANDLER, "bar", firm)
    officer = loop.of(HANDLER)
    decided(
        loop,
        "concluded",
        matter,
        f"/decisions/enterprise/{town['subject']}",
        firm_user="enterprise1",
        office="province",
        facts="事故调查报告认定负有责任，死亡 3 人。",
    )
    assert loop.ask(officer, uscc, "declare")["allowed"] is False
    assert loop.ask(officer, uscc, "bid")["allowed"] is True, "article 23 bars upgrades and additions only"


def constructor(loop: Loop, folder: Path) -> None:
    """建造师离开 → 日常标识 → 责令限期改正 → 补聘 → 一分钟内解除."""
    leaver = loop.town["leaver"]
    own = f"/decisions/enterprise/{leaver['subject']}"
    uscc, firm, today = leaver["uscc"], leaver["firm"], loop.today()
    head = "registration_no,person,enterprise,kind,specialty,valid_until,fact_from,end_reason\n"
    who = f"{leaver['person']},{uscc},{leaver['kind']},{leaver['specialty']}"
    left = folder / "left" / "registration.csv"
    left.parent.mkdir()
    left.write_text(f"{head}{leaver['no']},{who},{leaver['valid_until']},{today},注销注册\n", encoding="utf-8")
    hand_in(loop, left)
    matter = matter_of(loop, HANDLER, "rectify", firm)
    officer = loop.of(HANDLER)
    decided(
        loop,
        "leaver",
        matter,
        own,
        firm_user="enterprise3",
        office="city",
        facts="注册建造师注销后人数不足，经核查属实。",
    )
    assert loop.ask(officer, uscc, "contract")["allowed"] is False
    back = folder / "back" / "registration.csv"
    back.parent.mkdir()
    later = today + dt.timedelta(days=900)
    back.write_text(f"{head}{leaver['no']}9,{who},{later},{today},\n", encoding="utf-8")
    started = time.monotonic()
    hand_in(loop, back)
    while loop.ask(officer, uscc, "contract")["allowed"] is not True:
        assert time.monotonic() - started < PATIENCE, "it ends within a minute"
        time.sleep(0.2)
    firm_visit = loop.of("enterprise3", PHONE)
    firm_visit.open(own)
    loop.picture(firm_visit, "leaver-ended")


def hand_in(loop: Loop, file: Path) -> None:
    """A clerk of the province hands a file in; every row is taken."""
    page = loop.of(HANDLER).open("/exchange/upload")
    page.set_input_files("main [name=files]", file)
    page.click("main form button")
    page.wait_for_url(re.compile(r"/exchange/\d+$"))
    page.locator("main .zl-figures b").first.wait_for()
    expect(page.locator("main .zl-progress")).to_have_count(0, timeout=60_000)
    expect(page.locator("main .zl-figures b")).to_have_text(["1", "1", "0", "0"])
