"""核验: a bundle is checked in the browser, offline; a forged one is refused in words."""

from __future__ import annotations

import pytest

from verifier.making import Maker, parts, zipped


@pytest.fixture
def bundle(tmp_path):
    files = parts(Maker())
    (tmp_path / "good.zip").write_bytes(zipped(files, packed=True))
    (tmp_path / "forged.zip").write_bytes(zipped(files | {"leaves/3.json": files["leaves/5.json"]}))
    return tmp_path


def test_a_bundle_is_checked_without_leaving_the_browser(phone, bundle):
    page = phone.open("/verify")
    outcome = page.locator("[data-outcome]")
    page.context.set_offline(True)
    page.set_input_files("#bundle", bundle / "good.zip")
    page.click("[data-verify] button")
    outcome.get_by_text("公钥取自包内").wait_for()
    assert "成立" in outcome.inner_text()
    page.fill("#key", Maker().vkey)
    page.click("[data-verify] button")
    outcome.get_by_text("公钥取自包内").wait_for(state="detached")
    assert "2 条留痕都在册" in outcome.inner_text()
    page.set_input_files("#bundle", bundle / "forged.zip")
    page.click("[data-verify] button")
    outcome.get_by_text("proof.refuted").wait_for()
    assert "不成立" in outcome.inner_text()
    assert phone.wider_than_the_screen() == []


def test_the_ledger_says_who_it_is_and_fits_a_phone(phone):
    page = phone.open("/ledger")
    assert page.locator("h1", has_text="留痕账本").is_visible()
    assert phone.wider_than_the_screen() == []
