"""The dirty feeds of a city: what was met in real files, in small, each record with a label.

Exports of platforms, sheets of clerks, figures of accounting programs, and what spreadsheets make of them all.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from zhulian.city.dirty.sheets import ACCEPTED, QUARANTINED, UNCHANGED, DirtyLabel, Feeds, Row, Sheet
from zhulian.city.dirty.twins import enterprise_twins, person_twins, project_twins
from zhulian.city.dirty.world import Firm, read
from zhulian.city.folder import fresh

_FINANCE: Final = ("enterprise", "as_of", "net_assets", "total_assets", "liabilities")
_REGISTRATION: Final = ("registration_no", "person", "enterprise", "kind", "specialty", "valid_until")
_INSURANCE: Final = ("person", "enterprise", "month_from")
_WAN: Final = 10_000 * 100
_OLD_DIVISIONS: Final = ("371202", "110103", "310108")
"""Divisions that were renumbered; the kernel maps them."""


def write_dirty(city: Path, out: Path, *, until: dt.date) -> None:
    """Write dirty supplements to a finished city, `out/feeds`, and `out/late` to be read after them; labels beside.

    Args:
        city: folder of a finished city.
        out: where to write.
        until: the city's last day.

    Raises:
        OSError: when the folder cannot be written.
    """
    firms = read(city)
    feeds = Feeds()
    _enterprises(feeds, firms)
    _finances(feeds, firms, until)
    _registrations(feeds, firms, until)
    _people(feeds, firms)
    _qualifications(feeds, firms, until)
    _insurance_cut_off(feeds, firms, until)
    _broken_files(feeds, firms)
    _late(feeds, firms, until)
    with fresh(out) as folder:
        feeds.write(folder)


def _wrong_check_digit(uscc: str) -> str:
    """The same code as a tired clerk types it: its last place is another."""
    return uscc[:-1] + ("1" if uscc[-1] != "1" else "2")


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text)


def _enterprises(feeds: Feeds, firms: Sequence[Firm]) -> None:
    """Registrations of enterprises: two of a hundred codes wrong, old divisions, full-width digits, twins, mix-ups."""
    sheet = Sheet(
        "feeds/enterprise.csv",
        "enterprise",
        ("enterprise", "uscc", "name", "legal_representative", "region", "address"),
    )
    for number, firm in enumerate(firms[:3]):
        row = {"uscc": firm.uscc, "name": firm.name, "address": f"示范新区{number + 1}号"}
        sheet.add(row, "address-changed")
    sheet.add({"uscc": _full_width(firms[3].uscc), "name": firms[3].name, "address": "示范新区9号"}, "full-width-code")
    for number, (firm, division) in enumerate(zip(firms[4:7], _OLD_DIVISIONS, strict=True)):
        row = {"enterprise": f"local:旧区划-{number}", "name": f"{firm.name}第{number + 1}分公司", "region": division}
        sheet.add(row, "old-division")
    for firm in firms[7:9]:
        sheet.refuse({"uscc": _wrong_check_digit(firm.uscc), "name": firm.name}, "code-fails-checksum", "id.uscc")
    sheet.refuse({"uscc": "9.13702E+17", "name": firms[9].name}, "code-spoiled-by-excel", "id.uscc")
    sheet.refuse({"uscc": firms[10].name, "name": firms[10].uscc}, "columns-swapped", "id.uscc")
    sheet.refuse({"uscc": firms[11].uscc, "region": firms[11].region}, "name-missing", "value.missing")
    platform = Sheet("feeds/enterprise2.csv", "enterprise", ("enterprise", "uscc", "name"))
    for number, (a, b) in enumerate(((12, 0), (14, 1)), start=1):
        key = f"QY_ID:00210529124{number:07d}"
        sheet.add({"enterprise": key, "uscc": firms[a].uscc, "name": firms[a].name}, "platform-id-told")
        mixed = {"enterprise": key, "uscc": firms[b].uscc, "name": firms[b].name}
        platform.refuse(mixed, "two-enterprises-in-one", "identity.conflict")
    enterprise_twins(feeds, sheet, firms[16:])
    feeds.sheet(sheet)
    feeds.sheet(platform)


def _finances(feeds: Feeds, firms: Sequence[Firm], until: dt.date) -> None:
    """Half-year figures in the encoding of an old accounting program, some in the wrong unit."""
    sheet = Sheet("feeds/finance-gbk.csv", "finance", _FINANCE, "gbk")
    as_of = dt.date(until.year - 1, 6, 30).isoformat()
    for number, firm in enumerate(firms[:8]):
        sheet.add(_figures(firm, as_of, (1_200 + 90 * number) * _WAN), "half-year")
    sheet.rows[5]["as_of"] = f"{until.year - 1}年6月30日"
    for firm, wrong in zip(firms[8:11], ("1,234.5万元", "83000.50", "1.2E+10"), strict=True):
        sheet.refuse({**_figures(firm, as_of, 1), "net_assets": wrong}, "wrong-unit", "value.number")
    sheet.refuse({**_figures(firms[11], as_of, 1), "as_of": "46022"}, "date-spoiled-by-excel", "value.date")
    feeds.sheet(sheet)


def _figures(firm: Firm, as_of: str, net: int) -> Row:
    return {
        "enterprise": firm.uscc,
        "as_of": as_of,
        "net_assets": str(net),
        "total_assets": str(net * 2),
        "liabilities": str(net),
    }


def _registrations(feeds: Feeds, firms: Sequence[Firm], until: dt.date) -> None:
    """A clerk's supplement with a byte-order mark: doubled rows, contradictions, formulas, dates that are none."""
    sheet = Sheet("feeds/registration-bom.csv", "registration", _REGISTRATION, "utf-8-sig")
    valid = dt.date(until.year + 2, 3, 31).isoformat()
    rows = [
        {
            "registration_no": f"补{until.year}{number:05d}",
            "person": firm.people[0].key,
            "enterprise": firm.uscc,
            "kind": "二级注册建造师",
            "specialty": "矿业工程",
            "valid_until": valid,
        }
        for number, firm in enumerate(firms[:16])
    ]
    for row in rows[:6]:
        sheet.add(row, "supplement")
    sheet.add(dict(rows[0]), "row-doubled", UNCHANGED)
    sheet.refuse({**rows[1], "valid_until": f"{until.year + 1}-01-31"}, "row-contradicted", "row.duplicate_key")
    sheet.add({**rows[6], "person": f" {rows[6]['person']}　"}, "stray-spaces")
    sheet.refuse({**rows[7], "enterprise": _wrong_check_digit(rows[7]["enterprise"])}, "code-fails-checksum", "id.uscc")
    sheet.refuse({**rows[8], "valid_until": f"{until.year + 1}-02-30"}, "date-is-none", "value.date")
    sheet.refuse({**rows[9], "kind": ""}, "kind-missing", "value.missing")
    sheet.refuse({**rows[10], "specialty": "=HYPERLINK(1)"}, "formula", "value.formula")
    sheet.refuse(
        {**rows[11], "person": rows[11]["enterprise"], "enterprise": rows[11]["person"]}, "columns-swapped", "id.key"
    )
    sheet.refuse({**rows[12], "person": "9.2233720368547758E+18"}, "key-spoiled-by-excel", "id.key")
    feeds.sheet(sheet)


