"""Search by our own token table: the same answers on SQLite and PostgreSQL, two-character queries included.

Tokens are written in the transaction that writes the names (`tokens_set`), so a search is never behind. A name gives
its squashed whole, its two-character grams and its first gram; its pinyin initials likewise with three-letter grams;
a code its whole and its first eight characters. A query asks for all grams of all its words: the rarest gram drives,
the others are looked up by index, and at most `CANDIDATES` subjects are ranked: exact, prefix, contained, the rest.
The legal form (有限公司…) is in every name and selects nothing: grams inside it are not stored and not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef
from pypinyin import Style, lazy_pinyin

from zhulian.core.kernel.text import squash
from zhulian.server.common.models import Token

CANDIDATES: Final = 200
_COUNT: Final = 1000
"""Rarity is counted no further than this."""
_LEGAL_FORMS: Final = ("股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "分公司", "公司")
_CODE_HEAD: Final = 8
_LONGEST: Final = 100

NAME, NAME_GRAM, NAME_HEAD = "name", "gram", "head"
ABBR, ABBR_GRAM, ABBR_HEAD = "abbr", "abgram", "abhead"
CODE, CODE_HEAD = "code", "cohead"
WHOLES: Final = (NAME, ABBR, CODE)


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
    """Subjects of these kinds whose names or codes match, best first; fewer than two characters find nothing."""
    words = [squash(word)[:_LONGEST] for word in query.split()]
    joined = squash(query)[:_LONGEST]
    if len(joined) < 2:
        return []
    found: dict[tuple[str, int], Hit] = {}
    for kind in kinds:
        for field, subjects in _candidates(kind, joined, words):
            for hit in _ranked(kind, field, subjects, joined):
                known = found.get((kind, hit.subject))
                if known is None or hit < known:
                    found[kind, hit.subject] = hit
    return sorted(found.values(), key=lambda hit: (hit.rank, hit.length, hit.kind, hit.subject))[:limit]


def _candidates(kind: str, joined: str, words: Sequence[str]) -> Iterable[tuple[str, list[int]]]:
    """(field of the wholes to rank by, subjects) for each way in which the query may be meant."""
    latin = joined.isascii()
    yield NAME, _having(kind, [(NAME, joined)])
    yield CODE, _having(kind, [(CODE, joined)])
    if len(joined) >= _CODE_HEAD:
        yield CODE, _having(kind, [(CODE_HEAD, joined[:_CODE_HEAD])])
    asked = [(NAME_GRAM, gram) for word in words for gram in grams(bare(word), 2)]
    if not latin or any(character.isdigit() for character in joined):
        yield NAME, _having(kind, [(NAME_HEAD, joined[:2]), *asked])
        yield NAME, _having(kind, asked)
    if latin:
        tail = [(ABBR_GRAM, gram) for gram in grams(joined, 3)] if len(joined) > 2 else []
        yield ABBR, _having(kind, [(ABBR_HEAD, joined[:2]), *tail])
        yield ABBR, _having(kind, tail)


def _having(kind: str, asked: Sequence[tuple[str, str]]) -> list[int]:
    """Subjects with all these tokens, lowest ids first, no more than are ranked."""
    if not asked:
        return []
    tokens = list(dict.fromkeys(asked))
    if len(tokens) > 1:
        tokens.sort(key=lambda token: _count(kind, *token))
    driver, *others = tokens
    rows = Token.objects.filter(kind=kind, field=driver[0], token=driver[1])
    for field, token in others:
        rows = rows.filter(
            Exists(Token.objects.filter(kind=kind, field=field, token=token, subject=OuterRef("subject")))
        )
    return list(rows.order_by("subject").values_list("subject", flat=True)[:CANDIDATES])


def _count(kind: str, field: str, token: str) -> int:
    return Token.objects.filter(kind=kind, field=field, token=token)[:_COUNT].count()


def _ranked(kind: str, field: str, subjects: Sequence[int], joined: str) -> Iterable[Hit]:
    wholes = Token.objects.filter(kind=kind, subject__in=subjects, field=field).values_list("subject", "token")
    for subject, whole in wholes:
        rank = _rank(whole, joined)
        if field == NAME or rank < 3:  # grams of a code or of initials that stand apart mean nothing
            yield Hit(rank, len(whole), subject, kind, whole)


def _rank(whole: str, joined: str) -> int:
    if whole == joined:
        return 0
    if whole.startswith(joined):
        return 1
    return 2 if bare(joined) in whole else 3
