"""`make shots`: pictures of the key pages, desktop and phone, into docs/images (or the folder given).

The pages are a table; the town and the server are those of the browser tests.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from playwright.sync_api import Browser, FloatRect, expect, sync_playwright  # noqa: E402

from browser import loop  # noqa: E402 - found by the line above
from browser.conftest import ARGUMENTS, CHROMIUM, DESKTOP, PHONE, Town, Visit, served  # noqa: E402

DEVICES = {"desktop": DESKTOP, "phone": PHONE}
LONGEST = 1300


@dataclass(frozen=True)
class Shot:
    """A page: file name, who looks at it (empty: the public), path with examples of the town in braces."""

    name: str
    user: str
    path: str


SHOTS = (
    Shot("search", "", "/"),
    Shot("results", "", "/?q=建设"),
    Shot("public-enterprise", "", "/e/{with_works}"),
    Shot("rules", "", "/rules"),
    Shot("rulebook", "", "/rules/D101?version=2015&grade=B"),
    Shot("login", "", "/login"),
    Shot("components", "", "/developers/components"),
    Shot("desk", "city", "/home"),
    Shot("desk-enterprise", "enterprise1", "/home"),
    Shot("registry", "city", "/registry/enterprises"),
    Shot("registers", "city", "/registers/"),
    Shot("registers-accidents", "city", "/registers/accident"),
    Shot("assessments", "city", "/assessments/?verdict=short"),
    Shot("panorama", "city", "/assessments/enterprise/{subject}"),
    Shot("assessment", "city", "/assessments/enterprise/{subject}/{code}"),
    Shot("people", "city", "/assessments/enterprise/{subject}/{code}/people"),
    Shot("checkup", "enterprise1", "/advice/{subject}"),
    Shot("what-if", "enterprise1", "/advice/{subject}/what-if?code=D105B&purpose=申报"),
    Shot("next", "enterprise1", "/advice/{subject}/next"),
    Shot("cure", "enterprise1", "/advice/{subject}/next/{code}?purpose=动态核查"),
    Shot("expiring", "enterprise1", "/advice/{subject}/expiring"),
    Shot("staff", "enterprise1", "/advice/{subject}/people"),
    Shot("leaving", "enterprise1", "/advice/{subject}/leaving"),
    Shot("works", "enterprise1", "/advice/{subject}/works"),
    Shot("deliveries", "province", "/exchange/"),
    Shot("delivery", "province", "/exchange/{delivery}"),
    Shot("upload", "province", "/exchange/upload"),
    Shot("feeds", "province", "/exchange/feeds"),
    Shot("identities", "province", "/registry/identities"),
    Shot("quality", "province", "/exchange/quality"),
    Shot("quality-coverage", "province", "/exchange/quality?tab=coverage"),
    Shot("quality-unknown", "province", "/exchange/quality?tab=unknown"),
    Shot("account", "city", "/account/"),
    Shot("audit", "city", "/audit/"),
    Shot("access", "admin", "/access/"),
    Shot("access-unit", "admin", "/access/units/2"),
    Shot("access-who", "admin", "/access/who?action=decisions.proposal.sign&division=370200"),
    Shot("privacy", "admin", "/privacy/"),
    Shot("ledger", "", "/ledger"),
)


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as home, served(Path(home)) as town, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for device in DEVICES:
            for user in dict.fromkeys(shot.user for shot in SHOTS):
                problems += _take(browser, town, device, user, folder)
        problems += _verified(browser, town, folder)
        problems += _walk(browser, town, folder)
        browser.close()
    sys.stdout.write("\n".join([*problems, f"{len(SHOTS) * len(DEVICES)} pictures in {folder}", ""]))
    return 1 if problems else 0


def _take(browser: Browser, town: Town, device: str, user: str, folder: Path) -> list[str]:
    """Pictures of one user's pages on one device; what went wrong."""
    context = browser.new_context(viewport=DEVICES[device], locale="zh-CN", timezone_id="Asia/Shanghai")
    visit = Visit(context.new_page(), town)
    if user:
        visit.sign_in(user)
    for shot in (shot for shot in SHOTS if shot.user == user):
        visit.open(shot.path.format_map(town.examples))
        visit.page.wait_for_load_state("networkidle")  # fragments come after the page
        expect(visit.page.locator("main [hx-get] .zl-progress")).to_have_count(0, timeout=120_000)
        visit.page.screenshot(path=folder / f"{shot.name}-{device}.png", full_page=True, clip=_top(visit))
        visit.problems += visit.wider_than_the_screen()
    context.close()
    return [f"{device} {user or 'public'}: {problem}" for problem in visit.problems]


def _verified(browser: Browser, town: Town, folder: Path) -> list[str]:
    """A matter's evidence bundle, taken by an officer and checked by the page that anybody opens, without the network."""
    context = browser.new_context(viewport=DEVICES["desktop"], locale="zh-CN", timezone_id="Asia/Shanghai")
    visit = Visit(context.new_page(), town)
    page = visit.sign_in("city")
    visit.open("/decisions/")
    page.locator("main tbody a").first.click()
    page.locator("summary", has_text="证据包").click()
    page.locator("form[action$=evidence] [name=purpose]").fill("行政复议")
    with page.expect_download() as download:
        page.locator("form[action$=evidence] button").click()
    with tempfile.TemporaryDirectory() as place:
        bundle = Path(place) / "bundle.zip"
        download.value.save_as(bundle)
        visit.open("/verify")
        context.set_offline(True)
        page.set_input_files("#bundle", bundle)
        page.click("[data-verify] button")
        page.locator("[data-outcome]").get_by_text("成立").first.wait_for()
        page.screenshot(path=folder / "verified-desktop.png", full_page=True, clip=_top(visit))
    context.close()
    return [f"bundle: {problem}" for problem in visit.problems]


def _walk(browser: Browser, town: Town, folder: Path) -> list[str]:
    """Pictures of the closed loop, walked from end to end: the last, because weeks pass in it."""

    def picture(visit: Visit, name: str) -> None:
        visit.page.wait_for_load_state("networkidle")
        visit.page.screenshot(path=folder / f"walk-{name}.png", full_page=True, clip=_top(visit))

    walked = loop.Loop(browser, town, picture)
    with tempfile.TemporaryDirectory() as files:
        loop.constructor(walked, Path(files))
    loop.accident(walked)
    loop.concluded(walked)
    walked.close()
    return [f"walk: {problem}" for problem in walked.problems]


def _top(visit: Visit) -> FloatRect:
    """The page from its top, no longer than a picture in the documentation may be."""
    width, height = visit.page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    return {"x": 0, "y": 0, "width": width, "height": min(height, LONGEST)}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"))
