"""Standing decisions: a table of what is done about what, by whom, after how many working days.

Who is slow, who defends himself and who lets a letter lie follows from the seed and the row's number, so that the
same city, days and seed give the same year. Everything goes through the services of the pages.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, Max, OuterRef

from zhulian import rulebooks
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.linkage import End
from zhulian.server.accounts.models import User
from zhulian.server.campaigns import services as campaigns
from zhulian.server.campaigns.evidence import Given
from zhulian.server.campaigns.models import Rectification, Verification
from zhulian.server.common import clock
from zhulian.server.common.files import file_store
from zhulian.server.decisions import services as decisions
from zhulian.server.decisions.models import Defence, Document, Lifting, Proposal, Restriction, Service
from zhulian.server.decisions.restricting import not_yet
from zhulian.server.linkage import services as linkage
from zhulian.server.linkage.models import Obligation
from zhulian.server.simulation.people import HANDLER, HEAD, LAWYER, REVIEWER, People

_SLOW_ONE_IN: Final = 20
_SLOW_DAYS: Final = 30
"""One matter in twenty waits thirty working days longer, so that overdue and supervision have something to show."""
_PAPER: Final = b"%PDF-1.4\n% evidence of a simulation\n%%EOF\n"


@dataclass(slots=True)
class Desk:
    """The day on which people sit down, and what decides how they behave."""

    seed: int
    people: People

    def drawn(self, what: str, key: object, of: int) -> int:
        """A number below `of` that seed, question and row decide."""
        digest = hashlib.sha256(f"{self.seed}:{what}:{key}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % of

    def ripe(self, what: str, key: object, since: dt.date, after: int) -> bool:
        """Whether so many working days, and what this one is slower, have passed since a day."""
        slow = _SLOW_DAYS if self.drawn(f"slow {what}", key, _SLOW_ONE_IN) == 0 else 0
        wait = after + self.drawn(f"wait {what}", key, 3) + slow if after else 0
        return _working_days(since, clock.today()) >= wait


def _working_days(since: dt.date, until: dt.date) -> int:
    """Working days in `(since, until]`."""
    calendar = rulebooks.calendar()
    return sum(calendar.is_working(since + dt.timedelta(days=n)) for n in range(1, (until - since).days + 1))


Waiting = Iterable[tuple[Any, dt.date]]
"""Rows with the day since which they wait."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One standing decision. `rows` wait; when `after` working days have passed, `do` is done about each."""

    name: str
    rows: Callable[[], Waiting]
    after: int
    do: Callable[[Desk, Any], object]


def _on(moment: dt.datetime) -> dt.date:
    return moment.astimezone(SHANGHAI).date()


def _proposals(state: str) -> Callable[[], Waiting]:
    def rows() -> Waiting:
        found = Proposal.objects.filter(state=state).select_related("unit").annotate(last=Max("steps__at"))
        return [(row, _on(row.last or row.proposed_at)) for row in found.order_by("pk")]

    return rows


def _take(desk: Desk, row: Proposal) -> None:
    """承办, draft, and the first letter on one day; what the law leaves no term for is dropped by another."""
    handler = desk.people.officer(row.unit, HANDLER)
    row = decisions.proposal_move(proposal=row.pk, action="take", seen=row.revision, user=handler)
    bounds = row.suspension
    if bounds is not None and bounds["least"] is None:
        _drop(desk, row, "事故等级尚不能确定，待调查报告批复后另行处理")
        return
    row = decisions.proposal_draft(
        proposal=row.pk,
        seen=row.revision,
        facts=row.facts or "经核查，情况属实。",
        grounds=row.grounds,
        term_days=bounds["least"] if bounds is not None else None,
        copies="",
        user=handler,
    )
    if row.needs_notice:
        letter = decisions.proposal_notice(proposal=row.pk, seen=row.revision, user=handler)
        _send(letter, handler)
    else:
        decisions.proposal_move(proposal=row.pk, action="submit", seen=row.revision, user=handler)


