"""What reading the trail leaves in the trail."""

from __future__ import annotations

from dataclasses import asdict

from zhulian.core.kernel.errors import ErrorKind, register
from zhulian.server.accounts.models import User
from zhulian.server.audit.selectors import Filters
from zhulian.server.common.writing import writes
from zhulian.server.notary.checking import Checked
from zhulian.server.notary.services import leaf_append

register(
    ErrorKind("audit.none", "没有这条审计记录，或者不在您可以查看的范围内", "请从审计列表重新打开", 404),
    ErrorKind("audit.many", "符合条件的超过 {most} 条，不能一次导出", "请缩小时间范围或加筛选条件，分几次导出", 422),
)


@writes
def trail_export(*, filters: Filters, rows: int, user: User) -> None:
    """Record that the trail was taken away: by whom, which part of it."""
    given = {name: value for name, value in asdict(filters).items() if value}
    leaf_append(action="audit.leaf.export", actor=user.actor, subject=user.actor, data={"rows": rows, "filters": given})


@writes
def ledger_check(*, found: Checked, user: User) -> None:
    """Record a check of the ledger and what it found."""
    data = {"size": found.size, "checked": found.checked, "root": found.root, "problems": found.problems}
    leaf_append(action="audit.ledger.check", actor=user.actor, subject="ledger:1", data=data)
