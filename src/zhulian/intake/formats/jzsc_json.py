"""The national platform's JSON answers (compDetail, caDetailList, caCertDetail, regStaffList, comp/list).

A file holds one answer with its `data`, a list of answers, or an object of answers keyed by endpoint, each with
its `response`. Dates are milliseconds since the epoch, capital is in 万元. The staff list has a row per person
and specialty: persons are counted by `RY_ID`. A list that shows as many rows as its `total` covers that table
of that enterprise completely, from the latest day that the answers themselves mention: so absence means "none".

Shorthand of abridged samples: an item with `_same_other_fields` takes its missing fields from the item before,
with `_same_other_fields_as_RN1` from the first item.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from zhulian.core.kernel.dates import BEGINNING, from_epoch_ms
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key
from zhulian.core.kernel.text import clean
from zhulian.core.tables import table
from zhulian.intake.formats.adapter import Field, Target
from zhulian.intake.formats.parts import code_or_name, milliseconds, unless_masked, wan_yuan
from zhulian.intake.model import Raw, Value

Item: TypeAlias = Mapping[str, Any]
ANSWER: Final = "_answer"
"""Column that tells, in a corrected sheet of rejects, which answer a record belongs to."""
_SHORTHANDS: Final = ("_same_other_fields", "_same_other_fields_as_RN1")
FEED: Final = "全国建筑市场监管公共服务平台"
_DIGITS: Final = re.compile(r"[0-9]{1,14}")
_DEPTH: Final = 8
_YUAN: Final = {"", "人民币", "B_BZLB_001"}
_STATES: Final = {"1": "active"}
_VALID: Final = {"B_ZGZT_001": "有效"}
_QUALIFICATION_STATES: Final = table("qualification").column("status").options
_WAYS: Final = table("qualification").column("granted_how").options


def _enterprise(number: str) -> Key | None:
    return Key("QY_ID", clean(number)) if number.strip() else None


def _enterprise_by(number: str, credit_code: str) -> object:
    return _enterprise(number) or credit_code


def _person(number: str) -> Key | None:
    return Key("RY_ID", clean(number)) if number.strip() else None


def _capital(amount: str, currency: str) -> object:
    return wan_yuan(amount) if currency in _YUAN else None


def _first(*texts: str) -> str:
    return next((t for t in texts if t.strip()), "")


def _state(code: str) -> str | None:
    return _STATES.get(clean(code))


def _validity(code: str, name: str) -> str | None:
    return _VALID.get(clean(code)) or (name if name in _QUALIFICATION_STATES else None)


def _way(name: str) -> str | None:
    return name if name in _WAYS else None


def _limit(limited: str, content: str, name: str) -> str | None:
    return _first(content, name) or None if clean(limited) not in {"", "0"} else None


_BY_ID: Final = Field("enterprise", ("QY_ID",), _enterprise, "平台企业编号")
_KNOWN: Final = (
    Field("enterprise", ("QY_ID", "QY_ORG_CODE"), _enterprise_by, "平台企业编号，无则信用代码"),
    Field("uscc", ("QY_ORG_CODE",), note="校验不通过的进隔离区"),
    Field("name", ("QY_NAME",)),
)
_PERSON: Final = Field("person", ("RY_ID",), _person, "平台人员编号")
_DAY: Final = "毫秒 → 日期（北京时间）"


@dataclass(frozen=True, slots=True)
class Answer:
    """One endpoint's answer. `covers`: the table that its list is complete for; `owner`: the field of the enterprise."""

    name: str
    label: str
    signs: frozenset[str]
    """Fields that tell an item of this answer."""
    targets: tuple[Target, ...]
    covers: str = ""
    owner: str = "QY_ID"
    days: tuple[str, ...] = ()
    """Fields (milliseconds) that say on which day the platform already knew the item."""
    unused: Mapping[str, str] = field(default_factory=dict)


