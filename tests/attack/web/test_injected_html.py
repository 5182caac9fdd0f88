"""Scripts in every free text: no page, part of a page or export shows one as HTML, and the policy stands on each."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from attack.loop import test_every_address
from attack.web.world import LONG, PAYLOAD, RAW, SHOWN, numbers, office, opened, poisoned, proposed, visitors

pytestmark = pytest.mark.engine("sqlite")  # what templates escape does not depend on the database
__all__ = ["numbers", "office", "poisoned", "proposed", "visitors"]
UNOPENED = {
    "/login/": "ends elsewhere, or nothing is configured behind it",
    "/account/": "asks for a password or a second factor that is there first",
    "/decisions/own": "leads on to the enterprise's page",
    "/campaigns/batch/<int:campaign>/plan": "closed once the frame is drawn",
    "/campaigns/public/": "nothing is announced",
    "/ledger/": "no checkpoint is signed; holds no text of a row",
    "/audit/leaf/<int:leaf>/proof": "no checkpoint is signed",
    "/messages/<int:notice>": "leads on to the thing",
    "/worklist/<str:kind>/<int:pk>/open": "leads on to the thing",
    "/api/v1/search": "asks for a question: tests/attack/web/test_hostile_values.py",
    "/api/v1/eligibility/<uscc>": "asks for a question: tests/attack/web/test_hostile_values.py",
}
"""Beginnings of routes that need not answer 200 to anybody here, and why."""


@pytest.fixture(autouse=True)
def _hostile(monkeypatch, settings) -> None:
    """What services write on the way (documents, leaves, notices) is hostile too."""
    monkeypatch.setattr(test_every_address, "SECRET", PAYLOAD)
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith("whitenoise.")]


def body_of(answer: HttpResponse) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return raw.decode("utf-8", "replace")


def wrong(answer: HttpResponse, text: str) -> list[str]:
    """What is amiss with an answer."""
    policy = answer.headers.get("Content-Security-Policy", "")
    kind = answer.headers.get("Content-Type", "")
    html = kind.startswith("text/html")
    return [
        found
        for found, here in (
            (f"status {answer.status_code}", answer.status_code >= 500),
            ("raw payload", html and RAW.search(text)),
            ("no policy", "default-src 'self'" not in policy),
            ("unsafe", "unsafe" in policy or "*" in policy),
            ("sniffed", answer.headers.get("X-Content-Type-Options") != "nosniff"),
            ("looks like HTML without saying so", not html and text.lstrip()[:1] == "<"),
        )
        if here
    ]


@pytest.mark.parametrize("part", [False, True] if LONG else [False], ids=lambda p: "part" if p else "page")
def test_no_page_shows_what_was_typed_as_html(poisoned, visitors, part: bool) -> None:  # noqa: FBT001
    assert poisoned["empty"] == ["registry.Merge"]
    assert len(poisoned["planted"]) > 150
    headers = {"HX-Request": "true"} if part else {}
    found, seen, readable, answered = [], set(), set(), set()
    for address, visitor, where, answer in opened(visitors.values(), poisoned["numbers"], headers=headers):
        text = body_of(answer)
        found += [(where, str(visitor.user), told) for told in wrong(answer, text)]
        readable.add(address.route)
        if answer.status_code == 200:
            answered.add(address.route)
            if answer.headers["Content-Type"].startswith("text/html"):
                seen |= {int(a or b) for a, b in SHOWN.findall(text)}
    assert found == []
    assert [route for route in sorted(readable - answered) if not route.startswith(tuple(UNOPENED))] == []
    shown = {name for name, number in poisoned["planted"].items() if number in seen}
    assert len(shown) > 80, "the payload reached too few pages to prove anything"
