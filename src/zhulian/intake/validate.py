"""Cells against the contract: one parser per column, memoised, since files repeat codes, dates and keys.

Values that arrive typed (Parquet, adapters) pass the same limits as text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from zhulian.core.kernel import codes
from zhulian.core.kernel.dates import BEGINNING, FOREVER, parse_date
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import (
    Key,
    birth_on,
    name_key,
    parse_key,
    parse_phone,
    parse_resident_id,
    parse_uscc,
)
from zhulian.core.kernel.text import clean
from zhulian.core.tables import Column, Kind, Table
from zhulian.intake.errors import problem_of
from zhulian.intake.model import Problem, Value

FACT_COLUMNS: Final = ("fact_from", "fact_until")
_MEMO_SIZE: Final = 50_000
_INT64: Final = 2**63
FORMULA: Final = ("=", "+", "@", "\t", "\r", "＝", "＋", "＠")
"""How a text begins that a spreadsheet would run."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ud800-\udfff]")
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_MAX_DIGITS: Final = 20
_FULL_WIDTH: Final = {
    c: c - 0xFEE0 for r in (range(0xFF10, 0xFF1A), range(0xFF21, 0xFF3B), range(0xFF41, 0xFF5B)) for c in r
}
_BOOLS: Final = dict.fromkeys(("1", "true", "是", "t", "y", "yes"), True) | dict.fromkeys(
    ("0", "false", "否", "f", "n", "no"), False
)
KEY_KINDS: Final = {
    "enterprise": ("uscc", "QY_ID", "name", "local"),
    "person": ("RY_ID", "id_no", "jzsc_person", "name", "local"),
    "project": ("project_code", "PRJNUM", "name", "local"),
}
"""Kinds of natural keys that a subject may be referred to by; the first ones are sure."""
KEY_COLUMNS: Final = {"enterprise": ("uscc",), "person": ("id_no",), "project": ("project_code",)}
"""Columns of a subject's own table that are keys as well; the column's name is the kind."""
LABELS: Final = {"enterprise": "企业", "person": "人员", "project": "项目"}

Parser = Callable[[str], Value]


class Memo(dict[str, Value]):
    """A parser that remembers: a hit costs a dictionary look-up. Forgets everything when full; keeps no errors."""

    def __init__(self, parse: Parser) -> None:
        super().__init__()
        self.parse = parse

    def __missing__(self, text: str) -> Value:
        value = self.parse(text)
        if len(self) >= _MEMO_SIZE:
            self.clear()
        self[text] = value
        return value


def province_of(division: str) -> str:
    """Province code of a division, empty for none."""
    return codes.lineage(division)[-1] if division in codes.divisions() else division


def normal_key(text: str, refers: str) -> Key:
    """A natural key in the form in which keys are compared.

    Raises:
        ZhulianError: `id.uscc`, `id.resident`, `code.division` or `id.key`.
    """
    match = re.match(r"^[A-Za-z_]+[:：]", text.strip())
    if match is None and refers != "enterprise":
        raise _bad_key(text, refers)
    key = parse_key(text.replace("：", ":", 1) if match else text)
    if key.kind not in KEY_KINDS[refers] or _CONTROL.search(key.value) or len(key.value) > 400:
        raise _bad_key(text, refers)
    if key.kind == "id_no":
        return Key("id_no", parse_resident_id(key.value))
    if key.kind != "name":
        return Key(key.kind, key.value if key.kind == "local" else clean(key.value))
    name, _, division = key.value.rpartition("@") if "@" in key.value else (key.value, "", "")
    if not name.strip():
        raise _bad_key(text, refers)
    return name_key(name, province_of(codes.parse_division(division)) if division.strip() else "")


def _bad_key(text: str, refers: str) -> ZhulianError:
    forms = "、".join(f"{kind}:…" for kind in KEY_KINDS[refers])
    return ZhulianError("id.key", value=text, label=LABELS[refers], forms=forms)


def parser_of(column: Column) -> Parser:
    """The parser of one column's text; empty text never reaches it."""
    return _PARSERS[column.kind](column)


