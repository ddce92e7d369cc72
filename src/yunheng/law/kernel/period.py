"""Half-open periods of local calendar days: the first day counts, the end does not (R-005)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, order=True)
class Period:
    """``[start, end)``; an empty period has ``end <= start``."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return max(0, (self.end - self.start).days)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __bool__(self) -> bool:
        return self.end > self.start

    def by_months(self) -> tuple[Period, ...]:
        """The period cut at every start of a calendar month; nothing for an empty one."""
        found, start = [], self.start
        while start < self.end:
            month = month_of(start)
            found.append(Period(start, min(month.end, self.end)))
            start = month.end
        return tuple(found)

    def clip(self, other: Period) -> Period:
        """The part of this period that lies in ``other``; empty when they do not meet."""
        return Period(max(self.start, other.start), min(self.end, other.end))


def year_of(year: int) -> Period:
    """The calendar year as a period."""
    return Period(date(year, 1, 1), date(year + 1, 1, 1))


def month_of(day: date) -> Period:
    """The calendar month that contains ``day``."""
    start = day.replace(day=1)
    return Period(start, date(start.year + start.month // 12, start.month % 12 + 1, 1))
