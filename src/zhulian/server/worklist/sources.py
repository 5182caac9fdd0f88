"""Where work comes from: one row for each kind. Another kind of work is another row here.

The other apps' selectors say what may be seen and their permissions what may be done; this table only asks them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db.models import BigIntegerField, Case, DateField, Exists, F, OuterRef, Q, Value, When

from zhulian import rulebooks
from zhulian.core.lifecycle import CAMPAIGN, OBLIGATION, PROPOSAL, RECTIFICATION, UNDERTAKING, VERIFICATION
from zhulian.server.accounts.selectors import grants_for
from zhulian.server.acts import permissions as act
from zhulian.server.acts import selectors as acts
from zhulian.server.campaigns import batches
from zhulian.server.campaigns import permissions as verify
from zhulian.server.campaigns import selectors as campaigns
from zhulian.server.campaigns.models import CampaignMember
from zhulian.server.common import scopes
from zhulian.server.common.permissions import allowed
from zhulian.server.decisions import permissions as decide
from zhulian.server.decisions import selectors as decisions
from zhulian.server.decisions.acting import HANDLED
from zhulian.server.decisions.handing import IN_HAND
from zhulian.server.decisions.models import Defence, Document, Lifting, Service, Step
from zhulian.server.linkage import permissions as link
from zhulian.server.linkage import selectors as linkage
from zhulian.server.worklist.columns import NOTHING, Rows, Source

_BY_OTHERS: Final = ("submitted", "in_law_review", "reviewed")
_SERVED: Final = Service.objects.filter(document=OuterRef("pk"), state=Service.State.DONE)
_SENT: Final = Service.objects.filter(document=OuterRef("pk"))


def sources(user: Any) -> list[Source]:
    """The kinds that a user may see, in the table's order."""
    return [source for source in SOURCES if allowed(user, source.permission)]


def source_of(kind: str) -> Source | None:
    """The kind of that name, if there is one."""
    return next((source for source in SOURCES if source.kind == kind), None)


def _granted(user: Any, action: str) -> Q:
    """Whether the action was granted to the user or the unit (as `decisions.acting.may_act` asks): no query of its own."""
    return Q(Exists(grants_for(user=user, action=action)))


def _others(user: Any, proposal: str) -> Q:
    """Proposals that the user never handled: only those he reviews, signs, or answers the defence of."""
    return ~Q(Exists(Step.objects.filter(proposal=OuterRef(proposal), by=user, action__in=HANDLED)))


def _steps(user: Any) -> Q:
    """拟办 and one's own, then the steps that the user may do after other people's."""
    others, unread = _others(user, "pk"), Q(law_reviewer=None) | ~Q(law_reviewer=user)
    steps = (
        (decide.HANDLE, Q(state="proposed") | Q(state__in=IN_HAND, handler=user)),
        (decide.REVIEW, Q(state="submitted") & others),
        (decide.LAW_REVIEW, Q(state="in_law_review") & ~Q(reviewer=user) & others),
        (decide.SIGN, Q(state="reviewed") & ~Q(reviewer=user) & unread & others),
    )
    out = NOTHING
    for action, chosen in steps:
        out |= _granted(user, action) & chosen
    return Q(unit=user.unit_id) & out


def _liftings(user: Any) -> Q:
    """Applications to be checked by one officer and decided by another."""
    check = _granted(user, decide.HANDLE) & Q(state=Lifting.State.FILED)
    sign = _granted(user, decide.SIGN) & Q(state=Lifting.State.CHECKED) & ~Q(checked_by=user)
    return Q(restriction__proposal__unit=user.unit_id) & (check | sign)


def _given(user: Any) -> Q:
    """What one may be given: a proposal in another's hands, or a step that one may do oneself."""
    in_hand = _granted(user, decide.HANDLE) & Q(state__in=IN_HAND, unit=user.unit_id)
    return in_hand | _steps(user)


def _answers(user: Any) -> Q:
    return _granted(user, decide.REVIEW) & Q(proposal__unit=user.unit_id) & _others(user, "proposal")


def _serves(user: Any) -> Q:
    return _granted(user, decide.HANDLE) & Q(proposal__unit=user.unit_id)


def _works(user: Any) -> Q:
    return Q(pk__in=linkage.workable(user).order_by().values("pk"))


def _rectifies(user: Any) -> Q:
    """What was filed, to be confirmed by one officer and closed by another."""
    confirm = _granted(user, verify.CONFIRM) & Q(state="filed")
    close = _granted(user, verify.CLOSE) & Q(state="confirmed") & ~Q(confirmer=user)
    return Q(unit=user.unit_id) & (confirm | close)


def _verifies(user: Any) -> Q:
    """Self-checks, to be reviewed by one officer and concluded by another."""
    review = _granted(user, verify.REVIEW) & Q(state="self_checked")
    conclude = _granted(user, verify.CONCLUDE) & Q(state="reviewed") & ~Q(reviewer=user)
    return Q(unit=user.unit_id) & (review | conclude)


