"""The regulator's walk: list → panorama → one qualification clause by clause, on a desk and on a phone."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_from_the_list_to_the_clauses(request, town, device):
    visit = request.getfixturevalue(device)
    page = visit.sign_in("city")
    visit.open("/assessments/?verdict=short")
    assert "不达标" in page.locator("main").inner_text()
    visit.open(f"/assessments/enterprise/{town['subject']}")
    assert page.locator("h1").inner_text() == town["name"]
    assert not visit.wider_than_the_screen()
    page.locator(f"a[href='/assessments/enterprise/{town['subject']}/{town['code']}']").first.click()
    page.wait_for_load_state("networkidle")
    said = page.locator("main").inner_text()
    for word in ("逐条核查", "净资产", "同一事实，各版标准", "计入", "逐月回看", "结论记录"):
        assert word in said
    assert page.locator(".as-months li").count() == 25
    assert not visit.wider_than_the_screen()


def test_every_code_of_the_town_has_a_standard(desktop):
    page = desktop.sign_in("city")
    desktop.open("/assessments/")
    assert page.locator("tbody tr").count() > 10
    address = page.locator(".zl-total a", has_text="尚无规则").get_attribute("href")
    desktop.open(f"/assessments/{address}")
    assert page.locator("tbody tr").count() == 0


def test_the_day_in_the_header_is_the_day_of_the_whole_page(desktop, town):
    page = desktop.sign_in("city")
    desktop.open(f"/assessments/enterprise/{town['subject']}/{town['code']}")
    page.fill("[name=as_of]", "2024-06-30")
    page.click(".as-moment button")
    page.wait_for_load_state("networkidle")
    assert "整页为 2024-06-30 的状况" in page.locator("main").inner_text()
    assert "as_of=2024-06-30" in page.url
    page.click("text=回到今天")
    assert "as_of" not in page.url


def test_people_are_filtered_in_place_and_opened_on_purpose(desktop, town):
    page = desktop.sign_in("city")
    desktop.open(f"/assessments/enterprise/{town['subject']}/{town['code']}")
    page.wait_for_selector(".as-people")
    before = page.url
    options = page.locator(".as-people select option")
    if options.count() > 1:
        page.select_option(".as-people select", index=1)
        page.wait_for_load_state("networkidle")
        assert page.url == before
    page.click(".as-names summary")
    page.fill(".as-names [name=purpose]", "动态核查 第 3 批")
    page.click(".as-names form button")
    page.wait_for_load_state("networkidle")
    assert "查看用途已记入留痕账本" in page.locator("main").inner_text()
    assert page.url == before, "back on the page, not on the fragment that asked"
    assert page.locator(".as-names").count() == 0


def test_the_enterprise_sees_the_same_verdict(desktop, visitor, town):
    from browser.conftest import DESKTOP

    address = f"/assessments/enterprise/{town['subject']}/{town['code']}"
    desktop.sign_in("city")
    own = visitor(DESKTOP)
    own.sign_in("enterprise1")
    verdicts = [visit.open(address).locator("h1").inner_text() for visit in (desktop, own)]
    assert verdicts[0] == verdicts[1]


def test_an_enterprise_out_of_scope_is_refused_in_words(desktop, town):
    page = desktop.sign_in("enterprise1")
    other = town["subject"] + 1 if town["subject"] == 1 else 1
    desktop.open(f"/assessments/enterprise/{other}", status=403)
    assert "不在您可以查看的范围内" in page.locator("main").inner_text()
