"""The ledger of services: the one place that opens, changes and closes a line of it.

What was so is a dated row: a condition holds from its day until the next of its kind, a closing day is not charged
(R-005). Charging reads the ledger; what is entered late for a day that was billed becomes an adjustment there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.funding.queries import annual_fee, annual_total, prices_on
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import (
    Application,
    Condition,
    Coverage,
    Heartbeat,
    Involvement,
    Move,
    ResourceLine,
    Service,
    Temporary,
)
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem, Refusal
from yunheng.foundation.workflow.models import Case, parameters_on
from yunheng.foundation.workflow.operations import number_next, numbers_next
from yunheng.law.ch2_use.art07_trial import trial_stops_on
from yunheng.law.ch2_use.art12_consent import UNPROVEN
from yunheng.law.ch2_use.art12_period import ENDED
from yunheng.law.ch3_funding.art13_ending import rule_of
from yunheng.law.kernel.citation import Cite, art
from yunheng.law.kernel.terms import ONE_DAY

ZERO = Decimal(0)


def open_service(*, case: Application, line: ResourceLine) -> Service:
    """Enter a confirmed line of an application: it is charged from the agreed day (7.1, 15.1).

    A trial gets its end with its beginning; a formal service takes the place of the trial of its product (7.2).
    """
    assert line.agreed_day is not None
    assert line.opened is not None
    made = enter(
        case=case, contract=case.contract, sku=line.sku, name=line.name, measure=line.unit, spec=line.opened_spec,
        quantity=line.opened, lane=case.lane, opened_on=line.charge_from or line.agreed_day, trial=line.trial,
        line=line, instances=line.instances,
    )  # fmt: skip
    if made.trial:
        p = parameters_on(made.opened_on, made.jurisdiction_id)
        close(made, on=trial_stops_on(made.opened_on, p), cite=art(7, 2))
    else:
        _convert(made, on=line.agreed_day)
    return made


def _convert(formal: Service, *, on: date) -> None:
    """Trials of the same product end on the day of the formal service, and what was temporary before it (7.2, 12.2)."""
    running = Service.objects.filter(system=formal.system, sku=formal.sku, opened_on__lte=on).exclude(closed_on__lte=on)
    for trial in running.filter(trial=True).exclude(case=formal.case):
        close(trial, on=on, cite=art(7, 2))
    for case in Temporary.objects.filter(formal=formal.case_id):
        for service in running.filter(pk__in=[held.pk for held in case.services]):
            close(service, on=on, cite=art(12, 2))


def open_for_period(*, case: Temporary, line: ResourceLine) -> Service:
    """Enter a confirmed line of a temporary service: it runs until its release, the fund's part has its end (12.1)."""
    assert line.agreed_day is not None
    assert line.opened is not None
    made = enter(
        case=case, contract=case.contract, sku=line.sku, name=line.name, measure=line.unit, spec=line.opened_spec,
        quantity=line.opened, lane="covered", opened_on=line.agreed_day, line=line, instances=line.instances,
    )  # fmt: skip
    end_period(made, case=case)
    if case.unproven_at is not None:
        unprove(made, case=case)
    return made


def end_period(service: Service, *, case: Temporary) -> None:
    """Put the first day past the period into the ledger, in the place of an earlier one; what ended earlier, has."""
    assert case.ends_on is not None
    service.conditions.filter(kind="lane", rule=ENDED).delete()
    _forget(service)
    if service.runs_on(case.ends_on):
        set_condition(service, kind="lane", on=case.ends_on, value="own", case=case, rule=ENDED)


def unprove(service: Service, *, case: Temporary) -> None:
    """The paper of an oral consent did not come: the unit pays from the first day (12.1, R-019)."""
    if service.runs_on(service.opened_on):
        set_condition(service, kind="lane", on=service.opened_on, value="own", case=case, rule=UNPROVEN)


def period_ends_on(service: Service) -> date | None:
    """From when a temporary service may not run; None for what is no temporary service (12)."""
    days = [row.on for row in service.conditions.all() if row.kind == "lane" and row.rule == ENDED]
    return min(days, default=None)


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
    _forget(service)
    return made


def set_lane(service: Service, *, lane: str, on: date, case: Case, rule: str = "") -> None:
    """Who pays from ``on`` until somebody decides otherwise: what was to come later by earlier decisions falls away.

    The end of a period that the city government consented to stays: only a new consent moves it (12.1).
    """
    service.conditions.filter(kind="lane", on__gt=on).exclude(rule=ENDED).delete()
    _forget(service)
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
    _forget(service)


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
        instances=service.instances,
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
    service.save(update_fields=["instances"])


def _forget(service: Service) -> None:
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


# ---- what a case is about ----------------------------------------------------------------------------------------


def involve(case: Case, services: Iterable[Service], *, cite: Cite) -> None:
    """Bind services to a case. Raises BadInput naming each that is in another open case already."""
    rows = list(services)
    list(Service.objects.select_for_update().filter(pk__in=[s.pk for s in rows]).order_by("pk"))  # one after the other
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


def free(services: Iterable[Service]) -> list[Service]:
    """Those of them that no open case is about, in the order given."""
    rows = list(services)
    busy = set(open_involvements(rows).values_list("service_id", flat=True))
    return [service for service in rows if service.pk not in busy]


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


def annual_fee_of_covered(*, jurisdiction_id: int, on: date) -> Decimal:
    """What all that the fund pays for in a jurisdiction on ``on`` costs in a year (R-003); read in bulk."""
    rows = running_on(Service.objects.filter(jurisdiction_id=jurisdiction_id, trial=False), on).select_related(
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
