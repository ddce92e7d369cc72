"""Rate data points with CloudKitty's own HashMap processor, check every price, print the times as JSON.

Runs in the environment which benchmarks/cloudkitty.py makes. Half of the points are servers, at a price by flavour
and cheaper from 16 cores on; half are volumes, at a price by type and cheaper from 1,000 and 5,000 GiB on. A frame
is an hour of one project, built as CloudKitty's collectors build it, and dropped once it is rated.

All prices are sums of powers of two: SQLite keeps costs as floats, and these it keeps exactly.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import version

from cloudkitty import config  # noqa: F401  (registers CloudKitty's options)
from cloudkitty.dataframe import DataFrame, DataPoint
from cloudkitty.rating.hash import HashMap
from oslo_config import cfg

PROJECT = "6f1d0c5e"
FRAME = 100
HOUR = datetime(2026, 1, 1, tzinfo=UTC)
CALENDAR = {"year": "2026", "month": "1", "week_of_the_year": "0", "day_of_the_year": "1"}

CORES, RATIOS = (1, 2, 4, 8, 16, 32), (2, 4)
FLAVOURS = [
    (f"c{cores}.m{cores * ratio}", cores, cores * (Decimal("0.0625") + ratio * Decimal("0.015625")))
    for cores in CORES
    for ratio in RATIOS
]
MANY_CORES = {16: Decimal("0.9375")}
VOLUMES = [("archive", Decimal("0.0078125")), ("hdd", Decimal("0.03125")), ("ssd", Decimal("0.125"))]
SIZES = (20, 100, 500, 1000, 5000)
MANY_GIB = {1000: Decimal("0.9375"), 5000: Decimal("0.875")}

BY_HAND = {("c1.m2", 1): "0.09375", ("c32.m128", 1): "3.75", ("ssd", 500): "62.5", ("hdd", 5000): "136.71875"}


def _configure() -> None:
    """A database in memory, made by CloudKitty's migrations, and the rules written through its own interface."""
    cfg.CONF([], project="cloudkitty", default_config_files=[], default_config_dirs=[])
    cfg.CONF.set_override("connection", "sqlite://", "database")
    rules = HashMap.db_api
    rules.get_migration().upgrade("head")

    server = rules.create_service("instance").service_id
    flavour = rules.create_field(server, "flavor_name").field_id
    cores = rules.create_field(server, "vcpus").field_id
    volume = rules.create_service("volume.size").service_id
    kind = rules.create_field(volume, "volume_type").field_id
    for name, _, cost in FLAVOURS:
        rules.create_mapping(cost, "flat", value=name, field_id=flavour, created_by=PROJECT)
    for name, cost in VOLUMES:
        rules.create_mapping(cost, "flat", value=name, field_id=kind, created_by=PROJECT)
    for level, rate in MANY_CORES.items():
        rules.create_threshold(level, rate, "rate", field_id=cores)
    for level, rate in MANY_GIB.items():
        rules.create_threshold(level, rate, "rate", service_id=volume)


def _server(number: int) -> DataPoint:
    name, cores, _ = FLAVOURS[number % len(FLAVOURS)]
    grouping = {"id": f"server-{number}", "project_id": PROJECT, **CALENDAR}
    return DataPoint("instance", 1, 0, grouping, {"flavor_name": name, "flavor_id": name, "vcpus": str(cores)})


def _volume(number: int) -> DataPoint:
    name, _ = VOLUMES[number % len(VOLUMES)]
    grouping = {"id": f"volume-{number}", "project_id": PROJECT, **CALENDAR}
    return DataPoint("GiB", SIZES[number % len(SIZES)], 0, grouping, {"volume_type": name})


def _frame(first: int, end: int) -> DataFrame:
    middle = (first + end) // 2
    usage = {
        "instance": [_server(number) for number in range(first, middle)],
        "volume.size": [_volume(number) for number in range(middle, end)],
    }
    return DataFrame(HOUR, HOUR + timedelta(hours=1), usage)


def _discount(levels: dict[int, Decimal], value: int) -> Decimal:
    reached = [level for level in levels if value >= level]
    return levels[max(reached)] if reached else Decimal(1)


def _expected(first: int, end: int) -> list[tuple[str, int, Decimal]]:
    """Name, quantity and price of every point of a frame, worked out without CloudKitty."""
    expected, middle = [], (first + end) // 2
    for number in range(first, end):
        if number < middle:
            name, cores, cost = FLAVOURS[number % len(FLAVOURS)]
            expected.append((name, 1, cost * _discount(MANY_CORES, cores)))
        else:
            (name, cost), size = VOLUMES[number % len(VOLUMES)], SIZES[number % len(SIZES)]
            expected.append((name, size, cost * size * _discount(MANY_GIB, size)))
    return expected


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _measure(points: int) -> dict[str, object]:
    processor, moments, seen, total, owed = HashMap(PROJECT), [], {}, Decimal(0), Decimal(0)
    for first in range(0, points, FRAME):
        end = min(first + FRAME, points)
        begun = _now()
        frame = _frame(first, end)
        built = _now()
        rated = processor.process(frame)
        moments.append((begun, built, _now()))

        expected, prices = _expected(first, end), [point.price for _, point in rated.iterpoints()]
        assert prices == [price for _, _, price in expected], f"wrong prices from point {first} on"
        seen.update(((name, quantity), price) for (name, quantity, _), price in zip(expected, prices, strict=True))
        total, owed = total + sum(prices), owed + sum(price for _, _, price in expected)
    assert total == owed > 0
    assert points < FRAME or all(seen[key] == Decimal(price) for key, price in BY_HAND.items())
    return {
        "version": version("cloudkitty"),
        "points": points,
        "rating_seconds": sum(done[0] - built[0] for _, built, done in moments),
        "rating_cpu": sum(done[1] - built[1] for _, built, done in moments),
        "whole_seconds": sum(done[0] - begun[0] for begun, _, done in moments),
        "whole_cpu": sum(done[1] - begun[1] for begun, _, done in moments),
    }


if __name__ == "__main__":
    _configure()
    print(json.dumps(_measure(int(sys.argv[1]))))
