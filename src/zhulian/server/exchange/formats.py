"""What the formats are called on screen, and what the data in them are called as a source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from zhulian.intake.formats.sichuan_2015 import DATA_SETS

_PLATFORM: Final = "全国建筑市场监管公共服务平台"

_PROVINCIAL: Final = "四川省平台（2015 年标准）"

FORMAT_LABELS: Final = {e.name: e.label for e in DATA_SETS} | {
    "canonical-csv": "标准表 CSV",
    "canonical-parquet": "标准表 Parquet",
    "canonical-excel": "标准表 Excel",
    "jzsc-json": "全国平台接口应答（JSON）",
    "jzsc-qualifications": "全国平台导出：企业资质",
    "jzsc-uscc": "全国平台导出：企业信用代码",
    "jzsc-persons": "全国平台导出：注册人员",
    "jzsc-project-chain": "全国平台导出：项目全过程",
    "sichuan-power-2015": "电力施工企业名录（2015）",
}
_FEEDS: Final = {e.name: _PROVINCIAL for e in DATA_SETS} | {
    "canonical-csv": "标准表",
    "canonical-parquet": "标准表",
    "canonical-excel": "标准表",
    "sichuan-power-2015": "电力施工企业名录（2015）",
}


def feed_of(formats: Iterable[str]) -> str:
    """The source of a delivery, from the formats of its files."""
    return "、".join(dict.fromkeys(_FEEDS.get(name, _PLATFORM) for name in formats))[:80]
