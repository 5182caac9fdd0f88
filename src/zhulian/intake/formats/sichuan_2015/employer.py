"""RY_GZDWQK 工作单位情况."""

from __future__ import annotations

from typing import Final

from zhulian.intake.formats.adapter import Export, Field
from zhulian.intake.formats.sichuan_2015.codes import named_person, unit

ADAPTER: Final = Export(
    name="sichuan-2015-employer",
    label="四川省标准（2015）：工作单位情况",
    columns=(
        "RYBH",
        "XM",
        "SFZH",
        "JGDM",
        "QYMC",
        "QYBM",
        "QYLX",
        "QYCYM",
        "JJXZ",
        "LSGX",
        "ZGBM",
        "ZCDZ",
        "ZCDZYZBM",
        "QYXXDZ",
        "QYXXDZYZBM",
        "LXDH",
        "CZ",
        "DZYJ",
        "QYWZ",
        "JLSJ",
        "YYZZZCH",
        "FZJG",
        "FRDB",
        "FRDBSJH",
        "YWLX",
        "QYZT",
        "BZ",
    ),
    targets=(
        named_person(),
        unit(
            "QYMC",
            Field("legal_representative", ("FRDB",)),
            Field("address", ("ZCDZ",)),
            Field("established_on", ("JLSJ",)),
        ),
    ),
    unused={
        "JGDM": "机构代码：机构代码（GB 11714）不是我们的主体编号；登记以名称",
        "QYBM": "企业编码：表中没有对应的列",
        "QYLX": "企业类型：表中没有对应的列",
        "QYCYM": "企业曾用名：表中没有对应的列",
        "JJXZ": "经济性质：表中没有对应的列",
        "LSGX": "隶属关系：表中没有对应的列",
        "ZGBM": "主管部门：表中没有对应的列",
        "ZCDZYZBM": "注册地址邮政编码：表中没有对应的列",
        "QYXXDZ": "企业详细地址：表中没有对应的列",
        "QYXXDZYZBM": "企业详细地址邮政编码：表中没有对应的列",
        "LXDH": "联系电话：表中没有对应的列",
        "CZ": "传真：表中没有对应的列",
        "DZYJ": "电子邮件：表中没有对应的列",
        "QYWZ": "企业网址：表中没有对应的列",
        "YYZZZCH": "营业执照注册号：表中没有对应的列",
        "FZJG": "发证机关：表中没有对应的列",
        "FRDBSJH": "法人代表手机号：表中没有对应的列",
        "YWLX": "业务类型：表中没有对应的列",
        "QYZT": "企业状态：表中没有对应的列",
        "BZ": "备注：备注不入登记簿",
    },
)
