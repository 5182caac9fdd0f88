"""Evidence bundles: what the pages give away is proven, complete, and checked by the verifier that lies in it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.test import Client

from server.decisions.world import FIRM, Office, office, proposed
from server.notary.test_sequencing import home
from zhulian.server.decisions.models import Document, Proposal
from zhulian.server.notary import sequencing
from zhulian.server.notary.models import Leaf, Opening

__all__ = ["home", "office", "proposed"]
pytestmark = pytest.mark.django_db
PURPOSE = {"ground": "review", "purpose": "行政复议"}


@pytest.fixture
def decided(office: Office, proposed) -> Proposal:
    """A restriction decided and served."""
    row: Proposal = proposed("mark")
    office.to_effect(row)
    return row


def signed_in(office: Office, who: str) -> Client:
    client = Client()
    client.force_login(office.people[who])
    return client


def fetched(client: Client, address: str, **values: str) -> zipfile.ZipFile:
    response = client.post(address, values)
    assert response.status_code == 200, response.content.decode()[:500]
    assert response["Cache-Control"] == "no-store"
    return zipfile.ZipFile(io.BytesIO(response.content))


def verified(bundle: zipfile.ZipFile, folder: Path) -> dict:
    """What the verifier inside says, alone in an empty folder, on a Python without packages."""
    bundle.extractall(folder)
    (folder / "bundle.zip").write_bytes(bundle.fp.getvalue())
    command = [sys.executable, "-I", "-S", "zhulian_verify.py", "bundle", "bundle.zip", "--json", "--key", "log.vkey"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_matter_is_proven_from_the_first_step_to_the_last(office, decided, tmp_path):
    bundle = fetched(signed_in(office, "handler"), f"/decisions/{decided.pk}/evidence", **PURPOSE)
    found = verified(bundle, tmp_path / "out")
    steps = json.loads(bundle.read("timeline.json"))
    assert {step["subject"].partition(":")[0] for step in steps} == {"proposal", "document", "service"}
    words = [step["words"] for step in steps]
    assert "拟办·签发" in words
    assert words[-1] == "证据包·生成"
    assert (found["leaves"], found["openings"], found["size"]) == (len(steps), 0, Leaf.objects.count())
    titles = [f"{d.document_no} {d.title}" for d in Document.objects.order_by("pk")]
    assert [(d["title"], d["in_leaf"]) for d in found["documents"]] == [(title, True) for title in titles]
    page = bundle.read("index.html").decode()
    assert "拟办·签发" in page
    assert "<script" not in page
    assert "张三" not in "".join(bundle.read(name).decode() for name in bundle.namelist())


def test_values_are_opened_when_asked_and_erased_ones_stay_proven(office, decided, tmp_path):
    ask = signed_in(office, "handler")
    bundle = fetched(ask, f"/decisions/{decided.pk}/evidence", **PURPOSE, openings="yes")
    assert verified(bundle, tmp_path / "all")["openings"] == 2
    assert {row["value"] for row in json.loads(bundle.read("openings.json"))} == {"张三"}
    told = json.loads(Leaf.objects.get(action="notary.bundle.make").content)["data"]
    assert (told["purpose"], told["openings"]) == ("行政复议", "yes")
    Opening.objects.filter(leaf__subject__startswith="service:").first().delete()
    bundle = fetched(ask, f"/decisions/{decided.pk}/evidence", **PURPOSE, openings="yes")
    assert verified(bundle, tmp_path / "rest")["openings"] == 1


@pytest.mark.usefixtures("decided")
def test_the_enterprise_takes_its_document_without_the_offices_steps(office, tmp_path):
    document = Document.objects.get(kind="decision")
    bundle = fetched(signed_in(office, "firm"), f"/decisions/document/{document.pk}/evidence", **PURPOSE)
    found = verified(bundle, tmp_path / "out")
    assert [d["in_leaf"] for d in found["documents"]] == [True]
    steps = json.loads(bundle.read("timeline.json"))
    assert not [step for step in steps if step["subject"].startswith("proposal:")]
    assert document.enterprise == FIRM


def test_whoever_may_not_see_the_matter_gets_no_bundle_and_leaves_no_leaf(office, decided):
    before = Leaf.objects.count()
    firm = signed_in(office, "firm")
    assert firm.post(f"/decisions/{decided.pk}/evidence", PURPOSE).status_code == 403
    assert Client().post(f"/decisions/{decided.pk}/evidence", PURPOSE).status_code == 302
    document = Document.objects.get(kind="decision")
    for other in ("stranger", "rival"):
        assert signed_in(office, other).post(f"/decisions/document/{document.pk}/evidence", PURPOSE).status_code == 404
    refused = signed_in(office, "handler").post(
        f"/decisions/{decided.pk}/evidence", {"ground": "review", "purpose": " "}
    )
    assert refused.status_code == 422
    assert "用途" in refused.content.decode()
    assert Leaf.objects.filter(action="notary.bundle.make").count() == 0
    assert Leaf.objects.count() == before


def test_a_forged_row_makes_no_bundle(office, decided):
    sequencing.settle()
    Leaf.objects.filter(subject=f"proposal:{decided.pk}", index__isnull=False).update(content="{}")
    body = fetched(signed_in(office, "handler"), f"/decisions/{decided.pk}/evidence", **PURPOSE)
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "verifier"))
    import zhulian_verify

    with pytest.raises(zhulian_verify.Refused) as caught:
        zhulian_verify.check_bundle(zhulian_verify.read_bundle(io.BytesIO(body.fp.getvalue())))
    assert caught.value.code == "proof.refuted"
