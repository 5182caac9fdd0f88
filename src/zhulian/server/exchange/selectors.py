"""What pages show of deliveries. A delivery is seen from where it was handed in, and from the divisions above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from zhulian.core.kernel.errors import fill, kind_of
from zhulian.core.tables import TABLES
from zhulian.server.accounts.models import OrganisationUnit
from zhulian.server.common import clock, scopes
from zhulian.server.common.jobs import remaining
from zhulian.server.common.models import Job
from zhulian.server.common.permissions import REGULATORS, Role, role_of
from zhulian.server.exchange.models import Delivery, DeliveryFile, Feed, FeedFile, Quarantined
from zhulian.server.exchange.permissions import FEED_VIEW, VIEW
from zhulian.server.exchange.services import JOB


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to."""

    q: str = ""
    state: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.q or self.state)


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason with its number of records still open."""

    code: str
    text: str
    cure: str
    count: int
    open: int


def deliveries_for(user: Any, action: str = VIEW) -> QuerySet[Delivery]:
    """Deliveries that the user may do `action` with: those of his divisions.

    What the installation itself read in (command line) has no division and holds rows of all. Every regulator with a
    grant sees that it arrived and what is wrong with it; its original records open to whose divisions hold all units
    of the installation: to a province's officers where the province runs it, not where another one does so too.
    """
    role = role_of(user)
    if role is Role.ADMINISTRATOR:
        return Delivery.objects.all()
    divisions = scopes.divisions(user, action)
    seen = Q(division__in=divisions)
    if (action == VIEW and divisions.exists()) or (role in REGULATORS and _holds_all(divisions)):
        seen |= Q(division="")
    return Delivery.objects.filter(seen)


def _holds_all(divisions: QuerySet[Any]) -> bool:
    """Whether these divisions (a subquery) hold all units in force."""
    units = OrganisationUnit.objects.on(clock.today())
    return bool(units.exists()) and not units.exclude(division__in=divisions).exists()


def listed(user: Any, filters: Filters) -> QuerySet[Delivery]:
    """Deliveries in view, newest first."""
    rows = deliveries_for(user).select_related("uploaded_by", "corrects", "by_feed").annotate(file_count=Count("files"))
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.q:
        named = DeliveryFile.objects.filter(name__icontains=filters.q).values("delivery")
        rows = rows.filter(Q(number__icontains=filters.q) | Q(pk__in=named))
    return rows.order_by("-pk")


def totals(rows: QuerySet[Delivery]) -> dict[str, int]:
    """Sums over a list, each delivery once."""
    plain = Delivery.objects.filter(pk__in=rows.order_by().values("pk"))
    found = plain.aggregate(count=Count("pk"), accepted=Sum("accepted"), unchanged=Sum("unchanged"))
    waiting = Quarantined.objects.filter(delivery__in=plain.values("pk"), state=Quarantined.State.OPEN).count()
    return {
        "count": found["count"],
        "accepted": found["accepted"] or 0,
        "unchanged": found["unchanged"] or 0,
        "open": waiting,
    }


ALL_CORRECTED: Final = "已全部更正"
ALL_SETTLED: Final = "隔离已处理"


def standings(deliveries: Iterable[Delivery]) -> dict[int, str]:
    """Delivery → how it stands now, in a word, in one query.

    Its own state is that of its receipt; records that were in quarantine may all have been corrected, or some of them
    given up, since.
    """
    rows = list(deliveries)
    partly = [row.pk for row in rows if row.state == Delivery.State.PARTLY]
    left: dict[int, set[str]] = {}
    for pk, state in (
        Quarantined.objects.filter(delivery__in=partly).order_by().values_list("delivery", "state").distinct()
    ):
        left.setdefault(pk, set()).add(state)
    return {row.pk: _settled(left.get(row.pk, set())) or row.get_state_display() for row in rows}


def _settled(states: set[str]) -> str:
    """The word for records of these states; empty while any of them still waits, here or in a correction."""
    state = Quarantined.State
    if not states or states & {state.OPEN, state.AGAIN}:
        return ""
    return ALL_CORRECTED if states == {state.CORRECTED} else ALL_SETTLED


def reasons(delivery: Delivery) -> list[ReasonLine]:
    """Why records are in quarantine, the most frequent first."""
    rows = delivery.quarantine.values("code").annotate(
        count=Count("pk"), open=Count("pk", filter=Q(state=Quarantined.State.OPEN)), example=Min("cure")
    )
    return [
        ReasonLine(row["code"], reason_text(row["code"]), row["example"], row["count"], row["open"])
        for row in rows.order_by("-count", "code")
    ]


def reason_text(code: str) -> str:
    """A reason in general, with the parameters left open."""
    return fill(kind_of(code).text, {})


def quarantine(delivery: Delivery, *, code: str = "", table: str = "", state: str = "") -> QuerySet[Quarantined]:
    """Records in quarantine, in the order in which they stood."""
    rows = delivery.quarantine.select_related("file", "corrected_by")
    chosen = {name: value for name, value in (("code", code), ("table", table), ("state", state)) if value}
    return rows.filter(**chosen).order_by("file__order", "record", "pk")


def quarantine_tables(delivery: Delivery) -> list[tuple[str, str]]:
    """Tables with records in quarantine: name and Chinese label."""
    names = delivery.quarantine.order_by("table").values_list("table", flat=True).distinct()
    return [(name, TABLES[name].label) for name in names if name in TABLES]


def files_with_rejects(delivery: Delivery) -> list[DeliveryFile]:
    """Files with records that wait for a correction: each is downloaded as its own sheet."""
    waiting = Count("quarantine", filter=Q(quarantine__state=Quarantined.State.OPEN))
    return list(delivery.files.annotate(waiting=waiting).filter(waiting__gt=0).order_by("order"))


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A delivery that corrects another, and what came of the records that it was for."""

    delivery: Delivery
    cured: int
    again: int


