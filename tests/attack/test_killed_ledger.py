"""kill -9 at every step of appending, sequencing, signing and publishing, two sequencers at once: no fork, no gap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from attack.test_kill import environment

__all__ = ["environment"]
LONG = os.environ.get("ZHULIAN_LONG") == "1"
KILLS = 1000 if LONG else 18


@pytest.mark.timeout(7200 if LONG else 200)
def test_no_leaf_is_lost_and_every_checkpoint_ever_shown_is_continued(environment, capsys) -> None:
    command = [sys.executable, str(Path(__file__).with_name("ledger_nursery.py")), str(KILLS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    out = json.loads(done.stdout.splitlines()[-1])
    with capsys.disabled():
        print(  # noqa: T201 - the figures of the run
            f"\n{out['kills']} kills {out['died']}: {out['size']} leaves, {out['seen']} checkpoints seen, forks {out['forks']}"
        )
    assert out["kills"] >= KILLS * 0.9
    assert out["acts"] == out["leaves"] > 0
    assert out["size"] == out["all"]
    assert out["seen"] > 1
    assert (out["forks"], out["problems"]) == (0, [])
