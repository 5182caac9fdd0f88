"""Documents as Word files in the layout of GB/T 9704-2012, to be sealed, archived and carried on in an office system.

A4, 版心 156 × 225 mm (天头 37, 订口 28 mm), 22 lines of 28 characters in 3号 (16 pt) 仿宋, the title in 2号 (22 pt) 小标宋,
the mark and its line red, page numbers outside in 4号 (14 pt) between two dashes. Fonts are named, not embedded: an office
that has 方正小标宋 prints with it, any other machine replaces it.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from typing import Any, Final

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from zhulian.server.decisions.letters import Letter

MIME: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY, TITLE, HEADING, DIGITS = "仿宋", "方正小标宋简体", "黑体", "宋体"
SIZE, SMALL = Pt(16), Pt(14)
"""3号 and 4号."""
_RED: Final = RGBColor(0xFF, 0, 0)
_LINE: Final = Pt(28.95)
"""225 mm over 22 lines."""
_GRID: Final = {"type": "linesAndChars", "linePitch": "579", "charSpace": "-846"}
"""22 lines and 28 characters of a page: twips, and 1/4096 pt beside 16 pt."""
_UNWRITABLE: Final = re.compile(
    r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""What XML 1.0 has no way to write, and marks of direction, by which a text would read otherwise than it is written."""
_AFTER_BORDERS: Final = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
_AFTER_FRAME: Final = ("w:widowControl", "w:pBdr", *_AFTER_BORDERS)
_CENTRE, _RIGHT, _LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT


def letter_file(letter: Letter, on: dt.date) -> bytes:
    """A document, written as of its day."""
    file = _page(letter.title, letter.unit, on)
    _line(file, letter.mark, size=Pt(32), font=TITLE, red=True, align=_CENTRE, before=Mm(35), exact=False)
    _blank(file, 2)
    number = _line(file, letter.document_no, align=_CENTRE)
    _border(number, "bottom", size=12, colour="FF0000", space=11)
    _blank(file, 2)
    _line(file, letter.title, size=Pt(22), font=TITLE, align=_CENTRE, exact=False)
    _blank(file, 1)
    _line(file, letter.addressee)
    for section in letter.sections:
        _line(file, section.heading, font=HEADING, indent=2, keep=True)
        for text in section.paragraphs:
            _line(file, text, indent=2)
    _blank(file, 2)
    _line(file, letter.signer, align=_RIGHT, right=4, keep=True)
    _line(file, letter.seal, align=_RIGHT, right=6, keep=True)
    _line(file, letter.unit, align=_RIGHT, right=2, keep=True)
    _line(file, letter.date, align=_RIGHT, right=4)
    _colophon(file, letter)
    return _bytes(file)


def receipt_file(lines: Sequence[tuple[str, str]], unit: str, on: dt.date) -> bytes:
    """送达回证 as a form, the empty cells to be filled in by hand."""
    file = _page("送达回证", unit, on)
    _line(file, unit, size=Pt(22), font=TITLE, align=_CENTRE, exact=False)
    _line(file, "送达回证", size=Pt(22), font=TITLE, align=_CENTRE, exact=False)
    _blank(file, 1)
    table = file.add_table(rows=0, cols=2, style="Table Grid")
    for label, text in lines:
        cells = table.add_row().cells
        for cell, words, width in zip(cells, (label, text), (Mm(52), Mm(104)), strict=True):
            cell.width = width
            _written(cell.paragraphs[0], words, BODY, SMALL)
    return _bytes(file)


def _page(title: str, author: str, on: dt.date) -> Any:
    """An empty file with the page, the grid and the page numbers."""
    file = docx.Document()
    properties = file.core_properties
    properties.title, properties.author, properties.comments = title, author, ""
    properties.created = properties.modified = dt.datetime.combine(on, dt.time(), dt.UTC)
    normal = file.styles["Normal"]
    _font(normal.element.get_or_add_rPr(), BODY)
    normal.font.size = SIZE
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(23)
    properties_of_page = section._sectPr  # noqa: SLF001 - the library has no interface to the grid
    for old in properties_of_page.findall(qn("w:docGrid")):
        properties_of_page.remove(old)
    properties_of_page.append(_element("w:docGrid", _GRID))
    file.settings.odd_and_even_pages_header_footer = True
    _number(section.footer.paragraphs[0], _RIGHT)
    _number(section.even_page_footer.paragraphs[0], _LEFT)
    return file


