"""Where a person's facts stand in the layer: every feature of a rulebook is two bits of an int64 word.

"Surely" and "possibly" has a row that passes, side by side; so one BIT_OR per word says all that a rulebook asks of a
person, for however many rules. The lowest bits of word 0 hold what the counting rules ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from zhulian.core.rules.features import Features, features_of
from zhulian.core.rules.model import Filter, GradeRule

# Of a row, and of all rows about a person.
INSURED: Final = 1
AGE_OK: Final = 2
AGE_NULL: Final = 4
AGE_OVER: Final = 8
REGISTERED: Final = 16
MAY_BE_REGISTERED: Final = 32
# Of a person with an enterprise, once judged; INSURED stays.
AGE_UNKNOWN: Final = 2
ELSEWHERE_UNKNOWN: Final = 4

_FIRST: Final = 6
_WIDTH: Final = 62
"""Bits used of a word: with the sign left alone, every engine reads the masks as whole numbers."""


@dataclass(frozen=True, slots=True)
class Place:
    """A feature's word and bits. `table` "officer": a post with its years, else the rows that pass `where`."""

    table: str
    word: int
    sure: int
    may: int
    where: tuple[Filter, ...] = ()
    post: str = ""
    years: int | None = None


class Bits:
    """Places of all features of some rules, each once."""

    def __init__(self, rules: Iterable[GradeRule]) -> None:
        features = [features_of(rule) for rule in rules]
        self._next = _FIRST
        rows = {(f.table, f.where) for each in features for f in each.all}
        posts = {(p.post, p.years) for each in features for p in each.posts}
        # By table, so that the rows of a table touch few words.
        self._rows = {key: self._place(key[0], where=key[1]) for key in sorted(rows)}
        self._posts = {
            key: self._place("officer", post=key[0], years=key[1])
            for key in sorted(posts, key=lambda k: (k[0], -1 if k[1] is None else k[1]))
        }
        self.words = -(-self._next // _WIDTH)

    def _place(self, table: str, *, where: tuple[Filter, ...] = (), post: str = "", years: int | None = None) -> Place:
        word, bit = divmod(self._next, _WIDTH)
        self._next += 2
        return Place(table, word, 1 << bit, 2 << bit, where, post, years)

    def of(self, table: str) -> list[Place]:
        """Places of a table's features."""
        return [p for p in (*self._rows.values(), *self._posts.values()) if p.table == table]

    def row(self, table: str, where: tuple[Filter, ...]) -> Place:
        """The place of a feature."""
        return self._rows[table, where]

    def post(self, post: str, years: int | None) -> Place:
        """The place of a post."""
        return self._posts[post, years]

    def feature(self, features: Features, bit: int) -> Place:
        """The place of a bit of one rule's own features."""
        feature = features.all[bit]
        return self._rows[feature.table, feature.where]

    def mask(self, word: int, *, table: str = "", kind: str = "may") -> int:
        """All sure or may bits of a word, of one table or of all."""
        places = (*self._rows.values(), *self._posts.values())
        return sum(p.may if kind == "may" else p.sure for p in places if p.word == word and table in ("", p.table))
