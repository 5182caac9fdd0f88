"""Events: once, in order, with their cause; failures back off, die visibly and are replayed in order."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock, dispatch, outbox, selectors, services
from zhulian.server.common.models import Attempt, Effect, Job
from zhulian.server.common.models import Event as Row
from zhulian.server.common.outbox import Event, append, cloud_event
from zhulian.server.notary.models import Leaf

pytestmark = pytest.mark.django_db


class Script:
    """A handler that notes what it saw and fails where the test says so."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, object]] = []
        self.failing: set[object] = set()

    def __call__(self, event: Event) -> None:
        self.seen.append((event.subject, event.data.get("n")))
        if event.data.get("n") in self.failing:
            raise ValueError("not today")


@pytest.fixture
def script(monkeypatch) -> Script:
    out = Script()
    monkeypatch.setattr(outbox, "handlers", {"test.happened": {"a": out}})
    return out


def happen(subject: str, *numbers: int, **more: object) -> None:
    append([Event("test.happened", subject, {"n": n}, **more) for n in numbers])


def drain() -> None:
    while dispatch.events_dispatch():
        pass


def due_again() -> None:
    Row.objects.filter(state="pending").update(due_at=None)


def test_each_event_once_and_in_order_of_its_subject(script) -> None:
    for n in range(5):
        happen("a:1", n)
        happen("b:2", n)
    drain()
    drain()
    for subject in ("a:1", "b:2"):
        assert [n for s, n in script.seen if s == subject] == [0, 1, 2, 3, 4]
    assert Effect.objects.count() == 10
    assert not Row.objects.exclude(state="done").exists()


def test_a_business_key_makes_two_reports_one_event(script) -> None:
    happen("a:1", 1, business_key="accident-7")
    happen("a:1", 2, business_key="accident-7")
    append([Event("test.other", "a:1", business_key="accident-7")])
    drain()
    assert script.seen == [("a:1", 1)]
    assert Row.objects.count() == 2


def test_a_failing_event_stops_its_own_subject_only(script) -> None:
    script.failing = {1}
    happen("a:1", 0, 1, 2)
    happen("b:2", 0, 2)
    drain()
    assert [n for s, n in script.seen if s == "a:1"] == [0, 1]
    assert [n for s, n in script.seen if s == "b:2"] == [0, 2]
    row = Row.objects.get(attempts=1)
    assert row.due_at > clock.machine_now()
    assert Attempt.objects.get(event=row).error == "ValueError: not today"


def test_a_dead_letter_is_seen_replayed_and_followed_in_order(script) -> None:
    script.failing = {1}
    happen("a:1", 1, 2, 3)
    for _ in range(dispatch.EVENT_ATTEMPTS):
        due_again()
        drain()
    page = selectors.dead_letters()
    assert (page.total, page.after, page.rows[0].waiting) == (1, None, 2)
    assert page.rows[0].last_error == "ValueError: not today"
    script.failing = set()
    script.seen.clear()
    drain()
    assert script.seen == []  # those behind wait
    services.dead_letter_replay(sequence=page.rows[0].sequence, actor="user:1")
    drain()
    assert [n for _, n in script.seen] == [1, 2, 3]
    assert Leaf.objects.filter(action="common.dead_letter.replay", actor="user:1").count() == 1
    with pytest.raises(ZhulianError, match="已处理"):
        services.dead_letter_replay(sequence=page.rows[0].sequence, actor="user:1")


def test_a_discarded_dead_letter_lets_the_rest_go_on(script) -> None:
    happen("a:1", 1, 2)
    Row.objects.filter(data={"n": 1}).update(state="dead")
    row = Row.objects.get(state="dead")
    with pytest.raises(ZhulianError, match="理由"):
        services.dead_letter_discard(sequence=row.sequence, reason=" ", actor="user:1")
    services.dead_letter_discard(sequence=row.sequence, reason="重复上报", actor="user:1")
    drain()
    assert [n for _, n in script.seen] == [2]


def test_only_the_handler_that_failed_runs_again(monkeypatch) -> None:
    good, bad = Script(), Script()
    bad.failing = {1}
    monkeypatch.setattr(outbox, "handlers", {"test.happened": {"good": good, "bad": bad}})
    happen("a:1", 1)
    drain()
    bad.failing = set()
    due_again()
    drain()
    assert (len(good.seen), len(bad.seen)) == (1, 2)
    assert set(Effect.objects.values_list("handler", flat=True)) == {"good", "bad"}


