"""What services cost in a whole year as they stand on a day: one, a system's, all that the fund pays for (R-003)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from yunheng.domain.funding.models import Price
from yunheng.domain.funding.queries import annual_fee, annual_total, prices_on
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Condition, Service
from yunheng.domain.systems.models import InformationSystem


def annual_fee_of(service: Service, on: date, prices: dict[int, dict[str, object]] | None = None) -> Decimal | None:
    """What a service costs in a whole year as it stands on ``on``, at that day's price of its contract (R-003)."""
    known = prices if prices is not None else {}
    if service.contract_id not in known:
        known[service.contract_id] = dict(prices_on(contract=service.contract, on=on))
    price = known[service.contract_id].get(service.at("sku", on))
    return annual_fee(price=price, quantity=Decimal(service.at("quantity", on)))  # type: ignore[arg-type]


def annual_fee_of_system(system: InformationSystem, on: date) -> Decimal:
    """What all that a system runs on ``on`` costs in a year; trials are free and count nothing (R-003)."""
    known: dict[int, dict[str, object]] = {}
    return annual_total(annual_fee_of(row, on, known) for row in ledger.running_of(system, on) if not row.trial)


def annual_fee_of_covered(*, jurisdiction_id: int, on: date) -> Decimal:
    """What all that the fund pays for in a jurisdiction on ``on`` costs in a year (R-003); read in bulk."""
    rows = ledger.running_on(Service.objects.filter(jurisdiction_id=jurisdiction_id, trial=False), on).select_related(
        "contract"
    )
    dated = Condition.objects.filter(service__jurisdiction_id=jurisdiction_id, on__lte=on).exclude(kind="suspended")
    now: dict[tuple[int, str], str] = {
        (service_id, kind): value
        for service_id, kind, value in dated.order_by("on").values_list("service_id", "kind", "value")
    }
    prices: dict[int, dict[str, Price]] = {}
    fees = []
    for row in rows.iterator():
        if now.get((row.pk, "lane"), row.lane) != "covered":
            continue
        if row.contract_id not in prices:
            prices[row.contract_id] = prices_on(contract=row.contract, on=on)
        quantity = Decimal(now.get((row.pk, "quantity"), row.quantity))
        fees.append(annual_fee(price=prices[row.contract_id].get(now.get((row.pk, "sku"), row.sku)), quantity=quantity))
    return annual_total(fees)
