"""限额与分档: the limits of scope and the tables of bands in words, for everybody to read beside the standards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhulian import rulebooks
from zhulian.core.bands import Band, Table
from zhulian.core.contracting import FIGURES, GradeScope, Limit, shown
from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.kernel.reasons import Citation
from zhulian.server.assessments.quantities import quantity
from zhulian.server.common import clock
from zhulian.server.common.permissions import public

UNKNOWN = "未查到"


@dataclass(frozen=True, slots=True)
class Line:
    """What holds for one grade or band, and where it is written."""

    label: str
    texts: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class Sheet:
    """One category or table."""

    title: str
    lines: tuple[Line, ...]


def scope_sheets(on: dt.date) -> tuple[Sheet, ...]:
    """What every grade may undertake on a day, by category."""
    sheets = []
    for book in rulebooks.scope_library().books:
        version = next((v for v in reversed(book.versions) if v.valid_from <= on), None)
        scopes = version.scopes if version else {}
        for category in sorted({c for c, _ in scopes}):
            codes = [f"{c}{g}" for c, g in scopes if c == category]
            lines = (
                Line(
                    qualification_codes()[code].name,
                    _scope(scopes[code[:-1], code[-1]]),
                    scopes[code[:-1], code[-1]].citation,
                )
                for code in codes
            )
            sheets.append(Sheet(category, tuple(lines)))
    return tuple(sheets)


def band_sheets(on: dt.date) -> tuple[Sheet, ...]:
    """All tables of bands in force on a day."""
    library = rulebooks.band_library()
    versions = [(book.subject, library.version(code, on)) for code, book in library.books.items()]
    return tuple(
        Sheet(f"{subject}：{table.label}", tuple(_band(table, band) for band in table.bands))
        for subject, version in versions
        if version
        for table in version.tables.values()
    )


def _scope(scope: GradeScope) -> tuple[str, ...]:
    if scope.everything:
        return ("各类工程均可承揽",)
    return (*map(_limit, scope.limits), *scope.manual)


def _limit(limit: Limit) -> str:
    figure = FIGURES[limit.figure]
    if limit.at_least is not None:
        return f"{figure.label}不低于 {shown(figure, limit.at_least)}"
    return (
        f"{figure.label}不超过 {shown(figure, limit.at_most)}"
        if limit.at_most is not None
        else f"{figure.label}限额{UNKNOWN}"
    )


def _band(table: Table, band: Band) -> Line:
    return Line(band.label, tuple(_band_texts(table, band)), band.citation)


def _band_texts(table: Table, band: Band) -> Iterator[str]:
    units = {m.name: m for m in table.measures}
    for threshold in band.thresholds:
        measure = units[threshold.measure]
        start = quantity(threshold.at, measure.unit.replace("m2", "㎡")) if threshold.at is not None else UNKNOWN
        yield f"{measure.label}{'超过' if threshold.above else '不少于'} {start}"
    gives = band.gives
    if gives.least is not None:
        most = f" 至 {gives.most}" if gives.most is not None else ""
        yield f"{gives.least}{most} {gives.unit}"
    if gives.per_thousand:
        yield f"且不少于千分之 {gives.per_thousand}"
    yield from gives.words
    yield from (text for text in (gives.act, band.note) if text)


@public
@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    """The limits and bands in force today."""
    today = clock.today()
    context = {"scopes": scope_sheets(today), "bands": band_sheets(today), "today": today}
    return render(request, "assessments/limits.html", context)
