"""Pairs that may be one: found in their block, explained, and decided by people only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from server.registry.people import ACTOR, AT, CODES, record, subject
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock
from zhulian.server.registry.matching import services
from zhulian.server.registry.matching.comparisons import COMPARISONS, PROPOSED, Profile, features_of
from zhulian.server.registry.matching.doubles import FEW
from zhulian.server.registry.models import Candidate, Enterprise, MatchMark, Merge, Provisional

TWIN = "name:海川建设公司@370000"


@pytest.fixture(autouse=True)
def _now(db) -> Iterator[None]:  # noqa: ARG001 - rows are made
    with clock.frozen(AT):
        yield


def compare(at: dt.datetime = AT) -> None:
    while services.blocks_compare(at=at, actor=ACTOR).left:
        pass


def firm(key: str, name: str, region: str = "370202", **more: object) -> tuple[str, dict[str, object]]:
    return "enterprise", {"enterprise": key, "name": name, "region": region, **more}


def profile(**values: tuple[str, ...]) -> Profile:
    return Profile(1, "enterprise", values)


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ("青岛海川建设有限公司", "青岛海川建设 有限公司", "name"),
        ("青岛海川建设有限公司", "海川建设公司", "core"),
        ("青岛市海川建设有限公司", "青岛海川建设有限责任公司", "core"),
        ("青岛海川建设有限公司", "青岛海川健设有限公司", "sound"),
        ("中国建筑第三工程局有限公司", "中建三局", "abbreviation"),
        ("青岛海川建设工程有限公司", "青岛海川建筑工程有限公司", "similar"),
    ],
)
def test_names_that_may_be_one_are_recognised(left: str, right: str, found: str) -> None:
    features = features_of(profile(name=(left,)), profile(name=(right,)))
    assert found in [feature.name for feature in features]
    assert {feature.left for feature in features if feature.name == found} == {left}


def test_strangers_share_nothing() -> None:
    assert features_of(profile(name=("青岛海川建设有限公司",)), profile(name=("西安长河市政工程有限公司",))) == []


def test_a_score_has_no_ceiling_and_two_credit_codes_weigh_against() -> None:
    alike = {"name": ("海川建设",), "certificate": ("D1",), "legal_representative": ("王一",), "division": ("370202",)}
    few = sum(f.points for f in features_of(profile(name=("海川建设",)), profile(name=("海川建设",))))
    many = sum(f.points for f in features_of(profile(**alike), profile(**alike)))
    codes = sum(f.points for f in features_of(profile(**alike, uscc=(CODES[0],)), profile(**alike, uscc=(CODES[1],))))
    assert PROPOSED["enterprise"] <= few < many
    assert codes == many - 80


def test_names_of_persons_stand_masked_in_a_pair() -> None:
    for comparisons in COMPARISONS.values():
        assert {c.shown for c in comparisons if c.name in {"legal", "other_legal"}} <= {"person"}
    one = Profile(1, "person", {"name": ("张三丰",), "phone": ("digest",)})
    shown = [(f.left, f.right) for f in features_of(one, one)]
    assert shown == [("张**", "张**"), ("（已加密）", "（已加密）")]


def test_a_name_that_arrives_is_compared_with_its_block_only() -> None:
    record(firm(CODES[0], "青岛海川建设有限公司"), firm(CODES[1], "青岛长河市政工程有限公司"))
    assert not MatchMark.objects.exists(), "everybody has a credit code: nothing to compare"
    record(firm(TWIN, "海川建设公司"))
    assert MatchMark.objects.count() == Provisional.objects.count() == 1
    compare()
    pair = Candidate.objects.get()
    assert pair.pair == (subject("enterprise", CODES[0]), subject("enterprise", TWIN))
    assert pair.state == Candidate.State.OPEN
    assert [f["name"] for f in pair.features] == ["core", "division"]
    assert pair.feed == "示例"
    assert not Merge.objects.exists()


def test_people_and_projects_are_compared_too() -> None:
    born = dt.date(1980, 1, 1)
    record(
        firm(CODES[0], "青岛海川建设有限公司"),
        ("person", {"person": "RY_ID:1", "name": "张三", "birth_on": born}),
        ("person", {"person": "local:2", "name": "张三", "birth_on": born}),
        ("person", {"person": "local:3", "name": "张三", "birth_on": dt.date(1990, 1, 1)}),
        *(
            ("registration", {"person": p, "enterprise": CODES[0], "kind": "一级注册建造师"})
            for p in ("RY_ID:1", "local:2", "local:3")
        ),
        ("project", {"project": "PRJNUM:1", "name": "海川花园一期", "region": "370202", "owner": "海川置业"}),
        ("project", {"project": "local:2", "name": "海川花园1期", "region": "370202", "owner": "海川置业"}),
        *(("participation", {"project": p, "enterprise": CODES[0], "role": "施工"}) for p in ("PRJNUM:1", "local:2")),
    )
    compare()
    found = {(pair.subject_kind, pair.pair) for pair in Candidate.objects.all()}
    assert found == {
        ("person", (subject("person", "RY_ID:1"), subject("person", "local:2"))),
        ("project", (subject("project", "PRJNUM:1"), subject("project", "local:2"))),
    }


def test_two_sure_keys_of_two_subjects_are_a_pair_for_somebody() -> None:
    record(firm(CODES[0], "青岛海川建设有限公司"), firm("QY_ID:7", "青岛海川建设"))
    done = record(firm("QY_ID:7", "青岛海川建设", uscc=CODES[0]))
    assert [reject.code for reject in done.rejects] == ["identity.conflict"]
    pair = Candidate.objects.get()
    assert pair.origin == Candidate.Origin.CONFLICT
    assert pair.pair == (subject("enterprise", CODES[0]), subject("enterprise", "QY_ID:7"))


def holder(person: str, number: str = "鲁建安B(2020)0001", **more: object) -> list[tuple[str, dict[str, object]]]:
    paper = {"person": person, "enterprise": CODES[0], "class": "B", "certificate_no": number}
    return [("person", {"person": person, "name": "张三", **more}), ("safety_certificate", paper)]


def test_one_certificate_of_two_persons_with_sure_keys_is_a_pair() -> None:
    record(*holder("RY_ID:1"))
    record(*holder("jzsc_person:7"), *holder("RY_ID:2", "鲁建安B(2020)0002"))
    assert not Provisional.objects.filter(kind="person").exists(), "everybody has a sure key: no block is compared"
    found = Candidate.objects.get()
    assert set(found.pair) == {subject("person", "RY_ID:1"), subject("person", "jzsc_person:7")}
    assert (found.state, found.origin, found.feed) == (Candidate.State.OPEN, Candidate.Origin.SIMILAR, "示例")
    assert "certificate" in [f["name"] for f in found.features]
    services.candidate_keep_apart(candidate=found.pk, version=found.version, reason="错号", actor=ACTOR, at=AT)
    record(*holder("RY_ID:1"), at=AT + dt.timedelta(days=1))
    assert Candidate.objects.get().state == Candidate.State.DIFFERENT, "judged, and nothing new was told"


def test_two_resident_ids_on_one_certificate_are_two_persons() -> None:
    record(*holder("RY_ID:2", "B2", id_no="110105199003070033"), *holder("RY_ID:3", "B2", id_no="370202198001011233"))
    assert not Candidate.objects.exists()


def test_a_placeholder_on_many_certificates_soon_tells_nobody_apart() -> None:
    for hour in range(8):
        record(*holder(f"RY_ID:{hour}", "无"), at=AT + dt.timedelta(hours=hour))
    assert Candidate.objects.count() == FEW * (FEW - 1) // 2


def test_two_holders_told_in_one_delivery_are_a_pair() -> None:
    record(*holder("RY_ID:1"), *holder("jzsc_person:7"))
    assert Candidate.objects.count() == 1


@pytest.fixture
def pair() -> Candidate:
    record(firm(CODES[0], "青岛海川建设有限公司"), firm(TWIN, "海川建设公司", legal_representative="王一"))
    compare()
    return Candidate.objects.get()


def apart(pair: Candidate, **more: object) -> None:
    given = {"version": pair.version, "reason": "两张执照", "actor": ACTOR, "at": AT} | more
    services.candidate_keep_apart(candidate=pair.pk, **given)


def test_judged_different_is_not_proposed_again_until_a_fact_changes(pair: Candidate) -> None:
    apart(pair)
    MatchMark.objects.create(subject=pair.b, kind="enterprise")
    compare()
    assert Candidate.objects.get().state == Candidate.State.DIFFERENT
    record(firm(CODES[0], "青岛海川建设有限公司", legal_representative="王一"), at=AT + dt.timedelta(days=1))
    compare()
    again = Candidate.objects.get()
    assert again.state == Candidate.State.OPEN
    assert "legal" in [f["name"] for f in again.features]


def test_a_page_that_is_behind_decides_nothing(pair: Candidate) -> None:
    apart(pair)
    for decide in (
        lambda: apart(pair, actor="user:2"),
        lambda: services.candidate_merge(
            candidate=pair.pk,
            version=pair.version,
            survivor=pair.a,
            reason="x",
            codes_checked=False,
            actor=ACTOR,
            at=AT,
        ),
    ):
        with pytest.raises(ZhulianError) as refused:
            decide()
        assert refused.value.code == "identity.changed"
    assert not Merge.objects.exists()


def merged(pair: Candidate, **more: object) -> Merge:
    given = {"version": pair.version, "survivor": pair.a, "reason": "同一张执照", "codes_checked": False}
    return services.candidate_merge(candidate=pair.pk, **(given | {"actor": ACTOR, "at": AT} | more))


def test_said_twice_it_is_one_merge_and_undone_the_pair_waits_again(pair: Candidate) -> None:
    first, second = merged(pair), merged(pair)
    assert first.pk == second.pk
    assert not Provisional.objects.exists()
    services.candidate_undo(candidate=pair.pk, reason="两张执照", actor=ACTOR, at=AT)
    pair.refresh_from_db()
    assert (pair.state, pair.merge_id) == (Candidate.State.OPEN, None)
    assert Enterprise.objects.known().count() == 2
    assert Provisional.objects.get().subject == pair.b
    with pytest.raises(ZhulianError):
        services.candidate_undo(candidate=pair.pk, reason="两张执照", actor=ACTOR, at=AT)


def test_other_pairs_of_the_one_that_is_gone_become_the_survivors(pair: Candidate) -> None:
    record(firm("QY_ID:7", "青岛海川建设集团有限公司", region="370203"))
    record(firm("name:青岛海川建设@370000", "青岛海川建设"))
    compare()
    gone = pair.b
    merged(Candidate.objects.get(pk=pair.pk))
    compare()
    assert not Candidate.objects.exclude(pk=pair.pk).filter(b=gone).exists()
    assert not Candidate.objects.exclude(pk=pair.pk).filter(a=gone).exists()


def test_only_one_person_takes_a_pair(pair: Candidate, django_user_model) -> None:
    one, two = (django_user_model.objects.create_user(name) for name in ("one", "two"))
    claim = {"candidates": [pair.pk], "at": AT}
    assert services.candidate_claim(user=one.pk, actor=one.actor, **claim) == pair.pk
    assert services.candidate_claim(user=two.pk, actor=two.actor, **claim) is None
    claim["at"] = AT + services.LOCK
    assert services.candidate_claim(user=two.pk, actor=two.actor, **claim) == pair.pk


def test_snoozed_until_its_day(pair: Candidate) -> None:
    until = AT.date() + dt.timedelta(days=7)
    given = {"candidate": pair.pk, "version": pair.version, "reason": "等回函", "actor": ACTOR, "at": AT}
    with pytest.raises(ZhulianError, match="一年"):
        services.candidate_snooze(until=AT.date(), **given)
    services.candidate_snooze(until=until, **given)
    services.snoozed_wake(today=until - dt.timedelta(days=1), actor=ACTOR, at=AT)
    assert Candidate.objects.get().state == Candidate.State.SNOOZED
    services.snoozed_wake(today=until, actor=ACTOR, at=AT)
    assert Candidate.objects.get().state == Candidate.State.OPEN
