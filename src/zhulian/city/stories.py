"""What goes wrong in the town, on purpose and labelled.

A story changes the plan of one enterprise before its rows are written, and says what the engine must find.
A story takes an enterprise of one general contractor's code, most of them one that holds no other code at all, so
that a shortfall has one place to show.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from zhulian.city.needs import WAN, Need, needs
from zhulian.city.plan import Firm, Flaw, Label, Window, net_assets_needed
from zhulian.core.kernel.dates import add_years

Found = tuple[str, str, int | None]
"""clause, verdict, short_by."""


@dataclass(frozen=True, slots=True)
class Story:
    """`grades` it can happen to, `times` it does, `tell` changes the plan and returns what must be found."""

    id: str
    text: str
    grades: str
    times: int
    tell: Callable[[Firm, random.Random], Sequence[Found]]
    category: str = ""
    code: str = ""
    """Code that the label speaks of, where it is not the main one."""
    alone: bool = True
    """Whether it needs an enterprise that holds no other code."""


def _need(firm: Firm) -> Need:
    return needs()[firm.main]


def _exact_constructors(firm: Firm, flaws: Sequence[Flaw], missing: int) -> None:
    firm.constructors = _need(firm).constructors - missing
    firm.flawed = list(flaws)
    firm.turnover = 0.0


def _flawed(flaw: Flaw, verdict: str = "short") -> Callable[[Firm, random.Random], Sequence[Found]]:
    """As many constructors too few as have the flaw."""

    def tell(firm: Firm, rng: random.Random) -> Sequence[Found]:
        missing = rng.randint(1, 3)
        _exact_constructors(firm, [flaw] * missing, missing)
        return [("constructors", verdict, missing if verdict == "short" else None)]

    return tell


def _rows_not_persons(firm: Firm, _rng: random.Random) -> Sequence[Found]:
    # Persons with two rows each: enough rows, too few persons.
    needed = _need(firm).constructors
    doubled = needed // 2
    firm.constructors, firm.flawed, firm.turnover = needed - 2 * doubled, ["two_rows"] * doubled, 0.0
    return [("constructors", "short", doubled)]


def _net_assets(firm: Firm, rng: random.Random) -> Sequence[Found]:
    needed = net_assets_needed(firm.main)
    firm.net_assets = needed * rng.randint(35, 93) // 100 // WAN * WAN
    return [("net-assets", "short", needed - firm.net_assets)]


def _net_assets_not_told(firm: Firm, _rng: random.Random) -> Sequence[Found]:
    firm.net_assets = None
    return [("net-assets", "unknown", None)]


def _lead_years(firm: Firm, rng: random.Random) -> Sequence[Found]:
    firm.lead_years = (_need(firm).lead_years or 0) - rng.randint(1, 3)
    return [("lead", "short", None)]


def _permit_expired(firm: Firm, _rng: random.Random) -> Sequence[Found]:
    firm.permit = "expired"
    return [("permit", "short", None)]


def _titles_uncovered(firm: Firm, _rng: random.Random) -> Sequence[Found]:
    count = needs()["D101C"].titles + 2
    firm.titles = ["结构" if i % 2 else "给排水" for i in range(count)]
    firm.lead_by, firm.turnover = "registration", 0.0
    return [("titles", "short", None)]


def _group_conflict(firm: Firm, rng: random.Random) -> Sequence[Found]:
    need = _need(firm)
    shared = rng.randint(2, 4)
    firm.titles = firm.titles[: need.titles - shared]
    firm.titled_and_skilled = shared
    firm.skilled = need.skilled - shared
    firm.lead_by, firm.turnover = "registration", 0.0
    return [("staff-together", "short", shared)]


def _skilled(firm: Firm, rng: random.Random) -> Sequence[Found]:
    missing = rng.randint(3, 9)
    firm.skilled, firm.turnover = _need(firm).skilled - missing, 0.0
    return [("skilled", "short", missing)]


def _insurance_not_told(firm: Firm, _rng: random.Random) -> Sequence[Found]:
    firm.insurance_told = False
    return [("constructors", "unknown", None), ("skilled", "unknown", None)]


def _cured(firm: Firm, rng: random.Random) -> Sequence[Found]:
    missing = rng.randint(1, 2)
    _exact_constructors(firm, ["late"] * missing, missing)
    return [("constructors", "short", missing)]


def _replaced(firm: Firm, rng: random.Random) -> Sequence[Found]:
    missing = rng.randint(1, 2)
    _exact_constructors(firm, ["replaced"] * missing, missing)
    return [("", "met", None)]


def _permit_late(firm: Firm, _rng: random.Random) -> Sequence[Found]:
    firm.permit = "late"
    return [("permit", "met", None)]


def _permit_suspended(firm: Firm, _rng: random.Random) -> Sequence[Found]:
    firm.permit = "suspended"
    return [("permit", "met", None)]


CURED: Final = "cured"
NOT_FOUND: Final = "figures-not-found"
"""A code of whose standard no figure was found: nothing can be said of its holders."""

STORIES: Final = (
    Story("constructors-left", "建造师离职后未补", "C", 3, _flawed("left")),
    Story("rows-not-persons", "一人多专业被当成多人", "C", 2, _rows_not_persons),
    Story("over-age", "建造师已超过 60 周岁", "C", 2, _flawed("over_age")),
    Story("insured-elsewhere", "注册在本企业，社保在别处（疑似挂证）", "C", 3, _flawed("insured_elsewhere")),
    Story("two-firms", "同一人注册在两家企业", "C", 2, _flawed("two_firms")),
    Story("registration-expired", "注册有效期已过未延续", "C", 2, _flawed("expired")),
    Story("age-not-told", "建造师出生日期缺失", "C", 2, _flawed("age_untold", "unknown")),
    Story(CURED, "补齐建造师后恢复达标", "C", 2, _cured),
    Story("skilled-missing", "技术工人不足", "C", 2, _skilled),
    Story("titles-uncovered", "职称人员专业不齐全", "C", 2, _titles_uncovered, category="D101"),
    Story("group-conflict", "同一批人既算职称人员又算技术工人", "C", 2, _group_conflict),
    Story("insurance-not-told", "社保数据未归集", "C", 2, _insurance_not_told),
    Story("net-assets", "净资产低于标准", "BC", 5, _net_assets),
    Story("net-assets-not-told", "净资产未填报", "BC", 3, _net_assets_not_told),
    Story("lead-years", "技术负责人管理经历年限不足", "BC", 3, _lead_years),
    Story("permit-expired", "安全生产许可证过期未延期", "BC", 4, _permit_expired, code="safety-permit"),
    Story("constructors-replaced", "建造师离职数月后补齐", "C", 2, _replaced, alone=False),
    Story("permit-late", "安全生产许可证过期后延期", "B", 1, _permit_late, code="safety-permit"),
    Story("permit-suspended", "安全生产许可证暂扣后恢复", "B", 1, _permit_suspended, code="safety-permit"),
)


def tell_all(firms: Sequence[Firm], window: Window, rng: random.Random, tellings: int) -> list[Label]:
    """Choose an enterprise for every telling of every story and change its plan; the labels.

    A story is told `times` times in a town, `tellings` times as often in a larger city.
    """
    labels: list[Label] = []
    free = [firm for firm in firms if firm.general == firm.codes[:1]]
    for story in STORIES:
        for _ in range(story.times * tellings):
            firm = rng.choice([firm for firm in free if _may_tell(story, firm)])
            free.remove(firm)
            firm.story = story.id
            labels += _labels(firm, story, window, rng)
    return labels + [
        Label(firm.uscc, code, window.until, "", "unknown", None, NOT_FOUND)
        for firm in firms
        for code in firm.codes
        if code not in needs() or not needs()[code].known
    ]


def _may_tell(story: Story, firm: Firm) -> bool:
    alone = len(firm.codes) == 1 or not story.alone
    return alone and firm.main[-1] in story.grades and firm.main.startswith(story.category)


def _labels(firm: Firm, story: Story, window: Window, rng: random.Random) -> list[Label]:
    code = story.code or firm.main
    found = story.tell(firm, rng)
    as_of = add_years(window.until, -1) if story.id == CURED else window.until
    labels = [Label(firm.uscc, code, as_of, clause, verdict, short_by, story.id) for clause, verdict, short_by in found]
    if story.id == CURED:
        labels.append(Label(firm.uscc, code, window.until, "", "met", None, story.id))
    return labels
