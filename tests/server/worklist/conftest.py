"""The bureau of tests/server/decisions/world.py, with obligations of its unit."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from server.decisions.world import DIVISION, FIRM, MONDAY, Office, office, proposed
from zhulian.server.common import clock
from zhulian.server.linkage.models import Obligation

__all__ = ["office", "proposed"]


@pytest.fixture
def obliged(office: Office) -> Callable[..., Obligation]:
    """Make an obligation of the unit, due so many days from the Monday of the world."""

    def make(due: int, what: str = "督促整改", *, enterprise: int = FIRM, rule: str = "fell-short") -> Obligation:
        return Obligation.objects.create(
            event=uuid.uuid4(), rule=rule, version="1", subject=f"enterprise:{enterprise}", effect="do",
            enterprise=enterprise, clause="建市〔2013〕1号", made_at=clock.now(), what=what, unit=office.unit,
            division=DIVISION, due_on=MONDAY + dt.timedelta(days=due),
        )  # fmt: skip

    return make


@pytest.fixture
def signed_in(office: Office) -> Callable[[str], Client]:
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(office.people[who], backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in
