"""Papers that can be opened: small PDF files, each made once."""

from __future__ import annotations

from functools import cache
from typing import Any

import typst

from yunheng.foundation.documents.letters import fonts

TEXT = """\
#set page(paper: "a4", margin: 28mm)
#set text(font: "Noto Serif SC", size: 14pt, lang: "zh")
#align(center)[#text(size: 20pt, weight: "bold")[{title}]]
#v(12mm)
演示数据：本文件由演示城市生成，只用于说明材料怎样上传、查看和下载。
#v(60mm)
#align(right)[（盖章处）]
"""


@cache
def paper(title: str) -> bytes:
    """A page with a title and a place for the seal, as PDF."""
    source: Any = TEXT.format(title=title).encode()
    made: bytes = typst.compile(source, font_paths=fonts(), ignore_system_fonts=True)
    return made