def _people(feeds: Feeds, firms: Sequence[Firm]) -> None:
    """Persons: masked and cut numbers, a birthday that is not the number's, one person under two ids."""
    sheet = Sheet("feeds/person.csv", "person", ("person", "name", "id_no", "birth_on", "sex"))
    first, second, third, fourth = (firm.people[1] for firm in firms[:4])
    masked = f"{first.id_no[:6]}*******{first.id_no[13:17]}"
    assert len(masked) == 17  # noqa: S101 - as the source has it: one place was lost when it was masked
    sheet.add({"person": "local:名册-1", "name": first.name, "id_no": masked}, "masked-17-places")
    sheet.add(
        {"person": "local:名册-2", "name": second.name, "id_no": f"{second.id_no[:4]}**********{second.id_no[14:]}"},
        "masked",
    )
    sheet.refuse({"person": "local:名册-3", "name": third.name, "id_no": third.id_no[:17]}, "number-cut", "id.resident")
    wrong = fourth.birth_on.replace(year=fourth.birth_on.year - 1, day=1).isoformat()
    sheet.refuse(
        {"person": "local:名册-4", "name": fourth.name, "id_no": fourth.id_no, "birth_on": wrong},
        "birthday-differs",
        "id.birth",
    )
    sheet.refuse({"person": "local:名册-5", "name": "", "id_no": ""}, "name-missing", "value.missing")
    posts = Sheet(
        "feeds/post_certificate.csv",
        "post_certificate",
        ("certificate_no", "person", "enterprise", "post", "issued_on"),
    )
    person_twins(feeds, sheet, posts, firms[4:])
    feeds.sheet(sheet)
    feeds.sheet(posts)


