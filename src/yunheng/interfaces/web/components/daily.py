"""Use over days or hours, drawn: bars of the maximum, the line of the P95, limits and capacities as level lines.

A drawing is made twice, wide and narrow: text that shrinks with its picture cannot be read on a phone. In both the
words of levels and of the peak keep clear of each other; words without room stand under the drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from yunheng.interfaces.web.components.dates import local, month_day
from yunheng.interfaces.web.components.text import text_width

_HEAD_ROOM, _SIZE = 1.05, 12.0  # the words of a level at the top have the margin above it
_STEPS = (1, 2, 2.5, 5, 10)
DAY_KEYS = ("当日最高", "当日P95", "")
HOUR_KEYS = ("每时最高", "每时P95", "每时平均")


@dataclass(frozen=True)
class DayUse:
    """A day's highest figure and its P95; None: not measured."""

    day: date
    top: float | None
    p95: float | None


@dataclass(frozen=True)
class HourUse:
    """An hour that begins at ``hour``: its highest figure, its P95, its mean; None: not measured."""

    hour: datetime
    top: float | None
    p95: float | None
    mean: float | None


@dataclass(frozen=True)
class Level:
    """A line across: ``look`` is ``limit`` (dashed ochre), ``usual`` (dotted), ``capacity`` (plain) or ``after``.

    ``course`` gives its height from each day on where it is not the same on all; ``at`` is the last.
    """

    at: float
    words: str
    look: str = "limit"
    course: tuple[tuple[date, float], ...] = ()


@dataclass(frozen=True)
class Words:
    """A text in the drawing and the room that it takes."""

    text: str
    x: float
    y: float
    anchor: str
    box: tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class LevelLine:
    """A level in the drawing; without words where there is no room for them."""

    points: str
    look: str
    words: Words | None


@dataclass(frozen=True)
class Mark:
    """The highest figure, marked."""

    x: float
    y: float
    words: Words | None


@dataclass(frozen=True)
class DailyChart:
    """The drawing; ``words`` says the same for those who do not see it, the table beside it holds the figures.

    ``said`` are the levels in words; ``told`` says that some of them found no room in the drawing.
    """

    bars: tuple[tuple[float, float, float, float, str], ...]  # x, y, width, height, title
    lines: tuple[str, ...]  # points of each unbroken run of the P95
    dots: tuple[tuple[float, float], ...]  # runs of one
    means: tuple[str, ...]
    levels: tuple[LevelLine, ...]
    peak: Mark | None
    said: tuple[Level, ...]
    rows: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    axis: str
    words: str
    keys: tuple[str, str, str]
    width: float
    height: float
    left: float
    bottom: float
    narrow: DailyChart | None = None

    @property
    def told(self) -> bool:
        return any(line.words is None for line in self.levels)


def daily_chart(
    *,
    label: str,
    unit: str,
    days: Sequence[DayUse],
    levels: Iterable[Level] = (),
    keys: tuple[str, str, str] = DAY_KEYS,
    axis: str = "",
) -> DailyChart | None:
    """Draw days in order; None where nothing was measured. A day without figures stays a gap, never a zero.

    ``axis`` stands over the figures at the left where the unit alone does not say what they are.
    """
    if not days:
        return None
    first = days[0].day
    points = [_Point((one.day - first).days, month_day(one.day), one.top, one.p95, None) for one in days]
    words = f"{label}，{month_day(first)}至{month_day(days[-1].day)}"
    return _drawn(_Asked(points, points[-1].n + 1, unit, tuple(levels), keys, words, first, axis=axis))


