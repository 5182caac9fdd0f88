"""The national platform's table of enterprises with credit codes (2019). Without a code: known by name and province."""

from typing import Final

from zhulian.core.kernel.identifiers import Key, parse_uscc
from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import named


def _key(uscc: str, name: str, region: str) -> Key | None:
    return Key("uscc", parse_uscc(uscc)) if uscc.strip() else named(name, region)


ADAPTER: Final = Export(
    name="jzsc-uscc",
    label="全国平台导出：企业与信用代码（2019）",
    columns=("uscc", "enterprise_name", "legal_rep_masked", "reg_region", "uscc_check_ok"),
    targets=(
        Target(
            "enterprise",
            (
                Field("enterprise", ("uscc", "enterprise_name", "reg_region"), _key, "无代码的以名称与省份作临时标识"),
                Field("uscc", ("uscc",), note="校验不通过的进隔离区"),
                Field("name", ("enterprise_name",)),
                Field("legal_representative", ("legal_rep_masked",), note="脱敏姓名原样保留"),
                Field("region", ("reg_region",), note="省名换为区划代码"),
            ),
        ),
    ),
    unused={"uscc_check_ok": "导出者的校验结果，我们自己校验"},
)
