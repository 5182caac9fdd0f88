"""GC_SGXKZ 施工许可证信息.

The permit itself waits for its table (construction permits come with the projects' procedures); what it says of the project is taken.
"""

from __future__ import annotations

from typing import Final

from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import unit_name
from zhulian.intake.formats.sichuan_2015.codes import KINDS, PROJECT, coded

ADAPTER: Final = Export(
    name="sichuan-2015-permit",
    label="四川省标准（2015）：施工许可证信息",
    columns=(
        "XKZID",
        "XMBH",
        "XMMC",
        "XMDZ",
        "JSDW",
        "JSDWZZJGDM",
        "JSDWDZ",
        "JSDWFDDBR",
        "GCMC",
        "GCBH",
        "GCLB",
        "JSGM",
        "KDGD",
        "JGLX",
        "HTJG",
        "WBJE",
        "WBBZ",
        "HTKGRQ",
        "HTJGRQ",
        "HTBAH",
        "ZLJDBAH",
        "AQJDBAH",
        "XKZBH",
        "FZDW",
        "FZRQ",
        "BZ",
        "CreateTime",
        "Ftime",
    ),
    targets=(
        Target(
            "project",
            (
                PROJECT,
                Field("name", ("XMMC",)),
                Field("owner", ("JSDW",), unit_name),
                Field("kind", ("GCLB",), coded(KINDS, "工程类别"), "代码表 A.14"),
                Field("planned_start_on", ("HTKGRQ",), note="合同开工日期"),
                Field("planned_finish_on", ("HTJGRQ",), note="合同竣工日期"),
            ),
            derived=True,
        ),
    ),
    unused={
        "XKZID": "ID：表中没有对应的列",
        "XMDZ": "项目地址：表中没有对应的列",
        "JSDWZZJGDM": "建设单位组织机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "JSDWDZ": "建设单位地址：表中没有对应的列",
        "JSDWFDDBR": "建设单位法定代表人：表中没有对应的列",
        "GCMC": "工程名称：表中没有对应的列",
        "GCBH": "工程编号：表中没有对应的列",
        "JSGM": "建设规模：表中没有对应的列",
        "KDGD": "跨度高度：表中没有对应的列",
        "JGLX": "结构类型：表中没有对应的列",
        "HTJG": "合同价格：表中没有对应的列",
        "WBJE": "外币金额：表中没有对应的列",
        "WBBZ": "外币币种：表中没有对应的列",
        "HTBAH": "合同备案号：表中没有对应的列",
        "ZLJDBAH": "质量监督备案号：表中没有对应的列",
        "AQJDBAH": "安全监督备案号：表中没有对应的列",
        "XKZBH": "许可证编号：表中没有对应的列",
        "FZDW": "发证单位：表中没有对应的列",
        "FZRQ": "发证日期：表中没有对应的列",
        "BZ": "备注：备注不入登记簿",
        "CreateTime": "创建时间：归档库的时间，与事实无关",
        "Ftime": "更新时间：归档库的时间，与事实无关",
    },
)
