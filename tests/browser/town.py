"""The demonstration's town, taken in and assessed into a home of its own: `python town.py HOME`.

Prints one JSON object: examples that tests look for. It is a program, because Django must not run in the process
of a browser test (playwright's event loop is there).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

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
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