def _campaigns(user: Any) -> Rows:
    """Campaigns in scope; `running`: a member without a conclusion keeps it from closing."""
    running = CampaignMember.objects.filter(campaign=OuterRef("pk"), open=True)
    return batches.campaigns(user).annotate(running=Exists(running))


def _plans(user: Any) -> Q:
    """Plans to be selected from, announced and closed by one officer, approved by another."""
    plan = _granted(user, verify.PLAN) & (Q(state__in=("planned", "approved")) | _CONCLUDED)
    approve = _granted(user, verify.APPROVE) & Q(state="selected") & ~Q(planner=user) & ~Q(selector=user)
    return Q(unit=user.unit_id) & (plan | approve)


_CONCLUDED: Final = Q(state="announced", running=False)


def _undertakes(user: Any) -> Q:
    """What one's unit works on, one's own or nobody's; and what one's unit gave, reported or to be taken back by others."""
    report = _granted(user, act.REPORT) & Q(unit=user.unit_id, state="open") & (Q(holder=None) | Q(holder=user))
    others = Q(state="reported") & ~Q(reporter=user) | Q(state="revoking") & ~Q(asker=user)
    return report | _granted(user, act.DECIDE) & Q(from_unit=user.unit_id) & others


def _rules(types: Sequence[str]) -> list[str]:
    """Rules that some version of starts from one of these event types."""
    book = rulebooks.linkage_book().rules.values()
    return [rule.id for rule in book if any(version.when.name in types for version in rule.versions)]


def _hanging(rows: Any, prefix: str) -> Callable[[Any], Rows]:
    """Rows that hang on a proposal, of proposals that the viewer may read."""
    return lambda user: rows.filter(**{f"{prefix}__division__in": scopes.divisions(user, decide.VIEW)})


def _columns(prefix: str, **more: Any) -> dict[str, Any]:
    """Columns of what hangs on a proposal: its subject, unit and deadline; nobody's by its own row."""
    names = {"what": "label", "enterprise": "enterprise", "unit": "unit_id", "division": "division", "due": "due_on"}
    taken = {name: F(f"{prefix}{column}") for name, column in names.items()}
    return taken | {"own": Value(None, output_field=BigIntegerField())} | more


def _matter(what: Value | F, **days: Any) -> dict[str, Any]:
    """Columns of a rectification or verification, whose row names its subject itself; nobody's by its own row."""
    names = {"enterprise": "enterprise", "unit": "unit_id", "division": "division", "state": "state"}
    taken: dict[str, Any] = {name: F(column) for name, column in names.items()}
    return taken | {"what": what, "own": Value(None, output_field=BigIntegerField())} | days


def _no_day() -> Value:
    return Value(None, output_field=DateField())


