"""The closed loop by the hands of everybody who has a part in it, through pages and interfaces only (loop.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser import loop
from browser.conftest import Town, served_again


@pytest.fixture(scope="module")
def walked(chromium: Browser, town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[loop.Loop]:
    """A copy of the town: weeks pass in it, and its enterprises are decided about."""
    with served_again(town, tmp_path_factory.mktemp("loop")) as copy:
        one = loop.Loop(chromium, copy)
        yield one
        one.close()


def test_a_constructor_leaves_and_what_followed_ends_within_a_minute_of_the_next(walked: loop.Loop, tmp_path: Path):
    loop.constructor(walked, tmp_path)
    assert walked.problems == []


def test_an_accident_suspends_the_permit_until_it_is_restored(walked: loop.Loop):
    loop.accident(walked)
    assert walked.problems == []


def test_an_accident_that_was_its_fault_bars_upgrades_only(walked: loop.Loop):
    loop.concluded(walked)
    assert walked.problems == []
