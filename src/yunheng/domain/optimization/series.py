"""The days that a suggestion was found in (10.2), frozen with it: what later comes in never changes the picture of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from yunheng.domain.optimization.engine.layout import Connection
from yunheng.domain.optimization.engine.measuring import CPU, MEMORY
from yunheng.law.kernel.parameters import Parameters

# kind of advice: the metric that its picture shows, the parameter of its window; a kind that is not here has no picture
DRAWN = {
    "idle": (CPU, "advice_window"), "cpu": (CPU, "advice_window_full"), "memory": (MEMORY, "advice_window_full"),
}  # fmt: skip
QUERY = """
    SELECT resource, day, p95, max FROM daily JOIN (SELECT unnest($names::VARCHAR[]) AS resource) USING (resource)
    WHERE metric = $metric AND day >= $first AND day < $on
"""
Days = tuple[tuple[date, float | None, float | None], ...]


@dataclass(frozen=True)
class Series:
    """Of one instance, by local day: the P95 and the maximum in the metric's unit; a day not heard is None."""

    metric: str
    days: Days


def frozen(
    db: Connection, wanted: Iterable[tuple[str, str]], *, on: date, p: Parameters
) -> dict[tuple[str, str], dict[str, Any]]:
    """Of each resource and kind of advice the days of the kind's window before ``on``, plain JSON; read in bulk."""
    groups: dict[str, list[str]] = defaultdict(list)
    for resource, kind in wanted:
        if kind in DRAWN:
            groups[kind].append(resource)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, names in groups.items():
        metric, window = DRAWN[kind]
        first = on - timedelta(days=p[window].n)
        rows: dict[str, dict[date, tuple[Any, Any]]] = defaultdict(dict)
        asked = {"metric": metric, "first": first, "on": on, "names": names}
        for resource, day, p95, most in db.execute(QUERY, asked).fetchall():
            rows[resource][day] = (p95, most)
        found |= {(name, kind): _kept(metric, first, on, days) for name, days in rows.items()}
    return found


def _kept(metric: str, first: date, on: date, days: Mapping[date, tuple[Any, Any]]) -> dict[str, Any]:
    """A figure a day from the first one, in words; an empty one was not heard."""
    window = [days.get(first + timedelta(days=n), (None, None)) for n in range((on - first).days)]
    p95, most = ([_figure(day[part]) for day in window] for part in (0, 1))
    return {"metric": metric, "first": first.isoformat(), "p95": p95, "max": most}


def _figure(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.3f}".rstrip("0").rstrip(".")


def series_of(kept: Mapping[str, Any]) -> Series | None:
    """The days frozen with an instance of a suggestion; None for evidence from before days were kept."""
    held = kept.get("series")
    if not held:
        return None
    first = date.fromisoformat(held["first"])
    return Series(held["metric"], tuple(_days(first, held["p95"], held["max"])))


def _days(first: date, p95: list[str], most: list[str]) -> Iterator[tuple[date, float | None, float | None]]:
    for n, figures in enumerate(zip(p95, most, strict=True)):
        usual, top = (float(figure) if figure else None for figure in figures)
        yield first + timedelta(days=n), usual, top
