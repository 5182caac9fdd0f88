"""What the API answers, field by field; the OpenAPI document is made from these."""

from __future__ import annotations

from typing import Any

from ninja import Field, Schema


class Problem(Schema):
    """RFC 9457 problem details; `code` is a row of the error catalogue, `cure` says what to do next."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    params: dict[str, Any]
    cure: str
    instance: str
    errors: list[dict[str, Any]] = Field(default_factory=list)


class Found(Schema):
    """One enterprise found."""

    key: str = Field(description="统一社会信用代码；尚无代码的企业为平台编号")
    name: str
    region: str = Field(description="GB/T 2260 六位代码，未知为空")
    region_name: str
    status: str = Field(description="active、cancelled、revoked，未知为空")


class FoundPage(Schema):
    """A page of a search; `next` goes into `after` for the next one."""

    items: list[Found]
    total: int = Field(description="最多数到 200")
    next: int | None


class Certificate(Schema):
    """A qualification or a safety permit, open columns only."""

    code: str
    name: str
    number: str
    status: str
    issued_on: str | None
    valid_until: str | None
    authority: str
    granted_how: str
    limit_content: str


class Work(Schema):
    """A finished work; private owners' names are masked."""

    number: str
    project: str
    completed_on: str | None
    accepted: bool | None
    indicators: list[str]


class Enterprise(Schema):
    """The public profile."""

    key: str
    name: str
    uscc: str
    former_names: list[str]
    legal_representative: str = Field(description="脱敏")
    region: str
    region_name: str
    address: str
    kind: str
    status: str
    established_on: str | None
    registered_capital: str
    people: int = Field(description="登记在本企业的人员数")
    works: int = Field(description="业绩数")
    qualifications: list[Certificate]
    permits: list[Certificate]
    latest_works: list[Work]


class Qualifications(Schema):
    """Qualifications held and ended."""

    key: str
    held: list[Certificate]
    ended: list[Certificate]


class Reason(Schema):
    """A node of the reason tree. Integers are at the fixed scale of their unit: 元 × 100, ㎡, m, km × 1000."""

    id: str
    label: str
    verdict: str = Field(description="met 达标、short 不达标、unknown 数据不足")
    required: int | None
    found_at_least: int | None
    found_at_most: int | None = Field(description="空：没有上限，因为数据来源不完整")
    short_by: int | None
    unit: str
    citation: str
    evidence: str = Field(description="law、excerpt、weak、draft")
    notes: list[str]
    children: list[Reason] = Field(default_factory=list)


class Assessment(Schema):
    """The verdict on one qualification, with its reasons."""

    enterprise: dict[str, Any]
    code: str
    name: str
    purpose: str
    as_of: str
    known_at: str | None
    verdict: str
    shortfall: str
    for_reference_only: bool
    rule_version: str
    rule_hash: str
    next_critical_on: str | None
    reason: Reason


class Assessments(Schema):
    """The verdicts on everything an enterprise holds."""

    key: str
    as_of: str
    known_at: str | None
    purpose: str
    items: list[Assessment]


class RulebookVersion(Schema):
    """A version of a rulebook."""

    id: str
    valid_from: str
    published_at: str
    document: str
    title: str
    evidence: str
    grades: list[str]


class Rulebook(Schema):
    """A legal subject as dated law."""

    code: str
    subject: str
    versions: list[RulebookVersion]


class RuleClause(Schema):
    """A clause: `kind` and its parameters, as the engine runs them."""

    id: str
    label: str
    kind: str
    purposes: list[str]
    citation: str
    evidence: str
    parameters: dict[str, Any]


class RulebookGrade(Schema):
    """The clauses of one grade in one version."""

    version: str
    grade: str
    code: str
    clauses: list[RuleClause]


class RulebookDetail(Rulebook):
    """A rulebook with all its clauses."""

    rules: list[RulebookGrade]


Reason.model_rebuild()
