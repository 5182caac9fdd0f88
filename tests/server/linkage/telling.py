"""Events about the firm of tests/server/decisions/world.py, told and carried on."""

from __future__ import annotations

import uuid

from django.db import transaction

from server.decisions.world import FIRM
from zhulian.server.common import dispatch, outbox
from zhulian.server.common.models import Event


def event(name: str, **data) -> outbox.Event:
    return event_of(FIRM, name, **data)


def event_of(firm: int, name: str, **data) -> outbox.Event:
    return outbox.Event(type=name, subject=f"enterprise:{firm}", data={"enterprise": firm} | data, id=uuid.uuid4())


def tell(*events: outbox.Event) -> None:
    with transaction.atomic():
        outbox.append(events)
    while dispatch.events_dispatch():
        pass
    assert not Event.objects.exclude(state=Event.State.DONE).exists()
