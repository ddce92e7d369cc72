"""Services that were released after the term of their exit: the days and their money are disputable (11, 16, R-007)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yunheng.domain.billing.models import WHOLE, Settlement
from yunheng.domain.billing.queries import charged
from yunheng.domain.services.exit.queries import delivered, late
from yunheng.domain.services.models import Exit, Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.law.kernel.period import Period

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class LateRelease:
    """One service of a late exit within a settlement: the charged days past the term, and what each side bears."""

    case: Exit
    service: Service
    due_on: date
    spans: tuple[Period, ...]
    fund: Decimal
    unit: Decimal

    @property
    def days(self) -> int:
        """Calendar days, each charged."""
        return sum(span.days for span in self.spans)

    @property
    def amount(self) -> Decimal:
        """What those days cost, whoever bears it (yuan)."""
        return self.fund + self.unit


def late_releases(settlement: Settlement, *, actor: Actor) -> list[LateRelease]:
    """What the actor may see of them, by number of the service; an exit still open counts to the end of the period."""
    found = []
    for case in delivered(before=settlement.period_to, jurisdiction_id=settlement.jurisdiction_id).filter(
        involvements__service__contract=settlement.contract_id
    ).distinct():  # fmt: skip
        past = late(case, on=settlement.period_to)
        spans = tuple(part for span in past.spans if (part := span.clip(settlement.period))) if past else ()
        if past and spans:
            found += [_row(case, service, past.due_on, spans) for service in case.services
                      if service.contract_id == settlement.contract_id and _shown(service, actor)]  # fmt: skip
    return sorted((row for row in found if row.amount), key=lambda row: (row.service.number, row.case.number))


def _shown(service: Service, actor: Actor) -> bool:
    return actor.kind in WHOLE or service.unit_id == actor.organisation_id


def _row(case: Exit, service: Service, due_on: date, spans: tuple[Period, ...]) -> LateRelease:
    """The same charging as of every other day; a service without price for them costs nothing here, it is parked there."""
    sums = {"fund": ZERO, "unit": ZERO}
    for span in spans:
        worked_out = charged(service=service, period=span)
        for line in worked_out.lines if not worked_out.gaps else ():
            sums[line.payer] += line.amount
    return LateRelease(case, service, due_on, spans, sums["fund"], sums["unit"])