def _has(*names: str) -> Callable[[Raw], bool]:
    return lambda raw: all(raw.get(n, "").strip() for n in names)


ANSWERS: Final = (
    Answer(
        "compDetail",
        "企业基本信息",
        frozenset({"QY_ID", "QY_NAME", "QY_REG_MONEY"}),
        (
            Target(
                "enterprise",
                (
                    *_KNOWN,
                    Field("legal_representative", ("QY_FR_NAME",), note="脱敏姓名原样保留"),
                    Field("region", ("ADMINAREANUM", "QY_REGION"), _first, "先区县，后地市"),
                    Field("address", ("QY_ADDR", "QY_REG_ADDR"), _first),
                    Field(
                        "registered_capital",
                        ("QY_REG_MONEY", "QY_REG_CURTYPE"),
                        _capital,
                        "万元 → 分；不是人民币的、为 0 的留空",
                    ),
                    Field("established_on", ("QY_REG_DATE",), milliseconds, _DAY),
                    Field("kind", ("QY_GSZCLX_NAME", "QY_JJXZ"), _first),
                    Field("status", ("QY_JY_STATUS",), _state, "1 → active；其他代码含义不明，留空"),
                ),
            ),
        ),
        days=("COLLECT_TIME",),
        unused={"QY_OLD_NAME": "曾用名还没有表", "QY_OFFICE_TEL": "联系电话不收"},
    ),
    Answer(
        "caDetailList",
        "企业资质列表",
        frozenset({"APT_CODE", "APT_CERTNO"}),
        (
            Target("enterprise", _KNOWN, when=_has("QY_NAME"), derived=True),
            Target(
                "qualification",
                (
                    Field("certificate_no", ("APT_CERTNO",)),
                    Field("code", ("APT_CODE", "APT_NAME"), code_or_name, "代码为空时按资质名称逐字查代码表"),
                    _BY_ID,
                    Field("issued_on", ("APT_GET_DATE",), milliseconds, _DAY),
                    Field("valid_until", ("APT_EDATE",), milliseconds, _DAY),
                    Field("authority", ("APT_GRANT_UNIT",)),
                    Field("granted_how", ("APT_GET_TYPE_NAME",), _way, "不在可选值中的（如「申请」）留空"),
                    Field("status", ("APT_STATUS", "APT_STATUS_NAME"), _validity, "B_ZGZT_001 → 有效"),
                    Field(
                        "limit_content",
                        ("IS_LIMIT", "APT_LIMIT_CONTENT", "IS_LIMIT_NAME"),
                        _limit,
                        "IS_LIMIT 不为 0 时取受限内容",
                    ),
                ),
            ),
        ),
        covers="qualification",
        days=("COLLECT_TIME", "APT_GET_DATE"),
    ),
    Answer(
        "caCertDetail",
        "资质证书",
        frozenset({"APT_BOUND_PRINT"}),
        (
            Target(
                "qualification",
                (
                    Field("certificate_no", ("APT_CERTNO",)),
                    Field("code", ("APT_CODE", "APT_BOUND_PRINT"), code_or_name, "打印文本逐项按名称查代码表"),
                    Field("enterprise", ("APT_QY_ID",), _enterprise, "平台企业编号"),
                    Field("issued_on", ("APT_GRANT_DATE",), milliseconds, _DAY),
                    Field("valid_until", ("APT_EDATE",), milliseconds, _DAY),
                    Field("authority", ("APT_GRANT_UNIT",)),
                ),
                derived=True,
            ),
        ),
        owner="APT_QY_ID",
        days=("APT_GRANT_DATE",),
    ),
    Answer(
        "regStaffList",
        "注册人员列表",
        frozenset({"RY_ID", "REG_TYPE_NAME"}),
        (
            Target(
                "person",
                (
                    _PERSON,
                    Field("name", ("RY_NAME",), note="脱敏姓名原样保留"),
                    Field("id_no", ("IDCARD",), note="脱敏号码不作证件号，留空"),
                    Field("sex", ("RY_SEX_NAME",)),
                ),
                derived=True,
            ),
            Target(
                "registration",
                (
                    Field("registration_no", ("REG_CERTNO",), unless_masked, "脱敏的留空"),
                    _PERSON,
                    Field("enterprise", ("REG_QYID",), _enterprise, "平台企业编号"),
                    Field("kind", ("REG_TYPE_NAME",)),
                    Field("specialty", ("REG_PROF_NAME",)),
                    Field("valid_until", ("REG_EDATE",), milliseconds, _DAY),
                    Field("fact_from", ("REG_SDATE",), milliseconds, _DAY),
                ),
            ),
        ),
        covers="registration",
        owner="REG_QYID",
        days=("REG_SDATE",),
    ),
    Answer(
        "comp/list",
        "企业列表",
        frozenset({"QY_ID", "QY_NAME", "QY_ORG_CODE"}),
        (
            Target(
                "enterprise",
                (
                    *_KNOWN,
                    Field("legal_representative", ("QY_FR_NAME",), note="脱敏姓名原样保留"),
                    Field("region", ("QY_REGION",)),
                ),
            ),
        ),
        days=("COLLECT_TIME",),
    ),
)
"""Most telling first: an item is of the first answer whose signs it carries."""

