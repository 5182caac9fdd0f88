"""The queue as pages show it: pairs in view, and one pair field by field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from zhulian.core.kernel.codes import division_name, parse_division
from zhulian.core.kernel.dates import from_micros
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import mask_name
from zhulian.core.tables import TABLES, Column, Kind, Publicity
from zhulian.server.accounts.models import DivisionClosure
from zhulian.server.assessments.quantities import quantity
from zhulian.server.registry.matching.locating import visible
from zhulian.server.registry.merging.selectors import rows_of
from zhulian.server.registry.models import MODELS, Candidate, Identity, MatchMark, Provisional, Source, SubjectKind
from zhulian.server.registry.permissions import IDENTITY_VIEW
from zhulian.server.registry.selectors import STATUSES

NOTHING: Final = "—"
SORTS: Final = {
    "": ("origin", "-score", "found_at", "pk"),  # conflicts first: a record waits for each
    "score": ("score", "pk"),
    "-score": ("-score", "pk"),
    "found": ("found_at", "pk"),
    "-found": ("-found_at", "pk"),
}
IDENTITY_LABELS: Final = {
    "uscc": "统一社会信用代码",
    "QY_ID": "全国平台企业编号",
    "RY_ID": "全国平台人员编号",
    "jzsc_person": "全国平台人员编号",
    "id_no": "身份证号码",
    "project_code": "项目编码",
    "PRJNUM": "全国平台项目编号",
    "name": "名称（省内）",
    "local": "来源自编号",
}
EXPORT_LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to, as typed."""

    state: str = Candidate.State.OPEN.value
    kind: str = ""
    origin: str = ""
    score: str = ""
    feed: str = ""
    division: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything but the tab is chosen."""
        return any((self.kind, self.origin, self.score, self.feed, self.division))


@dataclass(frozen=True, slots=True)
class Line:
    """One pair of the list."""

    pair: Candidate
    names: tuple[str, str]
    divisions: tuple[str, str]
    found_at: dt.datetime
    decided_at: dt.datetime | None
    why: str


def listed(user: Any, filters: Filters, action: str = IDENTITY_VIEW) -> QuerySet[Candidate]:
    """Pairs in view, the likeliest first."""
    rows = visible(user, action).filter(_narrow(filters), state=filters.state)
    return rows.select_related("locked_by").order_by(*SORTS.get(filters.sort, SORTS[""]))


def _narrow(filters: Filters) -> Q:
    out = Q()
    for field, value in (("subject_kind", filters.kind), ("origin", filters.origin), ("feed", filters.feed)):
        if value:
            out &= Q(**{field: value})
    if filters.score.isdecimal():
        out &= Q(score__gte=int(filters.score[:6]))
    if filters.division:
        out &= _within(filters.division)
    return out


def _within(text: str) -> Q:
    try:
        code = parse_division(text)
    except ZhulianError:
        return Q(pk__in=[])
    below = DivisionClosure.objects.filter(ancestor=code).values("descendant")
    return Q(a_division__in=below) | Q(b_division__in=below)


def counts(user: Any) -> dict[str, int]:
    """Pairs in view by state."""
    rows = visible(user, IDENTITY_VIEW).order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}


def totals(rows: QuerySet[Candidate]) -> dict[str, int]:
    """A list's pairs by kind of subject."""
    found = rows.order_by().values("subject_kind").annotate(n=Count("pk"))
    return {row["subject_kind"]: row["n"] for row in found}


def feeds(user: Any) -> list[str]:
    """Feeds that pairs in view came from."""
    rows = visible(user, IDENTITY_VIEW).exclude(feed="").order_by("feed")
    return list(rows.values_list("feed", flat=True).distinct())


def waiting() -> dict[str, int]:
    """Provisional subjects by kind, and how many subjects wait to be compared."""
    rows = Provisional.objects.order_by().values("kind").annotate(n=Count("pk"))
    return {**{row["kind"]: row["n"] for row in rows}, "marks": MatchMark.objects.count()}


def lines(rows: Iterable[Candidate], *, opened: bool = False) -> list[Line]:
    """Pairs with names: a fixed number of queries for a page."""
    found = list(rows)
    named = names_of([(row.subject_kind, subject) for row in found for subject in row.pair], opened=opened)
    return [
        Line(
            pair=row,
            names=(named[row.subject_kind, row.a], named[row.subject_kind, row.b]),
            divisions=(_place(row.a_division), _place(row.b_division)),
            found_at=from_micros(row.found_at),
            decided_at=from_micros(row.decided_at) if row.decided_at else None,
            why="、".join(f["label"] for f in row.features if f["points"] > 0),
        )
        for row in found
    ]


def _place(division: str) -> str:
    return division_name(division) if division else NOTHING


def names_of(subjects: Iterable[tuple[str, int]], *, opened: bool = False) -> dict[tuple[str, int], str]:
    """(kind, subject) → its last name, else what others call it; persons masked unless opened."""
    wanted = set(subjects)
    out: dict[tuple[str, int], str] = {}
    for kind in SubjectKind.values:
        ids = [subject for of, subject in wanted if of == kind]
        told = Identity.objects.filter(subject_id__in=ids, kind="name").order_by("pk")
        names = {subject: value.rpartition("@")[0] for subject, value in told.values_list("subject_id", "value")}
        model: Any = MODELS[kind]
        # Superseded rows too: who was merged away is still called by its last name.
        rows = model.objects.filter(**{f"{kind}__in": ids}).order_by("superseded_at", "fact_until", "row_id")
        names.update(dict(rows.values_list(kind, "name")))
        for subject in ids:
            name = names.get(subject, f"#{subject}")
            out[kind, subject] = mask_name(name) if kind == "person" and not opened else name
    return out


