"""Law as data: rulebook model, one compiler to a relational plan, reasons.

The public face: `Library` (which rule binds), `assess_held`, `assess_pair`, `people` (facts × rule through a
`Runner`), and the values they return.
"""

from zhulian.core.rules.assess import assess_held, assess_pair, people
from zhulian.core.rules.assessment import Assessment, PersonClause, PersonLine, Runner
from zhulian.core.rules.library import Library
from zhulian.core.rules.model import APPLICATION, PURPOSES, VERIFICATION, GradeRule, Missing, Rulebook, Version

__all__ = [
    "APPLICATION",
    "PURPOSES",
    "VERIFICATION",
    "Assessment",
    "GradeRule",
    "Library",
    "Missing",
    "PersonClause",
    "PersonLine",
    "Rulebook",
    "Runner",
    "Version",
    "assess_held",
    "assess_pair",
    "people",
]
