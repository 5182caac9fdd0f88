"""Rules of linkage: loading, judging, circles; the shipped rules one by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhulian import rulebooks
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.linkage import (
    ACTS,
    EVENT_TYPES,
    FACTS,
    Judgement,
    LinkageBook,
    ObligationEffect,
    ProposalEffect,
    Subject,
    business_key,
    judge,
)
from zhulian.core.linkage.circles import circles, tells
from zhulian.core.linkage.events import Kind

BOOK = rulebooks.linkage_book()
CALENDAR = rulebooks.calendar()
TODAY = dt.date(2025, 6, 2)

HEAD = """
subject: 试验
rules:
  - id: one
    title: 试验规则
    toward: [market]
    versions:
      - id: "1"
        from: 2020-01-01
        published_at: 2020-01-01
        source: {document: 某文件}
"""


def load(body: str, head: str = HEAD) -> LinkageBook:
    lines = "".join(f"        {line}\n" for line in body.strip("\n").splitlines())
    return LinkageBook.load({"linkage/test.yaml": (head + lines).encode()})


def outcomes(event: str, fields: dict[str, object], facts: dict[str, object]) -> dict[str, Judgement]:
    subject = Subject(fields, facts)
    found = BOOK.of_event(event, TODAY)
    return {rule.id: judge(rule, version, subject, on=TODAY, calendar=CALENDAR) for rule, version in found}


FIRING: dict[str, tuple[str, dict[str, object], dict[str, object], list[str]]] = {
    "illegal-contracting": ("market.contract.illegal", {"act": "转包"}, {}, ["verify", "bar", "share"]),
    "bid-rigging": ("market.bid.rigged", {}, {}, ["verify", "bar", "share"]),
    "false-material": ("market.material.false", {}, {}, ["case", "bar"]),
    "dishonesty": ("market.dishonesty.listed", {}, {}, ["share", "key"]),
    "unpaid-wages": ("market.wages.unpaid", {}, {}, ["inspect", "copy", "share"]),
    "confirmed-complaint": ("market.complaint.confirmed", {}, {}, ["inspect"]),
    "won-while-short": ("market.tender.won", {}, {"flagged_codes": 1}, ["check"]),
    "accident-review": ("site.accident.reported", {}, {}, ["review", "share"]),
    "accident-suspension": (
        "site.accident.reported",
        {},
        {"accident_grade_at_least": "一般事故", "safety_permit_status": "有效"},
        ["suspend"],
    ),
    "accident-concluded": ("site.accident.concluded", {"responsible": True}, {}, ["case"]),
    "accident-bar": (
        "site.accident.concluded",
        {"responsible": True},
        {"accidents_1_year_larger": 0, "accidents_1_year": 2},
        ["bar"],
    ),
    "major-hazard": ("site.hazard.found", {"level": "重大"}, {}, ["close"]),
    "major-hazard-overdue": ("site.hazard.overdue", {"level": "重大"}, {}, ["stop", "verify", "share"]),
    "absent-key-posts": ("site.presence.short", {}, {}, ["check"]),
    "foreign-staff": ("site.staff.mismatch", {}, {}, ["check"]),
    "overlapping-leader": (
        "site.leader.overlapping",
        {},
        {"adjacent_sections": False, "lawfully_paused": False},
        ["check"],
    ),
    "failed-inspection": ("site.inspection.failed", {}, {}, ["recheck", "share"]),
    "failed-test": ("site.quality.failed", {}, {}, ["inspect"]),
    "cable-cut": ("site.cable.cut", {}, {}, ["case", "communications", "police", "city"]),
    "fell-short": ("qualification.fell_short", {}, {"short_on_arrival": True}, ["flag", "rectify", "share"]),
    "fell-short-mark": ("qualification.fell_short", {}, {"short_on_arrival": True}, ["mark"]),
    "not-rectified": ("rectification.overdue", {}, {"short_on_arrival": True}, ["withdraw"]),
    "permit-expired": ("permit.expired", {}, {"running_sites": 1}, ["check"]),
    "permit-suspended": ("permit.suspended", {}, {"running_sites": 2}, ["check", "share"]),
    "leader-left": ("person.left", {}, {"led_sites": 1}, ["check"]),
    "leader-moved": ("person.moved", {}, {"led_sites": 1}, ["check"]),
    "overdue-escalation": ("obligation.overdue", {}, {}, ["supervise"]),
}
"""For each shipped rule: an event that fires it, and the effects that must follow."""


def test_every_shipped_rule_has_a_case() -> None:
    assert set(FIRING) == set(BOOK.rules)


@pytest.mark.parametrize("name", sorted(FIRING))
def test_shipped_rules_fire(name: str) -> None:
    event, fields, facts, effects = FIRING[name]
    found = outcomes(event, fields, facts)[name]
    assert found.verdict is Verdict.MET
    assert [f.effect.id for f in found.effects] == effects
    assert found.reason.citation is not None
    for followed in found.effects:
        assert followed.effect.citation.document
        if isinstance(followed.effect, ObligationEffect):
            assert followed.due is not None
            assert followed.due.due_on is not None
            assert followed.due.due_on > TODAY


SILENT: list[tuple[str, str, dict[str, object], dict[str, object], Verdict]] = [
    ("illegal-contracting", "market.contract.illegal", {"act": "违法发包"}, {}, Verdict.SHORT),
    ("won-while-short", "market.tender.won", {}, {"flagged_codes": 0}, Verdict.SHORT),
    ("won-while-short", "market.tender.won", {}, {"flagged_codes": None}, Verdict.UNKNOWN),
    ("accident-suspension", "site.accident.reported", {}, {"safety_permit_status": "有效"}, Verdict.UNKNOWN),
    ("accident-concluded", "site.accident.concluded", {"responsible": False}, {}, Verdict.SHORT),
    ("accident-concluded", "site.accident.concluded", {}, {}, Verdict.UNKNOWN),
    (
        "accident-bar",
        "site.accident.concluded",
        {"responsible": True},
        {"accidents_1_year_larger": 0, "accidents_1_year": 1},
        Verdict.SHORT,
    ),
    ("major-hazard", "site.hazard.found", {"level": "一般"}, {}, Verdict.SHORT),
    ("overlapping-leader", "site.leader.overlapping", {}, {"adjacent_sections": True}, Verdict.SHORT),
    ("fell-short", "qualification.fell_short", {}, {"short_on_arrival": False}, Verdict.SHORT),
    ("leader-left", "person.left", {}, {"led_sites": 0}, Verdict.SHORT),
]


@pytest.mark.parametrize(("name", "event", "fields", "facts", "verdict"), SILENT)
def test_shipped_rules_hold_back_and_say_why_not(
    name: str, event: str, fields: dict[str, object], facts: dict[str, object], verdict: Verdict
) -> None:
    found = outcomes(event, fields, facts)[name]
    assert found.verdict is verdict
    assert not found.fires
    assert any(child.verdict is verdict for child in found.reason.children)


def test_an_exception_in_doubt_still_has_the_leader_checked() -> None:
    """Whether the sections are adjacent is rarely in the data; a check is what finds out."""
    found = outcomes("site.leader.overlapping", {}, {})["overlapping-leader"]
    assert found.verdict is Verdict.UNKNOWN
    assert [f.effect.id for f in found.effects] == ["check"]
    assert "数据不足" in found.reason.notes[0]


def test_a_time_of_the_office_is_told_as_such() -> None:
    law = outcomes("site.accident.reported", {}, {})["accident-review"].effects[0]
    office = outcomes("site.hazard.found", {"level": "重大"}, {})["major-hazard"].effects[0]
    assert law.due is not None
    assert office.due is not None
    assert law.due.due_on == dt.date(2025, 6, 9)
    assert not law.due.notes
    assert "本机关设定" in office.due.notes[0]


def test_an_open_effect_is_not_made_again() -> None:
    rule, version = next(iter(BOOK.of_event("site.presence.short", TODAY)))
    found = judge(rule, version, Subject({}, {}), on=TODAY, calendar=CALENDAR, open_effects=frozenset({"check"}))
    assert not found.fires
    assert found.verdict is Verdict.MET
    assert "尚未办结" in found.reason.notes[0]


def test_before_its_law_a_rule_is_silent() -> None:
    assert "fell-short-mark" not in {r.id for r, _ in BOOK.of_event("qualification.fell_short", dt.date(2023, 12, 31))}
    assert "fell-short-mark" in {r.id for r, _ in BOOK.of_event("qualification.fell_short", dt.date(2024, 1, 1))}


def test_every_restricting_proposal_ends_and_can_be_defended() -> None:
    for rule in BOOK.rules.values():
        for version in rule.versions:
            for effect in version.effects:
                if isinstance(effect, ProposalEffect) and effect.act.restricts:
                    assert effect.ends is not None
                    assert effect.refuses
                    assert effect.defence is not None or effect.immediate is not None


REFUSED = {
    "no citation": "when: permit.expired\nthen: [{id: a, share: key, term: 1 年}]",
    "unknown event": "when: permit.lost\nthen: [{id: a, share: key, term: 1 年}]",
    "unknown field": "when: permit.expired\nif: [{field: colour, in: [red]}]\nthen: [{id: a, share: key, term: 1 年}]",
    "unknown fact": "when: permit.expired\nif: [{fact: colour, in: [red]}]\nthen: [{id: a, share: key, term: 1 年}]",
    "wrong comparison": "when: permit.expired\nif: [{fact: running_sites, in: [很多]}]\nthen: [{id: a, share: key, term: 1 年}]",
    "negative": "when: permit.expired\nif: [{fact: running_sites, at_least: -1}]\nthen: [{id: a, share: key, term: 1 年}]",
    "no effect": "when: permit.expired\nthen: []",
    "two of one id": "when: permit.expired\nthen: [{id: a, share: key, term: 1 年}, {id: a, share: raise, term: 1 年}]",
    "unknown act": "when: permit.expired\nthen: [{id: a, propose: punish}]",
    "share without end": "when: permit.expired\nthen: [{id: a, share: raise}]",
    "endless": "when: permit.expired\nthen: [{id: a, propose: bar, refuses: [declare], defence_office: 5 工作日}]",
    "term without term": (
        "when: permit.expired\nthen: [{id: a, propose: bar, refuses: [declare], ends: term, defence_office: 5 工作日}]"
    ),
    "no defence": "when: permit.expired\nthen: [{id: a, propose: bar, refuses: [declare], ends: term, term: 1 年}]",
    "refuses without power": "when: permit.expired\nthen: [{id: a, propose: inspect, refuses: [bid]}]",
    "clock without unit": "when: permit.expired\nthen: [{id: a, share: key, term: 5 日}]",
    "two clocks": (
        "when: permit.expired\nthen: [{id: a, propose: inspect, within: 5 工作日, within_office: 5 工作日}]"
    ),
    "obligation without end": (
        "when: permit.expired\nthen: [{id: a, obligation: 查, power: site.inspect, seat: project, done_by: [obligation.done]}]"
    ),
    "unknown key": "when: permit.expired\ncolour: red\nthen: [{id: a, share: key, term: 1 年}]",
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_does_not_load(name: str) -> None:
    head = HEAD.replace("{document: 某文件}", "{title: 无}") if name == "no citation" else HEAD
    with pytest.raises(ZhulianError) as caught:
        load(REFUSED[name], head)
    assert caught.value.text
    assert caught.value.cure


def test_a_circle_loads_only_with_a_guard() -> None:
    body = """