@dataclass(frozen=True, slots=True)
class Side:
    """One subject of a pair: who, where told, what it is called by, what would move with it."""

    subject: int
    name: str
    letter: str
    confirmed: bool
    source: str
    fresh_at: dt.datetime | None
    identities: tuple[tuple[str, str, bool], ...]
    """Kind in words, value (masked where it must be), whether it is sure."""
    rows: tuple[tuple[str, int], ...]

    @property
    def row_count(self) -> int:
        """All rows that name it."""
        return sum(count for _, count in self.rows)


@dataclass(frozen=True, slots=True)
class Field:
    """One column beside the other side's. `mark`: same, differs, one (only one side tells), none."""

    label: str
    left: str
    right: str
    mark: str


def sides(pair: Candidate, *, opened: bool) -> tuple[Side, Side]:
    """Both subjects of a pair."""
    named = names_of([(pair.subject_kind, subject) for subject in pair.pair], opened=opened)
    left, right = (
        _side(pair.subject_kind, subject, letter, named[pair.subject_kind, subject], opened=opened)
        for letter, subject in zip("甲乙", pair.pair, strict=True)
    )
    return left, right


def _side(kind: str, subject: int, letter: str, name: str, *, opened: bool) -> Side:
    row = _row(kind, subject)
    source = Source.objects.filter(pk=row.source_id).first() if row is not None else None
    identities = list(
        Identity.objects.filter(Q(member=subject) | Q(subject_id=subject, member=None), active=True).order_by("pk")
    )
    return Side(
        subject=subject,
        name=name,
        letter=letter,
        confirmed=any(one.confirmed for one in identities),
        source=str(source) if source else "",
        fresh_at=from_micros(source.received_at) if source else None,
        identities=tuple(
            (IDENTITY_LABELS.get(one.kind, one.kind), _called(kind, one, opened=opened), one.confirmed)
            for one in identities
        ),
        rows=tuple((TABLES[table].label, count) for table, count in rows_of(kind, subject).items()),
    )


def _called(kind: str, one: Identity, *, opened: bool) -> str:
    if one.kind == "id_no":
        return "（已加密）"
    if kind == "person" and one.kind == "name" and not opened:
        name, _, place = one.value.rpartition("@")
        return f"{mask_name(name)}@{place}"
    return one.value


def _row(kind: str, subject: int) -> Any:
    """The last row that the register has, or had, of a subject."""
    model: Any = MODELS[kind]
    return model.objects.filter(**{kind: subject}).order_by("-superseded_at", "-fact_until", "-row_id").first()


def fields(pair: Candidate, *, opened: bool) -> list[Field]:
    """The subjects' own rows, column by column."""
    kind = pair.subject_kind
    left, right = (_row(kind, subject) for subject in pair.pair)
    return [_field(c, left, right, opened=opened) for c in TABLES[kind].columns if c.kind is not Kind.REF]


def _field(column: Column, left: Any, right: Any, *, opened: bool) -> Field:
    raw = [_raw(column, row) for row in (left, right)]
    told = [value for value in raw if value not in {None, ""}]
    if not told:
        mark = "none"
    elif len(told) == 1:
        mark = "one"
    else:
        mark = "same" if raw[0] == raw[1] else "differs"
    words = [_words(column, value, opened=opened) for value in raw]
    return Field(column.label, words[0], words[1], mark)


def _raw(column: Column, row: Any) -> Any:
    if row is None:
        return None
    return getattr(row, f"{column.name}_index" if column.public is Publicity.SECRET else column.name)


def _words(column: Column, value: Any, *, opened: bool) -> str:
    if value is None or value == "":
        return NOTHING
    if column.public is Publicity.SECRET:
        return "（已加密）"
    if column.public is Publicity.PARTIES and column.name == "name" and not opened:
        return mask_name(str(value))
    if column.name == "legal_representative" and not opened:
        return mask_name(str(value))
    if column.kind is Kind.INT:
        return quantity(value, column.unit)
    return division_name(str(value)) if column.check == "division" else STATUSES.get(str(value), str(value))


HEADER: Final = ("种类", "甲", "乙", "得分", "依据", "来由", "数据来源", "甲所在", "乙所在", "状态", "理由", "发现时间")


def export_rows(rows: QuerySet[Candidate]) -> Iterator[tuple[str, ...]]:
    """The list as text, at most `EXPORT_LIMIT` lines, names of persons masked."""
    ids = list(rows.values_list("pk", flat=True)[:EXPORT_LIMIT])
    for start in range(0, len(ids), 500):
        found: Mapping[int, Candidate] = Candidate.objects.in_bulk(ids[start : start + 500])
        for line in lines(found[pk] for pk in ids[start : start + 500] if pk in found):
            pair = line.pair
            yield (
                pair.get_subject_kind_display(),
                *line.names,
                str(pair.score),
                line.why,
                pair.get_origin_display(),
                pair.feed,
                *line.divisions,
                pair.get_state_display(),
                pair.reason,
                f"{line.found_at:%Y-%m-%d %H:%M}",
            )
