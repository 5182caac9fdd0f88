"""A town loaded through intake, registry and assessments into a home of its own: `python town.py HOME`.

Prints one JSON object: examples that tests look for. It is a program, because Django must not run in the process
of a browser test (playwright's event loop is there).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import django

ORDER = (
    "enterprise", "person", "project", "qualification", "safety_permit", "finance", "registration", "title",
    "post_certificate", "safety_certificate", "skill", "insurance", "officer", "equipment", "tender", "bid",
    "contract", "participation", "work", "coverage",
)  # fmt: skip
FEED = "虚构城镇"
ACTOR = "system:test"


def main(home: Path) -> None:
    django.setup()
    from django.core.management import call_command

    from zhulian.server.accounts.services import accounts_demo_create

    call_command("migrate", verbosity=0, interactive=False)
    _load(home / "town")
    accounts_demo_create()
    _assess()
    sys.stdout.write(json.dumps(_examples(), ensure_ascii=False) + "\n")


def _load(folder: Path) -> None:
    from zhulian import intake
    from zhulian.city import build, write
    from zhulian.server.common import clock
    from zhulian.server.registry.services import rows_record, source_create

    write(build("town", seed=7, until=clock.today()), folder)
    at = clock.now()
    for table in ORDER:
        source = source_create(feed=FEED, reference=table, at=at, actor=ACTOR)
        for rows in _chunks(intake.read(folder / f"{table}.parquet")):
            rows_record(rows=rows, source=source, feed=FEED, at=at, actor=ACTOR)


def _chunks(items: Iterator) -> Iterator[list]:
    from zhulian.intake import Reject

    chunk = []
    for item in items:
        assert not isinstance(item, Reject), item
        if len(chunk) >= 2000 and item.position != chunk[-1].position:
            yield chunk
            chunk = []
        chunk.append(item)
    yield chunk


def _assess() -> None:
    from zhulian.server.assessments.services import assessment_run
    from zhulian.server.common import clock

    assessment_run(as_of=clock.today(), at=clock.now(), actor=ACTOR)


def _examples() -> dict[str, object]:
    from zhulian.server.accounts.models import User
    from zhulian.server.accounts.services import membership_create
    from zhulian.server.assessments.models import Assessment
    from zhulian.server.common import clock
    from zhulian.server.common.search import initials
    from zhulian.server.registry.models import Enterprise, Qualification, Work

    today = clock.today()
    present = Enterprise.objects.at(today).exclude(uscc=None)
    renamed = next(
        (new, old)
        for new in present.order_by("enterprise")
        for old in Enterprise.objects.known().filter(enterprise=new.enterprise).exclude(name=new.name)
    )
    short = Assessment.objects.filter(
        verdict="short", enterprise__in=present.filter(region="370202").values("enterprise")
    )
    pair = short.order_by("pk").first() or Assessment.objects.filter(verdict="short").order_by("pk").first()
    own = present.get(enterprise=pair.enterprise)
    works = present.filter(enterprise__in=Work.objects.at(today).values("enterprise")).first()
    certificate = Qualification.objects.at(today).filter(enterprise=own.enterprise).first()
    membership_create(user=User.objects.get(username="enterprise1"), enterprise=own.enterprise, actor=ACTOR)
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
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
