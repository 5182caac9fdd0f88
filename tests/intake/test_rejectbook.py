"""Rejects as a workbook: corrected and read again, every record is there as it was."""

from __future__ import annotations

import zipfile

from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from intake.books import book
from zhulian.intake import Page, Position, Reject, read, rejects_workbook
from zhulian.intake import rejectbook as module
from zhulian.intake.container import File
from zhulian.intake.sheetfile import layout, sheet_records

USCC = "91610800064834709T"


def rejects(path) -> list[Reject]:
    return [r for r in read(path) if isinstance(r, Reject)]


def written(path, *pages: Page):
    assert rejects_workbook(pages, path) == 0
    return path


def rows_of(path, sheet: str) -> list[list[str]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()


def test_several_sheets_with_reasons_marks_and_notes_come_back_the_same(tmp_path):
    bad = book(
        tmp_path / "报送.xlsx",
        {
            "企业": [
                ["企业名称", "注册地", "注册资本（万元）"],
                ["甲", "379999", 1.5],
                ["乙", "370202", "很多"],
                ["丙", "370202", 1],
            ],
            "资质": [["企业", "证书编号", "资质代码"], [USCC, "D1", "Z999Z"]],
        },
    )
    found = rejects(bad)
    pages = [Page(name, [r for r in found if f"/{name}" in r.position.file]) for name in ("企业", "资质")]
    out = written(tmp_path / "隔离.xlsx", *pages)
    header, first, second = rows_of(out, "企业")
    assert header == ["企业名称", "注册地", "注册资本（万元）", "隔离原因", "处理办法", "隔离位置（请勿改动）"]
    assert first[:3] == ["甲", "379999", "1.5"]
    assert "379999" in first[3]
    assert second[5] == "报送.xlsx/企业 第 2 条（第 3 行）"
    with zipfile.ZipFile(out) as archive:
        comments = "".join(archive.read(n).decode() for n in archive.namelist() if "comments" in n)
    assert "379999" in comments
    again = rejects(out)
    assert [(r.code, r.field, dict(r.raw)) for r in again] == [(r.code, r.field, dict(r.raw)) for r in found]


def test_corrected_rows_are_taken_and_our_columns_ignored(tmp_path):
    bad = book(tmp_path / "a.xlsx", {"企业": [["企业名称", "注册地"], ["甲", "379999"], ["乙", "379998"]]})
    out = written(tmp_path / "b.xlsx", Page("企业", rejects(bad)))
    header, first, second = rows_of(out, "企业")
    first[1] = "370202"
    fixed = book(tmp_path / "c.xlsx", {"企业": [header, first, second]})
    taken, left = read(fixed)
    assert (taken.values["name"], taken.values["region"]) == ("甲", "370202")
    assert left.code == "code.division"
    assert set(left.raw) == {"企业名称", "注册地"}


def test_an_uncut_line_keeps_its_text(tmp_path):
    (tmp_path / "enterprise.csv").write_text('name,region\n"甲,370202\n', encoding="utf-8")
    out = written(tmp_path / "b.xlsx", Page("企业", rejects(tmp_path / "enterprise.csv")))
    (left,) = rejects(out)
    assert (left.code, left.raw["_line"]) == ("row.uncut", '"甲,370202')


def test_what_excel_cannot_hold_is_left_out_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROW_LIMIT", 1)
    told = [_reject({"name": "x" * n}) for n in (40_000, 3, 3)]
    assert rejects_workbook([Page("企业", told)], tmp_path / "a.xlsx") == 2
    assert "2 条" in str(rows_of(tmp_path / "a.xlsx", "说明"))


def test_names_that_excel_does_not_take_and_names_alike(tmp_path):
    pages = [Page(name, [_reject({"name": "甲"})]) for name in ("a/b:c*" * 9, "a/b:c*" * 9, "", "说明x")]
    names = CalamineWorkbook.from_path(written(tmp_path / "a.xlsx", *pages)).sheet_names
    assert len(set(names)) == 5
    assert all(0 < len(name) <= 31 for name in names)


def _reject(raw: dict[str, str]) -> Reject:
    return Reject("enterprise", Position("a.csv", 1), raw, "name", "value.missing", "空", "填")


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=20), min_size=1, max_size=4))
def test_any_text_comes_back_exactly_but_for_blanks_around_it(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("trip") / "a.xlsx"
    raw = {"名": "x"} | {f"列{n}": cell for n, cell in enumerate(cells)}
    rejects_workbook([Page("企业", [_reject(raw)])], path)
    header, told = rows_of(path, "企业")
    assert [str(c).strip() for c in told[: len(raw)]] == [c.strip() for c in raw.values()]
    assert header[: len(raw)] == list(raw)


def test_a_sheet_of_an_outside_format_is_recognised_again(tmp_path):
    columns = "uscc,enterprise_name,legal_rep_masked,reg_region,uscc_check_ok"
    (tmp_path / "a.csv").write_text(f"{columns}\n91610800064834708T,甲,张*,北京市,0\n", encoding="utf-8")
    out = written(tmp_path / "b.xlsx", Page("a", rejects(tmp_path / "a.csv")))
    found = layout(File(out, "b.xlsx/a", "a"))
    assert found.format.name == "jzsc-uscc"
    assert [cells[0] for _, cells in sheet_records(File(out, "b.xlsx/a", "a"), found)] == ["91610800064834708T"]
