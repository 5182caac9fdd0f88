"""Dispatchers that die: run as a script by test_kill.py, prints one JSON line.

One process sets Django up, then forks a dispatcher per kill, because a start costs more than what is tested. A fork
kills itself at the n-th passing of a named point (`before_handler`, `after_effect`, `before_commit`, `after_commit`,
`inside_step`), or is killed from outside after a random while, alone or with another one beside it. Killed means
SIGKILL: nothing is cleaned up. At the end one is left to live until nothing is due.
"""

# ruff: noqa: S311, T201 - dice for the moment of death; a script that prints its figures

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - after setup()
from django.db import connection, connections, transaction  # noqa: E402 - after setup()

from zhulian.server.common import dispatch, jobs, outbox, worker  # noqa: E402 - after setup()
from zhulian.server.common.models import Event as Row  # noqa: E402 - after setup()
from zhulian.server.common.models import Job  # noqa: E402 - after setup()

SUBJECTS = 40
POINTS = ("before_handler", "after_effect", "before_commit", "after_commit", "inside_step")
TABLE = {"sqlite": "integer primary key autoincrement", "postgresql": "bigserial primary key"}


class Death:
    """Kills this process at the n-th passing of a point; point None: never."""

    point: str | None = None
    left = 0

    def passing(self, point: str) -> None:
        if point != self.point:
            return
        self.left -= 1
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


death = Death()


def effect(kind: str, subject: str, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("insert into kill_effect (kind, subject, number) values (%s, %s, %s)", [kind, subject, number])


@outbox.handler("kill.first")
def first(event: outbox.Event) -> None:
    death.passing("before_handler")
    effect("first", event.subject, event.data["n"])
    outbox.append([outbox.Event("kill.second", event.subject, event.data)])
    death.passing("after_effect")


@outbox.handler("kill.second")
def second(event: outbox.Event) -> None:
    effect("second", event.subject, event.data["n"])


@jobs.job("kill.count")
def count(job: jobs.JobView) -> jobs.Step:
    at, total = job.state.get("at", 0), job.payload["total"]
    for number in range(at, min(at + 5, total)):
        effect("job", f"job:{job.id}", number)
        death.passing("inside_step")
    at = min(at + 5, total)
    return jobs.Step({"at": at}, done=at, total=total, finished=at == total)


def around_commit() -> None:
    """Let every commit pass two points."""
    commit = connection._commit

    def watched() -> object:
        death.passing("before_commit")
        out = commit()
        death.passing("after_commit")
        return out

    connection._commit = watched


def dispatcher(point: str | None, passing: int) -> int:
    """Fork a dispatcher; its process id."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    death.point, death.left = point, passing
    around_commit()
    dispatch.BATCH = 7  # more commits, so more places to die at
    worker.run(once=True)
    os._exit(0)


def killed(pid: int) -> bool:
    """Wait for a dispatcher; whether it died of SIGKILL rather than came to its end."""
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def seed(events: int, steps: int) -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(f"create table kill_effect (id {TABLE[connection.vendor]}, kind text, subject text, number int)")
    with transaction.atomic():
        outbox.append(outbox.Event("kill.first", f"s:{n % SUBJECTS}", {"n": n}) for n in range(events))
        for n in range(3):
            jobs.job_start(kind="kill.count", payload={"total": steps}, key=str(n))


def kill_all(kills: int, dice: random.Random) -> Counter[str]:
    """Kill so often; where they died. The work is topped up by nobody: late kills meet less of it."""
    died: Counter[str] = Counter()
    tries = 0
    while sum(died.values()) < kills and tries < 3 * kills:
        tries += 1
        if tries % 3:
            point = POINTS[tries % len(POINTS)]
            if killed(dispatcher(point, dice.randint(1, 4))):
                died[point] += 1
        else:
            pair = [dispatcher(None, 0), dispatcher(None, 0)]
            time.sleep(dice.uniform(0.005, 0.08))
            for pid in pair:
                os.kill(pid, signal.SIGKILL)
            died["from outside, two at once"] += sum([killed(pid) for pid in pair])
    return died


def verdict() -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute("select kind, subject, number, id from kill_effect order by id")
        rows = cursor.fetchall()
    times = Counter((kind, subject, number) for kind, subject, number, _ in rows)
    order: dict[tuple[str, str], list[int]] = {}
    for kind, subject, number, _ in rows:
        order.setdefault((kind, subject), []).append(number)
    return {
        "effects": dict(Counter(kind for kind, _, _ in times)),
        "twice": sum(1 for n in times.values() if n > 1),
        "out_of_order": sum(1 for numbers in order.values() if numbers != sorted(numbers)),
        "events_open": Row.objects.exclude(state="done").count(),
        "jobs_open": Job.objects.exclude(state="finished").count(),
    }


def main(kills: int, events: int, steps: int) -> None:
    seed(events, steps)
    died = kill_all(kills, random.Random(7))
    survivors = [dispatcher(None, 0), dispatcher(None, 0)]
    assert sum([killed(pid) for pid in survivors]) == 0
    print(json.dumps({"died": died, "kills": sum(died.values())} | verdict()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
