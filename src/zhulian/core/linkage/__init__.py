"""What follows from what: events, conditions, effects, deadlines (loop.md). Values in, decisions with reasons out."""

from zhulian.core.linkage.acts import ACTS, Act, End, Refusal, Seat
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
from zhulian.core.linkage.events import (
    EVENT_TYPES,
    Domain,
    EventType,
    business_key,
    ending_of,
    event_type,
    with_endings,
)
from zhulian.core.linkage.facts import FACTS
from zhulian.core.linkage.judging import Followed, History, Judgement, judge
from zhulian.core.linkage.loader import LinkageBook
from zhulian.core.linkage.model import (
    CopyEffect,
    FlagEffect,
    LinkageRule,
    LinkageVersion,
    ObligationEffect,
    ProposalEffect,
    ShareEffect,
    Subject,
)

__all__ = [
    "ACTS",
    "EVENT_TYPES",
    "FACTS",
    "Act",
    "Calendar",
    "Clock",
    "CopyEffect",
    "Deadline",
    "Domain",
    "End",
    "EventType",
    "FlagEffect",
    "Followed",
    "History",
    "Judgement",
    "Lamp",
    "LinkageBook",
    "LinkageRule",
    "LinkageVersion",
    "ObligationEffect",
    "Pause",
    "ProposalEffect",
    "Refusal",
    "Seat",
    "ShareEffect",
    "Subject",
    "Unit",
    "business_key",
    "deadline",
    "ending_of",
    "event_type",
    "judge",
    "lamp",
    "load_calendar",
    "parse_clock",
    "with_endings",
    "working_days_left",
]
