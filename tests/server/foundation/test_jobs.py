"""Jobs go on from their stored state; schedules start them on the business clock."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import datetime as dt

import pytest

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock, dispatch, jobs
from zhulian.server.common.jobs import JobView, Rhythm, Step, job_start, remaining
from zhulian.server.common.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def counting(monkeypatch):
    """A job of `payload["n"]` steps; `fail` maps a step to what it raises, once."""
    fail: dict[int, Exception] = {}

    def step(job: JobView) -> Step:
        at = job.state.get("at", 0)
        if at in fail:
            raise fail.pop(at)
        last = at + 1 == job.payload["n"]
        return Step({"at": at + 1}, done=at + 1, total=job.payload["n"], finished=last, result={"sum": at + 1})

    monkeypatch.setattr(jobs, "step_functions", {"count": step})
    return fail


def run() -> int:
    steps = 0
    while dispatch.jobs_step():
        steps += 1
    return steps


def test_a_job_steps_to_its_end(counting) -> None:
    row = job_start(kind="count", payload={"n": 3}, actor="user:1")
    assert dispatch.jobs_step()
    row.refresh_from_db()
    assert (row.state, row.done, row.total, row.progress) == ("running", 1, 3, {"at": 1})
    assert remaining(row) >= dt.timedelta()
    assert run() == 2
    row.refresh_from_db()
    assert (row.state, row.result, row.error_code) == ("finished", {"sum": 3}, "")
    assert remaining(row) is None


def test_open_jobs_of_one_key_are_one(counting) -> None:
    first = job_start(kind="count", payload={"n": 1}, key="k")
    assert job_start(kind="count", payload={"n": 9}, key="k").pk == first.pk
    assert job_start(kind="count", payload={"n": 1}).pk != first.pk
    run()
    assert job_start(kind="count", payload={"n": 1}, key="k").pk != first.pk


def test_a_refusal_ends_the_job_with_its_code(counting) -> None:
    counting[1] = ZhulianError("value.date", value="x")
    row = job_start(kind="count", payload={"n": 3})
    run()
    row.refresh_from_db()
    assert (row.state, row.error_code, row.error_params, row.done) == ("failed", "value.date", {"value": "x"}, 1)


def test_a_stumble_is_tried_again_after_a_pause(counting) -> None:
    counting[1] = OSError("disk")
    row = job_start(kind="count", payload={"n": 3})
    run()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.done) == ("running", 1, 1)
    assert row.due_at > clock.machine_now()
    Job.objects.update(due_at=None)
    run()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.done) == ("finished", 0, 3)


def test_a_job_that_always_stumbles_fails(monkeypatch) -> None:
    def step(_job: JobView) -> Step:
        raise OSError("disk")

    monkeypatch.setattr(jobs, "step_functions", {"count": step})
    row = job_start(kind="count")
    for _ in range(jobs_attempts := dispatch.JOB_ATTEMPTS):
        Job.objects.update(due_at=None)
        run()
    row.refresh_from_db()
    assert (row.state, row.error_code, row.attempts) == ("failed", "job.failed", jobs_attempts)


def test_jobs_take_turns(counting) -> None:
    a, b = job_start(kind="count", payload={"n": 5}), job_start(kind="count", payload={"n": 5})
    for _ in range(4):
        dispatch.jobs_step()
    a.refresh_from_db()
    b.refresh_from_db()
    assert (a.done, b.done) == (2, 2)


def test_an_unknown_kind_is_a_defect(counting) -> None:
    with pytest.raises(KeyError):
        job_start(kind="nothing")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("rhythm", "moment", "expected"),
    [
        (Rhythm("x", "x", every=15), "2025-06-01 09:00", "2025-06-01 09:15"),
        (Rhythm("x", "x", every=15), "2025-06-01 09:14:59", "2025-06-01 09:15"),
        (Rhythm("x", "x", every=7), "2025-06-01 23:59", "2025-06-02 00:02"),
        (Rhythm("x", "x", daily=dt.time(2, 30)), "2025-06-01 02:29", "2025-06-01 02:30"),
        (Rhythm("x", "x", daily=dt.time(2, 30)), "2025-06-01 02:30", "2025-06-02 02:30"),
    ],
)
def test_next_at(rhythm: Rhythm, moment: str, expected: str) -> None:
    assert dispatch.next_at(rhythm, at(moment)) == at(expected)


def test_schedules_start_once_and_missed_slots_count_once(counting, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "rhythms", {})
    jobs.schedule("count", daily=dt.time(2))
    with clock.frozen(at("2025-06-01 09:00")):
        assert dispatch.schedules_start() == 0
    with clock.frozen(at("2025-06-04 02:00")):
        assert dispatch.schedules_start() == 1
        assert dispatch.schedules_start() == 0
    assert Job.objects.get().payload == {"at": at("2025-06-02 02:00").astimezone(dt.UTC).isoformat()}
    with clock.frozen(at("2025-06-05 01:59")):
        assert dispatch.schedules_start() == 0
    with pytest.raises(ValueError, match="either"):
        jobs.schedule("count", every=5, daily=dt.time(2))