_BY_NAME: Final = {a.name: a for a in ANSWERS}
IGNORED: Final = {
    "COLLECT_TIME": "平台采集时间，只用于确定数据覆盖的起始日",
    "RN、pageSize、pageNum": "分页",
    "其余字段": "名称或代码的重复、联系方式、打印信息",
}


@dataclass(slots=True)
class Listing:
    """One table of one enterprise as the answers list it, over several pages."""

    table: str
    owner: str
    total: int
    taken: set[str] = field(default_factory=set)
    """Items taken, each once however many pages show it."""


@dataclass(frozen=True, slots=True)
class Found:
    """One item of an answer; a list entry that is no object stands in `raw` under `_item`."""

    answer: Answer
    raw: Raw
    owner: str


@dataclass(slots=True)
class Reading:
    """What the answers of one file say about themselves, complete once all items have been read."""

    listings: dict[tuple[str, str], Listing] = field(default_factory=dict)
    latest: dict[str, dt.date] = field(default_factory=dict)

    def note(self, item: Found, *, accepted: bool) -> None:
        """Counts an item that was taken, and remembers the latest day that it mentions."""
        listing = self.listings.get((item.answer.name, item.owner))
        if not accepted:
            return
        if listing is not None:
            listing.taken.add(json.dumps(item.raw, ensure_ascii=False, sort_keys=True))
        days = [
            from_epoch_ms(int(text)) for name in item.answer.days if _DIGITS.fullmatch(text := item.raw.get(name, ""))
        ]
        self.latest[item.owner] = max([*days, self.latest.get(item.owner, BEGINNING)])

    def coverage(self) -> Iterator[tuple[dict[str, Value], dt.date]]:
        """A coverage row for each table of each enterprise that the file lists, and the day from which it holds."""
        for listing in self.listings.values():
            since = self.latest.get(listing.owner, BEGINNING)
            complete = len(listing.taken) == listing.total and since > BEGINNING
            yield (
                {
                    "feed": FEED,
                    "table_name": listing.table,
                    "enterprise": Key("QY_ID", listing.owner),
                    "period_from": since,
                    "complete": complete,
                },
                since,
            )


def answer_of(hint: str, item: Item | None) -> Answer | None:
    """The answer an item belongs to: by its fields, or an empty list by the name or address it came under."""
    if item is None:
        return next((a for a in ANSWERS if a.name in hint), None)
    signed = (a for a in ANSWERS if a.signs <= item.keys())
    named = next(
        (a for a in ANSWERS if hint and a.name in hint and len(a.signs & item.keys()) * 2 > len(a.signs)), None
    )
    return next(signed, named)


