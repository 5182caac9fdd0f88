"""Pages of the exchange and the register: who may open what, uploads, refusals, exports."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.conf import settings
from django.test import Client

from server.exchange.conftest import company
from zhulian.server.accounts.models import Grant, User
from zhulian.server.common import dispatch
from zhulian.server.common.permissions import Role
from zhulian.server.exchange.models import Delivery, Quarantined
from zhulian.server.notary.models import Leaf

TOLD = {"ground": "correct", "purpose": "核对原件"}
PAGES = ("/exchange/", "/exchange/upload", "/registry/enterprises", "/registry/enterprises.csv")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def upload(client: Client, *files: tuple[str, bytes], to: str = "/exchange/upload"):
    given = []
    for name, content in files:
        file = io.BytesIO(content)
        file.name = name
        given.append(file)
    return client.post(to, {"files": given, "format": ""})


def work() -> None:
    while dispatch.jobs_step():
        pass


@pytest.fixture
def bad(sheet):
    """A sheet with one good record and one with an unknown division."""
    return sheet([company(1), company(2, region="379999")])


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_nobody_and_enterprises_are_refused(path):
    assert Client().get(path).status_code == 302
    firm = User.objects.create_user("firm", password="a-long-password", role=Role.ENTERPRISE)
    assert signed_in(firm).get(path).status_code == 403


def test_an_upload_becomes_a_delivery_that_a_job_takes(clerk, bad):
    client = signed_in(clerk())
    answer = upload(client, ("enterprise.csv", bad.read_bytes()))
    delivery = Delivery.objects.get()
    assert answer.url == f"/exchange/{delivery.pk}"
    assert '/progress"' in client.get(answer.url).content.decode()
    work()
    page = client.get(answer.url).content.decode()
    assert '/progress"' not in page
    assert "第 2 条（第 3 行）" in page
    assert "379999" in page
    assert client.get(f"{answer.url}/progress").headers["HX-Refresh"] == "true"
    assert "GJ-" in client.get("/exchange/?q=enterprise").content.decode()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.csv", b"", "空"),
        ("data.xlsx", None, "Excel"),
        ("junk.csv", bytes(range(128, 256)) * 9, "编码"),
        ("none.csv", b"a,b\r\n1,2\r\n", "无法识别"),
    ],
)
def test_a_bad_file_is_refused_on_the_form(clerk, name, content, told):
    if content is None:
        book = io.BytesIO()
        with zipfile.ZipFile(book, "w") as out:
            out.writestr("[Content_Types].xml", "<x/>")
        content = book.getvalue()
    answer = upload(signed_in(clerk()), (name, content))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Delivery.objects.exists()


def test_no_file_at_all_is_refused(clerk):
    assert signed_in(clerk()).post("/exchange/upload", {"format": ""}).status_code == 422


def test_a_delivery_is_seen_from_its_division_and_above_only(clerk, bad):
    upload(signed_in(clerk("370202")), ("enterprise.csv", bad.read_bytes()))
    work()
    delivery, row = Delivery.objects.get(), Quarantined.objects.get()
    paths = (f"/exchange/{delivery.pk}", f"/exchange/{delivery.pk}/progress")
    above, beside = signed_in(clerk("370200", Role.CITY)), signed_in(clerk("370203"))
    assert [above.get(path).status_code for path in paths] == [200, 200]
    assert [beside.get(path).status_code for path in paths] == [404, 404]
    sheet = f"/exchange/{delivery.pk}/rejects/0.csv"
    assert [client.post(sheet, TOLD).status_code for client in (above, beside)] == [200, 404]
    raw = f"/exchange/{delivery.pk}/records/{row.pk}"
    assert beside.post(raw, {"ground": "correct", "purpose": "看看"}).status_code == 404
    assert beside.post(f"/exchange/{delivery.pk}/give-up", {"row": row.pk, "reason": "x"}).status_code == 404
    assert upload(beside, ("a.csv", b"x"), to=f"/exchange/{delivery.pk}/correct").status_code == 404
    assert "GJ-" not in beside.get("/exchange/").content.decode()
    row.refresh_from_db()
    assert row.state == Quarantined.State.OPEN


def test_what_the_command_line_took_is_seen_by_every_regulator_and_opened_by_the_province(clerk, take, bad):
    delivery = take(bad)
    record = f"/exchange/{delivery.pk}/records/{Quarantined.objects.get().pk}"
    for division, role, opened in (
        ("370000", Role.PROVINCE, 200),
        ("370200", Role.CITY, 404),
        ("370202", Role.DISTRICT, 404),
    ):
        client = signed_in(clerk(division, role))
        assert "GJ-" in client.get("/exchange/").content.decode()
        assert "GJ-" in client.get("/home").content.decode()
        page = client.get(f"/exchange/{delivery.pk}")
        assert page.status_code == 200
        assert (f"/exchange/{delivery.pk}/correct" in page.content.decode()) == (opened == 200)
        assert client.post(record, TOLD).status_code == opened
        assert client.post(f"/exchange/{delivery.pk}/rejects/0.csv", TOLD).status_code == opened
    Grant.objects.all().delete()
    assert "GJ-" not in client.get("/exchange/").content.decode(), "without a grant nothing is seen"


def test_download_correct_and_open_from_the_page(clerk, bad):
    client = signed_in(clerk())
    upload(client, ("enterprise.csv", bad.read_bytes()))
    work()
    delivery, row = Delivery.objects.get(), Quarantined.objects.get()
    text = client.post(f"/exchange/{delivery.pk}/rejects/0.csv", TOLD).content
    shown = client.post(f"/exchange/{delivery.pk}/records/{row.pk}", TOLD).content.decode()
    assert "379999" in shown
    leaf = Leaf.objects.get(action="exchange.quarantine.download")
    assert json.loads(leaf.content)["data"] == {"file": "enterprise.csv", "rows": 1, **TOLD}
    answer = upload(
        client, ("corrected.csv", text.replace(b"379999", b"370202")), to=f"/exchange/{delivery.pk}/correct"
    )
    work()
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.state == Quarantined.State.CORRECTED
    assert "没有隔离的记录" in client.get(answer.url).content.decode()
    first = client.get(f"/exchange/{delivery.pk}").content.decode()
    assert "已全部更正" in first
    assert "部分隔离" not in first
    assert "没有符合条件的记录" not in first
    assert "没有符合条件的记录" in client.get(f"/exchange/{delivery.pk}?state=given_up").content.decode()
    assert "已全部更正" in client.get("/exchange/").content.decode()


def test_what_was_given_up_is_settled_and_not_called_corrected(clerk, bad):
    client = signed_in(clerk())
    upload(client, ("enterprise.csv", bad.read_bytes()))
    work()
    delivery, row = Delivery.objects.get(), Quarantined.objects.get()
    assert "部分隔离" in client.get("/exchange/").content.decode().partition("<tbody>")[2]
    client.post(f"/exchange/{delivery.pk}/give-up", {"row": row.pk, "reason": "企业已注销"})
    for page in ("/exchange/", f"/exchange/{delivery.pk}"):
        said = client.get(page).content.decode()
        assert "隔离已处理" in said
        assert "已全部更正" not in said


def test_the_list_of_enterprises_is_scoped_filtered_and_taken_away(clerk, take, sheet):
    take(sheet([company(1, "青岛甲建设有限公司"), company(3, region="610102")]))
    client = signed_in(clerk("370000", Role.PROVINCE))
    page = client.get("/registry/enterprises").content.decode()
    assert "青岛甲建设有限公司" in page
    assert "青岛第3建设有限公司" not in page
    assert "青岛甲" not in client.get("/registry/enterprises?q=不存在的名字").content.decode()
    assert "青岛甲" in client.get("/registry/enterprises?region=青岛市&sort=-name").content.decode()
    sheet_text = b"".join(client.get("/registry/enterprises.csv").streaming_content).decode("utf-8-sig")
    assert "青岛甲建设有限公司" in sheet_text
    assert "数据截至" in sheet_text
    assert "610102" not in sheet_text
    book = b"".join(client.get("/registry/enterprises.xlsx").streaming_content)
    assert book[:2] == b"PK"
    assert client.get("/registry/enterprises.pdf").status_code == 404
    assert Leaf.objects.filter(action="registry.enterprise.export").count() == 2


@pytest.mark.parametrize("path", ["rejects/0.csv", "rejects.xlsx", "records/{row}"])
@pytest.mark.parametrize(
    "told", [{}, {"purpose": "核对原件"}, {"ground": "correct"}, {"ground": "x", "purpose": "核对"}]
)
def test_without_a_purpose_nothing_is_opened_in_any_form(clerk, bad, path, told):
    client = signed_in(clerk())
    upload(client, ("enterprise.csv", bad.read_bytes()))
    work()
    address = f"/exchange/{Delivery.objects.get().pk}/{path.format(row=Quarantined.objects.get().pk)}"
    refused = client.post(address, told)
    assert refused.status_code == 422
    assert "查看事由" in refused.content.decode() or "用途" in refused.content.decode()
    assert client.get(address).status_code == 405
    assert not Leaf.objects.filter(action__startswith="exchange.quarantine.").exists()
