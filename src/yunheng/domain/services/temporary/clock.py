"""What the clock does in temporary services (12): each thing once, however often or late its job runs.

The end of the period and the lane after it are in the ledger from the opening on; here the cases follow. After a week of
silence the days are those that they would have been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.services.models import Temporary
from yunheng.domain.services.temporary import operations
from yunheng.domain.services.temporary.facts import paper_due
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.errors import NotOpen
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.operations import advance, begin
from yunheng.law.ch2_use.art12_machine import RUNNING


def keep_time(*, at: datetime) -> int:
    """Mark papers that did not come, end periods that are over, close what runs no more. Returns how many steps were taken."""
    today = localdate(at)
    unproven = [case for case in _open(RUNNING) if _unproven(case, today)]
    taken = _each(unproven, lambda case: operations.mark_overdue(case, at=at))
    over = [case for case in _open(("notified",)) if case.until and case.until < today]
    taken += _each(over, lambda case: expire(case, at=at))
    past = [case for case in _open(("in_service",)) if case.until and case.until < today]
    taken += _each(past, lambda case: operations.end(case, actor=CLOCK, at=at))
    gone = [case for case in _open(("in_service", "ended")) if case.consent_settled and _gone_on(case, today)]
    return taken + _each(gone, lambda case: finish(case, at=at))


def _open(states: Iterable[str]) -> list[Temporary]:
    return list(Temporary.objects.filter(state__in=states).order_by("pk"))


def _each(cases: list[Temporary], act: Callable[[Temporary], Event]) -> int:
    count = 0
    for case in cases:
        try:
            act(case)
        except NotOpen:  # somebody was first
            continue
        count += 1
    return count


def _unproven(case: Temporary, today: date) -> bool:
    """An oral consent whose paper did not come by its last day, and of which that is not said yet."""
    return case.overdue_at is None and not case.consent_settled and today > paper_due(case)


def _gone_on(case: Temporary, today: date) -> date | None:
    """The day on which the last service of a case ended, when none runs any more."""
    days = [service.closed_on for service in case.services]
    return max((day for day in days if day), default=None) if all(day and day <= today for day in days) else None


@transaction.atomic
def expire(case: Temporary, *, at: datetime) -> Event:
    """The period passed and nothing was opened."""
    return advance(case, "expire", actor=CLOCK, at=at)


@transaction.atomic
def finish(case: Temporary, *, at: datetime) -> Event:
    """Nothing runs any more: released, exited, or taken over by the formal service."""
    locked, _ = begin(case, "finish", actor=CLOCK)
    day = _gone_on(locked, localdate(at))
    locked.released_on = locked.released_on or day
    locked.ended_on = locked.ended_on or day
    locked.save(update_fields=["released_on", "ended_on"])
    return advance(case, "finish", actor=CLOCK, at=at)
