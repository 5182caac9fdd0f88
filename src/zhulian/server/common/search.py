"""Search by our own token table: the same answers on SQLite and PostgreSQL, two-character queries included.

Tokens are written in the transaction that writes the names (`tokens_set`), so a search is never behind. A name gives
its squashed whole, its two-character grams and its first gram; its pinyin initials likewise with three-letter grams;
a code its whole and its first eight characters. A query that is a whole code is answered by it. Any other asks for all
grams of all its words: the rarest gram drives, the others are looked up by index, and at most `CANDIDATES` subjects
are ranked: exact, prefix, contained, the rest.
The legal form (有限公司…) is in every name and selects nothing: grams inside it are not stored and not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from pypinyin import Style, lazy_pinyin

from zhulian.core.kernel.text import squash
from zhulian.server.common.models import Token

CANDIDATES: Final = 200
_FEW: Final = 100
"""A token of so few subjects drives without looking for a rarer one."""
_CEILINGS: Final = (_FEW, 5_000, 100_000)
"""Rarity is counted up to the first of these that tells tokens apart."""
_LEGAL_FORMS: Final = ("股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "分公司", "公司")
_CODE_HEAD: Final = 8
_LONGEST: Final = 100

NAME, NAME_GRAM, NAME_HEAD = "name", "gram", "head"
ABBR, ABBR_GRAM, ABBR_HEAD = "abbr", "abgram", "abhead"
CODE, CODE_HEAD = "code", "cohead"
_Token = tuple[str, str]
"""Field and token."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What a subject can be found by: names, former ones too, and codes (credit code, certificate numbers)."""

    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A subject found. `rank`: 0 exact, 1 prefix, 2 contained, 3 all grams somewhere; `matched` is what matched."""

    rank: int
    length: int
    subject: int
    kind: str
    matched: str


def tokens_set(kind: str, texts: Mapping[int, Texts]) -> None:
    """Make the tokens of these subjects be exactly those of their texts, in the running transaction."""
    wanted = {(subject, *token) for subject, given in texts.items() for token in tokens_of(given)}
    have: dict[tuple[int, str, str], int] = {}
    for row in Token.objects.filter(kind=kind, subject__in=list(texts)).iterator():
        have[row.subject, row.field, row.token] = row.pk
    gone = [pk for key, pk in have.items() if key not in wanted]
    for start in range(0, len(gone), 1000):
        Token.objects.filter(pk__in=gone[start : start + 1000]).delete()
    fresh = (Token(kind=kind, subject=s, field=f, token=t) for s, f, t in sorted(wanted - have.keys()))
    Token.objects.bulk_create(fresh, batch_size=2000)


def tokens_of(texts: Texts) -> set[tuple[str, str]]:
    """All (field, token) of a subject."""
    out: set[tuple[str, str]] = set()
    for name in texts.names:
        whole = squash(name)[:_LONGEST]
        out |= {(NAME, whole), (NAME_HEAD, whole[:2])} | {(NAME_GRAM, gram) for gram in grams(bare(whole), 2)}
        short = initials(whole)[:_LONGEST]
        out |= {(ABBR, short), (ABBR_HEAD, short[:2])} | {(ABBR_GRAM, gram) for gram in grams(short, 3)}
    for code in texts.codes:
        whole = squash(code)[:_LONGEST]
        out |= {(CODE, whole), (CODE_HEAD, whole[:_CODE_HEAD])}
    return {(field, token) for field, token in out if token}


def grams(text: str, size: int) -> list[str]:
    """All runs of `size` characters, each once, in order; a shorter text is its own gram."""
    if len(text) <= size:
        return [text] if text else []
    return list(dict.fromkeys(text[i : i + size] for i in range(len(text) - size + 1)))


def bare(name: str) -> str:
    """The name without its legal form at the end."""
    for form in _LEGAL_FORMS:
        if name.endswith(form) and len(name) > len(form):
            return name.removesuffix(form)
    return name


def initials(name: str) -> str:
    """Pinyin initials of the name without its legal form: 青岛建设有限公司 → QDJS; other characters stay."""
    return "".join(lazy_pinyin(bare(name), style=Style.FIRST_LETTER)).upper()


def search(query: str, kinds: Sequence[str], limit: int = 20) -> list[Hit]:
    """Subjects of these kinds whose names or codes match, best first; fewer than two characters find nothing.

    Who types a code means it: when it is somebody's whole code, nothing else is looked for.
    """
    words = [squash(word)[:_LONGEST] for word in query.split()]
    joined = squash(query)[:_LONGEST]
    if len(joined) < 2:
        return []
    found: dict[tuple[str, int], Hit] = {}
    for kind in kinds:
        for hit in _coded(kind, joined) or _named(kind, joined, words):
            known = found.get((kind, hit.subject))
            if known is None or hit < known:
                found[kind, hit.subject] = hit
    return sorted(found.values(), key=lambda hit: (hit.rank, hit.length, hit.kind, hit.subject))[:limit]


def _coded(kind: str, joined: str) -> list[Hit]:
    """Who has this code, or else whose codes begin so."""
    exact = _ranked(kind, CODE, _having(kind, [(CODE, joined)]), joined)
    if exact or len(joined) < _CODE_HEAD:
        return exact
    return _ranked(kind, CODE, _beginning(kind, joined), joined)


def _named(kind: str, joined: str, words: Sequence[str]) -> list[Hit]:
    """Who is called so, and whose names or initials have all the grams."""
    latin = joined.isascii()
    names, initials_ = set(_having(kind, [(NAME, joined)])), set[int]()
    if not latin or any(character.isdigit() for character in joined):
        asked = [(NAME_GRAM, gram) for word in words for gram in grams(bare(word), 2)]
        names |= _all_and_first(kind, asked, (NAME_HEAD, joined[:2]))
    if latin:
        tail = [(ABBR_GRAM, gram) for gram in grams(joined, 3)] if len(joined) > 2 else []
        initials_ |= _all_and_first(kind, tail, (ABBR_HEAD, joined[:2]))
    return [*_ranked(kind, NAME, names, joined), *_ranked(kind, ABBR, initials_, joined)]


def _all_and_first(kind: str, asked: Sequence[_Token], head: _Token) -> set[int]:
    """Who has all the tokens; when that is more than are ranked, also those whose text begins with the head."""
    found = set(_having(kind, asked))
    if not asked or len(found) == CANDIDATES:
        found.update(_having(kind, [head, *asked]))
    return found


def _having(kind: str, asked: Sequence[_Token]) -> list[int]:
    """Subjects with all these tokens, lowest ids first, no more than are ranked."""
    tokens = list(dict.fromkeys(asked))
    driver = _rarest(kind, tokens) if len(tokens) > 1 else next(iter(tokens), None)
    if driver is None:
        return []
    # By hand: Django takes longer to write ten nested EXISTS than the database to answer them.
    also = (
        "AND EXISTS (SELECT 1 FROM common_token o WHERE o.kind = %s AND o.field = %s AND o.token = %s"
        " AND o.subject = t.subject)"
    )
    others = [token for token in tokens if token != driver]
    return _subjects(
        "SELECT t.subject FROM common_token t WHERE t.kind = %s AND t.field = %s AND t.token = %s "  # noqa: S608 - fixed texts
        + " ".join([also] * len(others)),
        [kind, *driver, *(part for token in others for part in (kind, *token))],
    )


def _beginning(kind: str, joined: str) -> list[int]:
    """Subjects with a code that begins so."""
    return _subjects(
        "SELECT DISTINCT t.subject FROM common_token t JOIN common_token c"
        " ON c.subject = t.subject AND c.kind = t.kind AND c.field = %s AND SUBSTR(c.token, 1, %s) = %s"
        " WHERE t.kind = %s AND t.field = %s AND t.token = %s",
        [CODE, len(joined), joined, kind, CODE_HEAD, joined[:_CODE_HEAD]],
    )


def _subjects(sql: str, parameters: Sequence[str | int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY t.subject LIMIT {CANDIDATES}", parameters)
        return [subject for (subject,) in cursor.fetchall()]


def _rarest(kind: str, tokens: Sequence[_Token]) -> _Token | None:
    """The token that the fewest subjects have, found by counting no further than needed; None when nobody has one."""
    for ceiling in _CEILINGS:
        counts: dict[_Token, int] = {}
        for token in tokens:
            rows = Token.objects.filter(kind=kind, field=token[0], token=token[1])
            counts[token] = rows[:ceiling].count()
            if not counts[token]:
                return None
            if counts[token] < _FEW:
                return token
        rarest = min(counts, key=lambda token: counts[token])
        if counts[rarest] < ceiling:
            return rarest
    return tokens[0]


def _ranked(kind: str, field: str, subjects: Iterable[int], joined: str) -> list[Hit]:
    chosen = sorted(subjects)
    if not chosen:
        return []
    wholes = Token.objects.filter(kind=kind, subject__in=chosen, field=field).values_list("subject", "token")
    hits = [Hit(_rank(whole, joined), len(whole), subject, kind, whole) for subject, whole in wholes]
    # Grams of a code or of initials that stand apart mean nothing.
    return [hit for hit in hits if field == NAME or hit.rank < 3]


def _rank(whole: str, joined: str) -> int:
    if whole == joined:
        return 0
    if whole.startswith(joined):
        return 1
    return 2 if bare(joined) in whole else 3