def _qualifications(feeds: Feeds, firms: Sequence[Firm], until: dt.date) -> None:
    """Certificates: codes of no table, states in other words, days reversed, a firm that nobody has told of yet."""
    columns = ("certificate_no", "code", "enterprise", "issued_on", "valid_until", "status")
    sheet = Sheet("feeds/qualification.csv", "qualification", columns)
    issued, valid = f"{until.year}/1/5", f"{until.year + 5}.1.4"

    def row(number: int, **changed: str) -> Row:
        told = {"certificate_no": f"D337{990_000 + number:06d}", "code": "D203X", "enterprise": firms[number].uscc}
        return {**told, "issued_on": issued, "valid_until": valid, "status": "有效", **changed}

    sheet.add(row(0, enterprise="name:尚未报到的建设有限公司@370200"), "before-its-enterprise")
    sheet.add(row(1, code="d203x"), "lower-case")
    sheet.add(row(2, certificate_no=_full_width("D337990002")), "full-width-number")
    sheet.refuse(row(3, code="D999Z"), "no-such-code", "code.qualification")
    sheet.refuse(row(4, status="正常"), "state-in-other-words", "code.option")
    sheet.refuse(row(5, issued_on=valid, valid_until=issued), "days-reversed", "value.order")
    sheet.refuse(row(7, enterprise=_wrong_check_digit(firms[7].uscc)), "code-fails-checksum", "id.uscc")
    sheet.refuse(row(8, enterprise=_wrong_check_digit(firms[8].uscc)), "code-fails-checksum", "id.uscc")
    for firm in firms[16:19]:
        # The original's own certificate, told of the enterprise that is known by name only.
        name = next(t.key_b for t in feeds.twins if t.key_a == firm.uscc)
        sheet.add(row(0, enterprise=name, certificate_no=firm.certificate_no, code=firm.code), "certificate-of-a-twin")
    feeds.sheet(sheet)
    project_twins(feeds, firms)


def _insurance_cut_off(feeds: Feeds, firms: Sequence[Firm], until: dt.date) -> None:
    """A file whose transfer broke off: the last record has no end."""
    sheet = Sheet("feeds/insurance-truncated.csv", "insurance", _INSURANCE)
    month = until.replace(day=1).isoformat()
    for number, firm in enumerate(firms[:6]):
        sheet.add({"person": f"local:参保-{number}", "enterprise": firm.uscc, "month_from": month}, "before-its-person")
    kept = sheet.content.rstrip().rpartition(b",")[0]
    feeds.files[sheet.file] = kept
    feeds.labels += sheet.labels[:-1]
    feeds.labels.append(DirtyLabel(sheet.file, len(sheet.rows), sheet.table, "cut-off", QUARANTINED, "row.columns"))


def _broken_files(feeds: Feeds, firms: Sequence[Firm]) -> None:
    """Files of which nothing can be read."""
    names = pl.DataFrame(
        {"person": [p.key for f in firms for p in f.people], "name": [p.name for f in firms for p in f.people]}
    )
    parquet = io.BytesIO()
    names.write_parquet(parquet)
    feeds.broken("feeds/person-truncated.parquet", parquet.getvalue()[:-200], "cut-off", "file.parquet")
    lines = [f"{firm.uscc},{firm.name}\r\n" for firm in firms[:4]]
    mixed = b"uscc,name\r\n" + "".join(lines[:2]).encode() + "".join(lines[2:]).encode("gbk")
    feeds.broken("feeds/enterprise-mixed.csv", mixed, "two-encodings-glued", "file.encoding")


def _late(feeds: Feeds, firms: Sequence[Firm], until: dt.date) -> None:
    """A second delivery: corrected figures for a day that was told before."""
    sheet = Sheet("late/finance.csv", "finance", _FINANCE)
    as_of = dt.date(until.year - 1, 6, 30).isoformat()
    for number, firm in enumerate(firms[:3]):
        sheet.add(_figures(firm, as_of, (1_000 + 90 * number) * _WAN), "late-correction", ACCEPTED)
    sheet.add(_figures(firms[3], as_of, (1_200 + 90 * 3) * _WAN), "told-again", UNCHANGED)
    feeds.sheet(sheet)
