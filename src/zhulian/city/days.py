"""Days drawn at random, and months."""

from __future__ import annotations

import datetime as dt
import random


def between(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """A day from `first` to `last`, both inclusive."""
    return first + dt.timedelta(days=rng.randint(0, max(0, (last - first).days)))


def month(day: dt.date) -> dt.date:
    """The first day of its month."""
    return day.replace(day=1)
