"""The work orders of a provider: which there are, how each stands, what it says."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from yunheng.foundation.documents.letters import readable
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import NotFound
from yunheng.foundation.workflow.ledger import days_left
from yunheng.foundation.workflow.models import Case, Event, Obligation, WorkOrderReport
from yunheng.foundation.workflow.operations import may_take
from yunheng.foundation.workflow.queries import cases, concrete, kinds

NONE = "没有这个工单，或你无权查看"
OBSTACLE_STEP = "report_obstacle"
STATES = {"offered": "待接单", "accepted": "已接单", "done": "已完成", "withdrawn": "已撤销"}
_WANTED = {
    "open": Q(closed_at=None),
    "closed": Q(closed_at__isnull=False),
    "offered": Q(closed_at=None, was_accepted=False),
    "accepted": Q(closed_at=None, was_accepted=True),
    "done": Q(outcome="done"),
    "withdrawn": Q(outcome="moot"),
}


def orders(*, actor: Actor, state: str = "", kind: str = "") -> QuerySet[Obligation]:
    """What a provider owes or owed, each with its ``revision`` and whether it ``was_accepted``; of nobody else anything.

    ``state`` is one of ``STATES``, or open, or closed. The order of the result is that in which they arose.
    """
    if actor.kind != "provider":
        return Obligation.objects.none()
    known = [name for name, model in kinds().items() if model.orders]
    found = Obligation.objects.filter(
        holder_id=actor.organisation_id, case__kind__in=known, case__in=cases(actor=actor).order_by().values("pk")
    )
    closing = Event.objects.filter(case=OuterRef("case"), at__lte=OuterRef("closed_at")).order_by("-sequence")
    accepted = WorkOrderReport.objects.filter(obligation=OuterRef("pk"), act="accept")
    found = found.annotate(
        revision=Coalesce(Subquery(closing.values("sequence")[:1]), F("case__version")), was_accepted=Exists(accepted)
    )
    found = found.filter(_WANTED[state]) if state else found
    found = found.filter(case__kind=kind) if kind else found
    return found.select_related("case__unit", "case__system", "holder").order_by("pk")


def number_of(text: str) -> int:
    """The key of an order by its number; 0 for what is no number of an order."""
    last = text.rpartition("-")[2]
    return int(last) if last.isascii() and last.isdecimal() and len(last) < 18 else 0


def order(*, actor: Actor, number: str) -> Obligation:
    """One order by its number. Raises NotFound, also for another provider's."""
    found = orders(actor=actor).filter(pk=number_of(number)).first()
    if found is None or found.order != number:
        raise NotFound(NONE)
    return found


def state_of(owed: Any) -> str:
    """One of ``STATES``."""
    if owed.closed_at:
        return "done" if owed.outcome == "done" else "withdrawn"
    return "accepted" if owed.was_accepted else "offered"


def head(owed: Any, *, on: date) -> dict[str, Any]:
    """An order in a list: whose system, which step, until when, how it stands."""
    case, step = owed.case, owed.row
    return {
        "id": owed.order, "revision": owed.revision, "state": state_of(owed), "case": case.number, "kind": case.kind,
        "kind_zh": case.procedure.zh, "title": case.title, "unit": case.unit.name,
        "system": case.system.code if case.system else "", "system_name": case.system.name if case.system else "",
        "step": owed.step, "label": step.label, "role": owed.role, "article": owed.article.zh, "since": owed.since,
        "received_on": owed.received_on, "due_on": owed.due_on, "provisional": owed.provisional,
        "working_days_left": days_left(owed, on=on), "closed_at": owed.closed_at,
    }  # fmt: skip


def whole(owed: Any, *, actor: Actor, on: date) -> dict[str, Any]:
    """An order with what is to be carried out, the letters about it, and what was said of it."""
    case = concrete(owed.case)
    return {
        **head(owed, on=on),
        "follows": owed.row.follows,
        "lapse": owed.row.lapse,
        "obstacle": not owed.closed_at and may_report_obstacle(case, actor),
        "lines": case.ordered(),
        "letters": [letter.number for letter in readable(case, actor)],
        "reports": [said(report) for report in owed.reports.all()],
    }


def said(report: WorkOrderReport) -> dict[str, Any]:
    """Who said what of an order, when."""
    return {"revision": report.revision, "act": report.act, "at": report.at, "by": report.person_name}


def may_report_obstacle(case: Case, actor: Actor) -> bool:
    """Whether the procedure has a step to say what is in the way, and the actor may take it now."""
    step = case.procedure.find(case.state, OBSTACLE_STEP)
    return step is not None and may_take(case, step, actor)
