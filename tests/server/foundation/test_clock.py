"""The business clock: frozen, in China, moved forward and never back."""

from __future__ import annotations

import datetime as dt

import pytest

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock
from zhulian.server.common.services import clock_forward
from zhulian.server.notary.models import Leaf


def test_frozen_in_china() -> None:
    with clock.frozen(dt.datetime(2025, 5, 31, 16, 30, tzinfo=dt.UTC)):
        assert clock.today() == dt.date(2025, 6, 1)
        assert clock.now().isoformat() == "2025-06-01T00:30:00+08:00"
        assert clock.now_micros() == 1748709000000000
        with clock.frozen(dt.date(2020, 1, 1)):
            assert clock.today() == dt.date(2020, 1, 1)
        assert clock.today() == dt.date(2025, 6, 1)


@pytest.mark.django_db
def test_forward_moves_business_dates_only() -> None:
    try:
        before, machine = clock.now(), clock.machine_now()
        clock_forward(by=dt.timedelta(days=40), actor="user:1")
        clock_forward(by=dt.timedelta(days=2), actor="user:1")
        assert dt.timedelta(days=42) <= clock.now() - before < dt.timedelta(days=42, minutes=1)
        assert clock.machine_now() - machine < dt.timedelta(minutes=1)
        assert Leaf.objects.filter(action="common.clock.forward").count() == 2
        with pytest.raises(ZhulianError, match="只能向前"):
            clock_forward(by=dt.timedelta(days=-1), actor="user:1")
    finally:
        clock.forget()
