"""A month of the working calendar, with the days on which something is due."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from yunheng.interfaces.web.components.clock import WorkCalendar
from yunheng.interfaces.web.components.dates import long_day

_WORDS = {"soon": "两个工作日内截止", "other": "截止", "late": "已超期"}


@dataclass(frozen=True)
class MonthDay:
    """One cell: the day, its marks for the eye and the same in words for the ear."""

    number: int
    marks: tuple[str, ...]
    mark: str
    words: str
    href: str = ""
    count: int = 0
    chosen: bool = False

    @property
    def css(self) -> str:
        return " ".join(f"yh-month__day--{mark}" for mark in self.marks)


@dataclass(frozen=True)
class MonthView:
    """A month as rows of seven days, Monday first."""

    title: str
    weeks: tuple[tuple[MonthDay, ...], ...]
    provisional: bool
    linked: bool = False


def month_view(
    *,
    year: int,
    month: int,
    today: date,
    calendar: WorkCalendar,
    marks: Mapping[date, str] | None = None,
    counts: Mapping[date, int] | None = None,
    href: Callable[[date], str] | None = None,
    chosen: date | None = None,
) -> MonthView:
    """Lay out a month. ``marks`` says which days are due: soon, other or late.

    With ``href`` every day is a link and says how many things are due on it (``counts``); ``chosen`` is shown below.
    """
    due, many = marks or {}, counts or {}

    def cell(day: date) -> MonthDay:
        made = _day(day, month, today, calendar, due.get(day, ""))
        return replace(made, href=href(day), count=many.get(day, 0), chosen=day == chosen) if href else made

    weeks = tuple(tuple(cell(day) for day in week) for week in days_of_month(year, month))
    return MonthView(f"{year}年{month}月", weeks, calendar.is_provisional(year), linked=href is not None)


def days_of_month(year: int, month: int) -> list[list[date]]:
    """The days shown with a month: whole weeks, Monday first."""
    return gregorian.Calendar(firstweekday=0).monthdatescalendar(year, month)


def _day(day: date, month: int, today: date, calendar: WorkCalendar, mark: str) -> MonthDay:
    marks = [] if calendar.is_working_day(day) else ["off"]
    words = [] if calendar.is_working_day(day) else ["非工作日"]
    if calendar.is_makeup_workday(day):
        marks.append("makeup")
        words.append("调休上班")
    if day.month != month:
        marks.append("out")
        words.append(long_day(day))
    if day == today:
        marks.append("today")
        words.append("今天")
    if mark:
        words.append(_WORDS.get(mark, "截止"))
    return MonthDay(day.day, tuple(marks), mark, "，".join(words))
