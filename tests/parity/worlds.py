"""Random rules × random registers: nulls, boundary days, superseded, duplicated and future rows, gaps in coverage."""

from __future__ import annotations

import datetime as dt
from random import Random

from zhulian.core.kernel.dates import BEGINNING, FOREVER, STILL_KNOWN, add_years, micros
from zhulian.core.kernel.reasons import Citation
from zhulian.core.rules import Library
from zhulian.core.rules import model as m

UTC = dt.UTC
DAYS = [dt.date(2023, 3, 1), dt.date(2024, 2, 29), dt.date(2021, 12, 31), dt.date(2022, 1, 1), dt.date(2023, 2, 28)]
MOMENT = dt.datetime(2024, 6, 1, tzinfo=UTC)
KINDS = ["一级注册建造师", "二级注册建造师", "注册监理工程师"]
SPECIALTIES = ["建筑工程", "市政公用工程", "机电工程"]
TITLE_GRADES = ["初级", "中级", "副高级", "正高级"]
SKILLS = ["初级工", "中级工", "高级工"]
POSTS = ["施工员", "质量员", "材料员"]
TRADES = ["钢筋工", "混凝土工"]
INDICATORS = ["storeys", "area_m2", "amount"]
MACHINES = ["塔式起重机", "挖掘机"]
REGIONS = ["370202", "370203", "610102"]
VOCABULARY = {
    "registration": {"kind": KINDS, "specialty": SPECIALTIES},
    "title": {"grade": TITLE_GRADES, "specialty": SPECIALTIES},
    "post_certificate": {"post": POSTS},
    "safety_certificate": {"class": ["A", "B", "C1"]},
    "skill": {"trade": TRADES, "grade": SKILLS},
}
GROUP_OF = {
    "registration": "engineering",
    "title": "engineering",
    "post_certificate": "site",
    "safety_certificate": "site",
    "skill": "skilled",
}
CITE = Citation("测试文件", "第一条")


