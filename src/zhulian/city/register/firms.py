"""Enterprises of a register, their qualifications, permits, figures and machines, a batch at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Final

import polars as pl

from zhulian.city.register.draws import Draws, pick, pick_number
from zhulian.city.register.naming import enterprise_name, person_name, place_name, province_character, province_name
from zhulian.city.register.numbers import NEW_BODIES, OLD_BODIES, as_date, credit_code, padded
from zhulian.city.register.shape import (
    NET_ASSETS_WAN,
    QUANTILES,
    RegisterSize,
    category_table,
    grades_of,
    regions,
    size_weights,
)

_EPOCH: Final = dt.date(1970, 1, 1)
_MA_SINCE: Final = (dt.date(2015, 10, 1) - _EPOCH).days
_FEN: Final = 10_000 * 100
_CODES_MOST: Final = 12
_MACHINES: Final = ("塔式起重机", "施工升降机", "混凝土输送泵", "挖掘机", "推土机", "压路机", "摊铺机", "张力机")
_N: Final = pl.col("n")


@dataclass(frozen=True, slots=True)
class Firms:
    """Columns of enterprises by running number. `until` is the last day of the history."""

    size: RegisterSize
    draws: Draws
    until: dt.date

    @property
    def today(self) -> int:
        """The last day, as days since the epoch."""
        return (self.until - _EPOCH).days

    def keys(self, numbers: pl.Series) -> pl.DataFrame:
        """What other rows say of an enterprise: its number, credit code, county, day of founding and quantile."""
        d, table = self.draws, regions(self.size.provinces)
        frame = numbers.cast(pl.Int64).alias("n").to_frame()
        frame = frame.select(
            _N,
            pick_number(table, d.below(_N, "region", len(table))).alias("region"),
            (self.today - 4 * 365 - d.below(_N, "founded", 27 * 365) * d.below(_N, "founded-too", 1000) // 1000).alias(
                "founded"
            ),
            d.below(_N, "quantile", QUANTILES).alias("quantile"),
        )
        new = pl.col("founded") >= _MA_SINCE
        body = pl.when(new).then(d.shuffle(_N, "new", NEW_BODIES)).otherwise(d.shuffle(_N, "old", OLD_BODIES))
        return frame.with_columns(credit_code(pl.col("region"), body, is_new=new).alias("enterprise"))

    def weights(self) -> pl.Series:
        """Weight of every enterprise, in order: how much of the people works there. One in 2,000 is a large group."""
        d = self.draws
        numbers = pl.int_range(self.size.enterprises, eager=True).alias("n").to_frame()
        large = pl.when(d.below(_N, "group", 2000) == 0).then(10).otherwise(1)
        found = numbers.select(pick_number(size_weights(), d.below(_N, "quantile", QUANTILES)) * large)
        return found.to_series()

    def batch(self, first: int, last: int) -> pl.DataFrame:
        """Enterprises `first` … `last` - 1, with their main category and grade."""
        frame = self.keys(pl.int_range(first, last, eager=True))
        codes = self.codes(frame)
        main = codes.group_by("n", maintain_order=True).agg(
            pl.col("category").first(), pl.col("grade").first(), pl.col("code").first()
        )
        return frame.join(main, on="n", how="left", maintain_order="left")

    def codes(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A row per enterprise and code; the first one is what the enterprise lives on."""
        d, table = self.draws, category_table()
        more = round(self.size.further_codes * 1000)
        # A large enterprise holds more: twice the mean at the top, none at the bottom.
        count = 1 + (d.below(_N, "codes", 2 * more) * pl.col("quantile") * 2 // QUANTILES + 500) // 1000
        rows = frame.select("n", "quantile", pl.int_ranges(0, count.clip(1, _CODES_MOST)).alias("j")).explode("j")
        key = _N * 16 + pl.col("j")
        rows = rows.with_columns(
            pick(table, d.below(key, "category", len(table))).alias("category"),
            ((pl.col("quantile") * 3 + d.below(key, "grade", QUANTILES)) // 4).alias("standing"),
        ).unique(subset=["n", "category"], keep="first", maintain_order=True)
        return rows.with_columns(_grade().alias("grade")).with_columns(
            (pl.col("category") + pl.col("grade")).alias("code")
        )

    # -- tables ----------------------------------------------------------------------------------------------------

    def enterprise(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Table `enterprise`."""
        d = self.draws
        founded = as_date(pl.col("founded"))
        return frame.select(
            "enterprise",
            pl.col("enterprise").alias("uscc"),
            enterprise_name(d, _N, pl.col("region")).alias("name"),
            person_name(d, pl.col("people_from")).alias("legal_representative"),
            region=pl.col("region").cast(pl.String),
            address=pl.concat_str(
                place_name(pl.col("region")), pl.lit("市示范路"), d.below(_N, "street", 999) + 1, pl.lit("号")
            ),
            registered_capital=(pick_number(size_weights(), pl.col("quantile")) // 10 * 100 + 200) * _FEN,
            established_on=founded,
            kind=pl.lit("有限责任公司"),
            status=pl.when(d.chance(_N, "status", 12)).then(pl.lit("cancelled")).otherwise(pl.lit("active")),
            fact_from=founded,
        )

    def qualification(self, frame: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
        """Table `qualification`: one certificate per authority, for five years, a few run out or withdrawn."""
        d = self.draws
        rows = codes.join(frame.select("n", "enterprise", "region"), on="n", how="left", maintain_order="left")
        key = _N * 4 + pl.col("level")
        rows = rows.with_columns(_level().alias("level")).with_columns(
            province=pl.col("region") // 10_000,
            issued=self.today - 30 - d.below(key, "issued", 5 * 365),
            fate=d.below(key, "fate", 1000),
        )
        number = d.shuffle(_N, "certificate", 1_000_003)
        return rows.select(
            pl.concat_str(pl.lit("D"), pl.col("level"), pl.col("province"), padded(number, 6)).alias("certificate_no"),
            "code",
            "enterprise",
            issued_on=as_date(pl.col("issued")),
            valid_until=as_date(pl.col("issued") + pl.when(pl.col("fate") < 40).then(4 * 365).otherwise(5 * 365)),
            authority=_authority(),
            granted_how=pl.when(pl.col("fate") % 7 == 0)
            .then(pl.lit("告知承诺"))
            .when(pl.col("fate") % 3 == 0)
            .then(pl.lit("延续"))
            .otherwise(pl.lit("审批")),
            status=pl.when(pl.col("fate") > 994)
            .then(pl.lit("注销"))
            .when(pl.col("fate") > 991)
            .then(pl.lit("撤回"))
            .otherwise(pl.lit("有效")),
            fact_from=as_date(pl.col("issued")),
        )

    def safety_permit(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Table `safety_permit`: three years; some ran out, some have none."""
        d = self.draws
        rows = frame.filter(~d.chance(_N, "permitless", 40)).with_columns(
            issued=self.today + 30 - d.below(_N, "permit", 3 * 365), lapsed=d.chance(_N, "lapsed", 30)
        )
        rows = rows.with_columns(
            issued=pl.when("lapsed").then(pl.col("issued") - 3 * 365).otherwise(pl.min_horizontal("issued", self.today))
        )
        return rows.select(
            "enterprise",
            permit_no=pl.concat_str(
                pl.lit("("),
                province_character(pl.col("region")),
                pl.lit(")JZ安许证字〔"),
                as_date(pl.col("issued")).dt.year(),
                pl.lit("〕"),
                padded(_N + 1, 7),
            ),
            issued_on=as_date(pl.col("issued")),
            valid_until=as_date(pl.col("issued") + 3 * 365 - 1),
            authority=pl.concat_str(province_name(pl.col("region")), pl.lit("住房和城乡建设厅")),
            status=pl.lit("有效"),
            fact_from=as_date(pl.col("issued")),
        )

    def finance(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Table `finance`: two audited years; some never told."""
        d = self.draws
        needed = pl.col("code").replace_strict(_net_assets(), return_dtype=pl.Int64)
        years = (
            frame.with_columns(needed=needed)
            .select("n", "enterprise", "needed", "quantile", pl.lit([1, 0]).alias("back"))
            .explode("back")
        )
        share = 700 + d.below(_N, "net-assets", 800) + pl.col("quantile") // 4 - 30 * pl.col("back")
        net = pl.when(d.chance(_N, "net-assets-told", 60)).then(None).otherwise(pl.col("needed") * share // 1000)
        total = net * (1700 + d.below(_N * 2 + pl.col("back"), "total", 1500)) // 1000
        year = self.until.year - 1 - pl.col("back")
        return years.with_columns(net=net, total=total, on=pl.date(year, 12, 31)).select(
            "enterprise",
            as_of="on",
            net_assets="net",
            total_assets="total",
            liabilities=pl.col("total") - pl.col("net"),
            revenue=pl.col("total") * (600 + d.below(_N * 2 + pl.col("back"), "revenue", 1600)) // 1000,
            fact_from="on",
        )

    def equipment(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Table `equipment`: a kind or two of each general contractor."""
        d = self.draws
        rows = frame.filter(pl.col("category") < "D2").select("n", "enterprise", "founded", "quantile")
        rows = rows.with_columns(j=pl.lit([0, 1])).explode("j")
        kind = (d.below(_N, "machine", len(_MACHINES)) + pl.col("j") * 3) % len(_MACHINES)
        return rows.select(
            "enterprise",
            kind=pick(_MACHINES, kind),
            count=1 + d.below(_N * 2 + pl.col("j"), "machines", 4) + pl.col("quantile") // 512,
            owned=~d.chance(_N * 2 + pl.col("j"), "owned", 200),
            fact_from=as_date(pl.col("founded")),
        )


def _grade() -> pl.Expr:
    """The grade letter by standing, among those that the category has."""
    grades = pl.col("category").replace_strict(grades_of(), return_dtype=pl.String)
    standing = pl.col("standing")
    return (
        pl.when(grades == "X")
        .then(pl.lit("X"))
        .when(grades.str.contains("T") & (pl.col("j") == 0) & (standing > QUANTILES - 12))
        .then(pl.lit("T"))
        .when(standing > QUANTILES - 300)
        .then(pl.lit("A"))
        .when((standing > QUANTILES - 1200) | ~grades.str.contains("C"))
        .then(pl.lit("B"))
        .otherwise(pl.lit("C"))
    )


def _level() -> pl.Expr:
    """Who grants: 1 the ministry, 2 the province, 3 the city."""
    general, grade = pl.col("category") < "D2", pl.col("grade")
    return (
        pl.when(general & grade.is_in(["T", "A"]))
        .then(1)
        .when(grade.is_in(["T", "A"]) | (general & (grade == "B")))
        .then(2)
        .otherwise(3)
    )


def _authority() -> pl.Expr:
    return (
        pl.when(pl.col("level") == 1)
        .then(pl.lit("住房和城乡建设部"))
        .when(pl.col("level") == 2)
        .then(pl.concat_str(province_name(pl.col("region")), pl.lit("住房和城乡建设厅")))
        .otherwise(pl.concat_str(place_name(pl.col("region")), pl.lit("市住房和城乡建设局")))
    )


@cache
def _net_assets() -> dict[str, int]:
    return {
        category + grade: NET_ASSETS_WAN.get((category < "D2", grade), 300) * _FEN
        for category, grades in grades_of().items()
        for grade in grades
    }
