"""Rules as arrays over a whole population, the way openfisca computes them.

Rows of each list are arrays; a person's ties to an enterprise are numbered once, conditions of persons (age, insurance,
one employer) are computed once, and then each rule reduces row flags to ties and ties to enterprises. Every rule is
computed for every enterprise, and given out for its holders. The meaning is that of `core.rules.plan_people`; the exact division is left out.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhulian.core.kernel.dates import born_after
from zhulian.core.rules.counting import age_limit
from zhulian.core.rules.features import Feature, features_of
from zhulian.core.rules.model import GradeRule, MeasureClause, OfficerClause
from zhulian.core.rules.plan import ENDED
from zhulian.core.rules.plan_people import EXPIRING, TIES

Bools: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[np.int64]
_NOTHING: Final = np.iinfo(np.int64).min
_DATES: Final = ("fact_from", "fact_until")


class List:
    """Visible rows of a table as arrays: ids and days as int64, texts as numbers of a word list."""

    def __init__(self, folder: Path, name: str, day: dt.date, known: int, columns: tuple[str, ...]) -> None:
        seen = [
            ("fact_from", "<=", day),
            ("fact_until", ">", day),
            ("recorded_at", "<=", known),
            ("superseded_at", ">", known),
        ]
        table = pq.read_table(folder / f"{name}.parquet", columns=list(columns), filters=seen)
        self.words: dict[str, dict[str, int]] = {}
        self.cells: dict[str, Ints] = {}
        for column in columns:
            cells = table[column].combine_chunks()
            kind = str(cells.type)
            if kind == "string":
                cells = pc.dictionary_encode(cells)
                self.words[column] = {word: n for n, word in enumerate(cells.dictionary.to_pylist())}
                cells = cells.indices
            elif kind.startswith("date"):
                cells = cells.cast("int32")
            self.cells[column] = pc.fill_null(cells.cast("int64"), _NOTHING).to_numpy(zero_copy_only=False)

    def told(self, column: str) -> Bools:
        """Where a cell is not null."""
        return np.asarray(self.cells[column] != _NOTHING)

    def one_of(self, column: str, values: tuple[str, ...]) -> Bools:
        """Where a text is one of these."""
        return np.isin(self.cells[column], [self.words[column][v] for v in values if v in self.words[column]])


_COLUMNS: Final = {
    "registration": ("enterprise", "person", "kind", "specialty", "valid_until", "end_reason"),
    "post_certificate": ("enterprise", "person", "post", "valid_until"),
    "safety_certificate": ("enterprise", "person", "class", "valid_until"),
    "skill": ("enterprise", "person", "trade", "grade"),
    "insurance": ("enterprise", "person", "month_from", "month_until"),
    "officer": ("enterprise", "person", "post", "years_in_management"),
    "title": ("person", "specialty", "grade"),
    "person": ("person", "birth_on"),
    "finance": ("enterprise", "as_of", "net_assets", "total_assets", "liabilities", "revenue"),
    "enterprise": ("enterprise", "region"),
    "qualification": ("enterprise", "code", "status"),
    "coverage": ("enterprise", "table_name", "division", "period_from", "period_until", "complete"),
}


class Population:
    """Everything of a registry on a day that a rule can ask for."""

    def __init__(self, folder: Path, day: dt.date, known: int) -> None:
        self.day = (day - dt.date(1970, 1, 1)).days
        self.lists = {name: List(folder, name, day, known, columns) for name, columns in _COLUMNS.items()}
        self.enterprises = 1 + max(
            int(each.cells["enterprise"].max(initial=0)) for each in self.lists.values() if "enterprise" in each.cells
        )
        self.persons = 1 + max(
            int(each.cells["person"].max(initial=0)) for each in self.lists.values() if "person" in each.cells
        )
        keys = [self.lists[name].cells["enterprise"] * self.persons + self.lists[name].cells["person"] for name in TIES]
        ties, places = np.unique(np.concatenate(keys), return_inverse=True)
        self.employer, self.person = ties // self.persons, ties % self.persons
        ends = np.cumsum([0, *map(len, keys)])
        self.place = {name: places[a:b] for name, a, b in zip(TIES, ends[:-1], ends[1:], strict=True)}
        self.covered = self._covered()
        self.sure, self.may = self._conditions(day)

    def holders(self, code: str) -> Ints:
        """Enterprises that hold a code whose certificate has not ended."""
        rows = self.lists["qualification"]
        return np.unique(rows.cells["enterprise"][rows.one_of("code", (code,)) & ~rows.one_of("status", ENDED)])

    def at_tie(self, name: str, rows: Bools) -> Bools:
        """Whether a tie has such a row in a list; a title goes to every tie of its person."""
        if name == "title":
            held = np.bincount(self.lists[name].cells["person"][rows], minlength=self.persons)
            return np.asarray(held[self.person] > 0)
        return np.asarray(np.bincount(self.place[name][rows], minlength=len(self.person)) > 0)

    def per_enterprise(self, ties: Bools) -> Ints:
        """How many persons of each enterprise."""
        return np.bincount(self.employer[ties], minlength=self.enterprises)

    def bounds(self, rule: GradeRule) -> dict[str, Ints]:
        """Columns as our plan names them, an element per enterprise."""
        features = features_of(rule)
        has: dict[int, tuple[Bools, Bools]] = {}
        for feature in features.all:
            sure_rows, may_rows = self._feature(feature)
            has[feature.bit] = self.at_tie(feature.table, sure_rows), self.at_tie(feature.table, may_rows)
        out: dict[str, Ints] = {}
        for bit in range(features.counted):
            out[f"s{bit}"] = self.per_enterprise(self.sure & has[bit][0])
            out[f"m{bit}"] = self.per_enterprise(self.may & has[bit][1])
        for number, officer in enumerate(features.officers):
            sure, may = self._officer(rule, officer, has)
            out[f"officer_s{number}"] = (self.per_enterprise(sure) > 0).astype(np.int64)
            out[f"officer_m{number}"] = (self.per_enterprise(may) > 0).astype(np.int64)
        for measure in {c.measure for c in rule.clauses if isinstance(c, MeasureClause)}:
            out[f"{measure}_low"], out[f"{measure}_high"] = self._money(measure)
        return out

    def _feature(self, feature: Feature) -> tuple[Bools, Bools]:
        rows = self.lists[feature.table]
        sure, may = self._valid(feature.table)
        for column, values in feature.where:
            passes = rows.one_of(column, values)
            sure = sure & passes
            may = may & (passes | ~rows.told(column))
        return sure, may

    def _valid(self, name: str) -> tuple[Bools, Bools]:
        rows = self.lists[name]
        every = np.ones(len(rows.cells["person"]), bool)
        if name not in EXPIRING:
            return every, every
        sure = rows.cells["valid_until"] >= self.day
        may = sure | ~rows.told("valid_until")
        if name == "registration":
            going = ~rows.told("end_reason")
            return sure & going, may & going
        return sure, may

    def _officer(
        self, rule: GradeRule, officer: OfficerClause, has: dict[int, tuple[Bools, Bools]]
    ) -> tuple[Bools, Bools]:
        rows, features = self.lists["officer"], features_of(rule)
        held = rows.one_of("post", (officer.post,))
        years = rows.cells["years_in_management"]
        enough = years >= (officer.years or 0)
        if officer.years is None:
            sure_rows, may_rows = np.zeros_like(held), held
        elif officer.years == 0:
            sure_rows, may_rows = held, held
        else:
            sure_rows, may_rows = held & enough, held & (enough | (years == _NOTHING))
        sure = self.sure & self.at_tie("officer", sure_rows)
        may = self.may & self.at_tie("officer", may_rows)
        if not officer.alternatives:
            return sure, may
        has_sure, has_may = np.zeros_like(sure), np.zeros_like(may)
        for alternative in officer.alternatives:
            bits = [(features.bit(c.table, c.where), c.table) for c in alternative]
            has_sure |= np.logical_and.reduce([has[bit][0] for bit, _ in bits])
            has_may |= np.logical_and.reduce([has[bit][1] | ~self.covered[table][self.employer] for bit, table in bits])
        return sure & has_sure, may & has_may

    def _money(self, measure: str) -> tuple[Ints, Ints]:
        rows = self.lists["finance"]
        past = rows.cells["as_of"] <= self.day
        firm, when, value = (rows.cells[name][past] for name in ("enterprise", "as_of", measure))
        latest = np.full(self.enterprises, _NOTHING)
        np.maximum.at(latest, firm, when)
        now = (when == latest[firm]) & (value != _NOTHING)
        low, high = np.full(self.enterprises, np.iinfo(np.int64).max), np.full(self.enterprises, _NOTHING)
        np.minimum.at(low, firm[now], value[now])
        np.maximum.at(high, firm[now], value[now])
        return np.where(high == _NOTHING, _NOTHING, low), high

    def _conditions(self, day: dt.date) -> tuple[Bools, Bools]:
        people, limit = self.lists["person"], (born_after(age_limit(day).max_age, day) - dt.date(1970, 1, 1)).days
        born, who = people.cells["birth_on"], people.cells["person"]
        ok, untold, over = (
            np.bincount(who[rows], minlength=self.persons)[self.person] > 0
            for rows in (born > limit, born == _NOTHING, (born <= limit) & (born != _NOTHING))
        )
        month = day.replace(day=1)
        first = (month - dt.date(1970, 1, 1)).days
        last = ((month + dt.timedelta(days=31)).replace(day=1) - dt.date(1970, 1, 1)).days - 1
        pay = self.lists["insurance"].cells
        paying = (pay["month_from"] <= last) & ((pay["month_until"] == _NOTHING) | (pay["month_until"] >= first))
        insured, paid_elsewhere = self.at_tie("insurance", paying), self._elsewhere("insurance", paying)
        told = self.covered["insurance"][self.employer]
        sure_rows, may_rows = self._valid("registration")
        elsewhere_sure, elsewhere_may = (
            self._elsewhere("registration", sure_rows),
            self._elsewhere("registration", may_rows),
        )
        sure = ok & ~untold & ~over & insured & ~elsewhere_may
        may = (ok | untold | ~over) & (insured | (~paid_elsewhere & ~told)) & ~elsewhere_sure
        return sure, may

    def _elsewhere(self, name: str, rows: Bools) -> Bools:
        """Whether a tie's person has such a row with another enterprise."""
        of_person = np.bincount(self.lists[name].cells["person"][rows], minlength=self.persons)
        return np.asarray(of_person[self.person] > np.bincount(self.place[name][rows], minlength=len(self.person)))

    def _covered(self) -> dict[str, Bools]:
        """By table: for which enterprises a feed says that it is complete."""
        rows, firms = self.lists["coverage"], self.lists["enterprise"]
        regions = np.full(self.enterprises, -1)
        told = firms.told("region")
        np.maximum.at(regions, firms.cells["enterprise"][told], _as_numbers(firms, "region")[told])
        now = (rows.cells["complete"] == 1) & (rows.cells["period_from"] <= self.day) & ~rows.told("enterprise")
        now &= ~rows.told("period_until") | (rows.cells["period_until"] > self.day)
        divisions = _as_numbers(rows, "division")
        covered: dict[str, Bools] = {}
        for table in (*TIES, "title"):
            of_table = now & rows.one_of("table_name", (table,))
            everywhere = bool((of_table & (~rows.told("division") | (divisions == 0))).any())
            places = divisions[of_table & rows.told("division")]
            known = (
                np.isin(regions, places)
                | np.isin(regions // 100 * 100, places)
                | np.isin(regions // 10000 * 10000, places)
            )
            covered[table] = np.full(self.enterprises, fill_value=True) if everywhere else known & (regions >= 0)
        return covered


def _as_numbers(rows: List, column: str) -> Ints:
    """Division codes as numbers; -1 where there is none."""
    numbers = np.array([int(word) for word in rows.words[column]] or [0], np.int64)
    cells: Any = rows.cells[column]
    return np.where(cells == _NOTHING, -1, numbers[np.maximum(cells, 0)])
