"""The demonstration's data: a town, taken in and assessed once, through the same services as anybody's files.

`demo.json` in the home says how far it got. A demonstration that was killed half-way goes on at the next start:
taking the same file in again changes nothing, and an assessment that changes nothing writes nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from zhulian.cli.town_events import events_push
from zhulian.cli.town_feeds import feeds_make
from zhulian.cli.town_papers import papers_write
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

register(
    ErrorKind(
        "demo.home",
        "数据目录「{home}」里已有别的数据，演示不会与它混在一起",
        "用环境变量 ZHULIAN_HOME 另指一个空目录；要启动原有的数据请用 zhulian serve",
    )
)

_ACTOR: Final = "system:demo"
_MARKER: Final = "demo.json"
_DIRTY: Final = "补报"
"""Supplements with the usual slips, so that the quarantine and the queue of identities have something to show."""
_SOON: Final = "到期"
"""Papers of the first enterprise that run out soon."""

_STEP: Final = 512
"""Enterprises a step of the first assessment: the whole town."""


def prepare(home: Path, seed: int, out: Console) -> None:
    """Make, take in and assess the town unless that is done.

    Raises:
        ZhulianError: `demo.home` when the home holds an installation that is no demonstration.
    """
    marker = home / _MARKER
    state = json.loads(marker.read_text(encoding="utf-8")) if marker.exists() else {}
    if state.get("done"):
        return
    if not state:
        _refuse_foreign(home)
        from zhulian.server.common import clock

        state = {"seed": seed, "until": clock.today().isoformat(), "done": False}
        _remember(marker, state)
    _make(home, state, out)
    _take_in(home, out)
    _accounts(home)
    feeds_make(home, home / _DIRTY / "late" / "finance.csv", actor=_ACTOR)
    taken, refused = events_push(home / "town" / "events.jsonl", actor=_ACTOR)
    out.print(f"  推送事件 {taken} 条采纳，{refused} 条未采纳")
    _assess(out)
    _remember(marker, {**state, "done": True})


def accounts_of(_home: Path) -> list[dict[str, str]]:
    """Who can sign in, in the order of the tour."""
    from zhulian.server.accounts.demo import DEMO_ACCOUNTS

    return [{"role": a.label, "username": a.username, "password": a.password} for a in DEMO_ACCOUNTS]


def _remember(marker: Path, state: dict[str, Any]) -> None:
    # Written beside and renamed: a crash leaves the old marker or the new one, never half of one.
    fresh = marker.with_suffix(".new")
    fresh.write_text(json.dumps(state), encoding="utf-8")
    fresh.replace(marker)


def _refuse_foreign(home: Path) -> None:
    from zhulian.server.registry.models import Subject

    if Subject.objects.exists():
        raise ZhulianError("demo.home", home=home)


def _make(home: Path, state: dict[str, Any], out: Console) -> None:
    """A window of three years that ends on the day of the first start, so that the town is of today."""
    from zhulian.city import build, write
    from zhulian.city.dirty import write_dirty
    from zhulian.core.kernel.dates import parse_date

    out.print("造一座虚构的城镇…")
    until = parse_date(state["until"])
    write(build(seed=int(state["seed"]), until=until), home / "town")
    write_dirty(home / "town", home / _DIRTY, until=until)
    papers_write(home / "town", home / _SOON, enterprise=_two_firms(home)[0], until=until)


def _take_in(home: Path, out: Console) -> None:
    from zhulian.cli.import_ import deliver

    out.print("归集数据…")
    town = sorted(p for p in (home / "town").glob("*.parquet") if not p.stem.endswith("labels"))
    for paths in (town, [home / _DIRTY / "feeds", home / _SOON]):
        done = deliver(paths, None, quiet=False, actor=_ACTOR)
        out.print(
            f"  批次 {done.number}：收到 {done.received} 条，采纳 {done.accepted} 条，无变化 {done.unchanged} 条，"
            f"隔离 {done.quarantined} 条"
        )


def _assess(out: Console) -> None:
    """Everybody once, and nothing left to do: what the import set going is carried on here, by the same dispatcher.

    The job over everybody stands in the queue before the import's events ask for it, so they find it there, with
    steps larger than a server may take that others wait for: each plan is printed for one size. It takes the
    marks away, and the jobs that follow find nothing to assess.
    """
    from zhulian.server.assessments import handlers
    from zhulian.server.assessments.models import Run
    from zhulian.server.common import dispatch, worker
    from zhulian.server.common.jobs import job_start

    out.print("逐条核查…")
    job = job_start(kind=handlers.ALL, payload={"step": _STEP}, key=handlers.ALL, actor=_ACTOR)
    while dispatch.events_dispatch():
        pass
    columns = (TextColumn("  企业"), BarColumn(), MofNCompleteColumn(), TextColumn("剩余"), TimeRemainingColumn())
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        task = progress.add_task("", total=None)
        while job.finished_at is None:
            job = dispatch.job_step(job.pk)
            progress.update(task, completed=job.done, total=job.total)
    while worker.round_once():
        pass
    out.print(f"  核查 {Run.objects.filter(everyone=True).latest('pk').pairs} 项资质")


def _accounts(home: Path) -> None:
    """Demo accounts; the two enterprise accounts act for a firm that falls short and for one that does not."""
    from zhulian.server.accounts.models import User
    from zhulian.server.accounts.services import accounts_demo_create, membership_create
    from zhulian.server.registry.models import Identity

    accounts_demo_create()
    for username, uscc in zip(("enterprise1", "enterprise2"), _two_firms(home), strict=True):
        user = User.objects.get(username=username)
        if not user.memberships.exists():
            subject = Identity.objects.get(kind="uscc", value=uscc).subject_id
            membership_create(user=user, enterprise=subject, actor=_ACTOR)
    _letterheads()
    _heads()


def _heads() -> None:
    """负责人 of the demonstration's units, before whom overdue work comes; their figures stay at the default."""
    from zhulian.server.accounts.demo import HEADS
    from zhulian.server.accounts.models import User
    from zhulian.server.worklist.services import office_set

    for user in User.objects.filter(username__in=HEADS, unit__office=None).select_related("unit"):
        if user.unit is not None:
            office_set(unit=user.unit, head=user, overdue_days=None, idle_minutes=None, actor=_ACTOR)


def _letterheads() -> None:
    """机关代字 of the demonstration's units, with which their document numbers begin."""
    from zhulian.server.accounts.demo import LETTERHEADS
    from zhulian.server.accounts.models import OrganisationUnit
    from zhulian.server.decisions.services import letterhead_set

    for unit in OrganisationUnit.objects.filter(name__in=LETTERHEADS, letterhead=None):
        letterhead_set(unit=unit, word=LETTERHEADS[unit.name], actor=_ACTOR)


def _two_firms(home: Path) -> tuple[str, str]:
    import polars as pl

    labels = pl.read_parquet(home / "town" / "labels.parquet")
    short = labels.filter((pl.col("verdict") == "short") & pl.col("enterprise").str.slice(2, 4).eq("3702"))
    firms = pl.read_parquet(home / "town" / "qualification.parquet").filter(pl.col("code").is_in(["D101B", "D101A"]))
    met = firms.filter(~pl.col("enterprise").is_in(labels["enterprise"].implode()))
    return str(short["enterprise"][0]), str(met["enterprise"][0])
