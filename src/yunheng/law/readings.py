"""What the text leaves open, numbered, and how it is read until the bureau says otherwise (26).

Readings are no law. Code cites them (R-005) where it follows one; the reading room shows them beside the paragraph.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from yunheng.law.kernel.citation import Cite
from yunheng.law.paragraphs import Home

FILE = Path(__file__).parent / "readings.toml"


@dataclass(frozen=True)
class Reading:
    """One open question: ``question`` and ``reading`` for the office, ``asked``, ``read`` and ``why`` in English."""

    number: str
    question: str
    reading: str
    asked: str
    read: str
    why: str
    cites: tuple[Cite, ...]
    homes: tuple[Home, ...]
    to_be_confirmed: bool

    @property
    def status(self) -> str:
        return "待确认" if self.to_be_confirmed else "平台释义"


@cache
def readings() -> dict[str, Reading]:
    """All readings by number, R-001 first."""
    raw = tomllib.loads(FILE.read_text("utf-8"))
    return {number: _reading(number, raw[number]) for number in sorted(raw)}


def readings_of(cite: Cite) -> tuple[Reading, ...]:
    """The readings of a paragraph, or of every paragraph of an article."""
    return tuple(
        reading
        for reading in readings().values()
        if any(c == cite or (not cite.paragraph and c.article == cite.article) for c in reading.cites)
    )


def _reading(number: str, raw: dict[str, object]) -> Reading:
    def words(name: str) -> str:
        return str(raw[name])

    def several(name: str) -> list[str]:
        found = raw.get(name, [])
        return [str(each) for each in found] if isinstance(found, list) else []

    return Reading(
        number=number,
        question=words("question"),
        reading=words("reading"),
        asked=words("asked"),
        read=words("read"),
        why=words("why"),
        cites=tuple(Cite.parse(key) for key in several("cites")),
        homes=tuple(Home.parse(home) for home in several("home")),
        to_be_confirmed=bool(raw.get("confirm", False)),
    )