class Maker:
    """Draws of one seed."""

    def __init__(self, seed: int) -> None:
        self.r = Random(seed)  # noqa: S311 - a draw that can be repeated is what a test needs
        self.tidy = False
        """While drawing a well-kept enterprise: few nulls, staff of its own, everything covered; else nothing would be met."""

    def maybe(self, value, share: float = 0.1):
        """The value, or null."""
        return None if self.r.random() < (share / 10 if self.tidy else share) else value

    def near(self, *, spread: int = 1) -> dt.date:
        """A day on, just before or just after one of the days asked about, or far from all."""
        if self.r.random() < (0.8 if self.tidy else 0.3):
            return dt.date(self.r.randint(2015, 2027), self.r.randint(1, 12), self.r.randint(1, 28))
        return self.r.choice(DAYS) + dt.timedelta(days=self.r.randint(-spread, spread))

    def birth(self) -> dt.date:
        if self.r.random() < 0.05:
            return dt.date(self.r.choice([1960, 1964]), 2, 29)
        if self.r.random() < 0.3:
            years = self.r.choice([60, 61])
            return add_years(self.r.choice(DAYS), -years) + dt.timedelta(days=self.r.randint(-1, 1))
        return dt.date(self.r.randint(1958, 2000), self.r.randint(1, 12), self.r.randint(1, 28))

    def month(self) -> dt.date:
        day = self.r.choice(DAYS)
        return (day.replace(day=1) + dt.timedelta(days=self.r.choice([-40, -1, 0, 0, 31, 40]))).replace(day=1)

    def times(self, row: dict) -> list[dict]:
        """The row with its two times; now and then twice, corrected, in the past or still to come."""
        row |= {"fact_from": BEGINNING, "fact_until": FOREVER, "recorded_at": 0, "superseded_at": STILL_KNOWN}
        dice = self.r.random() * (0.84 if self.tidy else 1)
        if dice < 0.80:
            return [row]
        if dice < 0.84:
            return [row, dict(row)]
        if dice < 0.88:
            return [row | {"superseded_at": micros(MOMENT) + self.r.choice([0, 1])}]
        if dice < 0.92:
            return [row | {"recorded_at": micros(MOMENT) + self.r.choice([0, 1])}]
        if dice < 0.96:
            return [row | {"fact_from": self.near()}]
        return [row | {"fact_until": max(self.near(), BEGINNING + dt.timedelta(days=1))}]

    # ---- registers --------------------------------------------------------------------------------------------
    def register(self, enterprises: int, codes: list[str]) -> dict[str, list[dict]]:
        rows: dict[str, list[dict]] = {}

        def add(table: str, **row: object) -> None:
            rows.setdefault(table, []).extend(self.times(dict(row)))

        everybody = list(range(10, 10 + enterprises * 10))
        for enterprise in range(1, enterprises + 1):
            self.tidy = self.r.random() < 0.5
            own = everybody[enterprise * 10 - 10 : enterprise * 10]
            for person in own:
                self._facts_of(add, person)
            self._enterprise(add, enterprise, codes)
            staff = self.r.sample(own, self.r.randint(5 if self.tidy else 0, 10))
            if not self.tidy:
                staff += self.r.sample(everybody, self.r.randint(0, 3))
            for person in staff:
                self._person(add, enterprise, person)
            for _ in range(self.r.randint(0, 3)):
                add(
                    "officer",
                    enterprise=enterprise,
                    person=self.r.choice(everybody if self.r.random() < 0.1 or not staff else staff),
                    post=self.r.choice(["技术负责人", "技术负责人", "总经理"]),
                    years_in_management=self.maybe(self.r.randint(5, 12), 0.2),
                )
            for number in range(self.r.randint(0, 5)):
                self._work(add, enterprise, number, staff or everybody)
        self.tidy = False
        self._coverage(add, None, None, "work")
        if self.r.random() < 0.5:
            self._coverage(add, None, None)
        for division in ("370200", "610000", "370202", "000000"):
            self._coverage(add, None, division)
        return rows

    def _facts_of(self, add, person: int) -> None:
        if self.tidy or self.r.random() < 0.95:
            young = self.tidy and self.r.random() < 0.9
            birth = dt.date(1985, 5, 5) if young else self.birth()
            add("person", person=person, name="某", birth_on=self.maybe(birth, 0.08))
        for _ in range(self.r.choice([0, 1, 1, 1, 2])):
            specialty = self.maybe(self.r.choice(SPECIALTIES))
            add("title", person=person, specialty=specialty, grade=self.r.choice(TITLE_GRADES))

    def _enterprise(self, add, enterprise: int, codes: list[str]) -> None:
        add("enterprise", enterprise=enterprise, name="某公司", region=self.maybe(self.r.choice(REGIONS), 0.2))
        for code in codes:
            if self.r.random() < 0.8:
                status = self.r.choice(["有效", "有效", "有效", None, "停业整顿", "吊销", "过期"])
                add("qualification", enterprise=enterprise, code=code, status=status)
        for _ in range(self.r.randint(0, 3)):
            money = self.maybe(self.r.randint(1, 9) * 1000, 0.15)
            add("finance", enterprise=enterprise, as_of=self.near(), net_assets=money, revenue=self.maybe(money))
        for _ in range(self.r.randint(0, 2)):
            add(
                "safety_permit",
                enterprise=enterprise,
                permit_no=f"P{enterprise}",
                status=self.maybe(self.r.choice(["有效", "有效", "暂扣"])),
                issued_on=self.maybe(self.near()),
                valid_until=self.maybe(self.near()),
            )
            add(
                "equipment",
                enterprise=enterprise,
                kind=self.r.choice(MACHINES),
                count=self.maybe(self.r.randint(1, 3)),
                owned=self.maybe(self.r.random() < 0.7, 0.2),
            )
        style = self.r.random()
        for table in (*m.STAFF_TABLES, "insurance", "officer", "work", "equipment", "safety_permit"):
            if self.r.random() < (0.97 if self.tidy else 0.9 if style < 0.4 else 0.2):
                self._coverage(add, enterprise, None, table)

    def _coverage(self, add, enterprise, division, table: str | None = None) -> None:
        add(
            "coverage",
            feed="f",
            table_name=table or self.r.choice([*m.STAFF_TABLES, "insurance", "officer", "work"]),
            enterprise=enterprise,
            division=division,
            period_from=dt.date(2015, 1, 1) if self.tidy or self.r.random() < 0.8 else self.near(),
            period_until=None if self.tidy or self.r.random() < 0.7 else self.near(),
            complete=self.tidy or self.r.random() < 0.9,
        )

    def _person(self, add, enterprise: int, person: int) -> None:
        tie = {"enterprise": enterprise, "person": person}
        if self.tidy or self.r.random() < 0.85:
            paid = None if self.tidy else self.maybe(self.month(), 0.5)
            start = self.month() if self.r.random() < (0.05 if self.tidy else 0.3) else dt.date(2018, 5, 1)
            add("insurance", **tie, month_from=start, month_until=max(paid, start) if paid else None)
        for _ in range(self.r.choice([0, 1, 1, 2, 3])):
            add(
                "registration",
                **tie,
                kind=self.r.choice(KINDS),
                specialty=self.maybe(self.r.choice(SPECIALTIES)),
                valid_until=self.maybe(
                    self.near() if self.r.random() < (0.1 if self.tidy else 0.4) else dt.date(2026, 1, 1)
                ),
                end_reason=None if self.r.random() < 0.95 else "注销",
            )
        number = f"{enterprise}-{person}"
        if self.r.random() < 0.5:
            until = self.maybe(self.near() if self.r.random() < 0.3 else dt.date(2026, 1, 1))
            add("post_certificate", **tie, certificate_no=number, post=self.r.choice(POSTS), valid_until=until)
        if self.r.random() < 0.3:
            until = self.maybe(self.near())
            add(
                "safety_certificate",
                **tie,
                certificate_no=number,
                valid_until=until,
                **{"class": self.r.choice(["A", "B", "C1"])},
            )
        if self.r.random() < 0.5:
            trade = self.maybe(self.r.choice(TRADES))
            add("skill", **tie, certificate_no=number, trade=trade, grade=self.r.choice(SKILLS))

    def _work(self, add, enterprise: int, number: int, persons: list[int]) -> None:
        done = self.maybe(self.r.choice([self.near(), dt.date(2021, 6, 1), dt.date(self.r.randint(2016, 2021), 1, 1)]))
        for indicator in self.r.sample(INDICATORS, self.r.randint(1, 3)):
            add(
                "work",
                work=f"W{self.r.choice([enterprise, 1])}-{number}",
                enterprise=enterprise,
                completed_on=done,
                accepted=self.maybe(self.r.random() < 0.8, 0.15),
                lead_person=self.maybe(self.r.choice(persons), 0.2),
                indicator=indicator,
                value=self.maybe(self.r.randint(1, 6) * 10, 0.08),
            )

    # ---- rules ------------------------------------------------------------------------------------------------
    def library(self, codes: list[str]) -> Library:
        source = m.Source("测试文件", "", "excerpt")
        start = dt.date(2010, 1, 1)
        return Library(
            {
                code[:-1]: m.Rulebook(
                    "test",
                    f"科目{code}",
                    code[:-1],
                    (m.Version("1", start, start, source, {code[-1]: self.clauses()}),),
                )
                for code in codes
            }
        )

    def clauses(self) -> tuple[m.AnyClause, ...]:
        makers = [self.measure, self.officer, self.works, self.lead_works, self.equipment, self.permit, self.manual]
        chosen = self.r.sample(makers, self.r.randint(0, 2))
        made = [maker(f"c{n}") for n, maker in enumerate(chosen)]
        made += [self.people(f"p{n}") for n in range(self.r.choice([1, 2, 3, 3, 4]))]
        return tuple(made)

    def figure(self, low: int, high: int) -> int | None:
        return self.maybe(self.r.randint(low, high), 0.06)

    def filters(self, table: str) -> tuple[m.Filter, ...]:
        return tuple(
            (column, tuple(self.r.sample(values, self.r.randint(1, len(values)))))
            for column, values in VOCABULARY[table].items()
            if self.r.random() < 0.6
        )

    def people(self, name: str) -> m.PeopleClause:
        table = self.r.choice(m.STAFF_TABLES)
        covering = None
        if self.r.random() < 0.25:
            column, values = self.r.choice(list(VOCABULARY[table].items()))
            covering = (column, tuple(self.r.sample(values, self.r.randint(1, 2))))
        return m.PeopleClause(
            name,
            name,
            CITE,
            table=table,
            where=self.filters(table),
            at_least=self.figure(1, 3),
            group=self.r.choice([GROUP_OF[table]] * 3 + ["engineering", "skilled", ""]),
            covering=covering,
        )

    def measure(self, name: str) -> m.MeasureClause:
        at_least = self.figure(1, 9)
        return m.MeasureClause(
            name,
            name,
            CITE,
            measure=self.r.choice(["net_assets", "revenue"]),
            at_least=at_least and at_least * 1000,
        )

    def officer(self, name: str) -> m.OfficerClause:
        tables = ["title", "registration"]
        alternatives = tuple(
            tuple(m.Credential(t, self.filters(t)) for t in self.r.sample(tables, self.r.choice([1, 1, 2])))
            for _ in range(self.r.randint(0, 2))
        )
        return m.OfficerClause(name, name, CITE, years=self.r.choice([0, 8, 8, 10, None]), alternatives=alternatives)

    def kinds(self) -> tuple[m.WorkKind, ...]:
        return tuple(m.WorkKind(f"k{n}", f"k{n}", self.alternatives()) for n in range(self.r.randint(1, 4)))

    def alternatives(self) -> tuple[m.WorkAlternative, ...]:
        indicator = self.r.choice(INDICATORS)
        figure = self.figure(2, 5)
        upper = figure and figure * 10
        return self.r.choice(
            [
                (m.WorkAlternative(indicator, at_least=upper),),
                (
                    m.WorkAlternative(indicator, at_least=upper),
                    m.WorkAlternative(indicator, at_least=upper and upper - 10, works=2, below=upper),
                ),
                (m.WorkAlternative(indicator, total=upper and upper * 2, summed=True),),
            ]
        )

    def works(self, name: str) -> m.WorksClause:
        kinds = self.kinds()
        return m.WorksClause(
            name,
            name,
            CITE,
            kinds=kinds,
            choose=self.figure(1, len(kinds)),
            lookback_years=self.r.choice([None, 3, 5]),
        )

    def lead_works(self, name: str) -> m.LeadWorksClause:
        return m.LeadWorksClause(
            name, name, CITE, kinds=self.kinds(), at_least=self.figure(1, 2), lookback_years=self.r.choice([None, 5])
        )

    def equipment(self, name: str) -> m.EquipmentClause:
        return m.EquipmentClause(name, name, CITE, kinds=(self.r.choice(MACHINES),), at_least=self.figure(1, 4))

    def permit(self, name: str) -> m.PermitClause:
        return m.PermitClause(name, name, CITE)

    def manual(self, name: str) -> m.ManualClause:
        return m.ManualClause(name, name, CITE)
