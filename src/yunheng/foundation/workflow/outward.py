"""What leaves the platform after a step: an event for the machines of whoever is told of it or has a turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps

from yunheng.foundation.notices import events
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case, Event, Obligation
from yunheng.foundation.workflow.queries import visible_to
from yunheng.law.kernel.machine import Step


def publish(case: Case, step: Step, event: Event, *, told: Iterable[int]) -> None:
    """Put the event into the outbox, in the transaction of the step itself.

    It goes to ``told`` and to whoever owes something in the case, the one who acted among them: its machine need not
    know what its people did on a page. Nobody learns of a case or an act that is hidden from it on the page.
    """
    turns = case.obligations.filter(closed_at=None).values_list("holder_id", flat=True)
    for organisation, endpoints in events.listening({*told, *turns}, kind=case.kind, step=step.name):
        if _may_see(case, organisation) and case.shows(event, to=organisation):
            events.write(
                endpoints,
                about=f"{case.kind}.{step.name}",
                source=f"/jurisdictions/{organisation.jurisdiction.code}",
                subject=case.number,
                at=event.at,
                data=_data(case, step, organisation),
            )


def organisations(ids: Iterable[int]) -> Iterable[Any]:
    """The organisations with these ids."""
    found: Iterable[Any] = apps.get_model("parties", "Organisation").objects.filter(pk__in=set(ids))
    return found


def _may_see(case: Case, organisation: Any) -> bool:
    """Somebody of the organisation itself, with no role at all, finds the case on the page."""
    reader = Actor(
        0, "", organisation.pk, organisation.short_name, organisation.kind, jurisdiction_id=organisation.jurisdiction_id
    )
    return Case.objects.filter(visible_to(reader), pk=case.pk).exists()


def _data(case: Case, step: Step, organisation: Any) -> dict[str, Any]:
    """What happened, without anybody's words in it, and what the receiver owes now."""
    owes = case.obligations.filter(closed_at=None, holder_id=organisation.pk)
    return {
        "case": case.number,
        "kind": case.kind,
        "state": case.state,
        "step": step.name,
        "article": step.under.key,
        "version": case.version,
        "owes": [_owed(owed, orders=organisation.kind == "provider" and case.orders) for owed in owes],
    }


def _owed(owed: Obligation, *, orders: bool) -> dict[str, Any]:
    return {
        **({"order": owed.order} if orders else {}),
        "step": owed.step,
        "role": owed.role,
        "article": owed.cite,
        "due_on": owed.due_on and owed.due_on.isoformat(),
        "provisional": owed.provisional,
    }
