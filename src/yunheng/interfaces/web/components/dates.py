"""Days and moments in the words of an official page: the weekday with every deadline, ISO in tables."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from yunheng.foundation.calendars.words import day_with_weekday, long_day, short_day, weekday

__all__ = [
    "as_day", "day_with_weekday", "kept_moment", "local", "long_day", "long_moment", "moment", "month_day", "short_day", "weekday",
]  # fmt: skip
LOCAL = ZoneInfo("Asia/Shanghai")


def local(at: datetime) -> datetime:
    """The moment on the wall clock of the city."""
    return at.astimezone(LOCAL)


def as_day(value: date | datetime) -> date:
    """The local day of a day or a moment."""
    return local(value).date() if isinstance(value, datetime) else value


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


def kept_moment(text: str) -> str:
    """The same of a moment as evidence keeps it (ISO 8601); — where none was kept."""
    return long_moment(datetime.fromisoformat(text)) if text else "—"
