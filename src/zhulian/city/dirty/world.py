"""What a dirty feed is about: some enterprises of a finished city with their people, read from its files."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

ENTERPRISES: Final = 60
"""Enterprises looked at: dirt does not grow with the city."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works there now."""

    key: str
    name: str
    birth_on: dt.date
    id_no: str


@dataclass(frozen=True, slots=True)
class Firm:
    """An enterprise with a certificate, its people and, where it has them, a former name and a project."""

    uscc: str
    name: str
    former_name: str
    legal_representative: str
    region: str
    certificate_no: str
    code: str
    people: tuple[Person, ...]
    project: str = ""
    project_name: str = ""


def read(city: Path) -> list[Firm]:
    """Enterprises of a city's files, in their order, those with at least three people."""
    names = pl.scan_parquet(city / "enterprise.parquet").unique("enterprise", keep="last", maintain_order=True)
    firms = names.head(ENTERPRISES * 3).select("enterprise", "name", "legal_representative", "region").collect()
    keys = firms["enterprise"].implode()
    former = _first(city, "enterprise", keys, "fact_until", "name")
    certificates = _rows(city, "qualification", keys).unique("enterprise", keep="first", maintain_order=True)
    paid = _rows(city, "insurance", keys).filter(pl.col("month_until").is_null()).select("enterprise", "person")
    people = paid.join(_people(city, paid["person"]), on="person", maintain_order="left")
    by_firm = people.group_by("enterprise", maintain_order=True).agg(pl.struct("person", "name", "birth_on", "id_no"))
    staff = {
        key: tuple(Person(p["person"], p["name"], p["birth_on"], p["id_no"]) for p in ps)
        for key, ps in by_firm.iter_rows()
    }
    held = {r["enterprise"]: (r["certificate_no"], r["code"]) for r in certificates.iter_rows(named=True)}
    works = _projects(city, keys)
    found = [
        Firm(
            row["enterprise"],
            row["name"],
            former.get(row["enterprise"], ""),
            row["legal_representative"] or "",
            row["region"],
            *held[row["enterprise"]],
            staff[row["enterprise"]],
            *works.get(row["enterprise"], ("", "")),
        )
        for row in firms.iter_rows(named=True)
        if len(staff.get(row["enterprise"], ())) > 2 and row["enterprise"] in held
    ]
    return found[:ENTERPRISES]


def _rows(city: Path, table: str, keys: pl.Series) -> pl.DataFrame:
    return pl.scan_parquet(city / f"{table}.parquet").filter(pl.col("enterprise").is_in(keys)).collect()


def _first(city: Path, table: str, keys: pl.Series, ended: str, column: str) -> dict[str, str]:
    rows = _rows(city, table, keys).filter(pl.col(ended).is_not_null())
    return dict(rows.select("enterprise", column).iter_rows())


def _people(city: Path, keys: pl.Series) -> pl.DataFrame:
    people = pl.scan_parquet(city / "person.parquet").filter(pl.col("person").is_in(keys.implode()))
    return people.filter(pl.col("id_no").is_not_null()).select("person", "name", "birth_on", "id_no").collect()


def _projects(city: Path, keys: pl.Series) -> dict[str, tuple[str, str]]:
    if not (city / "project.parquet").exists():
        return {}
    built = _rows(city, "participation", keys).unique("enterprise", keep="first", maintain_order=True)
    names = pl.scan_parquet(city / "project.parquet").select("project", "name").collect()
    joined = built.select("enterprise", "project").join(names, on="project", maintain_order="left")
    return {key: (project, name) for key, project, name in joined.iter_rows()}