def answers(document: object, hint: str = "", depth: int = 0) -> Iterator[tuple[str, Item]]:
    """(hint, data) of every answer in a document."""
    if depth > _DEPTH:
        return
    if isinstance(document, list):
        for entry in document:
            yield from answers(entry, hint, depth + 1)
    elif isinstance(document, dict):
        hint = f"{hint} {document['url']}" if isinstance(document.get("url"), str) else hint
        if _is_data(document):
            yield hint, document
        else:
            for name, value in document.items():
                inside = hint if name in {"data", "response"} else f"{hint} {name}"
                yield from answers(value, inside, depth + 1)


def _is_data(value: Item) -> bool:
    return any(k in value for k in ("compMap", "rawCaDetail", "pageList")) or isinstance(value.get("list"), list)


def items(document: object, reading: Reading) -> Iterator[Found]:
    """Every item of every answer, in order; notes in `reading` what the lists say about their length."""
    for hint, data in answers(document):
        yield from _items(hint, data, reading)


def _items(hint: str, data: Item, reading: Reading) -> Iterator[Found]:
    for name in ("compMap", "rawCaDetail"):
        if isinstance(one := data.get(name), dict):
            yield from _single(hint, one)
    page = data.get("pageList", data)
    listed = page.get("list") if isinstance(page, dict) else page
    if not isinstance(listed, list):
        return
    full = _expanded(listed)
    answer = answer_of(hint, next((i for i in full if isinstance(i, dict)), None))
    if answer is None:
        return
    total = page.get("total") if isinstance(page, dict) else None
    owner = _owner(answer, full, data)
    if answer.covers and owner and isinstance(total, int):
        reading.listings.setdefault((answer.name, owner), Listing(answer.covers, owner, total))
    for item in full:
        raw = (
            raw_of(item, answer)
            if isinstance(item, dict)
            else {ANSWER: answer.name, "_item": json.dumps(item, ensure_ascii=False)}
        )
        if isinstance(item, dict) and owner and not raw.get(answer.owner):
            raw[answer.owner] = owner
        yield Found(answer, raw, owner)


def _single(hint: str, item: Item) -> Iterator[Found]:
    answer = answer_of(hint, item)
    if answer is None:
        return
    raw = raw_of(item, answer)
    owner = raw.get(answer.owner, "")
    if answer.name != "caCertDetail":
        yield Found(answer, raw, owner)
        return
    for name in raw.get("APT_BOUND_PRINT", "").replace("，", ",").replace("、", ",").split(","):
        yield Found(answer, raw | {"APT_BOUND_PRINT": name.strip()}, owner)


def _owner(answer: Answer, full: list[Any], data: Item) -> str:
    owners = {str(i[answer.owner]) for i in full if isinstance(i, dict) and i.get(answer.owner)}
    if len(owners) == 1:
        return owners.pop()
    return "" if owners else str(data.get("qyId") or "")


def _expanded(listed: list[Any]) -> list[Any]:
    """The list with the shorthand of abridged samples written out."""
    full: list[Any] = []
    for item in listed:
        if isinstance(item, dict) and full and isinstance(full[0], dict) and isinstance(full[-1], dict):
            base = full[0] if item.get(_SHORTHANDS[1]) else full[-1] if item.get(_SHORTHANDS[0]) else {}
            full.append({k: v for k, v in {**base, **item}.items() if k not in _SHORTHANDS})
        else:
            full.append(item)
    return full


def raw_of(item: Item, answer: Answer) -> dict[str, str]:
    """An item as text by field, with the answer it is from."""
    return {ANSWER: answer.name} | {k: _shown(v) for k, v in item.items()}


def _shown(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def by_name(name: str) -> Answer:
    """The answer that a corrected sheet names.

    Raises:
        ZhulianError: `code.option`.
    """
    if name not in _BY_NAME:
        raise ZhulianError("code.option", value=name, field=ANSWER, options="、".join(_BY_NAME))
    return _BY_NAME[name]
