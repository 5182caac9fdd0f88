"""The public portal and the frame of every page, in a browser."""

from __future__ import annotations

import pytest

PUBLIC_PAGES = ("/", "/?q=建设", "/?q=没有这家", "/rules", "/rules/D101", "/about", "/login", "/developers/components")
DESK_PAGES = ("/home", "/assessments/")
REGULATOR_PAGES = (
    "/registry/enterprises",
    "/registers/",
    "/registers/accident",
    "/registers/project",
    "/exchange/",
    "/exchange/upload",
    "/exchange/{delivery}",
)


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("name", ""),
        ("initials", "拼音首字母"),
        ("uscc", "统一社会信用代码"),
        ("certificate_no", "证书编号"),
    ],
)
def test_the_enterprise_is_found_and_the_list_says_why(desktop, town, by, reason):
    page = desktop.open("/")
    page.fill("main [name=q]", town[by])
    page.press("main [name=q]", "Enter")
    found = page.locator(".zl-results li", has_text=town["name"])
    assert found.count() == 1
    assert reason in found.inner_text()
    found.locator("a").click()
    assert page.locator("h1").inner_text() == town["name"]
    assert page.url.endswith(f"/e/{town['uscc']}")


def test_a_former_name_leads_to_the_present_one(desktop, town):
    page = desktop.open(f"/?q={town['former_name']}")
    found = page.locator(".zl-results li", has_text=town["renamed"])
    assert f"曾用名 {town['former_name']}" in found.inner_text()
    found.locator("a").click()
    assert town["former_name"] in page.locator("main").inner_text()


def test_nothing_found_says_what_to_try(desktop):
    page = desktop.open("/?q=没有这家企业")
    assert "没有找到匹配的企业" in page.locator("main").inner_text()


def test_the_public_page_says_status_since_and_source_and_names_nobody(desktop, town):
    page = desktop.open(f"/e/{town['with_works']}")
    text = page.locator("main").inner_text()
    for said in ("有效期至", "来源：", "数据截至", "人员（人，已归集）", "业绩"):
        assert said in text
    page = desktop.open(f"/e/{town['uscc']}")
    text = page.locator("main").inner_text()
    assert town["legal_representative"] not in text
    assert f"{town['legal_representative'][0]}*" in text
    assert "不达标" not in text, "a flag has no legal effect and is not told to the public"


def test_an_unknown_enterprise_is_a_page_that_says_what_to_do(desktop):
    page = desktop.open("/e/91370000000000000X", status=404)
    assert "下一步" in page.locator("main").inner_text()