@pytest.fixture
def together(monkeypatch) -> list[list[object]]:
    """A handler of many events at once; it refuses those that say so."""
    calls: list[list[object]] = []

    def many(events: list[Event]) -> None:
        calls.append([event.data["n"] for event in events])
        if any(event.data.get("bad") for event in events):
            raise ValueError("not today")

    monkeypatch.setattr(outbox, "handlers", {})
    monkeypatch.setattr(outbox, "batch_handlers", {})
    outbox.batch_handler("test.happened")(many)
    return calls


def test_events_of_a_lane_are_handled_together_each_with_its_effect(together) -> None:
    happen("a:1", *range(7))
    drain()
    assert together == [[0, 1, 2, 3, 4, 5, 6]]
    assert Effect.objects.values("event").distinct().count() == 7
    assert not Row.objects.exclude(state="done").exists()


def test_a_bad_event_among_many_stands_alone(together) -> None:
    append([Event("test.happened", f"a:{n}", {"n": n, "bad": n == 2}, ordering_key=f"k{n}") for n in range(5)])
    Row.objects.update(lane=3)
    drain()
    assert together == [[0, 1, 2, 3, 4], [0], [1], [2], [3], [4]]
    assert Row.objects.get(state="pending").data == {"n": 2, "bad": True}
    assert Effect.objects.count() == 4


def test_a_type_with_another_handler_is_handled_singly(together) -> None:
    other = Script()
    outbox.handler("test.happened")(other.__call__)
    happen("a:1", 1, 2)
    drain()
    assert (together, len(other.seen)) == ([[1], [2]], 2)


def test_what_a_failed_handler_wrote_is_gone(monkeypatch) -> None:
    def half(_event: Event) -> None:
        Job.objects.create(kind="half", created_at=clock.now())
        raise IntegrityError("no")

    monkeypatch.setattr(outbox, "handlers", {"test.happened": {"half": half}})
    happen("a:1", 1)
    drain()
    assert not Job.objects.exists()
    assert not Effect.objects.exists()


def test_events_of_a_handler_carry_cause_and_depth_and_circles_end(monkeypatch) -> None:
    monkeypatch.setattr(
        outbox, "handlers", {"test.happened": {"again": lambda event: append([Event("test.happened", event.subject)])}}
    )
    happen("a:1", 1)
    for _ in range(40):
        due_again()
        drain()
    rows = list(Row.objects.order_by("sequence"))
    assert [r.depth for r in rows] == list(range(outbox.DEPTH_LIMIT + 1))
    assert [r.cause for r in rows[1:]] == [r.id for r in rows[:-1]]
    assert rows[-1].state == "dead"
    assert "起因链" in Attempt.objects.filter(event=rows[-1]).first().error


def test_cloud_event(moment) -> None:
    happen("a:1", 1, affects=("b:2",))
    out = cloud_event(Row.objects.get())
    assert out | {"id": ""} == {
        "specversion": "1.0",
        "id": "",
        "source": "zhulian",
        "type": "test.happened",
        "subject": "a:1",
        "time": Row.objects.get().time.isoformat(),
        "datacontenttype": "application/json",
        "data": {"n": 1},
        "affects": ["b:2"],
        "cause": None,
        "depth": 0,
    }
    assert uuid.UUID(out["id"])
    assert dt.datetime.fromisoformat(out["time"]) == moment


@pytest.mark.django_db(transaction=True)
def test_append_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        happen("a:1", 1)


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_commit_fails_stands_alone(monkeypatch) -> None:
    """A deferred constraint fails at commit, after every savepoint was released."""

    def dangling(event: Event) -> None:
        if event.data["n"] == 1:
            with connection.cursor() as cursor:
                cursor.execute(
                    "insert into common_attempt (event_id, handler, at, error) values (%s, '', %s, '')",
                    [987654, clock.machine_now()],
                )

    monkeypatch.setattr(outbox, "handlers", {"test.happened": {"dangling": dangling}})
    with transaction.atomic():
        append([Event("test.happened", f"a:{n}", {"n": n}, ordering_key="same-lane") for n in (0,)])
        append([Event("test.happened", f"a:{n}", {"n": n}) for n in range(1, 30)])
    drain()
    assert Row.objects.filter(state="done").count() == 29
    bad = Row.objects.get(state="pending")
    assert bad.data == {"n": 1}
    assert Attempt.objects.get(event=bad).handler == "commit"