def _number(paragraph: Any, align: WD_ALIGN_PARAGRAPH) -> None:
    """— 1 —, outside, one character from the edge."""
    paragraph.alignment = align
    side = {_RIGHT: "right_indent", _LEFT: "left_indent"}[align]
    setattr(paragraph.paragraph_format, side, SMALL)
    _written(paragraph, "— ", DIGITS, SMALL)
    code = OxmlElement("w:instrText")
    code.text = "PAGE"
    for part in (_element("w:fldChar", {"fldCharType": "begin"}), code, _element("w:fldChar", {"fldCharType": "end"})):
        _written(paragraph, "", DIGITS, SMALL)._r.append(part)  # noqa: SLF001 - no interface to fields
    _written(paragraph, " —", DIGITS, SMALL)


def _colophon(file: Any, letter: Letter) -> None:
    """版记: at the foot of the last page between two thick lines, a thin one under the copies."""
    lines = []
    if letter.copies:
        lines.append(_line(file, letter.copies, size=SMALL, indent=1, right=1))
    issued = _line(file, f"{letter.unit}\t{letter.issued}", size=SMALL, indent=1, right=1)
    issued.paragraph_format.tab_stops.add_tab_stop(Mm(156) - SMALL, 2)  # 2: right
    lines.append(issued)
    _border(lines[0], "top", size=8)
    if letter.copies:
        _border(issued, "top", size=6)
    _border(issued, "bottom", size=8)
    for paragraph in lines:
        frame = {"w": "8845", "hAnchor": "margin", "vAnchor": "margin", "yAlign": "bottom", "wrap": "around"}
        _place(paragraph, _element("w:framePr", frame), _AFTER_FRAME)


def _line(  # noqa: PLR0913 - one paragraph in the words of the standard
    file: Any,
    text: str,
    *,
    size: Any = SIZE,
    font: str = BODY,
    red: bool = False,
    align: WD_ALIGN_PARAGRAPH | None = None,
    indent: int = 0,
    right: int = 0,
    before: Any = None,
    exact: bool = True,
    keep: bool = False,
) -> Any:
    """A paragraph; `indent` and `right` in characters."""
    paragraph = file.add_paragraph()
    layout = paragraph.paragraph_format
    paragraph.alignment = align
    layout.space_before, layout.space_after = before or Pt(0), Pt(0)
    layout.first_line_indent, layout.right_indent = size * indent, size * right
    layout.keep_with_next, layout.widow_control = keep, False
    if exact:
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
    run = _written(paragraph, text, font, size)
    if red:
        run.font.color.rgb = _RED
    return paragraph


def _blank(file: Any, lines: int) -> None:
    for _ in range(lines):
        _line(file, "")


def _written(paragraph: Any, text: str, font: str, size: Any) -> Any:
    run = paragraph.add_run(_UNWRITABLE.sub("", text))
    run.font.size = size
    _font(run._r.get_or_add_rPr(), font)  # noqa: SLF001 - the library names Latin fonts only
    return run


def _font(properties: Any, name: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for place in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{place}"), name)


def _border(paragraph: Any, side: str, *, size: int, colour: str = "000000", space: int = 1) -> None:
    """A line across 版心 on a side; `size` in eighths of a point."""
    borders = paragraph._p.get_or_add_pPr().find(qn("w:pBdr"))  # noqa: SLF001 - no interface to borders
    if borders is None:
        borders = OxmlElement("w:pBdr")
        _place(paragraph, borders, _AFTER_BORDERS)
    line = {"val": "single", "sz": str(size), "space": str(space), "color": colour}
    borders.append(_element(f"w:{side}", line))


def _place(paragraph: Any, element: Any, before: Sequence[str]) -> None:
    """Put a property where the schema has it, in front of those that follow."""
    paragraph._p.get_or_add_pPr().insert_element_before(element, *before)  # noqa: SLF001 - no interface to it


def _element(name: str, attributes: dict[str, str]) -> Any:
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _bytes(file: Any) -> bytes:
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()
