"""A province's own verification (省级核查口径): which clauses of the national standard it looks at, for all categories.

An overlay says nothing about figures: it keeps clauses of the national version in force on the day and leaves the
others out. A province with figures of its own writes a category of its own instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.rules.fields import Fields
from zhulian.core.rules.model import PURPOSES, AnyClause, Source
from zhulian.core.rules.sources import read_source

register(
    ErrorKind(
        "rulebook.province",
        "规则文件 {file} 的 {where} 中「{value}」不是省级行政区划代码的前两位",
        "请写加引号的两位数字，如福建写 35",
    )
)

GRADES: Final = ("lowest", "others")
"""The lowest grade of a category, and the grades above it."""


@dataclass(frozen=True, slots=True)
class OverlayVersion:
    """From a day on, the clauses kept, by the beginning of their ids: `lead` keeps `lead` and `lead-credential`."""

    id: str
    valid_from: dt.date
    published_at: dt.date
    source: Source
    keep: Mapping[str, tuple[str, ...]]

    def kept(self, clauses: tuple[AnyClause, ...], *, lowest: bool) -> tuple[AnyClause, ...]:
        """The clauses that the province looks at."""
        names = self.keep["lowest" if lowest else "others"]
        return tuple(c for c in clauses if any(c.id == name or c.id.startswith(f"{name}-") for name in names))


@dataclass(frozen=True, slots=True)
class Overlay:
    """One province's versions in order of their `valid_from`, for some purposes."""

    file: str
    subject: str
    province: str
    purposes: tuple[str, ...]
    versions: tuple[OverlayVersion, ...]


def is_overlay(value: object) -> bool:
    """Whether a file's content is an overlay and no rulebook."""
    return isinstance(value, Mapping) and "overlay" in value


def read_overlay(file: str, value: object) -> Overlay:
    """An overlay from a file's content.

    Raises:
        ZhulianError: `rulebook.*`.
    """
    with Fields(file, "全文", value) as fields:
        subject = fields.text("subject")
        with fields.child("overlay") as each:
            province, purposes = each.text("province"), each.texts("purposes", PURPOSES)
        if len(province) != 2 or not province.isdigit():
            raise ZhulianError("rulebook.province", file=file, where="overlay", value=province)
        for purpose in purposes:
            if purpose not in PURPOSES:
                raise fields.error("rulebook.value", "purposes", purpose, "、".join(PURPOSES))
        versions = [_version(each) for each in fields.children("versions")]
        if not versions:
            raise fields.error("rulebook.value", "versions", [], "至少一个版本")
    return Overlay(file, subject, province, purposes, tuple(sorted(versions, key=lambda v: v.valid_from)))


def _version(fields: Fields) -> OverlayVersion:
    with fields:
        version_id = fields.text("id")
        fields.where = f"版本 {version_id}"
        source = read_source(fields)
        valid_from, published_at = fields.day("from"), fields.day("published_at")
        if published_at > valid_from:
            raise fields.error("rulebook.value", "published_at", str(published_at), "不晚于 from 的日期")
        with fields.child("keep") as keep:
            kept = {grade: keep.texts(grade) for grade in GRADES}
        return OverlayVersion(version_id, valid_from, published_at, source, kept)
