"""Which inventories and which differences somebody may see."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from yunheng.domain.parties.queries import of_providers
from yunheng.domain.services.models import Discrepancy, InventoryRun
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.queries import visible_to

OPEN = ~Q(state="closed")


def inventories(*, actor: Actor) -> QuerySet[InventoryRun]:
    """A provider its own, bureau and centre all of the jurisdiction, nobody else: they hold other units' things."""
    found = InventoryRun.objects.filter(purpose="reconcile").select_related("provider", "person")
    return of_providers(found, actor=actor)


def discrepancies(*, actor: Actor) -> QuerySet[Discrepancy]:
    """A provider its own, a unit those of its systems, bureau and centre all; the oldest first."""
    found = Discrepancy.objects.filter(visible_to(actor)).select_related("unit", "provider", "system", "seen_in")
    return found.order_by("found_on", "number")


def age(case: Discrepancy, today: date) -> int:
    """For how many calendar days it has been known."""
    return (today - case.found_on).days
