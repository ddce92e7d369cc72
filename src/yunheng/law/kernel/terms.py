"""Terms: working days are not calendar days, and the day of receipt does not count (R-002)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class WorkingDays:
    """A term of ``n`` working days (工作日)."""

    n: int


@dataclass(frozen=True, order=True)
class CalendarDays:
    """A term of ``n`` calendar days (自然日)."""

    n: int


@dataclass(frozen=True)
class Calendar:
    """The State Council's arrangement: which days deviate from Monday to Friday, and which years are official.

    ``off`` are weekdays without work, ``work`` are weekend days with work (调休); both carry the name of the occasion.
    A year that is not in ``official`` is provisional: its terms are computed, marked, and computed again (R-010).
    """

    off: Mapping[date, str] = field(default_factory=dict)
    work: Mapping[date, str] = field(default_factory=dict)
    official: frozenset[int] = frozenset()

    def is_working_day(self, day: date) -> bool:
        if day in self.work:
            return True
        return day.weekday() < 5 and day not in self.off

    def is_makeup_workday(self, day: date) -> bool:
        """A weekend day on which people work (调休上班)."""
        return day.weekday() >= 5 and day in self.work

    def is_provisional(self, year: int) -> bool:
        return year not in self.official

    def working_days_after(self, day: date) -> Iterator[date]:
        """The working days after ``day``, without end."""
        while True:
            day += ONE_DAY
            if self.is_working_day(day):
                yield day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie in (start, end]."""
        days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
        return sum(self.is_working_day(day) for day in days)

    def working_days_left(self, received_on: date, due: date, today: date) -> int:
        """Working days from ``today``, itself included, to the end of a term; negative: how many it is late.

        The day of receipt does not count (R-002). 0 after the end means late by days that are no working days.
        """
        if today > due:
            return -self.working_days_between(due, today)
        return self.working_days_between(max(today - ONE_DAY, received_on), due)


def due_on(received_on: date, term: WorkingDays | CalendarDays, calendar: Calendar, *, rolls: bool = False) -> date:
    """The last day of a term, which ends at 24:00 local time.

    Calendar days are physical limits and do not roll; a term for handing something in does (``rolls``), R-002.
    """
    if isinstance(term, WorkingDays):
        days = calendar.working_days_after(received_on)
        last = received_on
        for _ in range(term.n):
            last = next(days)
        return last
    last = received_on + timedelta(days=term.n)
    if rolls and not calendar.is_working_day(last):
        last = next(calendar.working_days_after(last))
    return last


def touches_provisional(received_on: date, due: date, calendar: Calendar) -> bool:
    """Whether a term runs through a year whose arrangement is not published (R-010)."""
    return any(calendar.is_provisional(year) for year in range(received_on.year, due.year + 1))
