"""The people of an enterprise, certificate by certificate."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Final

from zhulian.city.book import Book, Row
from zhulian.city.days import between
from zhulian.city.needs import Need, needs
from zhulian.city.numbers import registration_no
from zhulian.city.people import People, Spell
from zhulian.city.plan import Firm, Flaw, Window
from zhulian.core.kernel.dates import add_years

POSTS: Final = ("施工员", "质量员", "安全员", "机械员", "造价员", "劳务员", "资料员", "材料员")
CREW: Final = ("技术负责人", "专职安全员", "施工员", "质量员")
"""Key posts of a site beside its leader."""
_SKILLS: Final = ("中级工", "中级工", "中级工", "高级工", "技师")
_REGISTERED_YEARS: Final = 3
_CODES_OF_A_LEAD: Final = 3
"""For how many codes one technical lead answers."""
_DAY: Final = dt.timedelta(days=1)


@dataclass(slots=True)
class Staffing:
    """Writes the staff of one enterprise after another. `elsewhere` are enterprises that no rulebook judges."""

    book: Book
    people: People
    window: Window
    elsewhere: list[Firm]
    serial: int = 0
    constructors: dict[str, list[Spell]] = field(default_factory=dict)
    crews: dict[str, dict[str, list[Spell]]] = field(default_factory=dict)
    """Who may fill a post on a site, by enterprise that builds and by post."""
    lost: dict[str, list[Spell]] = field(default_factory=dict)
    """Constructors whose leaving is a story, and who came instead, by enterprise."""
    moved: set[str] = field(default_factory=set)
    """Leavers who went to another enterprise."""

    def staff(self, firm: Firm, rng: random.Random) -> None:
        """Everybody who works there, and who seems to."""
        self.constructors[firm.uscc] = []
        if firm.general:
            self.crews[firm.uscc] = {post: [] for post in CREW}
        self._officers(firm, rng)
        self._constructors(firm, rng)
        for specialty in firm.titles:
            self._title_seat(firm, specialty, rng)
        trades = firm.need.trades if firm.need else ("木工", "焊工", "电工")
        for index in range(firm.skilled):
            for spell in self._seat(firm, rng, ages=(25, 57)):
                self._skill(firm, spell, trades[index % len(trades)], rng)
        for _ in range(firm.titled_and_skilled):
            self._both(firm, needs()[firm.main], rng)
        for index in range(firm.site):
            for spell in self._seat(firm, rng):
                post = POSTS[index % len(POSTS)]
                self._post(firm, spell, post, rng)
                self._crew(firm, post, spell)
        for _ in range(firm.others):
            for spell in self._seat(firm, rng, ages=(25, 63)):
                self._safety(firm, spell, rng.choice(("C1", "C2", "C3")))
                self._crew(firm, "专职安全员", spell)

    def _crew(self, firm: Firm, post: str, spell: Spell) -> None:
        if firm.general and post in CREW:
            self.crews[firm.uscc][post].append(spell)

    def _next(self) -> int:
        self.serial += 1
        return self.serial

    def _seat(
        self, firm: Firm, rng: random.Random, ages: tuple[int, int] = (26, 57), turnover: float | None = None
    ) -> list[Spell]:
        spells = list(self.people.seat(rng, firm.founded, firm.turnover if turnover is None else turnover, ages))
        for spell in spells:
            if firm.insurance_told:
                self.people.insure(spell, firm.uscc)
            if spell.until is not None and rng.random() < 0.4:
                self._moves_on(spell, rng)
        return spells

    def _moves_on(self, spell: Spell, rng: random.Random) -> None:
        """A leaver joins an enterprise that the town does not judge; one in five is not insured there."""
        assert spell.until is not None  # noqa: S101 - only leavers move on
        since = spell.until + dt.timedelta(days=rng.randint(3, 45))
        if since >= self.window.until:
            return
        firm = rng.choice(self.elsewhere)
        moved = Spell(spell.person, since, None)
        self.moved.add(spell.person)
        self._post(firm, moved, rng.choice(POSTS), rng)
        if rng.random() >= 0.2:
            self.people.insure(moved, firm.uscc)

    # -- officers --------------------------------------------------------------------------------------------------

    def _officers(self, firm: Firm, rng: random.Random) -> None:
        for spell in self._seat(firm, rng, ages=(35, 57), turnover=0.06):
            self.book.add(
                "officer",
                spell.since,
                spell.until,
                enterprise=firm.uscc,
                post="法定代表人",
                person=spell.person,
                years_in_management=None,
            )
            self._safety(firm, spell, "A")
        if firm.main[-1] == "T":
            self._manager(firm, rng)
        for first in range(0, len(firm.codes), _CODES_OF_A_LEAD):
            self._lead(firm, firm.codes[first : first + _CODES_OF_A_LEAD], rng)

    def _manager(self, firm: Firm, rng: random.Random) -> None:
        """The manager of an enterprise of the special grade: ten years and more."""
        for spell in self._seat(firm, rng, ages=(40, 57), turnover=0.0):
            years = 10 + rng.randint(1, 12)
            values: Row = {
                "enterprise": firm.uscc,
                "post": "总经理",
                "person": spell.person,
                "years_in_management": years,
            }
            self.book.add("officer", spell.since, spell.until, **values)

    def _lead(self, firm: Firm, codes: list[str], rng: random.Random) -> None:
        """A technical lead for some codes. Lawful wherever the standard is known: a senior title in each specialty."""
        asked = [need for code in codes if (need := needs().get(code)) is not None]
        # He may have worked elsewhere before: the years are his, not the firm's, and do not change within the window.
        needed = max((need.lead_years or 0 for need in asked), default=5)
        years = firm.lead_years or needed + rng.randint(1, 12)
        for spell in self._seat(firm, rng, ages=(36, 57), turnover=0.0):
            self.book.add(
                "officer",
                spell.since,
                spell.until,
                enterprise=firm.uscc,
                post="技术负责人",
                person=spell.person,
                years_in_management=years,
            )
            if firm.lead_by == "registration":
                self._register(firm, spell, asked[0].specialties[0], 2, rng)
                continue
            senior = rng.choice(("副高级", "副高级", "正高级"))
            if firm.main[-1] == "T":
                self._register(firm, spell, asked[0].specialties[0], 1, rng)
            for specialty in dict.fromkeys(need.lead_specialty for need in asked) or ("建筑施工",):
                self._title(spell.person, specialty, senior, rng)

    # -- constructors ----------------------------------------------------------------------------------------------

    def _constructors(self, firm: Firm, rng: random.Random) -> None:
        if firm.constructors == 0 and not firm.flawed:
            return
        asked = firm.staffed or ([firm.need] if firm.need else [])
        specialties = list(dict.fromkeys(s for need in asked for s in need.specialties)) or ["建筑工程"]
        grade = 1 if firm.first_class else 2
        for _ in range(firm.constructors):
            for spell in self._seat(firm, rng, ages=(27, 57)):
                for specialty in specialties:
                    self._register(firm, spell, specialty, 1 if rng.random() < 0.15 else grade, rng)
                self.constructors[firm.uscc].append(spell)
                self._safety(firm, spell, "B")
        for flaw in firm.flawed:
            self._flawed(firm, flaw, specialties[0], rng)

    def _flawed(self, firm: Firm, flaw: Flaw, specialty: str, rng: random.Random) -> None:
        window = self.window
        since = between(rng, max(firm.founded, add_years(window.start, -2)), window.start)
        leaves = between(rng, add_years(window.until, -1), window.until - 60 * _DAY) if flaw == "left" else None
        if flaw == "late":
            since = between(rng, window.until - 150 * _DAY, window.until - 60 * _DAY)
        if flaw == "replaced":
            leaves = between(rng, window.until - 300 * _DAY, window.until - 240 * _DAY)
        ages = (61, 64) if flaw == "over_age" else (30, 55)
        spell = Spell(self.people.person(rng, ages, birth_told=flaw != "age_untold"), since, leaves)
        self.people.insure(spell, rng.choice(self.elsewhere).uscc if flaw == "insured_elsewhere" else firm.uscc)
        self._register(firm, spell, specialty, 2, rng, lapses=flaw == "expired")
        if flaw in {"left", "replaced", "late"}:
            self.lost.setdefault(firm.uscc, []).append(spell)
        if flaw == "replaced":
            self._flawed(firm, "late", specialty, rng)
        if flaw == "two_rows":
            self._register(firm, spell, "市政公用工程" if specialty == "机电工程" else "机电工程", 2, rng)
        if flaw == "two_firms":
            self._register(rng.choice(self.elsewhere), spell, specialty, 2, rng)

    def _register(
        self, firm: Firm, spell: Spell, specialty: str, grade: int, rng: random.Random, *, lapses: bool = False
    ) -> None:
        """Registration with its renewals every three years; one that lapses ran out before the window's end."""
        number = registration_no(firm.region, grade, spell.since.year, self._next())
        end = spell.until
        since = spell.since
        last = between(rng, self.window.until - 200 * _DAY, self.window.until - 30 * _DAY) if lapses else None
        while True:
            renewal = last + _DAY if last else add_years(since, _REGISTERED_YEARS)
            over = last is not None or renewal > self.window.until or (end is not None and renewal >= end)
            row: Row = {
                "registration_no": number,
                "person": spell.person,
                "enterprise": firm.uscc,
                "kind": "一级注册建造师" if grade == 1 else "二级注册建造师",
                "specialty": specialty,
                "valid_until": renewal - _DAY,
            }
            self.book.add("registration", since, end if over else renewal, **row, end_reason=None)
            if over and end is not None:
                reason = "变更注册" if spell.person in self.moved else "注销注册"
                self.book.add("registration", end, None, **row, end_reason=reason)
            if over:
                return
            since = renewal

    # -- certificates ----------------------------------------------------------------------------------------------

    def _title_seat(self, firm: Firm, specialty: str, rng: random.Random) -> None:
        for spell in self._seat(firm, rng, ages=(29, 57)):
            self._title(spell.person, specialty, "副高级" if rng.random() < 0.15 else "中级", rng)
            self._crew(firm, "技术负责人", spell)
            # Titled staff are tied to the firm by what they do there: most hold a post certificate.
            self._post(firm, spell, rng.choice(POSTS), rng)

    def _both(self, firm: Firm, need: Need, rng: random.Random) -> None:
        """Somebody with a title and a skill, needed in two groups at once."""
        for spell in self._seat(firm, rng, ages=(29, 57), turnover=0.0):
            self._title(spell.person, need.titles_in[0], "中级", rng)
            self._skill(firm, spell, need.trades[0], rng)

    def _title(self, person: str, specialty: str, grade: str, rng: random.Random) -> None:
        awarded = between(rng, add_years(self.window.start, -8), add_years(self.window.start, -1))
        self.book.add("title", awarded, None, person=person, specialty=specialty, grade=grade, awarded_on=awarded)

    def _skill(self, firm: Firm, spell: Spell, trade: str, rng: random.Random) -> None:
        self.book.add(
            "skill",
            spell.since,
            spell.until,
            certificate_no=f"S{firm.region[:4]}{self._next():08d}",
            person=spell.person,
            enterprise=firm.uscc,
            trade=trade,
            grade=rng.choice(_SKILLS),
            issued_on=spell.since - dt.timedelta(days=rng.randint(30, 2000)),
        )

    def _post(self, firm: Firm, spell: Spell, post: str, rng: random.Random) -> None:
        self.book.add(
            "post_certificate",
            spell.since,
            spell.until,
            certificate_no=f"{firm.region[:2]}{rng.randint(10, 99)}{self._next():09d}",
            person=spell.person,
            enterprise=firm.uscc,
            post=post,
            issued_on=spell.since - dt.timedelta(days=rng.randint(30, 900)),
            valid_until=None,
        )

    def _safety(self, firm: Firm, spell: Spell, class_: str) -> None:
        values = {"class": class_}
        number = f"鲁建安{class_[0]}({spell.since.year}){firm.region[2:4]}{self._next():06d}"
        self.book.add(
            "safety_certificate",
            spell.since,
            spell.until,
            certificate_no=number,
            person=spell.person,
            enterprise=firm.uscc,
            **values,
            valid_until=add_years(spell.since, 3 if add_years(spell.since, 3) > self.window.until else 6) - _DAY,
        )
