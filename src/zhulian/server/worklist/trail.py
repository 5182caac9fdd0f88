"""Opening an item: its list is remembered, so that 上一件 and 下一件 stay inside it; a look keeps the lock alive."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from django.http import HttpRequest
from django.urls import reverse

from zhulian.server.common import clock
from zhulian.server.worklist import listing
from zhulian.server.worklist.listing import Cursor, Filters, Item
from zhulian.server.worklist.models import Lock, Office
from zhulian.server.worklist.sources import SOURCES, source_of

KEY: Final = "worklist"


@dataclass(frozen=True, slots=True)
class Bar:
    """What stands above an item that was opened out of a list."""

    back: str
    item: str
    before: str
    after: str
    label: str


def filters_of(given: Any) -> Filters:
    """Filters as an address gives them; an unknown tab is the first one."""
    named = {name: str(given.get(name, ""))[:100] for name in Filters.__slots__}
    return Filters(**named | {"tab": named["tab"] if named["tab"] in listing.TABS else ""})


def page_of(item: Item, user: Any) -> str:
    """The page on which the item is handled."""
    source = source_of(item.kind)
    if source is None:
        raise KeyError(item.kind)
    if source.page_key == "pk":
        return reverse(source.page, args=[item.pk])
    return reverse(source.page, args=[source.rows(user).values_list(source.page_key, flat=True).get(pk=item.pk)])


def remember(request: HttpRequest, item: Item, filters: Filters, path: str) -> None:
    """Keep where in which list the officer is. One write of the session for an opened item, none for other pages."""
    request.session[KEY] = {
        "query": filters.query,
        "kind": item.kind,
        "pk": item.pk,
        "day": item.day.isoformat(),
        "at": item.at.isoformat(),
        "path": path,
    }


def look(user: Any, item: Item) -> None:
    """A look at what one holds renews the time after which it goes back. No action: it leaves nothing in the ledger."""
    office = listing.office_of(user) or Office()
    until = clock.now() + dt.timedelta(minutes=office.minutes)
    Lock.objects.filter(kind=item.kind, item=item.pk, user=user.pk, until__lt=until).update(until=until)


def bar(request: HttpRequest) -> Bar | None:
    """The bar of the page that is shown, when it was opened out of a list."""
    kept = request.session.get(KEY) if request.user.is_authenticated else None
    if not kept or kept["path"] != request.path or kept["kind"] not in {source.kind for source in SOURCES}:
        return None
    filters = filters_of(dict(parse_qsl(kept["query"])))
    day, at = dt.date.fromisoformat(kept["day"]), dt.datetime.fromisoformat(kept["at"])
    cursor = Cursor(kept["kind"], kept["pk"], day, at)
    source = source_of(cursor.kind)
    return Bar(
        back=f"{reverse('worklist:list')}?{filters.query}",
        item=reverse("worklist:item", args=[cursor.kind, cursor.pk]),
        before=_address(request, filters, cursor, forward=False),
        after=_address(request, filters, cursor, forward=True),
        label=listing.TABS.get(filters.tab, listing.TABS[""]) + (f" · {source.label}" if source else ""),
    )


def _address(request: HttpRequest, filters: Filters, cursor: Cursor, *, forward: bool) -> str:
    found = listing.neighbour(request.user, filters, cursor, today=clock.today(), forward=forward)
    return f"{reverse('worklist:open', args=found)}?{filters.query}" if found else ""
