"""Cases tried on a library: what came out otherwise than the case says. In memory, on SQLite; nothing is kept."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from zhulian.core.kernel.dates import BEGINNING, FOREVER, STILL_KNOWN
from zhulian.core.kernel.reasons import Reason
from zhulian.core.rules import Assessment, Library, assess_pair
from zhulian.core.rules.quantities import YUAN, parse_quantity
from zhulian.core.tables import TABLES
from zhulian.rulebooks.casebook import HOLDER, Case, verdict_of

FIGURES: Final = {"缺": "short_by", "至少": "found_at_least", "至多": "found_at_most", "要求": "required"}
_STORAGE: Final = ("row_id", "fact_from", "fact_until", "recorded_at", "superseded_at")
_RECORDED: Final = 0


class CaseRunner:
    """The canonical tables in memory, filled with the rows of one case at a time."""

    dialect = "sqlite"

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:")
        for one in TABLES.values():
            columns = ", ".join(f'"{name}"' for name in (*_STORAGE, *one.names))
            self._connection.execute(f'CREATE TABLE "{one.name}" ({columns})')

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement."""
        return self._connection.execute(sql, [_stored(p) for p in params]).fetchall()

    def fill(self, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        """These rows and no others."""
        for one in TABLES.values():
            self._connection.execute(f'DELETE FROM "{one.name}"')  # noqa: S608 - a table of the contract
            lines = [
                [number, BEGINNING, FOREVER, _RECORDED, STILL_KNOWN, *(row.get(name) for name in one.names)]
                for number, row in enumerate(rows.get(one.name, ()), start=1)
            ]
            marks = ", ".join("?" * (len(_STORAGE) + len(one.names)))
            self._connection.executemany(
                f'INSERT INTO "{one.name}" VALUES ({marks})',  # noqa: S608 - a table of the contract
                [[_stored(value) for value in line] for line in lines],
            )


def _stored(value: object) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def tried(library: Library, cases: Iterable[Case]) -> list[tuple[Case, list[str]]]:
    """Every case with what came out otherwise; an empty list is a case that holds."""
    runner = CaseRunner()
    found = []
    for case in cases:
        runner.fill(case.rows)
        judged = assess_pair(library, runner, enterprise=HOLDER, code=case.code, as_of=case.as_of, purpose=case.purpose)
        found.append((case, differences(case, judged)))
    return found


def differences(case: Case, judged: Assessment) -> list[str]:
    """What an assessment says otherwise than the case expects, a sentence each."""
    clauses = {reason.id: reason for reason in judged.reason.walk()}
    whole: dict[str, Callable[[Any], list[str]]] = {
        "结论": lambda word: _verdict("结论", word, judged.reason),
        "不考核": lambda ids: [f"条款 {one} 仍在考核" for one in ids if one in clauses],
        "说明": lambda text: [] if text in told(judged.reason) else [f"理由中没有「{text}」"],
        "版本": lambda version: _same("版本", version, judged.rule_version),
    }
    out: list[str] = []
    for key, expected in case.expect.items():
        if key in whole:
            out += whole[key](expected)
        elif key in clauses:
            out += _clause(key, expected, clauses[key])
        else:
            out.append(f"没有条款 {key}，有：{'、'.join(clauses)}")
    return out


def told(reason: Reason) -> str:
    """The reason tree as lines."""
    return "\n".join(
        f"{r.id}: {r.verdict.label} 要求{r.required} 至少{r.found_at_least} 至多{r.found_at_most} 缺{r.short_by} {r.notes}"
        for r in reason.walk()
    )


def _clause(key: str, expected: Any, reason: Reason) -> list[str]:
    wanted = {"结论": expected} if isinstance(expected, str) else expected
    out: list[str] = []
    for what, figure in wanted.items():
        if what == "结论":
            out += _verdict(key, figure, reason)
        else:
            exact = parse_quantity(figure, YUAN) if isinstance(figure, str) else figure
            out += _same(f"{key} 的{what}", exact, getattr(reason, FIGURES[what]))
    return out


def _verdict(where: str, word: str, reason: Reason) -> list[str]:
    wanted = verdict_of(word)
    return [] if reason.verdict is wanted else [f"{where}应为{wanted.label}，实为{reason.verdict.label}"]


def _same(where: str, expected: object, found: object) -> list[str]:
    return [] if expected == found else [f"{where}应为 {expected}，实为 {found}"]
