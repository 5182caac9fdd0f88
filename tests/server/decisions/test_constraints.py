"""What no path around the services can make: rows are written and changed here past all of them, in the database."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.decisions.world import Office, committed
from zhulian.server.decisions.models import Defence, Lifting, Proposal, Restriction, Service

DAY = dt.date(2025, 6, 20)

BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("no clause", {"clause": ""}),
    ("no facts", {"facts": ""}),
    ("no number of a decision", {"document_no": ""}),
    ("no decision", {"document_id": None}),
    ("no service", {"service_id": None}),
    ("no day of service", {"served_on": None}),
    ("before its service", {"effective_from": DAY - dt.timedelta(days=40)}),
    ("no window for defence", {"defence_until": None}),
    ("decided within the window", {"defence_until": DAY + dt.timedelta(days=30)}),
    ("no start", {"effective_from": None}),
    ("no kind of end", {"ends": ""}),
    ("an end by no event", {"ends_on": ""}),
    ("a term without a last day", {"ends": "term", "term": "1 年", "until": None}),
    ("a term of no length", {"ends": "term", "term": "", "until": DAY}),
    ("refuses nothing", {"refuses_declare": False}),
    ("ended without a cause", {"state": "ended", "ended_on": DAY}),
    ("effective and ended", {"ended_on": DAY}),
]


def test_no_effective_restriction_without_due_process(office: Office, proposed) -> None:
    row = office.to_effect(proposed("mark"))
    for what, values in BROKEN:
        with pytest.raises(IntegrityError), committed():
            Restriction.objects.filter(pk=row.pk).update(**values)
        assert Restriction.objects.get(pk=row.pk).state == "effective", what


def test_a_citation_stands_in_for_the_window(office: Office, proposed) -> None:
    row = office.to_effect(proposed("stop"))
    with pytest.raises(IntegrityError), committed():
        Restriction.objects.filter(pk=row.pk).update(immediate="")


FIELDS = {
    "service_id": st.booleans(),
    "served_on": st.sampled_from([None, DAY - dt.timedelta(days=1), DAY]),
    "effective_from": st.sampled_from([None, DAY - dt.timedelta(days=2), DAY]),
    "defence_until": st.sampled_from([None, DAY - dt.timedelta(days=9), DAY]),
    "decided_on": st.sampled_from([DAY - dt.timedelta(days=9), DAY - dt.timedelta(days=5)]),
    "immediate": st.sampled_from(["", "国务院令第393号第四十三条"]),
    "clause": st.sampled_from(["", "第二十八条"]),
    "ends": st.sampled_from(["", "facts", "term", "application", "authority"]),
    "ends_on": st.sampled_from(["", "qualification.recovered"]),
    "term": st.sampled_from(["", "1 年"]),
    "until": st.sampled_from([None, DAY]),
    "state": st.sampled_from(["decided", "served", "effective"]),
}


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.fixed_dictionaries(FIELDS))
def test_whatever_is_written_an_effective_row_is_whole(office: Office, proposed, values: dict[str, Any]) -> None:
    row = Restriction.objects.first() or office.to_effect(proposed("mark"))
    values = dict(values)
    values["service_id"] = Service.objects.get(document=row.document).pk if values["service_id"] else None
    try:
        with committed():
            Restriction.objects.filter(pk=row.pk).update(**values)
    except IntegrityError:
        return
    found = Restriction.objects.get(pk=row.pk)
    if found.state == "effective":
        assert found.effective_from is not None
    if found.effective_from is not None:
        assert found.document_id
        assert found.service_id
        assert found.clause
        assert found.served_on is not None
        assert found.effective_from >= found.served_on
        assert found.immediate or (found.defence_until is not None and found.decided_on > found.defence_until)
        assert found.ends in {"facts", "term", "application", "authority"}
        assert found.ends != "facts" or found.ends_on
        assert found.ends != "term" or (found.until is not None and found.term)


def test_nobody_signs_what_he_handled_or_reviewed(office: Office, proposed) -> None:
    row = office.to_effect(proposed("suspend"), days=30).proposal
    others = [{"signer": row.handler}, {"signer": row.reviewer}, {"signer": row.law_reviewer}, {"signer": None}]
    others += [{"reviewer": row.handler}, {"law_reviewer": row.handler}, {"law_reviewer": row.reviewer}]
    for values in others:
        with pytest.raises(IntegrityError), committed():
            Proposal.objects.filter(pk=row.pk).update(**values)


UNPROVEN: list[dict[str, Any]] = [
    {"served_on": None},
    {"recipient": ""},
    {"method": "electronic"},
    {"method": "public"},
    {"method": "left", "proof": ""},
]


def test_no_service_without_its_proof(office: Office, proposed) -> None:
    row = office.to_effect(proposed("mark"))
    for values in UNPROVEN:
        with pytest.raises(IntegrityError), committed():
            Service.objects.filter(pk=row.service_id).update(**values)


def test_an_announcement_serves_no_sooner_than_deemed(office: Office, proposed) -> None:
    row = office.to_effect(proposed("mark"))
    values = {"method": "public", "published_on": row.served_on, "deemed_on": row.served_on + dt.timedelta(days=30)}
    with pytest.raises(IntegrityError), committed():
        Service.objects.filter(pk=row.service_id).update(**values)


def test_a_document_is_served_once_and_a_matter_decided_once(office: Office, proposed) -> None:
    row = office.to_effect(proposed("mark"))
    for model, pk in ((Service, row.service_id), (type(row.document), row.document_id)):
        again = model.objects.get(pk=pk)
        again.pk = None
        if hasattr(again, "number"):
            again.number, again.document_no = 99, "青建决〔2025〕99号"
        with pytest.raises(IntegrityError), committed():
            again.save(force_insert=True)


def test_answers_and_liftings_are_made_by_two(office: Office, proposed) -> None:
    row = office.to_effect(proposed("mark"))
    now = row.document.proposal.proposed_at
    with pytest.raises(IntegrityError), committed():
        Defence.objects.create(
            proposal=row.proposal, kind="statement", state="accepted", filed_by=office.firm, filed_at=now
        )
    with pytest.raises(IntegrityError), committed():
        Lifting.objects.create(
            restriction=row,
            state="granted",
            filed_by=office.firm,
            filed_at=now,
            checked_by=office.signer,
            decided_by=office.signer,
        )