def hourly_chart(
    *,
    label: str,
    unit: str,
    since: date,
    until: date,
    hours: Sequence[HourUse],
    levels: Iterable[Level] = (),
    axis: str = "",
) -> DailyChart | None:
    """Draw the hours of the days from ``since`` to ``until``, both included; None where nothing was measured."""
    begin = datetime(since.year, since.month, since.day)  # noqa: DTZ001 - the wall clock of the city, as drawn
    points = []
    for one in hours:
        here = local(one.hour).replace(tzinfo=None)
        name = f"{month_day(here.date())} {here:%H}时"
        points.append(_Point((here - begin) // timedelta(hours=1), name, one.top, one.p95, one.mean))
    words = f"{label}，{month_day(since)}至{month_day(until)}，逐时"
    count = ((until - since).days + 1) * 24
    return _drawn(_Asked(points, count, unit, tuple(levels), HOUR_KEYS, words, since, hours=True, axis=axis))


# ---- one drawing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Point:
    n: int  # days or hours after the first
    name: str
    top: float | None
    p95: float | None
    mean: float | None


@dataclass(frozen=True)
class _Asked:
    points: Sequence[_Point]
    count: int
    unit: str
    levels: tuple[Level, ...]
    keys: tuple[str, str, str]
    words: str
    first: date
    hours: bool = False
    axis: str = ""


@dataclass(frozen=True)
class _Frame:
    """The paper: its size and the room of the axes, and how much of it a figure and a slot take."""

    width: float
    height: float
    left: float
    room: float  # between two ticks
    count: int = 1
    most: float = 1.0
    top: float = 26.0

    @property
    def bottom(self) -> float:
        return self.height - 28

    @property
    def per(self) -> float:
        return (self.width - self.left) / self.count

    def x(self, n: float) -> float:
        """The middle of a slot."""
        return round(self.left + (n + 0.5) * self.per, 1)

    def y(self, figure: float) -> float:
        return round(self.bottom - (self.bottom - self.top) * max(0.0, figure) / self.most, 1)


_WIDE, _NARROW = _Frame(760.0, 240.0, 48.0, 64.0), _Frame(330.0, 230.0, 38.0, 52.0)


def _drawn(asked: _Asked) -> DailyChart | None:
    known = [figure for one in asked.points for figure in (one.top, one.p95, one.mean) if figure is not None]
    if not known:
        return None
    heights = [height for level in asked.levels for height in (level.at, *(at for _, at in level.course))]
    most = max([*(figure * _HEAD_ROOM for figure in known), *heights])
    step = _step(most)
    rows = [step * n for n in range(int(-(-most // step) or 1) + 1)]
    wide, narrow = (_panel(asked, replace(one, count=asked.count, most=rows[-1]), rows) for one in (_WIDE, _NARROW))
    return replace(wide, narrow=narrow)


def _panel(asked: _Asked, on: _Frame, rows: Sequence[float]) -> DailyChart:
    points = asked.points
    wide = round(min(24.0, max(0.6, on.per * 0.62)), 1)
    bars = tuple(
        (round(on.x(one.n) - wide / 2, 1), on.y(one.top), wide, round(on.bottom - on.y(one.top), 1),
         f"{one.name}，最高{figure_words(one.top)}{asked.unit}")
        for one in points if one.top is not None
    )  # fmt: skip
    runs = _runs(points, lambda one: one.p95, on)
    means = _runs(points, lambda one: one.mean, on)
    top = max((one for one in points if one.top is not None), key=lambda one: one.top or 0, default=None)
    highest = f"，最高{figure_words(top.top or 0)}{asked.unit}（{top.name}）" if top else ""
    said = tuple(sorted(asked.levels, key=lambda level: -level.at))
    peak, taken = _peak(top, asked.unit, on)
    return DailyChart(
        bars, tuple(" ".join(f"{a},{b}" for a, b in run) for run in runs if len(run) > 1),
        tuple(run[0] for run in runs if len(run) == 1),
        tuple(" ".join(f"{a},{b}" for a, b in run) for run in means if len(run) > 1),
        _placed(said, asked, on, taken), peak, said, tuple((on.y(at), figure_words(at)) for at in rows),
        _hour_ticks(asked, on) if asked.hours else _day_ticks(asked, on), asked.axis or asked.unit,
        "；".join([f"{asked.words}{highest}", *(level.words for level in said)]), asked.keys, on.width, on.height,
        on.left, on.bottom,
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
    return f"{figure:.4g}" if figure >= 100 else f"{figure:.3g}"


def _runs(
    points: Sequence[_Point], figure: Callable[[_Point], float | None], on: _Frame
) -> list[list[tuple[float, float]]]:
    """What follows each other without a gap, as places."""
    found: list[list[tuple[float, float]]] = []
    before = -2
    for one in points:
        value = figure(one)
        if value is None:
            continue
        if not found or one.n != before + 1:
            found.append([])
        found[-1].append((on.x(one.n), on.y(value)))
        before = one.n
    return found


def _day_ticks(asked: _Asked, on: _Frame) -> tuple[tuple[float, str], ...]:
    """Days far enough apart to be read: each, each week, and so on."""
    every = next((n for n in (1, 2, 7, 14, 28, 56) if n * on.per >= on.room), 91)
    return _within(((n, month_day(asked.first + timedelta(days=n))) for n in range(0, asked.count, every)), on)


def _hour_ticks(asked: _Asked, on: _Frame) -> tuple[tuple[float, str], ...]:
    """Hours of a day with their number, those of several days by the day's name where it begins."""
    every = next((n for n in (1, 2, 3, 6, 12, 24, 48) if n * on.per >= on.room), 96)
    names = (
        (n, f"{n % 24}时" if n % 24 else month_day(asked.first + timedelta(hours=n)))
        for n in range(0, asked.count, every)
    )
    return _within(names, on)


def _within(marks: Iterable[tuple[int, str]], on: _Frame) -> tuple[tuple[float, str], ...]:
    half = text_width("12-31", size=_SIZE) / 2
    return tuple((min(on.x(n), round(on.width - half, 1)), name) for n, name in marks)


# ---- words that keep clear of each other -------------------------------------------------------------------------


def _peak(top: _Point | None, unit: str, on: _Frame) -> tuple[Mark | None, list[Words]]:
    if top is None:
        return None, []
    x, y = on.x(top.n), on.y(top.top or 0)
    text = f"{figure_words(top.top or 0)}{unit}"
    places = [_words(text, x + 7, y + 4, "start"), _words(text, x - 7, y + 4, "end")]
    words = next((place for place in places if place.box[2] <= on.width), places[-1])
    return Mark(x, y, words), [words]


def _words(text: str, x: float, y: float, anchor: str) -> Words:
    width = text_width(text, size=_SIZE)
    left = x - width if anchor == "end" else x
    return Words(text, round(x, 1), round(y, 1), anchor, (left, y - _SIZE + 1, left + width, y + 3))


def _placed(said: Sequence[Level], asked: _Asked, on: _Frame, taken: list[Words]) -> tuple[LevelLine, ...]:
    """Words over or under their lines, at the left or the right end, where they meet no others."""
    found: list[LevelLine] = []
    busy = list(taken)
    for n, level in enumerate(said):
        y = on.y(level.at)
        sides = [("start", on.left + 6), ("end", on.width - 4)]
        if n % 2 or level.course:
            sides.reverse()
        places = [_words(level.words, x, y + dy, side) for dy in (-5, 15) for side, x in sides]
        lines = [on.y(other.at) for other in said if other is not level and not other.course]
        free = [place for place in places if _free(place, busy, on)]
        words = next((place for place in free if not _crossed(place, lines)), next(iter(free), None))
        busy += [words] if words else []
        found.append(LevelLine(_course(level, asked, on), level.look, words))
    return tuple(found)


def _free(place: Words, busy: Sequence[Words], on: _Frame) -> bool:
    left, top, right, bottom = place.box
    inside = on.left <= left and right <= on.width and top >= 0 and bottom <= on.bottom
    return inside and not any(
        left < other.box[2] and other.box[0] < right and top < other.box[3] and other.box[1] < bottom for other in busy
    )


def _crossed(place: Words, lines: Sequence[float]) -> bool:
    return any(place.box[1] < y < place.box[3] for y in lines)


def _course(level: Level, asked: _Asked, on: _Frame) -> str:
    """Straight across, or in steps from day to day."""
    heights = [(max(0, (day - asked.first).days), at) for day, at in level.course] or [(0, level.at)]
    ends = [*(n for n, _ in heights[1:]), asked.count]
    edges = [((on.left + n * on.per), at, on.left + end * on.per) for (n, at), end in zip(heights, ends, strict=True)]
    return " ".join(f"{a:.1f},{on.y(at)} {b:.1f},{on.y(at)}" for a, at, b in edges)
