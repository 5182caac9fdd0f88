"""RY_ZJGCXM 在建工程项目.

Projects under way on which a person works, with their parties.
"""

from __future__ import annotations

from typing import Final

from zhulian.core.kernel.identifiers import Key
from zhulian.core.kernel.text import clean
from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import unit_name
from zhulian.intake.formats.sichuan_2015.codes import enterprise, named_person, told

_PROJECT: Final = Field("project", ("XMBM",), lambda text: Key("project_code", clean(text)) if text.strip() else None)
_PARTIES: Final = {"SGDW": "施工", "KCDW": "勘察", "SJDW": "设计", "JLDW": "监理"}


def _party(column: str, role: str) -> Target:
    fields = (_PROJECT, Field("enterprise", (column,), enterprise, "只有名称，作临时标识"))
    return Target("participation", fields, {"role": role}, when=told(column, "XMBM"), derived=True)


ADAPTER: Final = Export(
    name="sichuan-2015-ongoing",
    label="四川省标准（2015）：在建工程项目",
    columns=(
        "JGDM",
        "QYMC",
        "QYBM",
        "QYSD",
        "RYBH",
        "XM",
        "SFZH",
        "ZW",
        "RZKSRQ",
        "XMBM",
        "XMMC",
        "XMZD",
        "XMDZ",
        "JSDW",
        "HTJ",
        "XMGM",
        "XMFZR",
        "JSZB",
        "XMJJ",
        "XMLB",
        "XMCBFS",
        "SGZZFS",
        "KGRQ",
        "JGRQ",
        "JHGQ",
        "SGDW",
        "KCDW",
        "SJDW",
        "JLDW",
        "DLJG",
        "BZ",
    ),
    targets=(
        named_person(),
        Target(
            "project",
            (
                _PROJECT,
                Field("name", ("XMMC",)),
                Field("owner", ("JSDW",), unit_name),
                Field("started_on", ("KGRQ",)),
                Field("planned_finish_on", ("JGRQ",), note="计划竣工日期"),
            ),
            {"status": "在建"},
            when=told("XMMC", "XMBM"),
            derived=True,
        ),
        *(_party(column, role) for column, role in _PARTIES.items()),
    ),
    unused={
        "JGDM": "机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "QYMC": "企业名称：表中没有对应的列",
        "QYBM": "企业编码：表中没有对应的列",
        "QYSD": "企业属地：表中没有对应的列",
        "ZW": "职务：表中没有对应的列",
        "RZKSRQ": "任职开始日期：表中没有对应的列",
        "XMZD": "项目属地：表中没有对应的列",
        "XMDZ": "项目地址：表中没有对应的列",
        "HTJ": "合同价：表中没有对应的列",
        "XMGM": "项目规模：表中没有对应的列",
        "XMFZR": "项目负责人：表中没有对应的列",
        "JSZB": "技术指标：表中没有对应的列",
        "XMJJ": "项目简介：表中没有对应的列",
        "XMLB": "项目类别：表中没有对应的列",
        "XMCBFS": "项目承包方式：表中没有对应的列",
        "SGZZFS": "施工组织方式：表中没有对应的列",
        "JHGQ": "计划工期：表中没有对应的列",
        "DLJG": "代理机构：表中没有对应的列",
        "BZ": "备注：备注不入登记簿",
    },
)
