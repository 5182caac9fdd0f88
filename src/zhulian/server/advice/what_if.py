"""模拟: changes are tried on a copy and kept in the session; saved only as a personal draft, when asked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from zhulian import rulebooks
from zhulian.core.advice import Change, as_plain
from zhulian.core.advice.changes import CHANGES_LIMIT, many_from_plain
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.rules.model import EquipmentClause
from zhulian.core.tables import INDICATORS, table
from zhulian.server.advice import forms, seeing, services, trying
from zhulian.server.advice.models import Draft
from zhulian.server.advice.permissions import DRAFT, VIEW
from zhulian.server.advice.views import about, with_query
from zhulian.server.assessments import facts, verification
from zhulian.server.assessments.moments import PURPOSES, Moment
from zhulian.server.assessments.selectors import ROOT
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires

CODES_LIMIT: Final = 10

register(
    ErrorKind("advice.stranger", "所选人员不在本企业", "请从人员下拉框中选择", status=400),
    ErrorKind("advice.nothing", "没有这一项变化", "页面可能已过时，请刷新后再试", status=400),
)


def _key(enterprise: int) -> str:
    return f"advice.changes.{enterprise}"


def _changes(request: HttpRequest, enterprise: int) -> list[Change]:
    """The changes in the session; those of an older release that mean nothing any more are dropped."""
    try:
        return list(many_from_plain(request.session.get(_key(enterprise), [])))
    except ZhulianError:
        return []


def _keep(request: HttpRequest, enterprise: int, changes: Sequence[Change]) -> None:
    if len(changes) > CHANGES_LIMIT:
        raise ZhulianError("advice.too_many", limit=CHANGES_LIMIT)
    request.session[_key(enterprise)] = [as_plain(change) for change in changes]


def _codes(request: HttpRequest) -> list[str]:
    """Grades asked about besides those held."""
    known = set(rulebooks.library().codes())
    return [code for code in dict.fromkeys(request.GET.getlist("code")) if code in known][:CODES_LIMIT]


@require_safe
@requires(VIEW)
def what_if(request: HttpRequest, enterprise: int) -> HttpResponse:
    """The page: forms, changes, and what they do."""
    context = about(request, enterprise, "what_if")
    moment: Moment = context["moment"]
    people = _people(enterprise, moment, opened=context["opened"])
    return render(
        request,
        "advice/what_if.html",
        {
            **context,
            **_tried(request, enterprise, moment, dict(people)),
            "people": people,
            "papers": tuple(forms.PAPERS),
            "posts": table("officer").column("post").options,
            "indicators": [(i.name, f"{i.label}（{i.unit}）") for i in INDICATORS.values()],
            "machines": _machines(),
            "renewable": [(name, table(name).label) for name in forms.RENEWABLE],
            "all_codes": [(c, verification.code_name(c)) for c in rulebooks.library().codes() if c.startswith(ROOT)],
            "purposes": [(p, with_query(request, purpose=p)) for p in PURPOSES],
            "drafts": Draft.objects.filter(user_id=request.user.pk or 0, enterprise=enterprise),
        },
    )


def _people(enterprise: int, moment: Moment, *, opened: bool) -> list[tuple[int, str]]:
    ids = [pk for pk in facts.people_of(enterprise, moment).values_list("person", flat=True) if pk is not None]
    return sorted(seeing.names_of(ids, moment, opened=opened).items(), key=lambda item: (item[1], item[0]))


def _machines() -> list[str]:
    """Kinds of machines that some standard names."""
    found = {
        kind
        for book in rulebooks.library().rulebooks
        for version in book.versions
        for clauses in version.grades.values()
        for clause in clauses
        if isinstance(clause, EquipmentClause)
        for kind in clause.kinds
    }
    return sorted(found)


def _tried(request: HttpRequest, enterprise: int, moment: Moment, names: Mapping[int, str]) -> dict[str, Any]:
    """The changes in words, and every qualification before and after."""
    changes, codes = _changes(request, enterprise), _codes(request)
    found = trying.compare(enterprise, moment, changes, codes)
    query = request.GET.urlencode()
    return {
        "changes": [forms.said(change, names) for change in changes],
        "compared": found,
        "changed": sum(c.changed for c in found),
        "codes": [(code, verification.code_name(code)) for code in codes],
        "query": f"?{query}" if query else "",
    }


@require_POST
@requires(VIEW)
def change(request: HttpRequest, enterprise: int) -> HttpResponse:
    """Add, remove, adopt or clear changes; the fragment with what they do, or the page without scripts."""
    context = about(request, enterprise, "what_if")
    doer = _DOERS.get(request.POST.get("do", ""))
    if doer is None:
        raise ZhulianError("advice.nothing")
    error = ""
    try:
        _keep(request, enterprise, doer(request, enterprise, _changes(request, enterprise)))
    except ZhulianError as refused:
        if not getattr(request, "htmx", False):
            raise
        error = f"{refused.text}。{refused.cure}"
    if not getattr(request, "htmx", False):
        query = request.GET.urlencode()
        return redirect(reverse("advice:what_if", args=[enterprise]) + (f"?{query}" if query else ""))
    moment: Moment = context["moment"]
    people = dict(_people(enterprise, moment, opened=context["opened"]))
    return render(
        request, "advice/_tried.html", {**context, **_tried(request, enterprise, moment, people), "error": error}
    )


def _add(request: HttpRequest, enterprise: int, changes: list[Change]) -> list[Change]:
    added = forms.change_from(request.POST.dict())
    _own(enterprise, [added])
    return [*changes, added]


def _own(enterprise: int, changes: Sequence[Change]) -> None:
    """Changes about a person are about one of the enterprise's."""
    persons = {person for each in changes if (person := forms.persons_in(each)) is not None}
    tied = facts.people_of(enterprise, Moment(clock.today())).values_list("person", flat=True)
    if not persons <= set(tied):
        raise ZhulianError("advice.stranger")


