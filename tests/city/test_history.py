"""The town's history: every shipped rule that rows or pushed events can fire does so as labelled, and can end."""

import datetime as dt
import json
from collections import Counter, defaultdict

import pytest

from city.world import Told, World, at
from zhulian import rulebooks
from zhulian.city import EVENTS_FILE, UNTIL, build, write
from zhulian.core.kernel.dates import FOREVER, add_years
from zhulian.core.linkage import EVENT_TYPES, Subject, judge
from zhulian.core.linkage.events import Kind

SEED = 20
OF_PROCESS = {"not-rectified", "overdue-escalation"}
"""Fired by what officers do or leave undone, not by rows."""
HISTORY = ("project", "permit", "appointment", "person_lock", "hazard", "accident", "credit_record")
LAST_YEAR = add_years(UNTIL, -1)


@pytest.fixture(scope="module")
def town():
    return build(seed=SEED)


@pytest.fixture(scope="module")
def world(town):
    return World(town, UNTIL)


@pytest.fixture(scope="module")
def book():
    return rulebooks.linkage_book()


def _fired(book, told, subject):
    return {
        rule.id
        for rule, version in book.of_event(told.type, told.on)
        if judge(rule, version, subject, on=told.on, calendar=rulebooks.calendar()).fires
    }


def test_every_rule_that_rows_or_pushed_events_can_fire_is_labelled_to_fire_in_the_last_year(town, book):
    fires = {label.rule for label in town.linkage_labels if label.fires and label.on > LAST_YEAR}
    assert fires == set(book.rules) - OF_PROCESS


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_so_it_is_in_towns_of_other_seeds_and_days(seed, book):
    until = UNTIL + dt.timedelta(days=80 * seed)
    town = build(seed=seed, until=until)
    fires = {label.rule for label in town.linkage_labels if label.fires and label.on > add_years(until, -1)}
    assert fires == set(book.rules) - OF_PROCESS
    for name in HISTORY:
        begun = [row["fact_from"] for row in town.rows[name]]
        assert begun
        assert max(begun) <= until, name


def test_rules_fire_as_labelled_and_on_nothing_else(town, world, book):
    """What the rows tell, judged: of rules on accidents, records, permits and leaders nothing fires without a label."""
    short = {label.enterprise for label in town.linkage_labels if label.event == "qualification.fell_short"}
    wanted = {(r.event, r.on, r.enterprise, r.key, r.rule): r.fires for r in town.linkage_labels}
    found = set()
    for told in world.told():
        subject = world.subject(told, short)
        found |= {(told.type, told.on, told.enterprise, told.key, rule) for rule in _fired(book, told, subject)}
    judged_apart = {"market.tender.won", "qualification.fell_short", "site.leader.overlapping"}
    pushed = {event["type"] for event in town.events}
    must = {k for k, fires in wanted.items() if fires and k[0] not in judged_apart | pushed}
    must |= {k for k in wanted if k[0] == "market.complaint.confirmed" and wanted[k] and k[3].startswith("XY")}
    assert must <= found, must - found
    assert not found & {k for k, fires in wanted.items() if not fires}
    natural = {"person.left", "person.moved", "market.tender.won"}
    assert not [k for k in found - must if k[0] not in natural]
    assert {k[3] for k in wanted if k[0] == "market.tender.won"} <= {k[3] for k in found if k[4] == "won-while-short"}


def test_two_sites_have_one_leader_where_labelled_and_nowhere_else(town, world, book):
    labels = [r for r in town.linkage_labels if r.event == "site.leader.overlapping"]
    assert Counter(r.story for r in labels) == {
        "leader-on-two-sites": 2,
        "leader-on-adjacent-sections": 1,
        "leader-of-a-paused-site": 1,
    }
    found = world.overlaps()
    of_label = {(r.key, r.project): r for r in labels}
    names = {key: rows[-1]["name"] for key, rows in world.projects.items()}
    for (person, one, other), day in found.items():
        label = of_label[person, other]
        assert day == label.on
        facts = {"adjacent_sections": names[one][:-3] == names[other][:-3], "lawfully_paused": False}
        told = Told(label.event, day, label.enterprise, other, person, {})
        assert ("overlapping-leader" in _fired(book, told, Subject({}, facts))) == label.fires
        if label.ended_on:
            assert len(world.leading(person, label.ended_on)) == 1
    paused = next(r for r in labels if r.story == "leader-of-a-paused-site")
    assert {world.status(r["project"], UNTIL) for r in at(world.led[paused.key], UNTIL)} == {"停工", "在建"}
    assert {(p, o) for p, _, o in found} == {k for k, r in of_label.items() if r is not paused}


