"""Days on a line: where a day lies, and how months or years are written under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTH_ROOM = 30.0  # below this width a month has no name of its own
QUARTER_ROOM = 9.0


@dataclass(frozen=True)
class Scale:
    """The days ``[start, end)`` between two places of the drawing."""

    start: date
    end: date
    left: float
    right: float

    @property
    def per_day(self) -> float:
        return (self.right - self.left) / max(1, (self.end - self.start).days)

    def x(self, day: date) -> float:
        """Where a day begins, kept inside the drawing."""
        inside = min(max(day, self.start), self.end)
        return round(self.left + (inside - self.start).days * self.per_day, 1)

    def meets(self, start: date, end: date) -> bool:
        return start < self.end and end > self.start

    def span(self, start: date, end: date, *, gap: float) -> tuple[float, float]:
        """Place and width of ``[start, end)``, less a gap to the next."""
        x = self.x(start)
        return x, round(max(1.0, self.x(end) - x - gap), 1)


@dataclass(frozen=True)
class AxisMark:
    """A hairline at ``x`` (None where the span begins inside), and the name in the middle of the span."""

    x: float | None
    name: str
    name_x: float
    row: int = 0  # 0 months (or years alone), 1 years under months


def axis(scale: Scale) -> tuple[AxisMark, ...]:
    """Months; with a row of years under them when there are two; quarters and years when months are too narrow."""
    month = scale.per_day * 30.4
    if month >= MONTH_ROOM:
        months = tuple(_mark(scale, a, b, f"{a.month}月", MONTH_ROOM * 0.8) for a, b in _spans(scale, 1))
        return (*months, *_years(scale, row=1)) if scale.start.year != _last_year(scale) else months
    step = 3 if month >= QUARTER_ROOM else 12
    hairs = tuple(_mark(scale, a, b, "", 0) for a, b in _spans(scale, step))
    return (*hairs, *_years(scale, row=0))


def _last_year(scale: Scale) -> int:
    return date.fromordinal(scale.end.toordinal() - 1).year


def _years(scale: Scale, *, row: int) -> tuple[AxisMark, ...]:
    return tuple(_mark(scale, a, b, f"{a.year}年", 44, row=row) for a, b in _spans(scale, 12))


def _mark(scale: Scale, start: date, end: date, name: str, room: float, *, row: int = 0) -> AxisMark:
    x0, x1 = scale.x(start), scale.x(end)
    hair = x0 if start >= scale.start and not row else None
    return AxisMark(hair, name if x1 - x0 >= room else "", round((x0 + x1) / 2, 1), row)


def _spans(scale: Scale, months: int) -> Iterator[tuple[date, date]]:
    """The spans of 1, 3 or 12 months that meet the scale."""
    first = (scale.start.month - 1) // months * months
    day = date(scale.start.year, first + 1, 1)
    while day < scale.end:
        ahead = day.year * 12 + day.month - 1 + months
        following = date(ahead // 12, ahead % 12 + 1, 1)
        yield day, following
        day = following
