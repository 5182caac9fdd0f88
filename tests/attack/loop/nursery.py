"""The loop under dispatchers that die: run as a script by test_killed_loop.py, prints one JSON line.

Every story is told of two sets of enterprises. The first set's events are carried on undisturbed; the second's by
dispatchers that are killed with SIGKILL at a named point (before the lease, after it, around a real handler of linkage,
before and after the commit) or from outside, two or four at once. At the end both sets must have the same judgements,
flags, proposals, obligations, shares, notices and events: nothing lost, nothing twice.
"""

# ruff: noqa: S311, T201 - dice for the moment of death; a script that prints its figures

from __future__ import annotations

import datetime as dt
import json
import os
import random
import sys
import time
import uuid
from collections import Counter
from functools import wraps
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kill_nursery import death, dispatcher, killed  # isort: skip  (sets Django up)

from django.core.management import call_command
from django.db import transaction

from zhulian import rulebooks
from zhulian.core.kernel.dates import SHANGHAI, micros
from zhulian.core.linkage.acts import POWERS
from zhulian.server.accounts.models import Division, Duty, Grant, OrganisationUnit
from zhulian.server.common import clock, dispatch, outbox
from zhulian.server.common.models import Event
from zhulian.server.decisions.models import Letterhead, Proposal
from zhulian.server.linkage import facts, judging
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Authority, Enterprise, Project, SafetyPermit, Subject

DAY = dt.date(2025, 6, 2)
DIVISION = "370200"
AT = micros(dt.datetime(2025, 1, 1, tzinfo=SHANGHAI))
CONTROL, KILLED = 1_000, 500_000
"""Where the ids of the two sets of enterprises begin; a site has its builder's id and this much more."""
SITE = 10_000_000
POINTS = ("before_lease", "after_lease", "before_handler", "after_handler", "before_commit", "after_commit")
STORY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("market.bid.rigged", {"record_no": "R1", "effective_on": "2025-05-30"}),
    ("site.hazard.found", {"hazard_no": "H1", "level": "重大"}),
    ("qualification.fell_short", {"code": "D101B"}),
    ("site.accident.reported", {"occurred_on": "2025-06-01", "deaths": 1, "serious_injuries": 0, "direct_loss": 0}),
    ("site.hazard.overdue", {"hazard_no": "H1", "level": "重大"}),
    ("market.dishonesty.listed", {"record_no": "R2", "effective_on": "2025-05-30"}),
    ("site.hazard.closed", {"hazard_no": "H1", "level": "重大"}),
    ("qualification.recovered", {"code": "D101B"}),
    ("qualification.fell_short", {"code": "D101B"}),
)
"""What happens to each enterprise, in order: all three directions, effects that begin and effects that end."""


def seed(firms: int) -> None:
    """An office with every power, and both sets of enterprises, each with a permit and a site."""
    call_command("migrate", verbosity=0)
    unit = OrganisationUnit.objects.create(name="市局", division=Division.objects.get(pk=DIVISION))
    Grant.objects.create(unit=unit, function="market", division_id=DIVISION, action="*")
    Duty.objects.bulk_create([Duty(power=power, unit=unit, division_id=DIVISION) for power in POWERS])
    Letterhead.objects.create(unit=unit, word="青建")
    Authority.objects.create(text="市局", division=DIVISION)
    for number in [start + n for start in (CONTROL, KILLED) for n in range(firms)]:
        Subject.objects.create(pk=number, kind="enterprise", created_at=AT)
        Enterprise.objects.create(enterprise=number, name=f"企业{number}", region="370202", recorded_at=AT)
        SafetyPermit.objects.create(
            enterprise=number, permit_no=f"P{number}", status="有效", valid_until=dt.date(2027, 1, 1),
            authority="市局", recorded_at=AT,
        )  # fmt: skip
        Project.objects.create(project=number + SITE, name="一号楼", region="370202", status="在建", recorded_at=AT)