def test_leaders_who_go_are_replaced_weeks_later(town, world):
    for label in (r for r in town.linkage_labels if r.story in {"leader-left", "leader-moved"}):
        assert label.project in world.leading(label.key, label.on)
        assert label.ended_on
        assert label.project not in world.leading(label.key, label.ended_on)


def test_posts_are_filled_by_people_of_the_firm(town, world):
    spells = defaultdict(list)
    for row in town.rows["insurance"]:
        spells[row["person"]].append((row["enterprise"], row["month_from"], row["month_until"] or FOREVER))
    untold = {r["enterprise"] for r in town.rows["coverage"] if r["table_name"] == "insurance" and not r["complete"]}
    for row in town.rows["appointment"]:
        day = row["fact_from"]
        if row["enterprise"] not in untold:
            # Whoever leaves in a month is insured up to its first day.
            assert any(
                e == row["enterprise"] and a <= day and day.replace(day=1) <= b for e, a, b in spells[row["person"]]
            )
    running = {p for p in world.projects if world.status(p, UNTIL) == "在建"}
    led = {r["project"] for rows in world.led.values() for r in at(rows, UNTIL)}
    permitted = {row["project"] for row in town.rows["permit"]}
    assert len(running & permitted) > 0.85 * len(running)
    assert len(running & led) > 0.75 * len(running)


def test_hazards_are_mostly_ordinary_and_mostly_closed_in_time(town):
    last = {r["hazard_no"]: r for r in town.rows["hazard"]}.values()
    levels = Counter(r["level"] for r in last)
    assert levels["重大"] == 7
    assert 200 < levels["一般"] < 900
    in_time = sum(bool(r["closed_on"]) and r["closed_on"] <= r["due_on"] for r in last)
    assert 0.8 < in_time / len(last) < 0.97


def test_accidents_are_few_reported_late_and_under_two_numbers(town, world):
    accidents = world.accidents()
    a_year = Counter(a["occurred_on"].year for a in accidents)
    assert all(2 <= count <= 4 for count in a_year.values()), a_year
    assert sum(a["deaths"] >= 3 for a in accidents) == 1
    assert max((a["reported_on"] - a["occurred_on"]).days for a in accidents) > 30
    numbers = defaultdict(set)
    for row in town.rows["accident"]:
        numbers[row["enterprise"], row["project"], row["occurred_on"]].add(row["accident_no"])
    assert sorted(len(n) for n in numbers.values()) == [1] * (len(accidents) - 1) + [2]


def test_records_are_repaired_and_one_is_not_effective_yet(town):
    rows = town.rows["credit_record"]
    repaired = [r for r in rows if r["repaired_on"]]
    assert repaired
    for row in repaired:
        before = next(r for r in rows if r["record_no"] == row["record_no"] and r["repaired_on"] is None)
        assert before["fact_until"] == row["fact_from"] == row["repaired_on"]
    assert [r for r in rows if r["effective_on"] > UNTIL]
    assert [r for r in rows if r["person"] and not r["enterprise"]]


def test_pushed_events_are_what_the_catalogue_asks(town, tmp_path):
    write(town, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / EVENTS_FILE).read_text(encoding="utf-8").splitlines()]
    assert lines == town.events
    assert [e["time"] for e in lines] == sorted(e["time"] for e in lines)
    codes = {r["project_code"] for r in town.rows["project"]}
    firms = {r["uscc"] for r in town.rows["enterprise"]}
    for event in lines:
        kind, data = EVENT_TYPES[event["type"]], event["data"]
        assert kind.pushed
        assert {f.name for f in kind.fields if f.required} <= set(data) <= {f.name for f in kind.fields}
        assert data["enterprise"] in firms
        assert data["project"] in codes
        for field in kind.fields:
            if field.kind is Kind.DATE and field.name in data:
                assert dt.date.fromisoformat(data[field.name]) <= UNTIL
            if field.options and field.name in data:
                assert data[field.name] in field.options


def test_pushed_events_fire_what_is_labelled(town, book):
    labels = {(r.event, r.on, r.enterprise): r for r in town.linkage_labels}
    for event in town.events:
        on = dt.date.fromisoformat(event["time"][:10])
        label = labels[event["type"], on, event["data"]["enterprise"]]
        told = Told(event["type"], on, label.enterprise, label.project, label.key, event["data"])
        assert _fired(book, told, Subject(event["data"], {})) == {label.rule}
