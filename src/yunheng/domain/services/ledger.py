"""The ledger of services: the one place that opens, changes and closes a line of it.

What was so is a dated row: a condition holds from its day until the next of its kind, a closing day is not charged
(R-005). Charging reads the ledger; what is entered late for a day that was billed becomes an adjustment there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import prices_on
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import (
    Condition,
    Coverage,
    Heartbeat,
    Move,
    ResourceLine,
    Service,
)
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import Refusal
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import number_next, numbers_next
from yunheng.law.ch2_use.art12_period import ENDED
from yunheng.law.ch3_funding.art13_ending import rule_of
from yunheng.law.kernel.citation import Cite, art
from yunheng.law.kernel.terms import ONE_DAY

ZERO = Decimal(0)


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
    made = Service.objects.create(
        jurisdiction_id=case.jurisdiction_id,
        number=number_next(jurisdiction_id=case.jurisdiction_id, prefix="S", year=opened_on.year),
        unit_id=case.unit_id, system=case.system, contract=contract, line=line, sku=sku, name=name, measure=measure,
        spec=spec, quantity=quantity, lane=lane, opened_on=opened_on, trial=trial, case_id=case.pk,
        predecessor=predecessor, instances=instances,
    )  # fmt: skip
    if lane == "covered" and case.kind != "temporary":
        _stay_out(made)
    return made


def _stay_out(service: Service) -> None:
    """What enters a system that was moved out of coverage as a whole follows it: nothing comes back by itself (13.2)."""
    out = Coverage.objects.filter(system=service.system, state="ended", whole=True).order_by("ended_from").last()
    if out is not None and out.ended_from is not None:
        set_lane(service, lane="own", on=max(out.ended_from, service.opened_on), case=out, rule=rule_of(out.ground))


def enter_many(
    *, case: Case, services: Sequence[Service], later: Sequence[Sequence[tuple[date, Decimal]]]
) -> list[Service]:
    """Many new lines at once, of several systems of one unit; each gets its number, and ``case`` as its ground.

    ``later`` is, of each of them, how its quantity went on: from which day, how many.
    """
    years = sorted({service.opened_on.year for service in services})
    for year in years:
        rows = [service for service in services if service.opened_on.year == year]
        numbers = numbers_next(jurisdiction_id=case.jurisdiction_id, prefix="S", year=year, count=len(rows))
        for service, number in zip(rows, numbers, strict=True):
            service.jurisdiction_id, service.unit_id = case.jurisdiction_id, case.unit_id
            service.case_id, service.number = case.pk, number
    made = Service.objects.bulk_create(services, batch_size=1000)
    changes = (
        Condition(service=service, kind="quantity", on=on, value=f"{quantity:f}", case_id=case.pk)
        for service, steps in zip(made, later, strict=True)
        for on, quantity in steps
    )
    Condition.objects.bulk_create(changes, batch_size=1000)
    return made


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
    forget(service)
    return made


def set_lane(service: Service, *, lane: str, on: date, case: Case, rule: str = "") -> None:
    """Who pays from ``on`` until somebody decides otherwise: what was to come later by earlier decisions falls away.

    The end of a period that the city government consented to stays: only a new consent moves it (12.1).
    """
    service.conditions.filter(kind="lane", on__gt=on).exclude(rule=ENDED).delete()
    forget(service)
    set_condition(service, kind="lane", on=on, value=lane, case=case, rule=rule)


def close(service: Service, *, on: date, cite: Cite) -> None:
    """The service ends: ``on`` is the first day that is not charged (R-005). What was to change later falls away.

    A trial that has stopped by itself before stays as it is (7.2).
    """
    if service.trial and service.closed_on is not None and service.closed_on <= on:
        return
    if service.closed_on is not None and service.closed_on <= on:
        raise Refusal(f"{service.number}已于 {service.closed_on} 终止", cite=cite)
    if on < service.opened_on:
        raise Refusal(f"{service.number}自 {service.opened_on} 开通，终止日不能更早", cite=cite, todo="核对终止日期")
    service.conditions.filter(on__gte=on).delete()
    service.closed_on = on
    service.save(update_fields=["closed_on"])
    forget(service)


def run_on(service: Service, *, until: date) -> None:
    """A trial that both agreed to extend runs on until ``until``, the first day without it (7.2)."""
    if not service.trial or service.closed_on is None or until <= service.closed_on:
        raise Refusal(f"{service.number}不能延长到 {until}", cite=art(7, 2), todo="核对结束日期")
    service.closed_on = until
    service.save(update_fields=["closed_on"])


def succeed(
    service: Service,
    *,
    on: date,
    case: Case,
    unit: Organisation | None = None,
    system: InformationSystem | None = None,
    contract: Contract | None = None,
) -> Service:
    """The service ends on ``on`` and a successor begins on it, as the service stands that day (R-023).

    Quantity, product, lane and suspension run on, and so do what was to change later, the counts of migrations and what
    its plug-ins were heard of.
    A one-off fee is not due again: its successor has quantity 0 on its first day, the only one such a price looks at.
    """
    if service.trial:
        raise Refusal(f"{service.number}是免费试用，不承继", cite=art(7, 2), todo="先停止或转为正式服务")
    held = list(service.conditions.all())
    now = {kind: service.at(kind, on) for kind, _ in Condition.KINDS}
    contract, quantity = contract or service.contract, Decimal(now["quantity"])
    price = prices_on(contract=contract, on=on).get(now["sku"])
    paid = price is not None and price.per == "once" and service.opened_on < on
    last, later = service.closed_on, [row for row in held if row.on > on]
    close(service, on=on, cite=art(15, 1))
    made = Service.objects.create(
        jurisdiction_id=service.jurisdiction_id,
        number=number_next(jurisdiction_id=service.jurisdiction_id, prefix="S", year=on.year),
        unit=unit or service.unit, system=system or service.system, contract=contract, sku=now["sku"],
        name=service.name, measure=service.measure, spec=service.spec, quantity=ZERO if paid else quantity,
        lane=now["lane"], opened_on=on, closed_on=last, case_id=case.pk, predecessor=service,
        instances=service.instances, roles=service.roles,
    )  # fmt: skip
    lanes = [row for row in held if row.kind == "lane" and row.on <= on and row.rule]
    carried = [("lane", on, now["lane"], max(lanes, key=lambda row: row.on).rule)] if lanes else []
    carried += [("suspended", on, "true", "")] if now["suspended"] == "true" else []
    carried += [("quantity", on + ONE_DAY, now["quantity"], "")] if paid and made.runs_on(on + ONE_DAY) else []
    carried += [(row.kind, row.on, row.value, row.rule) for row in later]
    for kind, day, value, why in carried:
        Condition.objects.update_or_create(
            service=made, kind=kind, on=day, defaults={"value": value, "rule": why, "case_id": case.pk}
        )
    Heartbeat.objects.filter(service=service).update(service=made)
    for pair in service.moves_out.select_related("target"):
        move(made, pair.target, cause=pair.cause, confirmed_on=pair.confirmed_on)
    for pair in service.moves_in.filter(Q(confirmed_on=None) | Q(confirmed_on__gt=on)).select_related("source"):
        move(pair.source, made, cause=pair.cause, confirmed_on=pair.confirmed_on)
    return made


def set_instances(service: Service, instances: str) -> None:
    """The instances behind a service now, one per line: id address. What is charged does not hang on them."""
    service.instances = instances.strip()
    names = {line.split()[0] for line in service.instances.splitlines() if line.strip()}
    service.roles = {name: role for name, role in service.roles.items() if name in names}
    service.save(update_fields=["instances", "roles"])


def set_roles(service: Service, roles: Mapping[str, str]) -> None:
    """What the instances behind a service are for, by instance; nothing is charged by it."""
    service.roles = dict(roles)
    service.save(update_fields=["roles"])


def forget(service: Service) -> None:
    """Drop conditions that were read ahead: the next reader sees the new ones."""
    getattr(service, "_prefetched_objects_cache", {}).pop("conditions", None)


def move(source: Service, target: Service, *, cause: str, confirmed_on: date | None) -> Move:
    """The pair of a migration (15.2); said again it takes the new cause or day."""
    found, _ = Move.objects.update_or_create(
        source=source, target=target, defaults={"cause": cause, "confirmed_on": confirmed_on}
    )
    return found


def unmove(source: Service, target: Service) -> None:
    """The pair of a migration that was given up: it is no row, and charges nothing (15.2)."""
    Move.objects.filter(source=source, target=target).delete()


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
