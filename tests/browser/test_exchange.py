"""A clerk hands files in, looks at what was refused, corrects it: on a desk and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

HEADER = "name,region,established_on,status\n"


def a_sheet(folder: Path, name: str, rows: int, bad: str) -> Path:
    lines = [f"青岛{name}{n}建设有限公司,370202,2001/3/1,active\n" for n in range(rows)]
    path = folder / f"{name}.csv"
    path.write_text(HEADER + "".join(lines) + f"青岛{name}待改建设有限公司,{bad},20010301,active\n", encoding="utf-8")
    return path


def corrected(path: Path, to: Path, wrong: str, right: str) -> Path:
    """The workbook of refused records as a clerk hands it back: one cell changed, the marking columns left in."""
    found = CalamineWorkbook.from_path(str(path))
    (name,) = (sheet for sheet in found.sheet_names if sheet != "说明")
    rows = found.get_sheet_by_name(name).to_python()
    assert len(rows) == 2, "the headings and the one record that was refused"
    assert rows[1][rows[0].index("region")] == wrong
    assert {"处理办法"} <= set(rows[0])
    with xlsxwriter.Workbook(to) as out:
        sheet = out.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, [right if cell == wrong else cell for cell in row])
    return to


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_a_clerk_hands_in_and_corrects(screen, request, tmp_path):
    visit = request.getfixturevalue(screen)
    page = visit.sign_in("district")
    visit.open("/exchange/upload")
    assert visit.wider_than_the_screen() == []
    page.set_input_files("main [name=files]", a_sheet(tmp_path, f"甲{screen}", 300, "379999"))
    page.click("main form button")
    page.wait_for_url(re.compile(r"/exchange/\d+$"))
    page.locator("#quarantine").wait_for()
    assert visit.wider_than_the_screen() == []
    assert page.locator("main .zl-figures b").all_inner_texts() == ["301", "300", "0", "1"]
    assert "379999" in page.locator("#quarantine tbody").inner_text()

    page.fill("#rejects [name=purpose]", "更正后交回")
    with page.expect_download() as download:
        page.locator("#correct").get_by_text("全部下载为 Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    workbook = corrected(download.value.path(), tmp_path / f"{screen}-corrected.xlsx", "379999", "370203")
    before = page.url
    page.set_input_files("#correct [name=files]", workbook)
    page.click("#correct form[enctype] button")
    page.wait_for_url(lambda url: url != before and "/exchange/" in url)
    page.get_by_text("没有隔离的记录").wait_for()
    assert page.locator("main .zl-figures b").all_inner_texts() == ["1", "1", "0", "0"]
    page.goto(before)
    assert "已更正" in page.content()


def test_the_raw_record_opens_for_a_purpose_only(desktop, tmp_path):
    page = desktop.sign_in("district")
    desktop.open("/exchange/upload")
    page.set_input_files("main [name=files]", a_sheet(tmp_path, "乙", 1, "379998"))
    page.click("main form button")
    page.locator("#quarantine summary").click()
    page.fill("#quarantine [name=purpose]", "核对原件")
    page.click("#quarantine .ex-open button")
    assert "379998" in page.locator("main dl").inner_text()


def test_a_refused_file_says_what_to_do(phone, tmp_path):
    phone.sign_in("district")
    page = phone.open("/exchange/upload")
    junk = tmp_path / "junk.csv"
    junk.write_bytes(bytes(range(128, 256)) * 9)
    page.set_input_files("main [name=files]", junk)
    page.click("main form button")
    assert "编码" in page.locator(".zl-field-error").inner_text()
    assert phone.wider_than_the_screen() == []


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_register_is_sorted_and_found_by_initials(screen, request):
    visit = request.getfixturevalue(screen)
    visit.sign_in("province")
    page = visit.open(f"/registry/enterprises?q={visit.town['initials']}")
    assert visit.town["name"] in page.content()
    visit.open("/registry/enterprises?sort=-qualifications")
    assert visit.wider_than_the_screen() == []
