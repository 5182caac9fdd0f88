"""Advice to enterprises: what is missing in plain words, what would change it, and what one person is worth.

Pure: values in, values out. The shell (`server.advice`) brings rows and runs the same engine as the regulator's page.
"""

from zhulian.core.advice.changes import (
    Assets,
    Change,
    Hire,
    Insure,
    Leave,
    Machines,
    Paper,
    Permit,
    Renew,
    Work,
    as_plain,
    from_plain,
)
from zhulian.core.advice.cures import Cure, cures
from zhulian.core.advice.distance import Distance, distance
from zhulian.core.advice.leaving import Leaving, leavings
from zhulian.core.advice.sight import Sight, look
from zhulian.core.advice.steps import Add, End, Restate, Revise, Step, steps
from zhulian.core.advice.words import Line, told

__all__ = [
    "Add",
    "Assets",
    "Change",
    "Cure",
    "Distance",
    "End",
    "Hire",
    "Insure",
    "Leave",
    "Leaving",
    "Line",
    "Machines",
    "Paper",
    "Permit",
    "Renew",
    "Restate",
    "Revise",
    "Sight",
    "Step",
    "Work",
    "as_plain",
    "cures",
    "distance",
    "from_plain",
    "leavings",
    "look",
    "steps",
    "told",
]
