"""What is owed after a step: read off the table, so that it can be worked out again at any time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate

from yunheng.foundation.calendars.queries import calendar_for, read_calendar
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case, Obligation
from yunheng.law.kernel.machine import Step
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import Calendar, CalendarDays, WorkingDays, due_on, touches_provisional

Key = tuple[int, str, str]


def settle(case: Case, taken: Step | None, *, at: datetime, actor: Actor, parameters: Parameters) -> None:
    """Close what is no longer owed and open what is owed now; what runs on keeps its clock.

    A step that ``restarts`` starts the terms of the new state anew (a dispute gives the provider new days), and those
    whose last day the case names (a longer period).
    """
    wanted = wanted_of(case)
    running: dict[Key, Obligation] = {
        (owed.holder_id, owed.role, owed.step): owed for owed in case.obligations.filter(closed_at=None)
    }
    for key, owed in running.items():
        renewed = taken is not None and taken.restarts and owed.due_on is not None
        if key in wanted and not renewed:
            wanted.pop(key)
            continue
        done = taken is not None and taken.name == owed.step and owed.holder_id == actor.organisation_id
        owed.closed_at, owed.outcome = at, "done" if done else "moot"
        owed.save(update_fields=["closed_at", "outcome"])
    calendar = calendar_for(case.jurisdiction_id)
    for key, step in wanted.items():
        _open(case, key, step, at=at, parameters=parameters, calendar=calendar)


def wanted_of(case: Case) -> dict[Key, Step]:
    """What the table says that is owed in the present state: by whom, in which role, which step."""
    wanted: dict[Key, Step] = {}
    for step in case.procedure.leaving(case.state):
        if not step.awaited:
            continue
        for by in step.by:
            if by.kind == "clock":
                continue
            for holder in case.holders(by):
                if case.awaits(step, by, holder):
                    wanted[holder, by.role, step.name] = step
    return wanted


def _open(case: Case, key: Key, step: Step, *, at: datetime, parameters: Parameters, calendar: Calendar) -> Obligation:
    holder, role, name = key
    received = case.received_on(step) or localdate(at)
    return Obligation.objects.create(
        case_id=case.pk,
        holder_id=holder,
        role=role,
        step=name,
        cite=step.under.key,
        since=at,
        received_on=received,
        **_clock(case, step, received, parameters, calendar),
    )


def _clock(case: Case, step: Step, received: date, parameters: Parameters, calendar: Calendar) -> dict[str, Any]:
    named = case.due_on(step)
    if not step.term:
        return {"due_on": named} if named else {}
    term = parameters[step.term]
    due = named or due_on(received, term, calendar, rolls=True)
    return {
        "term": step.term,
        "term_days": term.n,
        "term_unit": "working" if isinstance(term, WorkingDays) else "calendar",
        "due_on": due,
        "provisional": touches_provisional(received, due, calendar),
    }


def hand_over(case: Case, *, old: int, new: int) -> int:
    """What one party owed in a case is owed by the one that follows it; the clocks run on. Returns how many duties."""
    return case.obligations.filter(holder_id=old, closed_at=None).update(holder_id=new)


def _due_again(owed: Obligation, calendar: Calendar) -> date | None:
    """The end of a term by another calendar; a day that the case itself names, it names again."""
    own: Case = getattr(owed.case, owed.case.kind)
    named = own.due_on(owed.row)
    if not owed.term or named:
        return named or owed.due_on
    days = owed.term_days or 0
    term = WorkingDays(days) if owed.term_unit == "working" else CalendarDays(days)
    return due_on(owed.received_on, term, calendar, rolls=True)


def recompute(*, jurisdiction_id: int, year: int) -> list[dict[str, Any]]:
    """Work out again the open terms that touch ``year``; the first value is kept. Says what moved."""
    calendar, moved = read_calendar(jurisdiction_id), []
    touched = Obligation.objects.filter(
        case__jurisdiction_id=jurisdiction_id, closed_at=None, received_on__year__lte=year, due_on__year__gte=year
    )
    for owed in touched.select_related("case"):
        due = _due_again(owed, calendar)
        if due != owed.due_on:
            moved.append({"case": owed.case.number, "step": owed.step, "old": str(owed.due_on), "new": str(due)})
            owed.first_due_on = owed.first_due_on or owed.due_on
        owed.due_on = due
        owed.provisional = due is not None and bool(owed.term) and touches_provisional(owed.received_on, due, calendar)
        owed.save(update_fields=["due_on", "provisional", "first_due_on"])
    return moved
