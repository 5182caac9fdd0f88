"""The national platform's projects with tender, contract and completion in one row (2019).

Projects have no code here and many share a name (综合楼, 办公楼): the provisional key is name, investment and
area together. Zero amounts mean "not told". The completion link is the filing of an acceptance
(竣工验收备案), so a row with it and with a finishing day is an accepted work.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key
from zhulian.core.kernel.text import squash
from zhulian.intake.formats.adapter import Export, Field, Target
from zhulian.intake.formats.parts import named, square_metres, unit_name, wan_yuan
from zhulian.intake.model import Raw


def _project(name: str, invest: str, area: str) -> Key | None:
    return Key("local", f"jzsc-2019/{squash(name)}/{squash(invest)}/{squash(area)}") if name.strip() else None


def _number(url: str) -> str:
    """`tenderInfo/3707516` of the page's address."""
    match = re.search(r"[A-Za-z]+/[0-9]+$", url.strip())
    if url.strip() and match is None:
        raise ZhulianError("value.number", value=url[:80], unit="平台页面编号")
    return match[0] if match else ""


def _work(finish_url: str, contract_url: str) -> str:
    return _number(finish_url) or _number(contract_url)


def _accepted(finish_url: str, finished_on: str) -> object:
    return True if finish_url.strip() and finished_on.strip() else None


def _told(*columns: str) -> Callable[[Raw], bool]:
    def when(raw: Raw) -> bool:
        return all(raw.get(c, "").strip() not in {"", "0", "0.0", "0.00"} for c in columns)

    return when


_PROJECT: Final = Field(
    "project", ("project_name", "total_invest", "total_area"), _project, "名称、投资、面积合作临时标识"
)
_TENDER_NO: Final = Field("tender_no", ("bid_url",), _number, "取网址末段编号")
_WORK: Final = (
    _PROJECT,
    Field("enterprise", ("construction_unit",), named, "只有名称，作临时标识"),
    Field("completed_on", ("actual_finish_date",)),
    Field("accepted", ("finish_url", "actual_finish_date"), _accepted, "有竣工验收备案和竣工日期的为验收合格"),
)


def _unit(column: str) -> Target:
    """A unit that the row names, as an enterprise."""
    fields = (Field("enterprise", (column,), named, "只有名称，作临时标识"), Field("name", (column,), unit_name))
    return Target("enterprise", fields, when=_told(column), derived=True)


def _participation(column: str, role: str) -> Target:
    fields = (_PROJECT, Field("enterprise", (column,), named, "只有名称，作临时标识"))
    return Target("participation", fields, {"role": role}, when=_told(column))


ADAPTER: Final = Export(
    name="jzsc-project-chain",
    label="全国平台导出：项目、招标、合同、竣工（2019）",
    columns=(
        "project_name",
        "project_type",
        "construction_nature",
        "project_use",
        "total_invest",
        "total_area",
        "bid_type",
        "bid_method",
        "winning_bidder",
        "bid_award_date",
        "bid_amount_wan",
        "bid_area_m2",
        "bid_agency",
        "bid_url",
        "contract_category",
        "contract_amount_wan",
        "contract_sign_date",
        "contract_scale",
        "contractor",
        "contract_url",
        "actual_cost_wan",
        "actual_area_m2",
        "actual_start_date",
        "actual_finish_date",
        "design_unit",
        "supervision_unit",
        "construction_unit",
        "finish_url",
        "source_file",
    ),
    targets=(
        Target(
            "project",
            (
                _PROJECT,
                Field("name", ("project_name",)),
                Field("kind", ("project_type",)),
                Field("nature", ("construction_nature",)),
                Field("use", ("project_use",)),
                Field("total_investment", ("total_invest",), wan_yuan, "万元 → 分；0 视为未填"),
                Field("total_area", ("total_area",), square_metres, "平方米 → ×1000；0 视为未填"),
                Field("started_on", ("actual_start_date",)),
                Field("finished_on", ("actual_finish_date",)),
            ),
            derived=True,
        ),
        *(_unit(c) for c in ("winning_bidder", "contractor", "design_unit", "supervision_unit", "construction_unit")),
        Target(
            "tender",
            (
                _TENDER_NO,
                _PROJECT,
                Field("opened_on", ("bid_award_date",), note="中标日期"),
                Field("method", ("bid_method",)),
                Field("agency", ("bid_agency",), unit_name),
            ),
            when=_told("bid_url"),
        ),
        Target(
            "bid",
            (
                _TENDER_NO,
                Field("enterprise", ("winning_bidder",), named, "只有名称，作临时标识"),
                Field("price", ("bid_amount_wan",), wan_yuan, "万元 → 分；0 视为未填"),
            ),
            {"won": True},
            when=_told("bid_url", "winning_bidder"),
        ),
        Target(
            "contract",
            (
                Field("contract_no", ("contract_url",), _number, "取网址末段编号"),
                _PROJECT,
                Field("enterprise", ("contractor",), named, "只有名称，作临时标识"),
                Field("amount", ("contract_amount_wan",), wan_yuan, "万元 → 分；0 视为未填"),
                Field("signed_on", ("contract_sign_date",)),
                Field("scale", ("contract_scale",)),
            ),
            {"role": "施工"},
        ),
        _participation("design_unit", "设计"),
        _participation("supervision_unit", "监理"),
        _participation("construction_unit", "施工"),
        Target(
            "work",
            (
                Field("work", ("finish_url", "contract_url"), _work, "取竣工（无则合同）网址末段编号"),
                *_WORK,
                Field("value", ("actual_area_m2",), square_metres, "平方米 → ×1000；0 视为未填"),
            ),
            {"indicator": "area_m2"},
            when=_told("construction_unit", "actual_area_m2"),
        ),
        Target(
            "work",
            (
                Field("work", ("contract_url",), _number, "单项合同额：取合同网址末段编号"),
                *_WORK,
                Field("value", ("contract_amount_wan",), wan_yuan, "合同额，万元 → 分；0 视为未填"),
            ),
            {"indicator": "amount"},
            when=_told("construction_unit", "contract_amount_wan"),
            derived=True,  # one contract may have several completions; its amount counts once, with the first
        ),
    ),
    unused={
        "bid_type": "表中没有对应的列（来源全部为空）",
        "bid_area_m2": "招标面积，不是竣工面积",
        "contract_category": "来源全部为空，承包角色一律记为「施工」",
        "actual_cost_wan": "来源全部为空",
        "source_file": "导出时的文件名，与事实无关",
    },
)
