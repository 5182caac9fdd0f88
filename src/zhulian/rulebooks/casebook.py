"""Cases as a lawyer writes them → rows of the canonical tables (docs/rulebooks.md describes the vocabulary).

A key that is not in the vocabulary, a person without insurance news although insurance is covered, an indicator
that no table knows: the case does not load. A case that says less than its author meant would pass for nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from zhulian.core.kernel.dates import add_years
from zhulian.core.kernel.verdicts import LABELS, Verdict
from zhulian.core.rules.quantities import PERSONS, WORKS, YEARS, YUAN, parse_quantity, scale_of
from zhulian.core.tables import INDICATORS, TABLES

HOLDER: Final = 1
OTHER: Final = 2
VERDICTS: Final = {label: verdict for verdict, label in LABELS.items()}
TABLE_BY_LABEL = {t.label: t.name for t in TABLES.values()}
INDICATOR_BY_LABEL = {i.label: i for i in INDICATORS.values()}
BORN, INSURED_SINCE, VALID_UNTIL = dt.date(1985, 1, 1), dt.date(2010, 1, 1), dt.date(2035, 12, 31)
LISTS = {"注册建造师": "注册", "职称人员": "职称", "现场管理人员": "岗位", "技术工人": "技能"}
"""Short lists: each line is a person with one credential of this kind."""
CREDENTIAL_KEYS = {
    "注册": {"类别", "专业", "有效期至", "单位"},
    "职称": {"等级", "专业"},
    "岗位": {"岗位", "有效期至"},
    "技能": {"等级", "工种"},
}
PERSON_KEYS = {"人数", "年龄", "出生", "社保", "另注册于", "职务", "年限"}


@dataclass
class Case:
    """One question: facts, a day, what must come out."""

    file: str
    name: str
    code: str
    purpose: str
    as_of: dt.date
    expect: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]]
    number: int
    """Which case of its file, from 1: one that asks about two days makes two of these."""

    def __str__(self) -> str:
        return f"{self.code}-{self.as_of}-{self.name}"


class BadCaseError(ValueError):
    """A case that does not say what it means."""


def read_cases(file: str, data: bytes) -> list[Case]:
    """Cases of one file."""
    return [case for number, spec in enumerate(yaml.safe_load(data), 1) for case in _cases(file, number, spec)]


def _cases(file: str, number: int, spec: dict[str, Any]) -> Iterator[Case]:
    _known(spec, {"case", "code", "purpose", "as_of", "facts", "expect", "days"}, "案例")
    days = spec["days"] if "days" in spec else {spec["as_of"]: spec["expect"]}
    facts = Facts(min(days))
    try:
        facts.read(spec.get("facts") or {})
    except (BadCaseError, KeyError, ValueError) as error:
        raise BadCaseError(f"{file}「{spec['case']}」：{error}") from error
    for day, expect in days.items():
        yield Case(
            file, spec["case"], spec["code"], spec.get("purpose", "动态核查"), day, expect, dict(facts.rows), number
        )


@dataclass
class Facts:
    """Collects rows. `day` is the (first) day asked about: ages are completed on it."""

    day: dt.date
    rows: defaultdict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    persons: int = 100
    lead: int | None = None
    constructor: int | None = None
    untold: bool = False

    def add(self, table: str, **values: Any) -> None:
        self.rows[table].append(values)

    def read(self, facts: dict[str, Any]) -> None:
        readers = {
            "注册省份": lambda _province: None,
            "净资产": self.finance,
            "技术负责人": self.technical_lead,
            "人员": self.people,
            "业绩": self.works,
            "设备": self.equipment,
            "安全生产许可证": self.permit,
            "未覆盖": lambda _labels: None,
            "全部企业已覆盖": self.everyone,
        } | {name: self.short_list(kind) for name, kind in LISTS.items()}
        _known(facts, readers, "facts")
        self.add("enterprise", enterprise=HOLDER, name="案例企业", region=_region(facts.get("注册省份")))
        self.add("enterprise", enterprise=OTHER, name="另一企业")
        for name in sorted(facts, key=list(readers).index):
            readers[name](facts[name])
        self.coverage(facts.get("未覆盖", []))

    def finance(self, value: Any) -> None:
        amount = None if value == "未填报" else parse_quantity(value, YUAN)
        self.add("finance", enterprise=HOLDER, as_of=dt.date(self.day.year - 1, 12, 31), net_assets=amount)

    def technical_lead(self, spec: dict[str, Any]) -> None:
        self.lead = self.people([{**spec, "职务": "技术负责人"}])

    def short_list(self, kind: str) -> Any:
        def read(lines: list[dict[str, Any]]) -> None:
            for line in lines:
                credential = {k: v for k, v in line.items() if k in CREDENTIAL_KEYS[kind]}
                self.people([{kind: [credential], **{k: v for k, v in line.items() if k not in credential}}])

        return read

    def people(self, lines: list[dict[str, Any]]) -> int:
        for line in lines:
            _known(line, PERSON_KEYS | set(CREDENTIAL_KEYS), "人员")
            for _ in range(parse_quantity(str(line.get("人数", "1人")).removesuffix("人") + "人", PERSONS)):
                self.persons += 1
                self.person(self.persons, line)
        return self.persons

    def person(self, person: int, line: dict[str, Any]) -> None:
        born = line.get("出生", BORN)
        if "年龄" in line:
            born = add_years(self.day, -line["年龄"])
        self.add("person", person=person, name=f"人员{person}", birth_on=None if born == "未知" else born)
        self.insurance(person, line.get("社保", "本企业"))
        for kind in CREDENTIAL_KEYS:
            for credential in _listed(line.get(kind, [])):
                self.credential(person, kind, {"岗位": credential} if isinstance(credential, str) else credential)
        for registration in [r for r in _listed(line.get("注册", [])) if "另注册于" in line]:
            self.credential(person, "注册", {**registration, "单位": line["另注册于"]})
        if "职务" in line:
            years = parse_quantity(line["年限"], YEARS) if "年限" in line else None
            self.add("officer", enterprise=HOLDER, person=person, post=line["职务"], years_in_management=years)

    def insurance(self, person: int, told: str) -> None:
        payers = {"本企业": HOLDER, "其他企业": OTHER, "无": None, "未告知": None}
        if told not in payers:
            raise BadCaseError(f"社保只能是{'、'.join(payers)}，不是「{told}」")
        self.untold |= told == "未告知"
        if payers[told] is not None:
            self.add("insurance", person=person, enterprise=payers[told], month_from=INSURED_SINCE, month_until=None)

    def credential(self, person: int, kind: str, spec: dict[str, Any]) -> None:
        _known(spec, CREDENTIAL_KEYS[kind], kind)
        until = spec.get("有效期至", VALID_UNTIL)
        until = None if until == "未知" else until
        number = f"{kind}{person}-{len(self.rows)}-{sum(map(len, self.rows.values()))}"
        if kind == "注册":
            self.constructor = self.constructor or person
            employer = HOLDER if spec.get("单位", "本企业") == "本企业" else OTHER
            specialty = None if spec["专业"] == "未知" else spec["专业"]
            self.add(
                "registration",
                person=person,
                enterprise=employer,
                kind=spec["类别"],
                specialty=specialty,
                valid_until=until,
            )
        elif kind == "职称":
            specialty = None if spec["专业"] == "未知" else spec["专业"]
            self.add("title", person=person, grade=spec["等级"], specialty=specialty)
        elif kind == "岗位":
            self.add(
                "post_certificate",
                certificate_no=number,
                person=person,
                enterprise=HOLDER,
                post=spec["岗位"],
                valid_until=until,
            )
        else:
            self.add(
                "skill",
                certificate_no=number,
                person=person,
                enterprise=HOLDER,
                grade=spec["等级"],
                trade=spec.get("工种"),
            )

    def works(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            _known(line, {"项数", "竣工", "验收合格", "主持", "指标"}, "业绩")
            leader = {"技术负责人": self.lead, "注册建造师": self.constructor, None: None}[line.get("主持")]
            accepted = {"是": True, "否": False, "未知": None}[line.get("验收合格", "是")]
            for _ in range(parse_quantity(line.get("项数", "1项"), WORKS)):
                work = f"业绩{len(self.rows['work']) + 1}"
                for label, value in line["指标"].items():
                    indicator = INDICATOR_BY_LABEL[label]
                    self.add(
                        "work",
                        work=work,
                        enterprise=HOLDER,
                        completed_on=line["竣工"],
                        accepted=accepted,
                        lead_person=leader,
                        indicator=indicator.name,
                        value=parse_quantity(value, scale_of(indicator)),
                    )

    def equipment(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            _known(line, {"种类", "台数", "自有"}, "设备")
            self.add(
                "equipment",
                enterprise=HOLDER,
                kind=line["种类"],
                count=line["台数"],
                owned=line.get("自有", "是") == "是",
            )

    def permit(self, spec: dict[str, Any]) -> None:
        _known(spec, {"发证", "有效期至", "状态"}, "安全生产许可证")
        until = None if spec["有效期至"] == "未知" else spec["有效期至"]
        self.add(
            "safety_permit",
            permit_no="（案例）JZ安许证字",
            enterprise=HOLDER,
            issued_on=spec["发证"],
            valid_until=until,
            status=spec["状态"],
        )

    def everyone(self, labels: list[str]) -> None:
        for label in labels:
            self.covered(TABLE_BY_LABEL[label], None)

    def coverage(self, missing: list[str]) -> None:
        left_out = {TABLE_BY_LABEL[label] for label in missing}
        if self.untold and "insurance" not in left_out:
            raise BadCaseError("有人社保未告知，就要写 未覆盖: [社会保险]，否则未告知等于没有缴纳")
        for name in TABLES.keys() - left_out - {"coverage"}:
            self.covered(name, HOLDER)

    def covered(self, table: str, enterprise: int | None) -> None:
        self.add(
            "coverage",
            feed="案例",
            table_name=table,
            enterprise=enterprise,
            period_from=dt.date(2000, 1, 1),
            period_until=dt.date(2099, 12, 31),
            complete=True,
        )


def _region(province: Any) -> str | None:
    """The province's code of division, 35 → 350000."""
    if province is None:
        return None
    if not isinstance(province, str) or len(province) != 2 or not province.isdigit():
        raise BadCaseError(f'注册省份写加引号的两位数字，如福建写 "35"，不是「{province}」')
    return f"{province}0000"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _known(spec: Any, keys: Any, where: str) -> None:
    if not isinstance(spec, dict) or not spec.keys() <= set(keys):
        unknown = sorted(map(str, set(spec) - set(keys))) if isinstance(spec, dict) else [repr(spec)]
        raise BadCaseError(f"{where} 中不认识「{'、'.join(unknown)}」，可用：{'、'.join(keys)}")


def verdict_of(word: str) -> Verdict:
    """The verdict that a word of a case means."""
    if word not in VERDICTS:
        raise BadCaseError(f"结论只能是{'、'.join(VERDICTS)}，不是「{word}」")
    return VERDICTS[word]
