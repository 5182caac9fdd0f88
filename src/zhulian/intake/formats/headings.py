"""Headings as people write them in Excel → columns of the canonical tables, with the unit in the heading.

A heading is a column's name, its Chinese label or a spelling of the tables below; `*`, （必填） and line breaks do not
matter. Amounts need their unit in the heading (注册资本（万元）), because a wrong guess would be wrong by 10,000.
A subject may be given by several headings (统一社会信用代码 and 企业名称): the surest that is filled in counts.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.text import clean, squash
from zhulian.core.tables import INDICATORS, TABLES, Column, Kind, Table
from zhulian.intake.formats.adapter import ASIDE, Field, Target, as_is
from zhulian.intake.formats.parts import code_or_name
from zhulian.intake.validate import FACT_COLUMNS, FORMULA, stored_unit

UNITS: Final[dict[str, dict[str, int]]] = {
    "元": {"分": 1, "元": 100, "千元": 100_000, "万元": 1_000_000, "百万元": 100_000_000, "亿元": 10_000_000_000},
    "㎡": {"㎡": 1000, "平方米": 1000, "平米": 1000, "M2": 1000, "万平方米": 10_000_000},
}
"""Unit of a column → spellings of units in a heading → how many stored integers one of them is."""
USUAL_UNIT: Final = {"元": "万元", "㎡": "平方米"}
"""What the template asks for."""
SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "enterprise.name": ("单位名称", "企业全称", "公司名称", "名称"),
    "enterprise.uscc": ("社会信用代码", "信用代码", "统一信用代码", "统一社会信用代码证号"),
    "enterprise.legal_representative": ("法人代表", "法人", "法定代表人姓名"),
    "enterprise.region": ("行政区划", "注册地", "所在地", "注册地区划"),
    "enterprise.address": ("注册地址", "详细地址"),
    "enterprise.established_on": ("成立时间", "注册日期"),
    "enterprise.status": ("经营状态",),
    "qualification.certificate_no": ("资质证书编号", "资质证书号", "证书号"),
    "qualification.code": ("资质编码", "资质名称", "资质类别及等级", "资质"),
    "qualification.issued_on": ("发证时间", "颁发日期"),
    "qualification.valid_until": ("有效期", "证书有效期", "有效期截止"),
    "qualification.status": ("状态", "证书状态"),
    "safety_permit.permit_no": ("安全生产许可证编号", "许可证号"),
    "safety_permit.valid_until": ("有效期",),
    "safety_permit.status": ("状态",),
    "person.id_no": ("身份证号", "身份证", "证件号码", "公民身份号码"),
    "person.name": ("人员姓名",),
    "person.phone": ("手机号", "手机号码", "电话"),
    "person.birth_on": ("出生年月",),
    "registration.registration_no": ("注册号", "注册证书编号", "注册证号"),
    "registration.kind": ("注册类型", "资格类别"),
    "registration.specialty": ("专业",),
    "registration.valid_until": ("有效期", "注册有效期"),
    "title.specialty": ("专业",),
    "title.grade": ("职称", "等级"),
    "title.awarded_on": ("取得时间", "评定日期"),
    "post_certificate.post": ("岗位名称", "岗位类别"),
    "post_certificate.valid_until": ("有效期",),
    "safety_certificate.valid_until": ("有效期",),
    "safety_certificate.class": ("证书类别", "人员类别"),
    "skill.grade": ("技能等级",),
    "project.project_code": ("项目代码", "项目编号"),
    "project.name": ("工程名称",),
    "project.region": ("所在地", "项目所在地", "行政区划"),
    "project.owner": ("业主单位",),
    "project.kind": ("项目类型", "工程类别"),
    "contract.contract_no": ("合同号",),
    "contract.amount": ("合同金额", "合同价"),
    "contract.signed_on": ("签订时间", "签约日期"),
    "bid.price": ("报价", "投标报价", "中标价"),
    "work.completed_on": ("竣工时间",),
}
"""`table.column` → further spellings of its heading."""
SUBJECT_HEADINGS: Final[dict[str, dict[str, str]]] = {
    "enterprise": dict.fromkeys(
        ("统一社会信用代码", "社会信用代码", "信用代码", "企业统一社会信用代码", "企业信用代码"), "uscc"
    )
    | dict.fromkeys(
        ("企业名称", "单位名称", "施工单位", "所在企业", "所属企业", "注册单位", "工作单位", "聘用单位"), "name"
    ),
    "person": dict.fromkeys(("身份证号码", "身份证号", "身份证", "证件号码", "公民身份号码", "人员身份证号"), "id_no")
    | dict.fromkeys(("姓名", "人员姓名"), "name"),
    "project": dict.fromkeys(("项目编码", "项目代码", "项目编号"), "project_code")
    | dict.fromkeys(("项目名称", "工程名称"), "name"),
}
"""Kind of subject → heading → kind of key. In a table about the subject itself its own columns come first."""
_SURENESS: Final = ("", "uscc", "id_no", "project_code", "name")
"""The heading that is looked at first; one with the full key form (`uscc:…`) before all."""
UNNAMED: Final = "（无列名）"
"""A column without a heading is called so, with its number behind; it is not taken."""
IGNORED: Final = frozenset({"序号", "备注"})
"""Columns that every sheet has and that say nothing of ours."""
SHEET_ASIDE: Final = dict(zip(ASIDE, ("隔离原因", "处理办法", "隔离位置（请勿改动）", "隔离原文"), strict=True))
"""Our columns of a sheet of rejects → what they are called in Excel."""
OPTION_WORDS: Final[dict[str, dict[str, str]]] = {
    "enterprise.status": {"存续": "active", "在业": "active", "注销": "cancelled", "吊销": "revoked"}
}
"""`table.column` → words for its codes."""
INDICATOR_WORDS: Final = {f"{i.label}（{i.unit}）": i.name for i in INDICATORS.values()} | {
    i.label: i.name for i in INDICATORS.values()
}
_VALUE: Final = TABLES["work"].column("value")
_EXCEL_ZERO: Final = dt.date(1899, 12, 30)
_CODE: Final = re.compile(r"[A-Za-z][0-9]")
_DECORATION: Final = re.compile(r"[*＊]|[(（](?:必填|选填)[)）]")
_PARENTHESIS: Final = re.compile(r"\(([^()]*)\)$")
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_SERIAL: Final = re.compile(r"[1-9][0-9]{4}")
_KEYED: Final = re.compile(r"[A-Za-z_]+[:：]")


@dataclass(frozen=True, slots=True)
class Meant:
    """What a heading means in a table: a column, and how its cells are to be read."""

    column: Column
    key: str = ""
    """Kind of key that the cells are, of a REF."""
    factor: int = 1
    """Stored integers in one of the heading's unit."""
    unit: str = ""


