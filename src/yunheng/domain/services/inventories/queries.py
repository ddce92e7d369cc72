"""Which inventories and which differences somebody may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from yunheng.domain.parties.queries import of_providers
from yunheng.domain.services.connectors.protocol import NOTHING
from yunheng.domain.services.models import Discrepancy, InventoryRow, InventoryRun
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


def held(*, providers: Iterable[int], since: date, until: date) -> dict[tuple[int, str], dict[date, bool]]:
    """By provider and instance, of each inventory from ``since`` to ``until`` that says so: whether something holds it.

    A volume that is attached, an address that is bound, a balancer with a back-end is held. What an inventory does not
    say is not here; of two of one day the later counts.
    """
    rows = InventoryRow.objects.filter(run__provider__in=providers, run__as_of__gte=since, run__as_of__lte=until)
    said = rows.exclude(attached_to="", back_ends=None).order_by("run__as_of", "run_id")
    found: dict[tuple[int, str], dict[date, bool]] = defaultdict(dict)
    for provider, instance, on, attached_to, back_ends in said.values_list(
        "run__provider_id", "instance", "run__as_of", "attached_to", "back_ends"
    ).iterator(chunk_size=5000):
        found[provider, instance][on] = attached_to != NOTHING if back_ends is None else back_ends > 0
    return found


def age(case: Discrepancy, today: date) -> int:
    """For how many calendar days it has been known."""
    return (today - case.found_on).days
