"""Senders that die: run as a script by test_killed_sender.py, prints one JSON line.

Events are told of several subjects; dispatchers note and send them to a receiver of our own, and are killed with
SIGKILL at a named point (around the noting, the holding, the request, the commits) or from outside, two at once. The
receiver checks each signature and writes down what it got before it answers, and refuses some that it has taken, as a
receiver does whose answer is lost. Only the sender's handler is registered: the others have their own nursery.
"""

# ruff: noqa: S311, T201 - dice for the moment of death; a script that prints its figures

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from functools import wraps
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kill_nursery import death, dispatcher, killed  # isort: skip  (sets Django up)

from django.core.management import call_command
from django.db import connections, transaction
from django.db.models import Count, Q

from zhulian.server.common import clock, dispatch, jobs, outbox
from zhulian.server.common.models import Event
from zhulian.server.events import addresses, sending, signing, subscriptions
from zhulian.server.events.models import Sending, SendingAttempt

TYPE = "site.hazard.found"
SUBJECTS = 6
HOLD, JOB_HOLD = dt.timedelta(seconds=1), dt.timedelta(seconds=0.05)
"""A killed process leaves what it held for so long: minutes where it is in use."""
REFUSED_EVERY = 20
"""Of so many events one is taken and answered 500 the first time."""
POINTS = ("before_note", "after_note", "after_hold", "after_request", "before_commit", "after_commit")
PATIENCE = 60
"""Seconds for the survivors: the longest way is a hold and the pause after a refusal."""


class Receiver(BaseHTTPRequestHandler):
    """Writes each request down, then answers."""

    book: Path
    secret: str
    seen: set[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = json.loads(body)
        fits = signing.fits(signing.signed(self.headers), self.secret, method="POST", target=self.path, body=body)
        line = json.dumps([told["id"], told["subject"], told["data"]["n"], fits]) + "\n"
        with self.book.open("a") as book:
            book.write(line)
        first = told["id"] not in self.seen
        self.seen.add(told["id"])
        self.send_response(500 if first and told["data"]["n"] % REFUSED_EVERY == 0 else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def watched() -> None:
    """Let noting, holding and sending pass points of death."""
    sending._HELD, dispatch.APART_HOLD = HOLD, JOB_HOLD
    note, hold, post = sending.note, sending._hold, addresses.post

    def noted(event: outbox.Event) -> None:
        death.passing("before_note")
        note(event)
        death.passing("after_note")

    @wraps(hold)
    def held() -> object:
        found = hold()
        death.passing("after_hold")
        return found

    @wraps(post)
    def posted(*args: Any, **named: Any) -> object:
        reply = post(*args, **named)
        death.passing("after_request")
        return reply

    sending._hold, addresses.post = held, posted
    outbox.handlers.clear()
    outbox.handlers[TYPE] = {"sending.note": noted}


def tell(first: int, many: int) -> None:
    """Events by turns about each subject, numbered as they happen."""
    with transaction.atomic():
        outbox.append(outbox.Event(TYPE, f"enterprise:{n % SUBJECTS}", {"n": n}) for n in range(first, first + many))


def again() -> None:
    """What the schedule does each minute."""
    with transaction.atomic():
        jobs.job_start(kind=subscriptions.JOB, key=subscriptions.JOB, actor=sending.ACTOR)


def kill_all(kills: int, dice: random.Random) -> tuple[Counter[str], int]:
    """Kill so often; where they died, and how many events were told. Each round tells as many as there are subjects."""
    died: Counter[str] = Counter()
    told = tries = 0
    points = cycle(POINTS)
    while sum(died.values()) < kills and tries < 3 * kills:
        tell(told, SUBJECTS)
        told += SUBJECTS
        again()
        if tries % 4 == 3:
            pair = [dispatcher(None, 0) for _ in range(2)]
            time.sleep(dice.uniform(0.02, 0.15))
            for pid in pair:
                os.kill(pid, signal.SIGKILL)
            died["from outside, 2 at once"] += sum([killed(pid) for pid in pair])
        else:
            point = next(points)
            died[point] += killed(dispatcher(point, dice.randint(1, 3)))
        tries += 1
    return died, told


def survive() -> None:
    """Two that live, again and again as the schedule starts them, until nothing waits."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        again()
        assert sum([killed(pid) for pid in [dispatcher(None, 0), dispatcher(None, 0)]]) == 0
        open_events = Event.objects.exclude(state=Event.State.DONE).exists()
        if not open_events and not Sending.objects.filter(state=Sending.State.WAITING).exists():
            return
        time.sleep(0.2)


def verdict(book: Path, told: int) -> dict[str, object]:
    """What the receiver got against what the log says."""
    got = [json.loads(line) for line in book.read_text().splitlines()]
    first = {pk: (subject, n) for pk, subject, n, _ in reversed(got)}
    order: dict[str, list[int]] = {}
    for pk in dict.fromkeys(row[0] for row in got):
        subject, n = first[pk]
        order.setdefault(subject, []).append(n)
    numbers = Counter(n for _, n in first.values())
    taken = Count("tries", filter=Q(tries__status=204))
    return {
        "told": told,
        "got": len(got),
        "lost": told - len(numbers),
        "under_two_ids": sum(1 for many in numbers.values() if many > 1),
        "out_of_order": sum(1 for found in order.values() if found != sorted(found)),
        "forged": sum(1 for *_, fits in got if not fits),
        "sendings": Sending.objects.count(),
        "not_sent": Sending.objects.exclude(state=Sending.State.SENT).count(),
        "taken_not_once": Sending.objects.annotate(n=taken).exclude(n=1).count(),
        "attempts": SendingAttempt.objects.count(),
        "events_open": Event.objects.exclude(state=Event.State.DONE).count(),
    }


def main(kills: int) -> None:
    """Subscribe, tell, kill, survive, compare."""
    call_command("migrate", verbosity=0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    url = f"http://localhost:{server.server_port}/hook"
    wanted = subscriptions.Wanted("招投标平台", url, (TYPE,), "")
    _row, secret = subscriptions.subscription_create(wanted=wanted, actor="user:1", at=clock.now())
    book = Path(os.environ["ZHULIAN_HOME"]) / "received.jsonl"
    book.touch()
    connections.close_all()
    receiver = os.fork()
    if not receiver:
        Receiver.book, Receiver.secret, Receiver.seen = book, secret, set()
        server.serve_forever()
    server.socket.close()
    try:
        watched()
        died, told = kill_all(kills, random.Random(5))
        survive()
        print(json.dumps({"died": died, "kills": sum(died.values())} | verdict(book, told)))
    finally:
        os.kill(receiver, signal.SIGKILL)
        os.waitpid(receiver, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
