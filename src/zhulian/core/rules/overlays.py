"""A province's own verification (省级核查口径): which clauses of the national standard it looks at.

It speaks of all categories, or of those it names; what it says of a named one goes before what it says of all.

An overlay says nothing about figures: it keeps clauses of the national version in force on the day and leaves the
others out. A province with figures of its own writes a category of its own instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
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
    ),
    ErrorKind(
        "rulebook.overlay_twice",
        "规则文件 {file} 和 {other} 都写了省级代码 {province} 的口径，同一用途、同一类别只能有一份",
        "请并成一个文件；只管个别类别的，在 overlay 里写明 codes，如 codes: [D206]",
    ),
    ErrorKind(
        "rulebook.keep",
        "规则文件 {file} 的 keep 中「{value}」不是任何条款编号的开头",
        "请核对拼写，编号见 zhulian rules show；可用：{options}",
    ),
)

GRADES: Final = ("lowest", "others")
"""The lowest grade of a category, and the grades above it."""


def begins(clause_id: str, name: str) -> bool:
    """Whether a clause is of that name: `lead` and `lead-credential` are of `lead`."""
    return clause_id == name or clause_id.startswith(f"{name}-")


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
        return tuple(c for c in clauses if any(begins(c.id, name) for name in names))


@dataclass(frozen=True, slots=True)
class Overlay:
    """One province's versions in order of their `valid_from`, for some purposes.

    `codes` are the categories it speaks of, `D206`; empty: all of them.
    """

    file: str
    subject: str
    province: str
    purposes: tuple[str, ...]
    versions: tuple[OverlayVersion, ...]
    codes: tuple[str, ...] = ()

    def speaks_of(self, code: str) -> bool:
        """Whether it says anything of a category."""
        return not self.codes or code in self.codes


def claim(found: Overlay, others: Iterable[Overlay]) -> None:
    """Refuses a second overlay for the same province, purpose and category.

    Raises:
        ZhulianError: `rulebook.overlay_twice`.
    """
    for other in others:
        same = found.province == other.province and set(found.purposes) & set(other.purposes)
        if same and (set(found.codes) & set(other.codes) or not (found.codes or other.codes)):
            raise ZhulianError("rulebook.overlay_twice", file=found.file, other=other.file, province=found.province)


def check_names(overlay: Overlay, ids_by_code: Mapping[str, frozenset[str]]) -> None:
    """Refuses a slip of the pen: a category without a rulebook, a name that keeps no clause of any category.

    An overlay alone, without any category beside it, has nothing to be compared with.

    Raises:
        ZhulianError: `rulebook.reference`, `rulebook.keep`.
    """
    if not ids_by_code:
        return
    for code in overlay.codes:
        if code not in ids_by_code:
            options = "、".join(sorted(ids_by_code))
            raise ZhulianError(
                "rulebook.reference", file=overlay.file, where="overlay/codes", value=code, options=options
            )
    ids = sorted({one for code, of_code in ids_by_code.items() if overlay.speaks_of(code) for one in of_code})
    for version in overlay.versions:
        for name in dict.fromkeys(name for names in version.keep.values() for name in names):
            if not any(begins(one, name) for one in ids):
                raise ZhulianError("rulebook.keep", file=overlay.file, value=name, options="、".join(ids))


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
            codes = each.texts("codes", ())
        if len(province) != 2 or not province.isdigit():
            raise ZhulianError("rulebook.province", file=file, where="overlay", value=province)
        for purpose in purposes:
            if purpose not in PURPOSES:
                raise fields.error("rulebook.value", "purposes", purpose, "、".join(PURPOSES))
        versions = [_version(each) for each in fields.children("versions")]
        if not versions:
            raise fields.error("rulebook.value", "versions", [], "至少一个版本")
    return Overlay(file, subject, province, purposes, tuple(sorted(versions, key=lambda v: v.valid_from)), codes)


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
