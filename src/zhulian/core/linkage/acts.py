"""What a proposal may ask somebody with power to sign: the acts, their powers and what law asks before and after.

Powers are resolved on the duty table (权责清单): the authority that granted marks and withdraws a qualification, the
issuer of a safety permit suspends it. An act without a restriction opens work (a verification, a check, a case).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Seat(StrEnum):
    """Whose division decides who owns an act or an obligation."""

    GRANTED = "granted"
    """the authority that granted the qualification or issued the permit (许可机关、颁发管理机关)"""
    REGISTERED = "registered"
    """the place where the enterprise is registered"""
    PROJECT = "project"
    """the place of the project"""


class Refusal(StrEnum):
    """What an effective restriction refuses."""

    BID = "bid"
    CONTRACT = "contract"
    PERMIT = "permit"
    DECLARE = "declare"

    @property
    def label(self) -> str:
        """Chinese word shown on screen."""
        return REFUSAL_LABELS[self]


REFUSAL_LABELS: Final[Mapping[Refusal, str]] = {
    Refusal.BID: "投标",
    Refusal.CONTRACT: "承揽新工程",
    Refusal.PERMIT: "办理施工许可",
    Refusal.DECLARE: "申请资质升级、增项",
}


class End(StrEnum):
    """How a restriction ends."""

    FACTS = "facts"
    """by itself, within a minute, when the facts are restored"""
    TERM = "term"
    """by itself, when its term is over"""
    APPLICATION = "application"
    """on application and re-check, after its term where it has one (a suspended safety permit)"""
    AUTHORITY = "authority"
    """when the deciding authority ends it"""


END_LABELS: Final[Mapping[End, str]] = {
    End.FACTS: "事实恢复后自动解除",
    End.TERM: "期满自动解除",
    End.APPLICATION: "期满后经申请、复核解除",
    End.AUTHORITY: "由作出决定的机关解除",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of decision. `defence`: notice and defence come first; `review`: legal review before the signature.

    `told` is the type of event when it takes effect, `ended` when its restriction ends; empty: `decision.made` alone.
    """

    id: str
    label: str
    title: str
    power: str
    seat: Seat
    restricts: bool = False
    defence: bool = True
    review: bool = False
    told: str = ""
    ended: str = ""


_ACTS: Final = (
    Act("verify", "资质动态核查", "资质动态核查通知书", "qualification.verify", Seat.REGISTERED, defence=False),
    Act("inspect", "现场检查", "行政检查通知书", "site.inspect", Seat.PROJECT, defence=False),
    Act("check_contracting", "转包、违法分包、挂靠核查", "行政检查通知书", "market.check", Seat.PROJECT, defence=False),
    Act("case", "立案查处", "立案审批表", "penalty.file", Seat.PROJECT, defence=False),
    Act(
        "rectify",
        "责令限期改正",
        "责令限期改正通知书",
        "qualification.mark",
        Seat.GRANTED,
        restricts=True,
    ),
    Act(
        "mark",
        "资质异常标注",
        "资质异常标注决定书",
        "qualification.mark",
        Seat.GRANTED,
        restricts=True,
        told="qualification.marked",
        ended="qualification.unmarked",
    ),
    Act(
        "withdraw",
        "撤回资质",
        "撤回行政许可决定书",
        "qualification.withdraw",
        Seat.GRANTED,
        restricts=True,
        review=True,
        told="qualification.withdrawn",
    ),
    Act(
        "suspend_permit",
        "暂扣安全生产许可证",
        "暂扣安全生产许可证决定书",
        "permit.suspend",
        Seat.GRANTED,
        restricts=True,
        review=True,
        told="permit.suspended",
        ended="permit.restored",
    ),
    Act("stop_work", "责令停止施工", "责令停止施工通知书", "site.stop", Seat.PROJECT, restricts=True),
    Act("bar", "不予批准升级、增项", "不予受理升级增项告知书", "qualification.accept", Seat.GRANTED, restricts=True),
    Act("key_object", "列为重点监管对象", "列入重点监管对象通知书", "credit.list", Seat.REGISTERED, restricts=False),
    Act("talk", "约谈", "约谈通知书", "market.guide", Seat.REGISTERED, defence=False),
    Act("letter", "提示函", "提示函", "market.guide", Seat.REGISTERED, defence=False),
    Act("supervise", "挂牌督办", "挂牌督办通知书", "site.supervise", Seat.PROJECT, defence=False),
)

ACTS: Final[Mapping[str, Act]] = {a.id: a for a in _ACTS}
"""Every act by id."""
POWERS: Final = tuple(sorted({a.power for a in _ACTS}))
"""The powers that the duty table gives to units."""
