"""What a change costs in a year, row by row: the whole list of the system before and after (R-003)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.utils.timezone import localdate

from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.funding.queries import annual_fee, annual_total, prices_on
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Change, ChangeLine, Service
from yunheng.foundation.workflow.models import Event

Mark = Literal["changed", "added", "removed", "same"]
ORDER: tuple[Mark, ...] = ("changed", "added", "removed", "same")
DECIDING = ("approve", "adjust")
DECIDED = ("approved", "notified", "completed", "confirmed")
UNDECIDED = ("draft", "submitted", "returned", "accepted", "recommended", "proposed", "heard")


@dataclass(frozen=True)
class FeeRow:
    """A row of the list: the product and quantity before and after, the yearly fee of each (None: it has none)."""

    mark: Mark
    number: str
    name: str
    unit: str
    spec: str
    sku_before: str
    sku_after: str
    price: Decimal | None
    quantity_before: Decimal
    quantity_after: Decimal
    before: Decimal | None
    after: Decimal | None
    line: ChangeLine | None = None

    def plain(self) -> dict[str, Any]:
        """The row as plain JSON; ``no`` is the line of the case that it comes from."""
        line = self.line
        return {
            "mark": self.mark, "service": self.number, "no": line.no if line else None, "name": self.name,
            "unit": self.unit, "spec": self.spec, "sku_before": self.sku_before, "sku_after": self.sku_after,
            "quantity_before": f"{self.quantity_before:f}", "quantity_after": f"{self.quantity_after:f}",
            "asked": f"{line.quantity:f}" if line else None, "cut_reason": line.cut_reason if line else "",
            "effective_on": f"{line.effective_on}" if line and line.effective_on else None,
            "difference": f"{self.difference}",
        }  # fmt: skip

    @property
    def difference(self) -> Decimal:
        return (self.after or Decimal("0.00")) - (self.before or Decimal("0.00"))


@dataclass(frozen=True)
class Fees:
    """All rows with their sums; the added fee may be negative."""

    rows: tuple[FeeRow, ...]
    before: Decimal
    after: Decimal

    @property
    def added(self) -> Decimal:
        return self.after - self.before

    @property
    def share(self) -> Decimal | None:
        """The added fee as a part of the fee before; a part of nothing is no figure."""
        return self.added / self.before if self.before else None

    def number_of(self, mark: Mark) -> int:
        return sum(row.mark == mark for row in self.rows)

    def plain(self) -> dict[str, Any]:
        """The figures and rows as plain JSON; amounts as text."""
        return {
            "before": f"{self.before}",
            "after": f"{self.after}",
            "added": f"{self.added}",
            "rows": [row.plain() for row in self.rows],
        }

    def levels(self) -> dict[str, Decimal]:
        """How much the system runs after the change of each product of which it runs more than before."""
        after, before = _totals(self.rows, after=True), _totals(self.rows, after=False)
        return {sku: total for sku, total in after.items() if total > before.get(sku, Decimal(0))}


def _totals(rows: Iterable[FeeRow], *, after: bool) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in rows:
        sku, quantity = (row.sku_after, row.quantity_after) if after else (row.sku_before, row.quantity_before)
        if quantity:
            found[sku] = found.get(sku, Decimal(0)) + quantity
    return found


class Prices:
    """The prices of a day, contract by contract, each read once."""

    def __init__(self, on: date) -> None:
        self.on = on
        self._known: dict[int, dict[str, Price]] = {}

    def of(self, contract: Contract) -> dict[str, Price]:
        """By product; empty where the contract has none on the day."""
        if contract.pk not in self._known:
            self._known[contract.pk] = prices_on(contract=contract, on=self.on)
        return self._known[contract.pk]


def decision(case: Change) -> Event | None:
    """The event with which the bureau decided, where its decision stands."""
    events = (
        Event.objects.filter(case_id=case.pk, step__in=DECIDING)
        if case.state not in UNDECIDED
        else Event.objects.none()
    )
    return events.order_by("-sequence").first()


def as_of(case: Change, today: date) -> date:
    """The day of whose ledger and prices the figures are: today until it is decided, then the day of the decision."""
    if case.state in UNDECIDED:
        return today
    event = decision(case)
    return localdate(event.at if event else case.moved_at)


def fees_of(case: Change, *, on: date) -> Fees:
    """The list of the case's system with the case's lines as they are granted now, at the contract prices of ``on``.

    Lines carry what was before; that it is still so is what the rule ``change_sound`` asks.
    """
    assert case.system is not None
    prices, lines = Prices(on), list(case.lines.select_related("service__contract"))
    bound = {line.service_id for line in lines}
    rows = [_of_line(case, line, prices) for line in lines]
    rows += [
        _unchanged(service, prices)
        for service in ledger.running_of(case.system, on)
        if service.pk not in bound and service.case_id != case.pk and not service.trial
    ]
    rows.sort(key=lambda row: ORDER.index(row.mark))
    before, after = annual_total(row.before for row in rows), annual_total(row.after for row in rows)
    return Fees(tuple(rows), before, after)


def _of_line(case: Change, line: ChangeLine, prices: Prices) -> FeeRow:
    known = prices.of(line.service.contract if line.service else case.contract)
    old, new = known.get(line.sku_before), known.get(line.sku_after)
    shown = new if line.granted else old
    return FeeRow(
        _mark(line), line.service.number if line.service else "", line.name, line.unit, line.spec,
        line.sku_before, line.sku_after, shown.unit_price if shown else None, line.quantity_before, line.granted,
        annual_fee(price=old, quantity=line.quantity_before) if line.service_id else None,
        annual_fee(price=new, quantity=line.granted) if line.granted else None, line,
    )  # fmt: skip


def _mark(line: ChangeLine) -> Mark:
    if not line.differs:
        return "same"
    if line.service_id is None:
        return "added"
    return "changed" if line.granted else "removed"


def _unchanged(service: Service, prices: Prices) -> FeeRow:
    sku, quantity = service.at("sku", prices.on), Decimal(service.at("quantity", prices.on))
    price = prices.of(service.contract).get(sku)
    fee = annual_fee(price=price, quantity=quantity)
    return FeeRow(
        "same", service.number, service.name, service.measure, service.spec, sku, sku,
        price.unit_price if price else None, quantity, quantity, fee, fee,
    )  # fmt: skip
