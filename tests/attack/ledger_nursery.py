"""Sequencers that die: run as a script by test_killed_ledger.py, prints one JSON line.

Forks append leaves with a business row beside each, sequence, sign and publish; each kills itself at a named point, or
is killed from outside with another one beside it. What stood in the published file after each death is kept by the
parent, as somebody outside would: at the end the tree must continue every one of them.
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
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - after setup()
from django.db import connection, connections, transaction  # noqa: E402 - after setup()

from zhulian.core.ledger import Checkpoint, Note  # noqa: E402 - after setup()
from zhulian.server.notary import checking, keys, publishing, sequencing, services, trees  # noqa: E402 - after setup()
from zhulian.server.notary.models import Leaf  # noqa: E402 - after setup()

POINTS = ("appended", "numbered", "tiled", "before_commit", "after_commit", "written", "published")
TABLE = {"sqlite": "integer primary key autoincrement", "postgresql": "bigserial primary key"}


class Death:
    """Kills this process at the n-th passing of a point; point None: never."""

    point: str | None = None
    left = 0

    def passing(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


death = Death()


def passing_after(module: object, name: str, point: str) -> None:
    """Let every call of a function pass a point when it is done."""
    function = getattr(module, name)

    def watched(*args: object, **kwargs: object) -> object:
        out = function(*args, **kwargs)
        death.passing(point)
        return out

    setattr(module, name, watched)


def around_commit() -> None:
    commit = connection._commit

    def watched() -> object:
        death.passing("before_commit")
        out = commit()
        death.passing("after_commit")
        return out

    connection._commit = watched


def act(dice: random.Random) -> None:
    """Some actions: a row of business and its leaf, together or not at all."""
    for _ in range(dice.randint(1, 40)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("insert into kill_act (said) values ('x')")
            services.leaf_append(action="kill.act", actor="system:kill", subject="kill:1")
            death.passing("appended")


def worker(point: str | None, passing: int, seed: int) -> int:
    """Fork one that acts and sequences; its process id."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    death.point, death.left = point, passing
    around_commit()
    passing_after(sequencing, "_number", "numbered")
    passing_after(trees, "store", "tiled")
    passing_after(os, "fsync", "written")
    passing_after(publishing, "publish", "published")
    sequencing.BATCH = 7
    dice = random.Random(seed)
    for _ in range(6):
        act(dice)
        sequencing.settle()
    os._exit(0)


def killed(pid: int) -> bool:
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def seen() -> str:
    path = publishing.path_of("sha256")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main(kills: int) -> None:
    dice = random.Random(kills)
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(f"create table kill_act (id {TABLE[connection.vendor]}, said text)")
    keys.origin("sha256")
    died: Counter[str] = Counter()
    outside = [""]
    tries = 0
    while sum(died.values()) < kills and tries < 3 * kills:
        tries += 1
        if tries % 3:
            point = POINTS[tries % len(POINTS)]
            died[point] += killed(worker(point, dice.randint(1, 5), tries))
        else:
            pair = [worker(None, 0, tries), worker(None, 0, -tries)]
            time.sleep(dice.uniform(0.02, 0.2))
            for pid in pair:
                os.kill(pid, signal.SIGKILL)
            died["from outside, two at once"] += sum([killed(pid) for pid in pair])
        if seen() != outside[-1]:
            outside.append(seen())
    connections.close_all()
    last = sequencing.settle()
    found = checking.check()
    forks = 0
    for text in outside[1:]:
        shown = Checkpoint.parse(Note.parse(text))
        forks += trees.root("sha256", shown.size) != shown.root
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from kill_act")
        [acts] = cursor.fetchone()
    figures = {
        "kills": sum(died.values()),
        "died": dict(died),
        "acts": acts,
        "leaves": Leaf.objects.filter(action="kill.act").count(),
        "size": last.size,
        "all": Leaf.objects.count(),
        "seen": len(outside) - 1,
        "forks": forks,
        "problems": found.problems,
        "files": sorted(p.name for p in Path(publishing.path_of("sha256")).parent.iterdir()),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]))
