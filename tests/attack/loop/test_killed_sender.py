"""kill -9 inside the webhook sender: nothing lost, each event under one id, in the order of its subject.

Whoever is killed between the other side's taking it and our noting that sends it again: the receiver gets it twice
under the same id, the log says once that it was taken. Eighteen kills; five hundred with ZHULIAN_LONG=1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from attack.test_kill import environment

LONG = os.environ.get("ZHULIAN_LONG") == "1"
KILLS = 500 if LONG else 8
__all__ = ["environment"]


@pytest.mark.timeout(3_600 if LONG else 200)
def test_senders_that_die_lose_nothing_and_keep_the_order(environment, capsys) -> None:
    command = [sys.executable, str(Path(__file__).with_name("sender_nursery.py")), str(KILLS)]
    allowed = environment | {"ZHULIAN_WEBHOOK_HOSTS": "localhost"}
    done = subprocess.run(command, env=allowed, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    out = json.loads(done.stdout.splitlines()[-1])
    with capsys.disabled():
        print(f"\n{out['kills']} kills of senders {out['died']}: told {out['told']}, got {out['got']}")  # noqa: T201 - the figures of the run
    assert out["kills"] >= KILLS * 0.9
    assert out["got"] > out["told"], "some were refused or killed after the request, and came again"
    assert (out["lost"], out["under_two_ids"], out["out_of_order"], out["forged"]) == (0, 0, 0, 0)
    assert (out["sendings"], out["not_sent"], out["taken_not_once"]) == (out["told"], 0, 0)
    assert out["events_open"] == 0
