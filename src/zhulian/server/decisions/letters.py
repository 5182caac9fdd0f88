"""A document and its 送达回证 as they are set: what stands where, in one place for the page and the Word file.

GB/T 9704-2012 names the parts: 发文机关标志, 发文字号, 标题, 主送机关, 正文, 发文机关署名, 成文日期, 印章, 抄送, 印发机关
和印发日期. 附件说明 stands only where there is an annex, and our documents have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhulian.core.kernel.canonical import Json
from zhulian.server.decisions.composing import Section
from zhulian.server.decisions.models import Document, Service


@dataclass(frozen=True, slots=True)
class Letter:
    """The parts of a document in their order, each as it is printed; `copies` may be empty."""

    mark: str
    document_no: str
    title: str
    addressee: str
    sections: tuple[Section, ...]
    seal: str
    signer: str
    unit: str
    date: str
    copies: str
    issued: str


def content(row: Document) -> dict[str, Json]:
    """A document as issued, for its digest in the ledger and for bundles: nothing that changes afterwards."""
    return {
        "document_no": row.document_no,
        "kind": row.kind,
        "title": row.title,
        "addressee": row.addressee,
        "copies": row.copies,
        "body": row.body,
        "unit": f"unit:{row.unit_id}",
        "signer": row.signer.actor,
        "signed_on": row.signed_on.isoformat(),
    }


def letter(row: Document) -> Letter:
    """A document as issued."""
    day = f"{row.signed_on.year}年{row.signed_on.month}月{row.signed_on.day}日"
    return Letter(
        mark=f"{row.unit.name}文件",
        document_no=row.document_no,
        title=row.title,
        addressee=f"{row.addressee}：",
        sections=tuple(Section(part["heading"], tuple(part["paragraphs"])) for part in row.body),
        seal="（印章）",
        signer=f"签发人：{row.signer.get_full_name() or row.signer.get_username()}",
        unit=row.unit.name,
        date=day,
        copies=f"抄送：{row.copies}。" if row.copies else "",
        issued=f"{day}印发",
    )


def receipt(row: Service) -> Sequence[tuple[str, str]]:
    """送达回证, line by line; what is to be filled in by hand stays empty."""
    document = row.document
    served = row.served_on.isoformat() if row.served_on else ""
    return (
        ("送达文书", f"{document.title}（{document.document_no}）"),
        ("受送达人", document.addressee),
        ("送达方式", row.get_method_display()),
        ("送达地点", row.place),
        ("签收人", row.recipient),
        ("受送达人签名或者盖章", row.signature),
        ("见证人、邮件号或者公告载体", row.proof),
        ("公告日期", row.published_on.isoformat() if row.published_on else ""),
        ("送达日期", served),
        ("送达人", row.sent_by.get_full_name() or row.sent_by.get_username()),
        ("送达机关", document.unit.name),
    )
