"""XM_JGBAXX 竣工备案信息（房建、市政）.

The filing of an acceptance says when the project began and ended; which unit built it stands in the parties' data set.
"""

from __future__ import annotations

from typing import Final

from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import unit_name
from zhulian.intake.formats.sichuan_2015.codes import KINDS, PROJECT, coded

ADAPTER: Final = Export(
    name="sichuan-2015-completion",
    label="四川省标准（2015）：竣工备案信息（房建、市政）",
    columns=(
        "JGID",
        "XMBH",
        "XMMC",
        "XMDZ",
        "JSDW",
        "JSDWZZJGDM",
        "FQBM",
        "GCMC",
        "GCBH",
        "JGLX",
        "JZMJ",
        "GCZJ",
        "GCZJJSJE",
        "GCLB",
        "HTKGRQ",
        "HTJGRQ",
        "SJKGRQ",
        "SJJGRQ",
        "JGYSRQ",
        "GHXKZH",
        "SGXKZH",
        "XFHGYSWJH",
        "ZLBXDW",
        "WXJJ",
        "BAH",
        "BAJG",
        "BASJ",
        "BZ",
        "CreateTime",
        "Ftime",
        "FactPrjSize",
        "ZLJDJGMC",
        "JDDJH",
    ),
    targets=(
        Target(
            "project",
            (
                PROJECT,
                Field("name", ("XMMC",)),
                Field("owner", ("JSDW",), unit_name),
                Field("kind", ("GCLB",), coded(KINDS, "工程类别"), "代码表 A.14"),
                Field("started_on", ("SJKGRQ",)),
                Field("finished_on", ("SJJGRQ",)),
            ),
            derived=True,
        ),
    ),
    unused={
        "JGID": "ID：表中没有对应的列",
        "XMDZ": "项目地址：表中没有对应的列",
        "JSDWZZJGDM": "建设单位组织机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "FQBM": "工程编码：表中没有对应的列",
        "GCMC": "工程名称：表中没有对应的列",
        "GCBH": "工程编号：表中没有对应的列",
        "JGLX": "结构类型：表中没有对应的列",
        "JZMJ": "建筑面积：表中没有对应的列",
        "GCZJ": "工程造价：表中没有对应的列",
        "GCZJJSJE": "工程造价结算金额：表中没有对应的列",
        "HTKGRQ": "合同开工日期：表中没有对应的列",
        "HTJGRQ": "合同竣工日期：表中没有对应的列",
        "JGYSRQ": "竣工验收日期：表中没有对应的列",
        "GHXKZH": "规划许可证号：表中没有对应的列",
        "SGXKZH": "施工许可证号：表中没有对应的列",
        "XFHGYSWJH": "消防合格验收文件号：表中没有对应的列",
        "ZLBXDW": "质量保修单位：表中没有对应的列",
        "WXJJ": "维修基金：表中没有对应的列",
        "BAH": "备案号：表中没有对应的列",
        "BAJG": "备案机构：表中没有对应的列",
        "BASJ": "备案时间：表中没有对应的列",
        "BZ": "备注：备注不入登记簿",
        "CreateTime": "创建时间：归档库的时间，与事实无关",
        "Ftime": "更新时间：归档库的时间，与事实无关",
        "FactPrjSize": "实际建设规模：表中没有对应的列",
        "ZLJDJGMC": "质量监督机构名称：表中没有对应的列",
        "JDDJH": "监督登记号：表中没有对应的列",
    },
)
