"""The pages again, behind the row policies: the second wall changes none of them."""

from __future__ import annotations

import pytest
from django.db import connection

from server.decisions.test_pages import *  # noqa: F403 - all of them, as they are
from server.decisions.test_pages import _quick  # an underscore's name is not among them
from server.foundation.walls import wall
from zhulian.server.common.rows import checking

if connection.vendor != "postgresql":
    pytest.skip("SQLite has no row policies", allow_module_level=True)

__all__ = ["_quick", "wall"]


@pytest.fixture(autouse=True)
def _walled(wall) -> None:  # noqa: ARG001 - before any row of a test is made
    assert checking.problems() == []
