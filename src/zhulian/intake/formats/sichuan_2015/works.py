"""RY_DBGCYJ 代表工程业绩.

Works that a person led or took part in, with the contract price as the indicator.
"""

from __future__ import annotations

from typing import Final

from zhulian.core.kernel.identifiers import Key
from zhulian.core.kernel.text import clean
from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import unit_name, wan_yuan
from zhulian.intake.formats.sichuan_2015.codes import enterprise, named_person, person, told, unit

_PROJECT: Final = Field("project", ("XMBM",), lambda text: Key("project_code", clean(text)) if text.strip() else None)


def _work(project: str) -> str:
    return f"sichuan-2015/{clean(project)}" if project.strip() else ""


def _accepted(judged: str) -> object:
    return True if clean(judged) in {"合格", "优良", "优"} else None


def _lead(number: str, serial: str, name: str, leader: str) -> object:
    return person(number, serial) if name.strip() and clean(name) == clean(leader) else None


ADAPTER: Final = Export(
    name="sichuan-2015-works",
    label="四川省标准（2015）：代表工程业绩",
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
        "RZJSRQ",
        "XMBM",
        "XMMC",
        "XMZD",
        "XMDZ",
        "JSDW",
        "HTJ",
        "JSJG",
        "ZLPD",
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
        "SJGQ",
        "YWYY",
        "AQPJ",
        "HJQK",
        "SGDW",
        "KCDW",
        "SJDW",
        "JLDW",
        "DLJG",
        "YSDW",
        "BZ",
    ),
    targets=(
        named_person(),
        unit("SGDW"),
        Target(
            "project",
            (_PROJECT, Field("name", ("XMMC",)), Field("owner", ("JSDW",), unit_name)),
            when=told("XMMC", "XMBM"),
            derived=True,
        ),
        Target(
            "work",
            (
                Field("work", ("XMBM",), _work, "取项目编码"),
                _PROJECT,
                Field("enterprise", ("SGDW",), enterprise, "只有名称，作临时标识"),
                Field("completed_on", ("JGRQ",)),
                Field("accepted", ("ZLPD",), _accepted, "质量评定为合格、优良的为验收合格；其他的为未说明"),
                Field("lead_person", ("SFZH", "RYBH", "XM", "XMFZR"), _lead, "本人是项目负责人的"),
                Field("value", ("HTJ",), wan_yuan, "合同价，万元 → 分；0 视为未填"),
            ),
            {"indicator": "amount"},
            when=told("SGDW", "XMBM", "HTJ"),
        ),
    ),
    unused={
        "JGDM": "机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "QYMC": "企业名称：表中没有对应的列",
        "QYBM": "企业编码：表中没有对应的列",
        "QYSD": "企业属地：表中没有对应的列",
        "ZW": "职务：表中没有对应的列",
        "RZKSRQ": "任职开始日期：表中没有对应的列",
        "RZJSRQ": "任职结束日期：表中没有对应的列",
        "XMZD": "项目属地：表中没有对应的列",
        "XMDZ": "项目地址：表中没有对应的列",
        "JSJG": "结算价格：表中没有对应的列",
        "XMGM": "项目规模：表中没有对应的列",
        "JSZB": "技术指标：表中没有对应的列",
        "XMJJ": "项目简介：表中没有对应的列",
        "XMLB": "项目类别：表中没有对应的列",
        "XMCBFS": "项目承包方式：表中没有对应的列",
        "SGZZFS": "施工组织方式：表中没有对应的列",
        "KGRQ": "开工日期：表中没有对应的列",
        "JHGQ": "计划工期：表中没有对应的列",
        "SJGQ": "实际工期：表中没有对应的列",
        "YWYY": "延误原因：表中没有对应的列",
        "AQPJ": "安全评价：表中没有对应的列",
        "HJQK": "获奖情况：表中没有对应的列",
        "KCDW": "勘察单位：表中没有对应的列",
        "SJDW": "设计单位：表中没有对应的列",
        "JLDW": "监理单位：表中没有对应的列",
        "DLJG": "代理机构：表中没有对应的列",
        "YSDW": "验收单位：表中没有对应的列",
        "BZ": "备注：备注不入登记簿",
    },
)
