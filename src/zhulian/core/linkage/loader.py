"""YAML bytes → rules of linkage. Without a citation a rule does not load; nor does a circle without a guard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from zhulian.core.bands.document import Source, flag, head, in_force, ordered, read, unique
from zhulian.core.kernel.canonical import sha256_of
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.reasons import Citation
from zhulian.core.linkage.acts import ACTS, POWERS, Act, End, Refusal, Seat
from zhulian.core.linkage.circles import circles
from zhulian.core.linkage.clocks import Clock, parse_clock
from zhulian.core.linkage.events import EVENT_TYPES, Domain, EventType, Kind
from zhulian.core.linkage.facts import FACTS
from zhulian.core.linkage.model import (
    Allowed,
    AnyOf,
    Ask,
    Condition,
    CopyEffect,
    Exempt,
    FlagEffect,
    LinkageRule,
    LinkageVersion,
    ObligationEffect,
    Owner,
    ProposalEffect,
    RuleEffect,
    ShareEffect,
)
from zhulian.core.rules.fields import Fields
from zhulian.core.rules.sources import EVIDENCE

register(
    ErrorKind(
        "linkage.circle",
        "联动规则成环：{rules}",
        "请给环中提出待办、拟办的一条规则加上 once_while_open: true（同一事项未办结时不再触发）；标识不会这样停下，请去掉其中一个结果",
    ),
    ErrorKind("linkage.endless", "规则文件 {file} 的 {where} 提出了限制措施，却没有写明如何结束", "请写 ends 或 term"),
)

SHARES: Final = {"key": "列为重点对象", "raise": "提高抽查比例", "lower": "降低抽查比例"}
_KINDS: Final[Mapping[Kind, tuple[Ask, ...]]] = {
    Kind.COUNT: (Ask.AT_LEAST, Ask.AT_MOST),
    Kind.FEN: (Ask.AT_LEAST, Ask.AT_MOST),
    Kind.TEXT: (Ask.IN,),
    Kind.BOOL: (Ask.IS,),
}


@dataclass(frozen=True, slots=True)
class LinkageBook:
    """All rules by id."""

    rules: Mapping[str, LinkageRule]

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> LinkageBook:
        """Name → content.

        Raises:
            ZhulianError: `rulebook.*`, `linkage.*`.
        """
        rules: dict[str, LinkageRule] = {}
        for name, data in sorted(files.items()):
            for rule in _rules(name, data):
                if rule.id in rules:
                    raise ZhulianError("rulebook.duplicate", file=name, where="rules", value=rule.id)
                rules[rule.id] = rule
        book = cls(rules)
        for day in sorted({v.valid_from for r in rules.values() for v in r.versions}):
            circle = circles([version for _, version in book.in_force(day)])
            if circle:
                raise ZhulianError("linkage.circle", rules=" → ".join(circle))
        return book

    def in_force(
        self, on: dt.date, known_at: dt.datetime | None = None
    ) -> Iterator[tuple[LinkageRule, LinkageVersion]]:
        """The rules in force on a day with their version, in order of id."""
        for rule in self.rules.values():
            version = in_force(rule.versions, on, known_at)
            if version is not None:
                yield rule, version

    def of_event(
        self, name: str, on: dt.date, known_at: dt.datetime | None = None
    ) -> Iterator[tuple[LinkageRule, LinkageVersion]]:
        """Those that an event of a type may fire."""
        return ((r, v) for r, v in self.in_force(on, known_at) if v.when.name == name)


def _rules(file: str, data: bytes) -> Iterator[LinkageRule]:
    with read(file, data) as fields:
        fields.text("subject")
        for entry in fields.children("rules"):
            with entry:
                toward = tuple(Domain(w) for w in _options(entry, "toward", tuple(Domain)))
                name, title = entry.text("id"), entry.text("title")
                versions = ordered(file, [_version(name, v) for v in entry.children("versions")])
                yield LinkageRule(name, title, toward, file, versions)


def _version(rule: str, fields: Fields) -> LinkageVersion:
    where = fields.where
    with fields:
        version, valid_from, published_at, source = head(fields)
        fields.where = where
        citation = _citation(fields, source)
        when = EVENT_TYPES.get(fields.text("when"))
        if when is None:
            raise _reference(fields, fields.text("when"), EVENT_TYPES)
        conditions = tuple(_condition_or_any(c, when) for c in fields.children("if", ()))
        exempts = tuple(_exempt(c, when) for c in fields.children("unless", ()))
        effects = tuple(_effect(e, source) for e in fields.children("then"))
        unique(fields, [e.id for e in effects])
        if not effects:
            raise fields.error("rulebook.value", "then", [], "至少一个结果")
        unknown = fields.option("unknown", ("act", "hold"), "hold") == "act"
        once = flag(fields, "once_while_open")
        content = repr((conditions, exempts, unknown, once, effects))
        digest = sha256_of([rule, version, when.name, str(valid_from), str(published_at), content])
        return LinkageVersion(
            version,
            valid_from,
            published_at,
            source,
            citation,
            when,
            conditions,
            exempts,
            unknown,
            once,
            effects,
            digest,
        )


def _citation(fields: Fields, source: Source) -> Citation:
    """The clause of this place: in the version's document unless it names another (`document`)."""
    document = fields.text("document", "") or source.document
    evidence = fields.option("evidence", EVIDENCE, source.evidence)
    return Citation(document, fields.text("clause", ""), evidence)


