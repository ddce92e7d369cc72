"""What was measured of a service, by day or by hour, for those who may see it (10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

from yunheng.domain.metering.models import resource_of
from yunheng.domain.metering.operations import CITE, store
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem

MOST_DAYS, MOST_HOURLY_DAYS = 400, 7
QUERY = """
    SELECT substr(resource, length($before) + 1), metric, day, mean, p95, max, n FROM daily
    WHERE starts_with(resource, $before) AND day BETWEEN $since AND $until ORDER BY ALL
"""

HOURS = """
    SELECT substr(resource, length($before) + 1), metric, hour, mean, p95, max, n FROM hourly
    WHERE starts_with(resource, $before) ORDER BY ALL
"""


@dataclass(frozen=True)
class Used:
    """An instance's metric on a local day. A figure that was not given is None."""

    instance: str
    metric: str
    day: date
    mean: float | None
    p95: float | None
    max: float | None
    n: int


@dataclass(frozen=True)
class UsedHour:
    """An instance's metric in the hour that begins at ``hour``. A figure that was not given is None."""

    instance: str
    metric: str
    hour: datetime
    mean: float | None
    p95: float | None
    max: float | None
    n: int


def of_service(*, number: str, since: date, until: date, actor: Actor) -> tuple[Service, Sequence[Used]]:
    """The figures of a service's instances from ``since`` to ``until``, both included, by instance, metric, day.

    Raises NotFound for a service that the actor may not see, BadInput for a span that is none or too long.
    """
    service = _service(number, since, until, MOST_DAYS, actor)
    with duckdb.connect(":memory:") as connection:
        daily = store().daily(connection, since=since, until=until)  # noqa: F841 - the query names it
        values = {"before": resource_of(service, ""), "since": since, "until": until}
        return service, [Used(*row) for row in connection.execute(QUERY, values).fetchall()]


def hours_of_service(*, number: str, since: date, until: date, actor: Actor) -> tuple[Service, Sequence[UsedHour]]:
    """The same by hour, of local days; no more than MOST_HOURLY_DAYS of them. What was given by day has no hours."""
    service = _service(number, since, until, MOST_HOURLY_DAYS - 1, actor)
    with duckdb.connect(":memory:") as connection:
        hourly = store().hourly(connection, since=since, until=until)  # noqa: F841 - the query names it
        rows = connection.execute(HOURS, {"before": resource_of(service, "")}).fetchall()
    return service, [_hour(*row) for row in rows]


def _hour(instance: str, metric: str, hour: datetime, *figures: Any) -> UsedHour:
    return UsedHour(instance, metric, hour.replace(tzinfo=UTC), *figures)


def _service(number: str, since: date, until: date, most: int, actor: Actor) -> Service:
    service = ledger.services(actor=actor).filter(number=number).select_related("jurisdiction").first()
    if service is None:
        raise NotFound("没有这条服务，或你无权查看", cite=CITE)
    if not timedelta(0) <= until - since <= timedelta(days=most):
        words = f"起不晚于止，最长 {most} 天" if most == MOST_DAYS else f"起不晚于止，逐时最多 {MOST_HOURLY_DAYS} 天"
        raise BadInput([Problem("期间", words)], cite=CITE)
    return service


def brought_in() -> datetime | None:
    """Up to when what was sent can be seen here: the last time that it was rolled up."""
    at = store().brought_in()
    return None if at is None else datetime.fromtimestamp(at, UTC)
