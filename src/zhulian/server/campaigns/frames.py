"""名录: who could be chosen for a campaign, as the register shows it on one day, and the file that keeps it.

The frame of a draw is everybody in scope; of the other methods it is whom they choose. Its file holds only what the
register shows openly, so that a draw can be recomputed by anybody.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from zhulian.core.kernel.codes import division_name
from zhulian.core.kernel.identifiers import is_uscc_shape
from zhulian.core.kernel.text import squash
from zhulian.intake.rejects import escape
from zhulian.server.accounts.models import DivisionClosure
from zhulian.server.assessments.moments import VERIFICATION
from zhulian.server.assessments.selectors import current, held
from zhulian.server.campaigns.drawing import drawn
from zhulian.server.campaigns.models import Campaign
from zhulian.server.registry.models import Enterprise

HEADER: Final = ("统一社会信用代码", "企业名称", "资质代码", "注册地")
_PARTS: Final = re.compile(r"[,，;；\t ]+")
_CODE: Final = re.compile(r"[A-Z]\d{3}[A-Z]?")
ROWS: Final = 5_000
"""Rows of a list that are read."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A qualification of an enterprise that may be chosen, and how it came into the frame."""

    enterprise: int
    code: str
    key: str
    name: str
    division: str
    how: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of a list that cannot be taken, and why."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Candidates in the order of the file, what the file holds, and rows of a list that cannot be taken."""

    as_of: dt.date
    candidates: tuple[Candidate, ...]
    problems: tuple[Problem, ...]
    content: bytes

    @property
    def digest(self) -> str:
        """The frame's hash."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def enterprises(self) -> int:
        """How many enterprises it holds."""
        return len({one.key for one in self.candidates})

    def chosen(self, campaign: Campaign) -> list[Candidate]:
        """Those that the campaign's method chooses, with how."""
        if campaign.method != Campaign.Method.RANDOM:
            return list(self.candidates)
        keys = (one.key for one in self.candidates)
        places = drawn(keys, seed=campaign.seed, frame=self.digest, quantity=campaign.quantity or 0)
        return [
            Candidate(one.enterprise, one.code, one.key, one.name, one.division, f"抽签第 {places[one.key]} 位")
            for one in self.candidates
            if one.key in places
        ]


@dataclass(frozen=True, slots=True)
class _Home:
    enterprise: int
    name: str
    key: str
    division: str


def frame_of(campaign: Campaign, *, as_of: dt.date, listed: str = "") -> Frame:
    """The frame of a campaign's plan as the register shows it on a day; `listed`: the rows of a list."""
    problems: list[Problem] = []
    if campaign.method == Campaign.Method.LISTED:
        found = _listed(campaign, listed, as_of, problems)
    elif campaign.method == Campaign.Method.FLAGGED:
        found = _flagged(campaign, as_of)
    else:
        found = [_candidate(home, code, "范围内") for home, code in _held_in_scope(campaign, as_of)]
    ordered = tuple(sorted(found, key=lambda one: (one.key, one.code)))
    return Frame(as_of, ordered, tuple(problems), frame_file(ordered))


def frame_file(candidates: Sequence[Candidate]) -> bytes:
    """The file: UTF-8 CSV, sorted by key and code, lines ended by a line feed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows((escape(c.key), escape(c.name), escape(c.code), escape(c.division)) for c in candidates)
    return out.getvalue().encode()


def _candidate(home: _Home, code: str, how: str) -> Candidate:
    return Candidate(home.enterprise, code, home.key, home.name, home.division, how)


def _homes(division: str, as_of: dt.date) -> dict[int, _Home]:
    """Enterprises registered in a division or below it on a day."""
    places = DivisionClosure.objects.filter(ancestor=division).values("descendant")
    rows = Enterprise.objects.at(as_of).filter(region__in=places).order_by("row_id")
    out: dict[int, _Home] = {}
    for enterprise, name, uscc, region in rows.values_list("enterprise", "name", "uscc", "region"):
        out.setdefault(enterprise, _Home(enterprise, name, uscc or str(enterprise), region or division))
    return out


def _wanted(campaign: Campaign, code: str) -> bool:
    return not campaign.codes or code.startswith(tuple(campaign.codes))


def _held_in_scope(campaign: Campaign, as_of: dt.date) -> Iterator[tuple[_Home, str]]:
    homes = _homes(campaign.division, as_of)
    for enterprise, code in sorted(set(held(as_of).values_list("enterprise", "code"))):
        if enterprise in homes and _wanted(campaign, code):
            yield homes[enterprise], code


def _flagged(campaign: Campaign, as_of: dt.date) -> list[Candidate]:
    flagged = set(current().filter(purpose=VERIFICATION, flagged=True).values_list("enterprise", "code"))
    found = _held_in_scope(campaign, as_of)
    return [_candidate(home, code, "有日常标识") for home, code in found if (home.enterprise, code) in flagged]


def _listed(campaign: Campaign, text: str, as_of: dt.date, problems: list[Problem]) -> list[Candidate]:
    """What the rows of a list name: a credit code, and a qualification's code where one only is meant."""
    codes: dict[str, list[str]] = {}
    homes: dict[str, _Home] = {}
    for home, code in _held_in_scope(campaign, as_of):
        homes[home.key] = home
        codes.setdefault(home.key, []).append(code)
    rows = list(_rows(text))
    elsewhere = _elsewhere({key for _, _, key, _ in rows} - homes.keys(), as_of)
    taken: dict[tuple[str, str], int] = {}
    out = []
    for line, raw, key, code in rows:
        if why := _refused(campaign, key, code, codes, elsewhere):
            problems.append(Problem(line, raw, why))
            continue
        for one in [code] if code else codes[key]:
            if earlier := taken.get((key, one)):
                problems.append(Problem(line, raw, f"与第 {earlier} 行重复"))
                break
            taken[key, one] = line
            out.append(_candidate(homes[key], one, f"名单第 {line} 行"))
    return out


def _rows(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Number, text, credit code and qualification code, if any, of the rows that say something, as a heading does not."""
    for line, raw in enumerate(text.splitlines()[:ROWS], start=1):
        parts = [part.strip("\"' ") for part in _PARTS.split(raw.strip("\ufeff \t"))]
        if not parts[0] or parts[0] == HEADER[0]:
            continue
        code = next((part.upper() for part in parts[1:] if _CODE.fullmatch(part.upper())), "")
        yield line, raw.strip()[:80], squash(parts[0]).upper(), code


def _elsewhere(keys: Iterable[str], as_of: dt.date) -> dict[str, str]:
    """Where enterprises that hold nothing in scope are registered, by credit code."""
    rows = Enterprise.objects.at(as_of).filter(uscc__in=list(keys)).order_by("row_id")
    return {uscc: region or "" for uscc, region in rows.values_list("uscc", "region") if uscc}


def _refused(campaign: Campaign, key: str, code: str, codes: dict[str, list[str]], elsewhere: dict[str, str]) -> str:
    """Why a row cannot be taken; empty: it can."""
    if key in codes:
        return f"没有在批次范围内的资质 {code}" if code and code not in codes[key] else ""
    if not is_uscc_shape(key):
        return "第一列不是 18 位统一社会信用代码"
    if key not in elsewhere:
        return "登记簿里没有这个统一社会信用代码"
    region = elsewhere[key]
    inside = DivisionClosure.objects.filter(ancestor=campaign.division, descendant=region).exists()
    if not inside:
        return f"注册地{division_name(region) if region else '不明'}，不在批次的行政区划内"
    return "没有在批次范围内的资质"
