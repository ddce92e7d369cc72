"""What somebody may see of the settlements, and how their sums are put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from yunheng.domain.billing.models import WHOLE as WHOLE
from yunheng.domain.billing.models import Difference, Payment, Settlement, StatementLine, UnitPart
from yunheng.domain.parties.models import Organisation
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Event, Obligation
from yunheng.foundation.workflow.queries import SOONEST, history, visible_to

ZERO = Decimal("0.00")


def settlements(*, actor: Actor) -> QuerySet[Settlement]:
    """The settlements that the actor has a part in, the newest first."""
    found = Settlement.objects.filter(visible_to(actor)).select_related("contract", "provider", "unit")
    return found.distinct() if actor.kind == "provider" else found


def lines_for(case: Settlement, *, actor: Actor) -> QuerySet[StatementLine]:
    """The statement's lines that the actor may see, by number."""
    found = case.lines.select_related("service", "unit", "system", "corrects").order_by("no")
    return found if actor.kind in WHOLE else found.filter(unit_id=actor.organisation_id)


def differences_for(case: Settlement, *, actor: Actor) -> list[Difference]:
    """The differences, the largest amounts first."""
    found = case.differences.select_related("service__system", "unit", "line")
    if actor.kind not in WHOLE:
        found = found.filter(unit_id=actor.organisation_id)
    return sorted(found, key=lambda d: (-abs(d.amount), d.service_number, d.from_on))


def parts_for(case: Settlement, *, actor: Actor) -> QuerySet[UnitPart]:
    """The units' parts."""
    found = case.parts.select_related("unit")
    return found if actor.kind in WHOLE else found.filter(unit_id=actor.organisation_id)


def events_for(case: Settlement, *, actor: Actor) -> list[Event]:
    """What was done, newest first; of the other units' words and their answers a unit learns nothing."""
    found = history(case=case).select_related("organisation")
    if actor.kind in WHOLE:
        return list(found)
    reader = Organisation.objects.get(pk=actor.organisation_id)
    return [event for event in found if case.shows(event, to=reader)]


def owed_for(case: Settlement, *, actor: Actor) -> list[Obligation]:
    """What is owed in the case; of the other units' duties a unit learns nothing."""
    found = case.obligations.filter(closed_at=None).select_related("holder", "case").order_by(*SOONEST)
    if actor.kind in WHOLE:
        return list(found)
    return [owed for owed in found if owed.holder_id == actor.organisation_id or owed.holder.kind != "user_unit"]


def payments(*, actor: Actor) -> QuerySet[Payment]:
    """What was paid, the newest first: for the bureau, the centre, and the provider who got it."""
    found = Payment.objects.select_related("contract__provider", "settlement").order_by("-paid_on", "-pk")
    if actor.kind in ("bureau", "centre"):
        return found.filter(contract__jurisdiction_id=actor.jurisdiction_id)
    return found.filter(contract__provider_id=actor.organisation_id)


@dataclass(frozen=True)
class Row:
    """Sums of a unit or a system."""

    name: str
    fund: Decimal
    unit: Decimal


def sums(found: QuerySet[StatementLine], *names: str) -> Iterable[Row]:
    """By unit, by system: what the fund and the unit bear, adjustments included."""
    rows = (
        found.order_by()
        .values(*names)
        .annotate(fund=Sum("amount", filter=Q(payer="fund")), own=Sum("amount", filter=Q(payer="unit")))
        .order_by(*names)
    )
    for row in rows:
        yield Row("　".join(str(row[name] or "查无") for name in names), row["fund"] or ZERO, row["own"] or ZERO)
