"""Excel as offices write it: titles, merged cells, headings in Chinese, units in headings, numbers that lost digits."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from intake.books import book
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key
from zhulian.core.tables import TABLES, Kind
from zhulian.intake import Reject, Row, read, sources
from zhulian.intake import workbook as workbook_module
from zhulian.intake.container import File
from zhulian.intake.formats import headings

USCC = "91610800064834709T"
ID = "11010119900307109X"


def taken(path, **options) -> list[Row | Reject]:
    return list(read(path, **options))


def refusals(path) -> dict[str, str]:
    with sources(path) as found:
        return {name: error.code for name, error in found.refused}


@pytest.fixture
def one(tmp_path):
    """The records of a workbook with one sheet."""

    def make(name: str, *rows) -> list[Row | Reject]:
        return taken(book(tmp_path / "某市报送.xlsx", {name: rows}))

    return make


def test_a_sheet_as_offices_write_it(one):
    (row,) = one(
        "企业",
        ["某市建筑业企业名单"],
        ["填报单位：某市住建局", None, "2026年3月1日"],
        [],
        ["序号", "企业名称*", "统一社会信用代码", "注册地", "注册资本（万元）", "成立日期", "登记状态", "备注"],
        [1, " 甲公司 ", USCC, 370202, 1234.56, dt.date(2010, 5, 6), "存续", "无"],
        [2, None, None],
        [],
    )
    assert row.values == {
        "enterprise": Key("uscc", USCC),
        "name": "甲公司",
        "uscc": USCC,
        "region": "370202",
        "registered_capital": 1_234_560_000,
        "established_on": dt.date(2010, 5, 6),
        "status": "active",
    }
    assert (row.position.record, row.position.line) == (1, 5)
    assert str(row.position).startswith("某市报送.xlsx/企业 第 1 条（第 5 行）")
    assert row.fact_from == dt.date(2010, 5, 6)


@pytest.mark.parametrize(
    ("heading", "cell", "fen"),
    [
        ("注册资本（万元）", 0.1 + 0.2, 300_000),
        ("注册资本(万元)", "1,234.5", 1_234_500_000),
        ("注册资本\n（元）", 100.25, 10_025),
        ("注册资本（亿元）", 1, 10_000_000_000),
        ("注册资本（分）", 7, 7),
        ("registered_capital", 7, 7),
    ],
)
def test_money_by_the_unit_of_its_heading(one, heading, cell, fen):
    (row,) = one("企业", ["企业名称", heading], ["甲", cell])
    assert row.values["registered_capital"] == fen


def test_money_that_is_no_whole_number_of_fen_is_refused(one):
    (bad,) = one("企业", ["企业名称", "注册资本（元）"], ["甲", 0.001])
    assert (bad.code, bad.field) == ("value.precision", "注册资本（元）")


def test_the_cure_of_a_wrong_amount_names_the_unit_of_the_heading(one):
    (bad,) = one("企业", ["企业名称", "注册资本（万元）"], ["甲", "很多"])
    assert bad.code == "value.number"
    assert "单位为万元" in bad.cure


@pytest.mark.parametrize("heading", ["注册资本", "注册资本（吨）"])
def test_money_without_its_unit_is_refused_before_any_row(one, heading):
    with pytest.raises(ZhulianError) as refused:
        one("企业", ["企业名称", heading], ["甲", 1])
    assert refused.value.code == "file.heading_unit"
    assert "万元" in refused.value.cure


@pytest.mark.parametrize(
    "cell", [dt.date(2019, 3, 1), 43525, "43525", "2019-03-01", "2019/3/1", "2019年3月1日", 20190301, "20190301"]
)
def test_days_as_dates_serials_and_texts(one, cell):
    (row,) = one("企业", ["企业名称", "成立日期"], ["甲", cell])
    assert row.values["established_on"] == dt.date(2019, 3, 1)


def test_a_year_alone_is_no_day(one):
    (bad,) = one("企业", ["企业名称", "成立日期"], ["甲", 2019])
    assert (bad.code, bad.field) == ("value.date", "成立日期")


def test_a_number_that_lost_its_last_digits_is_refused_and_shown_as_excel_shows_it(one):
    (bad,) = one("人员", ["姓名", "身份证号"], ["张三", 110101199003071098])
    assert (bad.code, bad.field) == ("value.digits_lost", "身份证号")
    assert bad.raw["身份证号"] == "1.10101199003071E+17"
    (good,) = one("人员", ["姓名", "身份证号"], ["张三", ID])
    assert good.values["person"] == Key("id_no", ID)


def test_formula_cells_by_value_and_broken_ones_by_name(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as out:
        sheet = out.add_worksheet("企业")
        sheet.write_row(0, 0, ["企业名称", "注册资本（元）", "地址"])
        sheet.write_row(1, 0, ["甲", None, "路"])
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write_row(2, 0, ["乙"])
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        sheet.write_string(3, 0, "丙")
        sheet.write_string(3, 2, "=cmd|' /C calc'!A0")
    good, broken, formula = taken(tmp_path / "a.xlsx")
    assert good.values["registered_capital"] == 200
    assert (broken.code, broken.field) == ("value.cell_error", "注册资本（元）")
    assert (formula.code, formula.field) == ("value.formula", "地址")


def test_subjects_by_several_headings_the_surest_counts(one):
    first, second = one(
        "企业资质",
        ["企业名称", "统一社会信用代码", "证书编号", "资质名称"],
        ["甲公司", USCC, "D1", "建筑工程施工总承包一级"],
        ["乙公司", None, "D2", "D101B"],
    )
    assert first.values["enterprise"] == Key("uscc", USCC)
    assert second.values["enterprise"] == Key("name", "乙公司@")
    assert (first.values["code"], second.values["code"]) == ("D101A", "D101B")


def test_works_are_measured_in_the_unit_of_their_indicator(one):
    area, amount, bad = one(
        "业绩",
        ["业绩编号", "企业", "指标", "指标值"],
        ["W1", USCC, "建筑面积", 38000.5],
        ["W2", USCC, "合同额（元）", 100],
        ["W3", USCC, "高兴", 1],
    )
    assert (area.values["indicator"], area.values["value"]) == ("area_m2", 38_000_500)
    assert (amount.values["indicator"], amount.values["value"]) == ("amount", 10_000)
    assert bad.code == "code.option"


def test_merged_cells_say_their_value_in_each_row(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as out:
        sheet = out.add_worksheet("资质")
        sheet.merge_range(0, 0, 0, 2, "资质一览")
        sheet.merge_range(1, 0, 2, 0, "企业")
        sheet.merge_range(1, 1, 1, 2, "证书")
        sheet.write_row(2, 1, ["证书编号", "资质代码"])
        sheet.merge_range(3, 0, 4, 0, USCC)
        sheet.write_row(3, 1, ["D1", "D101A"])
        sheet.write_row(4, 1, ["D2", "D110B"])
    rows = taken(tmp_path / "a.xlsx")
    assert [(r.values["enterprise"].value, r.values["code"]) for r in rows] == [(USCC, "D101A"), (USCC, "D110B")]


def test_one_sheet_per_table_subjects_first_hidden_ones_reported_and_our_own_passed_over(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        {
            "说明": [["怎么填"]],
            "资质": [["企业", "证书编号", "资质代码"], [USCC, "D1", "D101A"]],
            "财务": [["企业", "报表日期"]],
            "企业": [["企业名称", "统一社会信用代码"], ["甲", USCC]],
            "草稿": [["企业名称"], ["乙"]],
            "选项": [["有效"]],
        },
        hidden=("草稿", "选项"),
    )
    assert [r.table for r in taken(path)] == ["enterprise", "qualification"]
    assert refusals(path) == {"a.xlsx/草稿": "file.sheet_hidden"}


def test_an_unfilled_workbook_says_so(tmp_path):
    path = book(tmp_path / "a.xlsx", {"企业": [["企业名称"]], "人员": []})
    assert set(refusals(path).values()) == {"file.sheet_empty"}


def test_headings_that_are_not_known_or_missing_are_named(one):
    with pytest.raises(ZhulianError) as refused:
        one("资质", ["企业", "证书编号", "心情"], [USCC, "D1", "好"])
    assert refused.value.code == "file.columns"
    assert "心情" in refused.value.text
    assert "资质代码" in refused.value.text


def test_a_sheet_without_a_telling_name_is_known_by_its_headings(one):
    (row,) = one("Sheet1", ["许可证编号", "企业", "有效期至"], ["A1", USCC, dt.date(2027, 1, 1)])
    assert row.table == "safety_permit"
    with pytest.raises(ZhulianError) as refused:
        one("Sheet1", ["天气", "温度"], ["晴", 20])
    assert refused.value.code == "file.unknown"


def test_text_beside_the_table_is_not_lost_silently(one):
    good, bad = one("企业", ["企业名称", "地址"], ["甲", "路"], ["乙", "路", None, "旁注"])
    assert good.table == "enterprise"
    assert (bad.code, "旁注" in bad.raw["_line"]) == ("row.columns", True)


def test_every_label_is_a_heading_of_its_table_and_no_spelling_means_two():
    for table in TABLES.values():
        for column in table.columns:
            found = headings.meant(table, headings.heading_of(column), "x")
            assert found is not None, (table.name, column.label)
            assert found.column.name == column.name
    for place in headings.SPELLINGS:
        table, _, column = place.partition(".")
        assert column in TABLES[table].names, place


# Round trip -----------------------------------------------------------------------------------------------------

_TEXT = st.text(st.characters(categories=("Lu", "Ll", "Nd", "Lo"), max_codepoint=0x9FFF), min_size=1, max_size=12)
_DAY = st.dates(dt.date(1905, 1, 1), dt.date(2100, 1, 1))


def _cell(column):
    special = {
        "uscc": st.just(USCC),
        "resident_id": st.just(ID),
        "phone": st.just("13812345678"),
        "division": st.sampled_from(["370202", "110101"]),
        "qualification": st.sampled_from(["D101A", "D110B"]),
    }.get(column.check)
    if special is not None:
        return special
    if column.options:
        return st.sampled_from(column.options)
    return {
        Kind.TEXT: _TEXT,
        Kind.DATE: _DAY,
        Kind.INT: st.integers(0, 10**14),
        Kind.BOOL: st.booleans(),
        Kind.REF: st.just(
            {"enterprise": f"uscc:{USCC}", "person": f"id_no:{ID}", "project": "project_code:P1"}.get(column.refers)
        ),
    }[column.kind]


@st.composite
def canonical(draw):
    """A table with a few rows of its types, as cells that Excel has types for."""
    table = draw(st.sampled_from(list(TABLES.values())))
    rows = draw(st.lists(st.tuples(*(_cell(c) for c in table.columns)), min_size=1, max_size=3))
    return table, rows


@given(canonical())
def test_canonical_rows_through_a_workbook_are_the_same_as_through_csv(tmp_path_factory, made):
    table, rows = made
    folder = tmp_path_factory.mktemp("trip")
    path = book(folder / "x.xlsx", {table.label: [table.names, *rows]})
    lines = [",".join(table.names), *(",".join("" if c is None else str(c) for c in row) for row in rows)]
    (folder / f"{table.name}.csv").write_text("\n".join(lines), encoding="utf-8")
    by_excel, by_csv = taken(path), taken(folder / f"{table.name}.csv")
    assert [told(r) for r in by_excel] == [told(r) for r in by_csv]
    shutil.rmtree(folder)


def told(record: Row | Reject) -> object:
    if isinstance(record, Reject):
        return record.code, [p.code for p in record.problems]
    return record.table, dict(record.values), record.fact_from, record.fact_until, record.repeats


# Hostile files --------------------------------------------------------------------------------------------------


def doctored(path, changes: dict[str, bytes]):
    """A workbook with parts exchanged or added."""
    plain = io.BytesIO(book(path, {"企业": [["企业名称"], ["甲"]]}).read_bytes())
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, content in changes.items():
            new.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"
XML = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"xl/vbaProject.bin": b"x"}, "file.macros"),
        ({SHEET: b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + XML + b"</worksheet>"}, "file.workbook"),
        ({SHEET: b" " * (300 << 20)}, "file.workbook_limit"),
        (
            {
                SHEET: XML + b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
                b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
            },
            "file.workbook_limit",
        ),
        ({SHEET: XML + b"<sheetData><row><c><v>"}, "file.workbook"),
        ({"xl/workbook.xml": b"<workbook"}, "file.workbook"),
    ],
)
def test_hostile_workbooks_are_refused_by_name(tmp_path, changes, code):
    path = doctored(tmp_path / "a.xlsx", changes)
    with pytest.raises(ZhulianError) as refused:
        taken(path)
    assert refused.value.code == code
    assert refused.value.cure


def test_a_part_that_says_a_wrong_size_is_refused(tmp_path):
    path = book(tmp_path / "a.xlsx", {"企业": [["企业名称"], *([f"甲{n}"] for n in range(2000))]})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        real = archive.getinfo(SHEET).file_size
    size = real.to_bytes(4, "little")
    for place in range(len(content) - 4):
        if content[place : place + 4] == size:
            content[place : place + 4] = (real - 100).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with pytest.raises(ZhulianError, match="完整"):
        taken(path)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0" + b"0" * 100, "file.workbook"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "file.workbook_locked"),
        (b"\xd0\xcf\x11\xe0" + "_VBA_PROJECT".encode("utf-16-le"), "file.macros"),
    ],
)
def test_old_workbooks_that_cannot_be_read(tmp_path, content, code):
    (tmp_path / "a.xls").write_bytes(content)
    with pytest.raises(ZhulianError) as refused:
        taken(tmp_path / "a.xls")
    assert refused.value.code == code


def test_a_reader_that_panics_is_a_refusal(tmp_path, monkeypatch):
    class PanicException(BaseException):
        """As the Rust side raises it."""

    class Panicking:
        @staticmethod
        def from_path(_path):
            raise PanicException("index out of bounds")

    path = book(tmp_path / "a.xlsx", {"企业": [["企业名称"], ["甲"]]})
    monkeypatch.setattr(workbook_module, "CalamineWorkbook", Panicking)
    with pytest.raises(ZhulianError, match="内部结构"):
        taken(path)


def test_a_word_that_is_no_option_is_answered_with_the_words_of_the_template(one):
    rows = one(
        "企业",
        ["企业名称", "统一社会信用代码", "登记状态"],
        ["甲公司", USCC, "正常"],
        ["甲公司", USCC, "active"],
        ["甲公司", USCC, "=存续"],
    )
    assert (rows[0].code, rows[0].cure) == ("code.option", "可选：存续、在业、注销、吊销")
    assert rows[1].values["status"] == "active", "the code is taken as well"
    assert rows[2].code == "value.formula"


@pytest.mark.parametrize("as_text", [False, True])
def test_a_bare_number_as_a_day_of_the_1904_calendar_is_not_guessed(tmp_path, as_text):
    def made(name: str, **options) -> list[Row | Reject]:
        path = tmp_path / name
        with xlsxwriter.Workbook(path, options) as out:
            sheet = out.add_worksheet("企业")
            sheet.write_row(0, 0, ["企业名称", "统一社会信用代码", "成立日期", "注册资本（元）"])
            sheet.write_row(1, 0, ["甲公司", USCC, "42063" if as_text else 42063, 42063])
            day = out.add_format({"num_format": "yyyy-mm-dd"})
            sheet.write_row(2, 0, ["乙公司"])
            sheet.write_datetime(2, 2, dt.datetime(2019, 3, 1), day)  # noqa: DTZ001 - Excel knows no zones
        return taken(path)

    bare, formatted = made("a.xlsx", date_1904=True)
    assert bare.code == "value.date"
    assert "1904" in bare.raw["成立日期"], "sent in again in our workbook of rejects it must not be taken for 1900's"
    assert bare.raw["注册资本（元）"] == "42063"
    assert formatted.values["established_on"] == dt.date(2019, 3, 1)
    bare, formatted = made("b.xlsx")
    assert bare.values["established_on"] == dt.date(2015, 2, 28)
    assert formatted.values["established_on"] == dt.date(2019, 3, 1)


def test_the_calendar_of_an_old_workbook(tmp_path):
    path = tmp_path / "a.xls"
    for flag in (0, 1):
        path.write_bytes(b"\xd0\xcf\x11\xe0" + b"0" * 600 + b"\x22\x00\x02\x00" + bytes([flag, 0]))
        assert workbook_module.counts_from_1904(File(path, "a.xls", "企业")) is bool(flag)
