"""A figure against its limits, drawn: the bar, each limit as a line with its words, the one that bites in ochre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.text import text_width

_WIDTH, _LEFT, _GAP = 760.0, 76.0, 12.0
_HEAD_ROOM = Decimal("1.25")  # the scale ends a quarter beyond the largest figure


@dataclass(frozen=True)
class Limit:
    """A limit with its words; ``hit`` when it is reached or passed."""

    at: Decimal
    words: str
    hit: bool = False


@dataclass(frozen=True)
class Mark:
    """A limit in the drawing: where its line and its words stand."""

    x: float
    words: str
    words_x: float
    above: bool
    hit: bool


@dataclass(frozen=True)
class LimitBar:
    """The drawing; ``words`` says the same for those who do not see it."""

    label: str
    bar_width: float
    value_text: str
    value_x: float
    value_inside: bool
    marks: tuple[Mark, ...]
    words: str
    width: float = _WIDTH
    left: float = _LEFT
    track: float = _WIDTH - _LEFT


def limit_bar(*, label: str, value: Decimal, limits: Sequence[Limit], unit: str = "元") -> LimitBar:
    """Draw ``value`` against ``limits``. Those that are reached go above the bar, the others below, where there is room."""
    top = max([value, *(limit.at for limit in limits)], default=value) * _HEAD_ROOM or Decimal(1)
    track = _WIDTH - _LEFT

    def place(amount: Decimal) -> float:
        return round(_LEFT + track * float(max(Decimal(0), amount) / top), 1)

    end = place(value)
    text = f"{yuan(value)} {unit}".strip()
    need = text_width(text, size=14) + 16
    # The figure stays left of the first line that crosses the bar.
    free = min([end, *(place(limit.at) for limit in limits if limit.at < value)])
    inside = free - _LEFT >= need
    marks = _apart([_mark(limit, place(limit.at)) for limit in limits])
    words = f"{label} {text}；" + "；".join(limit.words for limit in limits)
    return LimitBar(label, end - _LEFT, text, free - 10 if inside else end + 10, inside, marks, words)


def _apart(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """The same, where the words of two would meet the later one on the other side of the bar."""
    placed: list[Mark] = []
    for mark in marks:
        meets = any(other.above == mark.above and _meet(other, mark) for other in placed)
        placed.append(replace(mark, above=not mark.above) if meets else mark)
    return tuple(placed)


def _meet(one: Mark, other: Mark) -> bool:
    room = (text_width(one.words, size=13) + text_width(other.words, size=13)) / 2
    return abs(one.words_x - other.words_x) < room + _GAP


def _mark(limit: Limit, x: float) -> Mark:
    half = text_width(limit.words, size=13) / 2
    middle = min(max(x, _LEFT + half), _WIDTH - half)
    return Mark(x, limit.words, round(middle, 1), limit.hit, limit.hit)
