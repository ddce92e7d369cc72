"""Free trials as people see them (7.2): which day it is, when it stops by itself, what can be done before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import prefetch_related_objects

from yunheng.domain.services import openings
from yunheng.domain.services.models import Service
from yunheng.domain.services.trial import stopped_by_itself
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.models import parameters_on
from yunheng.interfaces.web.components.clock import ClockView, clock_view
from yunheng.interfaces.web.components.dates import day_with_weekday
from yunheng.law.ch2_use.art07_trial import kept_until
from yunheng.law.kernel.terms import ONE_DAY


@dataclass(frozen=True)
class Row:
    """A line of the ledger in a list as it stands: ``ends`` while its end lies ahead, the clock of a running trial.

    ``until`` is the last day of the period of a temporary service (12).
    """

    service: Service
    quantity: Decimal
    lane: str
    ends: bool
    clock: ClockView | None
    until: date | None = None


@dataclass(frozen=True)
class Trial:
    """The services of a system that try together: their clock while they run, else until when the data is kept."""

    services: tuple[Service, ...]
    clock: ClockView | None
    stopped: str = ""


def rows(services: Iterable[Service], today: date) -> list[Row]:
    """Lines of the ledger for a list: of today, or of their first or last day."""
    found = list(services)
    prefetch_related_objects(found, "conditions")
    return [
        Row(
            s, Decimal(s.at("quantity", s.within(today))), s.at("lane", s.within(today)),
            s.closed_on is not None and s.closed_on > today, clock_of(s, today) if s.trial else None,
            end - ONE_DAY if (end := openings.period_ends_on(s)) else None,
        )
        for s in found
    ]  # fmt: skip


def clock_of(service: Service, today: date) -> ClockView | None:
    """Day 22 of 30 while a trial runs; the days are calendar days and do not roll (R-002)."""
    if service.closed_on is None or not service.runs_on(today):
        return None
    return clock_view(
        received_on=service.opened_on - ONE_DAY, due_on=service.closed_on - ONE_DAY, today=today, unit="calendar",
        term_days=(service.closed_on - service.opened_on).days, calendar=calendar_for(service.jurisdiction_id),
        ends="24:00 自动停止",
    )  # fmt: skip


def of_system(services: Iterable[Service], today: date) -> list[Trial]:
    """The trials of a system that run, or whose data is still kept."""
    together: dict[tuple[date, date | None], list[Service]] = {}
    for service in services:
        together.setdefault((service.opened_on, service.closed_on), []).append(service)
    found = []
    for (_, closed), own in sorted(together.items(), key=lambda item: item[0][0]):
        clock, words = clock_of(own[0], today), _stopped(own[0], closed, today)
        if clock or words:
            found.append(Trial(tuple(own), clock, words))
    return found


def _stopped(service: Service, closed: date | None, today: date) -> str:
    if closed is None or today < closed or not stopped_by_itself(service):
        return ""
    kept = kept_until(closed, parameters_on(closed, service.jurisdiction_id))
    if today > kept:
        return ""
    return f"已于{day_with_weekday(closed)}自动停止，数据保留至{day_with_weekday(kept)}"
