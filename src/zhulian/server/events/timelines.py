"""What a sequence of facts tells: people come, leave and change firms; a permit is suspended and restored.

Pure. A correction moves the day of a change and is not told again: what was told already is compared by the spell it
falls into, never by its day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.dates import BEGINNING, FOREVER
from zhulian.server.events.stories import Happening

JOINED: Final = "person.joined"
LEFT: Final = "person.left"
MOVED: Final = "person.moved"
SUSPENDED: Final = "permit.suspended"
RESTORED: Final = "permit.restored"
_SUSPENDED_STATUS: Final = "暂扣"
_VALID_STATUS: Final = "有效"
_MOVE_WORD: Final = "变更"


@dataclass(frozen=True, slots=True)
class Post:
    """One person's registrations of one kind with one enterprise."""

    enterprise: int
    person: int
    kind: str


@dataclass(frozen=True, slots=True)
class Spell:
    """Registered from `start` on, until `end` (exclusive; FOREVER: still), with the reason of its end."""

    start: dt.date
    end: dt.date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was told before: type, its day, its data."""

    type: str
    on: dt.date
    data: Mapping[str, Any]


def spells(rows: Iterable[Mapping[str, Any]], today: dt.date) -> list[Spell]:
    """When a post was held, from its known rows of all specialties; periods that touch are one spell.

    A row with an `end_reason` says that it is held no more from its start on. Where nothing is known but that it
    ended, the end is the day that the row gives, else today.
    """
    held = sorted((r["fact_from"], r["fact_until"]) for r in rows if r["end_reason"] is None)
    ended = sorted((r["fact_from"], r["end_reason"]) for r in rows if r["end_reason"] is not None)
    out: list[Spell] = []
    for start, end in held:
        if out and start <= out[-1].end:
            out[-1] = Spell(out[-1].start, max(out[-1].end, end))
        else:
            out.append(Spell(start, end))
    if not out and ended:
        start, reason = ended[-1]
        return [Spell(BEGINNING, start if start > BEGINNING else today, reason)]
    reasons = dict(ended)
    return [Spell(s.start, s.end, reasons.get(s.end, "")) for s in out]


def moves(
    post: Post,
    held: Sequence[Spell],
    elsewhere: Sequence[Spell],
    told: Sequence[Earlier],
    *,
    since: dt.date | None,
    today: dt.date,
) -> Iterator[Happening]:
    """Joining, leaving and moving of a post that were not told yet and have come.

    `elsewhere`: spells of the same person and kind with other enterprises. `since`: the day on which the enterprise's
    registrations were first looked at; who is registered then is no news, None: this is that look.
    """
    for index, spell in enumerate(held):
        before = held[index - 1].end if index else BEGINNING
        after = held[index + 1].start if index + 1 < len(held) else FOREVER
        came = _came(spell, since, today)
        if came is not None and not _within(told, (JOINED,), before, spell.end):
            yield _move(JOINED, post, came)
        if spell.end <= today and not _within(told, (LEFT, MOVED), spell.start, after):
            moved = _MOVE_WORD in spell.reason or any(_goes_on(other, spell.end) for other in elsewhere)
            yield _move(MOVED if moved else LEFT, post, spell.end)


def _came(spell: Spell, since: dt.date | None, today: dt.date) -> dt.date | None:
    """The day of joining, if that is news: a post without a day that appears after the first look came today."""
    if since is None:
        return None
    day = spell.start if spell.start > BEGINNING else today
    return day if since <= day <= today < spell.end else None


def _goes_on(other: Spell, end: dt.date) -> bool:
    return other.end > end


def _within(told: Sequence[Earlier], types: tuple[str, ...], after: dt.date, until: dt.date) -> bool:
    """Whether one of these types was told of a day in (after, until]."""
    return any(t.type in types and after < t.on <= until for t in told)


def _move(type_: str, post: Post, on: dt.date) -> Happening:
    data: dict[str, Json] = {
        "enterprise": post.enterprise,
        "person": post.person,
        "registration": post.kind,
        "on": on.isoformat(),
    }
    return Happening(type_, on, data)


def suspensions(rows: Sequence[Mapping[str, Any]], told: Sequence[Earlier], today: dt.date) -> Iterator[Happening]:
    """Suspensions of one safety permit and their ends that were not told yet, from its known rows.

    What was decided in this installation was told by its decision: a row that says the same is no news.
    """
    last = max(told, key=lambda t: t.on, default=None)
    suspended = last is not None and last.type == SUSPENDED
    since = last.on if last is not None else BEGINNING
    for row in sorted(rows, key=lambda r: r["fact_from"]):
        if row["fact_from"] > today:
            return
        dated = row["fact_from"] not in {BEGINNING, row["issued_on"]}
        on = row["fact_from"] if dated else today
        if on < since or row["fact_until"] <= since or (row["status"] == _SUSPENDED_STATUS) == suspended:
            continue
        if suspended and row["status"] != _VALID_STATUS:
            continue
        suspended = not suspended
        yield _permit(SUSPENDED if suspended else RESTORED, row, on)


def _permit(type_: str, row: Mapping[str, Any], on: dt.date) -> Happening:
    data: dict[str, Json] = {"enterprise": row["enterprise"], "permit_no": row["permit_no"], "on": on.isoformat()}
    if row["valid_until"] is not None:
        data["valid_until"] = row["valid_until"].isoformat()
    return Happening(type_, on, data)
