"""领导交办单: the order of a leader as a document, for the page and the Word file."""

from __future__ import annotations

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.server.acts.models import Undertaking
from zhulian.server.common import clock
from zhulian.server.decisions.composing import Section, as_json
from zhulian.server.decisions.letters import Letter
from zhulian.server.decisions.names import enterprise_name, project_name


def order_letter(row: Undertaking) -> Letter:
    """What the leader gave to whom, until when."""
    on = row.opened_at.astimezone(SHANGHAI).date()
    day, today = f"{on.year}年{on.month}月{on.day}日", clock.today()
    holder = f"（{row.holder.get_full_name() or row.holder.get_username()}承办）" if row.holder else ""
    about = f"{enterprise_name(row.enterprise, today)}{project_name(row.project, today)}"
    sections = as_json(
        [
            Section("对象", (about,)),
            Section("事由", (row.task,)),
            Section("依据", (row.clause,)),
            Section("要求", (f"请于 {row.due_on} 前报告办理情况（期限由本机关设定）{holder}。",)),
        ]
    )
    return Letter(
        mark=f"{row.from_unit.name}文件",
        document_no=row.document_no,
        title="领导交办单",
        addressee=f"{row.unit.name}：",
        sections=tuple(Section(part["heading"], tuple(part["paragraphs"])) for part in sections),
        seal="（印章）",
        signer=f"签发人：{row.giver.get_full_name() or row.giver.get_username()}",
        unit=row.from_unit.name,
        date=day,
        copies="",
        issued=f"{day}印发",
    )
