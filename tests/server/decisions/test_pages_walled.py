"""The pages again, behind the row policies: the second wall changes none of them."""

from __future__ import annotations

import pytest

from server.decisions.test_pages import *  # noqa: F403 - all of them, as they are
from server.decisions.test_pages import _quick  # an underscore's name is not among them
from server.foundation.walls import wall
from zhulian.server.common.rows import checking

pytestmark = [pytest.mark.django_db, pytest.mark.engine("postgresql")]  # SQLite has no row policies
__all__ = ["_quick", "wall"]


@pytest.fixture(autouse=True)
def _walled(wall) -> None:  # noqa: ARG001 - before any row of a test is made
    assert checking.problems() == []