def _text_parser(column: Column) -> Parser:
    check = _CHECKS.get(column.check)

    def parse(text: str) -> Value:
        if text.startswith(FORMULA) and column.check != "phone":  # +86 is no formula, and digits alone get through
            raise ZhulianError("value.formula", field=column.label, value=text[:40])
        if found := _CONTROL.search(text):
            raise ZhulianError("value.control", field=column.label, value=f"U+{ord(found[0]):04X}")
        if check is not None:
            return check(text)
        value = text.strip()
        if column.options:
            value = clean(value)
            if value not in column.options:
                raise ZhulianError("code.option", value=text, field=column.label, options="、".join(column.options))
        elif column.name.endswith("_no"):
            value = value.translate(_FULL_WIDTH)
        if len(value) > column.limit:
            raise ZhulianError("value.too_long", field=column.label, limit=column.limit)
        return value or None

    return parse


def _unless_masked(parse: Parser) -> Parser:
    """A masked number is no number: the person keeps its name, without it."""

    def parsed(text: str) -> Value:
        try:
            return parse(text)
        except ZhulianError as error:
            if error.code == "id.masked":
                return None
            raise

    return parsed


_CHECKS: Final[dict[str, Parser]] = {
    "uscc": parse_uscc,
    "resident_id": _unless_masked(parse_resident_id),
    "phone": _unless_masked(parse_phone),
    "division": codes.parse_division,
    "qualification": codes.parse_qualification_code,
}


def stored_unit(column: Column) -> str:
    """What one unit of the stored integer is, in words."""
    if column.scale == 1:
        return column.unit or "个"
    return "分" if column.unit == "元" else f"{column.unit}的 1/{column.scale}"


def _int_parser(column: Column) -> Parser:
    unit = stored_unit(column)

    def parse(text: str) -> Value:
        normal = clean(text)
        if not _WHOLE.fullmatch(normal):
            raise ZhulianError("value.number", value=text[:40], unit=unit)
        if len(normal) > _MAX_DIGITS or not -_INT64 <= int(normal) < _INT64:
            raise ZhulianError("value.range", value=text[:40], unit=unit)
        return int(normal)

    return parse


def _bool_parser(column: Column) -> Parser:
    def parse(text: str) -> Value:
        found = _BOOLS.get(clean(text).lower())
        if found is None:
            raise ZhulianError("code.option", value=text[:40], field=column.label, options="1、0、true、false、是、否")
        return found

    return parse


def _date_parser(_column: Column) -> Parser:
    return parse_date


def _ref_parser(column: Column) -> Parser:
    def parse(text: str) -> Value:
        return normal_key(text, column.refers)

    return parse


_PARSERS: Final[dict[Kind, Callable[[Column], Parser]]] = {
    Kind.TEXT: _text_parser,
    Kind.INT: _int_parser,
    Kind.BOOL: _bool_parser,
    Kind.DATE: _date_parser,
    Kind.REF: _ref_parser,
}
_TYPES: Final[dict[Kind, type]] = {Kind.INT: int, Kind.BOOL: bool, Kind.DATE: dt.date, Kind.REF: Key}
_FACTS: Final = {
    name: Column(name, Kind.DATE, label) for name, label in zip(FACT_COLUMNS, ("事实起", "事实止"), strict=True)
}


