"""Twins: one enterprise, person or project that arrives a second time under another key, and look-alikes that are two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zhulian.city.dirty.sheets import Feeds, Sheet, Twins
from zhulian.city.dirty.world import Firm
from zhulian.city.numbers import city_of
from zhulian.core.kernel.codes import divisions

_SOUNDS_ALIKE: Final = {"建": "健", "程": "成", "工": "公"}
"""Characters that clerks mix up."""
_LEGAL_FORM: Final = "有限公司"


def enterprise_twins(feeds: Feeds, sheet: Sheet, firms: Sequence[Firm]) -> None:
    """Enterprises known by name only: six are known already, two only look like it."""
    renamed = next((firm for firm in firms[5:] if firm.former_name), firms[5])
    told = (
        (firms[0], _short(firms[0]), firms[0].region, "name-abbreviated", True),
        (firms[1], _short(firms[1]), firms[1].region, "name-abbreviated", True),
        (firms[2], _misheard(firms[2].name), firms[2].region, "name-misheard", True),
        (firms[3], firms[3].name.replace(_LEGAL_FORM, f"集团{_LEGAL_FORM}"), firms[3].region, "name-with-group", True),
        (firms[4], firms[4].name, "410100", "name-told-by-another-province", True),
        (renamed, renamed.former_name or _full_width_brackets(renamed.name), "320500", "name-of-the-past", True),
        (firms[6], _core(firms[6]) + "建材有限公司", firms[6].region, "looks-alike", False),
        (firms[7], _core(firms[7]) + "装饰设计有限公司", firms[7].region, "looks-alike", False),
    )
    for firm, name, region, story, same in told:
        key = f"name:{name}@{region[:2]}0000"
        row = {"enterprise": key, "name": name, "region": region}
        row["legal_representative"] = firm.legal_representative if same else "欧阳示范"
        sheet.add(row, story)
        feeds.twins.append(Twins("enterprise", firm.uscc, key, same))


def person_twins(feeds: Feeds, people: Sheet, posts: Sheet, firms: Sequence[Firm]) -> None:
    """Persons under a second id: same name, birthday and employer; one namesake with another birthday."""
    for number, firm in enumerate(firms[:4], start=1):
        person, same = firm.people[2], number < 4
        born = person.birth_on if same else person.birth_on.replace(year=person.birth_on.year - 7, day=1)
        key = f"RY_ID:0099{number:014d}" if number == 1 else f"local:补报-{number}"
        row = {"person": key, "name": person.name, "birth_on": born.isoformat()}
        people.add(row, "person-under-two-ids" if same else "namesake")
        posts.add(
            {"certificate_no": f"补岗{number:06d}", "person": key, "enterprise": firm.uscc, "post": "资料员"},
            "supplement",
        )
        feeds.twins.append(Twins("person", person.key, key, same))


def project_twins(feeds: Feeds, firms: Sequence[Firm]) -> None:
    """Two projects without a code, named a little differently, with the same contractor."""
    built = [firm for firm in firms if firm.project][:2]
    projects = Sheet("feeds/project.csv", "project", ("project", "name", "region"))
    parts = Sheet("feeds/participation.csv", "participation", ("project", "enterprise", "role"))
    for firm in built:
        name = f"{firm.project_name}（一期）"
        key = f"name:{name}@{firm.region[:2]}0000"
        projects.add({"project": key, "name": name, "region": firm.region}, "project-without-code")
        parts.add({"project": key, "enterprise": firm.uscc, "role": "施工总承包"}, "project-without-code")
        feeds.twins.append(Twins("project", firm.project, key, same=True))
    if built:
        feeds.sheet(projects)
        feeds.sheet(parts)


def _short(firm: Firm) -> str:
    """Without the place and with half a legal form, as people say it."""
    return firm.name.removeprefix(_place(firm)).replace(_LEGAL_FORM, "公司")


def _core(firm: Firm) -> str:
    """Place and trade name: the first two characters after the place."""
    place = _place(firm)
    return place + firm.name.removeprefix(place)[:2]


def _place(firm: Firm) -> str:
    city = divisions()[city_of(firm.region)].name.removesuffix("市")
    return city if firm.name.startswith(city) else firm.name[:2]


def _misheard(name: str) -> str:
    for right, wrong in _SOUNDS_ALIKE.items():
        if right in name[4:]:
            return name[:4] + name[4:].replace(right, wrong, 1)
    return f"{name[:-4]}分公司"


def _full_width_brackets(name: str) -> str:
    return f"{name[:2]}（{name[2:4]}）{name[4:]}"
