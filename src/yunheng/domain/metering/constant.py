"""Values that stand still (8): a machine that runs has some jitter, and one that is stopped sends nothing.

Looked for in the hours that plug-ins measured, of all resources at once; what a provider handed in has few samples to
an hour and is left out. A counter that nobody moves gives no CPU utilisation at all, so it is looked for in the samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
from django.utils.timezone import localdate

from yunheng.domain.metering.operations import store
from yunheng.domain.metering.samples import ms_of
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import ONE_DAY

HOUR = timedelta(hours=1)
# One value but for the last digits of a mean, and of rates of large counters; one tick of one CPU in 128 is more.
STILL = "max(max) - min(mean) <= 1e-6 * greatest(1, abs(max(max)))"
CONSTANT = f"""
    WITH flat AS (
        SELECT resource, metric, max(max) AS value, {STILL} AS still, count(*) = $count AND min(n) >= $least AS whole
        FROM hours WHERE hour >= $since AND hour < $until AND metric IN ('cpu.utilization', 'network.bytes', 'up')
        GROUP BY ALL
    )
    SELECT net.resource, cpu.value, net.value FROM flat net
    JOIN flat alive ON alive.resource = net.resource AND alive.metric = 'up' AND alive.whole AND alive.value > 0
    LEFT JOIN flat cpu ON cpu.resource = net.resource AND cpu.metric = 'cpu.utilization'
    WHERE net.metric = 'network.bytes' AND net.whole AND net.still AND (cpu.resource IS NULL OR cpu.whole AND cpu.still)
    ORDER BY net.resource
"""
FROZEN = """
    SELECT resource FROM (
        SELECT resource, part, min(value) = max(value) AS still, count(DISTINCT ms) AS n FROM samples
        WHERE list_contains($resources, resource) AND metric = 'cpu.seconds' AND ms >= $since AND ms < $until GROUP BY ALL
    ) GROUP BY resource HAVING bool_and(still) AND max(n) >= $least
"""
ROWS = """
    SELECT metric, hour, mean, max, n FROM hours
    WHERE resource = $resource AND hour >= $since AND hour < $until AND metric IN ('cpu.utilization', 'network.bytes')
    ORDER BY ALL
"""
VARIES = f"""
    SELECT count(*) FROM (
        SELECT {STILL} AS still FROM hours WHERE resource = $resource AND metric IN ('cpu.utilization', 'network.bytes')
        GROUP BY metric
    ) WHERE NOT still
"""


@dataclass(frozen=True)
class Still:
    """A resource whose values stood still from ``since`` to ``until``; ``cpu`` in %, None where its counters stood."""

    resource: str
    since: datetime
    until: datetime
    cpu: float | None
    network: float  # bytes/s
    hours: list[dict[str, Any]]  # the roll-up as it was: metric, hour (UTC), mean, max, n

    @property
    def figures(self) -> dict[str, Any]:
        """As it goes into the evidence."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), "cpu": self.cpu,
                "network": self.network, "hours": self.hours}  # fmt: skip


def stood_still(*, at: datetime, p: Parameters) -> list[Still]:
    """The resources whose CPU and network did not move in the last full hours that are surely rolled up."""
    until = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - HOUR
    since = until - p["constant_hours"] * HOUR
    span = {"since": since.replace(tzinfo=None), "until": until.replace(tzinfo=None)}
    with duckdb.connect(":memory:") as connection:
        store().measured(connection, since=localdate(since), until=localdate(until)).create_view("hours")
        counts = {"count": p["constant_hours"], "least": p["constant_samples"]}
        found = connection.execute(CONSTANT, {**span, **counts}).fetchall()
        unsure = [resource for resource, cpu, _ in found if cpu is None]
        frozen = _frozen(connection, unsure, since, until, counts["count"] * counts["least"])
        return [
            Still(resource, since, until, cpu, network, _rows(connection, resource, span))
            for resource, cpu, network in found
            if cpu is not None or resource in frozen
        ]


def _frozen(
    connection: duckdb.DuckDBPyConnection, resources: list[str], since: datetime, until: datetime, least: int
) -> set[str]:
    """Of some resources those whose CPU counters were sent and never moved."""
    days = [localdate(since) + n * ONE_DAY for n in range((localdate(until) - localdate(since)).days + 1)]
    files = [str(path) for day in days for path in store().folder("raw", day).glob("*.parquet")]
    if not resources or not files:
        return set()
    connection.read_parquet(files).create_view("samples")  # type: ignore[arg-type]
    values = {"resources": resources, "since": ms_of(since), "until": ms_of(until), "least": least}
    return {row[0] for row in connection.execute(FROZEN, values).fetchall()}


def _rows(connection: duckdb.DuckDBPyConnection, resource: str, span: dict[str, Any]) -> list[dict[str, Any]]:
    found = connection.execute(ROWS, {"resource": resource, **span}).fetchall()
    return [
        {"metric": metric, "hour": f"{hour.isoformat()}Z", "mean": mean, "max": most, "n": n}
        for metric, hour, mean, most, n in found
    ]


def varies(resource: str, *, on: date) -> bool:
    """Whether CPU or network of a resource moved on a local day or the day before."""
    with duckdb.connect(":memory:") as connection:
        store().measured(connection, since=on - ONE_DAY, until=on).create_view("hours")
        found = connection.execute(VARIES, {"resource": resource}).fetchone()
    return bool(found and found[0])
