"""What the eligibility interface answers, field by field."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Field, Schema

Purpose = Literal["bid", "contract", "permit", "declare"]


class RestrictionOut(Schema):
    """An effective restriction."""

    act: str
    label: str
    code: str = Field(description="所涉资质代码，空为整个企业")
    project: int | None = Field(description="所涉项目的平台编号，空为整个企业")
    refuses: list[str]
    clause: str
    evidence: str
    document_no: str
    authority: str
    decided_on: str
    effective_from: str | None
    until: str | None = Field(description="期限最后一日；没有期限的为空")
    ends: str
    ends_label: str


class EligibilityOut(Schema):
    """One answer. `allowed` is about effective restrictions alone; the facts stand beside."""

    uscc: str
    name: str
    purpose: str
    code: str
    on: str
    known: bool = Field(description="本平台是否归集了这家企业")
    allowed: bool | None = Field(description="没有生效中的限制为 true；未归集的企业为空")
    restrictions: list[RestrictionOut]
    elsewhere: list[RestrictionOut] = Field(description="生效中，但只涉及其他资质或者单个项目")
    facts: dict[str, Any] = Field(description="安全生产许可证、资质的登记情况，不影响 allowed")
    fresh_at: str | None = Field(description="登记簿最近一次归集的时间")


class Question(Schema):
    """One question of a batch."""

    uscc: str = Field(max_length=18)
    purpose: Purpose
    code: str = Field("", max_length=10)


class Questions(Schema):
    """A batch."""

    items: list[Question]


class EligibilityList(Schema):
    """Answers in the order asked."""

    on: str
    items: list[EligibilityOut]
