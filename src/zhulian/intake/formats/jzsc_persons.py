"""The national platform's table of registered persons (2019): one row per person, licence and specialty.

Persons are counted by `person_id`, never by row. Their numbers are masked, so no `id_no` comes of them.
"""

from typing import Final

from zhulian.core.kernel.identifiers import Key
from zhulian.core.kernel.text import clean
from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import named


def _person(number: str) -> Key | None:
    return Key("jzsc_person", clean(number)) if number.strip() else None


_PERSON: Final = Field("person", ("person_id",), _person, "平台人员编号")

ADAPTER: Final = Export(
    name="jzsc-persons",
    label="全国平台导出：注册人员（脱敏，2019）",
    columns=(
        "person_id",
        "name_masked",
        "sex",
        "id_type",
        "id_masked",
        "reg_type",
        "reg_major",
        "reg_enterprise",
        "reg_valid_until",
        "source_file",
    ),
    targets=(
        Target(
            "person",
            (
                _PERSON,
                Field("name", ("name_masked",), note="脱敏姓名原样保留"),
                Field("id_no", ("id_masked",), note="脱敏号码不作证件号，留空"),
                Field("sex", ("sex",)),
            ),
            derived=True,
        ),
        Target(
            "enterprise",
            (
                Field("enterprise", ("reg_enterprise",), named, "只有名称，作临时标识"),
                Field("name", ("reg_enterprise",)),
            ),
            when=lambda raw: bool(raw.get("reg_enterprise", "").strip()),
            derived=True,
        ),
        Target(
            "registration",
            (
                _PERSON,
                Field("enterprise", ("reg_enterprise",), named, "只有名称，作临时标识"),
                Field("kind", ("reg_type",)),
                Field("specialty", ("reg_major",)),
                Field("valid_until", ("reg_valid_until",)),
            ),
        ),
    ),
    unused={"id_type": "号码已脱敏，证件类型无用", "source_file": "导出时的文件名，与事实无关"},
)
