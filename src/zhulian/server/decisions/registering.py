"""What a decision changes in the register: a suspended permit is 暂扣, a withdrawn qualification 撤回, until it ends.

Written through the registry's service, as rows of the source 本平台决定 with the document's number, from the day on
which the restriction takes effect: panorama, public page, assessment and eligibility read one register. A source that
still says 有效 does not undo it while the restriction is in force; that it says so is kept and shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.core.tables import TABLES
from zhulian.intake import Position, Row
from zhulian.server.common import clock
from zhulian.server.decisions.models import Contradiction, Restriction
from zhulian.server.registry.models import MODELS
from zhulian.server.registry.rulings import upholds
from zhulian.server.registry.services import rows_record, source_create

FEED: Final = "本平台决定"
VALID: Final = "有效"
_ACTOR: Final = "system:decisions"


@dataclass(frozen=True, slots=True)
class Entry:
    """What an act writes: the table, the state while it binds, and the states that it takes the place of.

    A heavier state that a source tells (吊销, 注销) is left: it is another authority's decision and outlives ours.
    """

    table: str
    status: str
    over: frozenset[str | None]


ENTRIES: Final[Mapping[str, Entry]] = {
    "suspend_permit": Entry("safety_permit", "暂扣", frozenset({None, VALID})),
    "withdraw": Entry("qualification", "撤回", frozenset({None, VALID, "停业整顿"})),
}
"""Acts that the register shows."""
_ACTS: Final[Mapping[str, str]] = {entry.table: act for act, entry in ENTRIES.items()}


def effect_register(restriction: Restriction) -> None:
    """Write that the restriction binds, from the day on which it took effect."""
    entry = ENTRIES.get(restriction.act)
    if entry is not None:
        _write(restriction, _otherwise(restriction, entry), entry.status, clock.now())


def end_register(restriction: Restriction) -> None:
    """Write that it no longer binds, unless another one of its kind does."""
    entry = ENTRIES.get(restriction.act)
    if entry is None or restriction.effective_from is None or restriction.ended_on is None:
        return
    same = {"enterprise": restriction.enterprise, "act": restriction.act, "code": restriction.code}
    if Restriction.objects.filter(**same, state="effective").exclude(pk=restriction.pk).exists():
        return
    _write(restriction, _standing(restriction, entry, restriction.ended_on, {entry.status}), VALID, clock.now())


@upholds
def _uphold(table: str, enterprises: Collection[int], feed: str, at: dt.datetime) -> None:
    """A feed's rows have come: what an effective restriction holds is said again, and the contradiction kept."""
    if table not in _ACTS or feed == FEED:
        return
    act = _ACTS[table]
    for row in Restriction.objects.filter(enterprise__in=enterprises, act=act, state="effective").order_by("pk"):
        found = _otherwise(row, ENTRIES[act])
        if found:
            _write(row, found, ENTRIES[act].status, at)
            said = "、".join(dict.fromkeys(one["status"] or "未写明状态" for one in found))
            Contradiction.objects.update_or_create(
                restriction=row,
                feed=feed[:80],
                defaults={"said": said, "last_at": at},
                create_defaults={"said": said, "first_at": at, "last_at": at},
            )


def _otherwise(restriction: Restriction, entry: Entry) -> list[dict[str, Any]]:
    """Known rows that say, for days on which the restriction binds, what it takes the place of."""
    since = restriction.effective_from
    return [] if since is None else _standing(restriction, entry, since, entry.over)


def _standing(
    restriction: Restriction, entry: Entry, since: dt.date, states: Collection[str | None]
) -> list[dict[str, Any]]:
    """Known rows in one of these states after a day, of the papers that were there when the restriction took effect."""
    columns = ("fact_from", "fact_until", "status", *TABLES[entry.table].key)
    about = {"enterprise": restriction.enterprise} | ({"code": restriction.code} if restriction.code else {})
    known = MODELS[entry.table].objects.filter(Q(**about), superseded_at=STILL_KNOWN)
    rows = list(known.order_by("fact_from", "row_id").values(*dict.fromkeys(columns)))
    start = restriction.effective_from
    papers = {_key(r, entry) for r in rows if start is not None and r["fact_from"] <= start < r["fact_until"]}
    return [
        row | {"fact_from": max(row["fact_from"], since)}
        for row in rows
        if row["fact_until"] > since and row["status"] in states and _key(row, entry) in papers
    ]


def _key(row: Mapping[str, Any], entry: Entry) -> tuple[Any, ...]:
    return tuple(row[column] for column in TABLES[entry.table].key)


def _write(restriction: Restriction, found: Collection[Mapping[str, Any]], status: str, at: dt.datetime) -> None:
    """Record these periods anew with another state. A new source each time: the youngest one counts."""
    if not found:
        return
    table = ENTRIES[restriction.act].table
    source = source_create(feed=FEED, reference=restriction.document_no[:60], at=at, actor=_ACTOR)
    rows = list(_rows(table, restriction, found, status))
    rows_record(rows=rows, source=source, feed=FEED, at=at, actor=_ACTOR)


def _rows(table: str, restriction: Restriction, found: Collection[Mapping[str, Any]], status: str) -> Iterator[Row]:
    for number, row in enumerate(found, start=1):
        key = {column: row[column] for column in TABLES[table].key}
        values = key | {"enterprise": restriction.enterprise, "status": status}
        yield Row(table, values, Position(restriction.document_no, number), {}, row["fact_from"], row["fact_until"])