def corrections(delivery: Delivery) -> list[CorrectionLine]:
    """The corrections handed in for a delivery, in order."""
    state = Quarantined.State
    counted = delivery.corrections.annotate(
        cured=Count("corrected", filter=Q(corrected__state=state.CORRECTED, corrected__delivery=delivery)),
        again=Count("corrected", filter=Q(corrected__state=state.AGAIN, corrected__delivery=delivery)),
    )
    return [CorrectionLine(row, row.cured, row.again) for row in counted.order_by("pk")]


def time_left(delivery: Delivery) -> str:
    """How long the rest will take at the pace so far, in words; empty when that cannot be told."""
    job = Job.objects.filter(kind=JOB, key=f"delivery:{delivery.pk}").order_by("-pk").first()
    left = remaining(job) if job is not None else None
    return _in_words(left) if left is not None else ""


def _in_words(left: dt.timedelta) -> str:
    seconds = max(1, round(left.total_seconds()))
    return f"{seconds} 秒" if seconds < 90 else f"{round(seconds / 60)} 分钟"


def job_of(delivery: Delivery) -> Job:
    """The job that takes a delivery, the last one started."""
    return Job.objects.filter(kind=JOB, key=f"delivery:{delivery.pk}").latest("pk")


def interrupted() -> list[tuple[Delivery, Job]]:
    """Deliveries of the installation itself that nobody has finished, in order of arrival."""
    jobs = Job.objects.filter(kind=JOB, state__in=(Job.State.WAITING, Job.State.RUNNING), actor__startswith="system:")
    by_delivery = {int(job.payload["delivery"]): job for job in jobs}
    return [(row, by_delivery[row.pk]) for row in Delivery.objects.filter(pk__in=by_delivery).order_by("pk")]


def job_failure(delivery: Delivery) -> tuple[str, str] | None:
    """Text and cure when the job gave up on a delivery that is still open."""
    failed = Job.objects.filter(kind=JOB, key=f"delivery:{delivery.pk}", state=Job.State.FAILED).order_by("-pk").first()
    if failed is None or not delivery.open:
        return None
    kind = kind_of(failed.error_code)
    return fill(kind.text, failed.error_params), fill(kind.cure, failed.error_params)


def chosen(user: Any, pk: int, action: str = VIEW) -> Delivery | None:
    """A delivery in view."""
    return deliveries_for(user, action).select_related("uploaded_by", "corrects", "by_feed").filter(pk=pk).first()


