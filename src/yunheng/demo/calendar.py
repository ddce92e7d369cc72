"""The time of the story: one run with its chance and its clock, which knows neither holidays nor the future."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from yunheng.demo.people import City
from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Organisation
from yunheng.domain.parties.queries import actor_for
from yunheng.law.kernel.terms import Calendar

LOCAL = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
Say = Callable[[str], None]


@dataclass
class Story:
    """One run: who, until when, and with which chance (always the same)."""

    city: City
    until: date
    chance: Random
    calendar: Calendar
    skus: dict[str, list[Any]]
    contracts: dict[tuple[str, int], Contract] = field(default_factory=dict)
    first: date = date(2025, 1, 2)

    def working(self, day: date) -> date:
        """The day itself, or the last working day before it."""
        while not self.calendar.is_working_day(day):
            day -= ONE_DAY
        return day

    def moment(self, day: date, hour: int = 10) -> datetime:
        """A moment within office hours of a working day; offices do nothing on other days."""
        day = self.working(day)
        return datetime(day.year, day.month, day.day, hour, self.chance.randrange(60), tzinfo=LOCAL)

    def later(self, day: date, working_days: int) -> date:
        """So many working days later."""
        days = self.calendar.working_days_after(day)
        for _ in range(working_days):
            day = next(days)
        return day

    def earlier(self, day: date, working_days: int) -> date:
        """So many working days earlier."""
        for _ in range(working_days):
            day = self.working(day - ONE_DAY)
        return day

    def actor(self, organisation: Organisation, role: str, at: datetime) -> Any:
        return actor_for(person=self.city.who(organisation, role), at=at)
