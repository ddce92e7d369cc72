"""The working calendar of a jurisdiction as a value that the law can count with."""

from __future__ import annotations

from django.core.cache import cache

from yunheng.foundation.calendars.models import CalendarDay, CalendarYear
from yunheng.law.kernel.terms import Calendar

_SECONDS = 300


def cache_key(jurisdiction_id: int) -> str:
    """Where the calendar of a jurisdiction is kept; an import deletes it."""
    return f"calendar:{jurisdiction_id}"


def calendar_for(jurisdiction_id: int) -> Calendar:
    """All known days and official years of a jurisdiction, kept for some minutes; an import drops what is kept."""
    known: Calendar | None = cache.get(cache_key(jurisdiction_id))
    if known is None:
        known = read_calendar(jurisdiction_id)
        cache.set(cache_key(jurisdiction_id), known, _SECONDS)
    return known


def read_calendar(jurisdiction_id: int) -> Calendar:
    """The same as the tables have it now, uncommitted changes of the reader's own transaction included."""
    days = list(CalendarDay.objects.filter(jurisdiction_id=jurisdiction_id))
    years = CalendarYear.objects.filter(jurisdiction_id=jurisdiction_id).values_list("year", flat=True)
    return Calendar(
        off={d.day: d.name for d in days if d.kind == "off"},
        work={d.day: d.name for d in days if d.kind == "work"},
        official=frozenset(years),
    )
