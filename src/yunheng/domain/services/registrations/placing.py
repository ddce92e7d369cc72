"""Whose each row of a list is, and under which contract it runs; what is wrong with a row, beside what is always wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.inventories.reading import Listed
from yunheng.domain.services.models import Intake
from yunheng.domain.systems.models import InformationSystem
from yunheng.law.ch6_supplementary.art26_history import history_of

Place = tuple[Organisation, InformationSystem | None]


def nothing(texts: Mapping[str, str]) -> list[str]:
    """Nothing more is wrong with a row."""
    return []


class Places:
    """The systems, units and contracts that a row may name; read once for a whole list."""

    def __init__(self, intake: Intake) -> None:
        self.day = intake.day
        systems = InformationSystem.objects.filter(jurisdiction_id=intake.jurisdiction_id).select_related("unit")
        self.systems = {system.code: system for system in systems}
        units = Organisation.objects.filter(jurisdiction_id=intake.jurisdiction_id, kind="user_unit")
        self.units = {
            word: unit.principal
            for unit in units.select_related("parent")
            for word in (unit.credit_code, unit.name, unit.short_name)
        }
        contracts = Contract.objects.filter(jurisdiction_id=intake.jurisdiction_id, provider_id=intake.provider_id)
        self.contracts = {contract.number: contract for contract in contracts}

    def place(self, row: Listed) -> Place | None:
        """The unit and the system of a row; None where it names neither."""
        system = self.systems.get(row.system)
        unit = system.unit if system else self.units.get(row.unit)
        return (unit, system) if unit else None

    def wrong(self, texts: Mapping[str, str]) -> list[str]:
        """What is wrong with a row: its system, its unit, its contract, the story of its quantity."""
        found = [] if texts["sku"] else ["没有目录编码"]
        code, name = texts["system"], texts["unit"]
        system, unit = self.systems.get(code), self.units.get(name)
        if code and system is None:
            found.append(f"没有登记系统编码“{code}”，由该单位先登记系统，或改填用户单位")
        if name and unit is None:
            found.append(f"没有用户单位“{name[:40]}”，填全称、简称或统一社会信用代码")
        if system and unit and system.unit_id != unit.pk:
            found.append(f"系统“{code}”属于{system.unit.short_name}，不属于{unit.short_name}")
        if (until := texts["until"]) and until <= (texts["since"] or until):
            found.append(f"止（不含）{until} 须晚于自 {texts['since'] or '（没有写明）'}")
        return [*found, *self._contract(texts["contract"], system.unit if system else unit), *self._history(texts)]

    def _contract(self, number: str, unit: Organisation | None) -> list[str]:
        if not number:
            return []
        contract = self.contracts.get(number)
        if contract is None:
            return [f"本服务商没有合同“{number}”"]
        if not contract.starts_on <= self.day < contract.ends_on:
            return [f"合同“{number}”在存量日期 {self.day} 不在服务期内"]
        if contract.lane == "own" and unit and contract.buyer_id != unit.pk:
            return [f"合同“{number}”不是{unit.short_name}的合同"]
        return []

    def _history(self, texts: Mapping[str, str]) -> list[str]:
        if not texts["history"]:
            return []
        since = date.fromisoformat(texts["since"]) if texts["since"] else None
        now = Decimal(texts["quantity"]) if texts["quantity"] else None
        try:
            history_of(texts["history"], since=since, now=now, day=self.day)
        except ValueError as error:
            return [f"数量变动：{error}"]
        return []