def _condition_or_any(fields: Fields, when: EventType) -> Condition | AnyOf:
    if not fields.has("any"):
        return _condition(fields, when)
    with fields:
        return AnyOf(tuple(_condition(c, when) for c in fields.children("any")))


def _exempt(fields: Fields, when: EventType) -> Exempt:
    label = fields.text("label")
    return Exempt(label, _condition(fields, when))


def _condition(fields: Fields, when: EventType) -> Condition:
    with fields:
        of_event = fields.has("field")
        name = fields.text("field" if of_event else "fact")
        named = {f.name: f for f in when.fields} if of_event else FACTS
        if name not in named:
            raise _reference(fields, name, named)
        asked = named[name]
        ask = next((a for a in _KINDS.get(asked.kind, ()) if fields.has(a.value)), None)
        if ask is None:
            expected = "、".join(_KINDS.get(asked.kind, ())) or "另一个字段，这种字段不能比较"
            raise fields.error("rulebook.value", name, None, expected)
        return Condition(name, of_event, asked.label, asked.kind, ask, _VALUES[ask](fields, ask.value))


def _count(fields: Fields, name: str) -> int:
    value = fields.raw(name)
    if type(value) is not int or value < 0:
        raise fields.error("rulebook.value", name, value, "不小于 0 的整数（金额以分为单位）")
    return value


_VALUES: Final[Mapping[Ask, Callable[[Fields, str], int | bool | tuple[str, ...]]]] = {
    Ask.AT_LEAST: _count,
    Ask.AT_MOST: _count,
    Ask.IN: lambda fields, name: fields.texts(name),
    Ask.IS: flag,
}


def _effect(fields: Fields, source: Source) -> RuleEffect:
    with fields:
        kind = next((k for k in _EFFECTS if fields.has(k)), None)
        if kind is None:
            raise fields.error("rulebook.value", "then", None, "、".join(_EFFECTS))
        return _EFFECTS[kind](fields, _citation(fields, source))


def _flag(fields: Fields, citation: Citation) -> FlagEffect:
    return FlagEffect(fields.text("id"), fields.text("flag"), _until(fields), citation)


def _until(fields: Fields) -> str:
    until = fields.text("until")
    if until not in EVENT_TYPES:
        raise _reference(fields, until, EVENT_TYPES)
    return until


def _proposal(fields: Fields, citation: Citation) -> ProposalEffect:
    name = fields.text("propose")
    if name not in ACTS:
        raise _reference(fields, name, ACTS)
    act = ACTS[name]
    refuses = tuple(Refusal(w) for w in _options(fields, "refuses", tuple(Refusal), ()))
    ends = End(fields.option("ends", tuple(End), "")) if fields.has("ends") else None
    ends_on = fields.text("ends_on", "")
    if ends_on and ends_on not in EVENT_TYPES:
        raise _reference(fields, ends_on, EVENT_TYPES)
    suspension = flag(fields, "suspension")
    out = ProposalEffect(
        fields.text("id"),
        act,
        fields.text("label", act.label),
        _allowed(fields, "within"),
        refuses,
        ends,
        ends_on,
        _clock(fields, "term"),
        suspension,
        _allowed(fields, "defence"),
        _immediate(fields),
        citation,
    )
    _complete(fields, act, out)
    return out