@dataclass(frozen=True, slots=True)
class FeedState:
    """A scheduled feed and how it is doing. `rows` = `accepted` + `quarantined` + `unchanged`, of its last delivery."""

    feed: Feed
    last_arrival: dt.datetime | None
    """When the last file came that was taken, also one that only repeated an earlier content; None: never."""
    expected_by: dt.datetime | None
    """When the next file is due; None: nothing is expected (no expectation set, or paused)."""
    late: bool
    """Whether that moment has passed."""
    empty: bool
    """Whether the last delivery is finished and had no record."""
    last_delivery: Delivery | None
    rows: int
    accepted: int
    quarantined: int
    unchanged: int
    open: int
    """Records of all its deliveries that wait for a correction."""
    failed: int
    """Files that could not be read, of the last 30 days."""
    problem: str
    """Why the folder could not be looked into; empty: it could."""


_FAILED_DAYS: Final = 30


def feeds_for(user: Any, action: str = FEED_VIEW) -> QuerySet[Feed]:
    """Feeds whose owner lies in the divisions where the user may do `action`."""
    rows = Feed.objects.select_related("owner").order_by("name")
    if role_of(user) is Role.ADMINISTRATOR:
        return rows
    return rows.filter(owner__division__in=scopes.divisions(user, action))


def feeds_state(user: Any, now: dt.datetime) -> list[FeedState]:
    """Every feed in the user's view with its lateness and last figures, by name. One query per kind of figure."""
    feeds = list(feeds_for(user))
    keys = [feed.pk for feed in feeds]
    told = Q(state__in=(FeedFile.State.TAKEN, FeedFile.State.REPEATED))
    since = now - dt.timedelta(days=_FAILED_DAYS)
    failures = Q(state=FeedFile.State.FAILED, arrived_at__gte=since)
    files: dict[int, dict[str, Any]] = {
        row["feed"]: dict(row)
        for row in FeedFile.objects.filter(feed__in=keys)
        .order_by()
        .values("feed")
        .annotate(last=Max("arrived_at", filter=told), failed=Count("pk", filter=failures))
    }
    newest = Delivery.objects.filter(by_feed__in=keys).order_by().values("by_feed").annotate(last=Max("pk"))
    deliveries = {d.by_feed_id: d for d in Delivery.objects.filter(pk__in=[row["last"] for row in newest])}
    waiting = Quarantined.objects.filter(delivery__by_feed__in=keys, state=Quarantined.State.OPEN)
    opened = dict(waiting.order_by().values_list("delivery__by_feed").annotate(n=Count("pk")))
    return [_state(f, files.get(f.pk, {}), deliveries.get(f.pk), opened.get(f.pk, 0), now) for f in feeds]


def _state(feed: Feed, files: dict[str, Any], last: Delivery | None, opened: int, now: dt.datetime) -> FeedState:
    arrived = files.get("last")
    expected = None
    if feed.expected_hours and not feed.paused:
        expected = (arrived or feed.created_at) + dt.timedelta(hours=feed.expected_hours)
    return FeedState(
        feed=feed,
        last_arrival=arrived,
        expected_by=expected,
        late=expected is not None and expected < now,
        empty=last is not None and not last.open and not last.received,
        last_delivery=last,
        rows=last.received if last else 0,
        accepted=last.accepted if last else 0,
        quarantined=last.quarantined if last else 0,
        unchanged=last.unchanged if last else 0,
        open=opened,
        failed=files.get("failed", 0),
        problem=feed.problem,
    )


def feed_due(at: dt.datetime) -> Feed | None:
    """The feed whose folder has waited longest for a look."""
    return Feed.objects.filter(paused=False, next_at__lte=at).select_related("owner").order_by("next_at", "pk").first()


def feed_chosen(user: Any, pk: int, action: str = FEED_VIEW) -> Feed | None:
    """A feed in view."""
    return feeds_for(user, action).filter(pk=pk).first()


def units_for(user: Any, action: str) -> QuerySet[OrganisationUnit]:
    """Units in force that lie where the user may do `action`: the owners that he may give a feed."""
    units = OrganisationUnit.objects.on(clock.today()).order_by("division", "name")
    if role_of(user) is Role.ADMINISTRATOR:
        return units
    return units.filter(division__in=scopes.divisions(user, action))
