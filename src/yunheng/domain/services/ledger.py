"""The ledger of services: the one place that opens a line, and what the law needs to charge it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import cast

from django.db.models import QuerySet

from yunheng.domain.funding.models import Price
from yunheng.domain.services.models import Application, Condition, ResourceLine, Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.operations import number_next
from yunheng.law.ch3_funding import art15_facts as law


def open_service(*, case: Application, line: ResourceLine) -> Service:
    """Enter a confirmed line: it is charged from the agreed day (7.1, 15.1)."""
    assert case.contract is not None
    assert case.system is not None
    assert line.agreed_day is not None
    assert line.opened is not None
    return Service.objects.create(
        jurisdiction_id=case.jurisdiction_id,
        number=number_next(jurisdiction_id=case.jurisdiction_id, prefix="S", year=line.agreed_day.year),
        unit_id=case.unit_id,
        system=case.system,
        contract=case.contract,
        line=line,
        sku=line.sku,
        name=line.name,
        spec=line.opened_spec,
        quantity=line.opened,
        lane=case.lane,
        opened_on=line.agreed_day,
        trial=line.trial,
    )


def services(*, actor: Actor) -> QuerySet[Service]:
    """The lines of the ledger that the actor may see."""
    found = Service.objects.select_related("unit", "system", "contract")
    if actor.kind == "user_unit":
        own = found.filter(unit_id=actor.organisation_id)
        return own.filter(system__using_unit_id=actor.using_unit_id) if actor.using_unit_id else own
    if actor.kind in ("bureau", "centre"):
        return found.filter(jurisdiction_id=actor.jurisdiction_id)
    if actor.kind == "provider":
        return found.filter(contract__provider_id=actor.organisation_id)
    return found.none()


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
        )


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
    contract = row.contract
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


def running_on(found: QuerySet[Service], day: date) -> QuerySet[Service]:
    """The services that run on a day."""
    return found.filter(opened_on__lte=day).exclude(closed_on__lte=day)
