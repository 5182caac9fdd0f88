"""The closed loop: events from their append to committed effects, and eligibility.

Beside bare inserts of the same rows, and beside an empty JSON view behind the same sign-in. Town of `server.py`, SQLite,
one process. `python benchmarks/loop.py` prints the rows.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from figure import Figure
from server import UNTIL, _prepared

EMPTY: Final = "/assessments/empty-json"
ROUNDS: Final = 200
BATCH: Final = 1_000
HAPPENED: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("market.bid.rigged", {"record_no": "B{n}", "effective_on": "2025-12-30"}),
    ("market.contract.illegal", {"record_no": "C{n}", "effective_on": "2025-12-30", "act": "转包"}),
    ("market.wages.unpaid", {"record_no": "W{n}", "effective_on": "2025-12-30"}),
    ("site.accident.reported", {"occurred_on": "2025-12-29", "deaths": 1, "serious_injuries": 0}),
    ("site.hazard.found", {"hazard_no": "H{n}", "level": "重大", "found_on": "2025-12-30"}),
)
"""One event of each of these about each of the enterprises."""


def figures(enterprises: int = 60) -> list[Figure]:
    """Milliseconds an event and a question; yardsticks of the same run."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["ZHULIAN_HOME"] = home
        os.environ.pop("ZHULIAN_DATABASE", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhulian.server.settings")
        client, subject = _prepared(Path(home))
        from zhulian.server.accounts.services import accounts_demo_create

        accounts_demo_create()
        return [*_events(enterprises), *_eligibility(client, subject["key"])]


def _events(enterprises: int) -> list[Figure]:
    from django.db import transaction

    from zhulian.server.common import dispatch, outbox
    from zhulian.server.common.models import Event

    while dispatch.events_dispatch():
        pass
    told, taken, before = _told(enterprises), [], _newest()
    for event in told:
        start = time.perf_counter()
        with transaction.atomic():
            outbox.append([event])
        while dispatch.events_dispatch():
            pass
        taken.append((time.perf_counter() - start) * 1000)
    assert not Event.objects.exclude(state=Event.State.DONE).exists()
    rows, bare = _bare(before, len(told))
    ordered = sorted(taken)
    p99 = ordered[int(len(ordered) * 0.99) - 1]
    each = statistics.fmean(taken)
    name = f"event to committed effects, {1000 / each:.0f} a second (p50 {ordered[len(ordered) // 2]:.1f} ms, p99 {p99:.1f} ms)"
    return [Figure(name, each, f"bare inserts of its {rows / len(told):.1f} rows", bare, "ms", "≤ 3×, ≥ 500/s")]


def _told(enterprises: int) -> list[Any]:
    from zhulian.server.common import outbox
    from zhulian.server.registry.models import Participation

    pairs = Participation.objects.known().order_by("enterprise", "project").values_list("enterprise", "project")
    sites = dict(reversed(list(pairs)))
    chosen = sorted(sites)[:enterprises]
    out = []
    for n, enterprise in enumerate(chosen):
        for name, fields in HAPPENED:
            data = {k: v.format(n=n) if isinstance(v, str) else v for k, v in fields.items()}
            data |= {"enterprise": enterprise}
            if name.startswith("site."):
                data["project"] = sites[enterprise]
            out.append(outbox.Event(type=name, subject=f"enterprise:{enterprise}", data=data, id=uuid.uuid4()))
    return out


def _tables() -> list[Any]:
    from zhulian.server.common.models import Event
    from zhulian.server.decisions.models import Proposal
    from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share
    from zhulian.server.notary.models import Leaf

    return [Event, Judged, Flag, Obligation, Share, CopyNotice, Proposal, Leaf]


def _newest() -> dict[str, int]:
    out = {}
    for table in _tables():
        last = table.objects.order_by("-pk").values_list("pk", flat=True).first()
        out[table._meta.db_table] = last or 0  # noqa: SLF001 - Django's public name
    return out


def _bare(before: dict[str, int], events: int) -> tuple[int, float]:
    """Rows that the events made, and milliseconds an event to insert them again, one transaction for each event."""
    from django.db import connection, transaction

    made: list[tuple[str, list[tuple[Any, ...]]]] = []
    with connection.cursor() as cursor:
        for table in _tables():
            name, key = table._meta.db_table, table._meta.pk.column  # noqa: SLF001 - Django's public name
            cursor.execute(f'SELECT * FROM "{name}" WHERE "{key}" > %s ORDER BY "{key}"', [before[name]])
            rows = cursor.fetchall()
            cursor.execute(f'CREATE TABLE "bare_{name}" AS SELECT * FROM "{name}" WHERE 0')
            made.append((name, rows))
        start = time.perf_counter()
        for n in range(events):
            with transaction.atomic():
                for name, rows in made:
                    for row in rows[n * len(rows) // events : (n + 1) * len(rows) // events]:
                        marks = ",".join(["%s"] * len(row))
                        cursor.execute(f'INSERT INTO "bare_{name}" VALUES ({marks})', row)
        took = (time.perf_counter() - start) * 1000 / events
    return sum(len(rows) for _, rows in made), took


def _eligibility(client: Any, key: str) -> list[Figure]:
    from django.http import JsonResponse
    from django.urls import path

    from zhulian.server import urls
    from zhulian.server.common.permissions import signed_in
    from zhulian.server.registry.models import Enterprise

    urls.urlpatterns.insert(0, path(EMPTY.lstrip("/"), signed_in(lambda _request: JsonResponse({}))))
    _forget_addresses()
    keys = list(Enterprise.objects.at(UNTIL).exclude(uscc=None).values_list("uscc", flat=True))
    items = [{"uscc": keys[n % len(keys)], "purpose": "bid"} for n in range(BATCH)]
    empty = _timed(lambda: client.get(EMPTY), ROUNDS)
    one = _timed(lambda: client.get(f"/api/v1/eligibility/{key}?purpose=bid"), ROUNDS)
    many = _timed(
        lambda: client.post("/api/v1/eligibility", {"items": items}, content_type="application/json"), ROUNDS // 20
    )
    return [
        Figure(
            f"eligibility of one, {1000 / one:.0f} a second, p50",
            one,
            "empty JSON view, same sign-in",
            empty,
            "ms",
            "≤ 1.4×",
        ),
        Figure(
            f"eligibility in batches of {BATCH:,}, {BATCH * 1000 / many:,.0f} enterprises a second, p50 of a batch",
            many,
            "empty JSON view, same sign-in",
            empty,
            "ms",
            "",
        ),
    ]


def _forget_addresses() -> None:
    from django.urls import clear_url_caches

    clear_url_caches()


def _timed(ask: Callable[[], Any], rounds: int) -> float:
    """p50 in milliseconds; the first three are not counted. Each answer must be a good one."""
    taken = []
    for n in range(rounds + 3):
        start = time.perf_counter()
        answer = ask()
        if n >= 3:
            taken.append((time.perf_counter() - start) * 1000)
        assert answer.status_code == 200, answer.content[:500]
    return statistics.median(taken)


if __name__ == "__main__":
    print("\n".join(figure.row() for figure in figures()))
