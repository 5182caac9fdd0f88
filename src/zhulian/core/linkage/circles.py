"""Do rules feed each other in a circle? Every chain of the loop must end (loop.md, invariant 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zhulian.core.linkage.model import (
    FlagEffect,
    LinkageVersion,
    ObligationEffect,
    ProposalEffect,
    RuleEffect,
)


def circles(versions: Sequence[LinkageVersion]) -> list[str]:
    """The event types of one circle that no rule guards, first repeated at the end; empty when every chain ends.

    `once_while_open` guards what a person has to end: proposals and obligations. A flag may be ended by the very events
    of the circle, so it guards none.
    """
    edges: dict[str, set[str]] = {}
    for version in versions:
        open_ended = [e for e in version.effects if isinstance(e, FlagEffect) or not version.once_while_open]
        told = {name for effect in open_ended for name in tells(effect)}
        edges.setdefault(version.when.name, set()).update(told)
    finished: set[str] = set()
    for start in sorted(edges):
        found = _walk(edges, start, finished)
        if found:
            return found
    return []


def tells(effect: RuleEffect) -> Iterator[str]:
    """Event types that an effect may bring about, at once or when people have acted on it."""
    if isinstance(effect, FlagEffect):
        yield from ("qualification.flagged", "qualification.unflagged")
    elif isinstance(effect, ObligationEffect):
        yield from ("obligation.overdue", "obligation.done")
    elif isinstance(effect, ProposalEffect):
        yield from ("decision.made", "decision.annulled", "service.done")
        yield from (name for name in (effect.act.told, effect.act.ended) if name)
        if effect.act.id == "rectify":
            yield from ("rectification.overdue", "rectification.closed")


def _walk(edges: dict[str, set[str]], start: str, finished: set[str]) -> list[str]:
    """Depth first without recursion: rule sets are data and may be long."""
    path: list[str] = []
    stack: list[tuple[str, Iterator[str]]] = []

    def enter(name: str) -> None:
        path.append(name)
        stack.append((name, iter(sorted(edges.get(name, ())))))

    if start not in finished:
        enter(start)
    while stack:
        name, following = stack[-1]
        step = next(following, None)
        if step is None:
            finished.add(name)
            stack.pop()
            path.pop()
        elif step in path:
            return [*path[path.index(step) :], step]
        elif step not in finished:
            enter(step)
    return []
