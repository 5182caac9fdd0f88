"""What the row policies cost: the same pages of the same PostgreSQL database, with and without the second wall.

A town is loaded and assessed as in `server.py`; `TIMES` copies of its enterprises and verdicts are added, so that lists
are as long as a city's. Requests with and without the wall take turns. `python benchmarks/rows.py` prints a table;
`--slow` prints the plan of the list's count behind the wall.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
from postgres import running

TIMES = 33
APART = 10_000_000
"""Distance between the numbers of an enterprise and its copy."""
ROUNDS = 30
PAGES = {
    "list of verdicts (核查清单)": "/assessments/",
    "one enterprise of it (企业全景)": "/assessments/enterprise/{enterprise}",
    "queue of proposals (拟办)": "/decisions/",
    "public profile": "/api/v1/enterprises/{key}",
}
WALL = "zhulian.server.common.rows.Wall"


def main() -> None:
    """Print a row for each page and user."""
    with tempfile.TemporaryDirectory() as home, running() as url:
        os.environ.update(
            ZHULIAN_HOME=home, ZHULIAN_MFA="off", ZHULIAN_DATABASE=url, DJANGO_SETTINGS_MODULE="zhulian.server.settings"
        )
        _province, subject = server._prepared(Path(home))  # noqa: SLF001 - the benchmarks are one thing
        _copies()
        from zhulian.server.common.rows.services import rows_on

        rows_on(actor="system:bench")
        users = _users(subject["enterprise"])
        if "--slow" in sys.argv:
            _plans(users)
        print("| page | who | without, p50 | with, p50 | with ÷ without |\n| --- | --- | --- | --- | --- |")
        for name, address in PAGES.items():
            for who, user in users.items():
                path = address.format(**subject)
                if (found := _timed(path, user)) is not None:
                    without, walled = found
                    print(f"| {name} | {who} | {without:.1f} ms | {walled:.1f} ms | {walled / without:.2f} |")


def _users(enterprise: int) -> dict[str, Any]:
    """An officer of everything, one of the city and one of the district where the enterprise is, and its own hand."""
    from zhulian.server.accounts.models import EnterpriseMembership, Grant, User
    from zhulian.server.common.permissions import Role
    from zhulian.server.registry.models import Enterprise

    region = str(Enterprise.objects.known().filter(enterprise=enterprise)[0].region)
    out = {"province": User.objects.get(username="bench")}
    for role, place in ((Role.CITY, region[:4] + "00"), (Role.DISTRICT, region)):
        out[role.value] = User.objects.create_user(f"bench {role.value}", role=role)
        Grant.objects.create(user=out[role.value], function="market", division_id=place, action="*")
    out["enterprise"] = User.objects.create_user("bench enterprise", role=Role.ENTERPRISE)
    EnterpriseMembership.objects.create(user=out["enterprise"], enterprise=enterprise)
    return out


def _timed(path: str, user: Any) -> tuple[float, float] | None:
    """Milliseconds at p50 without and with the wall, in turns; the first requests compile and are not counted."""
    from django.conf import settings
    from django.test import Client

    plain = [name for name in settings.MIDDLEWARE if name != WALL]
    place = plain.index("zhulian.server.registry.middleware.MergedSubjects")
    clients = []
    for middleware in (plain, [*plain[:place], WALL, *plain[place:]]):
        settings.MIDDLEWARE = middleware
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        for _ in range(3):
            answer = client.get(path)
        if answer.status_code != 200:  # not this user's page: nothing of it is measured
            return None
        clients.append(client)
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for client, times in zip(clients, taken, strict=True):
            start = time.perf_counter()
            client.get(path)
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])


def _copies() -> None:
    """Enterprises, what they hold and what was judged, again and again under other numbers."""
    from django.db import connection

    from zhulian.server.assessments.models import Assessment
    from zhulian.server.registry.models import Contract, Enterprise, Qualification

    with connection.cursor() as cursor:
        for model in (Enterprise, Qualification, Contract, Assessment):
            meta = model._meta  # noqa: SLF001 - Django's documented name
            names = [f.column for f in meta.concrete_fields if not f.primary_key]
            moved = [f'"{n}" + k * {APART}' if n == "enterprise" else f'"{n}"' for n in names]
            listed = ", ".join(f'"{n}"' for n in names)
            cursor.execute(
                f'INSERT INTO "{meta.db_table}" ({listed}) '
                f'SELECT {", ".join(moved)} FROM "{meta.db_table}", generate_series(1, {TIMES}) AS k'
            )
        cursor.execute("ANALYZE")
        for model in (Enterprise, Assessment):
            print(f"{model.__name__}: {model.objects.count():,} rows")


def _plans(users: dict[str, Any]) -> None:
    """How PostgreSQL counts the verdicts behind the wall."""
    from zhulian.server.assessments.models import Assessment
    from zhulian.server.common import rows

    for user in users.values():
        with rows.asked_by(user):
            print(Assessment.objects.order_by().explain(analyze=True), "\n")


if __name__ == "__main__":
    main()
