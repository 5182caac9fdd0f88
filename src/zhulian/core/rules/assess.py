"""Facts × rulebook on a day: for all holders, for one pair, and who counts.

The rule's plan gives a row per enterprise. Where its necessary and sufficient tests leave open whether people can
be divided into their groups, the histogram of those enterprises is fetched and searched exactly.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from zhulian.core.kernel.dates import add_years, born_after, micros
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules import reasons
from zhulian.core.rules.assessment import Assessment, PersonLine, Runner
from zhulian.core.rules.counting import age_limit
from zhulian.core.rules.division import Division, divide
from zhulian.core.rules.features import Demand, Features, features_of
from zhulian.core.rules.library import Library
from zhulian.core.rules.model import VERIFICATION, GradeRule, Missing
from zhulian.core.rules.plan import ALL_HOLDERS, Scope, held_statement, home_statement, statement
from zhulian.core.rules.plan_time import next_critical
from zhulian.core.rules.witness import person_lines

_CHUNKS: Final = (1, 16, 256)
"""Sizes of bound id lists: few, so that few plans are printed; the last id is repeated to fill one."""
_LATEST: Final = 2**63 - 2


class Moment:
    """The day asked about and the knowledge it is asked of, as the plans' parameters."""

    def __init__(self, as_of: dt.date, known_at: dt.datetime | None, dialect: str) -> None:
        self.as_of, self.known_at, self._text = as_of, known_at, dialect == "sqlite"
        self.age_limit = age_limit(as_of, known_at)
        month = as_of.replace(day=1)
        self._values: dict[str, object] = {
            "as_of": self._day(as_of),
            "known_at": _LATEST if known_at is None else micros(known_at),
            "born_after": self._day(born_after(self.age_limit.max_age, as_of)),
            "month_first": self._day(month),
            "month_last": self._day(_next_month(month) - dt.timedelta(days=1)),
        }

    def _day(self, day: dt.date) -> object:
        return day.isoformat() if self._text else day

    def bind(self, names: Iterable[str], given: Mapping[str, object]) -> list[object]:
        """Values of a statement's parameters, in its order."""
        values = {**self._values, **given}
        return [values[name] if name in values else self._since(name) for name in names]

    def _since(self, name: str) -> object:
        """1 January of the year that a look-back reaches to."""
        years = int(name.removeprefix("since_"))
        self._values[name] = self._day(add_years(self.as_of.replace(month=1, day=1), -years))
        return self._values[name]


def _next_month(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1)


def assess_held(
    library: Library,
    runner: Runner,
    *,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
    purpose: str = VERIFICATION,
    enterprises: Sequence[int] | None = None,
    codes: Sequence[str] | None = None,
) -> list[Assessment]:
    """One assessment per (enterprise, code) held on the day: construction qualifications whose state is not ended.

    `enterprises` and `codes` narrow it; None means all. Sorted by enterprise and code.
    """
    moment = Moment(as_of, known_at, runner.dialect)
    holders = _held(runner, moment, enterprises)
    found: list[Assessment] = []
    for code in sorted(holders if codes is None else set(codes) & set(holders)):
        homes = _homes(library, runner, moment, code, enterprises and holders[code])
        for province, ids in _by_province(holders[code], homes).items():
            rule = library.rule(code, purpose, as_of, known_at, province)
            if isinstance(rule, Missing):
                found += [_unknown(rule, library, each, purpose, moment, province) for each in ids]
            elif enterprises is None and not homes:
                found += _assess(library, runner, rule, moment, None, province)
            else:
                found += _assess(library, runner, rule, moment, ids, province)
    return sorted(found, key=lambda each: (each.enterprise, each.code))


def assess_pair(
    library: Library,
    runner: Runner,
    *,
    enterprise: int,
    code: str,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
    purpose: str = VERIFICATION,
) -> Assessment:
    """One enterprise and code, whether or not held."""
    moment = Moment(as_of, known_at, runner.dialect)
    province = _homes(library, runner, moment, code, [enterprise]).get(enterprise, "")
    rule = library.rule(code, purpose, as_of, known_at, province)
    if isinstance(rule, Missing):
        return _unknown(rule, library, enterprise, purpose, moment, province)
    return _assess(library, runner, rule, moment, [enterprise], province)[0]


