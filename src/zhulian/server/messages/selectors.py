"""One's own notices, channels that one may set up, and the log of deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from zhulian.server.accounts.models import OrganisationUnit
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role, allowed, role_of
from zhulian.server.messages import hearing
from zhulian.server.messages.models import Category, Channel, Delivery, DeliveryAttempt, Notice
from zhulian.server.messages.permissions import UNIT_CHANNELS
from zhulian.server.worklist.models import Office

COUNT_LIMIT: Final = 100
"""The bell says 99+ from here on, so that counting stays cheap."""
SORTS: Final = {
    "-made": ("-made_at", "-pk"),
    "made": ("made_at", "pk"),
    "category": ("category", "-made_at", "-pk"),
    "-category": ("-category", "-made_at", "-pk"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to."""

    tab: str = "unread"
    category: str = ""
    urgent: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed beside the tab."""
        return bool(self.category or self.urgent)

    @property
    def query(self) -> str:
        """As an address writes it."""
        return urlencode({k: v for k in self.__slots__ if (v := getattr(self, k))})


@dataclass(frozen=True, slots=True)
class Line:
    """A notice on the list; one whose thing the reader may no longer see shows no words of it."""

    row: Notice
    open: bool


def unread_count(user: Any) -> int:
    """How many unread ones, at most `COUNT_LIMIT`: one look into the index."""
    return Notice.objects.filter(user=user.pk, read_at=None)[:COUNT_LIMIT].count()


def notices(user: Any, filters: Filters) -> QuerySet[Notice]:
    """The user's own, the newest first."""
    rows = Notice.objects.filter(user=user.pk)
    if filters.tab == "unread":
        rows = rows.filter(read_at=None)
    if filters.category in Category.values:
        rows = rows.filter(category=filters.category)
    if filters.urgent:
        rows = rows.filter(urgent=True)
    return rows.order_by(*SORTS.get(filters.sort, SORTS["-made"]))


def lines(user: Any, rows: list[Notice]) -> list[Line]:
    """Rows of a page, each with whether its words may still be shown."""
    seen = hearing.visible(user, rows)
    return [Line(row, row.pk in seen) for row in rows]


def units(user: Any) -> QuerySet[OrganisationUnit]:
    """Units whose channels a user sets up: the head those of his own, an administrator all."""
    rows = OrganisationUnit.objects.on(clock.today())
    if not allowed(user, UNIT_CHANNELS):
        return rows.none()
    if role_of(user) is Role.ADMINISTRATOR:
        return rows.order_by("pk")
    return rows.filter(pk__in=Office.objects.filter(head=user.pk).values("unit")).order_by("pk")


def channels(user: Any) -> QuerySet[Channel]:
    """Channels that a user sets up: his own, and those of his units."""
    mine = Q(user=user.pk) | Q(unit__in=units(user).order_by().values("pk"))
    return Channel.objects.filter(mine).select_related("unit").order_by("unit", "pk")


def deliveries(state: str = "", channel: int | None = None) -> QuerySet[Delivery]:
    """The log, the newest first, each with its last attempt."""
    last = DeliveryAttempt.objects.filter(delivery=OuterRef("pk")).order_by("-pk")
    rows = Delivery.objects.select_related("channel__user", "channel__unit")
    rows = rows.filter(channel=channel) if channel is not None else rows
    rows = rows.filter(state=state) if state in Delivery.State.values else rows
    found = rows.annotate(last_at=Subquery(last.values("at")[:1]), last_error=Subquery(last.values("error")[:1]))
    return found.order_by(F("pk").desc())