class Checked:
    """One table's rules, ready to be applied to many records. Not shared between threads: the memos are its own."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = {c.name: c for c in table.columns} | _FACTS
        self.memos = {name: Memo(parser_of(c)) for name, c in self.columns.items()}
        self.types = {name: _TYPES.get(c.kind) for name, c in self.columns.items()}
        self.required = tuple((c.name, c.label) for c in table.columns if c.required)
        self.order = tuple(
            (first, second, self.columns[first].label, self.columns[second].label) for first, second in table.order
        )
        self.own = table.subject if table.name == table.subject else ""

    def value(self, name: str, cell: object) -> Value:
        """One cell: text is parsed, a value of the column's type passes its limits.

        Raises:
            ZhulianError: what is wrong with it.
        """
        if cell is None or cell == "":
            return None
        if isinstance(cell, str):
            return self.memos[name][cell] if cell.strip(" \u3000") else None
        if isinstance(cell, dt.datetime):
            cell = cell.date()
        if type(cell) is not self.types[name] or (type(cell) is int and not -_INT64 <= cell < _INT64):
            return self.memos[name][str(cell)]
        return cell  # type: ignore[return-value]  # its type has just been compared with the column's

    def values(self, cells: Mapping[str, object], sources: Mapping[str, str]) -> tuple[dict[str, Value], list[Problem]]:
        """All cells of a record, and everything that is wrong with them; `sources` names the source's columns."""
        out: dict[str, Value] = {}
        problems: list[Problem] = []
        for name, cell in cells.items():
            try:
                out[name] = self.value(name, cell)
            except ZhulianError as error:
                problems.append(problem_of(error, sources.get(name, name)))
                out[name] = None
        broken = {p.field for p in problems}
        whole = (replace(p, field=sources.get(p.field, p.field)) for p in self.whole(out))
        problems += [p for p in whole if p.field not in broken]
        return out, problems

    def whole(self, values: dict[str, Value]) -> list[Problem]:
        """What is wrong with the record as a whole: missing values, dates reversed, no key. Fills the subject's key."""
        problems: list[Problem] = []
        for name, label in self.required:
            if values.get(name) is None:
                problems.append(problem_of(ZhulianError("value.missing", field=label), name))
        for first, second, first_label, second_label in self.order:
            a, b = values.get(first), values.get(second)
            if a is not None and b is not None and a > b:  # type: ignore[operator]  # both are dates by the contract
                shown = {"first": f"{first_label} {a}", "second": f"{second_label} {b}"}
                problems.append(problem_of(ZhulianError("value.order", **shown), first))
        since, until = self.period(values)
        if since >= until and not problems:
            shown = {"first": f"事实起 {since}", "second": f"事实止 {until}"}
            problems.append(problem_of(ZhulianError("value.order", **shown), "fact_until"))
        if self.own and values.get(self.own) is None and not problems:
            problems += self._own_key(values)
        return [*problems, *_birth(values)] if self.own == "person" else problems

    def _own_key(self, values: dict[str, Value]) -> list[Problem]:
        """The subject of a row of its own table, from its key columns, else (enterprise, project) its name."""
        for name in KEY_COLUMNS[self.own]:
            if isinstance(value := values.get(name), str):
                values[self.own] = Key(name, value)
                return []
        if self.own != "person" and isinstance(title := values.get("name"), str):
            values[self.own] = name_key(title, province_of(str(values.get("region") or "")))
            return []
        columns = "、".join((self.own, *KEY_COLUMNS[self.own]))
        error = ZhulianError("row.no_key", label=LABELS[self.own], columns=columns)
        return [problem_of(error, self.own)]

    def period(self, values: Mapping[str, Value]) -> tuple[dt.date, dt.date]:
        """The fact's period: as told, else since the table's `since` column, else always."""
        since = values.get("fact_from") or values.get(self.table.since)
        until = values.get("fact_until")
        return (
            BEGINNING if since is None else since,
            FOREVER if until is None else until,
        )  # type: ignore[return-value]  # these columns are dates by the contract

    def taken(self, values: dict[str, Value]) -> tuple[dt.date, dt.date]:
        """The same, and takes its two columns out of the values."""
        period = self.period(values)
        values.pop("fact_from", None)
        values.pop("fact_until", None)
        return period


def _birth(values: dict[str, Value]) -> list[Problem]:
    """A person's birthday stands in the ID number: filled in where the source has none, compared where it has one."""
    number, told = values.get("id_no"), values.get("birth_on")
    if not isinstance(number, str):
        return []
    born: Value = birth_on(number)
    values["birth_on"] = born
    if told in {None, born}:
        return []
    return [problem_of(ZhulianError("id.birth", value=told, born=born), "birth_on")]
