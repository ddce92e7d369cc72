"""Take in papers: what a file is follows from its content, never from its name."""

from __future__ import annotations

import io
import os
import secrets
import zipfile
from datetime import datetime
from pathlib import Path

import filetype
from django.conf import settings
from django.db import transaction

from yunheng.foundation.crypto import sm3
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem
from yunheng.law.kernel.citation import art

# extension → media type; the content must say the same
ALLOWED = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_PACKED = ("docx", "xlsx")
_LARGEST_UNPACKED = 200 * 1024 * 1024
_LARGEST_RATIO = 200


@transaction.atomic
def store(
    *, content: bytes, filename: str, kind: str, jurisdiction_id: int, person_id: int, at: datetime,
    case_id: int | None = None,
) -> Attachment:  # fmt: skip
    """Keep a file under a random name outside the web root, with its SM3 digest. Raises BadInput."""
    name = Path(filename.replace("\\", "/")).name.replace("\x00", "")[-200:]
    problem = _wrong(content, name)
    if problem:
        raise BadInput([Problem(name or "文件", problem)], cite=art(6, 2), todo="换一个文件再上传，其他内容没有变动")
    stored_as = keep(content)
    return Attachment.objects.create(
        jurisdiction_id=jurisdiction_id,
        case_id=case_id,
        kind=kind,
        filename=name,
        media_type=ALLOWED[_extension(name)],
        size=len(content),
        digest=sm3(content),
        stored_as=stored_as,
        uploaded_by_id=person_id,
        uploaded_at=at,
    )


def read(attachment: Attachment) -> bytes:
    """The bytes as they were handed in. Raises NotFound when they are gone or no longer the same."""
    path = Path(settings.MEDIA_ROOT) / attachment.stored_as
    content = path.read_bytes() if path.is_file() else b""
    if sm3(content) != attachment.digest:
        raise NotFound(f"“{attachment.filename}”与登记的摘要不符，不能下载", todo="联系系统管理员从备份恢复")
    return content


def _extension(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower() if "." in name else ""


def _wrong(content: bytes, name: str) -> str:
    """What is wrong with a file, or an empty string."""
    extension = _extension(name)
    if not content:
        return "文件是空的"
    if len(content) > settings.UPLOAD_MAX_BYTES:
        return f"文件 {len(content) / 1048576:.1f} MB，超过 {settings.UPLOAD_MAX_BYTES // 1048576} MB"
    if extension not in ALLOWED:
        return "不接受这一类文件。可用 PDF、PNG、JPG、DOCX、XLSX"
    found = filetype.guess(content)
    if found is None or ALLOWED.get(found.extension) != ALLOWED[extension]:
        return f"扩展名是 .{extension}，内容却不是，重新导出后再上传"
    return _bomb(content) if extension in _PACKED else ""


def _bomb(content: bytes) -> str:
    """A packed office file that unpacks out of all proportion is refused before anybody unpacks it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        return "文件已损坏，重新导出后再上传"
    if unpacked > _LARGEST_UNPACKED or unpacked > len(content) * _LARGEST_RATIO:
        return "文件展开后过大，不能接受"
    return ""


def keep(content: bytes) -> str:
    """Keep bytes under a random name outside the web root; returns the name.

    Write, sync, rename: a crash leaves no half file under a name that is in the database.
    """
    stored_as = f"{secrets.token_hex(1)}/{secrets.token_hex(20)}"
    path = Path(settings.MEDIA_ROOT) / stored_as
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    return stored_as
