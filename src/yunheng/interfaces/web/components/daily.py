"""Use day by day, drawn: bars of the daily maximum, the line of the daily P95, limits and capacities as level lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from yunheng.interfaces.web.components.dates import month_day
from yunheng.interfaces.web.components.text import text_width

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 760.0, 240.0, 48.0, 26.0, 212.0
_HEAD_ROOM, _TICK_ROOM, _WORDS_APART = 1.15, 64.0, 15.0
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class DayUse:
    """A day's highest figure and its P95; None: not measured."""

    day: date
    top: float | None
    p95: float | None


@dataclass(frozen=True)
class Level:
    """A line across all days; ``look``: ``limit`` (dashed ochre) or ``capacity`` (plain)."""

    at: float
    words: str
    look: str = "limit"


@dataclass(frozen=True)
class LevelLine:
    """A level in the drawing; without room on its side the words stand under the drawing alone."""

    y: float
    words: str
    look: str
    x: float
    anchor: str


@dataclass(frozen=True)
class DailyChart:
    """The drawing; ``words`` says the same for those who do not see it, the table beside it holds the figures."""

    bars: tuple[tuple[float, float, float, float, str], ...]  # x, y, width, height, title
    lines: tuple[str, ...]  # points of each unbroken run of days
    dots: tuple[tuple[float, float], ...]  # runs of one day
    levels: tuple[LevelLine, ...]
    said: tuple[Level, ...]
    rows: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    unit: str
    words: str
    width: float = _WIDTH
    height: float = _HEIGHT
    left: float = _LEFT
    bottom: float = _BOTTOM


def daily_chart(*, label: str, unit: str, days: Sequence[DayUse], levels: Iterable[Level] = ()) -> DailyChart | None:
    """Draw days in order; None where nothing was measured. A day without figures stays a gap, never a zero."""
    known = [figure for one in days for figure in (one.top, one.p95) if figure is not None]
    if not known:
        return None
    said = tuple(sorted(levels, key=lambda level: -level.at))
    most = max([*known, *(level.at for level in said)]) * _HEAD_ROOM
    step = _step(most)
    count = -(-most // step) or 1
    top, first = step * count, days[0].day
    per_day = (_WIDTH - _LEFT) / ((days[-1].day - first).days + 1)

    def x(day: date) -> float:
        return _LEFT + ((day - first).days + 0.5) * per_day

    def y(figure: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * max(0.0, figure) / top, 1)

    wide = round(min(24.0, max(0.6, per_day * 0.62)), 1)
    bars = tuple(
        (round(x(one.day) - wide / 2, 1), y(one.top), wide, round(_BOTTOM - y(one.top), 1),
         f"{month_day(one.day)}，最高{figure_words(one.top)}{unit}")
        for one in days if one.top is not None
    )  # fmt: skip
    runs = [[(round(x(one.day), 1), y(one.p95 or 0)) for one in run] for run in _runs(days)]
    peak = max((one for one in days if one.top is not None), key=lambda one: one.top or 0, default=None)
    highest = f"，最高{figure_words(peak.top or 0)}{unit}（{month_day(peak.day)}）" if peak else ""
    words = f"{label}，{month_day(first)}至{month_day(days[-1].day)}{highest}"
    return DailyChart(
        bars, tuple(" ".join(f"{a},{b}" for a, b in run) for run in runs if len(run) > 1),
        tuple(run[0] for run in runs if len(run) == 1), _placed(said, y), said,
        tuple((y(step * n), figure_words(step * n)) for n in range(int(count) + 1)), _ticks(days, per_day), unit,
        "；".join([words, *(level.words for level in said)]),
    )  # fmt: skip


def _step(top: float) -> float:
    """A round step that makes at most five rows."""
    power = 1.0
    while power * 50 < top:
        power *= 10
    while power * 5 >= top and power > 1e-6:
        power /= 10
    return next((power * one for one in _STEPS if power * one * 5 >= top), power * 10)


def figure_words(figure: float) -> str:
    """Thousands and millions shortened in the Chinese way; small figures with what they need."""
    for size, zh in ((1e8, "亿"), (1e4, "万")):
        if figure >= size:
            return f"{figure / size:.4g}{zh}"
    return f"{figure:.4g}"


def _runs(days: Sequence[DayUse]) -> list[list[DayUse]]:
    """Days with a P95 that follow each other."""
    found: list[list[DayUse]] = []
    for one in days:
        if one.p95 is None:
            continue
        if found and (one.day - found[-1][-1].day).days == 1:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _ticks(days: Sequence[DayUse], per_day: float) -> tuple[tuple[float, str], ...]:
    """Days far enough apart to be read: each, each week, and so on."""
    first, last = days[0].day, days[-1].day
    every = next((n for n in (1, 2, 7, 14, 28, 56) if n * per_day >= _TICK_ROOM), 91)
    marks = (date.fromordinal(first.toordinal() + n) for n in range(0, (last - first).days + 1, every))
    half = text_width("12-31", size=12) / 2
    places = ((min(_LEFT + ((day - first).days + 0.5) * per_day, _WIDTH - half), month_day(day)) for day in marks)
    return tuple((round(place, 1), name) for place, name in places)


def _placed(said: Sequence[Level], y: Callable[[float], float]) -> tuple[LevelLine, ...]:
    """Words over their lines, left and right by turns; those that would meet others on their side are left out."""
    found: list[LevelLine] = []
    for n, level in enumerate(said):
        place = y(level.at)
        anchor = "end" if n % 2 else "start"
        meets = any(line.words and line.anchor == anchor and abs(line.y - place) < _WORDS_APART for line in found)
        at = _WIDTH - 4 if anchor == "end" else _LEFT + 6
        found.append(LevelLine(place, "" if meets else level.words, level.look, at, anchor))
    return tuple(found)
