"""No number and no full name gets out: pages, exports, error pages, logs (masking.py)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from browser.conftest import HERE, Town, copied, environment

NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9Xx]|1[3-9][0-9]{9})(?![0-9A-Za-z])")


@pytest.fixture(scope="module")
def hunt(town: Town, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """What was found, and everything that was logged meanwhile at the finest level."""
    home: Path = tmp_path_factory.mktemp("masking")
    copied(town, home)
    done = subprocess.run(
        [sys.executable, HERE / "masking.py"], env=environment(home), capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_no_answer_holds_a_number_or_a_name_that_nobody_opened(hunt):
    result, _ = hunt
    assert result["found"] == []
    assert result["answers"] > 700
    assert result["files"] > 100
    assert result["numbers"] > 5_000


def test_nothing_is_logged_either(hunt):
    _, logged = hunt
    assert "/nothing/" in logged, "what was asked for is logged"
    assert NUMBERS.findall(logged) == []


def test_what_is_opened_for_a_purpose_is_seen_here(hunt):
    result, _ = hunt
    assert result["control"] > 0
