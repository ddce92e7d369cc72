"""What a planned change would cost (9, 11, 15): the same charging, on the ledger as it would be. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from yunheng.domain.billing.queries import terms_of
from yunheng.domain.billing.settlement.statements import year_later
from yunheng.domain.funding.models import Contract
from yunheng.domain.services.accounts import accounts, of_period
from yunheng.domain.services.models import Service
from yunheng.foundation.workflow.errors import BadInput, Problem, Refusal
from yunheng.law.ch3_funding import art15_facts as law
from yunheng.law.ch3_funding.art15_charging import MissingPrice, charge
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.period import Period

ZERO = Decimal("0.00")
TARGET = "（新）"
Kind = Literal["change", "exit", "migration"]
KINDS = (("change", "变更"), ("exit", "退出"), ("migration", "迁移"))
CITES = {"change": art(9, 1), "exit": art(11), "migration": art(15, 2)}


@dataclass(frozen=True)
class Plan:
    """What is planned for a service from ``on``; of a migration ``confirmed_on`` is the day it is expected to be done."""

    kind: Kind
    on: date
    quantity: Decimal | None = None
    sku: str = ""
    cause: law.Cause = "unit"
    confirmed_on: date | None = None


@dataclass(frozen=True)
class Sums:
    """What the fund and the unit bear (yuan)."""

    fund: Decimal
    unit: Decimal

    @property
    def all(self) -> Decimal:
        return self.fund + self.unit


@dataclass(frozen=True)
class Span:
    """A stretch of days before and after the plan."""

    name: str
    period: Period
    before: Sums
    after: Sums

    @property
    def difference(self) -> Decimal:
        return self.after.all - self.before.all


def preview(service: Service, plan: Plan) -> tuple[Span, ...]:
    """Before, after and difference for twelve months from the day, and to the end of the contract. Raises a Refusal."""
    _check(service, plan)
    (known,) = accounts([service])
    planned = as_planned(known, plan)
    periods = (
        ("十二个月", Period(plan.on, year_later(plan.on))),
        ("至合同期满", Period(plan.on, service.contract.ends_on)),
    )
    return tuple(
        Span(name, period, _sums(service, [known], period), _sums(service, planned, period)) for name, period in periods
    )


def as_planned(known: law.Account, plan: Plan) -> list[law.Account]:
    """The accounts as they would be: one changed, closed, or moved to a new one beside it."""
    if plan.kind == "exit":
        return [replace(known, service=replace(known.service, closed_on=plan.on))]
    if plan.kind == "change":
        later = tuple(c for c in known.conditions if c.on != plan.on or c.kind not in _changed(plan))
        made = tuple(law.Condition(plan.on, kind, value) for kind, value in _changed(plan).items())
        return [replace(known, conditions=(*later, *made))]
    return _moved(known, plan)


def _changed(plan: Plan) -> dict[law.ConditionKind, Decimal | str]:
    found: dict[law.ConditionKind, Decimal | str] = {}
    if plan.quantity is not None:
        found["quantity"] = plan.quantity
    if plan.sku:
        found["sku"] = plan.sku
    return found


def _moved(known: law.Account, plan: Plan) -> list[law.Account]:
    """The old node runs on until it is released; a new one opens on the day, like the old one if nothing else is said."""
    old = known.service
    lane, sku = known.condition("lane", plan.on), known.condition("sku", plan.on)
    amount = known.condition("quantity", plan.on)
    new = replace(
        old,
        service_id=TARGET,
        sku=plan.sku or str(sku.value if sku else old.sku),
        quantity=plan.quantity if plan.quantity is not None else Decimal(amount.value if amount else old.quantity),
        lane="own" if (lane.value if lane else old.lane) == "own" else "covered",
        opened_on=plan.on,
        closed_on=None,
        trial=False,
    )
    move = law.Migration(old.service_id, TARGET, plan.cause, plan.on, plan.confirmed_on)
    ends = old if plan.confirmed_on is None else replace(old, closed_on=plan.confirmed_on)
    return [
        replace(known, service=ends, migrations=(*known.migrations, move)),
        replace(known, service=new, conditions=(), migrations=(move,), usage=()),
    ]


def _sums(service: Service, known: Iterable[law.Account], period: Period) -> Sums:
    fund = unit = ZERO
    for account in known:
        for month in period.by_months():
            terms = terms_of(jurisdiction_id=service.jurisdiction_id, month=month.start)
            try:
                lines = charge(account, period=month, terms=terms).lines
            except MissingPrice as missing:
                gap = missing.gaps[0]
                raise Refusal(
                    f"{gap.sku}自{gap.period.start}起没有价格，不能试算", cite=art(15, 1), todo="换一个目录编码或日期"
                ) from missing
            fund += sum((line.amount for line in lines if line.payer == "fund"), ZERO)
            unit += sum((line.amount for line in lines if line.payer == "unit"), ZERO)
    return Sums(fund, unit)


def fee_of_period(*, contract: Contract, sku: str, quantity: Decimal, period: Period) -> Decimal | None:
    """What a quantity costs the fund in a period at the contract's prices (12.1, 15.1); None where a price lacks."""
    account, amount = of_period(contract=contract, sku=sku, quantity=quantity, period=period), ZERO
    for month in period.by_months():
        terms = terms_of(jurisdiction_id=contract.jurisdiction_id, month=month.start)
        try:
            amount += sum((line.amount for line in charge(account, period=month, terms=terms).lines), ZERO)
        except MissingPrice:
            return None
    return amount


def _check(service: Service, plan: Plan) -> None:
    problems = []
    if plan.on < service.opened_on or (service.closed_on is not None and plan.on >= service.closed_on):
        problems.append(Problem("自", f"不在服务期间内，服务自{service.opened_on}开通"))
    if not service.contract.starts_on <= plan.on < service.contract.ends_on:
        problems.append(Problem("自", f"不在合同{service.contract.number}的服务期内"))
    if plan.kind == "change" and plan.quantity is None and not plan.sku:
        problems.append(Problem("数量", "变更须写明新的数量或目录编码"))
    if plan.quantity is not None and plan.quantity < 0:
        problems.append(Problem("数量", "不能小于0"))
    if plan.sku and not service.contract.prices.filter(sku=plan.sku).exists():
        problems.append(Problem("目录编码", f"合同{service.contract.number}没有“{plan.sku}”的价格"))
    if plan.kind == "migration" and plan.confirmed_on is not None and plan.confirmed_on < plan.on:
        problems.append(Problem("确认完成日", "不能早于新节点开通的日期"))
    if problems:
        raise BadInput(problems, cite=CITES[plan.kind])
