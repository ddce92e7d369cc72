"""The registers of Articles 3 and 14 over the interface: systems, contracts, prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.operations import PriceInput, supplement_prices
from yunheng.domain.funding.queries import contracts
from yunheng.domain.systems.operations import Particulars, register_system
from yunheng.domain.systems.queries import system_of, systems
from yunheng.foundation.workflow.errors import NotFound
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, who

router = Router(tags=["登记"])


class SystemIn(Schema):
    """A system to be registered; the words of the vocabulary are those of the list of systems (3.2)."""

    name: s.Short
    category: s.Short
    built_by: s.Short
    asset_owner: s.Short
    network_zone: s.Short
    classified: bool = False
    purpose: str = ""
    mlps_level: int = 2
    started_on: date | None = None
    accepted_on: date | None = None
    operated_from: date | None = None
    cloud_money: Decimal | None = None
    hosting: s.Short = "cloud"
    hosting_ground: str = ""
    hosting_plan: str = ""


class PriceIn(Schema):
    """A net price in yuan, in force in [valid_from, valid_to)."""

    sku: s.Short
    per: s.Short
    unit_price: Decimal
    valid_from: date
    valid_to: date | None = None


class PriceOut(PriceIn):
    """A price as the table has it."""

    unit: str


class ContractOut(Schema):
    """A contract with the days [starts_on, ends_on) of its service."""

    number: str
    name: str
    buyer: str
    provider: str
    lane: str
    proration: str
    charge_suspended: bool
    starts_on: date
    ends_on: date


class ContractDetail(ContractOut):
    """A contract with its price table."""

    prices: list[PriceOut]


@router.get("/systems", response={200: list[s.SystemOut], 401: s.Problem})
def list_systems(request: HttpRequest) -> list[Any]:
    """The systems that the caller may see (Article 3)."""
    return list(systems(actor=who(request)))


@router.get("/systems/{code}", response={200: s.SystemOut, **MISSES})
def get_system(request: HttpRequest, code: s.Short) -> Any:
    """One system of the register."""
    return system_of(code, actor=who(request))


@router.post("/systems", response={200: s.SystemOut, **MISSES})
def post_system(request: HttpRequest, body: SystemIn) -> Any:
    """Register a system of the caller's unit (3.2); a classified one is refused (3.1)."""
    return register_system(particulars=Particulars(**body.dict()), actor=who(request), at=timezone.now())


@router.get("/contracts", response={200: list[ContractOut], 401: s.Problem})
def list_contracts(request: HttpRequest) -> list[ContractOut]:
    """The contracts that the caller may see (Article 14)."""
    return [ContractOut(**_plain(contract)) for contract in contracts(actor=who(request))]


@router.get("/contracts/{number}", response={200: ContractDetail, **MISSES})
def get_contract(request: HttpRequest, number: s.Short) -> ContractDetail:
    """A contract with its dated prices."""
    return _detail(_contract(request, number))


@router.post("/contracts/{number}/prices", response={200: ContractDetail, **MISSES})
def post_prices(request: HttpRequest, number: s.Short, body: list[PriceIn]) -> ContractDetail:
    """Supplement prices; a price before is closed, never edited. Every wrong row is named (14)."""
    contract = _contract(request, number)
    prices = [PriceInput(f"第 {n} 行", **row.dict()) for n, row in enumerate(body, 1)]
    supplement_prices(contract, prices=prices, actor=who(request), at=timezone.now())
    return _detail(contract)


def _contract(request: HttpRequest, number: str) -> Contract:
    found = contracts(actor=who(request)).filter(number=number).first()
    if found is None:
        raise NotFound("没有这份合同，或你无权查看")
    return found


def _plain(contract: Contract) -> dict[str, Any]:
    names = ("number", "name", "lane", "proration", "charge_suspended", "starts_on", "ends_on")
    plain = {name: getattr(contract, name) for name in names}
    return {**plain, "buyer": contract.buyer.name, "provider": contract.provider.name}


def _detail(contract: Contract) -> ContractDetail:
    names = ("sku", "unit", "per", "unit_price", "valid_from", "valid_to")
    rows = [PriceOut(**{name: getattr(price, name) for name in names}) for price in contract.prices.all()]
    return ContractDetail(**_plain(contract), prices=rows)
