"""XM_ZBJGXX 中标结果信息."""

from __future__ import annotations

from typing import Final

from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import unit_name, wan_yuan
from zhulian.intake.formats.sichuan_2015.codes import PROJECT, enterprise, unit

ADAPTER: Final = Export(
    name="sichuan-2015-award",
    label="四川省标准（2015）：中标结果信息",
    columns=(
        "ZBID",
        "XMBH",
        "XMMC",
        "XMDZ",
        "BDMC",
        "JSDW",
        "JSDWZZJGDM",
        "ZBJG",
        "ZBMJ",
        "ZBJGDX",
        "ZBQYMC",
        "ZBQYZZJGDM",
        "ZBQYJJXZ",
        "ZBQYZZJDJ",
        "ZBQYZZZSH",
        "ZBTZSBH",
        "ZBTZSFBSJ",
        "BAH",
        "BAJG",
        "BASJ",
        "BZ",
        "BH",
        "CreateTime",
        "Ftime",
    ),
    targets=(
        unit("ZBQYMC"),
        Target("project", (PROJECT, Field("name", ("XMMC",)), Field("owner", ("JSDW",), unit_name)), derived=True),
        Target(
            "bid",
            (
                Field("tender_no", ("ZBID",)),
                Field("enterprise", ("ZBQYMC",), enterprise, "只有名称，作临时标识"),
                Field("price", ("ZBJG",), wan_yuan, "万元 → 分；0 视为未填"),
            ),
            {"won": True},
        ),
    ),
    unused={
        "XMDZ": "项目地址：表中没有对应的列",
        "BDMC": "标段名称：表中没有对应的列",
        "JSDWZZJGDM": "建设单位组织机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "ZBMJ": "中标面积：表中没有对应的列",
        "ZBJGDX": "中标价格大写：表中没有对应的列",
        "ZBQYZZJGDM": "中标企业组织机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "ZBQYJJXZ": "中标企业经济性质：表中没有对应的列",
        "ZBQYZZJDJ": "中标企业资质及等级：表中没有对应的列",
        "ZBQYZZZSH": "中标企业资质证书号：表中没有对应的列",
        "ZBTZSBH": "中标通知书编号：表中没有对应的列",
        "ZBTZSFBSJ": "中标通知书发布时间：表中没有对应的列",
        "BAH": "备案号：表中没有对应的列",
        "BAJG": "备案机构：表中没有对应的列",
        "BASJ": "备案时间：表中没有对应的列",
        "BZ": "备注：备注不入登记簿",
        "BH": "编号：表中没有对应的列",
        "CreateTime": "创建时间：归档库的时间，与事实无关",
        "Ftime": "更新时间：归档库的时间，与事实无关",
    },
)
