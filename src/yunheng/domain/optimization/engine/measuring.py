"""What the pure definitions of ``law.ch2_use.art10_use`` and ``art10_listed`` measure, for every resource at once, as sets.

One statement per metric and window; a test compares each figure with the pure definition on the same hours. Figures
are rounded to three places, which keeps order: the percentile of rounded values is the rounded percentile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from yunheng.domain.optimization.engine.layout import Connection
from yunheng.law.ch2_use.art10_idle import Filling
from yunheng.law.ch2_use.art10_season import Peak
from yunheng.law.ch2_use.art10_use import Spread
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period

CPU, NETWORK, DISK, MEMORY = "cpu.utilization", "network.bytes", "disk.write", "memory.used"
FILLED = "filesystem.used"
BATCH = 2000

MACHINES = """
CREATE OR REPLACE TEMP TABLE machine AS
SELECT resource, vcpu, memory, since, opened
FROM (SELECT *, min(since) OVER (PARTITION BY resource) AS opened FROM capacity)
WHERE since < $until AND (until IS NULL OR until >= $until)
"""
SPREADS = """
SELECT h.resource, count(*), quantile_disc(h.p95, [0.95, 0.995]), max(h.p95), max(h.max),
       quantile_disc(h.mean, 0.95), max(h.mean)
FROM hourly h JOIN machine m ON m.resource = h.resource
WHERE h.metric = $metric AND h.hour >= $since AND h.hour < $until AND h.hour >= m.since
  AND h.n > 0 AND isfinite(h.p95) AND isfinite(h.max) AND isfinite(h.mean)
GROUP BY h.resource
"""
HIGHEST = """
SELECT d.resource, max(round(d.max, 3)::DECIMAL(18, 3) * c.vcpu)
FROM daily d JOIN capacity c ON c.resource = d.resource
 AND d.day >= timezone($zone, timezone('UTC', c.since))::DATE
 AND (c.until IS NULL OR d.day <= timezone($zone, timezone('UTC', c.until - INTERVAL 1 SECOND))::DATE)
WHERE d.metric = $metric AND d.day >= $first AND d.day < $on AND isfinite(d.max)
GROUP BY d.resource
"""
HEARD = """
SELECT resource, min(day), max(day) FROM (
    SELECT resource, day, day - row_number() OVER (PARTITION BY resource ORDER BY day)::INTEGER AS island
    FROM (SELECT DISTINCT resource, day FROM daily JOIN machine USING (resource)
          WHERE metric = $metric AND day >= $first AND day < $on AND (vcpu > 0) = $sized)
) GROUP BY resource, island ORDER BY resource, min(day)
"""
SEASONS = """
CREATE OR REPLACE TEMP TABLE season (resource VARCHAR, first DATE, until DATE)
"""
PEAKS = """
SELECT d.resource, d.metric,
       max(round(d.max, 3)::DECIMAL(18, 3) * CASE d.metric WHEN $cpu THEN c.vcpu WHEN $memory THEN c.memory ELSE 100 END)
FROM daily d JOIN season s ON s.resource = d.resource AND d.day >= s.first AND d.day < s.until
JOIN capacity c ON c.resource = d.resource
 AND d.day >= timezone($zone, timezone('UTC', c.since))::DATE
 AND (c.until IS NULL OR d.day <= timezone($zone, timezone('UTC', c.until - INTERVAL 1 SECOND))::DATE)
WHERE d.metric IN ($cpu, $memory, $network) AND isfinite(d.max)
GROUP BY d.resource, d.metric
"""
FILLINGS = """
SELECT resource, max(used) FILTER (day < first + $edge::INTEGER), max(used) FILTER (day > last - $edge::INTEGER),
       ($on - first)::INTEGER, count(*), max(used)
