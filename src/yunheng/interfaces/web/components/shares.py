"""A whole cut into bands, drawn as one bar: what share of it each band has. The table beside it holds the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yunheng.interfaces.web.components.text import text_width

_WIDTH, _HEIGHT, _SIZE = 460.0, 24.0, 12.0
LOOKS = ("1", "2", "3", "4", "over")  # the ordinal scale from light to dark, then ochre for what is at its limit


@dataclass(frozen=True)
class Part:
    """A band: its name and how much it is of the whole, in %."""

    name: str
    share: float


@dataclass(frozen=True)
class PartBox:
    """A band in the drawing; without room its share stands in the title and in the table alone."""

    x: float
    width: float
    middle: float
    text: str
    title: str
    look: str


@dataclass(frozen=True)
class BandBar:
    """One bar; ``words`` says the same for those who do not see it."""

    boxes: tuple[PartBox, ...]
    words: str
    width: float = _WIDTH
    height: float = _HEIGHT


def band_bar(*, label: str, parts: Sequence[Part]) -> BandBar:
    """Draw bands in order, each as wide as its share; one without a share takes no room."""
    boxes, at = [], 0.0
    for part, look in zip(parts, LOOKS, strict=True):
        width = _WIDTH * part.share / 100
        text = f"{part.share:.0f}%"
        if width > 0:
            room = text_width(text, size=_SIZE) + 6 <= width
            boxes.append(
                PartBox(
                    round(at, 2),
                    round(width, 2),
                    round(at + width / 2, 2),
                    text if room else "",
                    f"{part.name}，{text}",
                    look,
                )
            )
        at += width
    words = "、".join(f"{part.name}占{part.share:.0f}%" for part in parts)
    return BandBar(tuple(boxes), f"{label}：{words}")
