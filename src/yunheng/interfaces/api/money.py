"""The ledger and the bill over the interface."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from yunheng.domain.billing import queries as billing
from yunheng.domain.billing.preview import Plan, preview
from yunheng.domain.services import ledger
from yunheng.domain.services.instances import replace_instances
from yunheng.domain.services.roles import role_words, say_roles
from yunheng.foundation.workflow.errors import NotFound
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, MOST, who

router = Router(tags=["台账与账单"])


@router.get("/services", response={200: list[s.ServiceOut], **MISSES})
def services(request: HttpRequest, after: s.Short = "", limit: int = Query(50, ge=1, le=MOST)) -> list[s.ServiceOut]:
    """The ledger by number as it stands today, ``limit`` after the number ``after`` (7.1)."""
    found = ledger.services(actor=who(request)).prefetch_related("conditions").order_by("number")
    today = timezone.localdate()
    if after:
        found = found.filter(number__gt=after)
    return [
        s.ServiceOut(
            number=row.number, unit=row.unit.name, system=row.system.name, contract=row.contract.number,
            sku=row.at("sku", row.within(today)), quantity=Decimal(row.at("quantity", row.within(today))),
            lane=row.at("lane", row.within(today)), opened_on=row.opened_on, closed_on=row.closed_on,
            roles=dict(role_words(row)),
        )
        for row in found[:limit]
    ]  # fmt: skip


@router.post("/services/{number}/instances", response={200: s.InstancesOut, **MISSES})
def replace(request: HttpRequest, number: s.Short, body: s.InstancesIn) -> s.InstancesOut:
    """The provider records that instances were rebuilt under other ids; quantity and charge stay (9.1)."""
    service = ledger.services(actor=who(request)).filter(number=number).first()
    if service is None:
        raise NotFound("没有这条服务，或你无权查看")
    held = replace_instances(service, instances=body.instances, actor=who(request), at=timezone.now())
    return s.InstancesOut(number=held.number, instances=held.instances)


@router.post("/services/{number}/roles", response={200: s.RolesOut, **MISSES})
def roles(request: HttpRequest, number: s.Short, body: s.RolesIn) -> s.RolesOut:
    """The unit or the provider says what each instance is for: a reserve is not idle (10.2)."""
    service = ledger.services(actor=who(request)).filter(number=number).first()
    if service is None:
        raise NotFound("没有这条服务，或你无权查看")
    held = say_roles(service, roles=body.roles, actor=who(request), at=timezone.now())
    return s.RolesOut(number=held.number, roles=dict(role_words(held)))


@router.post("/services/{number}/preview", response={200: list[s.SpanOut], **MISSES})
def try_plan(request: HttpRequest, number: s.Short, body: s.PlanIn) -> list[s.SpanOut]:
    """What a planned change, exit or migration would cost: twelve months, and to the contract's end (15.1)."""
    service = ledger.services(actor=who(request)).select_related("contract").filter(number=number).first()
    if service is None:
        raise NotFound("没有这条服务，或你无权查看")
    spans = preview(service, Plan(**body.dict()))
    return [
        s.SpanOut(
            from_on=span.period.start, to_on=span.period.end, before_fund=span.before.fund, before_unit=span.before.unit,
            after_fund=span.after.fund, after_unit=span.after.unit, difference=span.difference,
        )
        for span in spans
    ]  # fmt: skip


@router.get("/bill/lines", response={200: list[s.BillLineOut], **MISSES})
def bill_lines(
    request: HttpRequest,
    year: int = Query(ge=1990, le=2199),
    after: int = Query(0, ge=0, le=2**62),
    limit: int = Query(50, ge=1, le=MOST),
) -> list[s.BillLineOut]:
    """The lines of a year, ``limit`` after the first ``after`` ones (15.1)."""
    found = billing.in_period(billing.lines(actor=who(request)), date(year, 1, 1), date(year + 1, 1, 1))
    return [_line(row) for row in found[after : after + limit]]


def _line(row: Any) -> s.BillLineOut:
    names = ("sku", "from_on", "to_on", "days", "quantity", "unit_price", "per", "payer", "rule", "amount")
    return s.BillLineOut(
        service=row.service.number, unit=row.unit.name, system=row.system.name, contract=row.contract.number,
        **{name: getattr(row, name) for name in names},
    )  # fmt: skip


@router.get("/bill/totals", response={200: s.TotalsOut, **MISSES})
def totals(request: HttpRequest, year: int = Query(ge=1990, le=2199)) -> s.TotalsOut:
    """What the fund and the units bear of a year (15.1)."""
    sums = billing.totals(billing.in_period(billing.lines(actor=who(request)), date(year, 1, 1), date(year + 1, 1, 1)))
    return s.TotalsOut(fund=sums.fund, unit=sums.unit)
