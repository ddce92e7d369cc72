"""Bills: what was accrued, by unit, system and payer, and why a line is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.services.accounts import accounts
from yunheng.domain.services.models import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch3_funding.art14_contract import PAYERS
from yunheng.law.ch3_funding.art15_charging import Charged, Line, charge
from yunheng.law.ch3_funding.art15_facts import Terms
from yunheng.law.kernel.period import Period, month_of

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


def terms_of(*, jurisdiction_id: int, month: date) -> Terms:
    """The parameters of charging: of each month those in force on its first day, whenever it is worked out (26)."""
    return Terms.of(parameters_on(month_of(month).start, jurisdiction_id))


def charged(*, service: Service, period: Period) -> Charged:
    """The service's period worked out anew, every piece with its reasons: the page "why this amount"."""
    (account,) = accounts([service])
    pieces = [
        piece
        for month in period.by_months()  # pieces never cross a month, so the months together are the period
        for piece in charge(
            account, period=month, terms=terms_of(jurisdiction_id=service.jurisdiction_id, month=month.start)
        ).pieces
    ]
    return Charged(account, tuple(pieces))


COMPARED = (
    ("to_on", "止（不含）"), ("days", "天数"), ("quantity", "数量"), ("unit_price", "单价"), ("payer", "承担方"),
    ("rule", "规则"), ("amount", "金额"),
)  # fmt: skip


def differences(stored: AccrualLine, line: Line) -> list[tuple[str, str, str]]:
    """In what a stored line differs from the one worked out now: what, stored, now. Empty when they are the same."""
    now = {name: getattr(line, name) for name, _ in COMPARED if name != "to_on"} | {"to_on": line.period.end}
    pairs = [(label, getattr(stored, name), now[name]) for name, label in COMPARED]
    return [(label, _plain(old), _plain(new)) for label, old, new in pairs if old != new]


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return dict(PAYERS).get(str(value), str(value))


def stored_line(*, service: Service, line: Line) -> AccrualLine | None:
    """What was accrued for the piece that begins on that day, if anything was."""
    return AccrualLine.objects.filter(service=service, from_on=line.period.start, sku=line.sku).first()
