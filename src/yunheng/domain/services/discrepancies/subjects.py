"""Whose a difference is: the line of the ledger it is about, its system and unit, and what the ledger says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import InventoryRun, Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch2_use.art09_difference_kinds import Difference, Held

BATCH = 500


@dataclass(frozen=True)
class Subject:
    """``unit`` is the bureau where nobody knows whose it is. ``ledger`` is the line as it stood, plain JSON."""

    unit: Organisation
    name: str
    system_id: int | None = None
    service_id: int | None = None
    lane: str = ""
    ledger: dict[str, Any] = field(default_factory=dict)


class Subjects:
    """Looks up all differences of a run at once."""

    def __init__(self, run: InventoryRun, differences: Iterable[Difference]) -> None:
        place, found = run.jurisdiction_id, list(differences)
        keys = [d.key for d in found if d.held]
        self.as_of = run.as_of
        self.services: dict[str, Service] = {}
        for n in range(0, len(keys), BATCH):
            rows = Service.objects.filter(jurisdiction_id=place, number__in=keys[n : n + BATCH])
            rows = rows.select_related("unit", "system", "contract").prefetch_related("conditions")
            self.services |= {service.number: service for service in rows}
        numbers = {key.partition("#")[0] for key in keys if "#" in key}
        cases = Case.objects.filter(jurisdiction_id=place, number__in=numbers).select_related("unit", "system")
        self.cases = {case.number: case for case in cases}
        codes = {row.system for d in found for row in d.seen if row.system}
        systems = InformationSystem.objects.filter(jurisdiction_id=place).select_related("unit")
        self.systems = {system.code: system for system in systems if system.code in codes}
        self.bureau = (
            Organisation.objects.filter(jurisdiction_id=place, kind="bureau").first() or run.provider
        )  # fmt: skip

    def of(self, difference: Difference) -> Subject:
        """Whose one difference is."""
        held = difference.held
        if held is not None and held.key in self.services:
            return self._service(self.services[held.key], held)
        case = self.cases.get(difference.key.partition("#")[0]) if held else None
        if case is not None and held is not None:
            return Subject(case.unit, f"{case.title} {held.sku}", case.system_id, None, case.lane, _ledger(held))
        row = difference.seen[0]
        system = self.systems.get(row.system)
        name = f"{row.instance}（{system.name}）" if system else row.instance
        return Subject(system.unit if system else self.bureau, name, system.pk if system else None)

    def _service(self, service: Service, held: Held) -> Subject:
        shown = _ledger(held) | {
            "name": service.name, "measure": service.measure, "unit": service.unit.name, "system_name": service.system.name,
            "contract": service.contract.number, "instances": service.instances,
        }  # fmt: skip
        name = f"{service.number} {service.name}（{service.system.name}）"
        lane = service.at("lane", max(self.as_of, service.opened_on))
        return Subject(service.unit, name, service.system_id, service.pk, lane, shown)


def _ledger(held: Held) -> dict[str, Any]:
    days = {"opened_on": held.opened_on, "closed_on": held.closed_on, "ends_on": held.ends_on}
    return {
        "key": held.key, "sku": held.sku, "system": held.system, "quantity": f"{held.quantity.normalize():f}",
        **{name: day.isoformat() if day else "" for name, day in days.items()},
    }  # fmt: skip
