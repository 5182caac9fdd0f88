"""Which event tells whom, in which words. A line more or another audience is a change of this table.

A title is the same for everybody and names nobody: it is what e-mail and robots carry. A part of a text that needs
what the event does not tell is left out. The first line that reaches a person is the one he gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from zhulian.server.messages.models import Category


class Audience(StrEnum):
    """Who hears, found out by `hearing`."""

    FIRM = "firm"
    HANDLER = "handler"
    UNIT = "unit"
    HEAD = "head"
    GIVER = "giver"


@dataclass(frozen=True, slots=True)
class Line:
    """One audience of one event. `thing` is a kind of `hearing.KINDS`; `parts` are joined by 「，」.

    With `needs`, only an event that tells this field is told: a decision that restricts is told when it takes effect,
    one that does not is made before it is served, and an inspection must not be announced by a message.
    """

    type: str
    audience: Audience
    title: str
    thing: str
    category: Category
    parts: tuple[str, ...] = ()
    urgent: bool = False
    needs: str = ""


_A, _C = Audience, Category
_CODE: Final = ("{name}", "资质 {code}")
_DOCUMENT: Final = ("{name}", "文号 {document_no}")

TABLE: Final = (
    Line("qualification.flagged", _A.FIRM, "有一项资质被作出日常标识", "verdict", _C.STATUS, (*_CODE, "缺口：{shortfall}", "标识没有法律效力，请及时补正"), urgent=True),
    Line("qualification.unflagged", _A.FIRM, "一项资质的日常标识已解除", "verdict", _C.STATUS, _CODE),
    Line("qualification.marked", _A.FIRM, "有一项资质被标注资质异常", "decision", _C.STATUS, (*_CODE, "文号 {document_no}"), urgent=True),
    Line("qualification.unmarked", _A.FIRM, "一项资质的异常标注已解除", "decision", _C.STATUS, _CODE),
    Line("qualification.unmarked", _A.HANDLER, "一项资质的异常标注已解除", "proposal", _C.STATUS, _CODE),
    Line("qualification.withdrawn", _A.FIRM, "有一项资质被撤回", "decision", _C.STATUS, (*_CODE, "文号 {document_no}"), urgent=True),
    Line("permit.expiring", _A.FIRM, "安全生产许可证即将到期", "permit", _C.PERMIT, ("{name}", "证号 {permit_no}", "有效期至 {valid_until}")),
    Line("permit.expired", _A.FIRM, "安全生产许可证已经到期", "permit", _C.PERMIT, ("{name}", "证号 {permit_no}", "有效期至 {valid_until}"), urgent=True),
    Line("permit.suspended", _A.FIRM, "安全生产许可证被暂扣", "decision", _C.PERMIT, (*_DOCUMENT, "自 {on} 起"), urgent=True),
    Line("permit.restored", _A.FIRM, "安全生产许可证恢复", "decision", _C.PERMIT, (*_DOCUMENT, "自 {on} 起")),
    Line("permit.restored", _A.HANDLER, "安全生产许可证恢复", "proposal", _C.PERMIT, (*_DOCUMENT, "自 {on} 起")),
    Line("decision.made", _A.FIRM, "一份决定已经生效", "decision", _C.DOCUMENT, (*_DOCUMENT, "期限 {due_on}"), urgent=True, needs="restriction"),
    Line("decision.annulled", _A.FIRM, "一份决定已被撤销", "decision", _C.DOCUMENT, _DOCUMENT, urgent=True),
    Line("decision.annulled", _A.HANDLER, "一份决定已被撤销", "proposal", _C.DOCUMENT, _DOCUMENT),
    Line("service.done", _A.FIRM, "一份文书已经送达，期限起算", "decision", _C.DOCUMENT, (*_DOCUMENT, "送达日期 {served_on}"), urgent=True),
    Line("service.done", _A.HANDLER, "一份文书已经送达", "proposal", _C.DOCUMENT, (*_DOCUMENT, "送达日期 {served_on}")),
    Line("rectification.overdue", _A.FIRM, "限期整改已经逾期", "rectification", _C.MATTER, (*_CODE, "期限 {due_on}"), urgent=True),
    Line("rectification.overdue", _A.HANDLER, "限期整改已经逾期", "rectification", _C.MATTER, (*_CODE, "期限 {due_on}"), urgent=True),
    Line("rectification.overdue", _A.HEAD, "限期整改已经逾期", "rectification", _C.MATTER, (*_CODE, "期限 {due_on}")),
    Line("rectification.closed", _A.FIRM, "整改验收通过", "rectification", _C.MATTER, _CODE),
    Line("rectification.closed", _A.HANDLER, "整改验收通过", "rectification", _C.MATTER, _CODE),
    Line("verification.announced", _A.FIRM, "资质核查开始，请报送自查材料", "verification", _C.MATTER, (*_CODE, "{title}", "自查截止 {self_check_until}"), urgent=True),
    Line("verification.concluded", _A.FIRM, "资质核查作出结论", "verification", _C.MATTER, (*_CODE, "结论：{outcome}")),
    Line("verification.concluded", _A.HANDLER, "资质核查作出结论", "verification", _C.MATTER, (*_CODE, "结论：{outcome}")),
    Line("act.assigned", _A.UNIT, "领导交办了一件事", "undertaking", _C.WORK, (*_DOCUMENT, "期限 {due_on}"), urgent=True),
    Line("act.reported", _A.GIVER, "督办、交办的事项已经报告，等待办结", "undertaking", _C.WORK, _DOCUMENT),
    Line("act.closed", _A.FIRM, "一件约谈、提示或者督办已经办结", "undertaking", _C.DOCUMENT, _DOCUMENT),
    Line("act.closed", _A.UNIT, "一件督办、交办的事项已经办结", "undertaking", _C.WORK, _DOCUMENT),
    Line("act.revoked", _A.FIRM, "一件约谈、提示或者督办已经撤回", "undertaking", _C.DOCUMENT, _DOCUMENT),
    Line("act.revoked", _A.UNIT, "一件督办、交办的事项已经撤回", "undertaking", _C.WORK, _DOCUMENT),
    Line("obligation.overdue", _A.UNIT, "一项待办已经逾期", "obligation", _C.WORK, ("{name}", "{what}", "期限 {due_on}"), urgent=True),
    Line("obligation.overdue", _A.HEAD, "本单位一项待办已经逾期", "obligation", _C.WORK, ("{name}", "{what}", "期限 {due_on}")),
)  # fmt: skip
"""Of events. `HANDLER` and `UNIT` are whoever has the matter, or else the unit; `GIVER` is who gave it and closes it."""

WAITING: Final = (
    Line("service.sent", _A.FIRM, "有一份文书待签收", "document", _C.DOCUMENT, (*_DOCUMENT, "{document_title}", "期限自送达之日起算"), urgent=True),
    Line("defence.filed", _A.UNIT, "企业提出了陈述申辩", "proposal", _C.DOCUMENT, ("{name}", "{what}"), urgent=True),
    Line("defence.decided", _A.FIRM, "陈述申辩已有答复", "decision", _C.DOCUMENT, ("{name}", "{what}", "{outcome}"), urgent=True),
    Line("obligation.due", _A.UNIT, "一项待办将要到期", "obligation", _C.WORK, ("{name}", "{what}", "期限 {due_on}")),
    Line("proposal.due", _A.UNIT, "一项拟办将要到期", "proposal", _C.WORK, ("{name}", "{what}", "期限 {due_on}")),
    Line("undertaking.due", _A.UNIT, "一件督办、交办的事项将要到期", "undertaking", _C.WORK, (*_DOCUMENT, "期限 {due_on}")),
    Line("rectification.due", _A.FIRM, "限期整改将要到期", "rectification", _C.MATTER, (*_CODE, "期限 {due_on}"), urgent=True),
    Line("verification.due", _A.FIRM, "自查报送将要截止", "verification", _C.MATTER, (*_CODE, "自查截止 {due_on}"), urgent=True),
)  # fmt: skip
"""Of what waits, told by `looking`: no event says it."""

SILENT: Final[Mapping[str, str]] = {
    "market.*": "a report about an enterprise; what follows for it is told as flag, document or item of work",
    "site.*": "a report about an enterprise; what follows for it is told as flag, document or item of work",
    "credit.*": "the record comes of a decision that was served; its repair is shown on the enterprise's page",
    "person.*": "the enterprise filed it itself; what it means for a qualification is told as a flag",
    "qualification.fell_short": "told as qualification.flagged: the enterprise hears of the flag, and nobody before it",
    "qualification.recovered": "told as qualification.unflagged",
    "qualification.released": "no certificate is held any more; what ended with it is told as unflagged, unmarked, closed",
    "verification.short": "not decided yet: the enterprise hears it by the notice that is served, with its defence",
    "campaign.announced": "each enterprise hears of its own by verification.announced; the unit announced it itself",
    "campaign.closed": "the unit closed it itself; the public page shows it",
    "act.started": "not signed yet: the enterprise hears of it by the document that is served",
    "obligation.done": "done by whoever would hear it",
}
"""Events without a line, each with the reason; `.*` stands for a whole part."""


def lines_of(name: str) -> tuple[Line, ...]:
    """Lines of an event type or of what waits, in order."""
    return tuple(line for line in (*TABLE, *WAITING) if line.type == name)