SOURCES: Final = (
    Source(
        kind="proposal",
        label="拟办与决定",
        permission=decide.VIEW,
        rows=decisions.in_scope,
        columns=_columns(
            "",
            at=F("proposed_at"),
            state=F("state"),
            own=Case(When(state__in=IN_HAND, then=F("handler_id")), output_field=BigIntegerField()),
        ),
        states=PROPOSAL.states,
        waiting=Q(state__in=decisions.OPEN),
        doable=_steps,
        handed=_given,
        done=lambda user: (
            Q(state__in=PROPOSAL.final) & (Q(handler=user) | Q(reviewer=user) | Q(law_reviewer=user) | Q(signer=user))
        ),
        started=lambda user: Q(state__in=_BY_OTHERS, handler=user),
        page="decisions:matter",
        topic=lambda types: Q(event_type__in=types),
        acts=lambda acts: Q(act__in=acts),
        lock_state="state",
    ),
    Source(
        kind="defence",
        label="陈述申辩",
        permission=decide.VIEW,
        rows=_hanging(Defence.objects.exclude(kind=Defence.Kind.WAIVER), "proposal"),
        columns=_columns("proposal__", at=F("filed_at"), state=F("state")),
        states=dict(Defence.State.choices),
        waiting=Q(state=Defence.State.FILED),
        doable=_answers,
        handed=_answers,
        done=lambda user: Q(decided_by=user),
        started=lambda _user: NOTHING,
        page="decisions:matter",
        page_key="proposal_id",
        topic=lambda types: Q(proposal__event_type__in=types),
        acts=lambda acts: Q(proposal__act__in=acts),
        lock_state="state",
    ),
    Source(
        kind="service",
        label="送达",
        permission=decide.VIEW,
        rows=_hanging(Document.objects.annotate(sent=Exists(_SENT), served=Exists(_SERVED)), "proposal"),
        columns=_columns(
            "proposal__",
            what=F("title"),
            due=_no_day(),
            at=F("proposal__proposed_at"),
            state=Case(
                When(served=True, then=Value("done")), When(sent=True, then=Value("sent")), default=Value("new")
            ),
        ),
        states={"new": "未送达", "sent": "已发出，未送达", "done": "已送达"},
        waiting=Q(served=False),
        doable=_serves,
        handed=_serves,
        done=lambda user: Q(Exists(_SERVED.filter(sent_by=user))),
        started=lambda _user: NOTHING,
        page="decisions:matter",
        page_key="proposal_id",
        topic=lambda types: Q(proposal__event_type__in=types),
        acts=lambda acts: Q(proposal__act__in=acts),
    ),
    Source(
        kind="lifting",
        label="申请解除",
        permission=decide.VIEW,
        rows=_hanging(Lifting.objects.all(), "restriction__proposal"),
        columns=_columns("restriction__proposal__", due=_no_day(), at=F("filed_at"), state=F("state")),
        states=dict(Lifting.State.choices),
        waiting=Q(state__in=(Lifting.State.FILED, Lifting.State.CHECKED)),
        doable=_liftings,
        handed=_liftings,
        done=lambda user: (
            Q(state__in=(Lifting.State.GRANTED, Lifting.State.REFUSED)) & (Q(checked_by=user) | Q(decided_by=user))
        ),
        started=lambda user: Q(state=Lifting.State.CHECKED, checked_by=user),
        page="decisions:matter",
        page_key="restriction__proposal_id",
        topic=lambda types: Q(restriction__proposal__event_type__in=types),
        acts=lambda acts: Q(restriction__proposal__act__in=acts),
        lock_state="state",
    ),
    Source(
        kind="obligation",
        label="联动待办",
        permission=link.VIEW,
        rows=linkage.visible,
        columns={
            "what": F("what"),
            "enterprise": F("enterprise"),
            "unit": F("unit_id"),
            "division": F("division"),
            "due": Case(When(state="paused", then=None), default=F("due_on"), output_field=DateField()),
            "at": F("made_at"),
            "state": F("state"),
            "own": F("holder_id"),
        },
        states=OBLIGATION.states,
        waiting=Q(state__in=("open", "taken", "paused")),
        doable=_works,
        handed=_works,
        done=lambda user: Q(state__in=OBLIGATION.final, holder=user),
        started=lambda _user: NOTHING,
        page="linkage:obligation",
        topic=lambda types: Q(rule__in=_rules(types)),
        acts=lambda _acts: NOTHING,
    ),
    Source(
        kind="rectification",
        label="限期整改",
        permission=verify.VIEW,
        rows=campaigns.rectifications,
        columns=_matter(Value("限期整改复核、销号"), due=F("due_on"), at=F("opened_at")),
        states=RECTIFICATION.states,
        waiting=Q(state__in=("filed", "confirmed")),
        doable=_rectifies,
        handed=_rectifies,
        done=lambda user: Q(state__in=RECTIFICATION.final) & (Q(confirmer=user) | Q(closer=user)),
        started=lambda user: Q(state="confirmed", confirmer=user),
        page="campaigns:rectification",
        topic=lambda types: Q(restriction__proposal__event_type__in=types),
        acts=lambda acts: Q(restriction__proposal__act__in=acts),
        lock_state="state",
    ),
    Source(
        kind="verification",
        label="资质核查",
        permission=verify.VIEW,
        rows=campaigns.verifications,
        columns=_matter(Value("资质核查初审、结论"), due=F("self_check_until"), at=F("listed_at")),
        states=VERIFICATION.states,
        waiting=Q(state__in=("self_checked", "reviewed")),
        doable=_verifies,
        handed=_verifies,
        done=lambda user: Q(state__in=VERIFICATION.final) & (Q(reviewer=user) | Q(concluder=user)),
        started=lambda user: Q(state="reviewed", reviewer=user),
        page="campaigns:verification",
        topic=lambda types: Q(proposal__event_type__in=types),
        acts=lambda acts: Q(proposal__act__in=acts),
        lock_state="state",
    ),
    Source(
        kind="undertaking",
        label="督办与交办",
        permission=act.REPORT,
        rows=acts.undertakings,
        columns=_matter(F("document_no"), due=F("due_on"), at=F("opened_at"))
        | {"own": Case(When(state="open", then=F("holder_id")), output_field=BigIntegerField())},
        states=UNDERTAKING.states,
        waiting=Q(state__in=acts.OPEN),
        doable=_undertakes,
        handed=_undertakes,
        done=lambda user: Q(state__in=UNDERTAKING.final) & (Q(reporter=user) | Q(closer=user)),
        started=lambda user: Q(state="reported", reporter=user) | Q(state="revoking", asker=user),
        page="acts:undertaking",
        topic=lambda types: Q(proposal__event_type__in=types),
        acts=lambda acts: Q(kind__in=acts),
        lock_state="state",
    ),
    Source(
        kind="campaign",
        label="核查批次",
        permission=verify.LIST,
        rows=_campaigns,
        columns=_matter(F("title"), due=F("ends_on"), at=F("planned_at"))
        | {"enterprise": Value(None, output_field=BigIntegerField())},
        states=CAMPAIGN.states,
        waiting=Q(state__in=("planned", "selected", "approved")) | _CONCLUDED,
        doable=_plans,
        handed=_plans,
        done=lambda user: Q(state__in=CAMPAIGN.final) & (Q(planner=user) | Q(approver=user)),
        started=lambda user: Q(state="selected", planner=user),
        page="campaigns:campaign",
        topic=lambda _types: NOTHING,
        acts=lambda _acts: NOTHING,
        lock_state="state",
    ),
)
"""In the order in which equals stand in the queue."""