def _complete(fields: Fields, act: Act, effect: ProposalEffect) -> None:
    """Refuse a restriction that would have no end, no window for defence, or belongs to an act that makes none."""
    if bool(effect.refuses) != act.restricts:
        raise fields.error("rulebook.value", "refuses", list(effect.refuses), f"「{act.label}」与限制内容相符")
    if not act.restricts:
        return
    termless = effect.ends is End.TERM and effect.term is None and not effect.suspension
    eventless = effect.ends is End.FACTS and not effect.ends_on
    if effect.ends is None or termless or eventless:
        raise ZhulianError("linkage.endless", file=fields.file, where=fields.where)
    if effect.defence is None and effect.immediate is None:
        raise fields.error("rulebook.value", "defence", None, "陈述申辩期限，或 immediate 写明允许先行生效的依据")


def _immediate(fields: Fields) -> Citation | None:
    if not fields.has("immediate"):
        return None
    with fields.child("immediate") as law:
        return Citation(law.text("document"), law.text("clause", ""), law.option("evidence", EVIDENCE, "excerpt"))


def _obligation(fields: Fields, citation: Citation) -> ObligationEffect:
    owner = Owner(fields.option("power", POWERS), Seat(fields.option("seat", tuple(Seat))))
    within = _allowed(fields, "within")
    if within is None:
        raise fields.error("rulebook.key_missing", "within")
    done_by = _options(fields, "done_by", tuple(EVENT_TYPES))
    return ObligationEffect(fields.text("id"), fields.text("obligation"), owner, within, done_by, citation)


def _share(fields: Fields, citation: Citation) -> ShareEffect:
    share, term = fields.option("share", tuple(SHARES)), _clock(fields, "term")
    until = _until(fields) if fields.has("until") else ""
    if (term is None) == (not until):
        raise ZhulianError("linkage.endless", file=fields.file, where=fields.where)
    return ShareEffect(fields.text("id"), share, SHARES[share], term, until, citation)


def _copy(fields: Fields, citation: Citation) -> CopyEffect:
    return CopyEffect(
        fields.text("id"), fields.text("copy_to"), fields.text("asks"), _allowed(fields, "within"), citation
    )


_EFFECTS: Final[Mapping[str, Callable[[Fields, Citation], RuleEffect]]] = {
    "flag": _flag,
    "propose": _proposal,
    "obligation": _obligation,
    "share": _share,
    "copy_to": _copy,
}


def _clock(fields: Fields, name: str) -> Clock | None:
    if not fields.has(name):
        return None
    text = fields.text(name)
    try:
        return parse_clock(text)
    except ValueError:
        raise fields.error("rulebook.value", name, text, "如 5 工作日、90 自然日、3 个月、1 年") from None


def _allowed(fields: Fields, name: str) -> Allowed | None:
    """`within: 5 工作日` where law says so, `within_office: 5 工作日` where the office sets its own time."""
    law, office = _clock(fields, name), _clock(fields, f"{name}_office")
    if law and office:
        raise fields.error("rulebook.value", f"{name}_office", str(office), f"{name} 与 {name}_office 只写其一")
    clock = law or office
    return Allowed(clock, by_office=law is None) if clock else None


def _options(
    fields: Fields, name: str, options: tuple[str, ...], default: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    words = fields.texts(name) if default is None else fields.texts(name, default)
    for word in words:
        if word not in options:
            raise _reference(fields, word, options)
    return words


def _reference(fields: Fields, value: str, options: Iterable[str]) -> ZhulianError:
    known = "、".join(options)
    return ZhulianError("rulebook.reference", file=fields.file, where=fields.where, value=value, options=known)
