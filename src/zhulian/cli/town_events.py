"""The demonstration's pushed events: what no table holds, told by another system as through POST /api/v1/events.

The same service takes them, under keys that stay the same, so that a demonstration killed half-way takes each once.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

_NAME: Final = "智慧监管系统（演示）"
_OWNER: Final = "city"
"""The demo account whose unit answers for it."""


def events_push(file: Path, *, actor: str) -> tuple[int, int]:
    """Push a town's events, a line each, and have time's own told; how many were taken or known, how many refused.

    Raises:
        OSError: when the file cannot be read.
    """
    from zhulian.server.accounts.models import User
    from zhulian.server.common import clock
    from zhulian.server.common.jobs import job_start
    from zhulian.server.events import watching
    from zhulian.server.events.models import System
    from zhulian.server.events.pushing import BATCH
    from zhulian.server.events.services import push_take
    from zhulian.server.events.systems import PUSHED_TYPES, system_create

    system = System.objects.select_related("owner").filter(name=_NAME).first()
    if system is None:
        owner = User.objects.select_related("unit").get(username=_OWNER).unit
        if owner is None:
            return 0, 0
        system, _ = system_create(name=_NAME, owner=owner, types=PUSHED_TYPES, actor=actor, at=clock.now())
    lines = file.read_text(encoding="utf-8").splitlines()
    taken = refused = 0
    for start in range(0, len(lines), BATCH):
        chosen = lines[start : start + BATCH]
        digest = hashlib.sha256("\n".join(chosen).encode()).hexdigest()
        items = [json.loads(line) for line in chosen]
        answer, _ = push_take(system=system, key=f"demo-{start}", digest=digest, items=items, at=clock.now())
        refused += int(str(answer["refused"]))
        taken += len(items) - int(str(answer["refused"]))
    job_start(kind=watching.JOB, key=watching.JOB, actor=actor)
    return taken, refused
