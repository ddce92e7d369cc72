"""A paragraph of the regulation in our words: its text with the figures of the day, its force, its homes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from yunheng.law.kernel.citation import Cite, Force
from yunheng.law.kernel.parameters import Parameters, registry

HomeKind = Literal["rule", "machine", "parameter", "module"]
Progress = Literal["landed", "partial", "planned", "uncoded"]
PROGRESS_ZH: dict[Progress, str] = {
    "landed": "已全部落实",
    "partial": "部分落实",
    "planned": "待落实",
    "uncoded": "无须落实",
}


@dataclass(frozen=True)
class Home:
    """Where a paragraph lives: a rule, a machine, a parameter by name, or a module by its path below ``yunheng``."""

    kind: HomeKind
    name: str

    @classmethod
    def parse(cls, text: str) -> Home:
        """Read ``rule:coverage``. Raises ValueError for another kind."""
        kinds: dict[str, HomeKind] = {
            "rule": "rule",
            "machine": "machine",
            "parameter": "parameter",
            "module": "module",
        }
        kind, _, name = text.partition(":")
        if kind not in kinds or not name:
            raise ValueError(f"no home: {text!r}")
        return cls(kinds[kind], name)


@dataclass(frozen=True)
class Item:
    """An item (项) of a paragraph."""

    cite: Cite
    summary: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph (款) in our words; ``marked`` holds asterisks and names of parameters, ``segments`` resolves them."""

    cite: Cite
    brief: str
    marked: str
    forces: tuple[Force, ...]
    homes: tuple[Home, ...]
    planned: str
    uncoded: str
    items: tuple[Item, ...]

    @property
    def progress(self) -> Progress:
        if self.uncoded:
            return "uncoded"
        if not self.planned:
            return "landed"
        return "partial" if any(home.kind != "parameter" for home in self.homes) else "planned"

    def summary(self, parameters: Parameters | None = None) -> str:
        """One line, with the figures of the day (the newest known without one)."""
        return _filled(self.brief, parameters)

    def segments(self, parameters: Parameters | None = None) -> tuple[tuple[str, bool], ...]:
        """The text cut where marked words begin and end: (words, marked?)."""
        parts = _filled(self.marked, parameters).split("*")
        return tuple((part, n % 2 == 1) for n, part in enumerate(parts) if part)

    def text(self, parameters: Parameters | None = None) -> str:
        """The text (摘述) without marks."""
        return "".join(part for part, _ in self.segments(parameters))


def _filled(words: str, parameters: Parameters | None) -> str:
    """Put the figures in the place of their names."""
    known = registry()
    figures = {
        name: known[name].words(parameters[name] if parameters else known[name].typed(known[name].values[-1][1]))
        for name in known
        if f"{{{name}}}" in words
    }
    return words.format_map(figures)
