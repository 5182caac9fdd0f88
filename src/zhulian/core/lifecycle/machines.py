"""The lives of the loop: proposals, restrictions, obligations, rectifications, verifications, campaigns and more.

No decision by one person alone (promise 1): whoever handled a proposal neither reviews nor signs it, and an order of
defence decided by another person than the proposer. These needs are facts that the shell answers from its rows.
"""

from __future__ import annotations

from typing import Final

from zhulian.core.lifecycle.machine import Machine, Transition

_OTHER: Final = {
    "other_than_handler": "承办人本人不能审核、法制审核或签发",
    "other_than_reviewer": "审核人本人不能签发",
}

PROPOSAL: Final = Machine(
    thing="拟办事项",
    states={
        "proposed": "拟办",
        "taken": "承办中",
        "noticed": "已告知，听取陈述申辩",
        "submitted": "待审核",
        "reviewed": "待签发",
        "in_law_review": "待法制审核",
        "signed": "已签发",
        "dropped": "不予办理",
    },
    actions={
        "take": "承办",
        "notice": "事先告知",
        "submit": "提请审核",
        "review": "审核同意",
        "law_review": "法制审核同意",
        "return": "退回承办",
        "sign": "签发",
        "drop": "不予办理",
    },
    facts={
        "no_notice_needed": "须先告知当事人并听取陈述申辩",
        "notice_served": "告知书尚未送达",
        "defence_over": "陈述申辩期限未满，或者申辩尚未处理",
        "law_review_needed": "本事项不需要法制审核",
        "no_law_review_needed": "本事项须先经法制审核",
        "reason_given": "请写明理由",
        **_OTHER,
    },
    final=frozenset({"signed", "dropped"}),
    first="proposed",
    transitions=(
        Transition("take", "proposed", "taken"),
        Transition("notice", "taken", "noticed"),
        Transition("submit", "taken", "submitted", ("no_notice_needed",)),
        Transition("submit", "noticed", "submitted", ("notice_served", "defence_over")),
        Transition("review", "submitted", "in_law_review", ("other_than_handler", "law_review_needed")),
        Transition("review", "submitted", "reviewed", ("other_than_handler", "no_law_review_needed")),
        Transition("law_review", "in_law_review", "reviewed", ("other_than_handler", "other_than_reviewer")),
        Transition("return", "submitted", "taken", ("reason_given",)),
        Transition("return", "in_law_review", "taken", ("reason_given",)),
        Transition("return", "reviewed", "taken", ("reason_given",)),
        Transition("sign", "reviewed", "signed", ("other_than_handler", "other_than_reviewer")),
        Transition("drop", "proposed", "dropped", ("reason_given",)),
        Transition("drop", "taken", "dropped", ("reason_given", "other_than_handler")),
        Transition("drop", "noticed", "dropped", ("reason_given", "other_than_handler")),
        Transition("drop", "submitted", "dropped", ("reason_given", "other_than_handler")),
        Transition("drop", "reviewed", "dropped", ("reason_given", "other_than_handler")),
    ),
)

RESTRICTION: Final = Machine(
    thing="限制措施",
    states={
        "decided": "已决定，未送达",
        "served": "已送达，未生效",
        "effective": "生效中",
        "ended": "已解除",
        "annulled": "已撤销",
    },
    actions={"serve": "送达", "take_effect": "生效", "end": "解除", "annul": "撤销"},
    facts={
        "served": "没有送达记录",
        "start_reached": "未到生效日",
        "cause_given": "没有解除的原因",
    },
    final=frozenset({"ended", "annulled"}),
    first="decided",
    transitions=(
        Transition("serve", "decided", "served", ("served",)),
        Transition("take_effect", "served", "effective", ("start_reached",)),
        Transition("end", "decided", "ended", ("cause_given",)),
        Transition("end", "served", "ended", ("cause_given",)),
        Transition("end", "effective", "ended", ("cause_given",)),
        Transition("annul", "decided", "annulled", ("cause_given",)),
        Transition("annul", "served", "annulled", ("cause_given",)),
        Transition("annul", "effective", "annulled", ("cause_given",)),
    ),
)

OBLIGATION: Final = Machine(
    thing="待办事项",
    states={"open": "待办", "taken": "办理中", "paused": "已中止", "done": "已办结", "cancelled": "已取消"},
    actions={
        "take": "领取",
        "put_back": "退回",
        "pause": "中止计时",
        "resume": "恢复计时",
        "finish": "办结",
        "cancel": "取消",
    },
    facts={"outcome_given": "请写明办理结果", "reason_given": "请写明理由"},
    final=frozenset({"done", "cancelled"}),
    first="open",
    transitions=(
        Transition("take", "open", "taken"),
        Transition("put_back", "taken", "open"),
        Transition("finish", "open", "done", ("outcome_given",)),
        Transition("pause", "taken", "paused", ("reason_given",)),
        Transition("resume", "paused", "taken"),
        Transition("finish", "taken", "done", ("outcome_given",)),
        Transition("finish", "paused", "done", ("outcome_given",)),
        Transition("cancel", "open", "cancelled", ("reason_given",)),
        Transition("cancel", "paused", "cancelled", ("reason_given",)),
        Transition("cancel", "taken", "cancelled", ("reason_given",)),
    ),
)

