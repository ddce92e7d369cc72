"""What the rules of a difference need to know of the case that is said to explain it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from yunheng.domain.services.models import Discrepancy
from yunheng.foundation.workflow.models import Case, Event
from yunheng.law.ch2_use.art09_difference_kinds import APPROVED_BY, FITTING
from yunheng.law.ch2_use.art09_discrepancy import Linked
from yunheng.law.kernel.machine import MACHINES


def linked_facts(case: Discrepancy, data: dict[str, Any]) -> Linked:
    """The case named by ``data["case"]`` in the words of the rule."""
    linked = Case.objects.get(jurisdiction_id=case.jurisdiction_id, number=data["case"])
    return Linked(
        number=linked.number,
        kind=linked.kind,
        kind_zh=linked.procedure.zh,
        same_subject=same_subject(case, linked),
        over=linked.procedure.state(linked.state).final,
        approved_on=approved_on(linked),
        difference=case.difference,  # type: ignore[arg-type]
        found_on=case.found_on,
    )


def same_subject(case: Discrepancy, linked: Case) -> bool:
    """The same service where both name one, else the same system."""
    services = set(linked.involvements.values_list("service_id", flat=True))  # type: ignore[attr-defined]
    if case.service_id and services:
        return case.service_id in services
    return case.system_id is not None and case.system_id == linked.system_id


def approved_on(linked: Case) -> date | None:
    """The day of the last approval (of an exit: of its filing), if it stands."""
    steps = APPROVED_BY.get(linked.kind, ())
    given = Event.objects.filter(case_id=linked.pk, step__in=steps).order_by("-sequence").first()
    undone = Event.objects.filter(case_id=linked.pk, step__in=("reject", "withdraw", "cancel", "ask_review"))
    if given is None or undone.filter(sequence__gt=given.sequence).exists():
        return None
    return localdate(given.at)


def candidates(case: Discrepancy) -> QuerySet[Case]:
    """The cases that may explain a difference or take it over: of a fitting kind, about its service or system."""
    kinds = [kind for kind in FITTING[case.difference] if kind in MACHINES]  # type: ignore[index]
    about = Q(involvements__service=case.service_id) if case.service_id else Q(pk=None)
    about |= Q(system=case.system_id) if case.system_id else Q(pk=None)
    found = Case.objects.filter(about, jurisdiction_id=case.jurisdiction_id, kind__in=kinds).exclude(state="draft")
    return found.distinct().order_by("-moved_at")
