"""How the machines of the demonstration city are used: of each, what it measures in any hour, always the same.

A machine is of a kind (``data/use.toml``) and differs from its like by chance that hangs on its name; what the story makes
of some of them is kept beside the logins, so that they go on as they were while the demonstration stays open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import duckdb
from django.conf import settings
from django.db.models import Q

from yunheng.demo.calendar import LOCAL
from yunheng.demo.people import read
from yunheng.domain.catalog.models import Item
from yunheng.domain.metering.models import resource_of
from yunheng.domain.optimization.known import SIZED
from yunheng.domain.services.models import Service
from yunheng.domain.services.release.facts import instances_of
from yunheng.law.ch1_general.art02_services import measured_as
from yunheng.law.kernel.terms import Calendar

MEASURED = ("cpu", "memory", "network", "write", "filesystem")
PARTS, MBPS = ("low", "span"), 125_000.0  # bytes a second
HOURLY = ("machine", "line", "bandwidth")  # the sorts that rules look at by the hour
NEVER = date(9999, 1, 1)
QUARTER_END = 20  # the day of the last month from which a quarter's end is busy
# Of a service by number: the kinds that it is of, each with the day from which on; "" is nothing measured.
Turns = Mapping[str, Sequence[tuple[str, date]]]


@dataclass(frozen=True)
class Use:
    """An instance that is used like its kind from ``first`` to the day before ``until``; known by the hour or the day."""

    service: Service
    instance: str
    kind: str
    first: date
    until: date
    by_hour: bool

    @property
    def resource(self) -> str:
        return resource_of(self.service, self.instance)

    def row(self) -> list[Any]:
        """Its own figures: of each metric what it has at rest and how much more at the busiest."""
        kind, chance = _all()["kinds"][self.kind], Random(f"{self.resource}{self.kind}")  # noqa: S311
        by = float(self.service.quantity) * MBPS if "share" in kind else 1.0
        spans = [
            by * chance.uniform(*kind[name][part]) if name in kind else None for name in MEASURED for part in PARTS
        ]
        return [self.resource, kind["shape"], self.first, self.until, self.by_hour, kind.get("gap", 0.0), *spans]


@cache
def _all() -> dict[str, Any]:
    return read("use.toml")


# ---- who is used how ---------------------------------------------------------------------------------------------


def measured(*, first: date, until: date) -> list[Service]:
    """The services of which something is measured, and that ran on one of the days from ``first`` to before ``until``."""
    items = [code for code, sort in sorts().items() if sort]
    ran = Service.objects.filter(Q(closed_on=None) | Q(closed_on__gt=first), opened_on__lt=until, sku__in=items)
    return list(ran.exclude(instances="").select_related("system", "jurisdiction", "contract").order_by("pk"))


def sorts() -> dict[str, str]:
    """How each item of the catalogue is watched; memory and traffic by themselves are not."""
    items = Item.objects.exclude(category="compute", unit="GB").exclude(code__startswith="U-")
    found = {one.code: (measured_as(one.category, one.product, one.unit), one.name) for one in items}
    return {
        code: "bare" if sort == "machine" and not SIZED.search(name) else sort for code, (sort, name) in found.items()
    }


def uses(services: Iterable[Service], turns: Turns, *, first: date, until: date) -> list[Use]:
    """How each instance was used on those days."""
    found, by_code = [], sorts()
    for service in services:
        sort = by_code.get(service.sku, "")
        told = turns.get(service.number) or [(_usual(service, sort) if sort else "", date.min)]
        ends = [*(day for _, day in told[1:]), NEVER]
        for (kind, begins), ends_on in zip(told, ends, strict=True):
            since = max(first, service.opened_on, begins)
            to = min(until, service.closed_on or NEVER, ends_on)
            if kind and since < to:
                by_hour = sort in HOURLY
                found += [Use(service, one, kind, since, to, by_hour) for one in instances_of(service)]
    return found


def _usual(service: Service, sort: str) -> str:
    usual = _all()["usual"]
    shares = usual[sort] if sort in usual else usual.get(service.system.category) or usual["other"]
    return Random(service.number).choices([*shares], [*shares.values()])[0]  # noqa: S311


def keep(turns: Turns) -> None:
    """For those who go on feeding the city."""
    told = {number: [(kind, f"{day}") for kind, day in each] for number, each in turns.items()}
    _path().write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def kept() -> Turns:
    """What was kept; nothing where no city was built."""
    if not _path().exists():
        return {}
    told = json.loads(_path().read_text("utf-8"))
    return {number: [(kind, date.fromisoformat(day)) for kind, day in each] for number, each in told.items()}


def _path() -> Path:
    return Path(settings.HOME) / "demo-use.json"


# ---- what is measured of it --------------------------------------------------------------------------------------

Level = tuple[str, date, datetime | None, float, float]  # shape, local day, moment (UTC; None: all day), mean, top


def levels(calendar: Calendar, days: Iterable[date]) -> Iterator[Level]:
    """How busy each shape is, by hour and by day."""
    for day in days:
        for shape in _all()["shapes"]:
            hours = _hours(shape, day, working=calendar.is_working_day(day))
            start = datetime.combine(day, time(), LOCAL).astimezone(UTC).replace(tzinfo=None)
            yield from ((shape, day, start + timedelta(hours=n), one, one) for n, one in enumerate(hours))
            yield shape, day, None, sum(hours) / len(hours), max(hours)


def levels_at(calendar: Calendar, moments: Iterable[datetime], used: Iterable[Use]) -> Iterator[Level]:
    """The same at single moments, for what those use."""
    shapes = {_all()["kinds"][one.kind]["shape"] for one in used}
    for moment in moments:
        local = moment.astimezone(LOCAL)
        working = calendar.is_working_day(local.date())
        for shape in shapes:
            one = _hours(shape, local.date(), working=working)[local.hour]
            yield shape, local.date(), moment.astimezone(UTC).replace(tzinfo=None), one, one


def _hours(shape: str, day: date, *, working: bool) -> list[float]:
    row = _all()["shapes"][shape]
    share = 1.0 if working else row["rest"]
    if shape == "quarter" and not (day.month % 3 == 0 and day.day >= QUARTER_END):
        share *= 0.12
    return [level * share for level in row["hours"]]


FIGURES = """
CREATE TEMP MACRO chance(name, moment, n) AS (hash(name, moment, n) % 1000) / 1000.0;
CREATE TEMP TABLE point AS
SELECT u.*, l.day, l.moment, l.level, l.top, coalesce(l.moment, l.day::TIMESTAMP) AS tick,
       (0.82 + 0.30 * chance(u.resource, tick, 1)) * (0.93 + 0.14 * chance(u.resource, l.day, 2)) AS swing,
       1.10 + 0.22 * chance(u.resource, tick, 3) AS above,
       (1.04 + 0.20 * chance(u.resource, tick, 4)) * CASE WHEN chance(u.resource, tick, 5) < 0.002 THEN 1.6 ELSE 1 END AS spike
