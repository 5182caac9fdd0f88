"""What a delivery says about completeness reaches whom it is about: one enterprise, or everybody."""

from __future__ import annotations

import datetime as dt

import pytest

from server.registry.people import AT, CODES, record
from zhulian.server.common.models import Event
from zhulian.server.registry.events import COVERAGE_CHANGED, FACTS_CHANGED


def _covered(enterprise: str | None) -> tuple[str, dict[str, object]]:
    told = {"feed": "省平台", "table_name": "equipment", "period_from": dt.date(2020, 1, 1), "complete": True}
    return "coverage", told | ({"enterprise": enterprise} if enterprise else {"division": "370000"})


FIRM, OTHER = (f"uscc:{code}" for code in CODES)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("about", "firms", "everybody"),
    [([FIRM], 1, 0), ([None], 0, 1), ([FIRM, None], 1, 1), ([None, FIRM, OTHER], 2, 1)],
)
def test_coverage_of_everybody_is_told_whatever_stands_beside_it(about, firms, everybody) -> None:
    record(*map(_covered, about))
    assert Event.objects.filter(type=FACTS_CHANGED).count() == firms
    assert Event.objects.filter(type=COVERAGE_CHANGED).count() == everybody


@pytest.mark.django_db
def test_the_same_coverage_again_changes_nothing() -> None:
    for day in range(2):
        record(_covered(FIRM), _covered(None), at=AT + dt.timedelta(days=day))
    assert Event.objects.filter(type=COVERAGE_CHANGED).count() == 1
