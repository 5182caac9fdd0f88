"""The bureau of tests/server/decisions/world.py, and whose name its papers bear."""

import pytest

from server.decisions.world import DIVISION, office
from zhulian.server.registry.models import Authority, SafetyPermit

__all__ = ["office"]


@pytest.fixture
def authority(office):  # noqa: ARG001 - the permit must be there
    Authority.objects.create(text="青岛市住房和城乡建设局", division=DIVISION)
    SafetyPermit.objects.update(authority="青岛市住房和城乡建设局")
