"""Open data: what took effect and how it ended, the same in every form; nothing before, nobody's flag, no person."""

from __future__ import annotations

import csv
import hashlib
import io
import json

from django.test import Client

from server.decisions.test_pages import text
from server.decisions.world import FIRM, USCC, Office, office, proposed, restored
from zhulian.server.common import clock
from zhulian.server.decisions import services
from zhulian.server.decisions.models import Restriction
from zhulian.server.portal import open_data

__all__ = ["office", "proposed"]


def rows(kind: str = "csv") -> list[dict[str, str]]:
    body = Client().get(f"/open/restrictions.{kind}").content
    if kind == "json":
        return json.loads(body)["items"]
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def paged(**given: int) -> dict[str, object]:
    return Client().get("/api/v1/restrictions", given).json()


def test_from_nothing_to_effect_to_end(office: Office, proposed) -> None:
    document = office.to_signature(proposed("mark"))
    with clock.frozen(document.signed_on):
        assert rows() == rows("json") == paged()["items"] == [], "signed is not effective"
        office.serve(document)
        (row,) = rows("json")
        assert (row["uscc"], row["scope"], row["code"]) == (USCC, "资质", "D101B")
        assert row["document_no"] == document.document_no
        assert row["ended_on"] is None
        services.restrictions_end(enterprise=FIRM, cause=restored("qualification.recovered", code="D101B"))
        (row,) = paged()["items"]
    assert (row["state"], row["ended_on"]) == ("已解除", document.signed_on.isoformat())
    assert row["end_cause"]
    (line,) = rows()
    assert line["结束原因"] == row["end_cause"]
    assert list(row) == [field for field, _label, _meaning in open_data.COLUMNS]


def test_pages_follow_each_other_and_lose_nothing(office: Office, proposed) -> None:
    first = office.to_effect(proposed("mark"))
    second = office.to_effect(proposed("suspend"), days=30)
    page = paged(limit=1)
    assert ([item["number"] for item in page["items"]], page["next"]) == ([first.pk], first.pk)
    page = paged(limit=1, after=page["next"])
    assert ([item["number"] for item in page["items"]], page["next"]) == ([second.pk], None)


def test_the_page_says_what_is_in_the_files_and_their_digests(office: Office, proposed) -> None:
    office.to_effect(proposed("mark"))
    page = text(Client(), "/open")
    for kind in ("csv", "json"):
        response = Client().get(f"/open/restrictions.{kind}")
        digest = hashlib.sha256(response.content).hexdigest()
        assert digest in page
        again = Client().get(f"/open/restrictions.{kind}", headers={"if-none-match": response.headers["ETag"]})
        assert again.status_code == 304
    assert Client().get("/open/restrictions.xlsx").status_code == 404
    assert "结束原因" in page


def test_statements_do_not_grow_with_the_rows(office: Office, proposed, django_assert_num_queries) -> None:
    office.to_effect(proposed("mark"))
    with django_assert_num_queries(3):
        open_data.files(on=clock.today())
    office.to_effect(proposed("suspend"), days=30)
    assert Restriction.objects.count() == 2
    with django_assert_num_queries(3):
        open_data.files(on=clock.today())
