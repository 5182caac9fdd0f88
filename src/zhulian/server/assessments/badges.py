"""What stands against an enterprise today, for the head of its panorama: each word with the page behind it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from zhulian.server.campaigns.selectors import rectifications
from zhulian.server.decisions.eligibility import effective_on
from zhulian.server.linkage.models import Flag


@dataclass(frozen=True, slots=True)
class Badge:
    """A word, how many there are, and where they are listed. `decided`: it has legal effect."""

    label: str
    count: int
    url: str
    decided: bool


def badges(enterprise: int, viewer: Any, *, today: dt.date) -> list[Badge]:
    """Flags, marks, restrictions and rectifications of today; none that there is none of. Three statements.

    The caller asked whether the viewer may see the enterprise; a rectification is counted only for who may open it.
    """
    acts = list(effective_on(today).filter(enterprise=enterprise).values_list("act", flat=True))
    running = rectifications(viewer).filter(enterprise=enterprise, ended_at=None).order_by("due_on", "pk")
    works = list(running.values_list("pk", flat=True))
    papers = reverse("decisions:enterprise", args=[enterprise])
    timeline = f"{reverse('assessments:enterprise', args=[enterprise])}?tab=timeline"
    marks = acts.count("mark")
    first = reverse("campaigns:rectification", args=works[:1]) if works else ""
    found = (
        Badge(
            _("日常标识"), Flag.objects.filter(enterprise=enterprise, ended_at=None).count(), timeline, decided=False
        ),
        Badge(_("资质异常标注"), marks, papers, decided=True),
        Badge(_("限制措施"), len(acts) - marks, papers, decided=True),
        Badge(_("限期整改"), len(works), first, decided=True),
    )
    return [badge for badge in found if badge.count]