def plain(heading: str) -> str:
    """A heading without what does not matter; brackets and width unified."""
    return squash(_DECORATION.sub("", heading))


def is_ignored(heading: str) -> bool:
    """Whether the column holds nothing that is taken."""
    return heading.startswith(UNNAMED) or plain(heading) in IGNORED


def aside_name(heading: str) -> str:
    """The heading, or the name of our own column that it stands for."""
    return _ASIDE.get(plain(heading), heading)


_ASIDE: Final = {plain(label): name for name, label in SHEET_ASIDE.items()}


@cache
def _columns(table: Table) -> dict[str, tuple[Column, str]]:
    """Plain heading → column and kind of key."""
    found: dict[str, tuple[Column, str]] = {}
    facts = [Column(n, Kind.DATE, label) for n, label in zip(FACT_COLUMNS, ("事实起", "事实止"), strict=True)]
    for column in (*table.columns, *facts):
        names = (column.name, column.label, *SPELLINGS.get(f"{table.name}.{column.name}", ()))
        for name in names:
            found.setdefault(plain(name), (column, ""))
    for column in table.columns:
        if column.kind is Kind.REF and column.name == column.refers and column.required:
            for name, key in SUBJECT_HEADINGS[column.refers].items():
                found.setdefault(plain(name), (column, key))
    return found


