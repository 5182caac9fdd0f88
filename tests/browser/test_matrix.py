"""Nobody reaches what is not his: every address with a number in it, by strangers and by whose it is (matrix.py)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from browser.conftest import HERE, Town, copied, environment


@pytest.fixture(scope="module")
def result(town: Town, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home: Path = tmp_path_factory.mktemp("matrix")
    copied(town, home)
    done = subprocess.run(
        [sys.executable, HERE / "matrix.py", home], env=environment(home), capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_address_with_a_number_is_asked_for(result):
    assert result["unlisted"] == [], "say in matrix.py whose thing this is"
    assert result["gone"] == []
    assert result["without_a_thing"] == []
    assert result["addresses"] > 130


def test_no_stranger_gets_in_or_learns_that_something_is_there(result):
    assert result["wrong"] == []
    assert result["cells"] > 850


def test_whose_it_is_gets_in(result):
    assert result["read_by_owner"] >= 40


def test_the_matrix_sees_an_open_door(result):
    assert result["control"] > 0
