"""kill -9 of dispatchers with the real handlers of linkage: afterwards as if nothing had happened.

Twenty-four kills; a thousand with ZHULIAN_LONG=1.
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
KILLS, FIRMS = (1_000, 600) if LONG else (24, 10)
__all__ = ["environment"]


@pytest.mark.timeout(7_200 if LONG else 200)
def test_the_loop_killed_again_and_again_stands_as_if_undisturbed(environment, capsys) -> None:
    command = [sys.executable, str(Path(__file__).with_name("nursery.py")), str(KILLS), str(FIRMS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    out = json.loads(done.stdout.splitlines()[-1])
    with capsys.disabled():
        print(f"\n{out['kills']} kills {out['died']}: {out['kinds']}")  # noqa: T201 - the figures of the run
    assert {"Judged", "Flag", "Proposal", "Obligation", "Share", "Event", "Leaf"} <= out["kinds"].keys()
    assert (out["lost"], out["twice"], out["open"]) == ([], [], 0)
    assert out["kills"] >= KILLS * 0.9