def meant(table: Table, heading: str, file: str) -> Meant | None:
    """What a heading means; None: nothing in this table.

    Raises:
        ZhulianError: `file.heading_unit` for an amount without its unit, or with another's.
    """
    text = plain(heading)
    columns = _columns(table)
    found = columns.get(text)
    unit = ""
    if found is None and (match := _PARENTHESIS.search(text)):
        found, unit = columns.get(text[: match.start()]), match[1]
    if found is None:
        return None
    column, key = found
    if column.kind is not Kind.INT or plain(column.name) == text:
        return Meant(column, key)
    return Meant(column, key, _factor(column, unit, heading, file), unit or stored_unit(column))


def _factor(column: Column, unit: str, heading: str, file: str) -> int:
    known = UNITS.get(column.unit)
    if known is None:
        if unit and unit not in {squash(column.unit), squash(stored_unit(column))}:
            raise ZhulianError("file.heading_unit", file=file, column=heading, unit=column.unit)
        return 1
    factor = {squash(name): n for name, n in known.items()}.get(unit)
    if factor is None:
        raise ZhulianError("file.heading_unit", file=file, column=column.label, unit=USUAL_UNIT[column.unit])
    return factor


def heading_of(column: Column) -> str:
    """What the template calls a column: its label, with the unit where there is one, and a star when required."""
    unit = USUAL_UNIT.get(column.unit) or (column.unit if column.unit and column.kind is Kind.INT else "")
    return f"{column.label}{f'（{unit}）' if unit else ''}{'*' if column.required else ''}"


def target_of(table: Table, header: Sequence[str], file: str) -> Target:
    """The adapter of a sheet with this header.

    Raises:
        ZhulianError: `file.heading_unit`.
    """
    by_column: dict[str, list[tuple[str, Meant]]] = {}
    for heading in header:
        found = None if heading in ASIDE or is_ignored(heading) else meant(table, heading, file)
        if found is not None:
            by_column.setdefault(found.column.name, []).append((heading, found))
    fields = []
    for name, sources in by_column.items():
        ordered = sorted(sources, key=lambda s: _SURENESS.index(s[1].key))
        how = _reader(table, tuple(m for _, m in ordered))
        fields.append(Field(name, tuple(heading for heading, _ in ordered), how))
    told = [heading for heading, _ in by_column.get("indicator", ())]
    if "value" in by_column and told:
        fields = [_measured(f, told[0]) if f.column == "value" else f for f in fields]
    return Target(table.name, tuple(fields), when=_any)


def _any(_raw: object) -> bool:
    """A record of empty cells is one as well: what it lacks is then said."""
    return True


def _reader(table: Table, ways: tuple[Meant, ...]) -> Callable[..., object]:
    column = ways[0].column
    if column.kind is Kind.REF:
        return _reference(ways)
    if column.kind is Kind.INT:
        return _amount(ways[0])
    if column.check == "qualification":
        return _qualification
    if column.kind is Kind.DATE:
        return _day
    return _option(table, column) if option_words(table, column) else as_is


def _reference(ways: tuple[Meant, ...]) -> Callable[..., object]:
    def read(*texts: str) -> object:
        for way, text in zip(ways, texts, strict=True):
            if text.strip():
                return text if not way.key or _KEYED.match(text.strip()) else f"{way.key}:{text}"
        return ""

    return read


def _amount(way: Meant) -> Callable[..., object]:
    def read(text: str) -> object:
        number = squash(text)
        if not number:
            return ""
        if _GROUPED.fullmatch(number):
            number = number.replace(",", "")
        if way.factor == 1:
            return number  # the column's own parser takes whole numbers and refuses everything else
        if not _DECIMAL.fullmatch(number):
            raise ZhulianError("value.number", value=text[:40], unit=way.unit)
        exact = Decimal(number) * way.factor
        if exact != exact.to_integral_value():
            raise ZhulianError("value.precision", value=text[:40], unit=way.unit, places=len(str(way.factor)) - 1)
        return int(exact)

    return read


