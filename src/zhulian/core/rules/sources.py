"""Where law comes from: the document of a version and how well it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules.fields import Fields
from zhulian.core.rules.model import Source

EVIDENCE_LABELS: Final = {"law": "法规原文", "excerpt": "第三方摘录", "weak": "依据较弱", "draft": "征求意见稿"}
EVIDENCE: Final = tuple(EVIDENCE_LABELS)
"""Read in the law's text; in a third party's reproduction; in own words of others; in a draft never in force."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A document of which something was read and which is no version of a rulebook: what was read, and why not."""

    document: str
    told: str
    why: str
    evidence: str = "excerpt"


NO_VERSION: Final = (
    Unused(
        "建办市函〔2022〕361号",
        "江西省一则通知转述：直接申请二级资质的，注册建造师按最低等级标准考核，净资产和技术负责人按所申请等级考核。",
        "没有读到原文和施行日；它只管直接申请二级这一种申请，规则不分申请的种类。",
    ),
)


def read_source(fields: Fields) -> Source:
    """The `source` of a version.

    Raises:
        ZhulianError: `rulebook.citation` when there is none, `rulebook.*`.
    """
    if not fields.has("source"):
        raise ZhulianError("rulebook.citation", file=fields.file, where=fields.where)
    with fields.child("source") as source:
        if not source.raw("document", ""):
            raise ZhulianError("rulebook.citation", file=fields.file, where=fields.where)
        return Source(source.text("document"), source.text("title", ""), source.option("evidence", EVIDENCE, "excerpt"))
