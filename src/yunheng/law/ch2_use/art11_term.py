"""Article 11: until when the provider has to be done, and which days it was late.

The five working days run from receipt to release as one term. Days on which the provider could not go on, because the
bureau held the case or the unit had a backup to acknowledge, are not the provider's: they do not count (R-002, R-007).

    receipt │ 1 │ 2 │ stopped │ stopped │ 3 │ 4 │ 5 = due │ charged, disputable … │ actual termination: no charge
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from yunheng.law.kernel.period import Period
from yunheng.law.kernel.terms import ONE_DAY, Calendar, WorkingDays

STOPPED = ("held", "backed_up")  # states in which the provider waits for somebody else


def stops(entered: Iterable[tuple[date, str]], until: date) -> tuple[Period, ...]:
    """The spans in which the provider waited: ``entered`` are days and states in order; an open one lasts ``until``."""
    found: list[Period] = []
    since: date | None = None
    for day, state in (*entered, (until, "")):
        if since is not None and state not in STOPPED:
            found.append(Period(since, day))
            since = None
        elif since is None and state in STOPPED:
            since = day
    return tuple(found)


def due_after(received_on: date, term: WorkingDays, waited: Sequence[Period], calendar: Calendar) -> date:
    """The last day of the provider's term. The day on which it waits no longer is its own again."""
    days = (day for day in calendar.working_days_after(received_on) if not any(day in span for span in waited))
    last = received_on
    for _ in range(term.n):
        last = next(days)
    return last


def late_spans(due: date, until: date, waited: Sequence[Period]) -> tuple[Period, ...]:
    """The days charged because the release came after the term, waiting left out (R-007).

    A release on the last day leaves that day free of charge, so the first disputable day is the last day itself.
    """
    found: list[Period] = []
    day = due
    while day < until:
        end = day + ONE_DAY
        if not any(day in span for span in waited):
            if found and found[-1].end == day:
                found[-1] = Period(found[-1].start, end)
            else:
                found.append(Period(day, end))
        day = end
    return tuple(found)
