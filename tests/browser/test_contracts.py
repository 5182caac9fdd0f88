"""合同范围核查 in a browser: from the list to the reasons, on a desk and on a phone."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_from_the_list_to_the_reasons(request, device):
    visit = request.getfixturevalue(device)
    page = visit.sign_in("city")
    visit.open("/assessments/contracts?finding=beyond")
    assert "超范围" in page.locator("main").inner_text()
    assert not visit.wider_than_the_screen()
    page.locator("tbody th a").first.click()
    page.wait_for_load_state("networkidle")
    said = page.locator("main").inner_text()
    for word in ("依据：", "事实：合同与项目", "证据：签订当日的资质", "超 ", "不具法律效力", "建设规模（原文）"):
        assert word in said
    assert not visit.wider_than_the_screen()


def test_the_enterprise_sees_its_own_contracts_only(desktop):
    page = desktop.sign_in("enterprise1")
    desktop.open("/assessments/contracts")
    holders = set(page.locator("tbody td[data-label='企业'] a").all_inner_texts())
    assert len(holders) <= 1
