"""Papers are what their content says; letters come from one set of data as PDF and DOCX."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from docx import Document

from tests.cast import Cast, approved, moment
from yunheng.foundation.documents import letters
from yunheng.foundation.documents.models import Attachment, Letter
from yunheng.foundation.documents.operations import read, store
from yunheng.foundation.workflow.errors import BadInput, NotFound

AT = moment("2026-04-27 10:00")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def put(cast: Cast, content: bytes, filename: str) -> Attachment:
    return store(
        content=content, filename=filename, kind="plan", jurisdiction_id=cast.city.pk,
        person_id=cast.person("chen").pk, at=AT,
    )  # fmt: skip


def packed(size: int) -> bytes:
    """An xlsx of one very repetitive entry."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b"0" * size)
    return buffer.getvalue()


def test_a_paper_is_kept_with_its_digest_and_comes_back_unchanged(cast: Cast) -> None:
    kept = put(cast, PDF, "C:\\我的文档\\项目实施方案.pdf")
    assert (kept.filename, kept.media_type, kept.size) == ("项目实施方案.pdf", "application/pdf", len(PDF))
    assert read(kept) == PDF


@pytest.mark.parametrize(
    ("content", "filename", "words"),
    [
        pytest.param(b"", "空.pdf", "是空的", id="空文件"),
        pytest.param(b"MZ\x90\x00" + b"0" * 200, "工具.exe", "不接受这一类", id="不许可的种类"),
        pytest.param(b"MZ\x90\x00" + b"0" * 200, "方案.pdf", "内容却不是", id="扩展名说谎"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"0" * 200, "方案.pdf", "内容却不是", id="图片冒充PDF"),
        pytest.param(b"PK\x03\x04 broken", "清单.xlsx", "已损坏|内容却不是", id="损坏的压缩包"),
        pytest.param(packed(30_000_000), "清单.xlsx", "展开后过大|内容却不是", id="压缩炸弹"),
        pytest.param(PDF, "无扩展名", "不接受这一类", id="没有扩展名"),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_kept(cast: Cast, content: bytes, filename: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        put(cast, content, filename)
    assert not Attachment.objects.exists()


def test_a_file_over_the_limit_is_refused_and_one_at_it_is_kept(cast: Cast, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = len(PDF)
    assert put(cast, PDF, "方案.pdf").size == len(PDF)
    settings.UPLOAD_MAX_BYTES = len(PDF) - 1
    with pytest.raises(BadInput, match="超过"):
        put(cast, PDF, "方案.pdf")


def test_a_file_that_was_changed_on_disk_is_not_handed_out(cast: Cast) -> None:
    kept = put(cast, PDF, "方案.pdf")
    (Path(settings.MEDIA_ROOT) / kept.stored_as).write_bytes(PDF + b"!")
    with pytest.raises(NotFound, match="摘要不符"):
        read(kept)


@pytest.fixture
def letter(cast: Cast) -> Letter:
    case = approved(cast)
    return letters.issue(
        case=case, kind="review", prefix="筑数审", issuer="市大数据局", issuer_id=cast.bureau.pk,
        addressee="市教育局", addressee_id=cast.education.pk, title="关于教师研修平台政务云服务申请的审核意见书",
        paragraphs=["经审核，同意开通。", "#panic() *粗* $x$ 《试》"], at=moment("2026-04-29 10:00"),
        table={"head": ["资源", "核定"], "rows": [["云主机 #eval", "4"]]}, copies_to="市大数据应用服务中心",
    )  # fmt: skip


def test_each_series_of_letters_is_numbered_from_one(cast: Cast, letter: Letter) -> None:
    assert sorted(Letter.objects.values_list("number", flat=True)) == ["数审〔2026〕1号", "筑数审〔2026〕1号"]
    assert letter.data["date"] == "2026年4月29日"


def test_a_letter_becomes_a_pdf_and_markup_in_it_stays_text(letter: Letter) -> None:
    content = letters.sealed(letter)
    assert content.startswith(b"%PDF-")
    assert len(letter.pdf_digest) == 64


def test_the_editable_letter_says_the_same(letter: Letter) -> None:
    document = Document(io.BytesIO(letters.docx(letter)))
    text = [paragraph.text for paragraph in document.paragraphs]
    assert letter.number in text
    assert "经审核，同意开通。" in text
    assert document.tables[0].rows[1].cells[0].text == "云主机 #eval"
