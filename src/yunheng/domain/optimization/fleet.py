"""How a whole fleet is used (10): machines of the ledger with their cores, by how busy they are, and what became of advice.

Everybody sees what the ledger shows them: a unit its own, a provider its own, the offices of the city all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import duckdb
from django.db.models import QuerySet
from django.utils.timezone import make_aware

from yunheng.domain.catalog.models import Item
from yunheng.domain.metering.models import resource_of
from yunheng.domain.metering.operations import store
from yunheng.domain.optimization.engine.measuring import CPU
from yunheng.domain.optimization.known import instances_of, size_of
from yunheng.domain.optimization.queries import suggestions
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Event, parameters_on
from yunheng.law.ch1_general.art02_services import measured_as
from yunheng.law.ch1_general.art03_scope import ZONES
from yunheng.law.ch2_use.art10_machine import OPEN
from yunheng.law.kernel.parameters import Parameters

EDGES = (10, 20, 40, 70)  # of the bands in which the drawing counts, in % of a machine's cores
BANDS = ("＜10", "10–20", "20–40", "40–70", "≥70")
BUSY = """
    SELECT resource, count(*), quantile_disc(p95, 0.95) FROM daily
    WHERE metric = $metric AND isfinite(p95) GROUP BY resource
"""


@dataclass(frozen=True)
class Machine:
    """A running instance whose item names its size."""

    service: Service
    instance: str
    resource: str
    vcpu: int
    memory: int


@dataclass(frozen=True)
class Zone:
    """The machines of a network zone that were heard enough: their cores in each of BANDS."""

    zone: str
    zh: str
    cores: tuple[int, ...]
    machines: int

    @property
    def total(self) -> int:
        return sum(self.cores)

    @property
    def shares(self) -> tuple[float, ...]:
        return tuple(100 * cores / self.total if self.total else 0.0 for cores in self.cores)


@dataclass(frozen=True)
class Fleet:
    """From ``since`` to ``until``, both included: ``heard`` of ``machines`` at all, ``scarce`` too seldom to be counted."""

    since: date
    until: date
    zones: tuple[Zone, ...]
    machines: int
    heard: int
    scarce: int


@dataclass(frozen=True)
class Destinations:
    """What became of the suggestions issued in a year; ``by_itself`` were optimised before one was issued (10.1)."""

    year: int
    adjusted: int
    upheld: int
    refused: int
    open: int
    uncovered: int
    other: int
    by_itself: int

    @property
    def issued(self) -> int:
        return self.adjusted + self.upheld + self.refused + self.open + self.uncovered + self.other


class Sizes:
    """Cores and memory of the items of catalogues, by jurisdiction and code."""

    def __init__(self, jurisdictions: Iterable[int]) -> None:
        items = Item.objects.filter(jurisdiction__in=set(jurisdictions)).order_by("valid_from")
        self.known = {
            (item.jurisdiction_id, item.code): size
            for item in items
            if measured_as(item.category, item.product, item.unit) == "machine" and (size := size_of(item, None))
        }

    def cores(self, service: Service, sku: str) -> int:
        """Of one instance; 0 for what has no size."""
        size = self.known.get((service.jurisdiction_id, sku))
        return size.vcpu if size else 0

    def memory(self, service: Service, sku: str) -> int:
        size = self.known.get((service.jurisdiction_id, sku))
        return size.memory if size else 0


def machines_of(found: QuerySet[Service], *, on: date) -> list[Machine]:
    """The instances of services that run on a day and have a size, by service and instance."""
    rows = ledger.running_on(found.filter(trial=False), on).exclude(instances="")
    services = list(
        rows.select_related("jurisdiction", "system").prefetch_related("conditions").order_by("number", "pk")
    )
    sizes = Sizes(service.jurisdiction_id for service in services)
    made = []
    for service in services:
        sku = service.at("sku", on)
        cores = sizes.cores(service, sku)
        if cores:
            memory = sizes.memory(service, sku)
            made += [
                Machine(service, name, resource_of(service, name), cores, memory) for name in instances_of(service)
            ]
    return made


def fleet_of(*, actor: Actor, on: date) -> Fleet:
    """How busy the machines were in the days before ``on``: each by the P95 of its daily P95s, weighed by its cores."""
    p = parameters_on(on, actor.jurisdiction_id)
    days = p["advice_window"].n
    since, until = on - timedelta(days=days), on - timedelta(days=1)
    machines = machines_of(ledger.services(actor=actor), on=on)
    busy = _busy(since, until) if machines else {}
    return _counted(machines, busy, since, until, p)


def _busy(since: date, until: date) -> dict[str, tuple[int, float]]:
    """Of every resource: on how many days it was heard, and the P95 of their P95s."""
    with duckdb.connect(":memory:") as connection:
        daily = store().daily(connection, since=since, until=until)  # noqa: F841 - the query names it
        return {name: (days, p95) for name, days, p95 in connection.execute(BUSY, {"metric": CPU}).fetchall()}


def _counted(
    machines: Sequence[Machine], busy: dict[str, tuple[int, float]], since: date, until: date, p: Parameters
) -> Fleet:
    least = p["advice_window"].n * p["advice_coverage"]
    cores: dict[str, list[int]] = defaultdict(lambda: [0] * len(BANDS))
    counted: Counter[str] = Counter()
    for one in machines:
        days, p95 = busy.get(one.resource, (0, 0.0))
        if days >= least:
            zone = one.service.system.network_zone
            cores[zone][sum(p95 >= edge for edge in EDGES)] += one.vcpu
            counted[zone] += 1
    zones = tuple(Zone(key, zh, tuple(cores[key]), counted[key]) for key, zh in ZONES if counted[key])
    heard = sum(one.resource in busy for one in machines)
    return Fleet(since, until, zones, len(machines), heard, len(machines) - counted.total())


def destinations_of(*, actor: Actor, year: int) -> Destinations:
    """What became of the suggestions that the actor may see and that were issued in a year."""
    span = [make_aware(datetime.combine(date(y, 1, 1), time())) for y in (year, year + 1)]
    mine = suggestions(actor=actor).order_by()
    events = Event.objects.filter(case__in=mine.values("pk"))
    within = events.filter(at__gte=span[0], at__lt=span[1])
    issued = set(within.filter(step="issue").values_list("case_id", flat=True))
    refused = set(events.filter(step="refuse", case_id__in=issued).values_list("case_id", flat=True))
    counts: Counter[str] = Counter()
    for pk, state in mine.filter(pk__in=issued).values_list("pk", "state"):
        if state in ("adjusted", "upheld", "uncovered"):
            counts[state] += 1
        else:
            counts["refused" if pk in refused else "open" if state in OPEN else "other"] += 1
    by_itself = within.filter(step="self_optimise").values("case_id").distinct().count()
    return Destinations(
        year, counts["adjusted"], counts["upheld"], counts["refused"], counts["open"], counts["uncovered"],
        counts["other"], by_itself,
    )  # fmt: skip
