"""Article 10 over the interface: what the rules say of every instance, how a fleet is used, declared busy periods."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from yunheng.domain.optimization.calendar.facts import calendars, protects
from yunheng.domain.optimization.fleet import BANDS, destinations_of, fleet_of
from yunheng.domain.optimization.models import BusyCalendar
from yunheng.domain.optimization.pictures import idle_by_unit
from yunheng.domain.optimization.queries import answers
from yunheng.domain.optimization.system_use import of_system
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, MOST, who

router = Router(tags=["资源优化"])


class AnswerOut(Schema):
    """What was said last of an instance, of one kind: advise, inform, quiet or undetermined, with the reason."""

    id: int
    service: str
    instance: str
    kind: str
    result: str
    rule: str
    sentence: str
    on: date


class BusyOut(Schema):
    """A declared busy period; ``recurs`` is yearly, quarterly, monthly or once; whether it protects today, and why."""

    case: str
    system: str
    name: str
    first: date
    last: date
    recurs: str
    state: str
    protects: bool
    because: str


class ZoneOut(Schema):
    """The machines of a network zone that were heard enough: ``cores`` in the bands of their CPU's P95, in order."""

    zone: str
    machines: int
    cores: list[int]


class FleetOut(Schema):
    """How busy the machines were; ``bands`` in % of a machine's cores; ``scarce`` were heard too seldom to be counted."""

    since: date
    until: date
    bands: list[str]
    zones: list[ZoneOut]
    machines: int
    heard: int
    scarce: int


class DestinationsOut(Schema):
    """What became of the suggestions issued in a year; ``by_itself`` were optimised before one was issued."""

    year: int
    issued: int
    adjusted: int
    upheld: int
    refused: int
    open: int
    uncovered: int
    other: int
    by_itself: int


class UnitOut(Schema):
    """A unit's instances by what was last said of them being idle."""

    unit: str
    idle: int
    used: int
    unknown: int


class CoresDayOut(Schema):
    """A day in cores: sums of the P95 and of the maxima of the instances heard, and what the ledger has."""

    day: date
    p95: float | None
    max: float | None
    capacity: int
    heard: int


class InstanceUseOut(Schema):
    """An instance over all days asked for, in % of its cores."""

    service: str
    instance: str
    vcpu: int
    memory: int
    mean: float | None
    p95: float | None
    max: float | None
    days: int


class SystemUseOut(Schema):
    """A system over all of its instances; ``after`` are the cores that its open suggestions would leave."""

    system: str
    capacity: int
    after: int
    suggestions: list[str]
    days: list[CoresDayOut]
    instances: list[InstanceUseOut]


@router.get("/advice", response={200: list[AnswerOut], 401: s.Problem})
def list_answers(
    request: HttpRequest,
    result: s.Short = "",
    service: s.Short = "",
    after: int = Query(0, ge=0, le=2**62),
    limit: int = Query(50, ge=1, le=MOST),
) -> list[Any]:
    """The latest answers, ``limit`` after the id ``after``; of one ``result`` or one ``service`` (by number) if asked."""
    found = answers(actor=who(request)).filter(pk__gt=after)
    if result:
        found = found.filter(result=result)
    if service:
        found = found.filter(service__number=service)
    return [
        AnswerOut(
            id=row.pk, service=row.service.number, instance=row.instance, kind=row.kind, result=row.result, rule=row.rule,
            sentence=row.sentence, on=row.on,
        )
        for row in found.order_by("pk")[:limit]
    ]  # fmt: skip


@router.get("/advice/fleet", response={200: FleetOut, 401: s.Problem})
def get_fleet(request: HttpRequest) -> Any:
    """How busy the machines that the caller may see were in the last 30 days, by network zone."""
    found = fleet_of(actor=who(request), on=timezone.localdate())
    zones = [ZoneOut(zone=one.zone, machines=one.machines, cores=list(one.cores)) for one in found.zones]
    return FleetOut(**{**vars(found), "zones": zones}, bands=list(BANDS))


@router.get("/advice/destinations", response={200: DestinationsOut, 401: s.Problem})
def get_destinations(request: HttpRequest, year: int = Query(0, ge=0, le=9998)) -> Any:
    """What became of the suggestions issued in a year, this year unless asked for another."""
    found = destinations_of(actor=who(request), year=year or timezone.localdate().year)
    return DestinationsOut(**vars(found), issued=found.issued)


@router.get("/advice/units", response={200: list[UnitOut], 401: s.Problem})
def list_units(request: HttpRequest) -> Any:
    """How many idle instances each unit has, the unit with most first."""
    return [
        UnitOut(unit=row.unit, idle=row.idle, used=row.used, unknown=row.unknown)
        for row in idle_by_unit(actor=who(request))
    ]


@router.get("/systems/{code}/usage", response={200: SystemUseOut, **MISSES})
def get_system_usage(request: HttpRequest, code: s.Short, since: s.Day, until: s.Day) -> Any:
    """The CPU of a system in cores day by day, both days included, at most 400; and each instance over them."""
    found = of_system(code=code, since=since, until=until, actor=who(request))
    days = [
        CoresDayOut(day=one.day, p95=one.p95, max=one.top, capacity=one.capacity, heard=one.heard) for one in found.days
    ]
    instances = [
        InstanceUseOut(
            service=one.machine.service.number, instance=one.machine.instance, vcpu=one.machine.vcpu,
            memory=one.machine.memory, mean=one.mean, p95=one.p95, max=one.top, days=one.days,
        )
        for one in found.instances
    ]  # fmt: skip
    return SystemUseOut(
        system=found.system.code, capacity=found.capacity, after=found.after, suggestions=[case.number for case in found.suggestions],
        days=days, instances=instances,
    )  # fmt: skip


@router.get("/seasons", response={200: list[BusyOut], 401: s.Problem})
def list_seasons(request: HttpRequest) -> list[Any]:
    """The busy periods of the systems that the caller may see; one is declared as a case of kind busy_calendar."""
    return [_busy(row, timezone.localdate()) for row in calendars(actor=who(request))]


def _busy(row: BusyCalendar, today: date) -> BusyOut:
    verdict = protects(row, on=today)
    return BusyOut(
        case=row.number, system=row.system.code if row.system else "", name=row.name, first=row.first, last=row.last,
        recurs=row.recurs, state=row.state, protects=verdict.holds, because=verdict.sentence,
    )  # fmt: skip
