"""Merging and undoing: exact, in any order, and truthful about what was known when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.registry.people import ACTOR, AT, CODES, record, subject
from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock, search
from zhulian.server.common.models import Event, Token
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.merging.selectors import survivor_of
from zhulian.server.registry.merging.services import merge_undo, subjects_merge
from zhulian.server.registry.models import MODELS, Enterprise, Identity, MemberRow, Provisional, Subject
from zhulian.server.registry.storage import rows_read

LATER = AT + dt.timedelta(days=10)


@pytest.fixture
def register(db) -> Iterator[dict[str, int]]:  # noqa: ARG001 - rows are made
    """Two firms with credit codes, two that are names only; a person with a number, two without."""
    firms = {"a": CODES[0], "b": CODES[1], "c": "name:海川建设@370000", "d": "name:海川建设公司@370000"}
    people = {"p": "RY_ID:1", "q": "local:2", "r": "local:3"}
    with clock.frozen(AT):
        record(
            ("enterprise", {"enterprise": firms["a"], "name": "青岛海川建设有限公司", "region": "370202"}),
            ("enterprise", {"enterprise": firms["b"], "name": "青岛海河建设有限公司", "region": "370203"}),
            (
                "enterprise",
                {"enterprise": firms["c"], "name": "海川建设", "region": "370000", "legal_representative": "王一"},
            ),
            ("finance", {"enterprise": firms["a"], "as_of": dt.date(2024, 12, 31), "net_assets": 100}),
            (
                "finance",
                {"enterprise": firms["c"], "as_of": dt.date(2024, 12, 31), "net_assets": 200, "revenue": 5},
            ),
            ("safety_permit", {"permit_no": "S1", "enterprise": firms["c"], "authority": "山东省住房和城乡建设厅"}),
            ("qualification", {"certificate_no": "D1", "code": "D101B", "enterprise": firms["d"]}),
            ("qualification", {"certificate_no": "D1", "code": "D101B", "enterprise": firms["a"], "status": "有效"}),
            ("person", {"person": people["p"], "name": "张三", "id_no": "370202198001011233"}),
            (
                "person",
                {"person": people["q"], "name": "张三", "birth_on": dt.date(1980, 1, 1), "phone": "13812345678"},
            ),
            *(
                ("registration", {"person": people[p], "enterprise": firms[e], "kind": "一级注册建造师"})
                for p, e in (("p", "a"), ("q", "a"), ("q", "c"), ("r", "d"))
            ),
            ("project", {"project": "local:1", "name": "某楼"}),
            *(("participation", {"project": "local:1", "enterprise": firms[e], "role": "施工"}) for e in "acd"),
        )
        out = {name: subject("enterprise", key) for name, key in firms.items()}
        out |= {name: subject("person", key) for name, key in people.items()}
        yield out


def rows() -> set[tuple[Any, ...]]:
    """Everything that is known now, without row numbers; secrets opened."""
    return {
        (table, known.fact.start, known.fact.until, known.fact.values.source, known.fact.values.cells)
        for table in MODELS
        for known in rows_read(table, Q(superseded_at=STILL_KNOWN))
    }


def state() -> tuple[set[Any], ...]:
    """Rows, identities, provisional marks, search tokens."""
    return (
        rows(),
        set(Identity.objects.values_list("subject_kind", "kind", "value", "subject_id", "active")),
        set(Provisional.objects.values_list("subject", "kind")),
        set(Token.objects.values_list("kind", "field", "token", "subject")),
    )


def merge(survivor: int, gone: int, at: dt.datetime = AT) -> int:
    return subjects_merge(
        survivor=survivor, gone=gone, reason="同一营业执照", codes_checked=True, actor=ACTOR, at=at
    ).pk


def undo(number: int, at: dt.datetime = AT) -> None:
    merge_undo(merge=number, reason="看错了", actor=ACTOR, at=at)


def test_a_merge_moves_everything_and_the_survivor_wins(register) -> None:
    merge(register["a"], register["c"], LATER)
    company = Enterprise.objects.known().get(enterprise=register["a"])
    assert company.name == "青岛海川建设有限公司"
    assert company.legal_representative == "王一", "gaps are filled"
    assert not Enterprise.objects.known().filter(enterprise=register["c"]).exists()
    finance = MODELS["finance"].objects.known().get()
    assert (finance.enterprise, finance.net_assets, finance.revenue) == (register["a"], 100, 5)
    assert MODELS["safety_permit"].objects.known().get().enterprise == register["a"]
    assert subject("enterprise", "name:海川建设@370000") == register["a"]
    assert survivor_of(register["c"]) == register["a"]
    assert search.search("海川建设", ["enterprise"])[0].subject == register["a"]
    assert {e.subject for e in Event.objects.filter(type="facts.changed")} >= {
        f"enterprise:{register['a']}",
        f"enterprise:{register['c']}",
    }
    leaf = Leaf.objects.filter(action="registry.subject.merge").latest("pk")
    assert "同一营业执照" in leaf.content


def test_known_before_the_merge_there_were_two(register) -> None:
    before = set(Enterprise.objects.known(AT).values_list("enterprise", "name"))
    number = merge(register["a"], register["c"], LATER)
    between = LATER + dt.timedelta(days=1)
    undo(number, LATER + dt.timedelta(days=2))
    assert set(Enterprise.objects.known(AT).values_list("enterprise", "name")) == before
    assert register["c"] not in Enterprise.objects.known(between).values_list("enterprise", flat=True)
    assert set(Enterprise.objects.known().values_list("enterprise", "name")) == before


PAIRS = [(s, g) for group in ("abcd", "pqr") for s in group for g in group if s != g]
STEPS = st.lists(st.one_of(st.sampled_from(PAIRS), st.integers(0, 5)), min_size=1, max_size=8)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_ends_in_the_merges_that_were_not_undone(register, steps) -> None:
    with transaction.atomic():
        start = state()
        standing: list[tuple[int, int, int]] = []
        for step in steps:
            if isinstance(step, int):
                if standing:
                    number, *_ = standing.pop(step % len(standing))
                    undo(number)
                continue
            survivor, gone = register[step[0]], register[step[1]]
            if survivor_of(survivor) == survivor and survivor_of(gone) == gone:
                standing.append((merge(survivor, gone), survivor, gone))
        end = state()
        for number, *_ in reversed(standing):
            undo(number)
        assert state() == start, "undoing all brings everything back"
        assert not MemberRow.objects.exists()
        for _, survivor, gone in sorted(standing):
            merge(survivor, gone)
        assert state() == end, "only the merges in force count"
        transaction.set_rollback(True)


def test_what_arrived_since_stays_with_the_survivor_and_the_rest_comes_back(register) -> None:
    number = merge(register["a"], register["c"])
    record(
        ("enterprise", {"enterprise": CODES[0], "name": "青岛海川建设集团有限公司", "region": "370202"}),
        ("safety_permit", {"permit_no": "S1", "enterprise": "name:海川建设@370000", "status": "暂扣"}),
        ("finance", {"enterprise": "name:海川建设@370000", "as_of": dt.date(2025, 3, 31), "net_assets": 7}),
        at=LATER,
    )
    undo(number, LATER + dt.timedelta(days=1))
    own = Enterprise.objects.known().filter(enterprise=register["a"]).order_by("fact_from")
    assert [row.name for row in own] == ["青岛海川建设有限公司", "青岛海川建设集团有限公司"]
    assert {row.legal_representative for row in own} == {None}, "what the other had told goes back with it"
    assert Enterprise.objects.known().get(enterprise=register["c"]).legal_representative == "王一"
    permit = MODELS["safety_permit"].objects.known()
    assert {row.enterprise for row in permit} == {register["c"]}, "a known key stays with whoever had it"
    assert "暂扣" in {row.status for row in permit}
    fresh = MODELS["finance"].objects.known().get(as_of=dt.date(2025, 3, 31))
    assert fresh.enterprise == register["a"], "a new key is the survivor's"


@pytest.mark.parametrize(
    ("pair", "code"),
    [(("a", "p"), "identity.kinds"), (("a", "a"), "identity.no_pair"), (("a", "b"), "identity.two_codes")],
)
def test_what_is_no_pair_is_refused(register, pair, code) -> None:
    with pytest.raises(ZhulianError) as refused:
        subjects_merge(survivor=register[pair[0]], gone=register[pair[1]], reason="x", actor=ACTOR, at=AT)
    assert refused.value.code == code


def test_a_merge_needs_a_reason_and_two_who_are_not_merged(register) -> None:
    with pytest.raises(ZhulianError, match="理由"):
        subjects_merge(survivor=register["a"], gone=register["c"], reason="  ", actor=ACTOR, at=AT)
    number = merge(register["a"], register["c"])
    for survivor, gone in (("c", "d"), ("d", "c")):
        with pytest.raises(ZhulianError) as refused:
            merge(register[survivor], register[gone])
        assert refused.value.code == "identity.merged_already"
    undo(number)
    with pytest.raises(ZhulianError) as refused:
        undo(number)
    assert refused.value.code == "identity.not_merged"
    assert Subject.objects.filter(pk=register["c"]).exists()
