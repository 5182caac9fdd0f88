"""XM_XMJBXX 项目基本信息."""

from __future__ import annotations

from typing import Final

from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import unit_name, wan_yuan
from zhulian.intake.formats.sichuan_2015.codes import KINDS, NATURES, PROJECT, coded, division, use

ADAPTER: Final = Export(
    name="sichuan-2015-projects",
    label="四川省标准（2015）：项目基本信息",
    columns=(
        "XMBH",
        "BH",
        "XMMC",
        "XMSD",
        "XMDZ",
        "JSDW",
        "JSDWZZJFDM",
        "JSDWDZ",
        "JSDWFR",
        "JSDWFRDH",
        "JSDWJSFZR",
        "JSDWJSFZRZC",
        "JSDWJSFZRDH",
        "XMLX",
        "XMZLX",
        "JSXZ",
        "JSMS",
        "XMZTZ",
        "JSGM",
        "JSNR",
        "CreateTime",
        "Ftime",
        "SFSW",
    ),
    targets=(
        Target(
            "project",
            (
                PROJECT,
                Field("project_code", ("BH",), note="项目编号（A.23）"),
                Field("name", ("XMMC",)),
                Field("region", ("XMSD",), division, "51、5101 补足六位"),
                Field("owner", ("JSDW",), unit_name),
                Field("kind", ("XMLX",), coded(KINDS, "项目类型"), "代码表 A.14"),
                Field("use", ("XMLX", "XMZLX"), use, "代码表 A.14，二级"),
                Field("nature", ("JSXZ",), coded(NATURES, "建设性质"), "代码表 A.2"),
                Field(
                    "total_investment", ("XMZTZ",), wan_yuan, "来源未写单位；同类字段均为万元，按万元 → 分；0 视为未填"
                ),
            ),
        ),
    ),
    unused={
        "XMDZ": "项目地址：表中没有对应的列",
        "JSDWZZJFDM": "建设单位组织机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "JSDWDZ": "建设单位地址：表中没有对应的列",
        "JSDWFR": "建设单位法人：表中没有对应的列",
        "JSDWFRDH": "建设单位法人联系电话：表中没有对应的列",
        "JSDWJSFZR": "建设单位技术负责人：表中没有对应的列",
        "JSDWJSFZRZC": "建设单位技术负责人职称：表中没有对应的列",
        "JSDWJSFZRDH": "建设单位技术负责人联系电话：表中没有对应的列",
        "JSMS": "建设模式：表中没有对应的列",
        "JSGM": "建设规模：表中没有对应的列",
        "JSNR": "建设内容：表中没有对应的列",
        "CreateTime": "创建时间：归档库的时间，与事实无关",
        "Ftime": "更新时间：归档库的时间，与事实无关",
        "SFSW": "是否涉外：表中没有对应的列",
    },
)
