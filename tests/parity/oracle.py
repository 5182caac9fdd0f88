"""The oracle: what a rule means, in plain Python over lists of rows. It shares no code with the plan.

Written from design/rulebooks.md, row by row and person by person; slow and obvious on purpose. Only the values of
the rule model and the calendar functions of the kernel are shared.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from zhulian.core.kernel.dates import age
from zhulian.core.rules import model
from zhulian.core.tables.contract import CONSTRUCTOR_KINDS

TIES = ("registration", "post_certificate", "safety_certificate", "skill", "insurance", "officer")


@dataclass
class World:
    """Rows by table, indexed by enterprise and by person."""

    rows: dict[str, list[dict]]
    by_enterprise: dict = field(default_factory=lambda: defaultdict(list))
    by_person: dict = field(default_factory=lambda: defaultdict(list))
    everyone: list = field(default_factory=list)

    def __post_init__(self):
        for table, rows in self.rows.items():
            for row in rows:
                if table == "coverage" and row["enterprise"] is None:
                    self.everyone.append(row)
                elif row.get("enterprise") is not None:
                    self.by_enterprise[table, row["enterprise"]].append(row)
                person = row.get("lead_person") if table == "work" else row.get("person")
                if person is not None:
                    self.by_person[table, person].append(row)


@dataclass
class Bound:
    """What the oracle says of one clause."""

    verdict: str
    required: int | None
    low: int | None
    high: int | None


class Oracle:
    """One enterprise on one day with the knowledge of one moment."""

    def __init__(self, world: World, enterprise: int, day: dt.date, known: int):
        self.world, self.enterprise, self.day, self.known = world, enterprise, day, known
        self._covered = self._coverage()
        self._people: dict = {}

    # ---- rows -------------------------------------------------------------------------------------------------
    def seen(self, rows):
        return [
            r
            for r in rows
            if r["recorded_at"] <= self.known < r["superseded_at"] and r["fact_from"] <= self.day < r["fact_until"]
        ]

    def own(self, table):
        return self.seen(self.world.by_enterprise[table, self.enterprise])

    def of(self, table, person):
        return self.seen(self.world.by_person[table, person])

    def _coverage(self):
        regions = [r["region"] for r in self.own("enterprise") if r["region"]]
        region = max(regions, default=None)
        homes = {region, region[:4] + "00", region[:2] + "0000"} if region else set()
        told = set()
        for row in self.own("coverage") + self.seen(self.world.everyone):
            if not row["complete"] or row["period_from"] > self.day:
                continue
            if row["period_until"] is not None and row["period_until"] <= self.day:
                continue
            if row["enterprise"] is not None:
                told.add(row["table_name"])
            elif row["division"] in (None, "000000"):
                told |= {row["table_name"], f"all {row['table_name']}"}
            elif row["division"] in homes:
                told.add(row["table_name"])
        return told

    def covered(self, *tables):
        return set(tables) <= self._covered

    # ---- persons ----------------------------------------------------------------------------------------------
    def candidates(self):
        return {row["person"] for table in TIES for row in self.own(table)}

    def person(self, person):
        """(surely, maybe) a person who may be counted at all."""
        if person not in self._people:
            answers = [self._age(person), self._insured(person), self._free(person)]
            self._people[person] = (all(a == "yes" for a in answers), all(a != "no" for a in answers))
        return self._people[person]

    def _age(self, person):
        answers = {
            "unknown" if r["birth_on"] is None else "yes" if age(r["birth_on"], self.day) <= 60 else "no"
            for r in self.of("person", person)
        }
        if len(answers) == 1:
            return answers.pop()
        return "unknown"

    def _insured(self, person):
        def pays(row):
            month = (self.day.year, self.day.month)
            first, last = row["month_from"], row["month_until"]
            return (first.year, first.month) <= month and (last is None or (last.year, last.month) >= month)

        paying = {row["enterprise"] for row in self.of("insurance", person) if pays(row)}
        if self.enterprise in paying:
            return "yes"
        return "no" if paying or self.covered("insurance") else "unknown"

    def _free(self, person):
        others = [r for r in self.of("registration", person) if r["enterprise"] != self.enterprise]
        answers = {self._valid("registration", row) for row in others}
        return "no" if "yes" in answers else "unknown" if "unknown" in answers else "yes"

    def _valid(self, table, row):
        if table == "registration" and row["end_reason"] is not None:
            return "no"
        if table in ("registration", "post_certificate", "safety_certificate"):
            until = row["valid_until"]
            return "unknown" if until is None else "yes" if until >= self.day else "no"
        return "yes"

    def has(self, person, table, where):
        """(surely, maybe) a row of the table that passes."""
        rows = self.of(table, person)
        if table != "title":
            rows = [row for row in rows if row["enterprise"] == self.enterprise]
        sure = maybe = False
        for row in rows:
            answers = [self._valid(table, row)]
            for column, values in where:
                value = row[column]
                answers.append("unknown" if value is None else "yes" if value in values else "no")
            sure |= all(a == "yes" for a in answers)
            maybe |= all(a != "no" for a in answers)
        return sure, maybe

    def counting(self, table, where):
        """Sets of persons: who surely counts, who may."""
        sure, may = set(), set()
        for person in self.candidates():
            surely, maybe = self.person(person)
            has_surely, has_maybe = self.has(person, table, where)
            if surely and has_surely:
                sure.add(person)
            if maybe and has_maybe:
                may.add(person)
        return sure, may

    # ---- clauses ----------------------------------------------------------------------------------------------
    def clause(self, clause):
        return getattr(self, type(clause).__name__.removesuffix("Clause").lower())(clause)

    def measure(self, clause):
        rows = [r for r in self.own("finance") if r["as_of"] <= self.day]
        last = [r[clause.measure] for r in rows if r["as_of"] == max(r["as_of"] for r in rows)]
        if not last or None in last:
            return judged(clause.at_least, None, None)
        return judged(clause.at_least, min(last), max(last))

    def _needed(self, clause):
        return {"title": ("title", "insurance")}.get(clause.table, (clause.table,))

    def people(self, clause):
        sure, may = self.counting(clause.table, clause.where)
        covered = self.covered(*self._needed(clause))
        result = judged(clause.at_least, len(sure), len(may) if covered else None)
        column, values = clause.covering or ("", ())
        verdicts = [result.verdict]
        for value in values:
            sure, may = self.counting(clause.table, (*clause.where, (column, (value,))))
            verdicts.append(judged(1, len(sure), len(may) if covered else None).verdict)
        result.verdict = "short" if "short" in verdicts else "unknown" if "unknown" in verdicts else "met"
        return result

    def officer(self, clause):
        sure = maybe = False
        for row in self.own("officer"):
            if row["post"] != clause.post:
                continue
            years = row["years_in_management"]
            if clause.years == 0:
                enough = "yes"
            elif clause.years is None or years is None:
                enough = "unknown"
            else:
                enough = "yes" if years >= clause.years else "no"
            able_surely, able_maybe = not clause.alternatives, not clause.alternatives
            for alternative in clause.alternatives:
                found = [(self.has(row["person"], c.table, c.where), c.table) for c in alternative]
                able_surely |= all(s for (s, _), _ in found)
                able_maybe |= all(m or not self.covered(table) for (_, m), table in found)
            surely, maybe_person = self.person(row["person"])
            sure |= surely and enough == "yes" and able_surely
            maybe |= maybe_person and enough != "no" and able_maybe
        high = int(maybe) if self.covered("officer") else None
        return judged(None if clause.years is None else 1, int(sure), high)

    def _recent(self, row, years):
        if row["accepted"] is False:
            return "no"
        done = row["completed_on"]
        if done is not None and (
            done > self.day or (years is not None and done < dt.date(self.day.year - years, 1, 1))
        ):
            return "no"
        return "unknown" if row["accepted"] is None or done is None else "yes"

    def works(self, clause):
        verdicts = [self._kind(kind, clause) for kind in clause.kinds]
        low = verdicts.count("met")
        high = low + verdicts.count("unknown") if self.covered("work") else None
        return judged(clause.choose, low, high)

    def _kind(self, kind, clause):
        verdicts = []
        for alternative in kind.alternatives:
            rows = [r for r in self.own("work") if r["indicator"] == alternative.indicator]
            rows = [(r, self._recent(r, clause.lookback_years)) for r in rows]
            rows = [(r, answer) for r, answer in rows if answer != "no"]
            verdicts.append((self._sum if alternative.summed else self._number)(alternative, rows))
        return "met" if "met" in verdicts else "unknown" if "unknown" in verdicts else "short"

    def _number(self, alternative, rows):
        needed = alternative.at_least
        sure, may = set(), set()
        for row, answer in rows:
            value = row["value"]
            if needed is None or value is None or value >= needed:
                may.add(row["work"])
                if answer == "yes" and needed is not None and value is not None:
                    sure.add(row["work"])
        if needed is None:
            return judged(None, None, None).verdict
        return judged(alternative.works, len(sure), len(may) if self.covered("work") else None).verdict

    def _sum(self, alternative, rows):
        sure, may, endless = defaultdict(int), defaultdict(int), False
        for row, answer in rows:
            if row["value"] is None:
                endless = True
                continue
            may[row["work"]] = max(may[row["work"]], row["value"])
            if answer == "yes":
                sure[row["work"]] = max(sure[row["work"]], row["value"])
        high = None if endless or not self.covered("work") else sum(may.values())
        return judged(alternative.total, sum(sure.values()), high).verdict

    def leadworks(self, clause):
        sure, may = set(), set()
        for person in self.candidates():
            surely, maybe = self.person(person)
            lead = any(r["post"] == "技术负责人" for r in self.own("officer") if r["person"] == person)
            has_surely, has_maybe = self.has(person, "registration", (("kind", CONSTRUCTOR_KINDS),))
            if not (maybe and (lead or has_maybe)):
                continue
            for row in self.of("work", person):
                answer = self._recent(row, clause.lookback_years)
                meets = {self._alone(a, row) for kind in clause.kinds for a in kind.alternatives}
                if answer == "no" or not meets - {"no"}:
                    continue
                may.add(row["work"])
                if answer == "yes" and "yes" in meets and surely and (lead or has_surely):
                    sure.add(row["work"])
        told = self.covered("all work", "officer", "registration")
        return judged(clause.at_least, len(sure), len(may) if told else None)

    def _alone(self, alternative, row):
        if row["indicator"] != alternative.indicator:
            return "no"
        needed = alternative.total if alternative.summed else alternative.at_least
        if needed is None or row["value"] is None:
            return "unknown"
        return "yes" if row["value"] >= needed else "no"

    def equipment(self, clause):
        low = high = 0
        endless = not self.covered("equipment")
        for row in self.own("equipment"):
            if row["kind"] not in clause.kinds or row["owned"] is False:
                continue
            if row["count"] is None:
                endless = True
                continue
            high += row["count"]
            low += row["count"] if row["owned"] else 0
        return judged(clause.at_least, low, None if endless else high)

    def permit(self, _clause):
        sure = maybe = False
        for row in self.own("safety_permit"):
            answers = [
                "unknown" if row["status"] is None else "yes" if row["status"] == "有效" else "no",
                "unknown" if row["issued_on"] is None else "yes" if row["issued_on"] <= self.day else "no",
                "unknown" if row["valid_until"] is None else "yes" if row["valid_until"] >= self.day else "no",
            ]
            sure |= all(a == "yes" for a in answers)
            maybe |= all(a != "no" for a in answers)
        return judged(1, int(sure), int(maybe) if self.covered("safety_permit") else None)

    def manual(self, _clause):
        return judged(None, None, None)

    # ---- one person, one group --------------------------------------------------------------------------------
    def together(self, rule):
        """None where fewer than two groups bind."""
        grouped = [c for c in rule.clauses if isinstance(c, model.PeopleClause) and c.group]
        known = [c for c in grouped if c.at_least is not None]
        groups = sorted({c.group for c in known})
        if len(groups) < 2:
            return None
        demands = []
        for clause in known:
            column, values = clause.covering or ("", ())
            demands.append((clause, clause.where, clause.at_least))
            demands += [(clause, (*clause.where, (column, (value,))), 1) for value in values]
        required = sum(max(n for c, _, n in demands if c.group == g) for g in groups)
        sure = self._missing(demands, groups, 0)
        covered = [d for d in demands if self.covered(*self._needed(d[0]))]
        may = self._missing(covered, groups, 1)
        low = None if len(known) < len(grouped) else required - sure
        all_covered = all(self.covered(*self._needed(c)) for c in grouped)
        high = required - may if may or all_covered else None
        return judged(required, low, high)

    def _missing(self, demands, groups, which):
        """Least number of further people, by trying every group for every person (states merged, nothing pruned)."""
        lists = [self.counting(c.table, where)[which] for c, where, _ in demands]
        states = {tuple(n for _, _, n in demands)}
        for person in set().union(*lists):
            following = set()
            for state in states:
                for group in groups:
                    following.add(
                        tuple(
                            max(0, lack - 1) if clause.group == group and person in people else lack
                            for lack, (clause, _, _), people in zip(state, demands, lists, strict=True)
                        )
                    )
            states = following
        return min(
            sum(max((k for k, (c, _, _) in zip(s, demands, strict=True) if c.group == g), default=0) for g in groups)
            for s in states
        )

    def answer(self, rule):
        """Verdict of the whole and a `Bound` per clause, the joint one as `staff-together`."""
        found = {clause.id: self.clause(clause) for clause in rule.clauses}
        if (joint := self.together(rule)) is not None:
            found["staff-together"] = joint
        verdicts = {bound.verdict for bound in found.values()}
        verdict = "short" if "short" in verdicts else "unknown" if "unknown" in verdicts else "met"
        return verdict, found


def judged(required, low, high):
    """Bound with its verdict."""
    if required is None:
        verdict = "unknown"
    elif low is not None and low >= required:
        verdict = "met"
    elif high is not None and high < required:
        verdict = "short"
    else:
        verdict = "unknown"
    return Bound(verdict, required, low, high)
