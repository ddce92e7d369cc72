"""Places the labels of posts so that none lies upon another, nor upon the line of a post that passes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yunheng.interfaces.web.components.text import text_width

ROWS = 3
SIZE = 12.0
GAP = 6.0  # free space between two labels of a row
AIR = 3.0  # free space between a label and a line
_TRIES = 4000  # choices looked at before the remaining labels are left out


@dataclass(frozen=True)
class LabelBox:
    """A label: its row (0 is next to the lanes), where it starts and ends, and how it is anchored at its post."""

    text: str
    post: float
    row: int
    x0: float
    x1: float
    text_x: float
    anchor: str


def place_labels(posts: Sequence[tuple[float, str]], *, left: float, right: float) -> list[LabelBox]:
    """Choose row and side for each label, posts given from left to right.

    The middle of row 0 is preferred, then its sides, then higher rows. A label that finds no place is left out: its
    day stands in the table beside the drawing.
    """
    budget = [_TRIES]
    found = _search(posts, [], left, right, budget)
    return found if found is not None else _greedy(posts, left, right)


def _options(post: float, text: str, left: float, right: float) -> list[LabelBox]:
    if not text:
        return [LabelBox("", post, 0, post, post, post, "middle")]
    width = text_width(text, size=SIZE)
    spans = (
        ("middle", post, post - width / 2),
        ("start", post + AIR + 1, post + AIR + 1),
        ("end", post - AIR - 1, post - AIR - 1 - width),
    )
    return [
        LabelBox(text, post, row, x0, x0 + width, round(text_x, 1), anchor)
        for row in range(ROWS)
        for anchor, text_x, x0 in spans
        if left <= x0 and x0 + width <= right
    ]


def _clash(a: LabelBox, b: LabelBox) -> bool:
    if a.text and b.text and a.row == b.row and a.x0 < b.x1 + GAP and b.x0 < a.x1 + GAP:
        return True
    return _crosses(a, b) or _crosses(b, a)


def _crosses(low: LabelBox, high: LabelBox) -> bool:
    """Whether the line of ``high``, coming down from its row, runs through the label ``low``."""
    return bool(low.text) and high.row > low.row and low.x0 - AIR < high.post < low.x1 + AIR


def _search(
    posts: Sequence[tuple[float, str]], placed: list[LabelBox], left: float, right: float, budget: list[int]
) -> list[LabelBox] | None:
    if len(placed) == len(posts):
        return list(placed)
    post, text = posts[len(placed)]
    for option in _options(post, text, left, right):
        budget[0] -= 1
        if budget[0] < 0:
            return None
        if not any(_clash(option, other) for other in placed):
            done = _search(posts, [*placed, option], left, right, budget)
            if done is not None:
                return done
    return None


def _greedy(posts: Sequence[tuple[float, str]], left: float, right: float) -> list[LabelBox]:
    placed: list[LabelBox] = []
    for post, text in posts:
        free = (o for o in _options(post, text, left, right) if not any(_clash(o, other) for other in placed))
        placed.append(next(free, LabelBox("", post, 0, post, post, post, "middle")))
    return placed
