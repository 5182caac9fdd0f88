"""Rules that feed each other: unguarded ones never load, guarded ones open one matter however often they are told."""

from __future__ import annotations

import pytest
from django.db import transaction

from server.decisions.world import FIRM, Office, office
from zhulian import rulebooks
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage import LinkageBook
from zhulian.server.common import dispatch, outbox
from zhulian.server.common.models import Event
from zhulian.server.linkage import handlers
from zhulian.server.linkage.models import Judged, Obligation

__all__ = ["office"]

BOOK = """
subject: 试验
rules:
  - id: circle
    title: 成环的规则
    toward: [market]
    versions:
      - id: "1"
        from: 2020-01-01
        published_at: 2020-01-01
        source: {document: 某文件}
        once_while_open: true
"""
OVERDUE = """
        when: obligation.overdue
        then: [{id: a, obligation: 再查, power: site.inspect, seat: registered, within: 5 工作日, done_by: [obligation.done]}]
"""
FLAGS = """
        when: qualification.unflagged
        then: [{id: a, flag: 一再标识, until: qualification.flagged}]
"""
"""Whoever is flagged is unflagged by it and so flagged again: nothing is open when the guard looks."""


@pytest.fixture
def circle(monkeypatch):
    """Let only this circle be in force, and the dispatcher follow its types."""

    def take(body: str, *types: str) -> None:
        book = LinkageBook.load({"linkage/circle.yaml": (BOOK + body.lstrip("\n")).encode()})
        monkeypatch.setattr(rulebooks, "linkage_book", lambda: book)
        for name in types:
            monkeypatch.setitem(outbox.handlers, name, {"linkage.follow": handlers.follow})

    return take


def tell(name: str, enterprise: int, **data: object) -> None:
    with transaction.atomic():
        outbox.append([outbox.Event(name, f"enterprise:{enterprise}", {"enterprise": enterprise, **data})])


def carry_on() -> int:
    """Carry on until nothing is due; how many batches. Whatever pauses after a failure is due at once."""
    for batches in range(200):
        Event.objects.filter(state=Event.State.PENDING).update(due_at=None)
        if not dispatch.events_dispatch():
            return batches
    raise AssertionError("it does not end")


@pytest.mark.parametrize("body", [OVERDUE, FLAGS])
def test_a_circle_without_a_guard_is_never_in_force(body: str) -> None:
    with pytest.raises(ZhulianError, match="成环"):
        LinkageBook.load(
            {"linkage/circle.yaml": (BOOK.replace("once_while_open: true", "") + body.lstrip("\n")).encode()}
        )


def test_a_guarded_circle_opens_one_obligation_however_often_it_is_told(office: Office, circle) -> None:
    circle(OVERDUE, "obligation.overdue", "obligation.done")
    for number in range(5):
        tell("obligation.overdue", FIRM, what="查", due_on="2025-05-01", obligation=number)
    carry_on()
    assert Obligation.objects.filter(rule="circle", unit=office.unit).count() == 1
    assert Judged.objects.filter(rule="circle").count() == 5, "why the others opened none is in the log"
    assert not Event.objects.exclude(state=Event.State.DONE).exists()


def test_a_flag_guards_no_circle() -> None:
    """What ends the flag is what its raising tells: nothing would be open whenever the guard looks."""
    with pytest.raises(ZhulianError, match="标识不会这样停下"):
        LinkageBook.load({"linkage/circle.yaml": (BOOK + FLAGS.lstrip("\n")).encode()})
