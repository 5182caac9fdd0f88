"""A clerk hands in a workbook with errors, takes the rejects as a workbook, corrects them and hands that in."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook

from intake.books import book
from server.exchange.conftest import company
from server.exchange.test_pages import signed_in, upload, work
from zhulian.server.exchange.models import Delivery, DeliveryFile, Quarantined
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Enterprise

TOLD = {"ground": "correct", "purpose": "更正后交回"}
HEADINGS = ["企业名称", "统一社会信用代码", "注册地", "注册资本（万元）"]


def cells(serial: int, region: str = "370202", capital: object = 800.5) -> list[object]:
    row = company(serial)
    return [row["name"], row["uscc"], region, capital]


@pytest.fixture
def bad(tmp_path) -> bytes:
    """Three good firms and two bad ones, and a sheet of qualifications with one bad code."""
    path = book(
        tmp_path / "某市.xlsx",
        {
            "企业": [
                ["某市建筑业企业"],
                HEADINGS,
                cells(1),
                cells(2, "379999"),
                cells(3),
                cells(4, "370202", "很多"),
                cells(5),
            ],
            "资质": [
                ["统一社会信用代码", "证书编号", "资质代码", "资质状态"],
                [company(1)["uscc"], "D1", "D101A", "有效"],
                [company(3)["uscc"], "D3", "Z999Z", "有效"],
            ],
        },
    )
    return path.read_bytes()


def sheets(content: bytes) -> dict[str, list[list[str]]]:
    found = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: found.get_sheet_by_name(name).to_python() for name in found.sheet_names if name != "说明"}


def downloaded(client, delivery: Delivery) -> dict[str, list[list[str]]]:
    answer = client.post(f"/exchange/{delivery.pk}/rejects.xlsx", TOLD)
    assert answer.status_code == 200
    assert delivery.number in answer["Content-Disposition"]
    return sheets(b"".join(answer.streaming_content))


def handed_back(client, delivery: Delivery, tables: dict[str, list[list[str]]], path) -> Delivery:
    content = book(path, tables).read_bytes()
    answer = upload(client, ("改好的.xlsx", content), to=f"/exchange/{delivery.pk}/correct")
    assert answer.status_code == 302, answer.content.decode()
    work()
    return Delivery.objects.get(pk=int(answer.url.rpartition("/")[2]))


def test_a_workbook_with_errors_to_the_end(clerk, bad, tmp_path):
    client = signed_in(clerk())
    answer = upload(client, ("某市.xlsx", bad))
    work()
    delivery = Delivery.objects.get()
    assert (delivery.accepted, delivery.quarantined, delivery.state) == (4, 3, Delivery.State.PARTLY)
    assert list(delivery.files.order_by("order").values_list("name", "sheet", "format")) == [
        ("某市.xlsx/企业", "企业", "canonical-excel"),
        ("某市.xlsx/资质", "资质", "canonical-excel"),
    ]
    assert len(set(delivery.files.values_list("stored", flat=True))) == 1
    page = client.get(answer.url).content.decode()
    assert "第 2 条（第 4 行）" in page
    assert "注册资本（万元）" in page

    tables = downloaded(client, delivery)
    assert list(tables) == ["企业", "资质"]
    tables["企业"][1][2] = "370202"  # cured; the other one stays as it is
    first = handed_back(client, delivery, {"企业": tables["企业"]}, tmp_path / "a.xlsx")
    assert (first.accepted, first.quarantined) == (1, 1)
    page = client.get(answer.url).content.decode()
    assert "更正后仍有问题" in page
    assert list(delivery.quarantine.order_by("pk").values_list("state", flat=True)) == ["corrected", "again", "open"]

    tables["资质"][1][2] = "D110B"
    second = handed_back(client, delivery, {"资质": tables["资质"]}, tmp_path / "b.xlsx")
    assert (second.accepted, second.quarantined) == (1, 0)

    left = downloaded(client, first)
    left["企业"][1][3] = "1200"
    third = handed_back(client, first, left, tmp_path / "c.xlsx")
    assert (third.accepted, third.quarantined) == (1, 0)
    assert not Quarantined.objects.filter(state=Quarantined.State.OPEN).exists()
    assert sorted(Enterprise.objects.known().values_list("registered_capital", flat=True)) == [
        *[800_500_000] * 4,
        1_200_000_000,
    ]
    assert Leaf.objects.filter(action="exchange.quarantine.download").count() == 2


def test_the_same_workbook_again_changes_nothing(clerk, bad):
    client = signed_in(clerk())
    upload(client, ("某市.xlsx", bad))
    work()
    upload(client, ("某市.xlsx", bad))
    work()
    first, again = Delivery.objects.order_by("pk")
    assert (again.accepted, again.unchanged, again.quarantined) == (0, first.accepted, first.quarantined)
    assert set(again.files.values_list("state", flat=True)) == {DeliveryFile.State.REPEATED}


def test_a_sheet_of_csv_rejects_may_come_back_as_a_workbook(clerk, sheet, tmp_path):
    client = signed_in(clerk())
    upload(
        client,
        ("enterprise.csv", sheet([company(1), company(2, region="379999", registered_capital="100")]).read_bytes()),
    )
    work()
    delivery = Delivery.objects.get()
    tables = downloaded(client, delivery)
    assert list(tables) == ["企业"]
    tables["企业"][1][tables["企业"][0].index("region")] = "370202"
    fixed = handed_back(client, delivery, tables, tmp_path / "a.xlsx")
    assert (fixed.accepted, fixed.quarantined) == (1, 0)
    assert Enterprise.objects.known().get(registered_capital__isnull=False).registered_capital == 100
    assert delivery.quarantine.get().state == Quarantined.State.CORRECTED


def test_hidden_sheets_and_macros_are_told_on_the_page(clerk, tmp_path):
    client = signed_in(clerk())
    content = book(tmp_path / "a.xlsx", {"企业": [HEADINGS, cells(1)], "旧": [HEADINGS, cells(2)]}, hidden=["旧"])
    answer = upload(client, ("a.xlsx", content.read_bytes()))
    work()
    assert Delivery.objects.get().state == Delivery.State.UNREAD
    assert "隐藏的工作表" in client.get(answer.url).content.decode()
    locked = upload(client, ("b.xls", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")))
    assert locked.status_code == 422
    assert "去掉密码" in locked.content.decode()


def test_giving_up_can_be_taken_back(clerk, bad):
    client = signed_in(clerk())
    answer = upload(client, ("某市.xlsx", bad))
    work()
    row = Quarantined.objects.first()
    client.post(f"{answer.url}/give-up", {"row": [row.pk], "reason": "不要了"})
    assert "撤回放弃" in client.get(f"{answer.url}?state=given_up").content.decode()
    refused = client.post(f"{answer.url}/reopen", {"row": [row.pk], "reason": ""})
    assert refused.status_code >= 400
    client.post(f"{answer.url}/reopen", {"row": [row.pk], "reason": "弄错了"})
    row.refresh_from_db()
    assert (row.state, row.given_up_reason) == (Quarantined.State.OPEN, "")
    assert Leaf.objects.filter(action="exchange.quarantine.reopen").count() == 1


def test_the_template_is_offered_and_another_divisions_rejects_are_not(clerk, bad):
    client = signed_in(clerk())
    assert 'href="/exchange/template.xlsx"' in client.get("/exchange/upload").content.decode()
    answer = client.get("/exchange/template.xlsx?table=enterprise")
    assert list(sheets(b"".join(answer.streaming_content))) == ["企业", "选项"]
    assert client.get("/exchange/template.xlsx?table=x").status_code >= 400
    upload(client, ("某市.xlsx", bad))
    work()
    other = signed_in(clerk("370102"))
    assert other.post(f"/exchange/{Delivery.objects.get().pk}/rejects.xlsx", TOLD).status_code == 404
