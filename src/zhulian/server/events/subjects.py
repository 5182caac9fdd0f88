"""Who is meant by a pushed item: sure keys and our own numbers, looked up a batch at a time.

A name is refused, although a file may name by it: what follows from an event is too grave for a guess.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.identifiers import Key
from zhulian.core.linkage import EventType
from zhulian.core.linkage.events import Kind
from zhulian.intake.validate import LABELS, normal_key
from zhulian.server.registry.identities import Claim, Resolver
from zhulian.server.registry.merging.selectors import survivor_of
from zhulian.server.registry.models import Identity, Subject

SUBJECTS: Final = (Kind.ENTERPRISE, Kind.PROJECT, Kind.PERSON)
_FORMS: Final[Mapping[str, str]] = {
    "enterprise": "统一社会信用代码、QY_ID:…，或平台编号（整数）",
    "project": "项目编码、PRJNUM:…，或平台编号（整数）",
    "person": "RY_ID:…、id_no:…，或平台编号（整数）",
}
_BARE: Final = {"project": "project_code"}
"""Kind of key that a bare text is, where it is no credit code."""

register(
    ErrorKind("event.subject_form", "「{field}」写的不是{label}的确定编号", "请改用：{forms}；只有名称的不接受推送"),
    ErrorKind(
        "event.subject_unknown",
        "「{field}」所指的{label}还没有登记",
        "请先通过数据归集登记该{label}，再推送这一条",
    ),
)


@dataclass(slots=True)
class Subjects:
    """The subjects of a batch: asked for first, all at once, then given one by one."""

    at: dt.datetime
    _ids: dict[tuple[str, Key], int] = field(default_factory=dict)
    _numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    _keys: dict[int, Key] = field(default_factory=dict)

    def look_up(self, asked: Iterable[tuple[str, Key | int]]) -> None:
        """Read what these keys and numbers mean."""
        chosen = dict.fromkeys(asked)
        resolver = Resolver(0, "", self.at)
        claims: list[Claim] = [(kind, kind, (key,)) for kind, key in chosen if isinstance(key, Key)]
        resolver.look_up(claims)
        for kind, found in resolver.known.items():
            self._ids |= {(kind, key): subject for key, subject in found.ids.items()}
        self._number([(kind, number) for kind, number in chosen if isinstance(number, int)])

    def _number(self, asked: list[tuple[str, int]]) -> None:
        kinds = dict(Subject.objects.filter(pk__in=[number for _, number in asked]).values_list("pk", "kind"))
        for kind, number in asked:
            if kinds.get(number) == kind:
                self._numbers[kind, number] = survivor_of(number)
        rows = Identity.objects.filter(subject_id__in=self._numbers.values(), confirmed=True, active=True)
        for subject, kind, value in rows.exclude(kind="id_no").values_list("subject_id", "kind", "value"):
            self._keys.setdefault(subject, Key(kind, value))

    def id_of(self, kind: str, one: Key | int) -> int | None:
        """The subject, None: nobody is known by it."""
        return self._ids.get((kind, one)) if isinstance(one, Key) else self._numbers.get((kind, one))

    def key_of(self, kind: str, one: Key | int) -> Key | None:
        """A sure key by which a row may name the subject; None: there is none."""
        if isinstance(one, Key):
            return one
        subject = self._numbers.get((kind, one))
        return self._keys.get(subject) if subject is not None else None


def named(kind: EventType, data: Mapping[str, Any]) -> tuple[dict[str, Key | int], dict[str, ZhulianError]]:
    """Per subject field of an item the key or number that it gives, and what is wrong with the others."""
    found: dict[str, Key | int] = {}
    wrong: dict[str, ZhulianError] = {}
    for one in kind.fields:
        if one.kind not in SUBJECTS or one.name not in data:
            continue
        try:
            found[one.name] = _named(one.kind.value, data[one.name])
        except ZhulianError as error:
            bad_code = error.code == "id.uscc"
            forms = {"field": one.name, "label": LABELS[one.kind.value], "forms": _FORMS[one.kind.value]}
            wrong[one.name] = error if bad_code else ZhulianError("event.subject_form", **forms)
    return found, wrong


def _named(kind: str, value: str | int) -> Key | int:
    if isinstance(value, int):
        return value
    text = value if ":" in value or "：" in value or kind not in _BARE else f"{_BARE[kind]}:{value}"
    key = normal_key(text, kind)
    if not key.sure or not key.value:
        raise ZhulianError("event.subject_form")
    return key


def unknown(kind: str) -> ZhulianError:
    """The refusal of a subject that nobody has told us about; its field is called like its kind."""
    return ZhulianError("event.subject_unknown", field=kind, label=LABELS[kind])
