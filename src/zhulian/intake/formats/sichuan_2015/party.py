"""GC_JSZRZTXX 建设各方责任主体信息."""

from __future__ import annotations

from typing import Final

from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.sichuan_2015.codes import PARTY_ROLES, PROJECT, coded, enterprise, unit

ADAPTER: Final = Export(
    name="sichuan-2015-party",
    label="四川省标准（2015）：建设各方责任主体信息",
    columns=(
        "JSID",
        "XMBH",
        "DWGCBH",
        "BH",
        "CJDWLX",
        "QYID",
        "CJDWMC",
        "CJDWDZ",
        "CJDWZZJGDM",
        "CJDWZXZZJDJ",
        "CJDWZZZSBH",
        "CJDWAQSCXKZH",
        "CJDWFR",
        "CJDWLXDH",
        "BZ",
        "CreateTime",
        "Ftime",
    ),
    targets=(
        unit("CJDWMC", Field("address", ("CJDWDZ",)), Field("legal_representative", ("CJDWFR",))),
        Target(
            "participation",
            (
                PROJECT,
                Field("enterprise", ("CJDWMC",), enterprise, "只有名称，作临时标识"),
                Field("role", ("CJDWLX",), coded(PARTY_ROLES, "参建单位类型"), "代码表 A.22"),
            ),
        ),
    ),
    unused={
        "JSID": "ID：表中没有对应的列",
        "DWGCBH": "工程编码：表中没有对应的列",
        "BH": "编号：表中没有对应的列",
        "QYID": "企业编码：表中没有对应的列",
        "CJDWZZJGDM": "参建单位组织机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "CJDWZXZZJDJ": "参建单位主项资质及等级：表中没有对应的列",
        "CJDWZZZSBH": "参建单位资质证书编号：表中没有对应的列",
        "CJDWAQSCXKZH": "参建单位安全生产许可证号：表中没有对应的列",
        "CJDWLXDH": "参建单位联系电话：表中没有对应的列",
        "BZ": "备注：备注不入登记簿",
        "CreateTime": "创建时间：归档库的时间，与事实无关",
        "Ftime": "更新时间：归档库的时间，与事实无关",
    },
)
