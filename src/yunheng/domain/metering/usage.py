"""What was measured of a service, day by day, for those who may see it (10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from yunheng.domain.metering.models import resource_of
from yunheng.domain.metering.operations import CITE, store
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem

MOST_DAYS = 400
QUERY = """
    SELECT substr(resource, length($before) + 1), metric, day, mean, p95, max, n FROM daily
    WHERE starts_with(resource, $before) AND day BETWEEN $since AND $until ORDER BY ALL
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


def of_service(*, number: str, since: date, until: date, actor: Actor) -> tuple[Service, Sequence[Used]]:
    """The figures of a service's instances from ``since`` to ``until``, both included, by instance, metric, day.

    Raises NotFound for a service that the actor may not see, BadInput for a span that is none or too long.
    """
    service = ledger.services(actor=actor).filter(number=number).select_related("jurisdiction").first()
    if service is None:
        raise NotFound("没有这条服务，或你无权查看", cite=CITE)
    if not timedelta(0) <= until - since <= timedelta(days=MOST_DAYS):
        raise BadInput([Problem("期间", f"起不晚于止，最长 {MOST_DAYS} 天")], cite=CITE)
    with duckdb.connect(":memory:") as connection:
        daily = store().daily(connection, since=since, until=until)  # noqa: F841 - the query names it
        values = {"before": resource_of(service, ""), "since": since, "until": until}
        return service, [Used(*row) for row in connection.execute(QUERY, values).fetchall()]
