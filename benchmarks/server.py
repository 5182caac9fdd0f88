"""Latency of the pages and the API, each beside an empty view through the same stack (middleware, session, client).

The town is made, loaded as rows and assessed in a database of its own; requests run in this process, so what is
measured is our code and not a web server. `python benchmarks/server.py --json` prints plain figures.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figure import Figure

UNTIL = dt.date(2025, 12, 31)
ROUNDS = 40
PAGES = {
    "list of verdicts (核查清单)": "/assessments/",
    "panorama (企业全景)": "/assessments/enterprise/{enterprise}",
    "assessment page (资质核查)": "/assessments/enterprise/{enterprise}/{code}",
    "people of an assessment": "/assessments/enterprise/{enterprise}/{code}/people",
    "API: one assessment": "/api/v1/enterprises/{key}/assessments/{code}",
    "API: public profile": "/api/v1/enterprises/{key}",
    "API: search": "/api/v1/search?q=建设",
}
EMPTY = "/assessments/empty"


def figures() -> list[Figure]:
    """p50 of each page in milliseconds; the yardstick is the empty view in the same run."""
    measured = measure()
    base = measured.pop("empty view")
    return [
        Figure(
            f"{name}, p50 (p95 {found['p95']:.0f} ms)",
            found["p50"],
            "empty view, same stack",
            base["p50"],
            "ms",
            "≤ 300 ms",
        )
        for name, found in measured.items()
    ]


def measure() -> dict[str, dict[str, float]]:
    """Milliseconds at p50 and p95 by page."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["ZHULIAN_HOME"] = home
        os.environ.pop("ZHULIAN_DATABASE", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhulian.server.settings")
        client, subject = _prepared(Path(home))
        found = {"empty view": _timed(lambda: client.get(EMPTY))}
        for name, address in PAGES.items():
            path = address.format(**subject)
            assert client.get(path).status_code == 200, path
            found[name] = _timed(functools.partial(client.get, path))
        return found


def _timed(ask: Callable[[], Any]) -> dict[str, float]:
    """The first requests compile plans and templates: not counted."""
    for _ in range(3):
        ask()
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - start) * 1000)
    return {"p50": statistics.median(taken), "p95": sorted(taken)[int(ROUNDS * 0.95) - 1]}


def _prepared(home: Path) -> tuple[Any, dict[str, Any]]:
    """A client signed in as a province, and a pair to look at."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import path

    from zhulian.server import urls
    from zhulian.server.accounts.models import Grant, User
    from zhulian.server.assessments import selectors, services
    from zhulian.server.assessments.moments import VERIFICATION
    from zhulian.server.common import clock
    from zhulian.server.common.permissions import Role, signed_in
    from zhulian.server.registry.models import Enterprise

    settings.ALLOWED_HOSTS = ["testserver"]
    urls.urlpatterns.insert(0, path(EMPTY.lstrip("/"), signed_in(lambda _request: HttpResponse(""))))
    call_command("migrate", verbosity=0, interactive=False)
    clock.frozen(UNTIL).__enter__()
    _load(home / "town")
    asked: dict[str, Any] = {"at": clock.now(), "actor": "system:bench"}
    run = services.run_start(as_of=UNTIL, purpose=VERIFICATION, everyone=True, **asked)
    services.run_step(run_id=run.pk, enterprises=selectors.holders(as_of=UNTIL, purpose=VERIFICATION), **asked)
    services.run_finish(run_id=run.pk, **asked)
    pair = run.assessments.filter(code="D101C").order_by("pk").first() or run.assessments.exclude(rule_version="")[0]
    user = User.objects.create_user("bench", role=Role.PROVINCE)
    for top in {(e.region or "")[:2] + "0000" for e in Enterprise.objects.all() if e.region}:
        Grant.objects.create(user=user, function="market", division_id=top, action="*")
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    key = Enterprise.objects.known().filter(enterprise=pair.enterprise)[0].uscc
    return client, {"enterprise": pair.enterprise, "code": pair.code, "key": key}


def _load(folder: Path) -> None:
    from zhulian import intake
    from zhulian.city import build, write
    from zhulian.core.tables import TABLES
    from zhulian.server.common import clock
    from zhulian.server.registry.services import rows_record, source_create

    write(build("town", seed=1, until=UNTIL), folder)
    at = clock.now()
    source = source_create(feed="town", reference="1", at=at, actor="system:bench")
    for table in TABLES:
        if not (folder / f"{table}.parquet").exists():
            continue
        rows = [row for row in intake.read(folder / f"{table}.parquet") if isinstance(row, intake.Row)]
        for start in range(0, len(rows), 2000):
            rows_record(rows=rows[start : start + 2000], source=source, feed="town", at=at, actor="system:bench")


if __name__ == "__main__":
    if "--json" in sys.argv:
        print(json.dumps(measure(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(figure.row() for figure in figures()))
