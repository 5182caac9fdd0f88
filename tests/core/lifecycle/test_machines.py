"""State machines: what the tables must never allow, whatever the facts and the order of actions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import MACHINES, PROPOSAL, RECTIFICATION, Machine, Moved, Refused, Transition, actions, move
from zhulian.core.lifecycle.machine import moved

ANY = st.sampled_from(MACHINES)


def facts_of(machine: Machine, *, false: frozenset[str] = frozenset()) -> dict[str, bool]:
    return {name: name not in false for name in machine.facts}


@given(ANY, st.data())
def test_a_walk_never_leaves_the_table(machine: Machine, data: st.DataObject) -> None:
    state = machine.first
    for _ in range(12):
        action = data.draw(st.sampled_from(sorted(machine.actions)))
        facts = {name: data.draw(st.booleans()) for name in machine.facts}
        result = move(machine, state, action, facts)
        if isinstance(result, Refused):
            assert result.error.text
            assert "…" not in str(result.error)
        else:
            row = next(
                t
                for t in machine.transitions
                if (t.source, t.action, t.target) == (state, action, result.state) and all(facts[n] for n in t.needs)
            )
            assert row
            state = result.state
        assert (state in machine.final) == (not actions(machine, state))


@given(ANY, st.data())
def test_fewer_facts_never_allow_more(machine: Machine, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(machine.transitions))
    missing = frozenset(data.draw(st.sets(st.sampled_from(sorted(machine.facts)))))
    if isinstance(move(machine, row.source, row.action, facts_of(machine, false=missing)), Moved):
        assert isinstance(move(machine, row.source, row.action, facts_of(machine)), Moved)


@pytest.mark.parametrize("missing", ["other_than_handler", "other_than_reviewer"])
def test_no_proposal_is_signed_by_one_person_alone(missing: str) -> None:
    """Search every path: without a second and a third person nothing reaches the signature."""
    facts = facts_of(PROPOSAL, false=frozenset({missing}))
    seen, frontier = {PROPOSAL.first}, [PROPOSAL.first]
    while frontier:
        state = frontier.pop()
        for action in actions(PROPOSAL, state):
            result = move(PROPOSAL, state, action, facts)
            if isinstance(result, Moved) and result.state not in seen:
                seen.add(result.state)
                frontier.append(result.state)
    assert "signed" not in seen


def test_notice_and_defence_come_before_the_signature() -> None:
    facts = facts_of(PROPOSAL, false=frozenset({"no_notice_needed", "defence_over"}))
    assert isinstance(move(PROPOSAL, "taken", "submit", facts), Refused)
    assert isinstance(move(PROPOSAL, "noticed", "submit", facts), Refused)


def test_a_refusal_says_what_is_missing_and_what_is_possible() -> None:
    with pytest.raises(ZhulianError, match="整改期限未满"):
        moved(RECTIFICATION, "ordered", "lapse", facts_of(RECTIFICATION, false=frozenset({"term_over"})))
    with pytest.raises(ZhulianError, match="报送整改材料"):
        moved(RECTIFICATION, "ordered", "confirm", facts_of(RECTIFICATION))


@pytest.mark.parametrize(
    "transitions",
    [
        (Transition("go", "a", "c"),),
        (Transition("run", "a", "b"),),
        (Transition("go", "a", "b", ("x",)),),
        (Transition("go", "b", "a"), Transition("go", "a", "b")),
        (Transition("go", "a", "a"),),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(transitions: tuple[Transition, ...]) -> None:
    with pytest.raises(ValueError, match="试验"):
        Machine("试验", {"a": "甲", "b": "乙"}, {"go": "走"}, {}, frozenset({"b"}), transitions, "a")
