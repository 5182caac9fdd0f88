"""The national platform's table of qualifications, as exported in 2019: one row per enterprise and qualification.

It has neither credit codes nor certificate numbers: enterprises are provisional, known by name and province.
"""

from typing import Final

from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import code_or_name, named

_ENTERPRISE: Final = Field("enterprise", ("enterprise_name", "reg_region"), named, "名称与省份作临时标识")

ADAPTER: Final = Export(
    name="jzsc-qualifications",
    label="全国平台导出：企业资质（2019）",
    columns=(
        "enterprise_name",
        "legal_rep_masked",
        "reg_region",
        "qual_category",
        "qual_name",
        "apt_code",
        "cert_valid_until",
        "source_file",
    ),
    targets=(
        Target(
            "enterprise",
            (
                _ENTERPRISE,
                Field("name", ("enterprise_name",)),
                Field("legal_representative", ("legal_rep_masked",), note="脱敏姓名原样保留"),
                Field("region", ("reg_region",), note="省名换为区划代码"),
            ),
            derived=True,
        ),
        Target(
            "qualification",
            (
                _ENTERPRISE,
                Field("code", ("apt_code", "qual_name"), code_or_name, "代码为空时按资质名称逐字查代码表"),
                Field("valid_until", ("cert_valid_until",)),
            ),
        ),
    ),
    unused={"qual_category": "可由资质代码得出", "source_file": "导出时的文件名，与事实无关"},
)
