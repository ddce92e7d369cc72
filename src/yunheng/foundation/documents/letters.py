"""Official letters: numbered once, data kept, the same data as PDF and as an editable DOCX (in the way of GB/T 9704)."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.db import transaction
from django.utils.timezone import localdate
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from yunheng.foundation.crypto import sm3
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import Refusal
from yunheng.foundation.workflow.models import Case, Numbering

TEMPLATE = Path(__file__).parent / "letter.typ"
_MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}  # mm, GB/T 9704
PROVIDER_READS = ("application", "change", "temporary")  # what the provider carries out (7.1, 9.1, 12.1)


def date_zh(day: date) -> str:
    """2026年1月4日, without padding."""
    return f"{day.year}年{day.month}月{day.day}日"


@transaction.atomic
def issue(
    *,
    case: Case,
    kind: str,
    prefix: str,
    issuer: str,
    issuer_id: int,
    addressee: str,
    addressee_id: int,
    title: str,
    paragraphs: list[str],
    at: datetime,
    table: dict[str, Any] | None = None,
    copies_to: str = "",
    business: bool = False,
) -> Letter:
    """Issue a letter. ``prefix`` begins its number (筑数审 → 筑数审〔2026〕1号); ``table`` is {"head": […], "rows": [[…]]}.

    A ``business`` letter is a company's: it has no red head, which belongs to authorities.
    """
    day = localdate(at)
    row, _ = Numbering.objects.select_for_update().get_or_create(
        jurisdiction_id=case.jurisdiction_id, prefix=prefix, year=day.year
    )
    row.last += 1
    row.save(update_fields=["last"])
    number = f"{prefix}〔{day.year}〕{row.last}号"
    data = {
        "issuer": issuer,
        "number": number,
        "title": title,
        "addressee": addressee,
        "paragraphs": paragraphs,
        "table": table,
        "date": date_zh(day),
        "copies_to": copies_to,
        "business": business,
    }
    return Letter.objects.create(
        jurisdiction_id=case.jurisdiction_id,
        case_id=case.pk,
        kind=kind,
        number=number,
        title=title,
        issuer_id=issuer_id,
        addressee_id=addressee_id,
        copies_to=copies_to,
        data=data,
        issued_on=day,
        issued_at=at,
    )


def readable(case: Case, actor: Actor) -> list[Letter]:
    """The letters that somebody may read: offices all of the case, others those that they sent or received."""
    found = list(case.letters.all())
    if actor.kind in ("bureau", "centre") or case.unit_id == actor.organisation_id or case.kind in PROVIDER_READS:
        return found
    return [letter for letter in found if actor.organisation_id in (letter.addressee_id, letter.issuer_id)]


def pdf(letter: Letter) -> bytes:
    """The letter as PDF. Raises Refusal when the fonts are missing: a letter of boxes is never made."""
    made: bytes = typst.compile(
        str(TEMPLATE),
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"letter": json.dumps(letter.data, ensure_ascii=False)},
        format="pdf",
    )
    return made


@cache
def fonts() -> list[str]:
    found = [folder for folder in settings.FONT_DIRS if any(Path(folder).glob("*.[to]tf"))]
    if not found:
        raise Refusal("没有安装公文字体，暂时不能生成 PDF", todo="运行 make setup 安装字体，或先下载 DOCX")
    return found


def docx(letter: Letter) -> bytes:
    """The letter as an editable draft; Word takes 仿宋 and 小标宋 where the machine has them."""
    data, document = letter.data, Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(_MARGINS["top"]), Mm(_MARGINS["bottom"])
    section.left_margin, section.right_margin = Mm(_MARGINS["left"]), Mm(_MARGINS["right"])
    centre, right = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
    _write(document, data["issuer"], "方正小标宋简体", 26, align=centre, colour=_head_of(data))
    _write(document, data["number"], "仿宋", 16, align=centre)
    _write(document, data["title"], "方正小标宋简体", 22, align=centre)
    _write(document, f"{data['addressee']}：", "仿宋", 16)
    for text in data["paragraphs"]:
        _write(document, text, "仿宋", 16, indent=32)
    if data["table"]:
        _table(document, data["table"])
    _write(document, data["issuer"], "仿宋", 16, align=right)
    _write(document, data["date"], "仿宋", 16, align=right)
    if data["copies_to"]:
        _write(document, f"抄送：{data['copies_to']}", "仿宋", 14)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _head_of(data: dict[str, Any]) -> RGBColor:
    return RGBColor(0, 0, 0) if data.get("business") else RGBColor(0xC0, 0, 0)


def _write(
    document: Any, text: str, font: str, size: int, *, align: Any = None, indent: int = 0, colour: Any = None
) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.first_line_indent = Pt(indent)
    paragraph.paragraph_format.line_spacing = Pt(29) if size < 20 else None
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), font
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
    if colour is not None:
        run.font.color.rgb = colour


def _table(document: Any, table: dict[str, Any]) -> None:
    made = document.add_table(rows=1, cols=len(table["head"]), style="Table Grid")
    for cell, text in zip(made.rows[0].cells, table["head"], strict=True):
        cell.text = text
    for row in table["rows"]:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            cell.text = text


def sealed(letter: Letter) -> bytes:
    """The PDF, with its digest kept at the first time it is made."""
    content = pdf(letter)
    if not letter.pdf_digest:
        letter.pdf_digest = sm3(content)
        letter.save(update_fields=["pdf_digest"])
    return content
