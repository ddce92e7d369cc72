"""Services in the words of Article 15: everything that decides what each of them owes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import cast

from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.services.models import Condition, Service
from yunheng.law.ch3_funding import art15_facts as law
from yunheng.law.kernel.period import Period


def accounts(services: Iterable[Service]) -> Iterable[law.Account]:
    """Each service with everything that decides what it owes, in the words of Article 15."""
    rows = list(services)
    contracts = {service.contract_id: service.contract for service in rows}
    prices = {key: tuple(_price(row) for row in contract.prices.all()) for key, contract in contracts.items()}
    for service in rows:
        yield law.Account(
            service=_service(service),
            contract=_contract(service),
            prices=prices[service.contract_id],
            conditions=tuple(_condition(row) for row in service.conditions.all()),
            migrations=tuple(
                law.Migration(
                    m.source.number, m.target.number, cast(law.Cause, m.cause), m.target.opened_on, m.confirmed_on
                )
                for m in (*service.moves_out.all(), *service.moves_in.all())
            ),
            usage=tuple(
                law.Usage(row.on, row.quantity) for row in service.use_records.all() if row.replaced_by_id is None
            ),
        )


def of_period(*, contract: Contract, sku: str, quantity: Decimal, period: Period) -> law.Account:
    """What does not run yet, as if it were covered under a contract for the whole of a period (12.1)."""
    service = law.Service("", "", "", contract.number, sku, quantity, "covered", period.start, period.end)
    return law.Account(service, _terms(contract), tuple(_price(row) for row in contract.prices.all() if row.sku == sku))


def _service(row: Service) -> law.Service:
    return law.Service(
        service_id=row.number,
        unit_id=row.unit.credit_code,
        system_id=row.system.code,
        contract_id=row.contract.number,
        sku=row.sku,
        quantity=row.quantity,
        lane="covered" if row.lane == "covered" else "own",
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        trial=row.trial,
    )


def _contract(row: Service) -> law.Contract:
    return _terms(row.contract)


def _terms(contract: Contract) -> law.Contract:
    proration = cast(law.Proration, contract.proration)
    return law.Contract(contract.number, contract.provider.short_name, proration, contract.charge_suspended)


def _price(row: Price) -> law.Price:
    return law.Price(
        row.contract.number,
        row.sku,
        cast(law.Per, row.per),
        row.unit_price,
        row.valid_from,
        row.valid_to,
        row.unit,
    )


def _condition(row: Condition) -> law.Condition:
    value: Decimal | str | bool = row.value
    if row.kind == "quantity":
        value = Decimal(row.value)
    elif row.kind == "suspended":
        value = row.value == "true"
    return law.Condition(row.on, row.kind, value, row.rule)  # type: ignore[arg-type]