def _measured(field: Field, indicator: str) -> Field:
    """指标值 in the unit of its indicator; under the column's own name (`value`) it is the stored integer, as in CSV."""
    if field.sources == (field.column,):
        return field
    codes = {squash(word): code for word, code in INDICATOR_WORDS.items()}

    def read(text: str, measure: str) -> object:
        known = INDICATORS.get(codes.get(squash(measure), clean(measure)))
        return _amount(Meant(_VALUE, "", known.scale, known.unit))(text) if known else text

    return Field(field.column, (*field.sources, indicator), read)


def _day(text: str) -> object:
    """A day, also as the number by which Excel counts it (43525 = 2019-03-01), when the cell is not set to a date."""
    return _EXCEL_ZERO + dt.timedelta(days=int(text)) if _SERIAL.fullmatch(text.strip()) else text


def unsure_days(target: Target, raw: Mapping[str, str]) -> dict[str, str]:
    """A record of a workbook that counts its days from 1904, with the days that are bare numbers marked as no days.

    Such a number may as well have been pasted from a workbook that counts from 1900, four years and a day apart. The
    mark stays in the record, so that our workbook of rejects, which counts from 1900, does not make a day of it.
    """
    days = {source for field in target.fields if field.how is _day for source in field.sources}
    return {
        name: f"{text}（1904 年制的天数）" if name in days and _SERIAL.fullmatch(text.strip()) else text
        for name, text in raw.items()
    }


def _qualification(text: str) -> object:
    """A code, or the name of exactly one: 建筑工程施工总承包一级."""
    return text if not text.strip() or _CODE.match(clean(text)) else code_or_name("", text)


def option_words(table: Table, column: Column) -> dict[str, str]:
    """Chinese word → code, for options that are codes; empty when the options are words themselves."""
    if column.name == "indicator":
        return INDICATOR_WORDS
    return OPTION_WORDS.get(f"{table.name}.{column.name}", {})


def offered(table: Table, column: Column) -> tuple[str, ...]:
    """The words that the template offers for a column of options; empty for one without."""
    if column.name == "indicator":
        return tuple(f"{i.label}（{i.unit}）" for i in INDICATORS.values())
    return tuple(OPTION_WORDS.get(f"{table.name}.{column.name}", column.options))


def _option(table: Table, column: Column) -> Callable[..., object]:
    codes = {squash(word): code for word, code in option_words(table, column).items()}
    known = {"", *column.options}

    def read(text: str) -> object:
        code = codes.get(squash(text), text)
        # The column's own parser would answer with the codes. What is no word at all it names better.
        if clean(code) not in known and code.isprintable() and not code.startswith(FORMULA):
            raise ZhulianError("code.option", value=text, field=column.label, options="、".join(offered(table, column)))
        return code

    return read


TABLE_NAMES: Final = {
    plain(spelling): t.name for t in TABLES.values() for spelling in (t.name, t.label, f"{t.label}表", f"{t.label}信息")
} | {
    plain(spelling): name
    for name, spellings in {
        "enterprise": ("企业基本信息", "企业名单"),
        "qualification": ("企业资质",),
        "safety_permit": ("安许证",),
        "person": ("人员基本信息",),
        "registration": ("注册人员",),
        "post_certificate": ("岗位人员", "施工现场人员"),
        "safety_certificate": ("三类人员", "安全生产考核合格证"),
        "skill": ("技能工人", "技术工人"),
        "insurance": ("社保",),
        "project": ("项目",),
        "work": ("企业业绩",),
    }.items()
    for spelling in spellings
}
"""Plain name of a sheet → table."""


def table_named(name: str) -> str:
    """The table that a sheet's (or a file's) name means; digits and brackets at its end do not matter. Empty: none."""
    text = plain(name)
    return TABLE_NAMES.get(text) or TABLE_NAMES.get(re.sub(r"[-_ ]*[(]?[0-9]*[)]?$", "", text), "")
