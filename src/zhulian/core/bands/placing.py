"""Which band figures fall into. A missing figure leaves open every band that it could lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from zhulian.core.bands.model import Band, Measure, Placed, Table, Threshold
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict

REVOKE: Final = "吊销"


def place(table: Table, figures: Mapping[str, int | None]) -> Placed:
    """The bands between which figures place something; a figure that is None or absent is not told.

    Any one measure suffices for a higher band: deaths alone can make an accident at least 较大, and only all
    measures together can keep it from being more.
    """
    spans = [_span(table.bands, m, figures.get(m.name)) for m in table.measures]
    low, high = max(lowest for lowest, _ in spans), max(highest for _, highest in spans)
    decided = low == high
    children = tuple(
        _told(m, figures.get(m.name), table.bands[a], table.bands[b])
        for m, (a, b) in zip(table.measures, spans, strict=True)
    )
    first, last = table.bands[low], table.bands[high]
    missing = [m.label for m in table.measures if figures.get(m.name) is None]
    notes = () if decided else (_open(first, last, missing),)
    reason = Reason(
        table.id,
        f"{table.label}：{first.label if decided else f'{first.label}至{last.label}'}",
        Verdict.MET if decided else Verdict.UNKNOWN,
        citation=first.citation,
        notes=(*notes, *((first.note,) if decided and first.note else ())),
        children=children,
    )
    return Placed(first, last, reason)


def look_up(table: Table, word: str | None) -> Placed | None:
    """The band of a word in a table by word (grade, role); None where the word is not told or not in the table."""
    band = next((b for b in table.bands if word in (b.id, b.label)), None)
    if band is None:
        return None
    notes = (band.note,) if band.note else ()
    return Placed(
        band, band, Reason(table.id, f"{table.label}：{band.label}", Verdict.MET, citation=band.citation, notes=notes)
    )


def required(table: Table, placed: Placed, figures: Mapping[str, int | None]) -> tuple[int | None, int | None]:
    """How many a placement asks for, as bounds; None where nothing is known or the table gives no number."""
    return _needed(table, placed.low, figures), _needed(table, placed.high, figures)


def _needed(table: Table, band: Band, figures: Mapping[str, int | None]) -> int | None:
    least = band.gives.least
    if least is None or not band.gives.per_thousand:
        return least
    told = figures.get(table.measures[0].name)
    if told is None:
        return None
    return max(least, -(-told * band.gives.per_thousand // 1000))


def _span(bands: tuple[Band, ...], measure: Measure, value: int | None) -> tuple[int, int]:
    """The lowest and the highest band that a value of one measure allows, as positions."""
    asked = [(i, t) for i, b in enumerate(bands) for t in b.thresholds if t.measure == measure.name]
    if value is None:
        return 0, asked[-1][0] if asked else 0
    reached = [i for i, t in asked if _reaches(t, value)]
    missed = [i for i, t in asked if _reaches(t, value) is False]
    low = max(reached, default=0)
    open_to = [i for i, t in asked if t.at is None and (not missed or i < missed[0])]
    return low, max([low, *open_to])


def _reaches(threshold: Threshold, value: int) -> bool | None:
    if threshold.at is None:
        return None
    return value > threshold.at if threshold.above else value >= threshold.at


def _told(measure: Measure, value: int | None, low: Band, high: Band) -> Reason:
    decided = value is not None and low.id == high.id
    words = low.label if low.id == high.id else f"{low.label}至{high.label}"
    note = f"缺{measure.label}" if value is None else f"按{measure.label}为{words}"
    return Reason(
        measure.name,
        measure.label,
        Verdict.MET if decided else Verdict.UNKNOWN,
        found_at_least=value,
        found_at_most=value,
        unit=measure.unit,
        notes=(note,),
    )


def _open(low: Band, high: Band, missing: Iterable[str]) -> str:
    named = "、".join(missing)
    why = f"缺{named}" if named else "标准的分档数值未查到"
    return f"至少为{low.label}，可能达到{high.label}：{why}"


@dataclass(frozen=True, slots=True)
class Suspension:
    """How long a safety permit is suspended (暂扣), in days, or that it is revoked; None: not told."""

    least: int | None
    most: int | None
    revoked: bool
    reason: Reason


def suspend(
    tables: Mapping[str, Table], grade: str | None, *, earlier: tuple[int, ...] = (), concealed: bool = False
) -> Suspension:
    """The term for an accident of a grade (建质〔2008〕121号).

    Args:
        tables: of the book `permit-suspension`: `first`, `second`, `third`, `concealment`, `cap`.
        grade: label of the accident's grade (一般事故); None where it is not known.
        earlier: terms in days imposed within the twelve months before, in order.
        concealed: whether the accident was concealed, or reported late or falsely.
    """
    nth = "first" if not earlier else "second" if len(earlier) == 1 else "third"
    table = tables[nth]
    placed = look_up(table, grade)
    if placed is None:
        why = "缺事故等级" if grade is None else f"没有{grade}的暂扣时限"
        return Suspension(
            None, None, revoked=False, reason=Reason(table.id, table.label, Verdict.UNKNOWN, notes=(why,))
        )
    gives = placed.low.gives
    parts = [placed.reason]
    if gives.act == REVOKE:
        return _suspension(None, None, parts, why=placed.low.label)
    least, most = gives.least or 0, gives.most or gives.least or 0
    if earlier:
        least, most = least + earlier[-1], most + earlier[-1]
    if concealed:
        more = tables["concealment"].bands[0]
        parts.append(Reason("concealment", more.label, Verdict.MET, citation=more.citation))
        least, most = least + (more.gives.least or 0), most + (more.gives.most or 0)
    cap = tables["cap"].bands[0]
    if cap.gives.least is not None and least > cap.gives.least:
        parts.append(Reason("cap", cap.label, Verdict.MET, required=cap.gives.least, citation=cap.citation))
        return _suspension(None, None, parts, why=f"累计超过 {cap.gives.least} 日")
    return _suspension(least, most if cap.gives.least is None else min(most, cap.gives.least), parts)


def _suspension(least: int | None, most: int | None, parts: list[Reason], why: str = "") -> Suspension:
    revoked = least is None
    label = (
        f"{REVOKE}安全生产许可证（{why}）"
        if revoked
        else f"暂扣 {least}" + (f" 至 {most}" if most != least else "") + " 日"
    )
    reason = Reason(
        "suspension",
        label,
        Verdict.MET,
        found_at_least=least,
        found_at_most=most,
        unit="日",
        citation=parts[0].citation,
        children=tuple(parts),
    )
    return Suspension(least, most, revoked, reason)
