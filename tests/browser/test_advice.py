"""The enterprise's walk: check-up → a cure → what-if → saved draft; what next; who leaves. On a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

PAGES = ("", "/what-if", "/next", "/expiring", "/people", "/leaving", "/works")


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_every_page_fits_the_screen(request, town, device):
    visit = request.getfixturevalue(device)
    visit.sign_in("enterprise1")
    for page in PAGES:
        visit.open(f"/advice/{town['subject']}{page}")
        if page == "/next":  # the first to ask prints every rule's plan, unless the worker was quicker
            visit.page.wait_for_selector(".ad-reaches", timeout=180_000)
        assert not visit.wider_than_the_screen()


def test_from_the_desk_to_a_cure_and_into_what_if(desktop):
    page = desktop.sign_in("enterprise1")
    page.click("main a.btn-primary:has-text('资质体检')")
    assert "还差" in page.locator("main").inner_text()
    page.locator(".ad-checkup a", has_text="达标方案").first.click()
    assert "最少变化的方案" in page.locator("main").inner_text()
    page.locator("button", has_text="放入模拟").first.click()
    page.wait_for_load_state("networkidle")
    assert "/what-if" in page.url
    assert page.locator(".ad-changes > li").count() > 0
    assert "→" in page.locator("#tried tbody").inner_text()


def test_changes_are_added_and_removed_in_place_and_saved(desktop, town):
    page = desktop.sign_in("enterprise1")
    desktop.open(f"/advice/{town['subject']}/what-if")
    before, count = page.url, page.locator(".ad-changes > li").count()
    page.select_option("[name=paper1]", "二级注册建造师")
    page.fill("[name=specialty1]", "水利水电工程")
    page.locator(".ad-forms details[open] button", has_text="添加").first.click()
    page.wait_for_selector(f".ad-changes > li:nth-child({count + 1})")
    assert "新聘 1 人，持水利水电工程二级注册建造师" in page.locator("#tried").inner_text()
    assert page.url == before
    page.locator(".ad-forms summary", has_text="我的方案").click()
    page.fill("#draft-name", "补一名建造师")
    page.locator("form:has(#draft-name) button").click()
    page.wait_for_load_state("networkidle")
    assert "补一名建造师" in page.locator(".ad-drafts").inner_text()
    page.locator("#tried button", has_text="全部去掉").click()
    page.wait_for_selector("text=还没有变化")
    page.locator(".ad-drafts button", has_text="打开").first.click()
    page.wait_for_load_state("networkidle")
    assert "二级注册建造师" in page.locator(".ad-changes").inner_text()
    page.locator(".ad-drafts button", has_text="删除").first.click()
    page.wait_for_load_state("networkidle")
    assert page.locator(".ad-drafts").count() == 0


def test_a_wrong_figure_says_what_to_do(desktop, town):
    page = desktop.sign_in("enterprise1")
    desktop.open(f"/advice/{town['subject']}/what-if")
    page.locator(".ad-forms summary", has_text="净资产").click()
    page.fill("[name=wan]", "1e30")
    page.locator("form:has([name=wan]) button").click()
    page.wait_for_selector("[role=alert]")
    assert "请填不带单位的数字" in page.locator("[role=alert]").inner_text()


def test_what_next_comes_after_the_page_and_is_filtered(desktop, town):
    page = desktop.sign_in("enterprise1")
    desktop.open(f"/advice/{town['subject']}/next?grade=C&category=D1")
    page.wait_for_selector(".ad-reaches tbody tr", timeout=180_000)
    codes = page.locator(".ad-reaches tbody .zl-code").all_inner_texts()
    assert codes
    assert all(code.endswith("C") for code in codes)


def test_the_report_prints_with_cutoff_version_and_without_navigation(desktop, town):
    page = desktop.sign_in("enterprise1")
    desktop.open(f"/advice/{town['subject']}")
    page.emulate_media(media="print")
    said = page.locator("body").inner_text()
    for word in ("核查日", "数据截至", "没有法律效力", "建"):
        assert word in said
    assert not page.locator(".zl-side").is_visible()


def test_the_current_tab_is_in_view_on_a_phone(phone, town):
    phone.sign_in("enterprise1")
    page = phone.open(f"/advice/{town['subject']}/works")
    box = page.locator(".zl-tabs a[aria-current]").first.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("scrollY") == 0


def test_papers_of_every_step_run_out_soon(desktop, town):
    """The demonstration's first enterprise has a paper in each of 7, 15, 30, 60 and 90 days."""
    page = desktop.sign_in("enterprise1")
    desktop.open(f"/advice/{town['subject']}/expiring")
    days = page.locator("main tbody tr").evaluate_all("rows => rows.map(r => r.innerText.match(/剩 (\\d+) 天/)?.[1])")
    steps = {next(step for step in (7, 15, 30, 60, 90) if int(left) <= step) for left in days if left}
    assert steps == {7, 15, 30, 60, 90}
    desktop.open(f"/advice/{town['subject']}")
    assert page.locator(".ad-checkup").count() >= 2


def test_on_a_phone_the_verdicts_are_one_tap_from_the_fields(phone, town):
    phone.sign_in("enterprise1")
    page = phone.open(f"/advice/{town['subject']}/what-if")
    jump = page.get_by_role("link", name="看变化前后的结论")
    page.get_by_role("button", name="添加", exact=True).nth(1).scroll_into_view_if_needed()
    assert jump.is_visible()
    place = jump.bounding_box()
    assert place is not None
    assert 0 <= place["y"] <= 844, "in view beside the fields, wherever one is among them"
    jump.click()
    expect(page.locator("#tried")).to_be_in_viewport()
