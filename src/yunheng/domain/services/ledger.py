"""The ledger of services: the one place that opens, changes and closes a line of it.

What was so is a dated row: a condition holds from its day until the next of its kind, a closing day is not charged
(R-005). Charging reads the ledger; what is entered late for a day that was billed becomes an adjustment there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import annual_fee, annual_total, prices_on
from yunheng.domain.services.models import Application, Condition, Involvement, Move, ResourceLine, Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem, Refusal
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import number_next
from yunheng.law.kernel.citation import Cite, art


def open_service(*, case: Application, line: ResourceLine) -> Service:
    """Enter a confirmed line of an application: it is charged from the agreed day (7.1, 15.1)."""
    assert line.agreed_day is not None
    assert line.opened is not None
    return enter(
        case=case, contract=case.contract, sku=line.sku, name=line.name, measure=line.unit, spec=line.opened_spec,
        quantity=line.opened, lane=case.lane, opened_on=line.agreed_day, trial=line.trial, line=line,
        instances=line.instances,
    )  # fmt: skip


def enter(
    *,
    case: Case,
    contract: Contract | None,
    sku: str,
    name: str,
    measure: str,
    quantity: Decimal,
    lane: str,
    opened_on: date,
    spec: str = "",
    trial: bool = False,
    instances: str = "",
    line: ResourceLine | None = None,
    predecessor: Service | None = None,
) -> Service:
    """A new line of the ledger for the system of ``case``, charged from ``opened_on`` under ``contract``."""
    assert contract is not None
    assert case.system is not None
    return Service.objects.create(
        jurisdiction_id=case.jurisdiction_id,
        number=number_next(jurisdiction_id=case.jurisdiction_id, prefix="S", year=opened_on.year),
        unit_id=case.unit_id, system=case.system, contract=contract, line=line, sku=sku, name=name, measure=measure,
        spec=spec, quantity=quantity, lane=lane, opened_on=opened_on, trial=trial, case_id=case.pk,
        predecessor=predecessor, instances=instances,
    )  # fmt: skip


def set_condition(service: Service, *, kind: str, on: date, value: str, case: Case, rule: str = "") -> Condition | None:
    """From ``on`` the service's ``kind`` (quantity, sku, lane, suspended) is ``value``; None where it is so already.

    A second one of the same day takes the place of the first. Raises Refusal for a day outside the life.
    """
    if not service.runs_on(on):
        raise Refusal(f"{service.number}在 {on} 没有运行，不能从这一天变动", cite=art(15, 1), todo="核对生效日期")
    held = service.conditions.filter(kind=kind, on=on).first()
    if held is None and service.at(kind, on) == value and not rule:
        return None
    made, _ = Condition.objects.update_or_create(
        service=service, kind=kind, on=on, defaults={"value": value, "rule": rule, "case_id": case.pk}
    )
    _forget(service)
    return made


def close(service: Service, *, on: date, cite: Cite) -> None:
    """The service ends: ``on`` is the first day that is not charged (R-005). What was to change later falls away."""
    if service.closed_on is not None and service.closed_on <= on:
        raise Refusal(f"{service.number}已于 {service.closed_on} 终止", cite=cite)
    if on < service.opened_on:
        raise Refusal(f"{service.number}自 {service.opened_on} 开通，终止日不能更早", cite=cite, todo="核对终止日期")
    service.conditions.filter(on__gte=on).delete()
    service.closed_on = on
    service.save(update_fields=["closed_on"])
    _forget(service)


def _forget(service: Service) -> None:
    """Drop conditions that were read ahead: the next reader sees the new ones."""
    getattr(service, "_prefetched_objects_cache", {}).pop("conditions", None)


def move(source: Service, target: Service, *, cause: str, confirmed_on: date | None) -> Move:
    """The pair of a migration (15.2); said again it takes the new cause or day."""
    found, _ = Move.objects.update_or_create(
        source=source, target=target, defaults={"cause": cause, "confirmed_on": confirmed_on}
    )
    return found


# ---- what a case is about ----------------------------------------------------------------------------------------


def involve(case: Case, services: Iterable[Service], *, cite: Cite) -> None:
    """Bind services to a case. Raises BadInput naming each that is in another open case already."""
    rows = list(services)
    others = {held.service_id: held.case for held in open_involvements(rows).exclude(case_id=case.pk)}
    problems = [
        Problem(f"{s.number} {s.name}", f"正在{others[s.pk].procedure.zh} {others[s.pk].number} 中办理")
        for s in rows
        if s.pk in others
    ]
    if problems:
        raise BadInput(problems, cite=cite, todo="待该件办结或撤回后再办理")
    Involvement.objects.filter(case_id=case.pk).exclude(service__in=rows).delete()
    for service in rows:
        Involvement.objects.get_or_create(case_id=case.pk, service=service)


def open_involvements(services: Iterable[Service]) -> QuerySet[Involvement]:
    """The open cases that services are in. A draft binds nothing yet, a case at its end nothing more."""
    from yunheng.law.kernel.machine import MACHINES

    found = Involvement.objects.filter(service__in=list(services)).select_related("case")
    for machine in MACHINES.values():
        idle = [state.name for state in machine.states if state.final or state.name == "draft"]
        found = found.exclude(case__kind=machine.kind, case__state__in=idle)
    return found


# ---- reading ------------------------------------------------------------------------------------------------------


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


def running_on(found: QuerySet[Service], day: date) -> QuerySet[Service]:
    """The services that run on a day."""
    return found.filter(opened_on__lte=day).exclude(closed_on__lte=day)


def running_of(system: InformationSystem, day: date) -> list[Service]:
    """What a system runs on a day, with conditions and contracts read ahead, in the order of the ledger."""
    rows = running_on(Service.objects.filter(system=system), day).select_related("contract__provider")
    return list(rows.prefetch_related("conditions").order_by("number"))


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
    return annual_total(annual_fee_of(row, on, known) for row in running_of(system, on) if not row.trial)
