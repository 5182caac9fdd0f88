"""RY_RYZSXX 人员证书信息.

Certificates of registered persons. A cancelled one gives its person only, since the day is not told.
"""

from __future__ import annotations

from typing import Final

from zhulian.core.kernel.text import clean
from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import unit_name
from zhulian.intake.formats.sichuan_2015.codes import (
    CONSTRUCTORS,
    EMPLOYER_AT,
    PERSON,
    REGISTRATIONS,
    SEXES,
    coded,
    division,
    named_person,
    told,
)
from zhulian.intake.model import Raw

_TYPES: Final = REGISTRATIONS | {name: name for name in CONSTRUCTORS}
_STATES: Final = {"0": "正常", "1": "已注销"}


def _number(registered: str, certificate: str) -> str:
    return registered if registered.strip() else certificate


def _since(valid_from: str, issued: str) -> str:
    return valid_from if valid_from.strip() else issued


def _in_force(raw: Raw) -> bool:
    """证书状态 1 is 已注销, without the day: since when it no longer holds is not told, so no registration is."""
    return clean(raw.get("ZSZT", "")) not in {"1", "已注销"}


def _kind(kind: str, state: str) -> str:
    coded(_STATES, "证书状态")(state)  # an unknown state may mean that it does not hold
    return coded(_TYPES, "证书类型")(kind)


ADAPTER: Final = Export(
    name="sichuan-2015-certificate",
    label="四川省标准（2015）：人员证书信息",
    columns=(
        "JGDM",
        "QYMC",
        "QYBM",
        "QYSD",
        "RYBH",
        "XM",
        "SFZH",
        "XB",
        "CSRQ",
        "ZZ",
        "ZW",
        "JSZC",
        "QDZCSJ",
        "ZSLX",
        "ZSJB",
        "ZCZSBH",
        "ZGZSH",
        "ZCZSH",
        "YZH",
        "ZCZY",
        "ZSYXQKSSJ",
        "ZSYXQJSSJ",
        "FZSJ",
        "FZJG",
        "ZSZT",
        "BZ",
    ),
    targets=(
        Target(
            "enterprise",
            (
                EMPLOYER_AT,
                Field("name", ("QYMC",), unit_name),
                Field("region", ("QYSD",), division, "51、5101 补足六位"),
            ),
            when=told("QYMC"),
            derived=True,
        ),
        named_person(Field("sex", ("XB",), coded(SEXES, "性别")), Field("birth_on", ("CSRQ",))),
        Target(
            "registration",
            (
                Field("registration_no", ("ZCZSH", "ZCZSBH"), _number, "注册证书号，没有的取证书编号"),
                PERSON,
                EMPLOYER_AT,
                Field("kind", ("ZSLX", "ZSZT"), _kind, "职称人员类型的代码或名称；已注销的不采用"),
                Field("specialty", ("ZCZY",)),
                Field("valid_until", ("ZSYXQJSSJ",)),
                Field("fact_from", ("ZSYXQKSSJ", "FZSJ"), _since, "有效期开始时间，没有的取发证时间"),
            ),
            when=_in_force,
        ),
    ),
    unused={
        "JGDM": "机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "QYBM": "企业编码：表中没有对应的列",
        "ZZ": "住址：表中没有对应的列",
        "ZW": "职务：表中没有对应的列",
        "JSZC": "技术职称：表中没有对应的列",
        "QDZCSJ": "取得职称时间：表中没有对应的列",
        "ZSJB": "证书级别：表中没有对应的列",
        "ZGZSH": "资格证书号：表中没有对应的列",
        "YZH": "印章号：表中没有对应的列",
        "FZJG": "发证机关：表中没有对应的列",
        "BZ": "备注：备注不入登记簿",
    },
)