FROM (
    SELECT d.resource, d.day, max(d.max) AS used, min(d.day) OVER (PARTITION BY d.resource) AS first,
           max(d.day) OVER (PARTITION BY d.resource) AS last
    FROM daily d JOIN machine m ON m.resource = d.resource AND m.vcpu = 0
    WHERE d.metric = $metric AND d.day >= $first AND d.day < $on AND isfinite(d.max)
     AND d.day >= timezone($zone, timezone('UTC', m.since))::DATE
    GROUP BY d.resource, d.day
) GROUP BY resource, first, last
"""
NOTHING: tuple[Period, ...] = ()


@dataclass(frozen=True)
class Machine:
    """What was measured up to a day of one machine, or with ``vcpu`` 0 of a disk or a line; see ``art10_facts``."""

    resource: str
    vcpu: int
    memory: int
    age_days: int
    steady_days: int
    spreads: Mapping[tuple[str, int], Spread]  # by metric and days of the window
    highest: Decimal
    heard: tuple[Period, ...]  # by its CPU; a disk or a line by its traffic
    filling: Filling | None = None

    def spread(self, metric: str, days: int) -> Spread | None:
        return self.spreads.get((metric, days))


@dataclass(frozen=True)
class Cut:
    """A day of judging: its date, and its first moment as UTC without zone."""

    on: date
    until: datetime
    zone: str


def measure(db: Connection, cut: Cut, p: Parameters, *, seasons: bool = False) -> list[Machine]:
    """Every machine that existed at the cut, by name. ``seasons`` asks for the days on which each was heard."""
    short, full = p["advice_window"].n, p["advice_window_full"].n
    looks = ((CPU, short), (CPU, full), (NETWORK, short), (DISK, short), (MEMORY, full))
    db.execute(MACHINES, {"until": cut.until})
    found: dict[str, dict[tuple[str, int], Spread]] = {}
    for metric, days in looks:
        window = {"metric": metric, "since": cut.until - timedelta(days=days), "until": cut.until}
        for resource, *figures in db.execute(SPREADS, window).fetchall():
            found.setdefault(resource, {})[metric, days] = _spread(*figures)
    kept = {"metric": CPU, "first": cut.on - timedelta(days=p["advice_memory_of_peaks"].n), "on": cut.on}
    highest = dict(db.execute(HIGHEST, {**kept, "zone": cut.zone}).fetchall())
    heard = _heard(db, kept) if seasons else {}
    filled = _filled(db, cut, p)
    return [
        Machine(
            resource, vcpu, memory, (cut.until - opened).days, (cut.until - since).days, found.get(resource, {}),
            highest.get(resource, Decimal(0)) / 100, heard.get(resource, NOTHING), filled.get(resource),
        )
        for resource, vcpu, memory, since, opened in db.execute("FROM machine ORDER BY resource").fetchall()
    ]  # fmt: skip


def _heard(db: Connection, kept: Mapping[str, Any]) -> dict[str, tuple[Period, ...]]:
    found: dict[str, tuple[Period, ...]] = {}
    for metric, sized in ((CPU, True), (NETWORK, False)):
        for resource, first, last in db.execute(HEARD, {**kept, "metric": metric, "sized": sized}).fetchall():
            found[resource] = (*found.get(resource, NOTHING), Period(first, last + timedelta(days=1)))
    return found


def peaks(db: Connection, spans: Sequence[tuple[str, Period]], cut: Cut) -> dict[str, Peak]:
    """What each resource used at most in its spans, in the size of that day; the size itself may be another one now."""
    db.execute(SEASONS)
    for start in range(0, len(spans), BATCH):
        part = spans[start : start + BATCH]
        marks = ", ".join(["(?, ?, ?)"] * len(part))
        db.execute(
            f"INSERT INTO season VALUES {marks}", [v for name, span in part for v in (name, span.start, span.end)]
        )
    names = {"cores": CPU, "memory": MEMORY, "network": NETWORK}
    asked = {"cpu": CPU, "memory": MEMORY, "network": NETWORK, "zone": cut.zone}
    found: dict[str, dict[str, Decimal]] = {}
    for resource, metric, highest in db.execute(PEAKS, asked).fetchall():
        found.setdefault(resource, {})[next(name for name, of in names.items() if of == metric)] = highest / 100
    return {resource: Peak(**figures) for resource, figures in found.items()}


def _filled(db: Connection, cut: Cut, p: Parameters) -> dict[str, Filling]:
    edge = p["disk_edge"].n
    first = cut.on - timedelta(days=p["advice_window_disk"].n + edge)
    days = {"metric": FILLED, "first": first, "on": cut.on, "edge": edge, "zone": cut.zone}
    return {
        resource: Filling(rounded(begun), rounded(now), seen, heard, rounded(highest))
        for resource, begun, now, seen, heard, highest in db.execute(FILLINGS, days).fetchall()
    }


def _spread(hours: int, marks: list[float], *figures: float) -> Spread:
    busiest, peak, mean_p95, mean_peak = (rounded(value) for value in figures)
    return Spread(hours, rounded(marks[0]), rounded(marks[1]), busiest, peak, mean_p95, mean_peak)


def rounded(value: float) -> Decimal:
    """A measured figure, to three places."""
    return Decimal(str(round(float(value), 3)))