RECTIFICATION: Final = Machine(
    thing="限期整改",
    states={
        "ordered": "整改中",
        "filed": "已报送，待复核",
        "confirmed": "复核通过，待销号",
        "closed": "已销号",
        "overdue": "逾期未改",
        "ended": "已终止",
    },
    actions={
        "file": "报送整改材料",
        "send_back": "退回补正",
        "confirm": "复核通过",
        "close": "销号",
        "lapse": "期限届满",
        "end": "终止",
    },
    facts={
        "evidence_given": "请附整改材料",
        "facts_restored": "资质条件尚未恢复达标",
        "other_than_filer": "报送人本人不能复核",
        "other_than_confirmer": "复核人本人不能销号",
        "term_over": "整改期限未满",
        "reason_given": "请写明理由",
    },
    final=frozenset({"closed", "ended"}),
    first="ordered",
    transitions=(
        Transition("file", "ordered", "filed", ("evidence_given",)),
        Transition("file", "overdue", "filed", ("evidence_given",)),
        Transition("send_back", "filed", "ordered", ("reason_given",)),
        Transition("confirm", "filed", "confirmed", ("facts_restored", "other_than_filer")),
        Transition("close", "confirmed", "closed", ("other_than_filer", "other_than_confirmer")),
        Transition("lapse", "ordered", "overdue", ("term_over",)),
        Transition("lapse", "filed", "overdue", ("term_over",)),
        Transition("end", "ordered", "ended", ("reason_given",)),
        Transition("end", "filed", "ended", ("reason_given",)),
        Transition("end", "overdue", "ended", ("reason_given",)),
        Transition("end", "confirmed", "ended", ("reason_given",)),
    ),
)

VERIFICATION: Final = Machine(
    thing="资质核查",
    states={
        "listed": "已列入，待公告",
        "announced": "已公告，待自查",
        "self_checked": "已报送自查",
        "reviewed": "初审完毕",
        "concluded": "已有结论",
    },
    actions={"announce": "公告", "self_check": "报送自查", "review": "初审", "conclude": "作出结论"},
    facts={
        "window_over": "自查期限未满，企业尚未报送",
        "finding_given": "请写明初审意见",
        "outcome_given": "请选择核查结论并写明理由",
        "other_than_reviewer": "初审人本人不能作出结论",
        "order_ended": "责令限期改正还在办理，整改复核或者逾期以后再作结论",
    },
    final=frozenset({"concluded"}),
    first="listed",
    transitions=(
        Transition("announce", "listed", "announced"),
        Transition("self_check", "announced", "self_checked"),
        Transition("review", "self_checked", "reviewed", ("finding_given",)),
        Transition("review", "announced", "reviewed", ("window_over", "finding_given")),
        Transition("conclude", "reviewed", "concluded", ("outcome_given", "other_than_reviewer", "order_ended")),
    ),
)

CAMPAIGN: Final = Machine(
    thing="核查批次",
    states={
        "planned": "计划",
        "selected": "已确定对象，待审批",
        "approved": "已审批，待公告",
        "announced": "已公告，核查中",
        "closed": "已结束",
        "dropped": "已取消",
    },
    actions={
        "select": "确定对象",
        "return": "退回计划",
        "approve": "审批同意",
        "announce": "公告",
        "close": "结束",
        "drop": "取消",
    },
    facts={
        "has_subjects": "还没有核查对象",
        "other_than_planner": "制定计划、确定对象的人不能审批",
        "all_concluded": "还有对象没有结论",
        "reason_given": "请写明理由",
    },
    final=frozenset({"closed", "dropped"}),
    first="planned",
    transitions=(
        Transition("select", "planned", "selected", ("has_subjects",)),
        Transition("approve", "selected", "approved", ("other_than_planner",)),
        Transition("return", "selected", "planned", ("reason_given",)),
        Transition("announce", "approved", "announced"),
        Transition("close", "announced", "closed", ("all_concluded",)),
        Transition("drop", "planned", "dropped", ("reason_given",)),
        Transition("drop", "selected", "dropped", ("reason_given",)),
        Transition("drop", "approved", "dropped", ("reason_given",)),
    ),
)

UNDERTAKING: Final = Machine(
    thing="督办事项",
    states={
        "open": "正在办理",
        "reported": "已报告，待办结",
        "revoking": "已提出撤回，待决定",
        "closed": "已办结",
        "revoked": "已撤回",
    },
    actions={
        "report": "报告办理情况",
        "return": "退回继续办理",
        "close": "办结",
        "ask": "提出撤回",
        "keep": "不同意撤回",
        "revoke": "同意撤回",
    },
    facts={
        "served": "文书尚未送达",
        "text_given": "请写明内容",
        "other_than_reporter": "报告人本人不能办结",
        "other_than_asker": "提出撤回的人不能决定撤回",
    },
    final=frozenset({"closed", "revoked"}),
    first="open",
    transitions=(
        Transition("report", "open", "reported", ("served", "text_given")),
        Transition("return", "reported", "open", ("text_given",)),
        Transition("close", "reported", "closed", ("text_given", "other_than_reporter")),
        Transition("ask", "open", "revoking", ("text_given",)),
        Transition("ask", "reported", "revoking", ("text_given",)),
        Transition("keep", "revoking", "open", ("text_given", "other_than_asker")),
        Transition("revoke", "revoking", "revoked", ("text_given", "other_than_asker")),
    ),
)
"""约谈、提示函、挂牌督办 after their signature, and 领导交办: what another person than the one who reports it closes."""

MACHINES: Final = (PROPOSAL, RESTRICTION, OBLIGATION, RECTIFICATION, VERIFICATION, CAMPAIGN, UNDERTAKING)
"""All of them: tests walk every one."""

OUTCOMES: Final = ("达标", "不达标", "不在范围", "拒不配合", "失联", "主动注销")
"""How a verification ends (动态核查结论)."""
