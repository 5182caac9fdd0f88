"""The children of `zhulian serve`: up together, back after a death, gone together. Real processes, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SUPERVISE = """
import sys
from zhulian.cli.supervisor import Supervisor
child, folder = sys.argv[1:]
code = Supervisor({"one": [sys.executable, "-c", child, folder]}).run(
    up=lambda: True, when_up=lambda: print("up", flush=True), when_lost=lambda name, code: print("lost", name, code, flush=True)
)
sys.exit(code)
"""
STAYS = """
import os, pathlib, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
(folder / f"{os.getpid()}.child").touch()
(folder / f"{grandchild.pid}.grandchild").touch()
time.sleep(60)
"""


@pytest.fixture
def supervised(tmp_path):
    started = []

    def start(child: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, child, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def pids(folder: Path, kind: str) -> list[int]:
    return [int(path.stem) for path in folder.glob(f"*.{kind}")]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def eventually(what, seconds: float = 15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    pytest.fail("it did not come")


def test_a_signal_ends_the_children_and_what_they_started(supervised, tmp_path):
    process = supervised(STAYS)
    children = eventually(lambda: pids(tmp_path, "child") and pids(tmp_path, "grandchild"))
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0
    assert not any(map(alive, children + pids(tmp_path, "child")))


def test_a_killed_child_comes_back(supervised, tmp_path):
    supervised(STAYS)
    orphan = eventually(lambda: pids(tmp_path, "grandchild"))[0]
    os.kill(pids(tmp_path, "child")[0], signal.SIGKILL)
    eventually(lambda: len(pids(tmp_path, "grandchild")) == 2)
    assert not alive(orphan)


def test_a_child_that_cannot_stay_up_is_told_and_ends_it(supervised):
    process = supervised("raise SystemExit(3)")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out.splitlines()[-1] == "lost one 3"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children of their parent's death on Linux only")
def test_children_go_when_the_parent_is_killed_outright(supervised, tmp_path):
    process = supervised(STAYS)
    children = eventually(lambda: pids(tmp_path, "child"))
    process.kill()
    eventually(lambda: not alive(children[0]))
