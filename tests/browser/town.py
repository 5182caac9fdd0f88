"""The demonstration's town, taken in and assessed into a home of its own: `python town.py HOME`.

Prints one JSON object: examples that tests look for. It is a program, because Django must not run in the process
of a browser test (playwright's event loop is there).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from rich.console import Console

SEED = 7


def main(home: Path) -> None:
    django.setup()
    from django.core.management import call_command

    from zhulian.cli.town import prepare

    call_command("migrate", verbosity=0, interactive=False)
    prepare(home, SEED, Console(stderr=True))
    sys.stdout.write(json.dumps(_examples(), ensure_ascii=False) + "\n")


def _examples() -> dict[str, object]:
    from zhulian.server.accounts.models import User
    from zhulian.server.assessments.models import Assessment
    from zhulian.server.common import clock
    from zhulian.server.common.search import initials
    from zhulian.server.exchange.models import Delivery
    from zhulian.server.registry.models import Enterprise, Qualification, Work

    today = clock.today()
    present = Enterprise.objects.at(today).exclude(uscc=None)
    renamed = next(
        (new, old)
        for new in present.order_by("enterprise")
        for old in Enterprise.objects.known().filter(enterprise=new.enterprise).exclude(name=new.name)
    )
    own = present.get(enterprise=User.objects.get(username="enterprise1").memberships.get().enterprise)
    pair = Assessment.objects.filter(verdict="short", enterprise=own.enterprise).first()
    works = present.filter(enterprise__in=Work.objects.at(today).values("enterprise")).first()
    certificate = Qualification.objects.at(today).filter(enterprise=own.enterprise).first()
    return {
        "name": own.name,
        "uscc": own.uscc,
        "subject": own.enterprise,
        "code": pair.code,
        "initials": initials(own.name).lower(),
        "certificate_no": certificate.certificate_no,
        "legal_representative": own.legal_representative,
        "renamed": renamed[0].name,
        "former_name": renamed[1].name,
        "with_works": works.uscc,
        "delivery": Delivery.objects.filter(quarantined__gt=0).first().pk,
        "project": _a_site(own.enterprise),
        "leaver": _leaver(),
    }


def _a_site(enterprise: int) -> str:
    """Code of a project that an enterprise has a part in."""
    from zhulian.server.registry.models import Participation, Project

    of = Participation.objects.known().filter(enterprise=enterprise).values("project")
    return str(Project.objects.known().filter(project__in=of).exclude(project_code=None).first().project_code)


def _leaver() -> dict[str, Any]:
    """A constructor whose leaving leaves his enterprise short, and an account for that enterprise: enterprise3."""
    from zhulian.server.accounts.services import membership_create, user_create
    from zhulian.server.common import clock
    from zhulian.server.common.permissions import Role
    from zhulian.server.registry.models import Enterprise, Identity, Registration

    today = clock.today()
    enterprise, person, code = next(_falling())
    firm = Enterprise.objects.at(today).get(enterprise=enterprise)
    row = Registration.objects.at(today).filter(person=person, enterprise=enterprise, end_reason=None).first()
    told = Identity.objects.filter(subject_kind="person", subject_id=person, kind="RY_ID", active=True).first()
    user = user_create(
        username="enterprise3",
        password="zhulian-enterprise3",
        role=Role.ENTERPRISE,
        name="企业经办人 周梅",
        demo=True,
        actor="system:walk",
    )
    membership_create(user=user, enterprise=enterprise, actor="system:walk")
    return {
        "subject": enterprise,
        "firm": firm.name,
        "uscc": firm.uscc,
        "code": code,
        "person": f"RY_ID:{told.value}",
        "no": row.registration_no,
        "kind": row.kind,
        "specialty": row.specialty,
        "valid_until": str(row.valid_until),
    }


def _falling() -> Iterator[tuple[int, int, str]]:
    """(enterprise, person, code): a constructor without whom a qualification that is met falls short."""
    from zhulian.server.advice import staffing
    from zhulian.server.assessments.models import Assessment
    from zhulian.server.assessments.moments import Moment
    from zhulian.server.common import clock

    moment = Moment(clock.today())
    firms = Assessment.objects.filter(verdict="met").order_by("enterprise").values_list("enterprise", flat=True)
    for enterprise in firms.distinct():
        for person, falls in staffing.falls_of(enterprise, moment).items():
            for fall, short in falls:
                if short and any("建造师" in clause for clause in fall.clauses):
                    yield enterprise, person, fall.code


if __name__ == "__main__":
    main(Path(sys.argv[1]))
