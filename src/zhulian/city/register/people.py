"""The people of a register, certificate by certificate, a batch of enterprises at a time.

The first of an enterprise is its legal representative, the second its technical lead; the others are constructors,
titled, skilled and site staff in fixed shares. One in fifty is insured elsewhere, one in thirty nowhere, some are
over age, some registered with two enterprises: what the rules are for is in the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from zhulian.city.register.draws import pick, pick_number
from zhulian.city.register.firms import Firms
from zhulian.city.register.naming import is_male, person_name, province_character
from zhulian.city.register.numbers import as_date, month_start, padded, resident_id
from zhulian.city.register.shape import BUILDERS, ELECTRICAL, SPECIALTY, TITLES, counties, grades_of
from zhulian.city.staff import POSTS

_P: Final = pl.col("p")
_PLACES: Final = tuple(code for codes in counties().values() for code in codes)
_SEQUENCES: Final = 500
_STAGES: Final = 8
"""A birthplace has 500 numbers a day for each sex; people beyond them are born on another of eight days."""
_TRADES: Final = (
    "钢筋工",
    "木工",
    "砌筑工",
    "混凝土工",
    "架子工",
    "电工",
    "焊工",
    "管道工",
    "测量工",
    "起重工",
    "油漆工",
    "防水工",
)
_SKILLS: Final = ("初级工", "中级工", "中级工", "中级工", "高级工", "高级工", "技师")
_OTHER_SPECIALTIES: Final = ("建筑工程", "机电工程", "市政公用工程", "公路工程", "水利水电工程")
_ROLES: Final = ("constructor",) * 6 + ("titled",) * 7 + ("skilled",) * 22 + ("site",) * 5
"""Forty places: 15, 17.5, 55 and 12.5 in a hundred."""


@dataclass(frozen=True, slots=True)
class People:
    """Columns of persons by running number."""

    firms: Firms

    def batch(self, firms: pl.DataFrame) -> pl.DataFrame:
        """Everybody of the enterprises of a batch, which says `people_from` and `people`."""
        d = self.firms.draws
        rows = firms.select(
            "n",
            "enterprise",
            "region",
            "founded",
            "category",
            "grade",
            pl.int_ranges("people_from", pl.col("people_from") + pl.col("people")).alias("p"),
            "people_from",
        ).explode("p", keep_nulls=False, empty_as_null=False)
        place = _P - pl.col("people_from")
        role = (
            pl.when(place == 0)
            .then(pl.lit("legal"))
            .when(place == 1)
            .then(pl.lit("lead"))
            .otherwise(pick(_ROLES, d.below(_P, "role", len(_ROLES))))
        )
        today = self.firms.today
        earliest = pl.max_horizontal("founded", pl.lit(today - 8 * 365, dtype=pl.Int64))
        since = earliest + d.below(_P, "since", 1 << 30) % (today - earliest)
        return rows.select(
            "p",
            "n",
            "enterprise",
            "region",
            "category",
            "grade",
            role.alias("role"),
            since.alias("since"),
            pl.concat_str(pl.lit("RY_ID:"), padded(2_300_000_000_000_000 + _P * 7_919, 18)).alias("person"),
        )

    # -- who and where -----------------------------------------------------------------------------------------------

    def person(self, people: pl.DataFrame) -> pl.DataFrame:
        """Table `person`: a resident ID and a birthday but for one in a hundred."""
        d, prime = self.firms.draws, _prime_above(self.firms.size.persons)
        mixed = d.shuffle(_P, "birthplace", prime)
        nth = mixed // len(_PLACES)
        back = (
            pl.when(d.chance(_P, "over-age", 40))
            .then(66 * 365 - d.below(_P, "age", 5 * 365))
            .otherwise(58 * 365 - d.below(_P, "age", 34 * 365))
        )
        days = self.firms.today - back
        born = as_date(days // _STAGES * _STAGES + nth // _SEQUENCES % _STAGES)
        rows = people.select(
            "person",
            name=person_name(d, _P),
            male=is_male(d, _P),
            told=~d.chance(_P, "age-told", 10),
            birth_on=born,
            place=pick_number(_PLACES, mixed % len(_PLACES)),
            sequence=nth % _SEQUENCES * 2,
        )
        number = resident_id(pl.col("place"), pl.col("birth_on"), pl.col("sequence") + pl.col("male").cast(pl.Int64))
        return rows.select(
            "person",
            "name",
            id_no=pl.when("told").then(number),
            birth_on=pl.when("told").then("birth_on"),
            sex=pl.when("male").then(pl.lit("男")).otherwise(pl.lit("女")),
        )

    def insurance(self, people: pl.DataFrame) -> pl.DataFrame:
        """Table `insurance`: who pays now, and for one in twelve who paid before."""
        d = self.firms.draws
        paid = people.filter(~d.chance(_P, "uninsured", 30))
        here = paid.with_columns(elsewhere=d.chance(_P, "elsewhere", 20))
        now = pl.concat(
            [
                here.filter(~pl.col("elsewhere")).select("person", "enterprise", "since", pl.lit(None).alias("left")),
                self._at_others(here.filter("elsewhere"), "insured").select(
                    "person", "enterprise", "since", pl.lit(None).alias("left")
                ),
            ],
            how="vertical_relaxed",
        )
        before = self._at_others(paid.filter(d.chance(_P, "before", 80)), "before").select(
            "person", "enterprise", pl.col("since") - 900, left=pl.col("since") - 40
        )
        return pl.concat([now, before], how="vertical_relaxed").select(
            "person",
            "enterprise",
            month_from=month_start(as_date(pl.col("since"))),
            month_until=month_start(as_date(pl.col("left"))),
        )

    def officer(self, people: pl.DataFrame) -> pl.DataFrame:
        """Table `officer`: legal representatives, and leads but for one in thirty."""
        d = self.firms.draws
        rows = people.filter((pl.col("role") == "legal") | ((pl.col("role") == "lead") & ~d.chance(_P, "no-lead", 30)))
        lead = pl.col("role") == "lead"
        return rows.select(
            "enterprise",
            "person",
            post=pl.when(lead).then(pl.lit("技术负责人")).otherwise(pl.lit("法定代表人")),
            years_in_management=pl.when(lead & ~d.chance(_P, "years-told", 40)).then(4 + d.below(_P, "years", 16)),
            fact_from=as_date(pl.col("since")),
        )

    # -- certificates ------------------------------------------------------------------------------------------------

    def registration(self, people: pl.DataFrame) -> pl.DataFrame:
        """Table `registration`: constructors, most leads, some bosses; a few with two enterprises, a few run out."""
        d, role = self.firms.draws, pl.col("role")
        own = people.filter(
            (role == "constructor")
            | ((role == "lead") & d.chance(_P, "lead-registered", 700))
            | ((role == "legal") & d.chance(_P, "boss-registered", 500))
        )
        main = pl.col("category").replace_strict(SPECIALTY, default="建筑工程", return_dtype=pl.String)
        other = pick(_OTHER_SPECIALTIES, d.below(_P, "specialty", len(_OTHER_SPECIALTIES)))
        own = own.with_columns(specialty=pl.when(d.chance(_P, "own-trade", 850)).then(main).otherwise(other))
        second = own.filter(d.chance(_P, "second-specialty", 300)).with_columns(specialty=other)
        twice = self._at_others(own.filter(d.chance(_P, "registered-twice", 12)), "registered")
        rows = pl.concat([own, second, twice]).unique(
            subset=["p", "enterprise", "specialty"], keep="first", maintain_order=True
        )
        first_class = d.below(_P, "first-class", 1000) < pl.when(pl.col("grade").is_in(["T", "A"])).then(900).otherwise(
            120
        )
        grade = pl.when(first_class).then(1).otherwise(2)
        ends = (
            self.firms.today
            + d.below(_P, "registered-until", 3 * 365)
            - pl.when(d.chance(_P, "run-out", 25)).then(3 * 365).otherwise(0)
        )
        return rows.select(
            "person",
            "enterprise",
            "specialty",
            registration_no=pl.concat_str(
                province_character(pl.col("region")),
                grade,
                pl.col("region") // 10_000,
                as_date(pl.col("since")).dt.year(),
                padded(_P + 1, 7),
            ),
            kind=pl.when(first_class).then(pl.lit("一级注册建造师")).otherwise(pl.lit("二级注册建造师")),
            valid_until=as_date(ends),
            fact_from=as_date(pl.col("since")),
        )

    def title(self, people: pl.DataFrame) -> pl.DataFrame:
        """Table `title`: titled staff and leads, half of the constructors and of the bosses."""
        d, role = self.firms.draws, pl.col("role")
        rows = people.filter(
            role.is_in(["titled", "lead"]) | (role.is_in(["constructor", "legal"]) & d.chance(_P, "titled", 550))
        )
        words, starts, counts = _title_words()
        index = pl.col("category").replace_strict(starts, return_dtype=pl.Int64) + d.below(
            _P, "title", pl.col("category").replace_strict(counts, return_dtype=pl.Int64)
        )
        rank = d.below(_P, "title-grade", 100) + pl.when(role == "lead").then(40).otherwise(0)
        awarded = as_date(pl.col("since") - 30 - d.below(_P, "awarded", 2500))
        return rows.select(
            "person",
            specialty=pick(words, index),
            grade=pl.when(rank < 12)
            .then(pl.lit("初级"))
            .when(rank < 75)
            .then(pl.lit("中级"))
            .when(rank < 125)
            .then(pl.lit("副高级"))
            .otherwise(pl.lit("正高级")),
            awarded_on=awarded,
            fact_from=awarded,
        )

    def post_certificate(self, people: pl.DataFrame) -> pl.DataFrame:
        """Table `post_certificate`: site staff, titled staff, some workers."""
        d, role = self.firms.draws, pl.col("role")
        rows = people.filter(role.is_in(["site", "titled"]) | ((role == "skilled") & d.chance(_P, "posted", 100)))
        issued = as_date(pl.col("since") - 30 - d.below(_P, "posted-on", 900))
        return rows.select(
            "person",
            "enterprise",
            certificate_no=pl.concat_str(pl.col("region") // 10_000, pl.lit("G"), padded(_P + 1, 10)),
            post=pick(POSTS, d.below(_P, "post", len(POSTS))),
            issued_on=issued,
            fact_from=as_date(pl.col("since")),
        )

    def safety_certificate(self, people: pl.DataFrame) -> pl.DataFrame:
        """Table `safety_certificate`: A for those who lead, B for constructors, C on site."""
        d, role = self.firms.draws, pl.col("role")
        rows = people.filter(
            role.is_in(["legal", "constructor"])
            | (role.is_in(["lead", "titled"]) & d.chance(_P, "safety", 450))
            | ((role == "site") & d.chance(_P, "safety", 900))
        )
        kind = (
            pl.when(role.is_in(["legal", "lead"]))
            .then(pl.lit("A"))
            .when(role == "constructor")
            .then(pl.lit("B"))
            .otherwise(pick(("C1", "C2", "C3", "C3"), d.below(_P, "safety-class", 4)))
        )
        character = province_character(pl.col("region"))
        year = as_date(pl.col("since")).dt.year()
        return rows.select(
            "person",
            "enterprise",
            pl.concat_str(
                character, pl.lit("建安"), kind.str.head(1), pl.lit("("), year, pl.lit(")"), padded(_P + 1, 8)
            ).alias("certificate_no"),
            kind.alias("class"),
            valid_until=as_date(self.firms.today - 30 + d.below(_P, "safety-until", 3 * 365)),
            fact_from=as_date(pl.col("since")),
        )

    def skill(self, people: pl.DataFrame) -> pl.DataFrame:
        """Table `skill`: workers, one in three in two trades."""
        d = self.firms.draws
        first = people.filter(pl.col("role") == "skilled").with_columns(k=pl.lit(0, dtype=pl.Int64))
        second = first.filter(d.chance(_P, "two-trades", 300)).with_columns(k=pl.lit(1, dtype=pl.Int64))
        trade = (d.below(_P, "trade", len(_TRADES)) + pl.col("k") * 5) % len(_TRADES)
        return pl.concat([first, second]).select(
            "person",
            "enterprise",
            certificate_no=pl.concat_str(pl.lit("S"), pl.col("region") // 100, padded(_P * 2 + pl.col("k"), 9)),
            trade=pick(_TRADES, trade),
            grade=pick(_SKILLS, d.below(_P, "skill", len(_SKILLS))),
            issued_on=as_date(pl.col("since") - 30 - d.below(_P, "skilled-on", 2000)),
            fact_from=as_date(pl.col("since")),
        )

    def _at_others(self, people: pl.DataFrame, topic: str) -> pl.DataFrame:
        """The same people with another enterprise of the register, which may not be in this batch."""
        d, count = self.firms.draws, self.firms.size.enterprises
        other = (pl.col("n") + 1 + d.below(_P, f"{topic}-at", count - 1)) % count
        numbers = people.select(other.alias("n")).to_series()
        keys = self.firms.keys(numbers)
        return people.with_columns(keys["enterprise"], keys["region"])


def _title_words() -> tuple[list[str], dict[str, int], dict[str, int]]:
    """All specialties in a row, and for each category where its own begin and how many they are."""
    words: list[str] = []
    starts, counts = {}, {}
    for category in grades_of():
        default = ELECTRICAL if SPECIALTY.get(category) == "机电工程" else BUILDERS
        own = TITLES.get(category, default)
        starts[category], counts[category] = len(words), len(own)
        words += own
    return words, starts, counts


def _prime_above(number: int) -> int:
    """The smallest prime from `number` on."""
    while any(number % k == 0 for k in range(2, int(number**0.5) + 1)):
        number += 1
    return number
