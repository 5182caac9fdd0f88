"""A register in which things happen: deliveries, ends, corrections, late arrivals, merges, days; and what must follow.

`World` is driven by the service that deliveries use and carried on by the dispatcher's own rounds. `Reference` judges
everybody anew after every step, keeps flags by the two sentences of decision 0050, and knows nothing of marks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from server.exchange.conftest import credit_code
from zhulian import rulebooks
from zhulian.core import rules
from zhulian.core.kernel.dates import BEGINNING, FOREVER, SHANGHAI
from zhulian.core.kernel.identifiers import parse_key
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules import Library
from zhulian.core.tables import TABLES
from zhulian.intake import Position, Row
from zhulian.server.assessments import handlers, selectors, services
from zhulian.server.assessments.models import Mark
from zhulian.server.assessments.moments import VERIFICATION
from zhulian.server.assessments.reasons import digest_of
from zhulian.server.assessments.runner import DjangoRunner
from zhulian.server.common import jobs, models, worker
from zhulian.server.registry.merging.services import merge_undo, subjects_merge
from zhulian.server.registry.models import Identity, Merge
from zhulian.server.registry.services import rows_record, source_create

START = dt.datetime(2024, 3, 4, 9, tzinfo=SHANGHAI)
FIRMS = tuple(f"uscc:{credit_code(n)}" for n in (1, 2, 3))
PEOPLE = tuple(f"RY_ID:{n}" for n in range(4))

_HEAD = """
subject: {name}
code: {code}
versions:
  - id: "2015"
    from: 2015-01-01
    published_at: 2014-11-06
    source: {{document: 建市〔2014〕159号, evidence: weak}}
    grades:
"""
STAFF = (
    _HEAD.format(name="水利水电工程施工总承包", code="D105")
    + """
      B:
        clauses:
          - {id: lead, label: 技术负责人, officer: 技术负责人, years: 8年, any: [{title: 中级+}]}
          - {id: constructors, label: 注册建造师, group: engineering, count: registration, where: {kind: [二级注册建造师]}, at_least: 2人}
          - {id: skilled, label: 技术工人, group: skilled, count: skill, where: {grade: 中级工+}, at_least: 1人}
      C:
        clauses:
          - {id: constructors, label: 注册建造师, count: registration, where: {kind: [二级注册建造师]}, at_least: 1人}
"""
)
THINGS = (
    _HEAD.format(name="桥梁工程专业承包", code="D207")
    + """
      A:
        clauses:
          - {id: net-assets, label: 净资产, measure: net_assets, at_least: 100万元}
          - {id: permit, label: 安全生产许可证, permit: safety}
      B:
        clauses:
          - {id: equipment, label: 起重机, equipment: {kind: [起重机]}, at_least: 2台}
          - {id: works, label: 业绩, works: enterprise, lookback_years: 5, choose: 1, purposes: [申报, 动态核查], of: [{id: span, label: 单跨, any: [{indicator: span_m, at_least: 30m, works: 1}]}]}
      C:
        clauses:
          - {id: led, label: 负责人业绩, works: lead, of_grade: B, at_least: 1项, purposes: [动态核查]}
  - id: "2024"
    from: 2024-09-01
    published_at: 2024-08-01
    source: {document: 示例新标准, evidence: weak}
    grades:
      A:
        clauses:
          - {id: net-assets, label: 净资产, measure: net_assets, at_least: 200万元}
"""
)
PROVINCE = """
subject: 山东省动态核查
overlay: {province: "37", purposes: [动态核查]}
versions:
  - {id: sd, from: 2024-06-01, published_at: 2024-05-01, source: {document: 示例口径, evidence: weak}, keep: {lowest: [constructors, led, net-assets, equipment], others: [lead, net-assets, equipment]}}
