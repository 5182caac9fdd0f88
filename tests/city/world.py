"""A second reading of a city's rows, made for the tests alone: the events they tell and the facts on a day.

It knows nothing of how the rows were made, nor of the server that will read them.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from zhulian.core.kernel.dates import BEGINNING, FOREVER, add_years
from zhulian.core.linkage import Subject

MARKET = {
    "行政处罚": "market.penalty.effective",
    "违法发承包": "market.contract.illegal",
    "串通投标": "market.bid.rigged",
    "虚假材料": "market.material.false",
    "严重失信": "market.dishonesty.listed",
    "拖欠工资": "market.wages.unpaid",
    "投诉查实": "market.complaint.confirmed",
}
LARGER = 3


@dataclass(frozen=True)
class Told:
    """An event that rows tell."""

    type: str
    on: dt.date
    enterprise: str
    project: str
    key: str
    fields: dict = field(hash=False)


def at(rows, day):
    """Rows that hold on a day."""
    return [r for r in rows if (r["fact_from"] or BEGINNING) <= day < (r["fact_until"] or FOREVER)]


class World:
    """The rows of a book, by what is asked of them."""

    def __init__(self, book, until):
        self.rows, self.until = book.rows, until
        self.sites = defaultdict(set)
        for row in self.rows["participation"]:
            self.sites[row["enterprise"]].add(row["project"])
        self.projects = defaultdict(list)
        for row in self.rows["project"]:
            self.projects[row["project"]].append(row)
        self.led = defaultdict(list)
        for row in self.rows["appointment"]:
            if row["post"] == "项目负责人":
                self.led[row["person"]].append(row)
        self.permits = defaultdict(list)
        for row in self.rows["safety_permit"]:
            self.permits[row["enterprise"]].append(row)

    def status(self, project, day):
        """Of a project on a day; None before it was let."""
        return next((r["status"] for r in at(self.projects[project], day)), None)

    def leading(self, person, day):
        """Running sites that somebody leads."""
        return {r["project"] for r in at(self.led[person], day) if self.status(r["project"], day) == "在建"}

    def accidents(self):
        """Each accident once, however many numbers it has: the last row of the first number."""
        found = {}
        for row in self.rows["accident"]:
            key = (row["enterprise"], row["project"], row["occurred_on"])
            if key not in found or row["accident_no"] == found[key]["accident_no"]:
                found[key] = row
        return list(found.values())

    def told(self):
        """Everything that the rows tell up to the last day."""
        yield from self._accidents()
        yield from self._hazards()
        for row in self.rows["credit_record"]:
            about = (row["enterprise"], row["project"] or "", row["record_no"])
            if row["enterprise"] and row["repaired_on"] is None and row["effective_on"] <= self.until:
                kind = MARKET[row["kind"]] if row["polarity"] == "不良" else "credit.recorded"
                yield Told(kind, row["effective_on"], *about, row)
        for row in self.rows["safety_permit"]:
            about = (row["enterprise"], "", row["permit_no"])
            if row["status"] == "暂扣":
                yield Told("permit.suspended", row["fact_from"], *about, row)
            expired = row["valid_until"] + dt.timedelta(days=1)
            if expired <= self.until and (row["fact_until"] or FOREVER) > expired and row["status"] == "有效":
                yield Told("permit.expired", expired, *about, row)
        for (enterprise, person), (on, reason) in self._leavers().items():
            kind = "person.moved" if "变更" in reason else "person.left"
            yield Told(kind, on, enterprise, "", person, {})
        tenders = {r["tender_no"]: r for r in self.rows["tender"]}
        for row in self.rows["bid"]:
            if row["won"]:
                tender = tenders[row["tender_no"]]
                yield Told(
                    "market.tender.won", tender["opened_on"], row["enterprise"], tender["project"], row["tender_no"], {}
                )

    def _leavers(self):
        return {
            (r["enterprise"], r["person"]): (r["fact_from"], r["end_reason"])
            for r in self.rows["registration"]
            if r["end_reason"]
        }

    def _accidents(self):
        for row in self.accidents():
            about = (row["enterprise"], row["project"], row["accident_no"])
            yield Told("site.accident.reported", row["occurred_on"], *about, row)
            if row["concluded_on"]:
                yield Told("site.accident.concluded", row["concluded_on"], *about, row)

    def _hazards(self):
        last = {r["hazard_no"]: r for r in self.rows["hazard"]}
        for row in last.values():
            about = (row["enterprise"], row["project"], row["hazard_no"])
            overdue = row["due_on"] + dt.timedelta(days=1)
            yield Told("site.hazard.found", row["found_on"], *about, row)
            if overdue <= self.until and (row["closed_on"] or FOREVER) >= overdue:
                yield Told("site.hazard.overdue", overdue, *about, row)
            if row["closed_on"]:
                yield Told("site.hazard.closed", row["closed_on"], *about, row)

    def overlaps(self):
        """(person, pair of projects) → first day, of people who lead two running sites at once."""
        found = {}
        for person, rows in self.led.items():
            for day in sorted({d for r in rows for d in (r["fact_from"], self._starts(r["project"])) if d}):
                sites = sorted(self.leading(person, day)) if day <= self.until else []
                for index, one in enumerate(sites):
                    for other in sites[index + 1 :]:
                        found.setdefault((person, one, other), day)
        return found

    def _starts(self, project):
        return next((r["started_on"] for r in self.projects[project] if r["started_on"]), None)

    def subject(self, told, short):
        """Fields and facts for a rule; `short`: enterprises whose verdict is short on that day."""
        on, who = told.on, told.enterprise
        year = [a for a in self.accidents() if a["enterprise"] == who and add_years(on, -1) < a["occurred_on"] <= on]
        larger = sum(a["deaths"] >= LARGER for a in year)
        permit = [r for r in at(self.permits[who], on) if r["valid_until"] >= on]
        facts = {
            "accident_grade_at_least": "较大事故" if told.fields.get("deaths", 0) >= LARGER else "一般事故",
            "accidents_1_year_larger": larger,
            "accidents_1_year": len(year),
            "safety_permit_status": permit[-1]["status"] if permit else "过期",
            "running_sites": sum(self.status(project, on) == "在建" for project in self.sites[who]),
            "led_sites": len(self.leading(told.key, on)),
            "short_on_arrival": who in short,
            "flagged_codes": int(who in short),
        }
        return Subject(told.fields, facts)
