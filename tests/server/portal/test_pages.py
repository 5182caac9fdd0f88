"""The frame: templates, components, navigation and what the public may read."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.test import Client

from zhulian.core.kernel.dates import micros
from zhulian.server.common import clock, search
from zhulian.server.portal import gallery, navigation, selectors, states
from zhulian.server.registry.models import Enterprise, Identity, Qualification, Source, Subject, Work

ROOT = Path(__file__).resolve().parents[3]
SERVER = ROOT / "src/zhulian/server"
TEMPLATES = sorted(SERVER.glob("*/templates/**/*.html"))
COTTON = SERVER / "portal/templates/cotton"
ICONS = set(
    re.findall(
        r'"([a-z0-9-]+)"', (ROOT / "scripts/build_front.mjs").read_text().split("const ICONS = [")[1].split("]")[0]
    )
)
DAY = dt.date(2025, 6, 30)
USCC = "91370200264574433P"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.relative_to(SERVER).as_posix())
def test_no_inline_script_or_style(template):
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", text)
    assert "data-bs-" not in text, "Bootstrap's script is not loaded; use <details>"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.relative_to(SERVER).as_posix())
def test_icons_are_in_the_sprite(template):
    named = re.findall(r'<c-icon name="([a-z0-9-]+)"', template.read_text())
    named += re.findall(r'\bicon="([a-z0-9-]+)"', template.read_text())
    assert set(named) <= ICONS


def test_icons_of_states_and_navigation_are_in_the_sprite():
    used = {s.icon for s in (*states.VERDICTS.values(), *states.STATUSES.values())}
    used |= {states.lamp_state(n).icon for n in (9, 1, 0, -1, None)} | {
        states.expiry_state(n).icon for n in (9, -1, None)
    }
    used |= {entry.icon for group in navigation.GROUPS for entry in group.entries}
    assert used <= ICONS


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.relative_to(SERVER).as_posix())
def test_chinese_text_goes_through_gettext(template):
    text = re.sub(r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}", "", template.read_text(), flags=re.DOTALL)
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []


def test_every_component_is_on_the_page_and_in_the_docs():
    components = {path.stem for path in COTTON.glob("*.html")}
    assert {sample.name for sample in gallery.SAMPLES} == components
    page = (ROOT / "docs/developers/components.md").read_text()
    assert {name for name in components if f"`c-{name}`" not in page} == set()


def test_navigation_resolves_and_names_declared_permissions():
    from zhulian.server.common.permissions import permission

    for entry in (entry for group in navigation.GROUPS for entry in group.entries):
        assert entry.url.startswith("/")
        assert not entry.permission or permission(entry.permission)


@pytest.fixture
def register(db):  # noqa: ARG001 - a fixture cannot be marked
    at = dt.datetime(2025, 6, 1, 8, tzinfo=dt.UTC)
    now = micros(at)
    source = Source.objects.create(feed="示例平台", received_at=now)
    subject = Subject.objects.create(kind="enterprise", created_at=now)
    Identity.objects.create(subject=subject, subject_kind="enterprise", kind="uscc", value=USCC, confirmed=True)
    told = {"enterprise": subject.pk, "recorded_at": now, "source_id": source.pk}
    renamed = dt.date(2020, 5, 1)
    Enterprise.objects.create(**told, uscc=USCC, name="青岛旧名建设有限公司", fact_until=renamed)
    Enterprise.objects.create(
        **told,
        uscc=USCC,
        name="青岛新名建设有限公司",
        fact_from=renamed,
        legal_representative="王小二",
        region="370202",
        status="active",
    )
    paper = {"certificate_no": "D237000001", "issued_on": dt.date(2020, 6, 1), "status": "有效"}
    Qualification.objects.create(**told, **paper, code="D101B", valid_until=dt.date(2025, 6, 29))
    Qualification.objects.create(**told, **paper, code="D110C", valid_until=dt.date(2025, 6, 30))
    Qualification.objects.create(**told, **(paper | {"status": "撤回"}), code="D105C")
    for n in range(12):
        Work.objects.create(**told, work=f"W{n:02}", indicator="storeys", value=n, completed_on=dt.date(2024, 1, n + 1))
    names = ("青岛新名建设有限公司", "青岛旧名建设有限公司")
    search.tokens_set("enterprise", {subject.pk: search.Texts(names=names, codes=(USCC, "D237000001"))})
    return subject.pk


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("新名建设", ""),
        ("旧名", "曾用名 青岛旧名建设有限公司"),
        ("qdxm", "拼音首字母 QDXMJS"),
        (USCC, f"统一社会信用代码 {USCC}"),
        ("d237000001", "证书编号 D237000001"),
    ],
)
def test_found_and_why(query, why):
    results = list(selectors.found(query, page=1, today=DAY))
    assert [(r.key, r.name, r.matched) for r in results] == [(USCC, "青岛新名建设有限公司", why)]
    assert results[0].qualifications == ("D110C",)


@pytest.mark.usefixtures("register")
def test_the_last_day_of_validity_still_counts():
    found = selectors.profile(USCC, today=DAY)
    assert [(q.code, q.status, q.days_left) for q in found.qualifications] == [
        ("D101B", "过期", -1),
        ("D110C", "有效", 0),
    ]


@pytest.mark.usefixtures("register")
def test_ended_qualifications_stand_apart():
    assert [q.code for q in selectors.profile(USCC, today=DAY).ended] == ["D105C"]


@pytest.mark.usefixtures("register")
def test_the_public_profile():
    found = selectors.profile(USCC, today=DAY)
    assert found.former_names == (("青岛旧名建设有限公司", dt.date(2020, 5, 1)),)
    assert found.legal_representative == "王**"
    assert found.work_count == 12
    assert [w.number for w in found.works] == [f"W{n:02}" for n in range(11, 1, -1)]
    assert found.sources["works"] == selectors.Freshness("示例平台", dt.date(2025, 6, 1))
    assert found.sources["permit"] == selectors.Freshness()


@pytest.mark.usefixtures("register")
def test_a_name_before_the_change_is_the_name_on_that_day():
    assert selectors.profile(USCC, today=dt.date(2019, 1, 1)).name == "青岛旧名建设有限公司"


def test_our_number_leads_to_the_address_with_the_credit_code(register):
    with clock.frozen(DAY):
        answer = Client().get(f"/e/{register}")
    assert (answer.status_code, answer["Location"]) == (302, f"/e/{USCC}")


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["0", "99999999999999999", "91370000000000000X", "名称"])
def test_an_unknown_enterprise_is_not_found(key):
    assert Client().get(f"/e/{key}").status_code == 404


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "²"])
def test_a_wrong_page_number_is_no_error(page):
    with clock.frozen(DAY):
        assert Client().get("/", {"q": "建设", "page": page}).status_code == 200


@pytest.mark.django_db
def test_markup_in_a_query_is_text():
    answer = Client().get("/", {"q": "<script>alert(1)</script>"})
    assert b"<script>alert" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/rules", "/rules/D101", "/about", "/developers/components"])
def test_public_pages_need_no_session(path):
    answer = Client().get(path)
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.django_db
def test_the_desk_needs_a_user():
    answer = Client().get("/home")
    assert (answer.status_code, answer["Location"]) == (302, "/login?next=/home")
