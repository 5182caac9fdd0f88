"""RY_RYJBXX 人员基本信息."""

from __future__ import annotations

from typing import Final

from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.sichuan_2015.codes import PERSON, SEXES, TITLES, coded, told, unit

ADAPTER: Final = Export(
    name="sichuan-2015-person",
    label="四川省标准（2015）：人员基本信息",
    columns=(
        "JGDM",
        "QYMC",
        "QYBM",
        "RYBH",
        "XM",
        "SFZH",
        "XB",
        "CSRQ",
        "MZ",
        "ZZ",
        "ZW",
        "BYYX",
        "BYSJ",
        "SXZY",
        "LXDZ",
        "YXBM",
        "DZYX",
        "BGDH",
        "GRDH",
        "ZPURL",
        "RYZT",
        "ZC",
        "QDZCSJ",
        "BZ",
    ),
    targets=(
        unit("QYMC"),
        Target(
            "person",
            (
                PERSON,
                Field("id_no", ("SFZH",)),
                Field("name", ("XM",)),
                Field("sex", ("XB",), coded(SEXES, "性别")),
                Field("birth_on", ("CSRQ",)),
                Field("phone", ("GRDH",)),
            ),
        ),
        Target(
            "title",
            (
                PERSON,
                Field("grade", ("ZC",), coded(TITLES, "职称"), "工程师系列的职称换为等级"),
                Field("awarded_on", ("QDZCSJ",)),
            ),
            when=told("ZC"),
        ),
    ),
    unused={
        "JGDM": "机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "QYBM": "企业编码：表中没有对应的列",
        "MZ": "民族：表中没有对应的列",
        "ZZ": "住址：表中没有对应的列",
        "ZW": "职务：表中没有对应的列",
        "BYYX": "毕业院校：表中没有对应的列",
        "BYSJ": "毕业时间：表中没有对应的列",
        "SXZY": "所学专业：表中没有对应的列",
        "LXDZ": "联系地址：表中没有对应的列",
        "YXBM": "邮政编码：表中没有对应的列",
        "DZYX": "电子邮箱：表中没有对应的列",
        "BGDH": "办公电话：表中没有对应的列",
        "ZPURL": "照片URL：表中没有对应的列",
        "RYZT": "人员状态：表中没有对应的列",
        "BZ": "备注：备注不入登记簿",
    },
)