def _homes(
    library: Library, runner: Runner, moment: Moment, code: str, enterprises: Sequence[int] | None
) -> dict[int, str]:
    """Province of each enterprise that lies in one with an overlay of its own, in force or to come."""
    told = {overlay.province for overlay in library.overlays}
    found: dict[int, str] = {}
    for scope, given in _scopes(enterprises) if told else ():
        text = home_statement(scope, runner.dialect)
        rows = runner.query(text.sql, moment.bind(text.params, {"code": code, **given}))
        found.update((enterprise, region[:2]) for enterprise, region in rows if region[:2] in told)
    return found


def _by_province(enterprises: Iterable[int], homes: Mapping[int, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for enterprise in enterprises:
        found.setdefault(homes.get(enterprise, ""), []).append(enterprise)
    return found


def _held(runner: Runner, moment: Moment, enterprises: Sequence[int] | None) -> dict[str, list[int]]:
    """Code → its holders, each once."""
    pairs: set[tuple[str, int]] = set()
    for scope, given in _scopes(enterprises):
        text = held_statement(scope, runner.dialect)
        pairs.update((code, enterprise) for enterprise, code in runner.query(text.sql, moment.bind(text.params, given)))
    holders: dict[str, list[int]] = {}
    for code, enterprise in sorted(pairs):
        holders.setdefault(code, []).append(enterprise)
    return holders


def _scopes(enterprises: Sequence[int] | None) -> Iterable[tuple[Scope, dict[str, object]]]:
    """Everybody, or the ids in chunks of a fixed size."""
    if enterprises is None:
        yield ALL_HOLDERS, {}
        return
    ids = sorted(set(enterprises))
    while ids:
        size = next((size for size in _CHUNKS if size >= len(ids)), _CHUNKS[-1])
        chunk, ids = ids[:size], ids[size:]
        filled = chunk + [chunk[-1]] * (size - len(chunk))
        yield Scope(size), {f"e{number}": enterprise for number, enterprise in enumerate(filled)}


def _rows(
    runner: Runner, rule: GradeRule, moment: Moment, enterprises: Sequence[int] | None, which: str
) -> Iterable[dict[str, Any]]:
    for scope, given in _scopes(enterprises):
        text = statement(rule, scope, runner.dialect, which)
        params = moment.bind(text.params, {"code": rule.code, **given})
        for row in runner.query(text.sql, params):
            yield dict(zip(text.columns, row, strict=True))


def _assess(
    library: Library,
    runner: Runner,
    rule: GradeRule,
    moment: Moment,
    enterprises: Sequence[int] | None,
    province: str,
) -> list[Assessment]:
    rows = {row["enterprise"]: row for row in _rows(runner, rule, moment, enterprises, "main")}
    divisions = _divisions(runner, rule, moment, rows)
    change = library.next_change(rule.code, moment.as_of, moment.known_at, province)
    dates = {row["enterprise"]: row for row in _rows(runner, rule, moment, enterprises, "critical")}
    return [
        Assessment(
            enterprise=enterprise,
            code=rule.code,
            purpose=rule.purpose,
            as_of=moment.as_of,
            known_at=moment.known_at,
            verdict=reason.verdict,
            reason=reason,
            rule_version=rule.version,
            rule_hash=rule.hash,
            next_critical_on=next_critical(
                rule, dates.get(enterprise, {}), moment.as_of, change, moment.age_limit.max_age
            ),
        )
        for enterprise, row in rows.items()
        for reason in (reasons.root(rule, row, *divisions[enterprise]),)
    ]


def _unknown(
    rule: Missing, library: Library, enterprise: int, purpose: str, moment: Moment, province: str
) -> Assessment:
    return Assessment(
        enterprise=enterprise,
        code=rule.code,
        purpose=purpose,
        as_of=moment.as_of,
        known_at=moment.known_at,
        verdict=Verdict.UNKNOWN,
        reason=reasons.missing(rule, purpose),
        next_critical_on=library.next_change(rule.code, moment.as_of, moment.known_at, province),
    )


def _divisions(
    runner: Runner, rule: GradeRule, moment: Moment, rows: Mapping[int, Mapping[str, Any]]
) -> dict[int, tuple[Division | None, Division | None]]:
    """Certificates by enterprise; None where nobody is missing for sure, by the plan's sufficient test."""
    features = features_of(rule)
    open_: dict[int, tuple[bool, bool]] = {}
    for enterprise, row in rows.items():
        needs = binding(features, row)
        open_[enterprise] = (not _suffices(features.groups, row, "s"), not _suffices(needs, row, "m"))
    undecided = [enterprise for enterprise, (sure, may) in open_.items() if sure or may]
    histograms: dict[int, list[tuple[int, int, int]]] = {}
    for row in _rows(runner, rule, moment, undecided, "histogram"):
        histograms.setdefault(row["enterprise"], []).append((row["sure"], row["may"], row["persons"]))
    found: dict[int, tuple[Division | None, Division | None]] = {}
    for enterprise, (sure, may) in open_.items():
        classes = histograms.get(enterprise, [])
        found[enterprise] = (
            search(((s, n) for s, _, n in classes), features.groups) if sure else None,
            search(((m, n) for _, m, n in classes), binding(features, rows[enterprise])) if may else None,
        )
    return found


def certificate(runner: Runner, rule: GradeRule, moment: Moment, row: Mapping[str, Any]) -> Division:
    """The best division of those who may count, for the enterprise of one row."""
    histogram = _rows(runner, rule, moment, [row["enterprise"]], "histogram")
    return search(((each["may"], each["persons"]) for each in histogram), binding(features_of(rule), row))


def binding(features: Features, row: Mapping[str, Any]) -> dict[str, tuple[Demand, ...]]:
    """Demands that known people must meet: where a table is not covered, people we do not know of may meet them."""
    return {
        group: tuple(d for d in demands if all(row[f"cover_{t}"] for t in reasons.tables_needed(d.clause)))
        for group, demands in features.groups.items()
    }


def _suffices(needs: Mapping[str, Sequence[Demand]], row: Mapping[str, Any], kind: str) -> bool:
    """Whether those whom no other group wants are enough."""
    return all(row[f"u{kind}{d.bit}_{group}"] >= d.at_least for group, demands in needs.items() for d in demands)


def search(classes: Iterable[tuple[int, int]], needs: Mapping[str, Sequence[Demand]]) -> Division:
    """The exact search over (mask, persons)."""
    histogram: dict[int, int] = {}
    for mask, persons in classes:
        histogram[mask] = histogram.get(mask, 0) + persons
    return divide(histogram, {group: [(d.bit, d.at_least) for d in demands] for group, demands in needs.items()})


def people(
    library: Library,
    runner: Runner,
    *,
    enterprise: int,
    code: str,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
    purpose: str = VERIFICATION,
) -> list[PersonLine]:
    """Everybody tied to the enterprise: for which clauses each counts, may count or does not, and why.

    Empty where there is no rule, or the rule asks nothing of persons.
    """
    moment = Moment(as_of, known_at, runner.dialect)
    province = _homes(library, runner, moment, code, [enterprise]).get(enterprise, "")
    rule = library.rule(code, purpose, as_of, known_at, province)
    if isinstance(rule, Missing) or not features_of(rule):
        return []
    features = features_of(rule)
    main = next(iter(_rows(runner, rule, moment, [enterprise], "main")))
    persons = list(_rows(runner, rule, moment, [enterprise], "persons"))
    rows: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for table in sorted({clause.table for clause in features.people}):
        for row in _rows(runner, rule, moment, [enterprise], f"rows of {table}"):
            rows.setdefault(table, {}).setdefault(row["person"], []).append(row)
    day = moment.bind(["as_of"], {})[0]
    return person_lines(features, persons, rows, binding(features, main), day, moment.age_limit.too_old)
