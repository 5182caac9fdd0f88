"""One page of 合同范围核查: judged whole where the list is short, ordered and counted by stored findings where it is long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, QuerySet

from zhulian.core.contracting import LABELS, Standing
from zhulian.server.assessments import contracts
from zhulian.server.assessments.contracts import NO_CATEGORY, Filters, Row
from zhulian.server.assessments.moments import Moment
from zhulian.server.common import clock
from zhulian.server.registry.models import Contract

PAGE: Final = 50
LONG: Final = 500
"""Contracts from which on findings are looked up: so many are judged in about a tenth of a second."""
_FIRST: Final = F("finding__rank").asc(nulls_last=True)
_ORDER: Final[Mapping[str, tuple[Any, ...]]] = {
    "": (_FIRST, "finding__name", "contract_no", "row_id"),
    "name": ("finding__name", "contract_no", "row_id"),
    "-name": ("-finding__name", "-contract_no", "-row_id"),
    "signed": (F("signed_on").asc(nulls_first=True), "contract_no", "row_id"),
    "-signed": (F("signed_on").desc(nulls_last=True), "-contract_no", "-row_id"),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What the page shows: rows with findings of now, numbers over the whole list."""

    page: Page[Any]
    rows: list[Row]
    count: int
    totals: Mapping[Standing, int]
    categories: frozenset[str]
    waiting: int = 0
    """Contracts that nobody has judged yet."""


def page_of(user: Any, filters: Filters, moment: Moment, number: str | None) -> Listing:
    """One page of the contracts in scope."""
    rows = contracts.narrowed(contracts.in_scope(user, moment), filters, moment)
    today = moment.known_at is None and moment.as_of == clock.today()
    if today and rows.order_by()[: LONG + 1].count() > LONG:
        return _looked_up(rows, filters, moment, number)
    found = contracts.listed(user, filters, moment)
    page: Page[Any] = Paginator(found, PAGE).get_page(number)
    categories = frozenset(row.finding.category for row in found)
    return Listing(page, list(page.object_list), len(found), contracts.totals(found), categories)


def _looked_up(rows: QuerySet[Any], filters: Filters, moment: Moment, number: str | None) -> Listing:
    """By stored findings; the rows of the page itself are judged."""
    if filters.finding:
        rows = rows.filter(finding__standing=filters.finding)
    if filters.category:
        rows = rows.filter(finding__category="" if filters.category == NO_CATEGORY else filters.category)
    counted = rows.order_by().values_list("finding__standing", "finding__category").annotate(n=Count("pk"))
    numbers = list(counted)
    ordered = rows.order_by(*_ORDER.get(filters.sort, _ORDER[""])).values_list("pk", flat=True)
    paginator: Paginator[Any] = Paginator(ordered, PAGE)
    paginator.count = sum(n for *_, n in numbers)  # it would ask the database once more
    page = paginator.get_page(number)
    keys: list[int] = list(page.object_list)
    now = {row.pk: row for row in contracts.judged(Contract.objects.filter(pk__in=keys), moment)}
    return Listing(
        page,
        [now[pk] for pk in keys],
        page.paginator.count,
        {standing: sum(n for s, _, n in numbers if s == standing.value) for standing in LABELS},
        frozenset(category for _, category, _ in numbers if category),
        sum(n for s, _, n in numbers if s is None),
    )
