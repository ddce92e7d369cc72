"""What is known of a registration when it is decided: its systems, contracts and groups, and what Article 13 says."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import annual_fee, annual_total, prices_on
from yunheng.domain.services import annual
from yunheng.domain.services.coverage.queries import standing
from yunheng.domain.services.models import Registration
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch3_funding.art13_coverage import Decision, Standing, coverage, decide
from yunheng.law.kernel.verdict import Verdict


def _standing(system: InformationSystem, on: date) -> Standing:
    return standing(system, on=on, needed=annual.annual_fee_of_system(system, on))


def coverage_of(system: InformationSystem, *, on: date) -> Verdict:
    """The verdict of the table."""
    return coverage(_standing(system, on), parameters_on(on, system.jurisdiction_id))


def decision_of(system: InformationSystem, *, on: date) -> Decision:
    """The row of the table that fits."""
    return decide(_standing(system, on), parameters_on(on, system.jurisdiction_id))


def systems_of(case: Registration) -> list[InformationSystem]:
    """The systems of the unit by code; read once per case."""
    held: dict[int, list[InformationSystem]] = case.__dict__.setdefault("_systems_read", {})
    if case.unit_id not in held:
        held[case.unit_id] = list(InformationSystem.objects.filter(unit_id=case.unit_id).order_by("code"))
    return held[case.unit_id]


def contracts_of(case: Registration) -> list[Contract]:
    """The provider's contracts of that day under which the unit can be served, the newest first; read once per case."""
    held: dict[int, list[Contract]] = case.__dict__.setdefault("_contracts_read", {})
    if case.unit_id not in held:
        found = Contract.objects.filter(provider_id=case.provider_id, starts_on__lte=case.day, ends_on__gt=case.day)
        found = found.filter(jurisdiction_id=case.jurisdiction_id).order_by("-starts_on", "number")
        held[case.unit_id] = [c for c in found if c.lane == "covered" or c.buyer_id == case.unit_id]
    return held[case.unit_id]


@dataclass(frozen=True)
class Group:
    """Rows of one system, and of one contract where the provider names it: what they are, decided together."""

    system: InformationSystem
    contract: str
    rows: int
    amounts: tuple[tuple[str, Decimal], ...]  # of what runs

    @property
    def key(self) -> str:
        return f"{self.system.code} {self.contract}".strip()

    def annual_fee(self, contract: Contract, *, on: date) -> Decimal:
        """What they cost in a whole year at the prices of a contract (R-003)."""
        prices = prices_on(contract=contract, on=on)
        return annual_total(annual_fee(price=prices.get(sku), quantity=quantity) for sku, quantity in self.amounts)


def groups_of(case: Registration) -> list[Group]:
    """The groups of a case by system and contract."""
    systems = {system.pk: system for system in systems_of(case)}
    found: dict[tuple[int, str], list[tuple[str, Decimal]]] = defaultdict(list)
    counts: Counter[tuple[int, str]] = Counter()
    rows = case.lines.values_list("system_id", "contract", "sku", "quantity", "until")
    for system, contract, sku, quantity, until in rows:
        if system in systems:
            counts[system, contract] += 1
            found[system, contract] += [(sku, quantity)] if until is None else []
    groups = [Group(systems[pk], contract, n, tuple(found[pk, contract])) for (pk, contract), n in counts.items()]
    return sorted(groups, key=lambda group: group.key)
