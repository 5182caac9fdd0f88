"""YAML bytes → tables of bands. Bytes in, values out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from zhulian.core.bands.document import Source, evidence_of, head, in_force, ordered, read, unique
from zhulian.core.bands.model import Band, BandBook, BandVersion, Give, Measure, Table, Threshold
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules.fields import Fields
from zhulian.core.rules.quantities import Scale, known_units

_SCALES: Final = {"元": 100, "m2": 1000, "m": 1000}


@dataclass(frozen=True, slots=True)
class BandLibrary:
    """All books of bands by code."""

    books: Mapping[str, BandBook]

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> BandLibrary:
        """Name → content.

        Raises:
            ZhulianError: `rulebook.*`, also where two files have the same code.
        """
        books: dict[str, BandBook] = {}
        for name, data in sorted(files.items()):
            book = load_bands(name, data)
            if book.code in books:
                raise ZhulianError("rulebook.duplicate", file=name, where="code", value=book.code)
            books[book.code] = book
        return cls(books)

    def table(self, code: str, table: str, on: dt.date, known_at: dt.datetime | None = None) -> Table | None:
        """A table as it was in force on a day; None where there was none."""
        version = self.version(code, on, known_at)
        return version.tables.get(table) if version else None

    def version(self, code: str, on: dt.date, known_at: dt.datetime | None = None) -> BandVersion | None:
        """The version of a book in force on a day."""
        book = self.books.get(code)
        return in_force(book.versions, on, known_at) if book else None


def load_bands(file: str, data: bytes) -> BandBook:
    """One file.

    Raises:
        ZhulianError: `rulebook.*`.
    """
    with read(file, data) as fields:
        code, subject = fields.text("code"), fields.text("subject")
        versions = []
        for each in fields.children("versions"):
            with each:
                versions.append(_version(each))
        unique(fields, [v.id for v in versions])
        if not versions:
            raise fields.error("rulebook.value", "versions", [], "至少一个版本")
    return BandBook(file, code, subject, ordered(file, versions))


def _version(fields: Fields) -> BandVersion:
    version, valid_from, published_at, source = head(fields)
    tables = [_table(each, source) for each in fields.children("tables")]
    unique(fields, [t.id for t in tables])
    return BandVersion(version, valid_from, published_at, source, {t.id: t for t in tables})


def _table(fields: Fields, source: Source) -> Table:
    with fields:
        name, label, by = fields.text("id"), fields.text("label"), fields.text("by", "")
        clause, evidence = fields.text("citation", ""), evidence_of(fields, source.evidence)
        unit = fields.text("gives", "")
        measures = tuple(_measure(each) for each in fields.children("measures", ()))
        unique(fields, [m.name for m in measures])
        if bool(by) == bool(measures):
            raise fields.error("rulebook.value", "by", by, "by（按词查）或 measures（按数值查），二者择一")
        bands = []
        for each in fields.children("bands"):
            with each:
                citation = source.citation(each.text("citation", clause), evidence_of(each, evidence))
                thresholds = tuple(_thresholds(each, measures))
                gives = _give(each, unit)
                bands.append(
                    Band(each.text("id"), each.text("label"), thresholds, gives, citation, each.text("note", ""))
                )
        unique(fields, [b.id for b in bands])
        _ascending(fields, bands, measures)
        return Table(name, label, by, measures, tuple(bands))


def _measure(fields: Fields) -> Measure:
    with fields:
        unit = fields.option("unit", known_units())
        return Measure(fields.text("id"), fields.text("label"), unit, _SCALES.get(unit, 1))


def _thresholds(fields: Fields, measures: tuple[Measure, ...]) -> list[Threshold]:
    """What a band asks of each measure: `from` at least, `above` more than."""
    known = {m.name: m for m in measures}
    out = []
    for word in ("from", "above"):
        with fields.child(word, {}) as each:
            for name in each.names():
                if name not in known:
                    raise ZhulianError(
                        "rulebook.reference", file=fields.file, where=each.where, value=name, options="、".join(known)
                    )
                scale = Scale(known[name].unit, known[name].scale)
                out.append(Threshold(name, each.quantity(name, scale), above=word == "above"))
    unique(fields, [t.measure for t in out])
    return out


def _give(fields: Fields, unit: str) -> Give:
    least, most = fields.number("least", None), fields.number("most", None)
    if most is not None and (least is None or most < least):
        raise fields.error("rulebook.value", "most", most, "不小于 least 的整数")
    return Give(
        least, most, unit, fields.number("per_thousand", None) or 0, fields.text("act", ""), fields.texts("words", ())
    )


def _ascending(fields: Fields, bands: list[Band], measures: tuple[Measure, ...]) -> None:
    """Bands by figures begin with one that asks nothing, and each asks more than the one before."""
    if not bands:
        raise fields.error("rulebook.value", "bands", [], "至少一档")
    if not measures:
        return
    if bands[0].thresholds:
        raise fields.error("rulebook.value", "bands", bands[0].id, "最低一档不写 from、above")
    for measure in measures:
        told = [t for b in bands for t in b.thresholds if t.measure == measure.name and t.at is not None]
        for lower, upper in pairwise(told):
            assert lower.at is not None  # noqa: S101 - just filtered; told to the type checker
            assert upper.at is not None  # noqa: S101 - as above
            if (upper.at, upper.above) <= (lower.at, lower.above):
                raise fields.error("rulebook.value", measure.name, str(upper.at), "逐档升高的数值")
    for band in bands[1:]:
        if not band.thresholds:
            raise fields.error("rulebook.value", "from", band.id, "除最低一档外都写明起点，未查到写 null")
