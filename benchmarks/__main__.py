"""`make bench`: every figure of this run, and the bars beside it.

ARGS=quick takes small sizes, to try the programs; ARGS="charging stored advice metering" runs the parts that are named.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator

from benchmarks import city, cloudkitty, engine, metering, optimization

DAYS_OF_A_YEAR = 365
ROOM = "3GB"  # so that a million services need not spill


def main(arguments: list[str]) -> int:
    """Print the table; returns 1 when a bar is missed."""
    quick = "quick" in arguments
    base, top, small = (20_000, 60_000, 2_000) if quick else (200_000, 1_000_000, 20_000)
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "charging": lambda: charging(base, top, small),
        "stored": lambda: stored(2_000 if quick else 20_000),
        "advice": lambda: advice(2_000 if quick else 20_000),
        "metering": lambda: measured(200 if quick else 2_000),
    }
    named = [name for name in parts if name in arguments] or list(parts)
    rows = [row for name in named for row in parts[name]()]
    width = max(len(name) for name, *_ in rows)
    for name, value, bar, fine in rows:
        print(f"{'  ' if fine is None else '✓ ' if fine else '✗ '}{name:<{width}}  {value:>14}  {bar}")
    return int(not all(fine is not False for *_, fine in rows))


Row = tuple[str, str, str, bool | None]


def charging(base: int, top: int, small: int) -> Iterator[Row]:
    """The engine by itself, beside the pure law, the floor, and CloudKitty."""
    half, full = engine.measure(base), engine.measure(top)
    pure, peer = engine.measure(small, engine="reference"), cloudkitty.measure()
    files = full_of(half)
    speed, whole = half["lines"] / half["compute"], half["lines"] / files
    law, points = pure["lines"] / pure["compute"], peer["points"] / peer["rating_seconds"]
    bounded = math.log(full_of(full) / files) / math.log(top / base)
    roomy = [full_of(engine.measure(size, memory=ROOM)) for size in (base, top)]
    growth = math.log(roomy[1] / roomy[0]) / math.log(top / base)
    cpu = sum(half[f"{part}_cpu"] for part in ("read", "compute", "write")) / half["floor_cpu"]
    yield f"{base:,} services, one year: lines", f"{half['lines']:,.0f}", "", None
    yield "engine: lines/s, tables to lines", f"{speed:,.0f}", "≥ 1,000,000", speed >= 1_000_000
    yield "engine: lines/s, parquet to sorted parquet", f"{whole:,.0f}", "", None
    yield "pure law: lines/s", f"{law:,.0f}", "", None
    yield "engine ÷ pure law", f"{speed / law:.1f}", "≥ 4", speed / law >= 4
    yield f"CloudKitty {peer['version']}: points/s, rating alone", f"{points:,.0f}", "", None
    yield "engine's lines ÷ CloudKitty's points", f"{speed / points:.1f}", "", None
    days = base * DAYS_OF_A_YEAR / half["compute"] / points
    yield "service-days a second ÷ CloudKitty's, one point a day", f"{days:.0f}", "≥ 20", days >= 20
    yield "CPU ÷ reading and writing the same lines again", f"{cpu:.1f}", "≤ 6", cpu <= 6
    yield f"peak memory, {base:,} services (MiB)", f"{half['mib']:,.0f}", "≤ 1,024", half["mib"] <= 1024
    yield f"peak memory, {top:,} services (MiB)", f"{full['mib']:,.0f}", "", None
    yield f"growth exponent {base:,} → {top:,}, memory {ROOM}", f"{growth:.2f}", "≤ 1.1", growth <= 1.1
    yield "growth exponent with the default limit, spilling", f"{bounded:.2f}", "", None


def full_of(run: dict[str, float]) -> float:
    """Seconds from files to files."""
    return run["read"] + run["compute"] + run["write"]


def stored(services: int) -> Iterator[Row]:
    """The platform's database, and a page of a statement."""
    found = city.measure(services)
    yield (
        f"city: {services:,} services, database to stored lines (s)",
        f"{found['city']:.1f}",
        "≤ 10",
        found["city"] <= 10,
    )
    yield "city: lines stored", f"{found['city_lines']:,.0f}", "", None
    ratio = found["page_long"] / found["page_100"]
    yield "statement page, 100 lines (ms)", f"{found['page_100']:.1f}", "", None
    yield "statement page, 100,000 lines (ms)", f"{found['page_long']:.1f}", "", None
    yield "long page ÷ short page", f"{ratio:.2f}", "≤ 1.25", ratio <= 1.25


def advice(machines: int) -> Iterator[Row]:
    """The rules of article 10 over the roll-ups of a city: 60 days of hours, 400 daily maxima."""
    found = optimization.measure(machines)
    yield (
        f"advice: {machines:,} machines, roll-ups to answers (s)",
        f"{found['seconds']:.1f}",
        "≤ 60",
        found["seconds"] <= 60,
    )
    yield "advice: processor time (s)", f"{found['cpu']:.1f}", "", None
    yield "advice: found", f"{found['advised']:,.0f}", "", None
    yield "advice: peak memory (MiB)", f"{found['mib']:,.0f}", "", None


CITY, GIGABYTE = 5_000, 1e9


def measured(machines: int) -> Iterator[Row]:
    """What plug-ins deliver, beside Debian's Prometheus with the same bytes; the roll-up of a day; a city's year."""
    deliveries = metering.bodies(machines // 2, 100, 1_778_342_400_000)
    ours = max((metering.ingest(deliveries) for _ in range(3)), key=lambda run: run["wall"])
    theirs = metering.prometheus(deliveries)
    yield "ingest: samples/s, one core, synced", f"{ours['wall']:,.0f}", "≥ 100,000", ours["wall"] >= 100_000
    yield "ingest: samples a CPU second", f"{ours['cpu']:,.0f}", "", None
    if theirs is not None:
        yield "Prometheus: samples/s over loopback, one core", f"{theirs['wall']:,.0f}", "", None
        yield "Prometheus: samples a CPU second", f"{theirs['cpu']:,.0f}", "", None
    day = metering.roll_up(machines)
    speed, times = day["rows"] / day["seconds"], day["seconds"] / day["plain"]
    yield f"roll-up of a day: {machines:,} machines, rows", f"{day['rows']:,.0f}", "", None
    yield "roll-up: rows/s, exact percentiles", f"{speed:,.0f}", "≥ 5,000,000", speed >= 5_000_000
    yield "roll-up: rows a CPU second", f"{day['rows'] / day['cpu']:,.0f}", "", None
    yield "roll-up ÷ plain maximum by series", f"{times:.1f}", "≤ 15", times <= 15
    terms = metering.TERMS
    year = day["raw"] * terms.raw + day["hourly"] * terms.hourly + day["daily"] * terms.daily
    size = year * CITY / machines / GIGABYTE
    yield f"a city of {CITY:,} machines, all that is kept (GB)", f"{size:.1f}", "≤ 6", size <= 6


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