def _drop(desk: Desk, row: Proposal, why: str) -> None:
    reviewer = desk.people.officer(row.unit, REVIEWER)
    decisions.proposal_move(proposal=row.pk, action="drop", seen=row.revision, user=reviewer, note=why)


def _send(letter: Document, user: User) -> Service:
    return decisions.service_record(document=letter.pk, method="electronic", receipt=decisions.Receipt(), user=user)


def _go_on(desk: Desk, row: Proposal) -> None:
    """A noticed proposal whose window is over goes to review; one that lost its ground is dropped."""
    heard = row.defences.filter(kind=Defence.Kind.STATEMENT, state=Defence.State.ACCEPTED).first()
    if row.restored_at is not None:
        _drop(desk, row, "事实已经恢复")
    elif heard is not None:
        _drop(desk, row, f"采纳陈述申辩：{heard.decision}")
    elif row.defence_until is not None and clock.today() > row.defence_until and not _undecided(row):
        handler = desk.people.officer(row.unit, HANDLER)
        decisions.proposal_move(proposal=row.pk, action="submit", seen=row.revision, user=handler)


def _undecided(row: Proposal) -> bool:
    return bool(row.defences.filter(state=Defence.State.FILED).exists())


def _or_drop(part: str, action: str) -> Callable[[Desk, Proposal], None]:
    """Do a step, unless the facts were restored meanwhile."""

    def do(desk: Desk, row: Proposal) -> None:
        if row.restored_at is not None:
            if row.state == "in_law_review":  # it has to go back before anybody can drop it
                back = desk.people.officer(row.unit, LAWYER)
                row = decisions.proposal_move(
                    proposal=row.pk, action="return", seen=row.revision, user=back, note="事实已经恢复"
                )
            _drop(desk, row, "事实已经恢复")
        else:
            user = desk.people.officer(row.unit, part)
            decisions.proposal_move(proposal=row.pk, action=action, seen=row.revision, user=user)

    return do


def _sign(desk: Desk, row: Proposal) -> None:
    if row.restored_at is not None:
        _drop(desk, row, "事实已经恢复")
        return
    letter = decisions.proposal_sign(proposal=row.pk, seen=row.revision, user=desk.people.officer(row.unit, HEAD))
    _send(letter, desk.people.officer(row.unit, HANDLER))


def _sent() -> Waiting:
    """Electronic letters that wait for their confirmation."""
    served = Service.objects.filter(document=OuterRef("document"), state=Service.State.DONE)
    rows = Service.objects.filter(state=Service.State.SENT, method=Service.Method.ELECTRONIC).exclude(Exists(served))
    return [(r, _on(r.sent_at)) for r in rows.select_related("document__proposal__unit").order_by("pk")]


_SILENT_ONE_IN: Final = 8
"""Enterprises that do not confirm get their letters by hand."""


def _confirm(desk: Desk, row: Service) -> None:
    if desk.drawn("silent", row.document_id, _SILENT_ONE_IN):
        hand = desk.people.hand(row.document.enterprise)
        decisions.service_confirm(service=row.pk, name="经办人", user=hand)


def _by_hand(desk: Desk, row: Service) -> None:
    receipt = decisions.Receipt(recipient="收发室", place="企业住所", on=clock.today())
    handler = desk.people.officer(row.document.proposal.unit, HANDLER)
    decisions.service_record(document=row.document_id, method="direct", receipt=receipt, user=handler)


def _unanswered() -> Waiting:
    """Notices in whose window nobody has said anything yet."""
    rows = Proposal.objects.filter(state="noticed", defence_until__gte=clock.today(), defences=None)
    return [(r, _on(r.last)) for r in rows.annotate(last=Max("steps__at")).order_by("pk")]


_ANSWERS: Final = ("waiver", "waiver", "statement", "")
"""What enterprises say to a notice, each as often as it stands here; empty: nothing."""