def tell(start: int, firms: int) -> None:
    """The story of each enterprise of a set, in the order in which they happen together."""
    with transaction.atomic():
        outbox.append(
            outbox.Event(
                type=name,
                subject=f"enterprise:{start + n}",
                data={"enterprise": start + n, "project": start + n + SITE, **data},
                id=uuid.uuid5(uuid.NAMESPACE_OID, f"{start + n}:{step}"),
            )
            for step, (name, data) in enumerate(STORY)
            for n in range(firms)
        )


def short() -> None:
    """What the rule of a shortage asks holds of everybody: no verdicts are made here."""
    versions = rulebooks.linkage_book().rules["fell-short"].versions
    asked = {name for version in versions for name in facts.asked_by(version)}
    found = judging.facts_of
    judging.facts_of = lambda about, names: found(about, names) | {n: True for n in names if n in asked}


def watched() -> None:
    """Let every lease and every handler of the application pass points of death."""
    lease = dispatch._lane

    def leased() -> object:
        death.passing("before_lease")
        out = lease()
        death.passing("after_lease")
        return out

    dispatch._lane = leased
    for functions in outbox.handlers.values():
        for name, function in functions.items():
            functions[name] = _mortal(function)


def _mortal(function: outbox.Handler) -> outbox.Handler:
    @wraps(function)
    def run(event: outbox.Event) -> None:
        death.passing("before_handler")
        function(event)
        death.passing("after_handler")

    return run


def kill_all(kills: int, dice: random.Random) -> Counter[str]:
    """Kill so often; where they died."""
    died: Counter[str] = Counter()
    tries = 0
    while sum(died.values()) < kills and tries < 4 * kills:
        tries += 1
        if tries % 4:
            point = POINTS[tries % len(POINTS)]
            died[point] += killed(dispatcher(point, dice.randint(1, 3)))
        else:
            many = 2 if tries % 8 else 4
            together = [dispatcher(None, 0) for _ in range(many)]
            time.sleep(dice.uniform(0.01, 0.1))
            for pid in together:
                os.kill(pid, 9)
            died[f"from outside, {many} at once"] += sum([killed(pid) for pid in together])
    return died


def standing(start: int, firms: int) -> Counter[str]:
    """What came of a set, by what it says and not by its ids."""
    numbers = range(start, start + firms)
    out: Counter[str] = Counter()
    for model in (Judged, Flag, Obligation, Proposal, Share, CopyNotice):
        for row in model.objects.filter(enterprise__in=numbers):
            what = getattr(row, "effect", "") or getattr(row, "verdict", "")
            over = getattr(row, "ended_at", None) is not None
            out[f"{model.__name__} {row.enterprise - start} {row.rule} {what} {getattr(row, 'state', '')} {over}"] += 1
    for row in Event.objects.filter(subject__in=[f"enterprise:{n}" for n in numbers]):
        out[f"Event {row.subject.split(':')[1] and int(row.subject.split(':')[1]) - start} {row.type}"] += 1
    for leaf in Leaf.objects.filter(subject__in=[f"enterprise:{n}" for n in numbers]):
        out[f"Leaf {int(leaf.subject.split(':')[1]) - start} {leaf.action}"] += 1
    return out


def main(kills: int, firms: int) -> None:
    """Undisturbed, then killed; what differs."""
    with clock.frozen(DAY):
        seed(firms)
        short()
        tell(CONTROL, firms)
        assert not killed(dispatcher(None, 0))
        tell(KILLED, firms)
        watched()
        died = kill_all(kills, random.Random(11))
        survivors = [dispatcher(None, 0) for _ in range(4)]
        assert sum([killed(pid) for pid in survivors]) == 0
        wanted, found = standing(CONTROL, firms), standing(KILLED, firms)
    kinds = Counter(key.split()[0] for key in wanted.elements())
    print(
        json.dumps(
            {
                "died": {where: n for where, n in died.items() if n},
                "kills": sum(died.values()),
                "kinds": kinds,
                "lost": sorted((wanted - found).elements()),
                "twice": sorted((found - wanted).elements()),
                "open": Event.objects.exclude(state=Event.State.DONE).count(),
            }
        )
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