def _adopt(request: HttpRequest, enterprise: int, changes: list[Change]) -> list[Change]:
    added = forms.changes_from_json(request.POST.get("changes", ""))
    _own(enterprise, added)
    return [*changes, *added]


def _remove(request: HttpRequest, _enterprise: int, changes: list[Change]) -> list[Change]:
    number = request.POST.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 4 and int(number) < len(changes)):
        raise ZhulianError("advice.nothing")
    return [each for n, each in enumerate(changes) if n != int(number)]


def _open(request: HttpRequest, enterprise: int, _changes: list[Change]) -> list[Change]:
    number = request.POST.get("draft", "")
    drafts = Draft.objects.filter(user_id=request.user.pk or 0, enterprise=enterprise)
    draft = (
        drafts.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
    )
    if draft is None:
        raise ZhulianError("advice.no_draft")
    return list(many_from_plain(draft.changes))


_DOERS: Final[dict[str, Callable[[HttpRequest, int, list[Change]], list[Change]]]] = {
    "add": _add,
    "adopt": _adopt,
    "remove": _remove,
    "clear": lambda *_: [],
    "open": _open,
}


@require_POST
@requires(DRAFT)
def draft(request: HttpRequest, enterprise: int) -> HttpResponse:
    """Save the changes of the session under a name, or delete a draft."""
    about(request, enterprise, "what_if", DRAFT)
    number = request.POST.get("delete", "")
    if number:
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise ZhulianError("advice.no_draft")
        services.draft_delete(user=request.user, enterprise=enterprise, draft_id=int(number), at=clock.now())
    else:
        services.draft_save(
            user=request.user,
            enterprise=enterprise,
            name=request.POST.get("name", ""),
            changes=_changes(request, enterprise),
            at=clock.now(),
        )
    return redirect(reverse("advice:what_if", args=[enterprise]))
