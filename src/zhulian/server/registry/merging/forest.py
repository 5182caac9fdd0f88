"""Which subjects are merged into which: a forest. Pure.

An edge is a merge that nobody has undone: `gone` → `survivor`. A subject has one edge at most, so every cluster is a
tree with the subject that lives on at its root. What a cluster shows depends on its edges alone, never on merges
that were undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Edge:
    """A merge: its number orders merges of one survivor."""

    gone: int
    survivor: int
    number: int


@dataclass(frozen=True)
class Forest:
    """Edges by the subject that is gone."""

    edges: Mapping[int, Edge] = field(default_factory=dict)

    @classmethod
    def of(cls, edges: Iterable[Edge]) -> Forest:
        """The forest of these merges."""
        return cls({edge.gone: edge for edge in edges})

    def joined(self, edge: Edge) -> Forest:
        """With one merge more."""
        return Forest({**self.edges, edge.gone: edge})

    def parted(self, gone: int) -> Forest:
        """Without the merge of a subject; those merged into it stay with it."""
        return Forest({g: edge for g, edge in self.edges.items() if g != gone})

    def root(self, subject: int) -> int:
        """In whom a subject lives on: itself when it is not merged."""
        while (edge := self.edges.get(subject)) is not None:
            subject = edge.survivor
        return subject

    def cluster(self, subject: int) -> tuple[int, ...]:
        """All members of a subject's tree in order of precedence: the root, then each merge with what it brought."""
        children: dict[int, list[Edge]] = {}
        for edge in sorted(self.edges.values(), key=lambda e: e.number):
            children.setdefault(edge.survivor, []).append(edge)
        out: list[int] = []
        waiting = [self.root(subject)]
        while waiting:
            member = waiting.pop()
            out.append(member)
            waiting += [edge.gone for edge in reversed(children.get(member, ()))]
        return tuple(out)
