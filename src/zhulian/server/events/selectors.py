"""What administrators see of pushes and sendings."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum

from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.events.models import Push, Sending, SendingAttempt, Subscription, System

ERRORS_SHOWN: Final = 20


def systems() -> QuerySet[Any]:
    """Systems with what they have pushed, those that push first."""
    counted = System.objects.select_related("owner").annotate(
        pushed=Count("pushes"),
        accepted=Sum("pushes__accepted", default=0),
        known=Sum("pushes__known", default=0),
        refused=Sum("pushes__refused", default=0),
    )
    return counted.order_by("-active", F("used_at").desc(nulls_last=True), "name")


def pushes(system: int) -> QuerySet[Push]:
    """Batches of a system, newest first."""
    return Push.objects.filter(system=system).order_by("-pk")


def refusals(push: Push) -> list[dict[str, Any]]:
    """The first refused items of a batch with their errors."""
    items = (push.answer or {}).get("items", [])
    return [item for item in items if item["status"] == "refused"][:ERRORS_SHOWN]


def subscriptions() -> QuerySet[Any]:
    """Subscriptions with what waits, was sent and was given up; those in trouble first."""
    counted = Subscription.objects.annotate(
        waiting=Count("sendings", filter=Q(sendings__state=Sending.State.WAITING)),
        sent=Count("sendings", filter=Q(sendings__state=Sending.State.SENT)),
        given_up=Count("sendings", filter=Q(sendings__state=Sending.State.GIVEN_UP)),
        last=Max("sendings__tries__at"),
    )
    return counted.order_by("active", "-failures", "name")


def sendings(subscription: int, state: str) -> QuerySet[Any]:
    """The delivery log of a subscription, newest first, with what the last attempt came to."""
    last = SendingAttempt.objects.filter(sending=OuterRef("pk")).order_by("-pk")
    rows = Sending.objects.filter(subscription=subscription).select_related("event")
    if state in Sending.State.values:
        rows = rows.filter(state=state)
    return rows.annotate(
        last_status=Subquery(last.values("status")[:1]),
        last_error=Subquery(last.values("error")[:1]),
        last_at=Subquery(last.values("at")[:1]),
    ).order_by("-pk")


def type_choices(*, pushed: bool) -> list[tuple[str, str]]:
    """Types of event to choose from, with their Chinese names, by part of the loop."""
    kinds = [kind for kind in EVENT_TYPES.values() if kind.pushed or not pushed]
    return [(kind.name, f"{kind.domain.label} · {kind.label}（{kind.name}）") for kind in kinds]


def type_label(name: str) -> str:
    """The Chinese name of a type."""
    return EVENT_TYPES[name].label if name in EVENT_TYPES else name
