"""Changes from outside: what is declared passes and comes back the same, everything else is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhulian.core.advice import Assets, Hire, Insure, Leave, Machines, Paper, Permit, Renew, Work, as_plain, from_plain
from zhulian.core.advice.changes import many_from_plain
from zhulian.core.kernel.errors import ZhulianError

DAY = dt.date(2027, 1, 31)
CHANGES = (
    Hire(
        3,
        (
            Paper("registration", (("kind", "一级注册建造师"), ("specialty", "建筑工程"))),
            Paper("title", (("grade", "中级"),)),
        ),
        post="技术负责人",
        years=8,
        led=(("storeys", 25, 2),),
    ),
    Leave(7, DAY),
    Insure(7),
    Renew(7, "registration", DAY),
    Assets(400_000_000_00),
    Machines("塔式起重机", 2),
    Work("storeys", 25, DAY),
    Permit(DAY),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: type(c).__name__)
def test_a_change_comes_back_as_it_went(change):
    assert from_plain(as_plain(change)) == change


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "Hire",
        {"is": "Drop"},
        {"is": "Hire", "count": 10_000},
        {"is": "Hire", "count": -1},
        {"is": "Hire", "count": True},
        {"is": "Hire", "count": 1.5},
        {"is": "Hire", "count": 1, "papers": [{"table": "enterprise", "values": []}]},
        {"is": "Hire", "count": 1, "papers": [{"table": "title", "values": [["grade", "院士"]]}]},
        {"is": "Hire", "count": 1, "papers": [{"table": "title", "values": [["person", "1"]]}]},
        {"is": "Hire", "count": 1, "papers": [{"table": "registration", "values": [["kind", "甲\x00乙"]]}]},
        {"is": "Hire", "count": 1, "post": "皇帝"},
        {"is": "Hire", "count": 1, "led": [["storeys", 10**30, 1]]},
        {"is": "Assets", "fen": 10**30},
        {"is": "Assets", "fen": -1},
        {"is": "Assets", "fen": 1e30},
        {"is": "Assets", "fen": 1, "measure": "as_of; DROP TABLE finance"},
        {"is": "Leave", "person": 1, "on": "昨天"},
        {"is": "Leave", "person": 0, "on": "2027-01-01"},
        {"is": "Renew", "person": 1, "table": "person", "until": "2027-01-01"},
        {"is": "Work", "indicator": "beauty", "value": 1, "completed_on": "2027-01-01"},
        {"is": "Machines", "kind": "塔" * 61, "count": 1},
        {"is": "Permit", "until": "9999-12-31"},
    ],
)
def test_what_is_no_change_is_refused_with_a_cure(data):
    with pytest.raises(ZhulianError) as refused:
        from_plain(data)
    assert refused.value.code == "advice.change"


def test_too_many_changes_are_refused():
    with pytest.raises(ZhulianError) as refused:
        many_from_plain([as_plain(Insure(1))] * 41)
    assert refused.value.code == "advice.too_many"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(
    kind=st.sampled_from([type(c).__name__ for c in CHANGES]),
    fields=st.dictionaries(
        st.sampled_from(
            ["count", "papers", "post", "years", "led", "person", "on", "table", "until", "fen", "measure", "kind"]
        ),
        _JSON,
    ),
)
def test_any_json_is_a_change_or_refused(kind, fields):
    try:
        change = from_plain({**fields, "is": kind})
    except ZhulianError:
        return
    assert from_plain(as_plain(change)) == change
