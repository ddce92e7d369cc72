"""How much of what a system has it uses (10): cores over time against its capacity, and each of its instances.

A system's use on a day is the sum over its instances that were heard: of the P95 of each, and of the maximum of each, in
cores. The maxima of different instances need not fall together, so their sum is the most that it can have been.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import duckdb

from yunheng.domain.metering.operations import store
from yunheng.domain.metering.usage import MOST_DAYS
from yunheng.domain.optimization.engine.measuring import CPU
from yunheng.domain.optimization.fleet import Machine, Sizes, machines_of
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.optimization.queries import suggestions
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.queries import system_of
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.ch2_use.art10_machine import OPEN
from yunheng.law.kernel.citation import art

CITE = art(10, 2)
DAYS = """
    SELECT resource, day, mean, p95, max FROM daily
    JOIN (SELECT unnest($names::VARCHAR[]) AS resource) USING (resource)
    WHERE metric = $metric ORDER BY ALL
"""
Figure = float | None


@dataclass(frozen=True)
class CoresDay:
    """A day in cores: sums of the P95 and of the maxima of the instances heard; what the ledger has; how many were heard."""

    day: date
    p95: Figure
    top: Figure
    capacity: int
    heard: int


@dataclass(frozen=True)
class InstanceUse:
    """An instance over all days, in % of its cores: mean of the daily means, P95 of the daily P95s, highest maximum."""

    machine: Machine
    mean: Figure
    p95: Figure
    top: Figure
    days: int


@dataclass(frozen=True)
class SystemUse:
    """``capacity`` cores on the last day, ``after`` what open suggestions would leave of them; ``unnamed`` have no ids."""

    system: InformationSystem
    days: tuple[CoresDay, ...]
    instances: tuple[InstanceUse, ...]
    capacity: int
    after: int
    suggestions: tuple[Suggestion, ...]
    unnamed: int


def of_system(*, code: str, since: date, until: date, actor: Actor) -> SystemUse:
    """From ``since`` to ``until``, both included, over the services of the system that the actor may see.

    Raises NotFound for a system that the actor may not see, BadInput for a span that is none or too long.
    """
    held = system_of(code, actor=actor, cite=CITE)
    if not timedelta(0) <= until - since <= timedelta(days=MOST_DAYS):
        raise BadInput([Problem("期间", f"起不晚于止，最长 {MOST_DAYS} 天")], cite=CITE)
    found = ledger.services(actor=actor).filter(system=held, trial=False)
    services = list(found.filter(opened_on__lte=until).prefetch_related("conditions"))
    sizes = Sizes([held.jurisdiction_id])
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    capacity = {day: sum(_cores(service, sizes, day) for service in services) for day in days}
    machines = machines_of(found, on=until)
    used = _used([one.resource for one in machines], since, until)
    open_now = suggestions(actor=actor).filter(service__system=held, state__in=OPEN)
    open_cases = tuple(open_now.order_by("number"))
    less = sum(_less(case.service, case.to_sku, sizes, until) for case in open_cases)
    return SystemUse(
        held, _days(capacity, machines, used, sizes), tuple(_instance(one, used[one.resource]) for one in machines),
        capacity[until], capacity[until] - less, open_cases,
        sum(not service.instances for service in services if _cores(service, sizes, until)),
    )  # fmt: skip


def _cores(service: Service, sizes: Sizes, day: date) -> int:
    """What the ledger has of a service on a day."""
    if not service.runs_on(day):
        return 0
    cores = sizes.cores(service, service.at("sku", day))
    return int(cores * Decimal(service.at("quantity", day))) if cores else 0


def _less(service: Service, to_sku: str, sizes: Sizes, day: date) -> int:
    """How many cores an open suggestion would give back."""
    quantity = int(Decimal(service.at("quantity", day)))
    after = sizes.cores(service, to_sku) * quantity if to_sku else 0
    return max(0, _cores(service, sizes, day) - after)


Days = Mapping[date, tuple[Figure, Figure, Figure]]


def _used(names: Sequence[str], since: date, until: date) -> Mapping[str, Days]:
    """By resource and day: mean, P95, maximum in %."""
    used: dict[str, dict[date, tuple[Figure, Figure, Figure]]] = defaultdict(dict)
    with duckdb.connect(":memory:") as connection:
        daily = store().daily(connection, since=since, until=until)  # noqa: F841 - the query names it
        for name, day, *figures in connection.execute(DAYS, {"names": list(names), "metric": CPU}).fetchall():
            used[name][day] = tuple(figures)
    return used


def _days(
    capacity: Mapping[date, int], machines: Sequence[Machine], used: Mapping[str, Days], sizes: Sizes
) -> tuple[CoresDay, ...]:
    found: list[CoresDay] = []
    services = {one.service.pk: one.service for one in machines}
    for day, cores in capacity.items():
        large = {pk: sizes.cores(service, service.at("sku", day)) for pk, service in services.items()}  # as it was then
        sums: list[list[float]] = [[], []]
        heard = 0
        for one in machines:
            figures = used.get(one.resource, {}).get(day)
            if figures is None:
                continue
            heard += 1
            own = large[one.service.pk]
            for part, value in zip(sums, figures[1:], strict=True):
                part += [] if value is None else [value * own / 100]
        p95, top = (round(sum(part), 2) if part else None for part in sums)
        found.append(CoresDay(day, p95, top, cores, heard))
    return tuple(found)


def _instance(one: Machine, days: Days) -> InstanceUse:
    means, marks, tops = (
        ([value for value in part if value is not None] for part in zip(*days.values(), strict=True))
        if days
        else ([], [], [])
    )
    marks = sorted(marks)
    rank = -(-len(marks) * 95 // 100)
    return InstanceUse(
        one, sum(means) / len(means) if means else None, marks[rank - 1] if marks else None, max(tops, default=None),
        len(days),
    )  # fmt: skip
