"""What the rules of an exit need to know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.services.exit.inventory import inventory_shows
from yunheng.domain.services.models import Exit
from yunheng.law.ch1_general import art04_parties as parties
from yunheng.law.ch2_use import art11_exit as law

Data = dict[str, Any]


def _unit(case: Exit, on: date, data: Data) -> parties.Unit:
    return parties.Unit(case.unit.name, case.unit.budget_level, case.unit.has_legal_personality)


def _request(case: Exit, on: date, data: Data) -> law.Request:
    services = case.services
    return law.Request(
        services=tuple((f"{s.number} {s.name}", None if s.runs_on(on) else s.closed_on) for s in services),
        wants_backup=case.wants_backup,
        backup_to=case.backup_to,
        reason=case.reason,
        providers=len({s.contract.provider_id for s in services}),
    )


def _wants_backup(case: Exit, on: date, data: Data) -> bool:
    return bool(case.wants_backup)


def _release(case: Exit, on: date, data: Data) -> law.Release:
    assert case.delivered_on is not None
    acknowledged = case.events.filter(step="acknowledge").order_by("sequence").last()
    return law.Release(
        day=date.fromisoformat(data["day"]),
        received_on=case.delivered_on,
        today=on,
        acknowledged_on=localdate(acknowledged.at) if acknowledged else None,
        opened=tuple((s.number, s.opened_on) for s in case.services),
    )


def _gone(case: Exit, on: date, data: Data) -> list[tuple[str, bool | None]]:
    return [(f"{s.number} {s.name}", inventory_shows(s, on=on)) for s in case.services]


FACTS: dict[str, Callable[[Exit, date, Data], Any]] = {
    "first_level_unit_submits": _unit,
    "exit_request_complete": _request,
    "backup_wanted": _wants_backup,
    "nothing_to_back_up": _wants_backup,
    "release_day_valid": _release,
    "gone_from_inventory": _gone,
}
