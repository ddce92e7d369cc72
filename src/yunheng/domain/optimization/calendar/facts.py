"""Which busy periods protect on a day, and what the rules need to know of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from yunheng.domain.optimization.models import BusyCalendar
from yunheng.domain.systems.queries import systems
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch1_general import art04_parties as parties
from yunheng.law.ch2_use import art10_calendar as law
from yunheng.law.ch2_use.art10_season import Busy
from yunheng.law.kernel.verdict import Verdict

GOING_ON = (*law.LOOKED_AT, "returned", law.CONFIRMED)
PROTECT = (*law.LOOKED_AT, law.CONFIRMED)


def standing(case: BusyCalendar, *, on: date) -> law.Standing:
    """A declaration on a day, with the system's other ones that nobody confirmed (R-027)."""
    others = BusyCalendar.objects.filter(system=case.system, declared_on__isnull=False, confirmed_on=None)
    days = others.exclude(pk=case.pk).order_by("declared_on").values_list("declared_on", flat=True)
    asked = days if case.state in law.LOOKED_AT else ()
    return law.Standing(
        case.state, on, case.declared_on, tuple(day for day in asked if day), calendar_for(case.jurisdiction_id)
    )


def protects(case: BusyCalendar, *, on: date) -> Verdict:
    """Whether a declared period keeps advice away on a day, and why."""
    verdict: Verdict = law.calendar_protects(standing(case, on=on), parameters_on(on, case.jurisdiction_id))
    return verdict


def protecting(*, jurisdiction_id: int, on: date, system_id: int | None = None) -> dict[int, tuple[Busy, ...]]:
    """The busy periods that protect on a day, by system; of one system where it is named."""
    found = BusyCalendar.objects.filter(jurisdiction_id=jurisdiction_id, state__in=PROTECT).select_related("system")
    if system_id is not None:
        found = found.filter(system_id=system_id)
    held: dict[int, tuple[Busy, ...]] = defaultdict(tuple)
    for case in found.order_by("pk"):
        if case.system_id and (case.state == law.CONFIRMED or protects(case, on=on).holds):
            held[case.system_id] = (*held[case.system_id], case.busy)
    return dict(held)


def calendars(*, actor: Actor) -> QuerySet[BusyCalendar]:
    """What was declared for the systems that the actor may see and is looked at or confirmed, by system."""
    visible = systems(actor=actor).order_by().values("pk")
    found = BusyCalendar.objects.filter(system__in=visible, state__in=GOING_ON).select_related("system__unit")
    return found.order_by("system__code", "first", "pk")


def confirmed(case: BusyCalendar) -> QuerySet[BusyCalendar]:
    """The other confirmed periods of the same system."""
    return BusyCalendar.objects.filter(system=case.system, state=law.CONFIRMED).exclude(pk=case.pk)


def _unit(case: BusyCalendar, on: date) -> parties.Unit:
    return parties.Unit(case.unit.name, case.unit.budget_level, case.unit.has_legal_personality)


def _declared(case: BusyCalendar, on: date) -> law.Declared:
    return law.Declared(case.name, case.first, case.last, case.recurs, case.ground, on)


def year(case: BusyCalendar, on: date) -> law.Year:
    """A period beside the others of the system; one of the same name gives way to it."""
    others = confirmed(case).exclude(name=case.name).order_by("pk")
    return law.Year(on, case.busy, tuple(other.busy for other in others))


FACTS: dict[str, Callable[[BusyCalendar, date], Any]] = {
    "first_level_unit_submits": _unit,
    "calendar_complete": _declared,
    "calendar_leaves_days": year,
}
