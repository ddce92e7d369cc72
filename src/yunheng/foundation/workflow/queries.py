"""Which cases somebody may see, and what is owed."""

from __future__ import annotations

from django.apps import apps
from django.db.models import F, Q, QuerySet

from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import GONE, NotFound
from yunheng.foundation.workflow.models import Case, Event, Obligation, Participant
from yunheng.law.kernel.machine import MACHINES

SOONEST = (F("due_on").asc(nulls_last=True), "since")  # what has a term before what has none, on every database
HIDDEN_FROM_OTHERS = ("draft",)  # drafts are seen by their own organisation only
OFFICES = ("bureau", "centre")


def visible_to(actor: Actor) -> Q:
    """The cases that an actor may see, as a condition on ``Case`` and its kinds."""
    taking_part = Q(pk__in=Participant.objects.filter(organisation_id=actor.organisation_id).values("case"))
    if actor.kind == "user_unit":
        own = Q(unit_id=actor.organisation_id)
        own &= ~Q(state__in=HIDDEN_FROM_OTHERS, created_by__organisation__kind__in=OFFICES)
        return own & Q(system__using_unit_id=actor.using_unit_id) if actor.using_unit_id else own | taking_part
    if actor.kind in OFFICES:
        own = ~Q(state__in=HIDDEN_FROM_OTHERS) | Q(created_by__organisation_id=actor.organisation_id)
        return Q(jurisdiction_id=actor.jurisdiction_id) & own
    if actor.kind == "provider":
        return Q(provider_id=actor.organisation_id) & _reached() | taking_part
    return taking_part


def _reached() -> Q:
    """The cases that have come to their provider: from a step that the procedure names, or from the start."""
    found = Q()
    for machine in MACHINES.values():
        kind = Q(kind=machine.kind)
        found |= kind & Q(events__step__in=machine.provider_from) if machine.provider_from else kind
    return found & ~Q(state__in=HIDDEN_FROM_OTHERS)


def cases(*, actor: Actor) -> QuerySet[Case]:
    """All cases that the actor may see, last moved first."""
    found = Case.objects.filter(visible_to(actor)).select_related("unit", "system", "provider")
    return found.distinct() if actor.kind == "provider" else found


def case(*, actor: Actor, number: str) -> Case:
    """One case by its number, as its own kind. Raises NotFound, also for a stranger's."""
    found = cases(actor=actor).filter(number=number).first()
    if found is None:
        raise NotFound(GONE)
    return concrete(found)


def concrete(found: Case) -> Case:
    """The row of the procedure's own table (an Application for a case of kind application)."""
    own: Case = getattr(found, found.kind)
    return own


def kinds() -> dict[str, type[Case]]:
    """The tables of all procedures by kind of case, in the order of their articles."""
    found = [model for model in apps.get_models() if issubclass(model, Case) and model is not Case]
    return {model.machine.kind: model for model in sorted(found, key=lambda m: (m.machine.cite, m.machine.kind))}


def settles(actor: Actor) -> Q:
    """The obligations that the actor's roles can settle, as a condition: those held for somebody else where they hold."""
    found = Q(role="") | Q(role__in=actor.roles)
    for mandate in actor.mandates:
        found |= Q(role=mandate.role, case__kind__in=mandate.kinds)
    return found


def owed_by(*, actor: Actor) -> QuerySet[Obligation]:
    """What the actor's organisation owes and the actor's roles can settle, the nearest end first."""
    return (
        Obligation.objects.filter(holder_id=actor.organisation_id, closed_at=None)
        .filter(settles(actor), case__in=cases(actor=actor).order_by().values("pk"))
        .select_related("case__unit", "case__system")
    )


def owed_in(*, actor: Actor) -> QuerySet[Obligation]:
    """Everything open in the cases that the actor may see, whoever owes it; of other units' duties a unit sees none."""
    found = Obligation.objects.filter(closed_at=None, case__in=cases(actor=actor).order_by().values("pk"))
    if actor.kind == "user_unit":
        found = found.filter(~Q(holder__kind="user_unit") | Q(holder_id=actor.organisation_id))
    return found.select_related("case__unit", "case__system", "holder")


def history(*, case: Case) -> QuerySet[Event]:
    """What was done in a case, newest first."""
    return Event.objects.filter(case_id=case.pk).select_related("case").order_by("-sequence")
