"""State machines as tables: (state, action, facts) → Moved | Refused, with the reasons of a refusal.

A crash here means a table that contradicts itself: machines are checked when they are made, at import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

register(
    ErrorKind("lifecycle.action", "「{thing}」现在是「{state}」，不能{action}", "此时可以：{possible}"),
    ErrorKind("lifecycle.needs", "还不能{action}：{missing}", "满足上述条件后再办理"),
)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: `action` leads from `source` to `target` when every fact of `needs` is true."""

    action: str
    source: str
    target: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """A life as a table. `states`, `actions` and `facts` give the Chinese words; `final` states have no way out.

    `facts` says of each need what is missing when it is false.
    """

    thing: str
    states: Mapping[str, str]
    actions: Mapping[str, str]
    facts: Mapping[str, str]
    final: frozenset[str]
    transitions: tuple[Transition, ...]
    first: str = field(default="")

    def __post_init__(self) -> None:
        """Refuse a table that names what it does not have, leaves a final state or has a dead end.

        Raises:
            ValueError: a defect of ours, seen at import.
        """
        wrong = [
            t
            for t in self.transitions
            if not {t.source, t.target} <= self.states.keys()
            or t.action not in self.actions
            or not set(t.needs) <= self.facts.keys()
            or t.source in self.final
        ]
        stuck = [s for s in self.states if s not in self.final and not self._reaches_end(s)]
        if wrong or stuck or self.first not in self.states:
            message = f"{self.thing}: {wrong or stuck or self.first}"
            raise ValueError(message)

    def _reaches_end(self, state: str) -> bool:
        seen, frontier = {state}, [state]
        while frontier:
            here = frontier.pop()
            if here in self.final:
                return True
            following = {t.target for t in self.transitions if t.source == here} - seen
            seen |= following
            frontier += following
        return False


@dataclass(frozen=True, slots=True)
class Moved:
    """The action is allowed: the state that follows."""

    state: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The action is not allowed: the error that says why and what is possible instead."""

    error: ZhulianError


def move(machine: Machine, state: str, action: str, facts: Mapping[str, bool]) -> Moved | Refused:
    """What an action does in a state. Of several rows the first whose needs hold counts.

    Raises:
        KeyError: a need that the caller did not answer, which is a defect of ours.
    """
    rows = [t for t in machine.transitions if t.source == state and t.action == action]
    if not rows:
        possible = "、".join(machine.actions[a] for a in actions(machine, state)) or "无（已办结）"
        return Refused(
            ZhulianError(
                "lifecycle.action",
                thing=machine.thing,
                state=machine.states[state],
                action=machine.actions[action],
                possible=possible,
            )
        )
    for row in rows:
        if all(facts[need] for need in row.needs):
            return Moved(row.target)
    missing = "；".join(machine.facts[need] for need in rows[0].needs if not facts[need])
    return Refused(ZhulianError("lifecycle.needs", action=machine.actions[action], missing=missing))


def moved(machine: Machine, state: str, action: str, facts: Mapping[str, bool]) -> str:
    """The state that follows.

    Raises:
        ZhulianError: `lifecycle.action`, `lifecycle.needs`.
    """
    result = move(machine, state, action, facts)
    if isinstance(result, Refused):
        raise result.error
    return result.state


def actions(machine: Machine, state: str) -> tuple[str, ...]:
    """The actions that a state knows, in the table's order, each once."""
    return tuple(dict.fromkeys(t.action for t in machine.transitions if t.source == state))