def test_the_keyboard_is_enough(desktop, town):
    page = desktop.open("/rules")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("/")
    page.keyboard.type(town["name"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    assert page.locator(".zl-results li").count() >= 1


def test_a_slash_typed_in_a_field_stays_there(desktop):
    page = desktop.open("/")
    page.keyboard.type("鲁/建")
    assert page.input_value("main [name=q]") == "鲁/建"


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_public_pages_fit_a_phone(phone, path):
    phone.open(path)
    assert phone.wider_than_the_screen() == []


def test_enterprise_page_fits_a_phone(phone, town):
    phone.open(f"/e/{town['with_works']}")
    assert phone.wider_than_the_screen() == []


@pytest.mark.parametrize("username", ["province", "city", "district", "enterprise1"])
def test_the_desk_fits_a_phone_and_its_navigation_folds(phone, username):
    page = phone.sign_in(username)
    for path in DESK_PAGES:
        phone.open(path)
        assert phone.wider_than_the_screen() == []
    menu = page.locator(".zl-burger nav")
    assert not menu.is_visible()
    page.locator(".zl-burger summary").click()
    assert menu.is_visible()
    page.keyboard.press("Escape")
    assert not menu.is_visible()


def test_the_regulators_pages_fit_a_phone(phone, town):
    phone.sign_in("province")
    for path in REGULATOR_PAGES:
        phone.open(path.format_map(town.examples))
        assert phone.wider_than_the_screen() == []


def test_nothing_sticks_out_of_its_card(desktop, town):
    outside = """() => [...document.querySelectorAll("main .card")].filter((card) =>
        [...card.querySelectorAll("*")].some((e) => e.getBoundingClientRect().right > card.getBoundingClientRect().right + 1))
        .map((card) => `${location.pathname} ${card.textContent.trim().slice(0, 20)}`)"""
    for path in ("/login", "/rules/D101", f"/e/{town['with_works']}"):
        assert desktop.open(path).evaluate(outside) == []


def test_every_number_on_the_desk_opens_its_list(desktop):
    page = desktop.sign_in("city")
    figures = page.locator(".zl-figures a")
    addresses = [figures.nth(i).get_attribute("href") for i in range(figures.count())]
    assert len(addresses) >= 7
    for address in addresses:
        desktop.open(address)


def test_the_enterprise_sees_its_own_verdicts(desktop, town):
    page = desktop.sign_in("enterprise1")
    text = page.locator("main").inner_text()
    assert town["name"] in text
    assert "不达标" in text
    page.locator(f"main a[href$='/{town['code']}']").click()
    assert page.locator("h1").count() == 1


def test_signing_out_needs_no_script_and_ends_the_session(desktop):
    page = desktop.sign_in("city")
    page.locator(".zl-top .zl-menu:not(.zl-burger) summary").click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/")
    desktop.open("/home")
    assert "/login" in page.url


def test_rules_are_in_words_with_versions_and_citations(desktop):
    page = desktop.open("/rules")
    page.get_by_role("link", name="建筑工程施工总承包", exact=True).click()
    text = page.locator("main").inner_text()
    for said in ("净资产", "不少于", "建市〔2014〕159号", "现行"):
        assert said in text
    page.locator(".zl-tabs a", has_text="2015-01-01").click()
    assert "注册建造师" in page.locator("main").inner_text()


def test_paper_has_content_and_no_navigation(desktop, town):
    page = desktop.open(f"/e/{town['with_works']}")
    page.emulate_media(media="print")
    assert not page.locator(".zl-top").is_visible()
    assert page.locator("h1").is_visible()
    assert page.pdf(format="A4")[:5] == b"%PDF-"


def test_printing_unfolds_the_clauses(desktop):
    page = desktop.open("/developers/components")
    folded = page.locator("main details:not([open])").count()
    assert folded
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("main details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("main details:not([open])").count() == folded


def test_a_link_is_copied(desktop, town):
    desktop.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = desktop.open(f"/e/{town['uscc']}")
    page.get_by_role("button", name="复制链接").click()
    page.get_by_text("已复制").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{town.url}/e/{town['uscc']}"


def test_the_page_links_its_data_and_says_how_fresh_they_are(desktop, town):
    page = desktop.open(f"/e/{town['uscc']}")
    assert "数据截至" in page.locator("footer").inner_text()
    address = page.get_by_role("link", name="JSON 数据").get_attribute("href")
    assert page.request.get(town.url + address).json()["name"] == town["name"]


CONTRAST = """() => {
  const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parts = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0.99) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  for (const e of document.querySelectorAll("main *, footer *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(parts(style.color).slice(0, 3)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(`${e.className || e.tagName} ${style.color} ${ratio.toFixed(2)}`);
  }
  return [...bad];
}"""


@pytest.mark.parametrize("path", ["/", "/?q=建设", "/rules/D101", "/developers/components", "/login"])
def test_text_has_the_contrast_of_wcag_aa(desktop, path):
    assert desktop.open(path).evaluate(CONTRAST) == []


def test_every_field_and_image_has_a_name(desktop):
    page = desktop.open("/developers/components")
    unnamed = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
        .filter((e) => !e.labels?.length && !e.ariaLabel).map((e) => e.outerHTML)"""
    for path in ("/developers/components", "/", "/login"):
        desktop.open(path)
        assert page.evaluate(unnamed) == []
