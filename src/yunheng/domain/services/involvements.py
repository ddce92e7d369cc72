"""Which services a case is about: no two open cases about the same one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from yunheng.domain.services.models import Involvement, Service
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Case
from yunheng.law.kernel.citation import Cite


def involve(case: Case, services: Iterable[Service], *, cite: Cite) -> None:
    """Bind services to a case. Raises BadInput naming each that is in another open case already."""
    rows = list(services)
    list(Service.objects.select_for_update().filter(pk__in=[s.pk for s in rows]).order_by("pk"))  # one after the other
    others = {held.service_id: held.case for held in open_involvements(rows).exclude(case_id=case.pk)}
    problems = [
        Problem(f"{s.number} {s.name}", f"正在{others[s.pk].procedure.zh} {others[s.pk].number} 中办理")
        for s in rows
        if s.pk in others
    ]
    if problems:
        raise BadInput(problems, cite=cite, todo="待该件办结或撤回后再办理")
    Involvement.objects.filter(case_id=case.pk).exclude(service__in=rows).delete()
    for service in rows:
        Involvement.objects.get_or_create(case_id=case.pk, service=service)


def open_involvements(services: Iterable[Service]) -> QuerySet[Involvement]:
    """The open cases that services are in. A draft binds nothing yet, a case at its end nothing more."""
    from yunheng.law.kernel.machine import MACHINES

    found = Involvement.objects.filter(service__in=list(services)).select_related("case")
    for machine in MACHINES.values():
        idle = [state.name for state in machine.states if state.final or state.name == "draft"]
        found = found.exclude(case__kind=machine.kind, case__state__in=idle)
    return found


def free(services: Iterable[Service]) -> list[Service]:
    """Those of them that no open case is about, in the order given."""
    rows = list(services)
    busy = set(open_involvements(rows).values_list("service_id", flat=True))
    return [service for service in rows if service.pk not in busy]
