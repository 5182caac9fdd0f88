"""Code tables and keys that the data sets of the provincial standard of 2015 share.

Source: Sichuan's project archive standard v1.6, person data standard v3 and the table of person types. The standard
names enterprises by organisation code (GB 11714), which is none of our keys: they are known by name here, in the
province where the record tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key, is_masked, name_key, parse_resident_id
from zhulian.core.kernel.text import clean
from zhulian.intake.formats.adapter import Field, Target
from zhulian.intake.formats.parts import unit_name
from zhulian.intake.model import Raw

SICHUAN: Final = "510000"
NATURES: Final = {"1": "新建", "2": "改建", "3": "扩建", "4": "重建", "5": "迁建", "6": "恢复", "9": "其他"}
"""A.2 建设性质."""
TENDER_METHODS: Final = {
    "1": "公开招标",
    "2": "邀请招标",
    "3": "不招标",
    "4": "竞争性谈判",
    "5": "单一来源采购",
    "6": "询价",
    "9": "国务院政府采购监督管理部门认定的其他采购方式",
}
"""A.7 招标方式."""
KINDS: Final = {"1": "房建", "2": "市政", "99": "其他"}
"""A.14 工程类别，一级."""
USES: Final = {
    "1/100": "居住建筑",
    "1/200": "居住建筑配套工程",
    "1/300": "公共建筑",
    "1/301": "办公建筑",
    "1/302": "商业建筑",
    "1/303": "旅游建筑",
    "1/304": "教科文卫建筑",
    "1/305": "交通运输类",
    "1/306": "通信建筑",
    "1/307": "公共建筑配套工程",
    "1/400": "商住楼",
    "1/500": "农业建筑",
    "1/600": "农业建筑配套工程",
    "1/700": "工业建筑",
    "1/800": "工业建筑配套工程",
    "1/900": "其他",
    "2/10": "给水",
    "2/11": "排水",
    "2/12": "燃气",
    "2/13": "热力",
    "2/14": "道路",
    "2/15": "桥梁",
    "2/16": "风景园林",
    "2/17": "环境园林",
    "2/18": "公共交通",
    "2/99": "其他",
    "2/19": "河堤",
    "2/20": "电力浅沟",
    "2/21": "水处理构筑物",
    "2/22": "隧道",
}
"""A.14 工程子类别: first level / second level."""
PARTY_ROLES: Final = {
    "1": "建设单位",
    "2": "施工总承包",
    "3": "专业承包",
    "4": "劳务分包",
    "5": "勘察",
    "6": "设计",
    "7": "监理",
    "8": "施工图审查机构",
    "9": "检测机构",
    "99": "其他",
}
"""A.22 参建企业类型."""
SEXES: Final = {"1": "男", "2": "女"}
REGISTRATIONS: Final = {
    "101": "一级注册建筑师",
    "102": "二级注册建筑师",
    "103": "一级注册结构工程师",
    "104": "二级注册结构工程师",
    "105": "注册土木工程师",
    "106": "注册公用设备工程师",
    "107": "注册电气工程师",
    "108": "注册化工工程师",
    "109": "注册环保工程师",
    "110": "造价工程师",
    "111": "注册城市规划师",
    "112": "房地产经纪人",
    "113": "房地产估价师",
    "114": "物业管理师",
    "115": "一级(临时)注册建造师",
    "116": "二级(临时)注册建造师",
    "117": "注册监理工程师",
}
"""职称人员类型: types of registered persons, by code or by name."""
CONSTRUCTORS: Final = ("一级注册建造师", "二级注册建造师")
"""Names that the person standard's certificates use beside the code table."""
TITLES: Final = {
    "技术员": "初级",
    "助理工程师": "初级",
    "工程师": "中级",
    "高级工程师": "副高级",
    "正高级工程师": "正高级",
    "教授级高级工程师": "正高级",
    "初级": "初级",
    "中级": "中级",
    "副高级": "副高级",
    "正高级": "正高级",
}
"""Words for a title → its grade. Titles outside engineering are none of these and go to quarantine."""


def coded(table: Mapping[str, str], label: str) -> Callable[[str], str]:
    """A parser by code table: a code, or the word itself. Anything else is refused, naming what there is."""
    words = set(table.values())

    def parse(text: str) -> str:
        value = clean(text)
        if not value or value in words:
            return value
        if value not in table:
            options = "、".join(f"{code} {word}" for code, word in table.items())
            raise ZhulianError("code.option", value=text[:40], field=label, options=options)
        return table[value]

    return parse


def use(kind: str, second: str) -> str:
    """The second level of A.14, whose codes mean something within the first only."""
    if not clean(second) or clean(second) in USES.values():
        return clean(second)
    return coded(USES, "项目子类型")(f"{clean(kind)}/{clean(second)}")


def division(text: str) -> str:
    """属地 as `51`, `5101` or a full code: filled up to six digits."""
    value = clean(text)
    return value.ljust(6, "0") if value.isdecimal() and len(value) in {2, 4} else value


def project(text: str) -> Key | None:
    """项目编码 of the archive (a GUID): its own key, which a project number joins when its record tells one."""
    return Key("local", f"sichuan-2015/{clean(text).lower()}") if text.strip() else None


def enterprise(name: str) -> Key | None:
    """An enterprise by its name alone."""
    return name_key(unit_name(name), "") if name.strip() else None


def enterprise_at(name: str, region: str) -> Key | None:
    """An enterprise by name and province (企业属地); without a place by its name alone."""
    place = division(region)
    return name_key(unit_name(name), f"{place[:2]}0000" if place else "") if name.strip() else None


def person(number: str, serial: str) -> Key | None:
    """A person by ID number, else by the archive's own number."""
    if number.strip() and not is_masked(number):
        return Key("id_no", parse_resident_id(number))
    return Key("local", f"sichuan-2015/{clean(serial)}") if serial.strip() else None


def told(*columns: str) -> Callable[[Raw], bool]:
    """Whether all these columns say something."""

    def when(raw: Raw) -> bool:
        return all(raw.get(c, "").strip() for c in columns)

    return when


def unit(column: str, *more: Field) -> Target:
    """A unit that the record names, as an enterprise."""
    fields = (Field("enterprise", (column,), enterprise, "只有名称，作临时标识"), Field("name", (column,), unit_name))
    return Target("enterprise", (*fields, *more), when=told(column), derived=True)


PROJECT: Final = Field("project", ("XMBH",), project, "归档库的项目编码，作临时标识")
PERSON: Final = Field("person", ("SFZH", "RYBH"), person, "身份证号；没有的用人员编号作临时标识")
EMPLOYER_AT: Final = Field("enterprise", ("QYMC", "QYSD"), enterprise_at, "名称与企业属地所在省作临时标识")


def named_person(*more: Field) -> Target:
    """The person that a record is about."""
    return Target(
        "person", (PERSON, Field("id_no", ("SFZH",)), Field("name", ("XM",)), *more), when=told("XM"), derived=True
    )
