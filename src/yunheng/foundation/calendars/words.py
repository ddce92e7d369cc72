"""Days in the words of an official text: the weekday with every deadline."""

from __future__ import annotations

from datetime import date, timedelta

_WEEKDAYS = "一二三四五六日"
_FAR = timedelta(days=183)  # beyond half a year a day without its year can be misread


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
    far = today is not None and abs(day - today) > _FAR
    return f"{long_day(day) if far else short_day(day)}（{weekday(day)}）"
