"""The rulebook as frozen values: what `loader` makes of YAML and everything else reads.

Figures are int64 at the fixed scale of the tables; None means that the figure could not be found in a source,
which makes the clause unknown (never 0).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from zhulian.core.kernel.reasons import Citation
from zhulian.core.rules.quantities import MACHINES, PERSONS, WORKS, Scale

APPLICATION: Final = "申报"
VERIFICATION: Final = "动态核查"
PURPOSES: Final = (APPLICATION, VERIFICATION)

GROUPS: Final = {"engineering": "工程技术人员（注册人员、职称人员）", "site": "现场管理人员", "skilled": "技术工人"}
"""Staff groups (人员类别): a person serves one at a time."""

STAFF_TABLES: Final = ("registration", "title", "post_certificate", "safety_certificate", "skill")
"""Tables whose rows make a person count for a clause."""

Filter: TypeAlias = tuple[str, tuple[str, ...]]
"""Column and the values of which it must be one."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What every clause has. `purposes` say for what it binds (national rule: works only on application)."""

    id: str
    label: str
    citation: Citation
    purposes: tuple[str, ...] = PURPOSES
    note: str = ""


@dataclass(frozen=True, slots=True)
class MeasureClause(Clause):
    """A figure of the balance sheet; `at_least` in fen."""

    measure: str = "net_assets"
    at_least: int | None = None


@dataclass(frozen=True, slots=True)
class PeopleClause(Clause):
    """Persons with a row of `table` that passes `where`; `covering`: each of its values by at least one of them."""

    table: str = "registration"
    where: tuple[Filter, ...] = ()
    at_least: int | None = None
    group: str = ""
    covering: Filter | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A title or a registration an officer may have: a row of `table` that passes `where`."""

    table: str
    where: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class OfficerClause(Clause):
    """An officer with `years` in management and all credentials of one of the `alternatives` (empty: none asked).

    `years` 0: none asked; None: asked, but the figure is not known.
    """

    post: str = "技术负责人"
    years: int | None = 0
    alternatives: tuple[tuple[Credential, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class WorkAlternative:
    """`works` works with the indicator at least `at_least`, or works whose indicator adds up to `total`.

    The band "2 between Y and X" is satisfied by works above X as well, so only its lower end is kept for
    counting; `below` is for the label.
    """

    indicator: str
    at_least: int | None = None
    works: int = 1
    total: int | None = None
    summed: bool = False
    below: int | None = None


@dataclass(frozen=True, slots=True)
class WorkKind:
    """One of the kinds of works of which some must be chosen; any alternative suffices."""

    id: str
    label: str
    alternatives: tuple[WorkAlternative, ...]


@dataclass(frozen=True, slots=True)
class WorksClause(Clause):
    """`choose` of the `kinds`, completed and accepted since 1 January of the year `lookback_years` back.

    `lookback_years` None: no look-back is asked. `choose` None: how many is not known.
    """

    kinds: tuple[WorkKind, ...] = ()
    choose: int | None = None
    lookback_years: int | None = 5


@dataclass(frozen=True, slots=True)
class LeadWorksClause(Clause):
    """Works led by the technical lead or a registered constructor that meet any of `kinds` (of another grade)."""

    of_grade: str = ""
    kinds: tuple[WorkKind, ...] = ()
    at_least: int | None = None
    lookback_years: int | None = None


@dataclass(frozen=True, slots=True)
class EquipmentClause(Clause):
    """Machines of the listed kinds owned by the enterprise (rented ones do not count)."""

    kinds: tuple[str, ...] = ()
    at_least: int | None = None


@dataclass(frozen=True, slots=True)
class PermitClause(Clause):
    """A safety permit (安全生产许可证) in force on the day."""


@dataclass(frozen=True, slots=True)
class ManualClause(Clause):
    """What the standard asks and no table holds (bank credit, machines by power): unknown until somebody looks."""


AnyClause: TypeAlias = (
    MeasureClause
    | PeopleClause
    | OfficerClause
    | WorksClause
    | LeadWorksClause
    | EquipmentClause
    | PermitClause
    | ManualClause
)

SCALES: Final[dict[type[Clause], Scale]] = {
    PeopleClause: PERSONS,
    OfficerClause: PERSONS,
    LeadWorksClause: WORKS,
    EquipmentClause: MACHINES,
}


@dataclass(frozen=True, slots=True)
class Source:
    """The document a version is taken from."""

    document: str
    title: str = ""
    evidence: str = "excerpt"


@dataclass(frozen=True, slots=True, eq=False)
class GradeRule:
    """All clauses of one grade in one version for one purpose: what is compiled to a plan.

    A library makes each once, so they are compared by identity, which keeps look-ups of compiled plans cheap. `hash` is the SHA-256 of its canonical JSON; two rules with the same hash have the same plan and reasons.
    """

    code: str
    subject: str
    grade: str
    version: str
    purpose: str
    valid_from: dt.date
    published_at: dt.date
    source: Source
    clauses: tuple[AnyClause, ...]
    hash: str = field(default="")


@dataclass(frozen=True, slots=True)
class Missing:
    """No rule: a Chinese sentence says why. An assessment without a rule is unknown, with this reason."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """One materialised version of a rulebook: the complete clauses of every grade, for all purposes."""

    id: str
    valid_from: dt.date
    published_at: dt.date
    source: Source
    grades: dict[str, tuple[AnyClause, ...]]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One legal subject: versions in order of their `valid_from`."""

    file: str
    subject: str
    code: str
    versions: tuple[Version, ...]