"""
BOOKS = {"staff.yaml": STAFF, "things.yaml": THINGS, "province.yaml": PROVINCE}
STRICTER = BOOKS | {"things.yaml": THINGS.replace("100万元", "300万元").replace("2024-09-01", "2024-10-01")}
LIBRARIES = tuple(Library.load({name: text.encode() for name, text in books.items()}) for books in (BOOKS, STRICTER))

Told = tuple[str, dict[str, Any]]


@dataclass
class Reference:
    """What everybody's verdicts are, judged anew every time."""

    verdicts: dict[tuple[int, str], tuple[Any, ...]] = field(default_factory=dict)
    """Pair → verdict, flag, digest, next critical day; of those held now."""
    flags: dict[tuple[int, str], bool] = field(default_factory=dict)
    """Pair → flag, of those held now."""

    def judge(self, today: dt.date) -> tuple[list[tuple[str, int, str]], int]:
        """Events that must be told of this step, in order of pair, and how many verdicts are new or differ."""
        found = rules.assess_held(rulebooks.library(), DjangoRunner(), as_of=today, purpose=VERIFICATION)
        events, changed, now = [], 0, {}
        for one in found:
            pair = (one.enterprise, one.code)
            was = self.flags.get(pair, False)
            flag = was if one.verdict is Verdict.UNKNOWN else one.verdict is Verdict.SHORT
            digest = digest_of(one.verdict, one.reason, one.rule_version, one.rule_hash)
            now[pair] = (one.verdict.value, flag, digest, one.next_critical_on)
            changed += self.verdicts.get(pair, (None,) * 3)[2] != digest
            if flag != was:
                events.append((services.FELL_SHORT if flag else services.RECOVERED, *pair))
            self.flags[pair] = flag
        gone = sorted(self.verdicts.keys() - now.keys())
        events += [(services.RELEASED, *pair) for pair in gone if self.flags.pop(pair, False)]
        self.verdicts = now
        return events, changed


@dataclass
class World:
    """The register of the test, and its clock."""

    now: dt.datetime = START
    library: int = 0
    sources: list[tuple[int, dt.datetime]] = field(default_factory=list)

    def deliver(self, rows: list[Told], *, start: dt.date | None, until: dt.date | None, corrects: int | None) -> None:
        """A delivery; `corrects` counts its rows as if they had come with an earlier one."""
        source = source_create(feed="示例", reference=str(self.now), at=self.now, actor="system:test")
        made = [
            Row(table, _keyed(table, told), Position("t.csv", n), {}, start or BEGINNING, until or FOREVER)
            for n, (table, told) in enumerate(rows, 1)
        ]
        earlier = self.sources[corrects % len(self.sources)] if corrects is not None and self.sources else None
        more: dict[str, Any] = {"order": earlier[0], "observed": earlier[1]} if earlier else {}
        rows_record(rows=made, source=source, feed="示例", at=self.now, actor="system:test", **more)
        self.sources.append((source, self.now))

    def merge(self, kind: str, first: str, second: str) -> None:
        """Two subjects are one; refused for those that are already."""
        one, other = _subject(kind, first), _subject(kind, second)
        if one is None or other is None or one == other:
            return
        if not Merge.objects.filter(undone_at=None, gone__in=(one, other)).exists():
            told: dict[str, Any] = {"reason": "同一", "codes_checked": True, "actor": "user:1", "at": self.now}
            subjects_merge(survivor=one, gone=other, **told)

    def part(self) -> None:
        """The last merge in force is undone."""
        last = Merge.objects.filter(undone_at=None).order_by("-pk").first()
        if last is not None:
            merge_undo(merge=last.pk, reason="看错了", actor="user:1", at=self.now)

    def settle(self) -> None:
        """Carry on until nothing is due, as the worker does."""
        for _ in range(400):
            if not worker.round_once():
                break
        assert not models.Event.objects.exclude(state=models.Event.State.DONE).exists()
        assert not models.Job.objects.exclude(state=models.Job.State.FINISHED).exists()
        assert not Mark.objects.exists()

    def wake(self) -> None:
        """What the schedule does every ten minutes."""
        jobs.job_start(kind=handlers.REFRESH, key=handlers.REFRESH, actor=handlers.ACTOR)


def _keyed(table: str, told: dict[str, Any]) -> dict[str, Any]:
    refers = {column.name for column in TABLES[table].columns if column.refers}
    return {k: parse_key(v) if k in refers and v is not None else v for k, v in told.items()}


def _subject(kind: str, key: str) -> int | None:
    found = Identity.objects.filter(subject_kind=kind, value=parse_key(key).value).first()
    return found.subject_id if found else None


def recorded() -> dict[tuple[int, str], tuple[Any, ...]]:
    """Pair → verdict, flag, digest, next critical day, as the rows have them."""
    return {
        (row.enterprise, row.code): (row.verdict, row.flagged, row.digest, row.next_critical_on)
        for row in selectors.current().filter(purpose=VERIFICATION)
    }


def told_since(sequence: int) -> list[tuple[str, int, str]]:
    """Verdict events appended after one of the outbox, in order of pair."""
    rows = models.Event.objects.filter(sequence__gt=sequence, type__in=(services.FELL_SHORT, services.RECOVERED))
    return sorted(((e.type, e.data["enterprise"], e.data["code"]) for e in rows), key=lambda one: one[1:])
