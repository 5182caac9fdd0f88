"""loop.md's invariants 2 to 5, for rule sets and happenings that nobody thought of."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import yaml
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from server.decisions.world import PROJECT
from server.linkage.telling import event, tell
from zhulian import rulebooks
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage import EVENT_TYPES, LinkageBook
from zhulian.server.common import outbox
from zhulian.server.common.models import Event
from zhulian.server.decisions.models import Proposal
from zhulian.server.linkage import handlers, judging, services
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share

pytestmark = pytest.mark.usefixtures("office", "authority")
OFFICE = {"power": "market.guide", "seat": "registered", "within": "5 工作日"}
EFFECTS = [
    {"flag": "标识", "until": "qualification.recovered"},
    {"propose": "mark", "refuses": ["declare"], "ends": "facts", "ends_on": "qualification.recovered"}
    | {"defence_office": "3 工作日"},
    {"propose": "verify"},
    {"obligation": "查", "done_by": ["qualification.recovered", "obligation.done"], **OFFICE},
    {"obligation": "督", "done_by": ["obligation.done"], **OFFICE},
    {"share": "raise", "term": "1 年"},
    {"share": "key", "until": "qualification.recovered"},
    {"copy_to": "公安机关", "asks": "核查"},
]
CONDITIONS = [
    {"fact": "flagged_codes", "at_least": 1},
    {"fact": "codes_held", "at_most": 0},
    {"fact": "short_on_arrival", "is": True},
    {"any": [{"fact": "registered_here", "is": True}, {"fact": "running_sites", "at_least": 1}]},
]
HAPPENINGS: dict[str, dict[str, Any]] = {
    "market.bid.rigged": {"record_no": "R", "effective_on": "2025-05-30"},
    "qualification.fell_short": {"code": "D101B"},
    "site.progress.late": {"project": PROJECT, "on": "2025-05-30"},
    "site.cable.cut": {"project": PROJECT, "on": "2020-01-01", "line": "通信"},
}
WHENS = [*HAPPENINGS, "qualification.recovered", "qualification.flagged", "qualification.unflagged", "obligation.done"]


@st.composite
def books(draw: st.DrawFn) -> LinkageBook:
    rules = []
    for number in range(draw(st.integers(2, 6))):
        effects = draw(st.lists(st.sampled_from(EFFECTS), min_size=1, max_size=3))
        version = {
            "id": "1",
            "from": dt.date(2020, 1, 1),
            "published_at": dt.date(2020, 1, 1),
            "source": {"document": "某文件"},
            "when": draw(st.sampled_from(WHENS)),
            "if": draw(st.lists(st.sampled_from(CONDITIONS), max_size=2)),
            "unknown": draw(st.sampled_from(["act", "hold"])),
            "once_while_open": draw(st.booleans()),
            "then": [{"id": f"e{i}", **e} for i, e in enumerate(effects)],
        }
        rules.append({"id": f"r{number}", "title": "试验", "toward": ["market"], "versions": [version]})
    text = yaml.safe_dump({"subject": "试验", "rules": rules}, allow_unicode=True)
    try:
        return LinkageBook.load({"linkage/x.yaml": text.encode()})
    except ZhulianError as error:
        assume(error.code != "linkage.circle")
        raise


def newer(book: LinkageBook) -> LinkageBook:
    """The same rules under versions of today."""
    rules = {
        name: replace(r, versions=(*r.versions, replace(r.versions[-1], id="2", hash="f" * 64)))
        for name, r in book.rules.items()
    }
    return LinkageBook(rules)


def effects() -> list[tuple[Any, ...]]:
    return sorted(
        (model.__name__, str(row.event), row.rule, row.subject, row.effect)
        for model in (Flag, Share, Obligation, CopyNotice, Proposal)
        for row in model.objects.all()
    )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(books(), st.lists(st.sampled_from(sorted(HAPPENINGS)), min_size=1, max_size=3))
def test_whatever_the_rules_effects_stand_once_chains_end_the_log_replays_and_ends_are_caused(book, happened):
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(rulebooks, "linkage_book", lambda: book)
        for name in EVENT_TYPES:
            patch.setitem(outbox.handlers, name, {"follow": handlers.follow})
        # 3. `tell` fails on an event that stays in the log undone, as the last of an endless chain would.
        tell(*(event(name, **HAPPENINGS[name]) for name in happened))
        assert max(Event.objects.values_list("depth", flat=True)) <= len(book.rules) + len(happened)
        # 4.
        for row in Judged.objects.all():
            again = judging.replayed(row)
            assert [again[n] for n in ("verdict", "reason", "effects")] == [row.verdict, row.reason, row.effects]
        # 2. every event once more, now under newer versions of every rule
        before = effects()
        assert len(set(before)) == len(before)
        later = newer(book)
        patch.setattr(rulebooks, "linkage_book", lambda: later)
        for row in Event.objects.order_by("sequence"):
            services.event_judge(event=outbox.Event(row.type, row.subject, row.data, id=row.id))
        assert effects() == before
        # 5.
        patch.setattr(rulebooks, "linkage_book", lambda: LinkageBook({}))
        tell(event("qualification.recovered", code="D101B"))
        waiting = [row for row in (*Flag.objects.all(), *Share.objects.filter(until=None)) if row.end_event is None]
        assert waiting == []
        types = dict(Event.objects.values_list("id", "type"))
        ended = [(row, [row.until]) for row in Flag.objects.all()]
        ended += [(row, [row.until_event]) for row in Share.objects.filter(until=None)]
        ended += [(row, row.done_by) for row in Obligation.objects.filter(state="done")]
        for row, by in ended:
            assert row.ended_at is not None
            assert types[row.end_event] in by
        transaction.set_rollback(True)
