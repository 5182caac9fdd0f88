"""Word files: opened again they hold the page's words, in the fonts and on the page of GB/T 9704-2012."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from server.decisions.test_pages import signed_in, text
from server.decisions.world import Office
from zhulian.server.common import clock
from zhulian.server.decisions.letters import letter
from zhulian.server.decisions.models import Document, Service
from zhulian.server.decisions.word import letter_file

__all__ = ["signed_in"]


@pytest.fixture
def document(office: Office, proposed) -> Document:
    made = office.to_signature(proposed("mark"))
    with clock.frozen(made.signed_on):
        office.serve(made)
    return made


def fetched(client: Any, address: str) -> tuple[Any, bytes]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    assert "filename*=UTF-8''" in answer["Content-Disposition"]
    return docx.Document(io.BytesIO(answer.content)), answer.content


def fetched_of(document: Document) -> Any:
    return docx.Document(io.BytesIO(letter_file(letter(document), document.signed_on)))


def fonts(paragraph: Any) -> set[str]:
    return {run._r.rPr.rFonts.get(qn("w:eastAsia")) for run in paragraph.runs if run.text}


class TestLetter:
    def test_it_says_what_the_page_says_in_the_same_order(self, document: Document, signed_in) -> None:
        client = signed_in("handler")
        file, _ = fetched(client, f"/decisions/document/{document.pk}/docx")
        lines = [p.text.replace("\t", " ") for p in file.paragraphs if p.text]
        page = text(client, f"/decisions/document/{document.pk}").partition("<article")[2].partition("</article")[0]
        shown = re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", page.partition(">")[2]))
        # The seal stands behind the signature on the page and over it in the file: the same parts all the same.
        assert sorted(shown) == sorted(re.sub(r"\s+", "", "".join(lines)))
        found = letter(document)
        order = [found.mark, found.document_no, found.title, found.addressee, found.sections[0].heading, found.date]
        assert [lines.index(part) for part in order] == sorted(lines.index(part) for part in order)
        assert lines[-2:] == [found.copies, f"{found.unit} {found.issued}"]

    def test_page_fonts_and_numbers_are_those_of_the_standard(self, document: Document, signed_in) -> None:
        file, raw = fetched(signed_in("firm"), f"/decisions/document/{document.pk}/docx")
        section = file.sections[0]
        margins = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
        lengths = (section.page_width, section.page_height, *margins)
        for found, wanted in zip(lengths, (210, 297, 37, 28, 26, 35), strict=True):
            assert abs(found - Mm(wanted)) < Mm(0.2), "lengths are kept in twips"
        by_text = {p.text: p for p in file.paragraphs}
        title, heading = by_text[document.title], by_text["一、事实和证据"]
        assert (fonts(title), title.runs[0].font.size) == ({"方正小标宋简体"}, Pt(22))
        assert fonts(heading) == {"黑体"}
        body = by_text[document.body[0]["paragraphs"][0]]
        assert (fonts(body), body.runs[0].font.size) == ({"仿宋"}, Pt(16))
        assert body.paragraph_format.first_line_indent == Pt(32)
        mark = next(p for p in file.paragraphs if p.text.endswith("文件"))
        assert str(mark.runs[0].font.color.rgb) == "FF0000"
        assert file.settings.odd_and_even_pages_header_footer
        for footer in (section.footer, section.even_page_footer):
            assert footer.paragraphs[0].text == "—  —"
            assert "PAGE" in footer.paragraphs[0]._p.xml
        assert zipfile.ZipFile(io.BytesIO(raw)).testzip() is None

    def test_hostile_words_stay_words_and_what_no_file_can_hold_is_left_out(self, document: Document) -> None:
        document.body[0]["paragraphs"] = ["<b>&amp;]]></w:t>甲\x07\ud800乙\n丙", "=1+1\u202e{ DDEAUTO }\u2066"]
        file = fetched_of(document)
        assert "<b>&amp;]]></w:t>甲乙\n丙" in [p.text for p in file.paragraphs]
        plain = next(p for p in file.paragraphs if "DDEAUTO" in p.text)
        assert plain.text == "=1+1{ DDEAUTO }"
        assert "instrText" not in plain._p.xml, "what looks like a field is text"


class TestReceipt:
    def test_the_form_is_the_page(self, document: Document, signed_in) -> None:
        service = Service.objects.get(document=document)
        file, _ = fetched(signed_in("handler"), f"/decisions/service/{service.pk}/docx")
        cells = {row.cells[0].text: row.cells[1].text for row in file.tables[0].rows}
        assert cells["签收人"] == "张三"
        assert cells["送达日期"] == str(document.signed_on)
        assert document.document_no in cells["送达文书"]
        page = text(signed_in("firm"), f"/decisions/service/{service.pk}")
        assert all(label in page for label in cells)

    def test_of_others_nothing_is_had(self, document: Document, signed_in) -> None:
        service = Service.objects.get(document=document)
        for address in (f"document/{document.pk}/docx", f"service/{service.pk}", f"service/{service.pk}/docx"):
            assert signed_in("rival").get(f"/decisions/{address}").status_code == 404
