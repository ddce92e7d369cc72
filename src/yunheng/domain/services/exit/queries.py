"""The provider's term on an exit: until when, which days do not count, how many are past it (11, R-007)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from yunheng.domain.services.models import Exit
from yunheng.foundation.calendars.queries import read_calendar
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use import art11_term as law
from yunheng.law.kernel.period import Period


@dataclass(frozen=True)
class Late:
    """The last day of the term, and the days charged after it for which the provider answers; they are disputable."""

    due_on: date
    spans: tuple[Period, ...]
    working_days: int

    @property
    def days(self) -> int:
        """Calendar days, each charged."""
        return sum(span.days for span in self.spans)


def waited(case: Exit, *, until: date) -> tuple[Period, ...]:
    """The spans in which the provider could not go on; one that is open ends with ``until``."""
    moves = case.events.order_by("sequence").values_list("at", "to_state")
    return law.stops([(localdate(at), state) for at, state in moves], until)


def due_of(case: Exit, *, on: date | None = None) -> date | None:
    """The last day of the provider's term as things stand; ``on`` ends a wait that is still open. None for a draft."""
    if case.delivered_on is None:
        return None
    parameters = parameters_on(case.delivered_on, case.jurisdiction_id)
    spans = waited(case, until=on or case.delivered_on)
    return law.due_after(case.delivered_on, parameters["exit_term"], spans, read_calendar(case.jurisdiction_id))


def late(case: Exit, *, on: date) -> Late | None:
    """Which charged days lie past the term by ``on``; None where no term runs (a draft, withdrawn)."""
    if case.state == "withdrawn" or case.delivered_on is None:
        return None
    until = case.released_on or on
    due, spans = due_of(case, on=until), waited(case, until=until)
    assert due is not None
    calendar = read_calendar(case.jurisdiction_id)
    late_spans = law.late_spans(due, until, spans)
    working = sum(calendar.working_days_between(span.start, span.end) for span in late_spans)
    return Late(due, late_spans, working)


def late_days(case: Exit, *, on: date) -> int:
    """How many days (calendar) past its term an exit is, or was when it was released."""
    found = late(case, on=on)
    return found.days if found else 0


def delivered(*, before: date, jurisdiction_id: int) -> QuerySet[Exit]:
    """The exits that providers received before a day and that were not withdrawn."""
    found = Exit.objects.filter(jurisdiction_id=jurisdiction_id, delivered_on__lt=before)
    return found.filter(~Q(state="withdrawn")).order_by("number")
