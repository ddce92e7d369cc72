"""How wide a text will be in a drawing, near enough to keep labels apart."""

from __future__ import annotations

from unicodedata import east_asian_width


def text_width(text: str, *, size: float) -> float:
    """Width in the units of the drawing: a Han character is as wide as the type size, others a little over half."""
    return sum(size if east_asian_width(ch) in "WF" else 0.58 * size for ch in text)


def fits(text: str, *, size: float, room: float) -> bool:
    """Whether a text fits with a little air on both sides."""
    return text_width(text, size=size) + 6 <= room