def _answer(desk: Desk, row: Proposal) -> None:
    kind = _ANSWERS[desk.drawn("answer", row.pk, len(_ANSWERS))]
    if kind:
        text = "我公司陈述如下：情况已在整改，请酌情处理。" if kind == "statement" else ""
        decisions.defence_file(proposal=row.pk, kind=kind, text=text, user=desk.people.hand(row.enterprise))


def _filed_defences() -> Waiting:
    rows = Defence.objects.filter(state=Defence.State.FILED).select_related("proposal__unit")
    return [(r, _on(r.filed_at)) for r in rows.order_by("pk")]


_HEARD_ONE_IN: Final = 4


def _hear(desk: Desk, row: Defence) -> None:
    accept = desk.drawn("heard", row.pk, _HEARD_ONE_IN) == 0
    said = "理由成立，予以采纳" if accept else "所述理由不影响事实认定，不予采纳"
    # Against an order in force a defence that holds ends it, which takes a signature.
    part = HEAD if row.proposal.state == "signed" else REVIEWER
    user = desk.people.officer(row.proposal.unit, part)
    decisions.defence_decide(defence=row.pk, accept=accept, decision=said, user=user)


def _obligations() -> Waiting:
    rows = Obligation.objects.filter(state__in=("open", "taken")).select_related("unit").order_by("pk")
    return [(row, _on(row.made_at)) for row in rows]


def _finish(desk: Desk, row: Obligation) -> None:
    user = desk.people.officer(row.unit, HANDLER)
    linkage.obligation_move(
        obligation=row.pk, action="finish", seen=row.revision, user=user, note="已到场核实并督促办理，情况记录在案"
    )


def _liftable() -> Waiting:
    """Restrictions that end on application, and whose time has come. A withdrawn qualification is applied for anew."""
    rows = Restriction.objects.filter(state="effective", ends=End.APPLICATION.value)
    open_ones = Lifting.objects.filter(restriction=OuterRef("pk"), state__in=("filed", "checked"))
    found = rows.exclude(Exists(open_ones)).select_related("proposal__unit").order_by("pk")
    return [(r, r.until or r.effective_from or r.decided_on) for r in found if not not_yet(r, clock.today())]


def _apply(desk: Desk, row: Restriction) -> None:
    text = "限制所依据的情形已经消除，申请复核并解除。"
    decisions.lifting_file(restriction=row.pk, text=text, user=desk.people.hand(row.enterprise))


def _liftings(state: str) -> Callable[[], Waiting]:
    def rows() -> Waiting:
        found = Lifting.objects.filter(state=state).select_related("restriction__proposal__unit").order_by("pk")
        return [(row, _on(row.checked_at or row.filed_at)) for row in found]

    return rows


def _check(desk: Desk, row: Lifting) -> None:
    user = desk.people.officer(row.restriction.proposal.unit, HANDLER)
    decisions.lifting_check(lifting=row.pk, finding="经复核，安全生产条件符合要求。", user=user)


def _decide_lifting(desk: Desk, row: Lifting) -> None:
    user = desk.people.officer(row.restriction.proposal.unit, HEAD)
    decisions.lifting_decide(lifting=row.pk, grant=True, decision="同意解除", user=user)


def _rectifications(state: str, **more: object) -> Callable[[], Waiting]:
    def rows() -> Waiting:
        found = Rectification.objects.filter(state=state, **more).select_related("unit").order_by("pk")
        return [(r, _on(r.confirmed_at or r.filed_at or r.recovered_at or r.opened_at)) for r in found]

    return rows


def _rectify(desk: Desk, row: Rectification) -> None:
    campaigns.rectification_file(
        rectification=row.pk,
        seen=row.revision,
        text="已按要求整改，资质条件恢复达标，材料附后。",
        files=[_evidence()],
        user=desk.people.hand(row.enterprise),
    )


