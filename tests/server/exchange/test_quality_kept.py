"""Figures over many enterprises: kept for some minutes, by the divisions of whoever looks."""

from __future__ import annotations

import datetime as dt

import pytest

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.server.accounts.models import Grant, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.exchange import quality_kept
from zhulian.server.registry.models import Enterprise

NOW = dt.datetime(2025, 6, 2, 9, tzinfo=SHANGHAI)


def user_of(division: str) -> User:
    """Somebody of a province."""
    user = User.objects.create_user(division, role=Role.PROVINCE)
    Grant.objects.create(user=user, function="market", division_id=division, action="*")
    return user


@pytest.mark.django_db
def test_figures_over_many_enterprises_are_kept_for_ten_minutes_and_never_across_divisions(monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(quality_kept, "MANY", 0)
    for serial in (1, 2):
        Enterprise.objects.create(enterprise=serial, name=f"甲{serial}", region="370202", recorded_at=0)

    def ask(user: User) -> int:
        asked.append("")
        return quality_kept.kept(user, "test", NOW.date(), lambda: len(asked)).value

    here, elsewhere = user_of("370000"), user_of("610000")
    with clock.frozen(NOW):
        assert [ask(here), ask(here), ask(elsewhere), ask(here)] == [1, 1, 3, 1]
    with clock.frozen(NOW + dt.timedelta(minutes=11)):
        assert ask(here) == 5
        Grant.objects.all().delete()
        assert ask(here) == 6  # whose grants are others by now sees other figures
        monkeypatch.setattr(quality_kept, "MANY", 2)
        assert [ask(here), ask(here)] == [7, 8]
