"""Days and moments in the words of an official page: the weekday with every deadline, ISO in tables."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
_WEEKDAYS = "一二三四五六日"
_FAR = 183  # days: beyond half a year a day without its year can be misread


def local(at: datetime) -> datetime:
    """The moment on the wall clock of the city."""
    return at.astimezone(LOCAL)


def as_day(value: date | datetime) -> date:
    """The local day of a day or a moment."""
    return local(value).date() if isinstance(value, datetime) else value


def weekday(day: date) -> str:
    """周二."""
    return "周" + _WEEKDAYS[day.weekday()]


def long_day(day: date) -> str:
    """2026年11月24日."""
    return f"{day.year}年{day.month}月{day.day}日"


def short_day(day: date) -> str:
    """11月24日."""
    return f"{day.month}月{day.day}日"


def day_with_weekday(day: date, *, today: date | None = None) -> str:
    """11月25日（周三）; with the year when the day is more than half a year from ``today``."""
    far = today is not None and abs((day - today).days) > _FAR
    return f"{long_day(day) if far else short_day(day)}（{weekday(day)}）"


def month_day(day: date) -> str:
    """11-24, for tables in which the year is plain."""
    return f"{day.month}-{day.day:02d}"


def moment(at: datetime) -> str:
    """11月24日 10:18."""
    here = local(at)
    return f"{short_day(here.date())} {here:%H:%M}"


def long_moment(at: datetime) -> str:
    """2026-11-24 10:18."""
    return f"{local(at):%Y-%m-%d %H:%M}"