def _evidence() -> Given:
    return Given("整改材料.pdf", file_store([_PAPER], name="整改材料.pdf"))


def _rectified(part: str, action: str, note: str) -> Callable[[Desk, Rectification], None]:
    def do(desk: Desk, row: Rectification) -> None:
        user = desk.people.officer(row.unit, part)
        campaigns.rectification_move(rectification=row.pk, action=action, seen=row.revision, user=user, note=note)

    return do


def _verifications(state: str) -> Callable[[], Waiting]:
    def rows() -> Waiting:
        found = Verification.objects.filter(state=state).select_related("unit").order_by("pk")
        return [(r, _on(r.reviewed_at or r.self_checked_at or r.announced_at or r.listed_at)) for r in found]

    return rows


def _self_check(desk: Desk, row: Verification) -> None:
    hand = desk.people.hand(row.enterprise)
    campaigns.verification_self_check(
        verification=row.pk, seen=row.revision, text="经自查，情况见所附材料。", files=[_evidence()], user=hand
    )


def _review(desk: Desk, row: Verification) -> None:
    user = desk.people.officer(row.unit, HANDLER)
    campaigns.verification_review(verification=row.pk, seen=row.revision, finding="材料已核对。", user=user)


_OUTCOMES: Final = {"met": "达标", "short": "不达标"}


def _conclude(desk: Desk, row: Verification) -> None:
    """By the verdict that the review kept; without one nobody can say that it is met."""
    outcome = _OUTCOMES.get((row.snapshot or {}).get("verdict", ""), "不在范围")
    user = desk.people.officer(row.unit, REVIEWER)
    campaigns.verification_conclude(
        verification=row.pk, seen=row.revision, outcome=outcome, reasons=f"核查结论：{outcome}", user=user
    )


STANDING: Final = (
    Standing("待办", _obligations, 3, _finish),
    Standing("承办", _proposals("proposed"), 1, _take),
    Standing("确认送达", _sent, 1, _confirm),
    Standing("直接送达", _sent, 6, _by_hand),
    Standing("陈述申辩", _unanswered, 1, _answer),
    Standing("处理陈述申辩", _filed_defences, 2, _hear),
    Standing("提请审核", _proposals("noticed"), 0, _go_on),
    Standing("审核", _proposals("submitted"), 1, _or_drop(REVIEWER, "review")),
    Standing("法制审核", _proposals("in_law_review"), 1, _or_drop(LAWYER, "law_review")),
    Standing("签发", _proposals("reviewed"), 1, _sign),
    Standing("申请解除", _liftable, 1, _apply),
    Standing("复核解除", _liftings("filed"), 2, _check),
    Standing("决定解除", _liftings("checked"), 1, _decide_lifting),
    Standing("报送整改", _rectifications("ordered", recovered_at__isnull=False), 1, _rectify),
    Standing("补报整改", _rectifications("overdue", recovered_at__isnull=False), 1, _rectify),
    Standing("整改复核", _rectifications("filed"), 2, _rectified(REVIEWER, "confirm", "现场复核，资质条件恢复达标")),
    Standing("整改销号", _rectifications("confirmed"), 1, _rectified(HEAD, "close", "")),
    Standing("自查", _verifications("announced"), 2, _self_check),
    Standing("初审", _verifications("self_checked"), 2, _review),
    Standing("核查结论", _verifications("reviewed"), 1, _conclude),
)
"""Everything that people do in a simulation, in the order of a day."""


def sit_down(desk: Desk) -> int:
    """Everybody does what is ripe today; how many acts. Nothing on days on which offices do not work."""
    if not rulebooks.calendar().is_working(clock.today()):
        return 0
    acts = 0
    for standing in STANDING:
        for row, since in standing.rows():
            if desk.ripe(standing.name, row.pk, since, standing.after):
                standing.do(desk, row)
                acts += 1
    return acts
