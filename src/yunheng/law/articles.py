"""The regulation as a table: chapters, articles, paragraphs in our own words, and where each lives in the code.

The reading room, the pop-over of an article chip and docs/articles.md are drawn from it; a test asks that every
paragraph has a home, or a reason why it needs none, or says what is still to come.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from yunheng.law.kernel.citation import Cite, Force, art, chinese_number
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.paragraphs import PROGRESS_ZH, Home, Item, Paragraph, Progress

__all__ = [
    "PROGRESS_ZH",
    "Article",
    "Chapter",
    "Home",
    "Item",
    "Paragraph",
    "Progress",
    "article",
    "articles",
    "chapters",
    "summary",
]

FILE = Path(__file__).parent / "articles.toml"


@dataclass(frozen=True)
class Article:
    """An article with its heading and paragraphs."""

    number: int
    chapter: int
    heading: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def cite(self) -> Cite:
        return art(self.number)

    @property
    def progress(self) -> Progress:
        """Landed when all paragraphs are (or need nothing), planned when none has begun, else partial."""
        found = {paragraph.progress for paragraph in self.paragraphs}
        if len(found) == 1:
            return next(iter(found))
        return "landed" if found == {"landed", "uncoded"} else "partial"


@dataclass(frozen=True)
class Chapter:
    """A chapter: its name, the folder of its code, its articles."""

    number: int
    zh: str
    folder: str
    articles: tuple[Article, ...]

    @property
    def title(self) -> str:
        return f"第{chinese_number(self.number)}章　{self.zh}"


def _paragraph(number: int, raw: dict[str, Any]) -> Paragraph:
    cite = art(number, raw["number"])
    return Paragraph(
        cite=cite,
        brief=raw["summary"],
        marked=raw["text"],
        forces=tuple(Force[name] for name in raw.get("force", ())),
        homes=tuple(Home.parse(home) for home in raw.get("home", ())),
        planned=raw.get("planned", ""),
        uncoded=raw.get("uncoded", ""),
        items=tuple(Item(art(number, cite.paragraph, i["number"]), i["summary"]) for i in raw.get("item", ())),
    )


@cache
def chapters() -> tuple[Chapter, ...]:
    """All chapters in order, read once."""
    raw = tomllib.loads(FILE.read_text("utf-8"))
    found = [
        Article(a["number"], a["chapter"], a["heading"], tuple(_paragraph(a["number"], p) for p in a["paragraph"]))
        for a in raw["article"]
    ]
    return tuple(
        Chapter(c["number"], c["zh"], c["folder"], tuple(a for a in found if a.chapter == c["number"]))
        for c in raw["chapter"]
    )


def articles() -> tuple[Article, ...]:
    """All articles in order."""
    return tuple(article for chapter in chapters() for article in chapter.articles)


def article(number: int) -> Article:
    """One article. Raises KeyError when there is none of that number."""
    for found in articles():
        if found.number == number:
            return found
    raise KeyError(number)


def summary(cite: Cite, parameters: Parameters | None = None) -> str:
    """Our one line on an article, paragraph or item. Raises KeyError when the citation leads nowhere."""
    paragraphs = article(cite.article).paragraphs
    if not cite.paragraph:
        return paragraphs[0].summary(parameters) if len(paragraphs) == 1 else article(cite.article).heading
    for paragraph in paragraphs:
        if paragraph.cite == Cite(cite.article, cite.paragraph):
            if not cite.item:
                return paragraph.summary(parameters)
            return next(item.summary for item in paragraph.items if item.cite == cite)
    raise KeyError(cite.key)
