"""The workbook to fill in: everything in it is what intake takes."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from intake.books import book
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES, Kind
from zhulian.intake import Reject, read, sources
from zhulian.intake.formats.headings import heading_of
from zhulian.intake.template import choices, example, explanation, tables_named, template


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "模板.xlsx"
    template(path)
    return path


def test_one_sheet_per_table_that_people_fill_in(made):
    names = CalamineWorkbook.from_path(made).sheet_names
    assert names == ["说明", *(t.label for t in TABLES.values() if t.name != "coverage"), "选项"]


def test_an_unfilled_template_is_empty_and_nothing_else_is_wrong_with_it(made):
    with sources(made) as found:
        assert not found.known
        assert {error.code for _, error in found.refused} == {"file.sheet_empty"}


def test_every_heading_and_example_of_every_table_is_taken(tmp_path):
    """The example rows themselves, sheet by sheet, go through intake."""
    tables = tables_named([])
    path = book(
        tmp_path / "a.xlsx",
        {t.label: [[heading_of(c) for c in t.columns], [_given(t, c) for c in t.columns]] for t in tables},
    )
    with sources(path) as found:
        assert not found.refused
        assert [s.format.table for s in found.known if s.format.name == "canonical-excel"]
    problems = [(r.table, p.code, p.message) for r in read(path) if isinstance(r, Reject) for p in r.problems]
    assert problems == []


def _given(table, column):
    told = example(table, column)
    # The example numbers are made up on purpose: real checks need real check digits.
    return {"uscc": "91610800064834709T", "resident_id": "11010119900307109X"}.get(column.check) or (
        told.replace("91370200000000017X", "91610800064834709T").replace("110101199003070011", "11010119900307109X")
        if column.kind is Kind.REF
        else None
        if column.check == "phone" or column.name == "birth_on"
        else told
    )


def test_drop_downs_notes_text_cells_and_a_frozen_header(made):
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
        place = [t.name for t in tables_named([])].index("qualification") + 2
        sheet = archive.read(f"xl/worksheets/sheet{place}.xml").decode()
        comments = "".join(archive.read(n).decode() for n in names if "comments" in n)
        styles = archive.read("xl/styles.xml").decode()
    assert 'state="frozen"' in sheet
    assert sheet.count("<dataValidation ") == 3
    assert re.search(r"选项!\$[A-Z]+\$1:\$[A-Z]+\$\d{3}", sheet)
    assert "停业整顿" in sheet
    assert "资质代码（如 D101A）" in comments
    assert 'numFmtId="49"' in styles


def test_options_are_chinese_words_that_intake_knows():
    status = TABLES["enterprise"].column("status")
    assert choices(TABLES["enterprise"], status) == ("存续", "在业", "注销", "吊销")
    assert "合同额（元）" in choices(TABLES["work"], TABLES["work"].column("indicator"))
    assert "必填" in explanation(TABLES["work"], TABLES["work"].column("indicator"))


def test_chosen_tables_and_unknown_ones():
    out = io.BytesIO()
    template(out, ["企业", "qualification"])
    out.seek(0)
    assert CalamineWorkbook.from_filelike(out).sheet_names == ["说明", "企业", "资质", "选项"]
    with pytest.raises(ZhulianError, match="天气"):
        template(io.BytesIO(), ["天气"])