when: obligation.overdue
then: [{id: a, obligation: 查, power: site.inspect, seat: project, within: 5 工作日, done_by: [obligation.done]}]
"""
    with pytest.raises(ZhulianError, match="成环"):
        load(body)
    assert load("once_while_open: true" + body).rules


EFFECTS = [
    {"flag": "标识", "until": "qualification.recovered"},
    {"propose": "verify"},
    {"propose": "mark", "refuses": ["declare"], "ends": "authority", "defence_office": "3 工作日"},
    {"propose": "suspend_permit", "refuses": ["bid"], "ends": "application", "defence_office": "3 工作日"},
    {
        "obligation": "查",
        "power": "site.inspect",
        "seat": "project",
        "within": "5 工作日",
        "done_by": ["obligation.done"],
    },
    {"share": "raise", "term": "1 年"},
    {"share": "key", "until": "qualification.recovered"},
]
WHENS = sorted({name for e in BOOK.rules.values() for v in e.versions for f in v.effects for name in tells(f)})


@st.composite
def rule_sets(draw: st.DrawFn) -> dict[str, Any]:
    rules = []
    for number in range(draw(st.integers(1, 6))):
        effects = draw(st.lists(st.sampled_from(EFFECTS), min_size=1, max_size=3))
        version: dict[str, Any] = {
            "id": "1",
            "from": dt.date(2020, 1, 1),
            "published_at": dt.date(2020, 1, 1),
            "source": {"document": "某文件"},
            "when": draw(st.sampled_from(WHENS)),
            "once_while_open": draw(st.booleans()),
            "then": [{"id": f"e{i}", **e} for i, e in enumerate(effects)],
        }
        rules.append({"id": f"r{number}", "title": "试验", "toward": ["market"], "versions": [version]})
    return {"subject": "试验", "rules": rules}


@given(rule_sets())
@settings(max_examples=60, deadline=None)
def test_whatever_loads_ends(document: dict[str, Any]) -> None:
    """Play every rule set that loads: without guarded rules, no chain of events is longer than there are rules."""
    import yaml

    try:
        book = LinkageBook.load({"linkage/x.yaml": yaml.safe_dump(document, allow_unicode=True).encode()})
    except ZhulianError as error:
        refused = error.code
    else:
        refused = ""
    if refused:
        assert refused == "linkage.circle"
        return
    versions = [v for _, v in book.in_force(TODAY) if not v.once_while_open]
    wave = set(WHENS)
    for _ in range(len(versions) + 1):
        wave = {name for v in versions if v.when.name in wave for e in v.effects for name in tells(e)}
    assert not {v.when.name for v in versions} & wave
    assert circles([v for _, v in book.in_force(TODAY)]) == []


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_more_knowledge_never_turns_a_decided_rule_around(data: st.DataObject) -> None:
    """Kleene: what is decided with some facts unknown stays so whatever they turn out to be."""
    event = data.draw(st.sampled_from(sorted({v.when.name for r in BOOK.rules.values() for v in r.versions})))
    values = {Kind.COUNT: st.integers(0, 4), Kind.BOOL: st.booleans(), Kind.FEN: st.integers(0, 10**12)}
    words = st.sampled_from(["一般事故", "较大事故", "有效", "暂扣", "重大", "一般", "转包", "违法发包"])
    facts = {n: data.draw(values.get(f.kind, words)) for n, f in FACTS.items()}
    fields = {f.name: data.draw(values.get(f.kind, words)) for f in EVENT_TYPES[event].fields}
    hidden = data.draw(st.sets(st.sampled_from([*facts, *fields])))
    some = outcomes(
        event,
        {n: None if n in hidden else v for n, v in fields.items()},
        {n: None if n in hidden else v for n, v in facts.items()},
    )
    for name, whole in outcomes(event, fields, facts).items():
        assert some[name].verdict in (whole.verdict, Verdict.UNKNOWN)


def test_acts_that_tell_an_event_tell_a_known_one() -> None:
    assert {name for a in ACTS.values() for name in (a.told, a.ended) if name} <= set(EVENT_TYPES)


def test_keys_name_fields_and_fit_their_column() -> None:
    for kind in EVENT_TYPES.values():
        assert all(kind.field(name) for name in kind.key), kind.name
    kind = EVENT_TYPES["site.presence.short"]
    long = business_key(kind, {"project": 1, "enterprise": 2, "post": "岗" * 500, "month": "2025-05-01"})
    assert len(long) <= 200
    assert long != business_key(kind, {"project": 1, "enterprise": 2, "post": "岗" * 499, "month": "2025-05-01"})
