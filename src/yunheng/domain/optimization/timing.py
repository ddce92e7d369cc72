"""The clock's part of article 10: what the unit did by itself, what it filed, whose term is over, what is overtaken.

It may run twice, late, or after a week of silence, and ends the same: each suggestion is looked at as it is today.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.optimization.facts import adjusting, due_of, filed_on, held, running
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.optimization.operations import plan_adjustment
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.errors import NotOpen
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import advance
from yunheng.law.ch2_use.art10_machine import OPEN
from yunheng.law.ch2_use.art10_term import FAILED


def keep_time(*, at: datetime) -> int:
    """Take every step that is the clock's today. Returns how many were taken."""
    found = Suggestion.objects.filter(state__in=OPEN).select_related("service", "linked", "system", "unit")
    return sum(_look(case, at) for case in found.order_by("pk"))


def _look(case: Suggestion, at: datetime) -> int:
    step = _step_of(case, localdate(at))
    if step is None:
        return 0
    name, data = step
    try:
        with transaction.atomic():
            if name == "plan_adjustment":
                plan_adjustment(case, linked=data["case"], actor=CLOCK, at=at)
            else:
                advance(case, name, actor=CLOCK, at=at, data=data)
    except NotOpen:  # somebody was first; the others go on
        return 0
    return 1


def _step_of(case: Suggestion, today: date) -> tuple[str, dict[str, str]] | None:
    """The clock's step in a suggestion today, and what it carries: the unit's case, or the last day of the term."""
    own = adjusting(case, on=today) if case.state in ("detected", "issued") else None
    if case.state == "detected" and own is not None:
        return "self_optimise", {"case": own.number}
    if case.state == "issued" and own is not None and _in_time(case, own, today):
        return "plan_adjustment", {"case": own.number}
    if held(case, today).changed and not _by_its_own_case(case):
        return "supersede", {}
    if case.state in ("issued", "adjusting"):
        now = running(case, today, {})
        if today > now.due and not now.elsewhere:
            return "lapse", {"due": f"{now.due}"}
    return None


def _in_time(case: Suggestion, own: Case, today: date) -> bool:
    filed = filed_on(own)
    return filed is not None and filed <= due_of(case, on=today)


def _by_its_own_case(case: Suggestion) -> bool:
    """Whether the unit's own case is what changed the ledger: then the provider reports the result."""
    if case.state != "adjusting" or case.linked is None:
        return False
    linked = Case.objects.get(pk=case.linked.pk)
    return linked.state not in FAILED[linked.kind]
