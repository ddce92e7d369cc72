"""What the pictures of use are drawn from (10): limits and capacities beside use, how a fleet is used, who has idle ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from yunheng.domain.optimization.engine.measuring import CPU
from yunheng.domain.optimization.found import Measure, idle_levels, levels
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.optimization.queries import answers, suggestions
from yunheng.domain.services.models import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use.art10_machine import OPEN

# Found, and yet not suggested anew: somebody was asked lately, or it would save too little.
HELD_BACK = Q(result="quiet", rule__in=("cooled_down", "worth_it"))
IDLE = Q(kind="idle") & (Q(result="advise") | HELD_BACK)


@dataclass(frozen=True)
class IdleRow:
    """A unit's instances by what was last said of them being idle."""

    unit: str
    unit_id: int
    idle: int
    used: int
    unknown: int

    @property
    def total(self) -> int:
        return self.idle + self.used + self.unknown


def measures(*, service: Service, instance: str, metric: str, on: date, actor: Actor) -> list[Measure]:
    """The limits of the rules and, where an open suggestion proposes a smaller size, its capacity and what it bears.

    Shares are of the present size. Empty for a metric that the rules set no level for.
    """
    p = parameters_on(on, service.jurisdiction_id)
    if metric == "network.bytes":
        return [Measure(float(p["idle_network"]), f"闲置：P95低于{p['idle_network']:,}")]
    if metric != CPU:
        return []
    found = [Measure(100, "现有规格的全部能力", "capacity")]
    kept = _kept(service, instance, actor)
    suggested = levels(kept, kind=kept["kind"], p=p) if kept and kept["kind"] == "cpu" else []
    return [*found, *(suggested or idle_levels(p))]


def _kept(service: Service, instance: str, actor: Actor) -> dict[str, Any] | None:
    """What an open suggestion holds of an instance."""
    case: Suggestion | None = suggestions(actor=actor).filter(service=service, state__in=OPEN).first()
    each = case.evidence["instances"] if case else []
    return next((kept for kept in each if kept["instance"] == instance), None)


def idle_by_unit(*, actor: Actor) -> Sequence[IdleRow]:
    """The latest answers about idleness by unit, the unit with most idle instances first."""
    rows = answers(actor=actor).filter(kind="idle").order_by().values("service__unit__name", "service__unit")
    found = rows.annotate(
        idle=Count("pk", IDLE), used=Count("pk", Q(result__in=("quiet", "inform")) & ~IDLE),
        unknown=Count("pk", Q(result="undetermined")),
    )  # fmt: skip
    made = (
        IdleRow(row["service__unit__name"], row["service__unit"], row["idle"], row["used"], row["unknown"])
        for row in found
    )
    return sorted(made, key=lambda row: (-row.idle, row.unit))