FROM usage u JOIN level l ON l.shape = u.shape AND l.day >= u.first AND l.day < u.until AND (l.moment IS NOT NULL) = u.by_hour
WHERE u.gap = 0 OR chance(u.resource, l.day, 6) >= u.gap;
CREATE TEMP VIEW figure AS
WITH shown AS (
    SELECT resource, day, moment, 'cpu.utilization' AS metric, cpu_low + cpu_span * level * swing AS mean,
           (cpu_low + cpu_span * top * swing) * above AS p95, p95 * spike AS max, 99.4 AS cap FROM point
    UNION ALL
    SELECT resource, day, moment, 'memory.used', memory_low + memory_span * level * swing,
           memory_low + memory_span * top * swing + 0.3 AS p95, p95 + 0.6 * spike, 99.0 FROM point
    UNION ALL
    SELECT resource, day, moment, 'network.bytes', network_low + network_span * level * swing,
           (network_low + network_span * top * swing) * above * 1.2 AS p95, p95 * spike * 1.3, 1e12 FROM point
    UNION ALL
    SELECT resource, day, moment, 'disk.write', write_low + write_span * level * swing,
           (write_low + write_span * top * swing) * above * 1.3 AS p95, p95 * spike * 1.5, 1e12 FROM point
    UNION ALL
    SELECT DISTINCT resource, day, NULL::TIMESTAMP,  'filesystem.used',
           filesystem_low + filesystem_span * (day - DATE '2025-01-01') / 700.0 AS used, used, used, 98.0 FROM point
)
SELECT resource, metric, day, moment, round(least(mean, cap), 2) AS mean, round(least(p95, cap), 2) AS p95,
       round(least(max, cap), 2) AS max
FROM shown WHERE mean IS NOT NULL
"""


@contextmanager
def figures(used: Iterable[Use], busy: Iterable[Level]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the relation ``figure``: resource, metric, day, moment (UTC, null: of the day), mean, p95, max."""
    names = ", ".join(f"{name}_{part} DOUBLE" for name in MEASURED for part in PARTS)
    with duckdb.connect(":memory:") as db:
        db.execute(
            f"CREATE TABLE usage (resource VARCHAR, shape VARCHAR, first DATE, until DATE, by_hour BOOLEAN, gap DOUBLE, {names}); "
            "CREATE TABLE level (shape VARCHAR, day DATE, moment TIMESTAMP, level DOUBLE, top DOUBLE)"
        )
        _fill(db, "usage", [one.row() for one in used])
        _fill(db, "level", list(busy))
        db.execute(FIGURES)
        yield db


def _fill(db: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Many rows in few statements: one by one takes as long as all the rest."""
    for start in range(0, len(rows), 1000):
        part = rows[start : start + 1000]
        marks = ", ".join([f"({', '.join('?' * len(part[0]))})"] * len(part))
        db.execute(f"INSERT INTO {table} VALUES {marks}", [value for row in part for value in row])  # noqa: S608
