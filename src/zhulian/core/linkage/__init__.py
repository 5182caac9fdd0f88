"""What follows from what: events, conditions, effects, deadlines (loop.md). Values in, decisions with reasons out."""

from zhulian.core.linkage.calendars import load_calendar
from zhulian.core.linkage.clocks import (
    Calendar,
    Clock,
    Deadline,
    Lamp,
    Pause,
    Unit,
    deadline,
    lamp,
    parse_clock,
    working_days_left,
)

__all__ = [
    "Calendar",
    "Clock",
    "Deadline",
    "Lamp",
    "Pause",
    "Unit",
    "deadline",
    "lamp",
    "load_calendar",
    "parse_clock",
    "working_days_left",
]
