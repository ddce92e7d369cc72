"""Bills: what was accrued, by unit, system and payer, and why a line is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.services.ledger import accounts
from yunheng.domain.services.models import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch3_funding.art15_charging import Charged, charge
from yunheng.law.ch3_funding.art15_facts import Terms
from yunheng.law.kernel.period import Period

ZERO = Decimal("0.00")


def lines(*, actor: Actor) -> QuerySet[AccrualLine]:
    """The lines that the actor may see."""
    found = AccrualLine.objects.select_related("service", "unit", "system", "contract")
    if actor.kind == "user_unit":
        own = found.filter(unit_id=actor.organisation_id)
        return own.filter(system__using_unit_id=actor.using_unit_id) if actor.using_unit_id else own
    if actor.kind in ("bureau", "centre"):
        return found.filter(accrual__jurisdiction_id=actor.jurisdiction_id)
    if actor.kind == "provider":
        return found.filter(contract__provider_id=actor.organisation_id)
    return found.none()


@dataclass(frozen=True)
class Totals:
    """Sums of rounded lines, by payer."""

    fund: Decimal
    unit: Decimal

    @property
    def all(self) -> Decimal:
        return self.fund + self.unit


def totals(found: QuerySet[AccrualLine]) -> Totals:
    """What the fund and the units bear of the lines found."""
    sums = found.order_by().aggregate(
        fund=Sum("amount", filter=Q(payer="fund")), unit=Sum("amount", filter=Q(payer="unit"))
    )
    return Totals(sums["fund"] or ZERO, sums["unit"] or ZERO)


def in_period(found: QuerySet[AccrualLine], start: date, end: date) -> QuerySet[AccrualLine]:
    """The lines that begin in ``[start, end)``; months never cross a year, so a year is whole."""
    return found.filter(from_on__gte=start, from_on__lt=end)


def charged(*, service: Service, period: Period) -> Charged:
    """The service's period worked out anew, every piece with its reasons: the page "why this amount"."""
    (account,) = accounts([service])
    return charge(account, period=period, terms=Terms.of(parameters_on(period.start, service.jurisdiction_id)))
