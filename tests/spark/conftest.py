"""A Spark Connect server, and a town's snapshot on disk.

Sail by default, in this process; another server's address in `ZHULIAN_TEST_SPARK` (Apache Spark in `make test-long`).
"""

from __future__ import annotations

import datetime as dt
import os

import pytest

from parity.engines import sail_address
from zhulian.bulk.snapshots_keyed import snapshot_keyed
from zhulian.city import build, write

DAY = dt.date(2025, 12, 31)


@pytest.fixture(scope="session")
def master():
    """`sc://host:port`."""
    return os.environ.get("ZHULIAN_TEST_SPARK") or sail_address()


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    """A town as a snapshot folder."""
    folder = tmp_path_factory.mktemp("town")
    write(build(seed=1, until=DAY), folder / "files")
    _, refused = snapshot_keyed([folder / "files"], folder / "snap", taken_at=1, rejects=folder / "rejects")
    assert not refused
    return folder / "snap"
