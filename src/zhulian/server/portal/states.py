"""The four state colours and what wears them: every word on screen that has a state colour is a row here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


@dataclass(frozen=True, slots=True)
class State:
    """Colour (`met`, `short`, `unknown`, `pending`; `none` is an outline), icon and word, always together."""

    colour: str
    icon: str
    word: Any


MET: Final = State("met", "circle-check", _("达标"))
SHORT: Final = State("short", "circle-x", _("不达标"))
UNKNOWN: Final = State("unknown", "help", _("数据不足"))
PENDING: Final = State("pending", "hourglass", _("待办"))

UNRULED: Final = State("none", "scale", _("尚无规则"))
"""Not enough data either, but of the rulebooks and not of the enterprise: nobody has to bring anything."""

VERDICTS: Final = {"met": MET, "short": SHORT, "unknown": UNKNOWN, "pending": PENDING, "unruled": UNRULED}

_GOOD, _STOPPED, _GONE, _HELD = (
    ("met", "circle-check"),
    ("short", "circle-x"),
    ("unknown", "minus"),
    ("pending", "clock"),
)

_DECIDED: Final = ("已签发", "已送达", "采纳", "同意")
_CLOSED: Final = ("不予办理", "已解除", "不予采纳", "不同意", "限制已先行结束")
_UNDER_WAY: Final = (
    "拟办",
    "承办中",
    "已告知，听取陈述申辩",
    "待审核",
    "待签发",
    "待法制审核",
    "已决定，未送达",
    "已送达，未生效",
    "已发出，未送达",
    "已复核，待决定",
)
"""Proposals, services, defences and restrictions (decisions)."""
_VERIFIED: Final = ("达标", "已销号", "已结束")
_NOT_VERIFIED: Final = ("不达标", "拒不配合", "失联", "逾期未改")
_LEFT: Final = ("不在范围", "主动注销", "已终止", "已取消")
_VERIFYING: Final = (
    "整改中",
    "已报送，待复核",
    "复核通过，待销号",
    "已列入，待公告",
    "已公告，待自查",
    "已报送自查",
    "初审完毕",
    "计划",
    "已确定对象，待审批",
    "已审批，待公告",
    "已公告，核查中",
)
"""Rectifications, verifications and campaigns (campaigns)."""

STATUSES: Final = {
    word: State(colour, icon, word)
    for (colour, icon), words in {
        _GOOD: (
            "有效",
            "完成",
            "已更正",
            "已全部更正",
            "按时",
            "生效",
            "已合并",
            "已归集",
            "正常",
            "在用",
            *_DECIDED,
            *_VERIFIED,
        ),
        _STOPPED: ("过期", "撤回", "撤销", "吊销", "失败", "无法读取", "文件夹有问题", "生效中", *_NOT_VERIFIED),
        _GONE: (
            "注销",
            "降级",
            "已放弃",
            "隔离已处理",
            "已判不同",
            "不予豁免",
            "已撤销",
            "已停用",
            "已失效",
            "与以前的文件相同",
            *_CLOSED,
            *_LEFT,
        ),
        _HELD: (
            "停业整顿",
            "暂扣",
            "待复核",
            "暂缓",
            "空",
            "待处理",
            "处理中",
            "部分隔离",
            "部分未读取",
            "待更正",
            "更正后仍有问题",
            "等待传完",
            "已暂停",
            "迟到",
            "上次是空文件",
            "等待首个文件",
            "即将到期",
            *_UNDER_WAY,
            *_VERIFYING,
        ),
    }.items()
    for word in words
}
"""Statuses of certificates (core.tables) and of deliveries, their files and records in quarantine (exchange)."""

SOON_DAYS: Final = 3
"""A lamp turns amber at this many remaining working days or fewer."""


def verdict_state(value: object) -> State:
    """State of a verdict; anything that is no verdict is shown as not enough data, never as met."""
    return VERDICTS.get(str(value), UNKNOWN)


def status_state(value: object) -> State:
    """State of a status word; an unlisted word is shown in grey."""
    return STATUSES.get(str(value), State("unknown", "info-circle", value))


def lamp_state(remaining: int | None, *, done: bool = False) -> State:
    """Time lamp by remaining working days: green, amber at three or fewer, red when overdue, done ✓."""
    if done:
        return State("met", "check", _("已完成"))
    if remaining is None:
        return State("unknown", "clock", _("无期限"))
    if remaining < 0:
        return State("short", "alert-triangle", ngettext_lazy("超期 %d 个工作日", "超期 %d 个工作日") % -remaining)
    if remaining == 0:
        return State("pending", "clock", _("今日到期"))
    word = ngettext_lazy("剩 %d 个工作日", "剩 %d 个工作日") % remaining
    return State("pending" if remaining <= SOON_DAYS else "met", "clock", word)


def expiry_state(days: int | None) -> State:
    """Days until a certificate runs out, by the steps at which an enterprise is reminded (90, 30, 0)."""
    if days is None:
        return State("unknown", "clock", _("有效期未知"))
    if days < 0:
        return State("short", "alert-triangle", _("已过期 %d 天") % -days)
    word = _("剩 %d 天") % days
    return State("pending" if days <= 90 else "met", "clock", word)
