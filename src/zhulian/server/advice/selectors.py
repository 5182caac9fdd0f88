"""What other apps read of the enterprise's side."""

from __future__ import annotations

import datetime as dt

from zhulian.server.advice import expiring
from zhulian.server.assessments.moments import Moment


def expiring_counts(enterprise: int, *, today: dt.date) -> dict[int, int]:
    """Step in days → papers that run out within it, today included."""
    days = [(until - today).days for until in expiring.last_days(enterprise, Moment(today))]
    return {step: sum(0 <= left <= step for left in days) for step in expiring.STEPS}
