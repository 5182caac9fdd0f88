"""Scope of contracting (承包工程范围): is a contract within what its holder's grade may undertake?

load limits and mapping: `ScopeLibrary.load(files)`; judge one contract: `judge(contract, held, library, complete=…)`.
"""

from zhulian.core.contracting.figures import FIGURES, Bounds, Figure, read, shown
from zhulian.core.contracting.gathering import Cover, Holdings, grouped, judge_all
from zhulian.core.contracting.holding import Paper, held_on
from zhulian.core.contracting.judging import FLOOR, Category, category_of, figures_of, judge
from zhulian.core.contracting.loader import MAPPING_FILE, ScopeLibrary, load_mapping, load_scope
from zhulian.core.contracting.model import (
    LABELS,
    VERDICTS,
    Contract,
    Finding,
    GradeScope,
    Held,
    Limit,
    MappingVersion,
    ScopeBook,
    ScopeVersion,
    Standing,
)

__all__ = [
    "FIGURES",
    "FLOOR",
    "LABELS",
    "MAPPING_FILE",
    "VERDICTS",
    "Bounds",
    "Category",
    "Contract",
    "Cover",
    "Figure",
    "Finding",
    "GradeScope",
    "Held",
    "Holdings",
    "Limit",
    "MappingVersion",
    "Paper",
    "ScopeBook",
    "ScopeLibrary",
    "ScopeVersion",
    "Standing",
    "category_of",
    "figures_of",
    "grouped",
    "held_on",
    "judge",
    "judge_all",
    "load_mapping",
    "load_scope",
    "read",
    "shown",
]
