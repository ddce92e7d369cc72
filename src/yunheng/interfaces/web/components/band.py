"""The band of days on the login page: four weeks as work sees them, with today in the middle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from yunheng.interfaces.web.components.clock import WorkCalendar

_STEP, _BEFORE, _AFTER = 27.0, 16, 10


@dataclass(frozen=True)
class BandDay:
    """One day of the band: gone, today, ahead or off."""

    x: float
    y: float
    width: float
    height: float
    kind: str

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Band:
    """The days and the width of the drawing."""

    days: tuple[BandDay, ...]
    width: float


def day_band(*, today: date, calendar: WorkCalendar) -> Band:
    """Draw the days around ``today``; a day without work is a short sliver."""
    span = [today + timedelta(days=n) for n in range(-_BEFORE, _AFTER + 1)]
    return Band(tuple(_day(n, day, today, calendar) for n, day in enumerate(span)), _STEP * len(span))


def _day(n: int, day: date, today: date, calendar: WorkCalendar) -> BandDay:
    if day != today and not calendar.is_working_day(day):
        return BandDay(n * _STEP, 27, 7, 25, "off")
    kind = "today" if day == today else "gone" if day < today else "ahead"
    return BandDay(n * _STEP, 18, 18, 34, kind)
