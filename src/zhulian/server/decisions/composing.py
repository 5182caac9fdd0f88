"""The text of documents: 事实 · 依据 · 理由 · 决定 · 救济 (行政处罚法 art. 59 names what a decision must state).

Remedies: 行政复议法 (2023) art. 20, sixty days; 行政诉讼法 (2017) art. 46, six months. Figures of law, not ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.linkage import EVENT_TYPES, End, Refusal
from zhulian.core.linkage.acts import END_LABELS
from zhulian.core.linkage.events import Field, Kind
from zhulian.server.decisions.models import Defence, Proposal

REMEDY: Final = (
    "如不服本决定，可以自知道或者应当知道本决定之日起六十日内，依法向有管辖权的行政复议机关申请行政复议（行政复议法第二十条）；也可以自知道或者应当知道之日起六个月内，依法向人民法院提起行政诉讼（行政诉讼法第四十六条）。",
    "行政复议或者行政诉讼期间，本决定不停止执行，法律另有规定的除外。",
)
_ASKED: Final = (
    ("time", "约谈时间：{}。"),
    ("place", "约谈地点：{}。"),
    ("due_on", "请于 {} 前书面报告办理情况（期限由本机关设定）。"),
)
"""What the event of a matter started by hand tells → how its document asks for it."""
PUBLIC: Final = {"supervise": "本事项自送达之日起在本平台向社会公开，办结后停止公开。"}
"""Act → what its document says about the public."""
NUMERALS: Final = "一二三四五六七八九十"
_SHOWN: Final = (Kind.TEXT, Kind.DATE, Kind.COUNT, Kind.FEN, Kind.BOOL)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


def as_json(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Sections with content, numbered as official documents number them (一、二、…)."""
    kept = [s for s in sections if any(s.paragraphs)]
    return [
        {"heading": f"{NUMERALS[n]}、{s.heading}", "paragraphs": [p for p in s.paragraphs if p]}
        for n, s in enumerate(kept)
    ]


def facts_told(event_type: str, told: Mapping[str, Any]) -> str:
    """What an event tells, in a sentence: the draft of the facts until the handler has checked them."""
    kind = EVENT_TYPES[event_type]
    parts = [f"{f.label}：{_value(f, told[f.name])}" for f in kind.fields if _tells(f, told.get(f.name))]
    return f"{kind.label}。{'；'.join(parts)}。" if parts else f"{kind.label}。"


def _tells(field: Field, value: object) -> bool:
    return field.kind in _SHOWN and value not in (None, "")


def _value(field: Field, value: Any) -> str:
    if field.kind is Kind.FEN and isinstance(value, int):
        return f"{value // 100:,} 元"
    if field.kind is Kind.BOOL:
        return "是" if value else "否"
    if field.name == "code" and str(value) in qualification_codes():
        return qualification_codes()[str(value)].name
    return str(value)


def measure(proposal: Proposal) -> str:
    """What the decision does, in one sentence."""
    refused = "、".join(Refusal(word).label for word in proposal.refuses)
    term = (
        f"，期限 {proposal.term_days} 日" if proposal.term_days else f"，期限 {proposal.term}" if proposal.term else ""
    )
    of_code = qualification_codes().get(proposal.code)
    about = f"（{of_code.name}）" if of_code else ""
    limits = f"。在此期间，不得{refused}" if refused else ""
    return f"{proposal.label}{about}{term}{limits}。"


def ending(proposal: Proposal) -> str:
    """How it ends; empty for an act without a restriction."""
    if not proposal.ends:
        return ""
    when = EVENT_TYPES[proposal.ends_on].label if proposal.ends_on else ""
    told = f"（{when}）" if when else ""
    return f"解除方式：{END_LABELS[End(proposal.ends)]}{told}。"


def notice(proposal: Proposal) -> list[dict[str, Any]]:
    """The text of a notice before a decision (事先告知书)."""
    by_office = "（该期限由本机关设定，法规未规定）" if proposal.defence_by_office else ""
    rights = (
        f"自本告知书送达之日起 {proposal.defence}内，可以向本机关提出陈述、申辩，也可以申请听证或者申请延期"
        f"{by_office}；逾期未提出的，视为放弃。陈述、申辩不会使处理加重。"
    )
    return as_json(
        [
            Section("事实和证据", (proposal.facts,)),
            Section("依据", (proposal.clause,)),
            Section("理由", (proposal.grounds,)),
            Section("拟作出的处理", (f"本机关拟作出：{measure(proposal)}", ending(proposal))),
            Section("陈述申辩的权利", (rights,)),
        ]
    )


def decision(proposal: Proposal, defences: Sequence[Defence]) -> list[dict[str, Any]]:
    """The text of a decision; `defences` are those answered."""
    start = f"自送达之日起生效（依据：{proposal.immediate}）。" if proposal.immediate else "自送达之日起生效。"
    limits = (start, ending(proposal)) if proposal.refuses else ()
    return as_json(
        [
            Section("事实和证据", (proposal.facts,)),
            Section("依据", (proposal.clause,)),
            Section("理由", (proposal.grounds,)),
            Section("陈述申辩", _heard(proposal, defences)),
            Section("决定", (f"本机关决定：{measure(proposal)}", *limits)),
            Section("办理要求", asked(proposal)),
            Section("救济途径", REMEDY),
        ]
    )


def asked(proposal: Proposal) -> tuple[str, ...]:
    """What the addressee is to do by when, and whether the public is told; nothing for an act that restricts."""
    if proposal.refuses:
        return ()
    by_hand = proposal.told if proposal.event_type == "act.started" else {}
    return (*(text.format(by_hand[name]) for name, text in _ASKED if by_hand.get(name)), PUBLIC.get(proposal.act, ""))


def _heard(proposal: Proposal, defences: Sequence[Defence]) -> tuple[str, ...]:
    if proposal.immediate:
        return ("依法可以先行生效；当事人可以在收到本决定后提出陈述、申辩。",)
    if proposal.defence_until is None:
        return ()
    if not defences:
        return (f"本机关已事先告知，至 {proposal.defence_until} 当事人未提出陈述、申辩。",)
    return tuple(
        f"{d.get_kind_display()}（{d.filed_at.date()}）：{d.get_state_display()}。{d.decision}".strip()
        for d in defences
    )


def lifting(document_no: str, label: str, finding: str, on: dt.date) -> list[dict[str, Any]]:
    """The text of a lifting (解除通知书)."""
    return as_json(
        [
            Section("复核情况", (finding,)),
            Section("决定", (f"自 {on} 起解除 {document_no} 作出的{label}。",)),
        ]
    )


def revocation(document_no: str, label: str, reason: str, finding: str, on: dt.date) -> list[dict[str, Any]]:
    """The text that takes back a decision which restricted nothing (撤销决定书)."""
    return as_json(
        [
            Section("理由", (reason,)),
            Section("复核情况", (finding,)),
            Section("决定", (f"自 {on} 起撤销 {document_no} 作出的{label}，不再要求办理。",)),
        ]
    )


def annulment(document_no: str, label: str, reason: str, finding: str, on: dt.date) -> list[dict[str, Any]]:
    """The text of an annulment (撤销决定书)."""
    return as_json(
        [
            Section("理由", (reason,)),
            Section("复核情况", (finding,)),
            Section("决定", (f"自 {on} 起撤销 {document_no} 作出的{label}决定，该决定的限制随之解除。",)),
        ]
    )
