"""Events that no table holds: presence, staff, inspections, tests, cables, complaints; lines of POST /api/v1/events."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from zhulian.city.book import Row
from zhulian.city.days import month
from zhulian.city.history.chronicle import DAY, Chronicle, Happened, office
from zhulian.city.plan import Site

_POSTS: Final = ("项目负责人", "技术负责人", "专职安全员", "质量员")


@dataclass(frozen=True, slots=True)
class _Tale:
    """`fields` makes the fields of the type that are its own; `key` names the one that the happening goes by."""

    story: str
    event: str
    rule: str
    fields: Callable[[Site, dt.date, int, random.Random], Row]
    key: str = ""
    times: int = 2


def _presence(_site: Site, on: dt.date, _number: int, rng: random.Random) -> Row:
    before = month(month(on) - DAY)
    return {"post": rng.choice(_POSTS), "month": before, "present_days": rng.randint(2, 9), "required_days": 22}


def _mismatch(_site: Site, on: dt.date, _number: int, rng: random.Random) -> Row:
    return {"post": rng.choice(_POSTS), "on": on}


def _test(site: Site, _on: dt.date, number: int, _rng: random.Random) -> Row:
    return {"test_no": f"{site.code}-JC-{number:04d}"}


def _inspection(site: Site, _on: dt.date, number: int, _rng: random.Random) -> Row:
    return {"task_no": f"{site.code}-JCRW-{number:04d}"}


def _cable(_site: Site, on: dt.date, _number: int, rng: random.Random) -> Row:
    return {"line": rng.choice(("通信", "通信", "供水", "燃气")), "on": on}


def _complaint(site: Site, on: dt.date, number: int, _rng: random.Random) -> Row:
    return {
        "record_no": f"TS{site.firm.region}{on:%Y%m%d}{number:04d}",
        "authority": office(site.firm.region),
        "decided_on": on,
        "effective_on": on,
        "item": "扬尘和噪声投诉查实",
    }


_TALES: Final = (
    _Tale("absent", "site.presence.short", "absent-key-posts", _presence, times=3),
    _Tale("foreign-staff", "site.staff.mismatch", "foreign-staff", _mismatch),
    _Tale("inspection-failed", "site.inspection.failed", "failed-inspection", _inspection, "task_no", times=4),
    _Tale("test-failed", "site.quality.failed", "failed-test", _test, "test_no", times=3),
    _Tale("cable-cut", "site.cable.cut", "cable-cut", _cable),
    _Tale("complaint-pushed", "market.complaint.confirmed", "confirmed-complaint", _complaint, "record_no"),
)


def events_write(chronicle: Chronicle, rng: random.Random) -> None:
    """Each tale on sites of the last year, in the order of their days."""
    told: list[Mapping[str, object]] = []
    number = 0
    for tale in _TALES:
        for _ in range(tale.times * chronicle.tellings):
            number += 1
            on = chronicle.back(rng.randint(30, 330))
            site = chronicle.pick(tale.event, rng, on - 60 * DAY, on)
            fields: Row = {
                "enterprise": site.firm.uscc,
                "project": site.code,
                **tale.fields(site, on, number, rng),
            }
            told.append(
                {
                    "id": f"{tale.event}:{number:05d}",
                    "type": tale.event,
                    "time": f"{on.isoformat()}T09:00:00+08:00",
                    "data": {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in fields.items()},
                }
            )
            key = str(fields.get(tale.key, ""))
            chronicle.label(Happened(tale.story, tale.event, on, site.firm.uscc, site.project, key), (tale.rule,))
    chronicle.book.events += sorted(told, key=lambda event: (str(event["time"]), str(event["id"])))
