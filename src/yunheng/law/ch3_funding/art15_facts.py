"""Article 15, the facts: what must be known of a service to say what it owes.

A *service* is one line of an approved resource list at one provider. Its conditions are dated, each in force until
the next of its kind. Days are local calendar days, every period is half-open (R-005).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Literal

from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period
from yunheng.law.kernel.terms import CalendarDays

Proration = Literal["annual_actual", "annual_365", "month_30", "calendar_month"]
Per = Literal["month", "year", "day", "use", "once"]
Lane = Literal["covered", "own"]
Cause = Literal["platform", "unit"]
ConditionKind = Literal["quantity", "sku", "lane", "suspended"]
ENDLESS = date.max


@dataclass(frozen=True)
class Terms:
    """The two physical limits of charging: they count calendar days and do not roll (R-002)."""

    trial: CalendarDays
    parallel: CalendarDays

    @classmethod
    def of(cls, p: Parameters) -> Terms:
        """The limits of 7.2 and 15.2 in force."""
        return cls(trial=p["trial_term"], parallel=p["parallel_run_term"])


@dataclass(frozen=True)
class Contract:
    """What the contract says about counting days, and whether suspended services are charged (R-006)."""

    contract_id: str
    provider: str
    proration: Proration = "annual_actual"
    charge_suspended: bool = False


@dataclass(frozen=True)
class Price:
    """A price of a product under a contract; ``valid_to`` is the first day on which it no longer holds."""

    contract_id: str
    sku: str
    per: Per
    unit_price: Decimal
    valid_from: date
    valid_to: date | None = None
    unit: str = ""

    @property
    def period(self) -> Period:
        return Period(self.valid_from, self.valid_to or ENDLESS)


@dataclass(frozen=True)
class Service:
    """A line of the ledger with the values it opened with."""

    service_id: str
    unit_id: str
    system_id: str
    contract_id: str
    sku: str
    quantity: Decimal
    lane: Lane
    opened_on: date
    closed_on: date | None = None
    trial: bool = False

    @property
    def life(self) -> Period:
        return Period(self.opened_on, self.closed_on or ENDLESS)


@dataclass(frozen=True)
class Condition:
    """From ``on`` the quantity, product, lane or suspension is ``value``; ``rule`` is read for a lane change to own."""

    on: date
    kind: ConditionKind
    value: Decimal | str | bool
    rule: str = ""


@dataclass(frozen=True)
class Migration:
    """A move to a service that was opened for it; not confirmed while ``confirmed_on`` is absent."""

    source: str
    target: str
    cause: Cause
    target_opened_on: date
    confirmed_on: date | None = None


@dataclass(frozen=True)
class Usage:
    """A record of metered use on one day; several of one day add up."""

    on: date
    quantity: Decimal


@dataclass(frozen=True)
class Account:
    """Everything that decides what one service owes; prices of other contracts and products do no harm."""

    service: Service
    contract: Contract
    prices: tuple[Price, ...] = field(default=(), repr=False)
    conditions: tuple[Condition, ...] = ()
    migrations: tuple[Migration, ...] = ()
    usage: tuple[Usage, ...] = field(default=(), repr=False)

    @cached_property
    def history(self) -> dict[str, list[Condition]]:
        kinds: dict[str, list[Condition]] = {"quantity": [], "sku": [], "lane": [], "suspended": []}
        for condition in sorted(self.conditions, key=lambda c: c.on):
            kinds[condition.kind].append(condition)
        return kinds

    def condition(self, kind: ConditionKind, day: date) -> Condition | None:
        """The condition of that kind in force on ``day``; none before the first."""
        return next((c for c in reversed(self.history[kind]) if c.on <= day), None)

    def prices_of(self, sku: str) -> Iterator[Price]:
        """The prices of a product under this service's contract, whatever their days."""
        return (p for p in self.prices if p.sku == sku and p.contract_id == self.service.contract_id)

    def moves(self, cause: Cause, *, role: Literal["source", "target"]) -> list[Migration]:
        """The migrations of one cause in which this service is that node."""
        return [m for m in self.migrations if m.cause == cause and getattr(m, role) == self.service.service_id]


def days_later(day: date, term: CalendarDays) -> date:
    """The first day after a term that counts ``day`` as its first; the end of time where it would lie beyond."""
    return day + timedelta(days=min(term.n, (ENDLESS - day).days))
