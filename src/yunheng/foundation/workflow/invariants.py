"""What must hold of cases and duties at any time, whoever wrote them. Each finding is a sentence; none means well."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F, OuterRef, Subquery

from yunheng.foundation.workflow.models import Case, Event, Obligation
from yunheng.foundation.workflow.obligations import wanted_of
from yunheng.foundation.workflow.queries import concrete


def broken(*, jurisdiction_id: int) -> list[str]:
    """Everything of a jurisdiction's cases that does not hold."""
    return [*_states(jurisdiction_id), *_events(jurisdiction_id), *_duties(jurisdiction_id)]


def _cases(jurisdiction_id: int) -> Iterator[Case]:
    return Case.objects.filter(jurisdiction_id=jurisdiction_id).order_by("pk").iterator(chunk_size=500)


def _states(jurisdiction_id: int) -> Iterator[str]:
    for case in _cases(jurisdiction_id):
        if case.state not in {state.name for state in case.procedure.states}:
            yield f"{case.number} 的状态“{case.state}”不在程序表中"


def _events(jurisdiction_id: int) -> Iterator[str]:
    """The version of a case is the number of its last event, and that event led to the state."""
    last = Event.objects.filter(case=OuterRef("pk")).order_by("-sequence")
    own = Case.objects.filter(jurisdiction_id=jurisdiction_id).annotate(
        last=Subquery(last.values("sequence")[:1]), led=Subquery(last.values("to_state")[:1])
    )
    for case in own.exclude(last=None).exclude(version=F("last")):
        yield f"{case.number} 记到第 {case.version} 步，经过中最后一步是第 {case.last} 步"
    for case in own.exclude(led=None).exclude(led=F("state")):
        yield f"{case.number} 的状态是“{case.state}”，最后一步却到“{case.led}”"


def _duties(jurisdiction_id: int) -> Iterator[str]:
    """What is owed is what the table says of the present state: no more, no less."""
    open_now: dict[int, set[tuple[int, str, str]]] = {}
    rows = Obligation.objects.filter(case__jurisdiction_id=jurisdiction_id, closed_at=None)
    for owed in rows.values_list("case_id", "holder_id", "role", "step"):
        open_now.setdefault(owed[0], set()).add((owed[1], owed[2], owed[3]))
    for case in _cases(jurisdiction_id):
        wanted, found = set(wanted_of(concrete(case))), open_now.get(case.pk, set())
        if wanted != found:
            missing = "、".join(sorted({step for _, _, step in wanted - found})) or "无"
            extra = "、".join(sorted({step for _, _, step in found - wanted})) or "无"
            yield f"{case.number} 应有的义务缺：{missing}；多：{extra}"
